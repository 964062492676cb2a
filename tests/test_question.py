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
    ],
)
def test_parts(question: str, wanted: tuple[str, ...]) -> None:
    assert parts(question) == wanted
