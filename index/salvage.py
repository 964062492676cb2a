"""The articles of a damaged or older catalog: whatever can be read of it and proves to be whole.

SQLite reads what it can, forwards, backwards and by each index; then the pages of the file are
read one by one, whatever the tree says that they are (https://www.sqlite.org/fileformat2.html). An
article counts only when its id is the hash of its content: nothing that is damaged comes back.
"""

import re
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from index.article import ID_LENGTH, Article
from index.rows import connect_read_only, to_article

ARTICLES = (
    "SELECT key, id, title, url, publisher, publisher_folded, author, day, text FROM articles"
)
SOURCES = "SELECT source, article_id FROM sources"
# (what to read, how): each way reads other pages, or the same ones from the other end.
WAYS = tuple(f"NOT INDEXED ORDER BY key {direction}" for direction in ("ASC", "DESC")) + tuple(
    f"INDEXED BY {index} ORDER BY {column} {direction}"
    for index, column in (("sqlite_autoindex_articles_1", "id"), ("articles_by_day", "day"))
    for direction in ("ASC", "DESC")
)


@dataclass
class Salvage:
    """What was found in a catalog.

    Attributes:
        complete: everything could be read.
        lost: id -> title ("" when that is lost too) of articles that are known to have been there.
    """

    path: Path
    complete: bool = True
    sources: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    manifest: dict[str, str] = field(default_factory=dict)
    found: set[str] = field(default_factory=set)
    _titles: dict[str, str] = field(default_factory=dict)
    _seen: Counter[str] = field(default_factory=Counter)

    def articles(self) -> Iterator[tuple[int, Article]]:
        """(key, article) of each that is whole, in the order of the catalog where it is known."""
        yield from self._by_sqlite()
        if not self.complete:
            yield from self._by_page()

    @property
    def lost(self) -> dict[str, str]:
        """Known once all articles have been read. A damaged id is no article: two must name it."""
        named = {i for i, count in self._seen.items() if count > 1} | set(self._titles)
        return {i: self._titles.get(i, "") for i in sorted(named - self.found)}

    def _by_sqlite(self) -> Iterator[tuple[int, Article]]:
        try:
            db = connect_read_only(self.path)
        except sqlite3.Error:
            self.complete = False
            return
        db.text_factory = bytes
        try:
            for key, value in self._rows(db, "SELECT key, value FROM manifest"):
                self.manifest[_text(key)] = _text(value)
            self._name(self._rows(db, SOURCES))
            for article_id in self._rows(db, "SELECT DISTINCT article_id FROM sentences"):
                self._seen[_text(*article_id)] += 1
            for way in WAYS:
                for row in self._rows(db, f"{ARTICLES} {way}"):
                    yield from self._checked(row)
                if self.complete:
                    break
                self._seen.update(
                    _text(i) for (i,) in self._rows(db, f"SELECT id FROM articles {way}")
                )
        finally:
            db.close()

    def _rows(self, db: sqlite3.Connection, query: str) -> Iterator[Sequence[Any]]:
        """Rows up to the first damaged page."""
        try:
            yield from db.execute(query)
        except sqlite3.DatabaseError:
            self.complete = False

    def _name(self, rows: Iterator[Sequence[Any]]) -> None:
        for source, article_id in rows:
            own, name = _text(article_id), _text(source)
            if _is_id(own) and name not in self.sources[own]:
                self.sources[own].append(name)
                self._seen[own] += 1

    def _checked(self, row: Sequence[Any]) -> Iterator[tuple[int, Article]]:
        """The article of a row, when its content is what its id says, and it is not known yet."""
        key, article_id, title, url, publisher, _, author, day, text = row
        own = _text(article_id)
        if own in self.found:
            return
        try:
            fields = [_strict(value) for value in (text, title, url, publisher, author)]
            article = to_article((own, *fields, day, ""))
            whole = article.id == own
        except (TypeError, ValueError, OverflowError):
            whole = False
        if whole:
            self.found.add(own)
            yield key, article
        elif _is_id(own):
            self.complete = False
            self._titles[own] = _text(title)

    def _by_page(self) -> Iterator[tuple[int, Article]]:
        """What the pages hold, read without their tree.

        What was removed does not come back: the catalog overwrites what it deletes.
        """
        pages = _Pages(self.path.read_bytes())
        for key, values in pages.records():
            if len(values) == 9 and isinstance(key, int):
                yield from self._checked((key, *values[1:]))
        both = (values for _, values in pages.records() if len(values) == 2)
        for one, two in both:  # (source, id) of the table, (id, source) of its index
            for source, article_id in ((one, two), (two, one)):
                if isinstance(source, bytes) and _text(article_id) in self.found:
                    self._name(iter([(source, article_id)]))


