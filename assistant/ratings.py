"""What readers thought of answers: kept with the library.

`assistant.grounded.recording` makes test cases of them.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from assistant.answer import Answer
from assistant.render import Lookup, shown_citations
from index.errors import LibraryError, NotInLibrary
from index.library import Library

Vote = Literal["up", "down"]
NOTES = "ratings"  # the name they are kept under


@dataclass(frozen=True)
class Rating:
    """One reader's opinion of one answer; `day` is when, in UTC."""

    vote: Vote
    answer: Answer
    day: str


def rate(library: Library, answer: Answer, vote: Vote) -> None:
    """Keep an opinion. The last one of an answer counts.

    Raises:
        LibraryError: the library cannot be written, or the answer cites what is not in the library.
    """
    if not stands(answer, library.article):
        raise LibraryError(
            "This answer cites sentences that are no longer in the library. Ask again, then rate."
        )
    record = {"vote": vote, "day": datetime.now(UTC).date().isoformat(), "answer": answer.to_dict()}
    library.note(NOTES, json.dumps(record, ensure_ascii=True))


def stands(answer: Answer, lookup: Lookup) -> bool:
    """Whether all that an answer cites is in the library, to the letter."""
    try:
        return all(c.stands_in(lookup(c.article_id).text) for c in shown_citations(answer))
    except NotInLibrary:
        return False


def ratings(library: Library) -> list[Rating]:
    """The last opinion of each answer, oldest first; lines that cannot be read are left out."""
    found: dict[tuple[str, str], Rating] = {}
    for rating in _read(library.notes(NOTES)):
        key = (rating.answer.question, rating.answer.text)
        found.pop(key, None)
        found[key] = rating
    return list(found.values())


def _read(lines: Iterable[str]) -> Iterator[Rating]:
    for line in lines:
        try:
            record = json.loads(line)
            answer = Answer.from_dict(record["answer"])
            if record["vote"] in ("up", "down"):
                yield Rating(record["vote"], answer, str(record["day"]))
        except (ValueError, KeyError, TypeError):
            continue  # half a line of a killed process costs that rating only
