"""JSON lines and JSON files: one article a record, one LoadError a bad record."""

import gzip
import json
from collections.abc import Iterator
from typing import BinaryIO

from index.article import Article
from index.clean import FIELDS, Raw, decode, fields_of, make_article
from index.errors import LoadError

CHUNK = 1 << 20  # bytes; how an over-long line is skipped


def read_lines(
    stream: BinaryIO | gzip.GzipFile, source: str, max_bytes: int
) -> Iterator[Article | LoadError]:
    """Records of a JSON lines file, read as they are asked for; `max_bytes` holds for one line."""
    seen: set[str] = set()
    empty = True
    for number, line in _lines(stream, max_bytes):
        if line is not None and not line.strip():
            continue
        empty = False
        place = f"{source}#{number}"
        if line is None:
            reason = f"line {number} is longer than {max_bytes:,} bytes: split it or leave it out"
            yield LoadError(place, reason)
            continue
        try:
            record = json.loads(decode(Raw(line, place)).lstrip("\ufeff"))
            yield _article(record, source, number, seen)
        except LoadError as error:
            yield error
        except (ValueError, RecursionError) as error:
            yield LoadError(place, f"line {number} is not JSON: {error}")
    if empty:
        yield LoadError(source, "is empty: one JSON record a line is wanted")


def _lines(stream: BinaryIO | gzip.GzipFile, max_bytes: int) -> Iterator[tuple[int, bytes | None]]:
    number = 0
    while line := stream.readline(max_bytes + 1):
        number += 1
        if len(line) <= max_bytes or line.endswith(b"\n"):
            yield number, line
            continue
        while line and not line.endswith(b"\n"):
            line = stream.readline(CHUNK)
        yield number, None


def read_json(raw: Raw) -> Iterator[Article | LoadError]:
    """Records of a JSON file: a list of objects, or one object."""
    try:
        content = json.loads(decode(raw).lstrip("\ufeff"))
    except LoadError as error:
        yield error
        return
    except (ValueError, RecursionError) as error:
        hint = "; with one record a line, name it .jsonl" if "Extra data" in str(error) else ""
        yield LoadError(raw.source, f"is not JSON: {error}{hint}")
        return
    if content == []:
        yield LoadError(raw.source, "is empty: a list of records, or one record, is wanted")
    seen: set[str] = set()
    for number, record in enumerate(content if isinstance(content, list) else [content], 1):
        try:
            yield _article(record, raw.source, number, seen)
        except LoadError as error:
            yield error


def _article(record: object, source: str, number: int, seen: set[str]) -> Article:
    if not isinstance(record, dict):
        kind = type(record).__name__
        raise LoadError(f"{source}#{number}", f"record {number} is a {kind}, an object is wanted")
    identity = record.get("id")
    name = str(identity).strip() if isinstance(identity, str | int) else ""
    # Two records with one id are still two articles: the same source would make one replace
    # the other.
    name = name if name and name not in seen else f"{name}#{number}".lstrip("#")
    seen.add(name)
    place = f"{source}#{name}"
    fields = fields_of(record)
    if not fields["text"]:
        wanted, found = ", ".join(FIELDS["text"]), ", ".join(map(str, record)) or "none"
        reason = f"record {number} has no text: one of {wanted} is wanted, its fields are: {found}"
        raise LoadError(place, reason)
    return make_article(place, **fields)
