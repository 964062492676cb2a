"""Word search in SQLite's full-text index (FTS5), and how it stays bounded in large catalogs.

FTS5 scores every row that holds any of the words: two microseconds each, seconds for a frequent
word in a million passages. In large catalogs the rarest words of a question therefore bring the
candidates, as many as can be scored in no time, and the others only rank them. A word that is
common enough to be left out of that tells next to nothing by BM25 either.
"""

import json
import sqlite3
from collections.abc import Iterable, Sequence

from index import narrowing
from index.filters import Filters
from index.narrowing import Rows, left
from index.rows import TOKENIZER, conditions, is_word

MATCHED = 20_000  # rows that are scored for one question in a large catalog, about
RANKING = 200_000  # passages that a word may be in and still rank: counting them takes 10 ms
COUNTED = 20_000  # up to which a word's passages are counted; more are estimated
WINDOWS, WINDOW = 20, 1_000  # by the share of so many rows, in so many places
NARROW = 500  # passages left by a filter up to which those, and no others, are scored
SPARE = 50  # times as many rows as are wanted are scored before a filter that leaves many articles
NARROWED = 5  # times MATCHED are looked at where the filter drops most before they are scored

_FOUND = (
    "SELECT p.article_id || '-' || p.number, w.rank FROM passage_words w"
    " JOIN passages p ON p.key = w.rowid JOIN articles a ON a.id = p.article_id"
    " WHERE passage_words MATCH ?{} ORDER BY w.rank LIMIT ?"
)
# Scored first, for joins cost more than scores.
_SCORED = (
    "SELECT p.article_id || '-' || p.number, f.score FROM"
    " (SELECT rowid AS key, rank AS score FROM passage_words"
    "  WHERE passage_words MATCH ? AND rowid BETWEEN ? AND ?{} ORDER BY rank LIMIT ?) f"
    " JOIN passages p ON p.key = f.key JOIN articles a ON a.id = p.article_id"
    " WHERE TRUE{} ORDER BY f.score LIMIT ?"
)
_AMONG = " AND +rowid IN (SELECT value FROM json_each(?))"  # "+": looked up, not searched for


def search(
    rows: Rows,
    words: Iterable[str],
    count: int,
    filters: Filters,
    passages: int,
    counts: dict[str, int],
) -> list[str]:
    """Ids of passages that hold any of the words, by BM25 (k1 = 1.2, b = 0.75), best first.

    Args:
        passages: how many the catalog has.
        counts: what is known of frequencies, see `frequencies`.
    """
    wanted = [word for word in dict.fromkeys(words) if is_word(word)]
    if not wanted:
        return []
    where, values = conditions(filters)
    if passages <= narrowing.LARGE:
        return [i for i, _ in rows(_FOUND.format(where), (_any(wanted), *values, count))]
    last = _last(rows)
    first, end = 0, last
    budget, spare, among, keys = MATCHED, SPARE if filters else 1, "", []
    narrowed = left(rows, filters) if filters else None
    if narrowed is not None:
        if len(narrowed) <= NARROW:
            return _within(rows, narrowed, wanted, count)
        # Keys grow with time: what was published together, and added as it came, lies together.
        first, end = narrowed[0] - 1, narrowed[-1]
        budget, spare, among, keys = NARROWED * MATCHED, 1, _AMONG, [json.dumps(narrowed)]
        where, values = "", []
    share = (end - first) / max(last, 1)
    known = frequencies(rows, wanted, passages, counts, titles=True)
    inside = {word: number * share for word, number in known.items()}
    rarest = sorted((word for word in wanted if inside[word]), key=inside.__getitem__)
    if not rarest:
        return []
    bringing, others = _split(rarest, inside, budget)
    if inside[bringing[0]] > budget:  # then those that were added last are looked at
        first = end - int((end - first) * budget / inside[bringing[0]])
    ranking = [word for word in others if known[word] <= RANKING]
    queries = [_any(bringing)]
    if ranking:
        queries.append(f"({_any(bringing)}) AND ({_any(ranking)})")
    # What holds words of both kinds has its whole score in the second list, the better one.
    scores: dict[str, float] = {}
    sql = _SCORED.format(among, where)
    for query in queries:
        bound = (query, first + 1, end, *keys, spare * count, *values, count)
        for passage_id, score in rows(sql, bound):
            scores[passage_id] = min(score, scores.get(passage_id, 0.0))
    return sorted(scores, key=scores.__getitem__)[:count]


def frequencies(
    rows: Rows,
    words: Iterable[str],
    passages: int,
    counts: dict[str, int],
    titles: bool = False,
) -> dict[str, int]:
    """In how many passages each word occurs, in any inflection.

    In a large catalog those of a frequent word are estimated from a part of the passages.

    Args:
        counts: those that are known already, and from then on these.
        titles: occurrences in the title count, too.
    """
    asked = [word for word in words if is_word(word)]
    column = "" if titles else "text : "
    queries = {word: f'{column}"{word}"' for word in asked}
    if passages <= narrowing.LARGE:
        query = "SELECT count(*) FROM passage_words WHERE passage_words MATCH ?"
        return {word: rows(query, (queries[word],))[0][0] for word in asked}
    last = _last(rows)
    for query in queries.values():
        if query not in counts:
            counts[query] = _frequency(rows, query, last)
    return {word: counts[query] for word, query in queries.items()}


def _frequency(rows: Rows, query: str, last: int) -> int:
    holding = "SELECT 1 FROM passage_words WHERE passage_words MATCH ?"
    found: int = rows(f"SELECT count(*) FROM ({holding} LIMIT ?)", (query, COUNTED))[0][0]
    if found < COUNTED:
        return found
    inside = f"SELECT count(*) FROM ({holding} AND rowid BETWEEN ? AND ?)"
    starts = [n * last // WINDOWS for n in range(WINDOWS)]
    hits: int = sum(rows(inside, (query, start + 1, start + WINDOW))[0][0] for start in starts)
    return max(found, hits * last // (WINDOWS * WINDOW))


def _any(words: Sequence[str]) -> str:
    return " OR ".join(f'"{word}"' for word in words)


def _last(rows: Rows) -> int:
    last: int = rows("SELECT coalesce(max(key), 0) FROM passages")[0][0]
    return last


def _split(
    rarest: Sequence[str], inside: dict[str, float], budget: int
) -> tuple[list[str], list[str]]:
    """The words that bring candidates, one at least, and the others."""
    total, number = 0.0, 0
    while number < len(rarest) and (not number or total + inside[rarest[number]] <= budget):
        total += inside[rarest[number]]
        number += 1
    return list(rarest[:number]), list(rarest[number:])


def _within(rows: Rows, keys: Sequence[int], words: Sequence[str], count: int) -> list[str]:
    """BM25 within a few passages: an index of just these, made in memory."""
    query = (
        "SELECT p.article_id || '-' || p.number, w.title, w.text FROM json_each(?) k"
        " CROSS JOIN passages p ON p.key = k.value CROSS JOIN passage_words w ON w.rowid = p.key"
    )
    db = sqlite3.connect(":memory:")
    try:
        db.execute(
            f"CREATE VIRTUAL TABLE f USING fts5 (id UNINDEXED, title, text, tokenize = {TOKENIZER})"
        )
        db.executemany("INSERT INTO f VALUES (?, ?, ?)", rows(query, (json.dumps(keys),)))
        ranked = "SELECT id FROM f WHERE f MATCH ? ORDER BY rank LIMIT ?"
        return [passage_id for (passage_id,) in db.execute(ranked, (_any(words), count))]
    finally:
        db.close()
