"""What people see of an answer: everything is there, and nothing in it is interpreted."""

import json
import re
import unicodedata
from dataclasses import replace
from datetime import date
from html import unescape
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from rich.console import Console

from assistant.answer import REFUSALS, Answer, Citation, Claim, Reason, Refusal
from assistant.markdown import answer_markdown
from assistant.page.html import answer_html, escape, evidence_html, highlight, link
from assistant.render import answer_lines, line, origin, paragraph, quotation
from index.article import Article
from index.errors import NotInLibrary

ARTICLE = Article(
    text=(
        "Bridge stays open, ministry insists\n\n"
        "The ministry of works denied on Monday that the Vell bridge is unsafe.\n\n"
        '"The cables are sound. We tested each of them," said its engineer, Ines Okoro.'
    ),
    title="Bridge stays open, ministry insists",
    url="https://news.example/bridge",
    publisher="The Vell Courier",
    published=date(2024, 5, 31),
)
HOSTILE = (
    "<script>alert(1)</script> <b>bold</b> **bold** [link](javascript:alert(1)) [bold red]rich[/]\n"
    "# heading\n> quote\n`code` <gradio-tag> $x^2$ {{value}} ${value} &amp; "
    "\x1b[31mred\x1b[0m \x9b2J"
)


def lookup(*articles: Article):
    known = {article.id: article for article in articles}

    def find(article_id: str) -> Article:
        if article_id not in known:
            raise NotInLibrary(article_id)
        return known[article_id]

    return find


def cite(sentence: str, number: int = 1, article: Article = ARTICLE, **known: object) -> Citation:
    start = article.text.index(sentence)
    return Citation(
        number=number,
        sentence=sentence,
        article_id=article.id,
        title=article.title,
        url=article.url,
        publisher=article.publisher,
        published=article.published,
        start=start,
        end=start + len(sentence),
        **known,  # type: ignore[arg-type]
    )


DENIAL = cite("The ministry of works denied on Monday that the Vell bridge is unsafe.")
CABLES = cite("The cables are sound.", 2, quoted=True, speaker="Ines Okoro")
ANSWER = Answer(
    "Who denied what?",
    "Who denied what?",
    (
        Claim("The ministry of works denied that the bridge is unsafe.", (DENIAL,)),
        Claim("Okoro said the cables are sound.", (CABLES,)),
    ),
    short="The ministry of works",
)


def refusal(reason: Reason = "unsupported") -> Answer:
    return Answer("Who?", "Who?", refusal=Refusal(reason, REFUSALS[reason], (DENIAL,)))


def hostile_answer() -> tuple[Answer, Article]:
    article = Article(HOSTILE, title=HOSTILE, url="javascript:alert(1)", publisher=HOSTILE)
    citation = cite(HOSTILE, article=article, speaker=HOSTILE)
    return Answer(
        HOSTILE, HOSTILE + "?", (Claim(HOSTILE, (citation,)),), short="x" + HOSTILE
    ), article


def written(answer: Answer, *articles: Article) -> str:
    return "\n".join(
        " " * indent + text.plain for indent, text in answer_lines(answer, lookup(*articles))
    )


