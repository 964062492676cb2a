"""The catalog's tables, its rows as the types of `index.article`, and filters as SQL."""

import json
import re
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from index.article import Article, Attribution, Kind, Sentence, Span
from index.errors import LibraryDamaged, NotInLibrary
from index.filters import Filters

PATIENCE = 30.0  # seconds that a statement waits for another process

TOKENIZER = '"porter unicode61 remove_diacritics 2"'

# Each answers a kind of question alone: the articles themselves are a hundred times as large.
# Missing in libraries of earlier versions, until they are changed the next time.
INDEXES = {
    "articles_by_publisher": "articles (publisher_folded, publisher, day)",
    "articles_filtered": "articles (id, publisher_folded, day)",
    "articles_listed": "articles (day, key, id, title, publisher)",
}

_INDEXES = ";\n".join(f"CREATE INDEX {name} ON {columns}" for name, columns in INDEXES.items())

SCHEMA = f"""
CREATE TABLE manifest (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE articles (
    key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, title TEXT NOT NULL, url TEXT NOT NULL,
    publisher TEXT NOT NULL, publisher_folded TEXT NOT NULL, author TEXT NOT NULL, day INTEGER,
    text TEXT NOT NULL);
CREATE INDEX articles_by_day ON articles (day);
{_INDEXES};
CREATE TABLE sources (
    source TEXT PRIMARY KEY,
    article_id TEXT NOT NULL REFERENCES articles (id) ON DELETE CASCADE) WITHOUT ROWID;
CREATE INDEX sources_by_article ON sources (article_id);
CREATE TABLE sentences (
    article_id TEXT NOT NULL REFERENCES articles (id) ON DELETE CASCADE, number INTEGER NOT NULL,
    start INTEGER NOT NULL, stop INTEGER NOT NULL, end INTEGER NOT NULL, kind TEXT NOT NULL,
    quoted INTEGER NOT NULL, PRIMARY KEY (article_id, number)) WITHOUT ROWID;
CREATE TABLE passages (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    article_id TEXT NOT NULL REFERENCES articles (id) ON DELETE CASCADE, number INTEGER NOT NULL,
    first INTEGER NOT NULL, last INTEGER NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL,
    UNIQUE (article_id, number));
CREATE VIRTUAL TABLE passage_words USING fts5 (
    title, text, tokenize = {TOKENIZER});
CREATE TABLE attributions (
    article_id TEXT NOT NULL REFERENCES articles (id) ON DELETE CASCADE, number INTEGER NOT NULL,
    source TEXT NOT NULL, cue_start INTEGER NOT NULL, cue_stop INTEGER NOT NULL,
    content TEXT NOT NULL, act TEXT NOT NULL, negated INTEGER NOT NULL, speaker TEXT NOT NULL,
    named_start INTEGER, named_stop INTEGER, role TEXT NOT NULL,
    PRIMARY KEY (article_id, number)) WITHOUT ROWID;
CREATE INDEX attributions_by_act ON attributions (act);
CREATE TABLE pending (passage_id TEXT PRIMARY KEY, remove INTEGER NOT NULL) WITHOUT ROWID;
"""

ATTRIBUTION = (
    "t.article_id, t.number, t.source, t.cue_start, t.cue_stop, t.content, t.act, t.negated,"
    " t.speaker, t.named_start, t.named_stop, t.role"
)
PASSAGE = "p.article_id, p.number, p.first, p.last, p.start, p.end"


def from_attribution(a: Attribution) -> tuple[object, ...]:
    """In the order of the table's columns, as `to_attribution` reads them."""
    named = a.named or (None, None)
    said = (json.dumps(a.source), *a.cue, json.dumps(a.content), a.act, a.negated)
    return (a.article_id, a.number, *said, a.speaker, *named, a.role)


def to_attributions(place: Path | str, rows: Sequence[Sequence[Any]]) -> list[Attribution]:
    """Raises LibraryDamaged, of the library at a place, when one is none."""
    try:
        return [to_attribution(row) for row in rows]
    except (TypeError, ValueError) as error:
        raise LibraryDamaged(place, [f"an attribution is none: {error}"]) from error


