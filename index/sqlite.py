"""The catalog: SQLite, the source of truth of a library.

Articles, their sentences and passages, a full-text index of the passages, and the list of vectors
that are still to be written or removed (`pending`). A change and its pending vectors are one
transaction, so that after a kill at any moment the next open knows what is left to do.
"""

import json
import random
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from index import fulltext, narrowing
from index.article import Article, Attribution, Passage, Sentence, passage_places
from index.errors import LibraryDamaged, LibraryError
from index.filters import Filters
from index.rows import (
    ARTICLE,
    ATTRIBUTION,
    INDEXES,
    PASSAGE,
    PATIENCE,
    SCHEMA,
    conditions,
    connect_read_only,
    from_attribution,
    no_article,
    to_attributions,
    to_sentences,
    whole_article,
)

PAGE = 500  # articles that are listed at a time, however many there are
EVERYTHING = Filters()
COUNTS = 50_000  # words whose number is kept
# Primary codes: read-only, disk I/O error, disk full, cannot open.
_UNWRITABLE = (8, 10, 13, 14)
_LOCKED = (5, 6)


class SqliteCatalog:
    """One SQLite file; a connection a thread, writers take turns.

    Every reading method raises LibraryDamaged when what it meets cannot be right.
    """

    def __init__(
        self,
        path: Path,
        read_only: bool = False,
        before_change: Callable[[], None] = lambda: None,
    ) -> None:
        """Args: before_change: called before each transaction that may change the file."""
        self._path = path
        self.read_only = read_only
        self._before_change = before_change
        self._local = threading.local()
        self._connections: list[tuple[threading.Thread, sqlite3.Connection]] = []
        self._opening = threading.Lock()
        self._writing = threading.RLock()

    # Opening

    def open(self) -> None:
        """Open the file, read-only when the disk is full or cannot be written."""
        try:
            self.rows("SELECT 1 FROM sqlite_master")
        except LibraryError as error:
            code = getattr(error.__cause__, "sqlite_errorcode", 0) & 0xFF
            if self.read_only or code not in _UNWRITABLE or not self._path.is_file():
                raise
            self.close()
            self.read_only = True
            self.rows("SELECT 1 FROM sqlite_master")

    def create(self, manifest: dict[str, str]) -> None:
        """Make the tables, when there are none yet, in one step."""
        made = "SELECT 1 FROM sqlite_master WHERE name = 'manifest'"
        if self.rows(made):
            return
        with self.change() as db:
            if db.execute(made).fetchone():
                return
            for statement in SCHEMA.split(";\n"):
                db.execute(statement)
            rows = (manifest | {"generation": "0"}).items()
            db.executemany("INSERT INTO manifest VALUES (?, ?)", rows)

    def complete(self) -> None:
        """Make what an earlier version did not make: indexes."""
        query = "SELECT name FROM sqlite_master WHERE type = 'index'"
        if {name for (name,) in self.rows(query)}.issuperset(INDEXES):
            return
        with self.change() as db:
            for name, columns in INDEXES.items():
                db.execute(f"CREATE INDEX IF NOT EXISTS {name} ON {columns}")

    def manifest(self) -> dict[str, str]:
        """Settings the library was made with, and its `generation`."""
        if not self.rows("SELECT 1 FROM sqlite_master WHERE name = 'manifest'"):
            return {}
        return dict(self.rows("SELECT key, value FROM manifest"))

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[Any]:
        """All rows of a query."""
        try:
            return self._db.execute(sql, values).fetchall()
        except sqlite3.DatabaseError as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF in _LOCKED:
                raise LibraryError(
                    f"The catalog {self._path} is kept by another process: {error}. Try again."
                ) from error
            raise LibraryDamaged(self._path.parent, [f"the catalog cannot be read: {error}"]) from (
                error
            )

    def checkpoint(self, patience: float = 2.0) -> bool:
        """Bring all changes into the one file; False when readers are in the way."""
        try:
            self._db.execute(f"PRAGMA busy_timeout = {int(patience * 1000)}")
            try:
                busy, *_ = self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            finally:
                self._db.execute(f"PRAGMA busy_timeout = {int(PATIENCE * 1000)}")
        except sqlite3.Error:
            return False
        return not busy

    def close(self) -> None:
        for _, connection in self._connections:
            connection.close()
        self._connections.clear()
        self._local = threading.local()

    @property
    def _db(self) -> sqlite3.Connection:
        db: sqlite3.Connection | None = getattr(self._local, "db", None)
        if db is None:
            try:
                db = self._connect()
            except sqlite3.Error as error:
                raise LibraryError(
                    f"The catalog {self._path} cannot be opened: {error}. Wanted a SQLite file. "
                    "`whosaid repair` saves what can be read of a damaged one."
                ) from error
            self._local.db = db
            self._keep(db)
        return db

    def _connect(self) -> sqlite3.Connection:
        if self.read_only:
            return connect_read_only(self._path)
        db = sqlite3.connect(
            self._path, isolation_level=None, timeout=PATIENCE, check_same_thread=False
        )
        try:
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = NORMAL")
            db.execute("PRAGMA foreign_keys = ON")
            db.execute("PRAGMA secure_delete = ON")  # what is removed is gone, also for `salvage`
        except sqlite3.Error:
            db.close()
            raise
        return db

    def _keep(self, db: sqlite3.Connection) -> None:
        """Note this thread's connection, and close those of threads that have ended.

        A server's threads come and go; each connection left open would hold three files.
        """
        with self._opening:
            ended = [c for thread, c in self._connections if not thread.is_alive()]
            self._connections = [one for one in self._connections if one[0].is_alive()]
            self._connections.append((threading.current_thread(), db))
        for connection in ended:
            connection.close()

    @contextmanager
    def change(self) -> Iterator[sqlite3.Connection]:
        """A transaction: all of it or nothing."""
        with self._writing:
            db = self._db
            self._before_change()
            try:
                db.execute("BEGIN IMMEDIATE")
                try:
                    yield db
                except BaseException:
                    self._local.counted = None  # what is rolled back now
                    if db.in_transaction:  # SQLite itself rolls back when the disk is full
                        db.execute("ROLLBACK")
                    raise
                db.execute("COMMIT")
            except sqlite3.Error as error:
                raise LibraryError(
                    f"The catalog {self._path} cannot be written: {error}. What was there is still "
                    "there. Is the disk full, or the folder read-only? Then add the rest again."
                ) from error

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """All that this thread reads inside is of one moment, whatever others write meanwhile."""
        db = self._db
        if db.in_transaction:
            yield
            return
        self.rows("BEGIN")
        try:
            yield
        finally:
            self.rows("COMMIT")

    # Articles

    def __len__(self) -> int:
        return self._counted("articles")

    def _counted(self, table: str) -> int:
        """The rows of a table."""
        query = f"SELECT count(*) FROM {table}"
        counts = self._counts()
        if query not in counts:
            counts[query] = self.rows(query)[0][0]
        return counts[query]

    def _counts(self) -> dict[str, int]:
        """What was counted since somebody changed the catalog.

        Counting a million takes tens of milliseconds, and each question asks for it.
        """
        [(version,)] = self.rows("PRAGMA data_version")  # by others, seen by this connection
        state = (version, self._db.total_changes)
        if getattr(self._local, "counted", None) != state or len(self._local.counts) > COUNTS:
            self._local.counted, self._local.counts = state, {}
        counts: dict[str, int] = self._local.counts
        return counts

    def article(self, article_id: str) -> Article:
        found = self.rows(ARTICLE + " WHERE a.id = ?", (article_id,))
        if not found:
            raise no_article(article_id)
        return whole_article(self._path.parent, found[0])

    def articles(self) -> Iterator[Article]:
        """All articles, newest first, those without a date last."""
        for page in self._newest_first("a.key"):
            for key, *_ in page:  # one by one: texts need not fit into memory together
                for row in self.rows(ARTICLE + " WHERE a.key = ?", (key,)):
                    yield whole_article(self._path.parent, row)

    def titles(self, filters: Filters) -> Iterator[tuple[str, str, str]]:
        """(id, title, publisher) of the articles that match, newest first."""
        for page in self._newest_first("a.id, a.title, a.publisher", filters):
            for article_id, title, publisher, *_ in page:
                yield article_id, title, publisher

    def _newest_first(self, columns: str, filters: Filters = EVERYTHING) -> Iterator[list[Any]]:
        """Rows of articles with (day, key) after the columns asked for, some at a time.

        What others add or remove meanwhile neither doubles a row nor costs another one.
        """
        where, values = conditions(filters)
        select = f"SELECT {columns}, a.day, a.key FROM articles a WHERE TRUE{where}"
        if filters:  # few are sorted at once: what finds them is no use for putting them in order
            rows = self.rows(f"{select} LIMIT ?", (*values, narrowing.BROAD + 1))
            if len(rows) <= narrowing.BROAD:
                rows.sort(key=lambda row: (row[-2] or 0, row[-1]), reverse=True)
                yield from (rows[n : n + PAGE] for n in range(0, len(rows), PAGE))
                return
        dated = f"{select} AND (a.day, a.key) < (?, ?) ORDER BY a.day DESC, a.key DESC LIMIT ?"
        last = (2**62, 2**62)
        while page := self.rows(dated, (*values, *last, PAGE)):
            yield page
            last = tuple(page[-1][-2:])
        undated = f"{select} AND a.day IS NULL AND a.key < ? ORDER BY a.key DESC LIMIT ?"
        key = 2**62
        while page := self.rows(undated, (*values, key, PAGE)):
            yield page
            key = page[-1][-1]

    def publishers(self) -> list[str]:
        """All names of publishers, sorted; "" is none."""
        rows = self.rows(
            "WITH RECURSIVE names (folded, name) AS ("
            "  SELECT '', '' UNION ALL SELECT a.publisher_folded, a.publisher FROM names"
            # From one name to the next by the index, over all articles that share it.
            "  JOIN articles a ON a.key = (SELECT b.key FROM articles b"
            "    WHERE (b.publisher_folded, b.publisher) > (folded, name)"
            "    ORDER BY b.publisher_folded, b.publisher LIMIT 1))"
            " SELECT name FROM names ORDER BY name"
        )
        return [publisher for (publisher,) in rows if publisher]

    def source(self, source: str) -> str | None:
        """The id of the article that was read from a source."""
        found = self.rows("SELECT article_id FROM sources WHERE source = ?", (source,))
        return found[0][0] if found else None

    def sources(self, article_id: str) -> list[str]:
        """All sources that an article was read from, sorted."""
        query = "SELECT source FROM sources WHERE article_id = ? ORDER BY source"
        return [source for (source,) in self.rows(query, (article_id,))]

    def holds(self, article_id: str) -> bool:
        return bool(self.rows("SELECT 1 FROM articles WHERE id = ?", (article_id,)))

    def sentences(self, article_id: str) -> tuple[Sentence, ...]:
        rows = self.rows(
            "SELECT start, stop, end, kind, quoted FROM sentences WHERE article_id = ?"
            " ORDER BY number",
            (article_id,),
        )
        return to_sentences(self._path.parent, article_id, rows)

    def insert(
        self,
        db: sqlite3.Connection,
        article: Article,
        sentences: Sequence[Sentence],
        passages: Sequence[tuple[Passage, str]],
        attributions: Sequence[Attribution] = (),
    ) -> None:
        """Write an article with its sentences and (passage, text to search); vectors pending."""
        day = article.published.toordinal() if article.published else None
        db.execute(
            "INSERT INTO articles (id, title, url, publisher, publisher_folded, author, day, text)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (article.id, article.title, article.url, article.publisher)
            + (article.publisher.casefold(), article.author, day, article.text),
        )
        db.executemany(
            "INSERT INTO sentences VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                (article.id, number, s.start, s.stop, s.end, s.kind, s.quoted)
                for number, s in enumerate(sentences)
            ),
        )
        for passage, text in passages:
            key = db.execute(
                "INSERT INTO passages (article_id, number, first, last, start, end)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (article.id, passage.number)
                + (passage.first, passage.last, passage.start, passage.end),
            ).lastrowid
            db.execute(
                "INSERT INTO passage_words (rowid, title, text) VALUES (?, ?, ?)",
                (key, article.title, text),
            )
        db.executemany(
            "INSERT INTO attributions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            map(from_attribution, attributions),
        )
        self.set_pending(db, (passage.id for passage, _ in passages), remove=False)

    def set_source(self, db: sqlite3.Connection, source: str, article_id: str) -> None:
        db.execute("INSERT OR REPLACE INTO sources VALUES (?, ?)", (source, article_id))

    def is_unused(self, db: sqlite3.Connection, article_id: str) -> bool:
        """Whether no source gives this article any more."""
        query = "SELECT 1 FROM sources WHERE article_id = ?"
        return db.execute(query, (article_id,)).fetchone() is None

    def delete(self, db: sqlite3.Connection, article_id: str) -> None:
        """Remove all of an article; the removal of its vectors is pending."""
        of_article = "SELECT key FROM passages WHERE article_id = ?"
        db.execute(f"DELETE FROM passage_words WHERE rowid IN ({of_article})", (article_id,))
        db.execute(
            "INSERT OR REPLACE INTO pending"
            " SELECT article_id || '-' || number, 1 FROM passages WHERE article_id = ?",
            (article_id,),
        )
        db.execute("DELETE FROM articles WHERE id = ?", (article_id,))

    # Passages

    def passages(self, ids: Iterable[str]) -> dict[str, Passage]:
        """Passages by id; unknown ids are left out."""
        found = {}
        for passage_id in ids:
            article_id, _, number = passage_id.rpartition("-")
            for row in self.rows(
                f"SELECT {PASSAGE} FROM passages p WHERE p.article_id = ? AND p.number = ?",
                (article_id, number),
            ):
                found[passage_id] = Passage(*row)
        return found

    def indexed(self, article_id: str) -> list[tuple[int, int, int, int, int, str]]:
        """An article's passages as they are stored: number, first, last, start, end, text."""
        return self.rows(
            "SELECT p.number, p.first, p.last, p.start, p.end, w.text FROM passages p"
            " LEFT JOIN passage_words w ON w.rowid = p.key WHERE p.article_id = ?"
            " ORDER BY p.number",
            (article_id,),
        )

    def passage_ids(self) -> set[str]:
        rows = self.rows("SELECT article_id || '-' || number FROM passages")
        return {passage_id for (passage_id,) in rows}

    def ids_of(self, keys: Sequence[int]) -> list[str]:
        """The ids of passages, given their keys in this catalog."""
        query = (
            "SELECT article_id || '-' || number FROM passages"
            " WHERE key IN (SELECT value FROM json_each(?))"
        )
        return [passage_id for (passage_id,) in self.rows(query, (json.dumps(keys),))]

    def sample(self, count: int) -> list[str]:
        """The ids of some passages, drawn anew each time; fewer where many were removed."""
        [(last,)] = self.rows("SELECT coalesce(max(key), 0) FROM passages")
        return self.ids_of(random.sample(range(1, last + 1), min(count, last)))

    def passage_text(self, passage: Passage) -> str:
        """The searched text of a passage, as it was embedded."""
        found = self.rows(
            "SELECT w.text FROM passages p JOIN passage_words w ON w.rowid = p.key"
            " WHERE p.article_id = ? AND p.number = ?",
            (passage.article_id, passage.number),
        )
        return found[0][0] if found else ""

    def searched(self, ids: Iterable[str]) -> dict[str, tuple[str, str]]:
        """What of passages is searched, title and text, by id; unknown ids are left out."""
        query = (
            "SELECT p.article_id || '-' || p.number, w.title, w.text FROM json_each(?) j"
            " CROSS JOIN passages p ON p.article_id = json_extract(j.value, '$[0]')"
            " AND p.number = json_extract(j.value, '$[1]')"
            " JOIN passage_words w ON w.rowid = p.key"
        )
        rows = self.rows(query, (json.dumps(passage_places(ids)),))
        return {i: (title, text) for i, title, text in rows}

    def search(self, words: Iterable[str], count: int, filters: Filters) -> list[str]:
        """Passages by BM25 (FTS5: k1 = 1.2, b = 0.75), of those that hold any of the words.

        Words are stemmed (Porter) and compared without diacritics. A match in the title counts
        like one in the text. In a large catalog see `index.fulltext`.

        Returns:
            Passage ids, best first, at most `count`.
        """
        passages = self.passage_count()
        return fulltext.search(self.rows, words, count, filters, passages, self._counts())

    def frequencies(self, words: Iterable[str]) -> dict[str, int]:
        """In how many passages each word occurs, in any inflection; see `index.fulltext`."""
        return fulltext.frequencies(self.rows, words, self.passage_count(), self._counts())

    def passage_count(self) -> int:
        return self._counted("passages")

    # Attributions

    def attributions(
        self, filters: Filters, acts: Iterable[str] | None = None
    ) -> Iterator[Attribution]:
        """The attributions of all articles that match, newest article first, in text order."""
        names = None if acts is None else json.dumps(list(acts))
        query = (
            f"SELECT {ATTRIBUTION} FROM json_each(?) j"
            " CROSS JOIN attributions t ON t.article_id = j.value"
            f"{'' if names is None else ' WHERE t.act IN (SELECT value FROM json_each(?))'}"
            " ORDER BY j.key, t.number"
        )
        for page in self._newest_first("a.id", filters):
            ids = json.dumps([article_id for article_id, *_ in page])
            rows = self.rows(query, (ids,) if names is None else (ids, names))
            yield from to_attributions(self._path.parent, rows)

    # Pending vectors

    def pending(self, limit: int) -> list[tuple[str, bool]]:
        """(passage id, whether to remove its vector) of what is left to do."""
        query = "SELECT passage_id, remove FROM pending ORDER BY passage_id LIMIT ?"
        rows = self.rows(query, (limit,))
        return [(passage_id, bool(remove)) for passage_id, remove in rows]

    def set_pending(self, db: sqlite3.Connection, ids: Iterable[str], remove: bool) -> None:
        """Note that the vectors of these passages are to be written, or removed."""
        rows = ((passage_id, remove) for passage_id in ids)
        db.executemany("INSERT OR REPLACE INTO pending VALUES (?, ?)", rows)

    def done(self, ids: Iterable[str]) -> int:
        """Note that the vectors of these passages are written or removed.

        Returns:
            The new generation: a number that grows with each change of the vectors.
        """
        with self.change() as db:
            db.executemany("DELETE FROM pending WHERE passage_id = ?", ((i,) for i in ids))
            db.execute("UPDATE manifest SET value = value + 1 WHERE key = 'generation'")
        return self.generation()

    def generation(self) -> int:
        query = "SELECT value FROM manifest WHERE key = 'generation'"
        return int(self.rows(query)[0][0])