class _Pages:
    """The records on the leaf pages of a SQLite file, damaged ones left out."""

    def __init__(self, content: bytes) -> None:
        size = int.from_bytes(content[16:18], "big")
        self.size = size if size in (512, 1024, 2048, 8192, 16384, 32768) else 4096
        self.content = content

    def records(self) -> Iterator[tuple[int | None, list[Any]]]:
        """(rowid, values): of tables; of indexes and tables without rowid, the rowid is None."""
        for start in range(0, len(self.content), self.size):
            head = start + (100 if start == 0 else 0)
            kind = self.content[head : head + 1]
            if kind not in (b"\x0d", b"\x0a"):
                continue
            count = int.from_bytes(self.content[head + 3 : head + 5], "big")
            for number in range(min(count, self.size // 4)):
                at = head + 8 + 2 * number
                cell = start + int.from_bytes(self.content[at : at + 2], "big")
                try:
                    yield self._record(cell, is_table=kind == b"\x0d")
                except (ValueError, IndexError):
                    continue

    def _record(self, at: int, is_table: bool) -> tuple[int | None, list[Any]]:
        length, at = self._varint(at)
        key = None
        if is_table:
            key, at = self._varint(at)
        payload = self._payload(length, at, is_table)
        size, place = _varint(payload, 0)
        types = []
        while place < size:
            kind, place = _varint(payload, place)
            types.append(kind)
        values = []
        for kind in types:
            width = _WIDTHS[kind] if kind < len(_WIDTHS) else (kind - 12) // 2
            piece = payload[place : place + width]
            if len(piece) < width:
                raise ValueError("a record is longer than its page")
            values.append(_value(kind, piece))
            place += width
        return key, values

    def _payload(self, length: int, at: int, is_table: bool) -> bytes:
        """The bytes of a record, those on overflow pages included."""
        if length > len(self.content):
            raise ValueError("a record is longer than the file")
        usable = self.size
        most = usable - 35 if is_table else (usable - 12) * 64 // 255 - 23
        if length <= most:
            return self.content[at : at + length]
        least = (usable - 12) * 32 // 255 - 23
        local = least + (length - least) % (usable - 4)
        local = local if local <= most else least
        payload = self.content[at : at + local]
        page = int.from_bytes(self.content[at + local : at + local + 4], "big")
        while len(payload) < length:
            start = (page - 1) * usable
            if page < 2 or start >= len(self.content):
                raise ValueError("a record goes on outside the file")
            payload += self.content[start + 4 : start + usable]
            page = int.from_bytes(self.content[start : start + 4], "big")
        return payload[:length]

    def _varint(self, at: int) -> tuple[int, int]:
        return _varint(self.content, at)


_WIDTHS = (0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0)  # bytes of NULL, integers, float, 0, 1, reserved


def _varint(content: bytes, at: int) -> tuple[int, int]:
    value = 0
    for number in range(9):
        byte = content[at + number]
        if number == 8:
            return value << 8 | byte, at + 9
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            break
    return value, at + number + 1


def _value(kind: int, piece: bytes) -> Any:
    if kind in (8, 9):
        return kind - 8
    if kind < 12:
        return None if kind == 0 else int.from_bytes(piece, "big", signed=True)
    return piece


def _is_id(text: str) -> bool:
    return re.fullmatch(rf"[0-9a-f]{{{ID_LENGTH}}}", text) is not None


def _strict(value: Any) -> str:
    if not isinstance(value, bytes):
        raise TypeError("no text")
    return value.decode("utf-8")


def _text(value: Any) -> str:
    """A text for people, or to be compared: damage shows in it."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
