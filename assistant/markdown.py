"""An answer as Markdown. Articles are data: whatever they hold is shown, and acts as nothing.

Held by a property test: what CommonMark makes of it has the same words, and no links, pictures,
HTML or emphasis but our own.
"""

import re

from assistant.answer import Answer, Citation
from assistant.render import NEAREST, line, origin, quotation, remarks_of, shown_citations

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
    written, marks = "", []
    if answer.refusal:
        written = markdown(answer.refusal.message)
    elif answer.doubt:
        written = markdown(answer.doubt)
    for claim in answer.claims:
        written += ("\n\n" if written else "") + markdown(claim.text) + " "
        for citation in claim.citations:
            start = len(written)
            written += f"[{citation.number}]"
            marks.append((start, len(written), citation))
    if answer.gap:
        written += "\n\n" + markdown(answer.gap)
    if answer.remark:
        written += "\n\n" + markdown(answer.remark)
    sources = [_source(citation) for citation in shown_citations(answer)]
    if answer.refusal and sources:
        written += "\n\n" + markdown(NEAREST)
    return "\n\n".join([written, *(["\n".join(sources)] if sources else ())]), tuple(marks)


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
