"""Who said what, and disputes, as text: lines for the terminal, CSV for spreadsheets."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from assistant.render import INDENT, Line, line, origin, quotation

if TYPE_CHECKING:
    from assistant.disputes import Dispute
    from assistant.said import Said

COLUMNS = (
    "speaker", "role", "act", "negated", "cue", "content", "target", "charge", "sentence",
    "article_id", "title", "url", "publisher", "published", "start", "end", "spans",
)  # fmt: skip
HEADINGS = {"accuse": "Accused by", "deny": "Denied by"}
UNCLAIMED, UNDENIED = "Nobody is reported to claim it.", "No denial of it in the articles."
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def said_csv(found: "Iterable[Said]") -> str:
    """Attributions as CSV with a header line.

    A cell that a spreadsheet would run as a formula gets an apostrophe in front: what articles say
    is data.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerow(COLUMNS)
    for one in found:
        cells = one.to_dict()
        writer.writerow([_cell(cells[name]) for name in COLUMNS])
    return out.getvalue()


def _cell(value: object) -> object:
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_FORMULA) else value
    if isinstance(value, list):
        return " ".join(f"{start}-{stop}" for start, stop in value)
    return "" if value is None else value


def dispute_lines(found: "Sequence[Dispute]") -> Iterator[Line]:
    """Each dispute: the matter, who accuses or claims, who denies, with the sentences."""
    for number, dispute in enumerate(found):
        if number:
            yield 0, Text()
        yield 0, Text(line(dispute.matter), "bold green")
        yield from _side(dispute.accusations, UNCLAIMED)
        yield from _side(dispute.denials, UNDENIED)


def side_heading(one: "Said") -> str:
    """What somebody does in a dispute."""
    return HEADINGS.get(one.act, "Claimed by")


def _side(side: "Sequence[Said]", empty: str) -> Iterator[Line]:
    if not side:
        yield INDENT, Text(empty, "yellow")
    for one in side:
        heading = side_heading(one)
        yield INDENT, Text(f"{heading} ", "dim").append(line(one.speaker or "(not named)"), "bold")
        yield 2 * INDENT, Text(quotation(line(one.sentence)))
        where = origin(one.title, one.publisher, one.published)
        place = f"characters {one.start}–{one.end} of {one.article_id}"
        yield 2 * INDENT, Text(f"{line(where)}, {place}", "dim")
