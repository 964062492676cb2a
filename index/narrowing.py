"""What a filter leaves of a large library: in a SQLite catalog, and among the nearest vectors.

Chroma finds what a filter leaves among all its vectors, one to three seconds in a million of them.
Here few passages are compared one by one; of many, the nearest of all are taken, and those that the
filter drops are left out.
"""

import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from index.filters import Filters
from index.rows import conditions

if TYPE_CHECKING:
    from index.encoder import Vectors
    from index.sqlite import SqliteCatalog
    from index.vectors import VectorStore

Rows = Callable[..., list[Any]]  # runs a query: (sql, values) -> all rows

LARGE = 50_000  # passages up to which everything is compared with everything
BROAD = 4_000  # articles left by a filter from which on they are not listed
EXACT = 3_000  # passages left up to which the vector of each is read: 30 microseconds each
NEAREST = (1_000, 10_000)  # asked for, to be filtered: first so many, then so many
ENOUGH = 30  # of these that the filter leaves are no reason to search on


def left(rows: Rows, filters: Filters) -> list[int] | None:
    """The keys of the passages that a filter leaves, sorted; None where it leaves many articles."""
    where, values = conditions(filters)
    query = f"SELECT a.id FROM articles a WHERE TRUE{where} LIMIT ?"
    ids = [article_id for (article_id,) in rows(query, (*values, BROAD + 1))]
    if len(ids) > BROAD:
        return None
    query = "SELECT key FROM passages WHERE article_id IN (SELECT value FROM json_each(?))"
    return sorted(key for (key,) in rows(query, (json.dumps(ids),)))


def matching(rows: Rows, ids: Sequence[str], filters: Filters) -> list[str]:
    """Those of some passages whose article meets the conditions, in their order."""
    where, values = conditions(filters)
    articles = list(dict.fromkeys(passage_id.rpartition("-")[0] for passage_id in ids))
    query = (
        f"SELECT a.id FROM json_each(?) j CROSS JOIN articles a ON a.id = j.value WHERE TRUE{where}"
    )
    found = {article_id for (article_id,) in rows(query, (json.dumps(articles), *values))}
    return [passage_id for passage_id in ids if passage_id.rpartition("-")[0] in found]


def nearest(
    store: "VectorStore", catalog: "SqliteCatalog", vector: "Vectors", count: int, filters: Filters
) -> list[str]:
    """The nearest passages of a large library that a filter leaves, best first.

    There may be fewer than `count`, `ENOUGH` at least, though the filter leaves more; none that is
    nearer than those is left out.
    """
    keys = left(catalog.rows, filters)
    if keys is not None and len(keys) <= EXACT:
        found = store.vectors(catalog.ids_of(keys)) if keys else {}
        return _compared(found, vector, count)
    allowed = None if keys is None else frozenset(catalog.ids_of(keys))
    for asked in NEAREST:
        ids = store.nearest(vector, asked)
        if allowed is None:
            ids = matching(catalog.rows, ids, filters)
        else:
            ids = [passage_id for passage_id in ids if passage_id in allowed]
        if len(ids) >= count:
            break
    return ids[:count] if len(ids) >= min(ENOUGH, count) else store.search(vector, count, filters)


def _compared(found: dict[str, list[float]], vector: "Vectors", count: int) -> list[str]:
    if not found:
        return []
    ids = list(found)
    likeness = np.array([found[passage_id] for passage_id in ids], np.float32) @ vector
    return [ids[n] for n in np.argsort(-likeness, kind="stable")[:count]]
