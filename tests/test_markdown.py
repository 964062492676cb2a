"""Markdown shows what articles hold, and lets none of it act."""

from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from assistant.answer import Answer, Citation, Claim, Refusal
from assistant.markdown import answer_markdown, markdown, marked, web_address
from assistant.render import line

READER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
HOSTILE = [
    "# Not a heading",
    "1. Not a list",
    "12) nor this",
    "- nor this",
    "+ nor this",
    "> said nobody",
    "--- ",
    "=== ",
    "***bold*** __and__ _this_ and snake_case",
    "[click](https://evil.example) ![](https://evil.example/x.png)",
    "[1]: https://evil.example",
    "<script>alert(1)</script> <https://evil.example> <!-- -->",
    "&lt;b&gt; &amp; AT&T &#60; &copy;",
    "`code` ```fence ~~gone~~ ~~~",
    "costs $5 and $6, \\(x\\) $$y$$",
    "a | b",
    "\\*escaped\\* \\",
    "see https://evil.example/a_b_c or www.evil.example or me@evil.example",
    "line one\n\n    # code\n\tline two",
    "\u202eright to left\u202c \x1b[31m \x00",
    "  spaces   around  ",
]
PIECES = st.sampled_from(
    [*HOSTILE, *"*_`[]()<>#+-=!|~$&\\:.\n\t ", "1.", "a", "é", "https://", "]("]
)


def tokens(text: str) -> list[Token]:
    """All tokens, those inside of others too."""
    return [t for block in READER.parse(text) for t in (block, *(block.children or ()))]


def shown(text: str) -> str:
    """What a reader of the rendered Markdown sees."""
    return "".join(
        " " if t.type == "softbreak" else t.content
        for t in tokens(text)
        if t.type in ("text", "softbreak", "text_special")
    )


@given(st.lists(PIECES, max_size=12).map("".join) | st.text())
@example("1. ")
@example("-")
@example("=")
@example("\\")
@example("&#x3c;")
def test_text_is_shown_and_does_nothing(text: str) -> None:
    kinds = {t.type for t in tokens(markdown(text))}
    assert kinds <= {"paragraph_open", "inline", "text", "paragraph_close"}
    assert shown(markdown(text)) == line(text)


@pytest.mark.parametrize(
    "text",
    [
        "Karsovia denied it, Mr. Arnel said: “We did not (ever).”",
        "At 3.5 °C, 17 people & two dogs; U.S. forces, 10:30 a.m. - late!",
        "3.5 million people",
        "The file_name stays; so does 5 > 3, and a - b.",
    ],
)
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert markdown(text) == text


@pytest.mark.parametrize("text", ["www.evil.example", "https://evil.example", "me@evil.example"])
def test_bare_addresses_are_broken_for_dialects_that_link_them(text: str) -> None:
    assert text not in markdown(f"see {text} now")


def citation(number: int, sentence: str, url: str = "", title: str = "Title") -> Citation:
    day = date(2026, 3, 14)
    return Citation(
        number, sentence, "id", title, url, "Outlet", day, 0, len(sentence), speaker="Arnel"
    )


def test_an_answer_has_its_sources_below() -> None:
    one, two = citation(1, "He denied it.", "https://news.example/a(b)"), citation(2, "So did I.")
    answer = Answer(
        "Who?", "Who?", (Claim("He denied it.", (one, two)), Claim("So did I.", (two,))), "He"
    )
    assert answer_markdown(answer) == (
        "He denied it. [1][2]\n\nSo did I. [2]\n\n"
        "- [[1]](https://news.example/a%28b%29) “He denied it.” (speaker: Arnel)"
        " — Title, Outlet, 2026-03-14\n"
        "- [2] “So did I.” (speaker: Arnel) — Title, Outlet, 2026-03-14"
    )


@given(st.lists(st.sampled_from(HOSTILE), min_size=1, max_size=3), st.sampled_from(HOSTILE))
def test_marks_stand_at_the_numbers_and_nothing_else_is_a_link(
    sentences: list[str], title: str
) -> None:
    url = "https://news.example/x?a=1&copy;=(2)"
    citations = tuple(citation(n, s, url, title) for n, s in enumerate(sentences, 1))
    claims = tuple(Claim(c.sentence, (c,)) for c in citations)
    text, marks = marked(Answer("Who?", "Who?", claims, "x"))
    assert [text[start:end] for start, end, _ in marks] == [f"[{c.number}]" for c in citations]
    found = tokens(text)
    links = [t.attrs["href"] for t in found if t.type == "link_open"]
    assert links == ["https://news.example/x?a=1&copy;=%282%29"] * len(citations)
    acting = {"image", "html_inline", "html_block", "em_open", "strong_open", "s_open", "fence"}
    acting |= {"code_inline", "code_block", "heading_open", "blockquote_open", "table_open", "hr"}
    assert not acting & {t.type for t in found}


def test_a_refusal_shows_the_nearest_sentences_as_no_answer() -> None:
    refusal = Refusal("unsupported", "The articles don't say.", (citation(1, "*Other* news."),))
    text, marks = marked(Answer("Who?", "Who?", refusal=refusal))
    assert text.startswith(
        "The articles don't say.\n\nNearest sentences (not an answer):\n\n- [1] "
    )
    assert r"\*Other\* news." in text
    assert not marks


def test_what_is_not_answered_is_said() -> None:
    claim = Claim("It opened.", (citation(1, "It opened."),))
    answer = Answer("When, and who paid?", "...", (claim,), "then", unanswered=("Who paid?",))
    assert "\n\nThe articles don't say: Who paid?\n\n" in answer_markdown(answer)


def test_only_addresses_of_the_web_are_links() -> None:
    assert web_address("javascript:alert(1)") == ""
    assert web_address("") == ""
    assert web_address("https://é.example/a b>)]") == "https://%C3%A9.example/a%20b%3E%29%5D"


def test_how_a_question_was_understood_stands_first() -> None:
    claims = (Claim("It sank.", (citation(1, "The ferry sank."),)),)
    plain = Answer("What sank?", "What  sank?", claims=claims, short="It")
    assert answer_markdown(plain).startswith("It sank. [1]")
    followed = Answer("And it?", "What sank?", claims=claims, short="It")
    text, [(start, end, _)] = marked(followed)
    assert text.startswith("Understood as: What sank?\n\nIt sank. [1]")
    assert text[start:end] == "[1]"
