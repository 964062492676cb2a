"""An answer as people see it: lines for the terminal, HTML for the chat page.

Pure functions. Articles, questions and answers are data: whatever they hold is shown as text and
never interpreted, not as Rich markup, terminal control, HTML, Markdown or a template.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import urlsplit

from rich.text import Text

from assistant.answer import Answer, Citation
from index.article import Article
from index.errors import NotInLibrary

Lookup = Callable[[str], Article]  # article id -> article, NotInLibrary when it is gone
Line = tuple[int, Text]  # columns of indent, what is written

NEAREST = "Nearest sentences (not an answer):"
INDENT = 4

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
# C0, DEL and C1 (terminals obey them), and lone surrogates (no encoding carries them).
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
# Controls that turn the reading order of what follows, our own words included.
_BIDIRECTIONAL = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
_QUOTES = tuple("\"'“”‘’«»„‟")
_ASCII_PUNCTUATION = re.compile(r"[!-/:-@\[-`{-~]")
_BLANK_LINE = re.compile(r"\n[^\S\n]*\n")


def line(text: str) -> str:
    """The text as one line that is safe to write to a terminal."""
    one_line = " ".join(text.split())
    return _BIDIRECTIONAL.sub("", _UNPRINTABLE.sub(_REPLACEMENT, one_line))


def printable(text: str) -> str:
    """The text, on its lines, without what a terminal would obey."""
    return _BIDIRECTIONAL.sub("", _UNPRINTABLE.sub(_REPLACEMENT, text))


def quotation(text: str) -> str:
    """The text in curly quotes; a thin space keeps them apart from quotes of its own."""
    before = "\u2009" if text[:1] in _QUOTES else ""
    after = "\u2009" if text[-1:] in _QUOTES else ""
    return f"“{before}{text}{after}”"


def escape(text: str) -> str:
    """The text as HTML that shows exactly this text.

    All ASCII punctuation becomes character references, not just `<>&"'`: the pieces then also mean
    nothing to Markdown, LaTeX delimiters and the templates that Gradio runs over a page.
    """
    printable = _UNPRINTABLE.sub(_REPLACEMENT, text)
    return _ASCII_PUNCTUATION.sub(lambda match: f"&#{ord(match[0])};", printable)


def paragraph(article: Article, citation: Citation) -> int:
    """The number, from 1, of the paragraph in which the cited sentence starts.

    Paragraphs are separated by blank lines; in a text without blank lines each line is one.
    """
    text = article.text.rstrip()
    separator = _BLANK_LINE if _BLANK_LINE.search(text) else re.compile("\n")
    before = separator.split(text[: citation.start])
    # A piece counts when it has words; the last one holds the beginning of the sentence itself.
    return 1 + sum(1 for piece in before[:-1] if piece.strip())


def place(lookup: Lookup, citation: Citation) -> str:
    """Where in its article a citation is: "paragraph 3, characters 120–240"."""
    characters = f"characters {citation.start}–{citation.end}"
    try:
        return f"paragraph {paragraph(lookup(citation.article_id), citation)}, {characters}"
    except NotInLibrary:
        return f"{characters} of an article that is no longer in the library"


def origin(title: str, publisher: str, published: object) -> str:
    """ "Title, Publisher, 2024-05-31", without what is unknown."""
    known = (title or "Untitled article", publisher, str(published) if published else "")
    return ", ".join(part for part in known if part)


def _remarks(citation: Citation) -> str:
    """Whose words they are, as far as it is known; "" when there is nothing to say."""
    remarks = []
    if citation.quoted:
        remarks.append("quoted in the article, not its own statement")
    if citation.speaker:
        remarks.append(f"speaker: {citation.speaker}")
    return "; ".join(remarks)


def shown_citations(answer: Answer) -> tuple[Citation, ...]:
    """The citations of an answer, or the nearest sentences of a refusal."""
    return answer.refusal.nearest if answer.refusal else answer.citations


def _says_more(answer: Answer) -> bool:
    """Whether the short answer is more than a repetition of a claim or cited sentence."""
    repeated = {claim.text for claim in answer.claims} | {c.sentence for c in answer.citations}
    return bool(answer.short) and answer.short not in repeated


# Terminal


def answer_lines(answer: Answer, lookup: Lookup) -> Iterator[Line]:
    """An answer with its citations, or a refusal with the nearest sentences."""
    if line(answer.understood) != line(answer.question):
        yield 0, Text(f"Understood as: {line(answer.understood)}", "dim")
    if answer.refusal:
        yield 0, Text(line(answer.refusal.message), "bold yellow")
        yield 0, Text(f"Reason: {answer.refusal.reason}", "yellow")
        if answer.refusal.nearest:
            yield 0, Text()
            yield 0, Text(NEAREST, "dim")
    else:
        if _says_more(answer):
            yield 0, Text(line(answer.short), "bold green")
        for claim in answer.claims:
            numbers = "".join(f"[{citation.number}]" for citation in claim.citations)
            yield 0, Text(line(claim.text) + " ").append(numbers, "cyan")
        if answer.gap:
            yield 0, Text(line(answer.gap), "bold yellow")
    for citation in shown_citations(answer):
        yield 0, Text()
        yield from _citation_lines(citation, lookup)


def _citation_lines(citation: Citation, lookup: Lookup) -> Iterator[Line]:
    yield (
        0,
        Text(f"[{citation.number}] ", "cyan").append(quotation(line(citation.sentence)), "default"),
    )
    if remarks := _remarks(citation):
        yield INDENT, Text(line(remarks), "italic")
    yield (
        INDENT,
        Text(line(origin(citation.title, citation.publisher, citation.published)), "dim"),
    )
    yield INDENT, Text(f"{place(lookup, citation)} of {citation.article_id}", "dim")


# HTML


def mark_id(turn: int, number: int) -> str:
    """The id of a highlighted sentence on the page; the numbers start anew with each answer."""
    return f"cite-{turn}-{number}"


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
        if _says_more(answer):
            parts.append(f'<p class="short">{escape(answer.short)}</p>')
        for claim in answer.claims:
            numbers = "".join(_cite(turn, citation.number) for citation in claim.citations)
            parts.append(f'<p class="claim">{escape(claim.text)} {numbers}</p>')
        if answer.gap:
            parts.append(f'<p class="message">{escape(answer.gap)}</p>')
    said = " ".join(claim.text for claim in answer.claims)
    sources = "".join(_source(citation, turn, lookup, said) for citation in shown_citations(answer))
    if sources:
        parts.append(f'<ul class="sources">{sources}</ul>')
    look = "answer refused" if answer.refused else "answer"
    return f'<div class="{look}">{"".join(parts)}</div>'


def _cite(turn: int, number: int) -> str:
    return (
        f'<a class="cite" href="#{mark_id(turn, number)}" data-turn="{turn}" '
        f'data-number="{number}" aria-label="Show sentence {number} in its article">[{number}]</a>'
    )


def _source(citation: Citation, turn: int, lookup: Lookup, said: str) -> str:
    """One entry of the list of sources; a sentence that a claim consists of is not repeated."""
    sentence = line(citation.sentence)
    own = f'<span class="quotation">{escape(quotation(sentence))}</span>'
    remarks = _remarks(citation)
    note = f'<span class="remark">{escape(remarks)}</span>' if remarks else ""
    where = f"{origin(citation.title, citation.publisher, citation.published)} · " + place(
        lookup, citation
    )
    return (
        f"<li>{_cite(turn, citation.number)}<div>"
        f"{'' if sentence in said else own}{note}"
        f'<span class="where">{escape(where)}</span></div></li>'
    )


def evidence_html(answer: Answer, turn: int, lookup: Lookup, current: int = 0) -> str:
    """The articles behind an answer, in full, with its sentences marked and numbered.

    `current` is the number of the citation to show; 0 stands for the first.
    """
    citations = shown_citations(answer)
    # The page scrolls to a citation that was clicked, not to that of an answer that just came.
    clicked = " data-clicked" if current else ""
    current = current or min((citation.number for citation in citations), default=0)
    by_article: dict[str, list[Citation]] = {}
    for citation in citations:
        by_article.setdefault(citation.article_id, []).append(citation)
    look = "evidence near" if answer.refused else "evidence"
    note = f'<p class="nearest">{escape(NEAREST)}</p>' if answer.refused and citations else ""
    articles = "".join(
        _article_html(article_id, own, turn, lookup, current)
        for article_id, own in by_article.items()
    )
    return f'<div class="{look}"{clicked}>{note}{articles}</div>'


def _article_html(
    article_id: str, citations: list[Citation], turn: int, lookup: Lookup, current: int
) -> str:
    try:
        article = lookup(article_id)
    except NotInLibrary:
        return '<p class="gone">A cited article is no longer in the library.</p>'
    numbers = "".join(f"[{citation.number}]" for citation in citations)
    opened = " open" if any(citation.number == current for citation in citations) else ""
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
    title = escape(article.title or "Untitled article")
    return (
        f'<details{opened}><summary><span class="title">{title}</span> '
        f'<span class="numbers">{numbers}</span></summary>'
        f'<p class="details">{details}</p>'
        f'<div class="text">{highlight(article.text, citations, turn, current)}</div></details>'
    )


def highlight(text: str, citations: Iterable[Citation], turn: int, current: int = 0) -> str:
    """The whole text as HTML, each cited stretch in a `<mark>`; its text content is `text`."""
    parts, done = [], 0
    for citation in sorted(citations, key=lambda c: (c.start, c.number)):
        start, end = (
            max(citation.start, done),
            max(citation.end, done),
        )  # overlaps are cut, not nested
        look = ' class="current"' if citation.number == current else ""
        parts.append(escape(text[done:start]))
        parts.append(
            f'<mark id="{mark_id(turn, citation.number)}" data-number="{citation.number}"{look} '
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
