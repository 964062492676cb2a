"""An answer and its articles as HTML for the chat page.

Pure functions. Articles, questions and answers are data: all of them passes through `escape`, and
shows as the text that it is.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

from assistant.answer import Answer, Citation, Claim
from assistant.render import (
    NEAREST,
    REPLACEMENT,
    UNPRINTABLE,
    Lookup,
    line,
    origin,
    place,
    quotation,
    remarks_of,
    says_more,
    shown_citations,
)
from index.article import Article
from index.errors import NotInLibrary

_ASCII_PUNCTUATION = re.compile(r"[!-/:-@\[-`{-~]")


class Marked(Protocol):
    """A numbered stretch of an article's text: a `Citation`, or a `Mark`."""

    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def number(self) -> int: ...


@dataclass(frozen=True)
class Mark:
    """A stretch of an article's text that is highlighted; `number` 0 is not shown."""

    start: int
    end: int
    number: int = 0


def escape(text: str) -> str:
    """The text as HTML that shows exactly this text.

    All ASCII punctuation becomes character references, not just `<>&"'`: the pieces then also mean
    nothing to Markdown, LaTeX delimiters and the templates that Gradio runs over a page.
    """
    printable = UNPRINTABLE.sub(REPLACEMENT, text)
    return _ASCII_PUNCTUATION.sub(lambda match: f"&#{ord(match[0])};", printable)


def mark_id(turn: int, number: int) -> str:
    """The id of a highlighted sentence on the page; the numbers start anew with each answer."""
    return f"cite-{turn}-{number}"


# The answer


def answer_html(answer: Answer, turn: int, lookup: Lookup) -> str:
    """One answer or refusal; `turn` is its position in the conversation, from 0."""
    parts = []
    if line(answer.understood) != line(answer.question):
        parts.append(f'<p class="understood">Understood as: {escape(answer.understood)}</p>')
    if answer.refusal:
        parts.append(f'<p class="message">{escape(answer.refusal.message)}</p>')
        reason = escape(answer.refusal.reason.replace("_", " "))
        parts.append(f'<p class="reason">Reason: {reason}</p>')
        if answer.refusal.nearest:
            parts.append(f'<p class="nearest">{escape(NEAREST)}</p>')
    else:
        if answer.doubt:
            parts.append(f'<p class="doubt">{escape(answer.doubt)}</p>')
        if says_more(answer):
            parts.append(f'<p class="short">{escape(answer.short)}</p>')
        parts += [claim_html(claim, turn) for claim in answer.claims]
        if answer.gap:
            parts.append(f'<p class="message">{escape(answer.gap)}</p>')
        if answer.remark:
            parts.append(f'<p class="reason">{escape(answer.remark)}</p>')
    said = " ".join(claim.text for claim in answer.claims)
    sources = "".join(_source(citation, turn, lookup, said) for citation in shown_citations(answer))
    if sources:
        parts.append(f'<ul class="sources">{sources}</ul>')
    look = "answer"
    if answer.refused or answer.doubt:
        look += " refused" if answer.refused else " unsure"
    return f'<div class="{look}">{"".join(parts)}</div>'


def claim_html(claim: Claim, turn: int) -> str:
    """One statement and the numbers it rests on."""
    numbers = "".join(_cite(turn, citation.number) for citation in claim.citations)
    return f'<p class="claim">{escape(claim.text)} {numbers}</p>'


def _cite(turn: int, number: int) -> str:
    return (
        f'<a class="cite" href="#{mark_id(turn, number)}" data-do="cite" data-turn="{turn}" '
        f'data-number="{number}" aria-label="Show sentence {number} in its article">[{number}]</a>'
    )


def _source(citation: Citation, turn: int, lookup: Lookup, said: str) -> str:
    """One entry of the list of sources; a sentence that a claim consists of is not repeated."""
    sentence = line(citation.sentence)
    own = f'<span class="quotation">{escape(quotation(sentence))}</span>'
    remarks = remarks_of(citation)
    note = f'<span class="remark">{escape(remarks)}</span>' if remarks else ""
    where = f"{origin(citation.title, citation.publisher, citation.published)} · " + place(
        lookup, citation
    )
    return (
        f"<li>{_cite(turn, citation.number)}<div>"
        f"{'' if sentence in said else own}{note}"
        f'<span class="where">{escape(where)}</span></div></li>'
    )


# The articles