class Reading(HTMLParser):
    """What a browser makes of HTML: its tags and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.marked: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag == "mark":
            self.marked.append("")

    def handle_data(self, data: str) -> None:
        self.text += data
        if self.tags and self.tags[-1] == "mark" and self.marked and not self.marked[-1]:
            self.marked[-1] = data


def test_the_terminal_shows_claims_and_numbered_quoted_sources():
    shown = written(ANSWER, ARTICLE)
    assert "The ministry of works denied that the bridge is unsafe. [1]" in shown
    assert f"[1] “{DENIAL.sentence}”" in shown
    assert "Bridge stays open, ministry insists, The Vell Courier, 2024-05-31" in shown
    assert f"paragraph 2, characters {DENIAL.start}–{DENIAL.end} of {ARTICLE.id}" in shown


def test_a_sentence_from_inside_a_quotation_is_marked_as_such():
    remark = "quoted in the article, not its own statement; speaker: Ines Okoro"
    assert remark in written(ANSWER, ARTICLE)
    assert remark in Reading(answer_html(ANSWER, 0, lookup(ARTICLE))).text


def test_a_refusal_shows_its_reason_and_says_that_the_nearest_sentences_are_no_answer():
    shown = written(refusal(), ARTICLE)
    assert "The articles don't say" in shown
    assert "Reason: unsupported" in shown
    assert shown.index("Nearest sentences (not an answer):") < shown.index(DENIAL.sentence)
    html = answer_html(refusal("no_evidence"), 0, lookup(ARTICLE))
    assert 'class="answer refused"' in html
    assert "Reason: no evidence" in Reading(html).text
    assert "Nearest sentences (not an answer):" in Reading(html).text


def test_a_short_answer_that_only_repeats_a_claim_is_shown_once():
    claim = Claim(DENIAL.sentence, (DENIAL,))
    answer = Answer("Who?", "Who?", (claim,), short=DENIAL.sentence)
    assert written(answer, ARTICLE).count(DENIAL.sentence) == 2  # the claim and its source


def test_quotation_marks_of_a_sentence_are_kept_apart_from_ours():
    assert quotation("He left.") == "“He left.”"
    assert quotation("“I left,” he said.") == "“\u2009“I left,” he said.”"
    assert quotation('He said: "I left."') == '“He said: "I left."\u2009”'


def test_a_follow_up_shows_how_it_was_understood():
    answer = Answer("And why?", "Why is the bridge open?", ANSWER.claims)
    assert "Understood as: Why is the bridge open?" in written(answer, ARTICLE)
    assert "Why is the bridge open?" in Reading(answer_html(answer, 0, lookup(ARTICLE))).text


@pytest.mark.parametrize(
    ("text", "sentence", "number"),
    [
        ("One. Two.\n\nThree.", "One.", 1),
        ("One. Two.\n\nThree.", "Two.", 1),
        ("One.\n\n\n \n\nTwo.", "Two.", 2),
        ("Headline\nStandfirst.\n\nTwo.", "Two.", 2),
        ("One.\nTwo.\nThree.\n\n", "Three.", 3),
    ],
)
def test_paragraphs_are_counted_as_a_reader_counts_them(text: str, sentence: str, number: int):
    article = Article(text)
    assert paragraph(article, cite(sentence, article=article)) == number


def test_what_is_unknown_about_an_article_is_left_out():
    assert origin("", "", None) == "Untitled article"
    assert origin("A title", "", date(2024, 5, 31)) == "A title, 2024-05-31"


def test_a_citation_of_an_article_that_is_gone_says_so():
    assert "no longer in the library" in written(ANSWER)
    assert "no longer in the library" in evidence_html(ANSWER, 0, lookup())


def test_control_sequences_of_an_article_never_reach_the_terminal():
    answer, article = hostile_answer()
    console = Console(force_terminal=True, color_system=None, width=80, record=False)
    with console.capture() as capture:
        for _, text in answer_lines(answer, lookup(article)):
            console.print(text)
    shown = capture.get()
    assert "\x1b" not in shown
    assert "\x9b" not in shown
    assert "[bold red]rich[/]" in " ".join(shown.split())


@given(st.text())
def test_a_line_is_one_line_without_controls(text: str):
    shown = line(text)
    assert not any(unicodedata.category(character) in {"Cc", "Cs"} for character in shown)
    assert "\n" not in shown
    assert "\u202e" not in line(f"a{text}\u202eb")


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"])))
def test_escaping_keeps_every_character(text: str):
    assert unescape(escape(text)) == text


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"], include_characters="*_`#[]()<>!&$")))
def test_an_escaped_text_means_nothing_to_markdown(text: str):
    words = "a" + text.replace("\n", " ") + "a"
    rendered = MarkdownIt().enable(["strikethrough", "table"]).render(escape(words))
    assert Reading(rendered).tags == ["p"]


def test_a_hostile_article_adds_no_element_and_no_attribute():
    hostile, article = hostile_answer()
    plain = Answer("q", "q?", (Claim("c", (DENIAL,)),), short="s")
    for render in (answer_html, evidence_html):
        got = Reading(render(hostile, 0, lookup(article)))
        wanted = Reading(render(plain, 0, lookup(ARTICLE)))
        extra = {"span"} if render is answer_html else set()  # the speaker
        assert set(got.tags) <= set(wanted.tags) | extra
        assert not any(name.startswith("on") for name, _ in got.attributes)
        assert not any("javascript" in (value or "") for _, value in got.attributes)
        assert "<script>alert(1)</script> <b>bold</b> **bold**" in got.text
        assert "{{" not in render(hostile, 0, lookup(article))
        assert "${" not in render(hostile, 0, lookup(article))


def test_evidence_marks_the_cited_sentences_in_the_whole_text():
    html = evidence_html(ANSWER, 3, lookup(ARTICLE))
    assert 'id="cite-3-1"' in html
    assert 'id="cite-3-2"' in html
    reading = Reading(html)
    assert ARTICLE.text in reading.text
    assert reading.marked == [DENIAL.sentence, CABLES.sentence]
    assert ("href", "https://news.example/bridge") in reading.attributes


def test_several_articles_are_tabs_and_that_of_the_citation_to_show_is_chosen():
    other = Article("Something else happened. Nobody minded.", title="Other")
    second = cite("Nobody minded.", 2, article=other)
    answer = Answer("q", "q", (Claim("a", (DENIAL, second)),))
    first = evidence_html(answer, 0, lookup(ARTICLE, other))
    assert first.index('aria-selected="true"') < first.index('aria-selected="false"')
    assert re.findall(r'role="tabpanel" id="([^"]+)"[^>]* hidden', first) == ["article-0-1"]
    clicked = evidence_html(answer, 0, lookup(ARTICLE, other), current=2)
    assert clicked.index('aria-selected="false"') < clicked.index('aria-selected="true"')
    assert re.findall(r'role="tabpanel" id="([^"]+)"[^>]* hidden', clicked) == ["article-0-0"]
    assert "data-clicked" in clicked
    assert "data-clicked" not in first
    assert 'role="tab"' not in evidence_html(ANSWER, 0, lookup(ARTICLE)), "one needs no tabs"


@given(st.text("ab <&\n", min_size=1), st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20))))
def test_highlighting_keeps_the_text_whatever_is_cited(text: str, spans: list[tuple[int, int]]):
    citations = [
        Citation(number, "", "", "", "", "", None, min(span), max(span))
        for number, span in enumerate(spans, 1)
    ]
    reading = Reading(highlight(text, citations, 0))
    assert reading.text == text
    assert reading.tags == ["mark"] * len(spans)


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "", "http://[bad", "/etc"]
)
def test_only_web_addresses_become_links(url: str):
    assert "<a" not in link(url)
    assert unescape(link(url)) == url


@pytest.mark.parametrize("answer", [ANSWER, replace(ANSWER, unanswered=("who pays?",))])
def test_an_answer_comes_back_from_its_dict(answer: Answer):
    assert Answer.from_dict(json.loads(json.dumps(answer.to_dict()))) == answer
    refused = refusal("no_evidence")
    assert Answer.from_dict(json.loads(json.dumps(refused.to_dict()))) == refused


@pytest.mark.parametrize(
    "change",
    [
        {"claims": []},
        {"claims": [{"text": "x"}]},
        {"claims": 5},
        {"refusal": {"reason": "mood", "message": "", "nearest": []}, "claims": []},
        {"confidence": None},
    ],
)
def test_what_is_no_answer_is_refused(change: dict[str, object]):
    with pytest.raises(ValueError, match=r"\S"):
        Answer.from_dict(ANSWER.to_dict() | change)
    with pytest.raises(ValueError, match="not an answer"):
        Answer.from_dict({})


def test_what_is_not_answered_of_a_question_is_told() -> None:
    answer = replace(ANSWER, unanswered=("and who <pays>?",))
    assert answer.text.endswith("\nThe articles don't say: and who <pays>?")
    assert answer.to_dict()["unanswered"] == ["and who <pays>?"]
    told = "\n".join(text.plain for _, text in answer_lines(answer, lookup(ARTICLE)))
    assert "The articles don't say: and who <pays>?" in told
    shown = answer_html(answer, 0, lookup(ARTICLE))
    assert "pays" in shown
    assert "<pays>" not in shown
    assert ANSWER.gap == ""


def test_an_answer_of_low_confidence_says_so_everywhere() -> None:
    unsure = replace(ANSWER, confidence=0.13)
    said = "Unsure (13%): this may not be what you asked for."
    assert said in "\n".join(str(text) for _, text in answer_lines(unsure, lookup(ARTICLE)))
    assert said in unescape(answer_html(unsure, 0, lookup(ARTICLE)))
    assert "Unsure" in answer_markdown(unsure)
    sure = replace(ANSWER, confidence=0.8)
    assert not sure.doubt
    assert "unsure" not in answer_html(sure, 0, lookup(ARTICLE)).lower()
