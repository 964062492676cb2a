"""An answer as Markdown. Articles are data: whatever they hold is shown, and acts as nothing.

Held by a property test: what CommonMark makes of it has the same words, and no links, pictures,
HTML or emphasis but our own.
"""

import re
from collections.abc import Iterator, Sequence

from assistant.answer import Answer, Citation, Claim
from assistant.render import NEAREST, line, origin, quotation, remarks_of, shown_citations

TAKEN_BACK = "The model failed before its end, so what stands above does not count. The answer:"
_BLANK = "\n\n"

Mark = tuple[int, int, Citation]  # [start, end) of a "[1]" in the Markdown, and what it stands for

# What acts anywhere. `$` begins formulas in many viewers, `|` parts cells, `~` strikes through;
# an underscore inside a word is one everywhere. "://", "@" and dots of host names make bare
# addresses links in GitHub's dialect.
_ANYWHERE = re.compile(
    r"[\\`*\[\]<$~|@]"
    r"|(?<![^\W_])_|_(?![^\W_])"
    r"|&(?=#?\w+;)"
    r"|:(?=//)"
    r"|(?<=[^\W\d_])\.(?=[^\W\d_]{2})"
)
# What acts at the beginning of a line only: headings, lists, quotations, rules, tables.
_AT_START = re.compile(r"^(?:(?=[#+\-=>:])|(\d{1,9})(?=[.)](?:\s|$)))")
_NOT_IN_ADDRESS = re.compile(r"[^A-Za-z0-9\-._~:/?#@!&'+,;=%]")


def markdown(text: str) -> str:
    """Markdown, for one line, that shows exactly this text; runs of white space become spaces."""
    return _AT_START.sub(r"\1\\", _ANYWHERE.sub(r"\\\g<0>", line(text)))


def answer_markdown(answer: Answer) -> str:
    """The text of an answer, then the sentences it rests on; their numbers are links."""
    return marked(answer)[0]


def marked(answer: Answer) -> tuple[str, tuple[Mark, ...]]:
    """`answer_markdown`, and where in its text the numbers of citations stand.

    Offsets count code points: `markdown[start:end] == "[1]"`.
    """
    before = _paragraphs(*_before(answer))
    written, marks = _claims(answer.claims, len(before) + len(_BLANK) if before else 0)
    return _paragraphs(*filter(None, (before, written)), *_after(answer)), marks


def claims_markdown(claims: Sequence[Claim]) -> str:
    """The claims alone, as they stand in `answer_markdown`."""
    return _claims(claims)[0]


def rest_markdown(answer: Answer, told: Sequence[Claim]) -> tuple[str, tuple[Mark, ...]]:
    """What follows in a stream once the claims of a model were told, and the marks of it all.

    Where the answer has other claims than those, as the model failed, it is told that the ones
    before do not count, and then the answer.
    """
    said, marks = _claims(told)
    if tuple(told) == answer.claims:
        return _paragraphs("", *_before(answer), *_after(answer)), marks
    opening = f"{_BLANK}{markdown(TAKEN_BACK)}{_BLANK}"
    written, marks = marked(answer)
    shift = len(said) + len(opening)
    return opening + written, tuple((start + shift, end + shift, c) for start, end, c in marks)


def _before(answer: Answer) -> Iterator[str]:
    """The paragraphs before the claims."""
    if answer.understood_as:
        yield markdown(answer.understood_as)
    if answer.refusal:
        yield markdown(answer.refusal.message)
    elif answer.doubt:
        yield markdown(answer.doubt)


def _claims(claims: Sequence[Claim], at: int = 0) -> tuple[str, tuple[Mark, ...]]:
    """The claims, and where their numbers stand when the text begins at `at`."""
    written, marks = "", []
    for claim in claims:
        written += (_BLANK if written else "") + markdown(claim.text) + " "
        for citation in claim.citations:
            start = at + len(written)
            written += f"[{citation.number}]"
            marks.append((start, at + len(written), citation))
    return written, tuple(marks)


def _after(answer: Answer) -> Iterator[str]:
    """The paragraphs after the claims; the sources are the last."""
    for told in (answer.gap, answer.remark):
        if told:
            yield markdown(told)
    sources = [_source(citation) for citation in shown_citations(answer)]
    if sources:
        if answer.refusal:
            yield markdown(NEAREST)
        yield "\n".join(sources)


def _paragraphs(*written: str) -> str:
    """One text; an empty first one leaves the blank line before the second."""
    first, *others = written or ("",)
    return _BLANK.join([first, *filter(None, others)])


def _source(citation: Citation) -> str:
    """ "- [1] “sentence” — title, publisher, 2024-05-31"."""
    number = f"[{citation.number}]"
    if address := web_address(citation.url):
        number = f"[{number}]({address})"
    remarks = remarks_of(citation)
    told = f" ({markdown(remarks)})" if remarks else ""
    place = origin(citation.title, citation.publisher, citation.published)
    return f"- {number} {markdown(quotation(line(citation.sentence)))}{told} — {markdown(place)}"


def web_address(url: str) -> str:
    """The address as the target of a Markdown link; "" for what is none of the web."""
    if not url.lower().startswith(("http://", "https://")):
        return ""
    quoted = _NOT_IN_ADDRESS.sub(lambda match: _percent(match[0]), url)
    return re.sub(r"&(?=#?\w+;)", "&amp;", quoted)


def _percent(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "replace"))