def evidence_html(answer: Answer, turn: int, lookup: Lookup, current: int = 0) -> str:
    """The articles behind an answer as tabs, in full, its sentences marked and numbered.

    `current` is the number of the citation to show; 0 stands for the first.
    """
    citations = shown_citations(answer)
    # The page scrolls to a citation that was clicked, not to that of an answer that just came.
    clicked = " data-clicked" if current else ""
    current = current or min((citation.number for citation in citations), default=0)
    by_article: dict[str, list[Citation]] = {}
    for citation in citations:
        by_article.setdefault(citation.article_id, []).append(citation)
    note = f'<p class="nearest">{escape(NEAREST)}</p>' if answer.refused and citations else ""
    look = "evidence near" if answer.refused else "evidence"
    return f'<div class="{look}"{clicked}>{note}{_panels(by_article, turn, lookup, current)}</div>'


def article_html(article_id: str, marks: Sequence[Marked], lookup: Lookup) -> str:
    """One article in full, as it is opened from a list; the marks carry no number."""
    return f'<div class="evidence" data-clicked>{_panels({article_id: marks}, -1, lookup, 0)}</div>'


def _panels(
    by_article: Mapping[str, Sequence[Marked]],
    turn: int,
    lookup: Lookup,
    current: int,
) -> str:
    """Tabs, where there are several articles, and one panel an article."""
    tabs, panels, alone = [], [], len(by_article) == 1
    for at, (article_id, marks) in enumerate(by_article.items()):
        shown = alone or any(mark.number == current for mark in marks)
        try:
            article = lookup(article_id)
            name = article.title or "Untitled article"
            inner = _article(article, marks, turn, current)
        except NotInLibrary:
            name = "No longer there"
            inner = '<p class="gone">A cited article is no longer in the library.</p>'
        numbers = "".join(f"[{mark.number}]" for mark in marks if mark.number)
        panel, tab = f"article-{turn}-{at}", f"tab-{turn}-{at}"
        tabs.append(
            f'<button type="button" role="tab" id="{tab}" aria-controls="{panel}" '
            f'aria-selected="{"true" if shown else "false"}" tabindex="{0 if shown else -1}">'
            f'<span class="name">{escape(name)}</span> <span class="numbers">{numbers}</span>'
            f"</button>"
        )
        names = f'id="{panel}"'
        if not alone:
            names = f'role="tabpanel" {names} aria-labelledby="{tab}"'
        panels.append(f"<article {names}{'' if shown else ' hidden'}>{inner}</article>")
    if len(tabs) < 2:
        return "".join(panels)
    return (
        f'<div class="papers" role="tablist" aria-label="Cited articles">{"".join(tabs)}</div>'
        + "".join(panels)
    )


def _article(article: Article, marks: Sequence[Marked], turn: int, current: int) -> str:
    details = " · ".join(
        part
        for part in (
            escape(article.publisher),
            escape(str(article.published or "")),
            escape(article.author),
            link(article.url),
        )
        if part
    )
    return (
        f'<h2 class="title">{escape(article.title or "Untitled article")}</h2>'
        f'<p class="details">{details}</p>'
        f'<div class="text">{highlight(article.text, marks, turn, current)}</div>'
    )


def highlight(text: str, marks: Iterable[Marked], turn: int, current: int = 0) -> str:
    """The whole text as HTML, each marked stretch in a `<mark>`; its text content is `text`."""
    parts, done = [], 0
    for mark in sorted(marks, key=lambda m: (m.start, m.number)):
        start, end = max(mark.start, done), max(mark.end, done)  # overlaps are cut, not nested
        look = ' class="current"' if mark.number == current else ""
        number = f' data-number="{mark.number}"' if mark.number else ""
        parts.append(escape(text[done:start]))
        parts.append(
            f'<mark id="{mark_id(turn, mark.number)}"{number}{look} '
            f'tabindex="-1">{escape(text[start:end])}</mark>'
        )
        done = end
    parts.append(escape(text[done:]))
    return "".join(parts)


def link(url: str) -> str:
    """A link for a web address; any other address (`javascript:` ...) is shown as text."""
    try:
        address = urlsplit(url)
    except ValueError:
        return escape(url)
    if address.scheme not in {"http", "https"} or not address.netloc:
        return escape(url)
    return (
        f'<a href="{escape(url)}" target="_blank" rel="noopener noreferrer">'
        f"{escape(address.netloc)}</a>"
    )
