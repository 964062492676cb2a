"""What readers thought of answers: kept in the library's folder.

`assistant.grounded.recording` makes test cases of them.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Literal

from assistant.answer import Answer
from assistant.render import Lookup, shown_citations
from index.errors import LibraryError, NotInLibrary

Vote = Literal["up", "down"]
FILE = "ratings.jsonl"
_LOCK = Lock()


@dataclass(frozen=True)
class Rating:
    """One reader's opinion of one answer; `day` is when, in UTC."""

    vote: Vote
    answer: Answer
    day: str


def rate(folder: Path, answer: Answer, vote: Vote, lookup: Lookup) -> None:
    """Keep an opinion. The last one of an answer counts.

    Raises:
        LibraryError: the folder cannot be written, or the answer cites what is not in the library.
    """
    if not stands(answer, lookup):
        raise LibraryError(
            "This answer cites sentences that are no longer in the library. Ask again, then rate."
        )
    record = {"vote": vote, "day": datetime.now(UTC).date().isoformat(), "answer": answer.to_dict()}
    try:
        with _LOCK, (folder / FILE).open("a", encoding="utf-8") as file:
            file.write(json.dumps(record, ensure_ascii=True) + "\n")
    except OSError as error:
        raise LibraryError(f"The rating cannot be kept in {folder}: {error.strerror}") from error


def stands(answer: Answer, lookup: Lookup) -> bool:
    """Whether all that an answer cites is in the library, to the letter."""
    try:
        return all(c.stands_in(lookup(c.article_id).text) for c in shown_citations(answer))
    except NotInLibrary:
        return False


def ratings(folder: Path) -> list[Rating]:
    """The last opinion of each answer, oldest first; lines that cannot be read are left out."""
    found: dict[tuple[str, str], Rating] = {}
    for rating in _read(folder / FILE):
        key = (rating.answer.question, rating.answer.text)
        found.pop(key, None)
        found[key] = rating
    return list(found.values())


def _read(path: Path) -> Iterator[Rating]:
    if not path.is_file():
        return
    for line in path.read_text("utf-8", errors="replace").splitlines():
        try:
            record = json.loads(line)
            answer = Answer.from_dict(record["answer"])
            if record["vote"] in ("up", "down"):
                yield Rating(record["vote"], answer, str(record["day"]))
        except (ValueError, KeyError, TypeError):
            continue  # half a line of a killed process costs that rating only
