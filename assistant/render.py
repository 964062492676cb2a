"""An answer as people see it in a terminal, and the wording that the chat page shares.

Pure functions. Articles, questions and answers are data: whatever they hold is shown as text and
never interpreted, not as Rich markup and not as terminal control.
"""

import re
from collections.abc import Callable, Iterator

from rich.text import Text

from assistant.answer import Answer, Citation
from index.article import Article
from index.errors import NotInLibrary

Lookup = Callable[[str], Article]  # article id -> article, NotInLibrary when it is gone
Line = tuple[int, Text]  # columns of indent, what is written

NEAREST = "Nearest sentences (not an answer):"
INDENT = 4

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
# C0, DEL and C1 (terminals obey them), and lone surrogates (no encoding carries them).
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
# Controls that turn the reading order of what follows, our own words included.
_BIDIRECTIONAL = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
_QUOTES = tuple("\"'“”‘’«»„‟")
_BLANK_LINE = re.compile(r"\n[^\S\n]*\n")


def line(text: str) -> str:
    """The text as one line that is safe to write to a terminal."""
    one_line = " ".join(text.split())
    return _BIDIRECTIONAL.sub("", UNPRINTABLE.sub(REPLACEMENT, one_line))


def printable(text: str) -> str:
    """The text, on its lines, without what a terminal would obey."""
    return _BIDIRECTIONAL.sub("", UNPRINTABLE.sub(REPLACEMENT, text))


def quotation(text: str) -> str:
    """The text in curly quotes; a thin space keeps them apart from quotes of its own."""
    before = "\u2009" if text[:1] in _QUOTES else ""
    after = "\u2009" if text[-1:] in _QUOTES else ""
    return f"“{before}{text}{after}”"


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


def remarks_of(citation: Citation) -> str:
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


def says_more(answer: Answer) -> bool:
    """Whether the short answer is more than a repetition of a claim or cited sentence."""
    repeated = {claim.text for claim in answer.claims} | {c.sentence for c in answer.citations}
    return bool(answer.short) and answer.short not in repeated


def answer_lines(answer: Answer, lookup: Lookup) -> Iterator[Line]:
    """An answer with its citations, or a refusal with the nearest sentences."""
    if answer.understood_as:
        yield 0, Text(line(answer.understood_as), "dim")
    if answer.refusal:
        yield 0, Text(line(answer.refusal.message), "bold yellow")
        yield 0, Text(f"Reason: {answer.refusal.reason}", "yellow")
        if answer.refusal.nearest:
            yield 0, Text()
            yield 0, Text(NEAREST, "dim")
    else:
        if answer.doubt:
            yield 0, Text(answer.doubt, "yellow")
        if says_more(answer):
            yield 0, Text(line(answer.short), "bold green")
        for claim in answer.claims:
            numbers = "".join(f"[{citation.number}]" for citation in claim.citations)
            yield 0, Text(line(claim.text) + " ").append(numbers, "cyan")
        if answer.gap:
            yield 0, Text(line(answer.gap), "bold yellow")
        if answer.remark:
            yield 0, Text(line(answer.remark), "dim")
    for citation in shown_citations(answer):
        yield 0, Text()
        yield from _citation_lines(citation, lookup)


def _citation_lines(citation: Citation, lookup: Lookup) -> Iterator[Line]:
    yield (
        0,
        Text(f"[{citation.number}] ", "cyan").append(quotation(line(citation.sentence)), "default"),
    )
    if remarks := remarks_of(citation):
        yield INDENT, Text(line(remarks), "italic")
    yield (
        INDENT,
        Text(line(origin(citation.title, citation.publisher, citation.published)), "dim"),
    )
    yield INDENT, Text(f"{place(lookup, citation)} of {citation.article_id}", "dim")
