"""Questions that ask two things are taken apart, others stay whole."""

import pytest

from assistant.question import parts


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("Who denied what?", ("Who denied what?",)),
        ("Who won the vote and why?", ("Who won the vote and why?",)),
        (
            "How big is the budget of Wexholm, and who approved the budget?",
            ("How big is the budget of Wexholm?", "who approved the budget?"),
        ),
        (
            "What did Ines Tolland and Orla Venn each say about the pumps?",
            (
                "What did Ines Tolland say about the pumps?",
                "What did Orla Venn say about the pumps?",
            ),
        ),
        (
            "Which penalty did the agency want, and which did the lawyer of Marant argue for?",
            (
                "Which penalty did the agency want?",
                "which penalty did the lawyer of Marant argue for?",
            ),
        ),
        (
            "How many were killed in Wexholm in May, and how many in Drenn and Halder?",
            (
                "How many were killed in Wexholm in May?",
                "how many were killed in Drenn and Halder?",
            ),
        ),
        (
            "What did Ines Tolland say about the pumps, and when did she resign as mayor?",
            (
                "What did Ines Tolland say about the pumps?",
                "when did Ines Tolland resign as mayor?",
            ),
        ),
        (  # the member's own
            "Which union backed Ines Tolland, and which member wanted her seat instead?",
            (
                "Which union backed Ines Tolland?",
                "which member wanted her seat instead?",
            ),
        ),
        (  # nobody is named
            "Which union backed the mayor, and what did she promise the union?",
            (
                "Which union backed the mayor?",
                "what did she promise the union?",
            ),
        ),
        (
            "Who accused Karsovia, and did Karsovia deny it?",
            ("Who accused Karsovia?", "did Karsovia deny it?"),
        ),
        (
            "Who opened the dam, and was the alarm sounded in Halder?",
            ("Who opened the dam?", "was the alarm sounded in Halder?"),
        ),
        (
            "Which club bought Castellan and did FC Drenn pay the bonus?",
            ("Which club bought Castellan?", "did FC Drenn pay the bonus?"),
        ),
        ("Who won and is happy?", ("Who won and is happy?",)),
        ("Who came and did the work?", ("Who came and did the work?",)),
        ("Who lives in Paris and has Danish roots?", ("Who lives in Paris and has Danish roots?",)),
    ],
)
def test_parts(question: str, wanted: tuple[str, ...]) -> None:
    assert parts(question) == wanted
