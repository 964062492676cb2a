"""The words of texts exactly as the full-text index of a folder has them.

SQLite's own FTS5 takes them apart, in memory: a library on a server finds with the same words.
"""

import sqlite3
from collections.abc import Sequence
from contextlib import closing

from index.rows import TOKENIZER


def lexemes(texts: Sequence[str]) -> list[dict[str, list[int]]]:
    """Lexeme -> its places (from 0, in tokens), of each text; stemmed, without diacritics."""
    found: list[dict[str, list[int]]] = [{} for _ in texts]
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute(
            f"CREATE VIRTUAL TABLE t USING fts5 (text, content = '', tokenize = {TOKENIZER})"
        )
        db.execute("CREATE VIRTUAL TABLE places USING fts5vocab (t, 'instance')")
        db.executemany("INSERT INTO t (rowid, text) VALUES (?, ?)", enumerate(texts))
        for term, number, place in db.execute("SELECT term, doc, offset FROM places"):
            found[number].setdefault(term, []).append(place)
    return found
