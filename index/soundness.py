"""Is a catalog whole? All that its content must fulfil, checked row by row."""

import json
import random
import re
import sqlite3
from collections.abc import Iterator, Sequence

from index.article import Article, Attribution
from index.catalog import Catalog
from index.errors import LibraryError
from index.filters import Filters
from index.passages import passage_text
from index.rows import INDEXES, SCHEMA
from index.sqlite import SqliteCatalog

MOST = 20  # problems that are listed
GLANCED = 500  # articles that a glance at a large catalog looks at: the newest, and as many others


def problems(catalog: SqliteCatalog) -> list[str]:
    """What is wrong with a catalog, in words; nothing when it is sound.

    SQLite's own checks of the file, the schema, foreign keys and the full-text index; then each
    article: its text against its id (the hash of it), sentences that tile the text, passages and
    attributions that lie in it.
    """
    try:
        found = [row[0] for row in catalog.rows("PRAGMA integrity_check") if row[0] != "ok"]
        found += _schema(catalog)
        if found:
            return found[:MOST]
        if broken := catalog.rows("PRAGMA foreign_key_check"):
            found.append(f"{len(broken)} rows belong to no article, one in {broken[0][0]!r}")
        found += _full_text(catalog)
        found += _articles(catalog, catalog.rows("SELECT id FROM articles ORDER BY key"))
    except LibraryError as error:
        return _unreadable(error)
    return found[:MOST]


def glance(catalog: SqliteCatalog) -> list[str]:
    """What a short look at a large catalog finds wrong, for the opening of one after a kill.

    The tables, the articles that were written last, and as many others, drawn anew each time.
    """
    try:
        found = _schema(catalog)
        if found:
            return found[:MOST]
        [(last,)] = catalog.rows("SELECT coalesce(max(key), 0) FROM articles")
        drawn = random.sample(range(1, last + 1), min(GLANCED, last))
        newest = range(max(1, last - GLANCED + 1), last + 1)
        query = "SELECT id FROM articles WHERE key IN (SELECT value FROM json_each(?))"
        found += _articles(catalog, catalog.rows(query, (json.dumps([*newest, *drawn]),)))
    except LibraryError as error:
        return _unreadable(error)
    return found[:MOST]


def _articles(catalog: SqliteCatalog, ids: Sequence[tuple[str]]) -> list[str]:
    found: list[str] = []
    for (article_id,) in ids:
        found += (f"article {article_id}: {problem}" for problem in _article(catalog, article_id))
        if len(found) >= MOST:
            break
    return found


def _unreadable(error: LibraryError) -> list[str]:
    cause = error.__cause__
    return [*getattr(error, "problems", [f"the catalog cannot be read: {cause or error}"])]


def _schema(catalog: SqliteCatalog) -> list[str]:
    """The tables are those that this version makes."""
    wanted = sqlite3.connect(":memory:")
    try:
        wanted.executescript(SCHEMA)
        query = "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite%'"
        names = {row[1]: row for row in wanted.execute(query)}
    finally:
        wanted.close()
    there = {row[1]: row for row in catalog.rows(query)}
    there = {name: names[name] for name in INDEXES} | there  # made at the next change
    differ = sorted(name for name in {*names, *there} if names.get(name) != there.get(name))
    return [f"the table or index {name!r} is not as it was made" for name in differ]


def _full_text(catalog: SqliteCatalog) -> Iterator[str]:
    pairs = (
        (
            "missing",
            "passages p LEFT JOIN passage_words w ON w.rowid = p.key WHERE w.rowid IS NULL",
        ),
        ("too many", "passage_words w LEFT JOIN passages p ON p.key = w.rowid WHERE p.key IS NULL"),
    )
    counts = [(catalog.rows(f"SELECT count(*) FROM {join}")[0][0], word) for word, join in pairs]
    if any(count for count, _ in counts):
        yield "full-text index: passages " + ", ".join(f"{n} {word}" for n, word in counts)
    if not catalog.read_only:  # the check is an INSERT, though it changes nothing
        catalog.rows("INSERT INTO passage_words (passage_words) VALUES ('integrity-check')")


def _article(catalog: SqliteCatalog, article_id: str) -> Iterator[str]:
    """What only SQLite's tables hold, and all that every catalog does."""
    article = catalog.article(article_id)
    [(folded,)] = catalog.rows("SELECT publisher_folded FROM articles WHERE id = ?", (article_id,))
    if folded != article.publisher.casefold():
        yield "its publisher is not indexed as it is written"
    titles = catalog.rows(
        "SELECT DISTINCT w.title FROM passages p JOIN passage_words w ON w.rowid = p.key"
        " WHERE p.article_id = ?",
        (article_id,),
    )
    if any(title != article.title for (title,) in titles):
        yield "its title is not indexed as it is written"
    yield from article_problems(catalog, article_id)


def article_problems(catalog: Catalog, article_id: str) -> Iterator[str]:
    """An article against its id, and all that was made of it against its text."""
    article = catalog.article(article_id)  # against its id
    if not re.fullmatch(r"[0-9a-f]+", article_id):
        yield "its id is none"
    sentences = catalog.sentences(article_id)
    starts = [0, *(s.end for s in sentences)]
    if starts != [*(s.start for s in sentences), len(article.text)] or not all(
        s.start < s.stop <= s.end or s.start == s.stop == s.end for s in sentences
    ):
        yield "its sentences do not tile its text"
        return
    for place, row in enumerate(catalog.indexed(article_id)):
        number, first, last, start, end, text = row
        inside = 0 <= first < last <= len(sentences)
        run = sentences[first:last]
        fits = inside and run[0].start <= start < end <= run[-1].end
        if number != place or not fits:
            yield f"passage {number} does not lie in its text"
        elif text != passage_text(article.text, run):
            yield f"passage {number} is not indexed as it is written"
    said = catalog.attributions(Filters(articles=frozenset([article_id])))
    if any(not _inside(one, article) for one in said):
        yield "an attribution does not lie in its text"


def _inside(attribution: Attribution, article: Article) -> bool:
    spans = (*attribution.spans, *([attribution.named] if attribution.named else []))
    return all(0 <= start < stop <= len(article.text) for start, stop in spans)
