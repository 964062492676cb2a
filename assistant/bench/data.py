"""Reading the data that is measured with; none of it is in the repository."""

import gzip
import json
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

from index.article import Article
from index.errors import WhosaidError

Row = dict[str, Any]


def read_rows(data: Path, name: str) -> list[Row]:
    """The rows of `name`.jsonl or `name`.jsonl.gz.

    Raises:
        WhosaidError: there is no such file.
    """
    for path in (data / f"{name}.jsonl", data / f"{name}.jsonl.gz"):
        if path.is_file():
            return read_lines(path)
    raise WhosaidError(
        f"No {name}.jsonl or {name}.jsonl.gz in {data}. Name the folder that holds the data with "
        "--data, or measure other sections with --section."
    )


def read_lines(path: Path) -> list[Row]:
    """The rows of a file of JSON lines, gzipped or not."""
    stored = path.read_bytes()
    text = gzip.decompress(stored) if path.suffix == ".gz" else stored
    return [json.loads(line) for line in text.decode().split("\n") if line]


def news_articles(data: Path, name: str) -> list[Article]:
    """The articles of attribution_train or attribution_dev."""
    return [
        Article(
            text=row["text"].strip(),
            title=row["title"],
            publisher=row["publisher"],
            published=date.fromisoformat(row["date"]) if row["date"] else None,
            source=row["id"],
        )
        for row in read_rows(data, name)
    ]


def paragraph_articles(rows: Iterable[Row]) -> Iterator[Article]:
    """Each different paragraph of question-answering data as an article of its own."""
    for context, title in {row["context"]: row["title"] for row in rows}.items():
        yield Article(text=context, title=str(title or "").replace("_", " "))
