"""What readers thought of answers: kept with the library.

`assistant.grounded.recording` makes test cases of them.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Literal

from assistant.answer import Answer
from assistant.render import Lookup, shown_citations
from index.errors import LibraryError, NotInLibrary
from index.filters import Filters
from index.library import Library

Vote = Literal["up", "down"]
NOTES = "ratings"  # the name they are kept under
_NAMES, _DAYS = ("articles", "publishers"), ("since", "until")


@dataclass(frozen=True)
class Rating:
    """One reader's opinion of one answer; `day` is when, in UTC, `filters` is how it was asked."""

    vote: Vote
    answer: Answer
    day: str
    filters: Filters = field(default_factory=Filters)


def rate(library: Library, answer: Answer, vote: Vote, filters: Filters | None = None) -> None:
    """Keep an opinion. The last one of an answer counts.

    Args:
        filters: how the question was asked.

    Raises:
        LibraryError: the library cannot be written, or the answer cites what is not in the library.
    """
    if not stands(answer, library.article):
        raise LibraryError(
            "This answer cites sentences that are no longer in the library. Ask again, then rate."
        )
    record = {"vote": vote, "day": datetime.now(UTC).date().isoformat(), "answer": answer.to_dict()}
    if filters:
        record["filters"] = plain_filters(filters)
    library.note(NOTES, json.dumps(record, ensure_ascii=True))


def stands(answer: Answer, lookup: Lookup) -> bool:
    """Whether all that an answer cites is in the library, to the letter."""
    try:
        return all(c.stands_in(lookup(c.article_id).text) for c in shown_citations(answer))
    except NotInLibrary:
        return False


def ratings(library: Library) -> list[Rating]:
    """The last opinion of each answer, oldest first; lines that cannot be read are left out."""
    found: dict[tuple[str, str, Filters], Rating] = {}
    for rating in _read(library.notes(NOTES)):
        key = (rating.answer.question, rating.answer.text, rating.filters)
        found.pop(key, None)
        found[key] = rating
    return list(found.values())


def plain_filters(filters: Filters) -> dict[str, Any]:
    """JSON-ready; what does not narrow is left out."""
    names = {"articles": filters.articles, "publishers": filters.publishers}
    days = {"since": filters.since, "until": filters.until}
    return {key: sorted(found) for key, found in names.items() if found is not None} | {
        key: day.isoformat() for key, day in days.items() if day is not None
    }


def filters_from(plain: Any) -> Filters:
    """The filters that `plain_filters` made this of; None has none.

    Raises:
        ValueError: it is not of that shape.
    """
    if plain is None:
        return Filters()
    try:
        names = {key: list(map(_text, plain[key])) for key in _NAMES if key in plain}
        days = {key: date.fromisoformat(plain[key]) for key in _DAYS if key in plain}
    except (TypeError, KeyError) as error:
        raise ValueError(f"no filters: {error}") from error
    return Filters.of(**names, **days)  # type: ignore[arg-type]


def _text(given: object) -> str:
    if not isinstance(given, str):
        raise TypeError(f"{given!r} is no text")
    return given


def _read(lines: Iterable[str]) -> Iterator[Rating]:
    for line in lines:
        try:
            record = json.loads(line)
            answer = Answer.from_dict(record["answer"])
            if record["vote"] in ("up", "down"):
                filters = filters_from(record.get("filters"))
                yield Rating(record["vote"], answer, str(record["day"]), filters)
        except (ValueError, KeyError, TypeError):
            continue  # half a line of a killed process costs that rating only