def to_attribution(row: Sequence[Any]) -> Attribution:
    article_id, number, source, start, stop, content, act, negated, speaker, *named, role = row
    return Attribution(
        article_id=article_id,
        number=number,
        source=_spans(source),
        cue=(start, stop),
        content=_spans(content),
        act=act,
        negated=bool(negated),
        speaker=speaker,
        named=None if named[0] is None else (named[0], named[1]),
        role=role,
    )


def _spans(stored: str) -> tuple[Span, ...]:
    return tuple((start, stop) for start, stop in json.loads(stored))


def connect_read_only(path: Path) -> sqlite3.Connection:
    """A connection that writes nothing, not even beside the file where that is not possible."""
    log = path.with_name(path.name + "-wal")
    address = path.resolve().as_uri() + "?mode=ro"
    # Without a log nobody writes: then the file can be read where no lock can be taken.
    addresses = [address + "&immutable=1"]
    if log.exists():
        addresses = [address] if log.stat().st_size else [address, *addresses]
    for number, address in enumerate(addresses, 1):
        db = sqlite3.connect(
            address, uri=True, isolation_level=None, timeout=PATIENCE, check_same_thread=False
        )
        try:
            db.execute("SELECT 1 FROM sqlite_master").fetchone()
        except sqlite3.OperationalError:
            db.close()
            if number == len(addresses):
                raise
        except sqlite3.Error:
            db.close()
            raise
        else:
            return db
    raise AssertionError


def is_word(text: str) -> bool:
    """Whether a text can be quoted in an FTS5 query: then it is never syntax."""
    return re.fullmatch(r"\w+", text) is not None


ARTICLE = (
    "SELECT a.id, a.text, a.title, a.url, a.publisher, a.author, a.day,"
    " (SELECT min(s.source) FROM sources s WHERE s.article_id = a.id) FROM articles a"
)


def to_article(row: Sequence[Any]) -> Article:
    """An article from (id, text, title, url, publisher, author, day, source), not yet verified."""
    _, text, title, url, publisher, author, day, source = row
    published = date.fromordinal(day) if day else None
    return Article(text, title, url, publisher, author, published, source or "")


def whole_article(place: Path | str, row: Sequence[Any]) -> Article:
    """The article of a row, when it is as it was added: its id is the hash of its content.

    Raises LibraryDamaged, of the library at a place.
    """
    article_id = row[0]
    try:
        article = to_article(row)
        if article.id != article_id:  # microseconds a thousand characters: always
            raise ValueError("its content is not what it was when it was added")
    except (TypeError, ValueError, OverflowError) as error:
        raise LibraryDamaged(place, [f"article {article_id}: {error}"]) from error
    return article


def no_article(article_id: str) -> NotInLibrary:
    return NotInLibrary(f"No article {article_id!r} in this library. `whosaid list` shows the ids.")


def to_sentences(
    place: Path | str, article_id: str, rows: Iterable[Sequence[Any]]
) -> tuple[Sentence, ...]:
    """Sentences from (start, stop, end, kind, quoted).

    Raises LibraryDamaged, of the library at a place, when one is none.
    """
    try:
        return tuple(Sentence(s, t, e, Kind(kind), bool(q)) for s, t, e, kind, q in rows)
    except ValueError as error:
        problem = f"article {article_id}: a sentence is no sentence: {error}"
        raise LibraryDamaged(place, [problem]) from error


def conditions(filters: Filters) -> tuple[str, list[object]]:
    """Filters as SQL, each condition opening with AND, and the values to bind."""
    sql = ""
    values: list[object] = []
    for column, names in (("id", filters.articles), ("publisher_folded", filters.publishers)):
        if names is not None:
            sql += f" AND a.{column} IN (SELECT value FROM json_each(?))"
            values.append(json.dumps(sorted(names)))
    for operator, day in ((">=", filters.since), ("<=", filters.until)):
        if day is not None:
            sql += f" AND a.day {operator} ?"
            values.append(day.toordinal())
    return sql, values
