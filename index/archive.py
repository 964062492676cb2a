"""A library's articles as one file, and back.

A zip with two entries: `articles.jsonl`, one article a line with its id and its sources, and
`manifest.json` with the number of articles and the sha256 of the lines. Vectors and attributions
are made again at the import.
"""

import hashlib
import json
import os
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import IO, Any

from index.article import Article
from index.errors import LibraryError, LoadError
from index.library import AddReport, Library, Progress

KIND, VERSION = "whosaid articles", 1
LINES, MANIFEST = "articles.jsonl", "manifest.json"
LINE = 64 << 20  # bytes of one article at most
RATIO = 200  # of sizes, unpacked to packed; news is 3 to 4
_TEXTS = ("text", "title", "url", "publisher", "author")


def export_to(library: Library, path: str | Path) -> int:
    """Write all articles into one file; it appears when it is complete.

    Returns:
        The number of articles.

    Raises:
        LibraryError: the file cannot be written, or an article of the library is damaged.
    """
    path = Path(path)
    draft = path.with_name(path.name + ".draft")
    try:
        with library.snapshot(), zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as archive:
            count, digest = 0, hashlib.sha256()
            with archive.open(LINES, "w", force_zip64=True) as lines:
                for article in library.articles():
                    line = _line(article, library.sources(article.id))
                    digest.update(line)
                    lines.write(line)
                    count += 1
            manifest = {
                "kind": KIND,
                "version": VERSION,
                "articles": count,
                "sha256": digest.hexdigest(),
            }
            archive.writestr(MANIFEST, json.dumps(manifest, indent=1) + "\n")
        with draft.open("rb") as file:
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        raise LibraryError(
            f"The articles cannot be written to {path}: {error.strerror or error}. Wanted a file "
            "in a folder that can be written to, on a disk with room."
        ) from error
    finally:
        draft.unlink(missing_ok=True)
    return count


def import_from(library: Library, path: str | Path, progress: Progress | None = None) -> AddReport:
    """Add the articles of an exported file; those that are damaged are among the failed.

    Raises:
        LibraryBusy, LibraryError: as `Library.add`.
    """
    return library.add_loaded(read_archive(path), progress)


def read_archive(path: str | Path) -> Iterator[Article | LoadError]:
    """The articles of an exported file, oldest last, each once for each of its sources.

    Yields:
        An Article whose id is what the file says; a LoadError for one that is not, and for a file
        that is not as it was written. Nothing is unpacked to the disk.
    """
    name = str(path)
    try:
        with zipfile.ZipFile(path) as archive:
            manifest = _manifest(archive, name)
            count, digest = 0, hashlib.sha256()
            with archive.open(LINES) as lines:
                for line in _lines(lines, archive.getinfo(LINES).compress_size, name):
                    digest.update(line)
                    count += 1
                    yield from _articles(line, f"{name}#{count}")
            if (count, digest.hexdigest()) != (manifest.get("articles"), manifest.get("sha256")):
                yield LoadError(
                    name,
                    f"is not as it was written: found {count} articles, wanted "
                    f"{manifest.get('articles')} with the sha256 {manifest.get('sha256')}. What "
                    "could be read was added; export it again where the original is",
                )
    except LoadError as error:
        yield error
    except (zipfile.BadZipFile, zlib.error, KeyError, EOFError, RuntimeError, ValueError) as error:
        yield LoadError(
            name,
            f"cannot be read: {error}. Wanted a file made by `whosaid export`; what came before "
            "the damage was added",
        )
    except OSError as error:
        yield LoadError(name, f"cannot be read: {error.strerror or error}")


def _line(article: Article, sources: list[str]) -> bytes:
    record = {"id": article.id}
    record |= {field: getattr(article, field) for field in _TEXTS}
    published = article.published.isoformat() if article.published else None
    whole = record | {"published": published, "sources": sources}
    return (json.dumps(whole, ensure_ascii=False) + "\n").encode("utf-8", "surrogatepass")


def _manifest(archive: zipfile.ZipFile, name: str) -> dict[str, Any]:
    with archive.open(MANIFEST) as file:
        manifest = json.loads(file.read(1 << 16))
    if not isinstance(manifest, dict) or manifest.get("kind") != KIND:
        raise LoadError(name, "is no file of articles; wanted one made by `whosaid export`")
    if manifest.get("version") != VERSION:
        raise LoadError(
            name,
            f"was made by another Whosaid: found version {manifest.get('version')}, wanted "
            f"{VERSION}. Use that Whosaid, or update this one",
        )
    return manifest


def _lines(stream: IO[bytes], packed: int, name: str) -> Iterator[bytes]:
    """Lines in bounded memory and time, whatever the file says about itself."""
    total = 0
    while line := stream.readline(LINE + 1):
        total += len(line)
        if len(line) > LINE or total > LINE + packed * RATIO:
            raise LoadError(name, f"unpacks to more than {total:,} bytes, as no articles do")
        yield line


def _articles(line: bytes, place: str) -> Iterator[Article | LoadError]:
    try:
        record = json.loads(line)
        published = record["published"]
        texts = {field: record[field] for field in _TEXTS}
        sources = record["sources"] or [record["id"]]
        if not all(isinstance(text, str) for text in (*texts.values(), *sources)):
            raise TypeError("text is wanted")
        article = Article(**texts, published=date.fromisoformat(published) if published else None)
        if article.id != record["id"]:
            raise ValueError(f"its content is not that of the id {record['id']}")
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        yield LoadError(place, f"is damaged: {error}. Export it again where the original is")
        return
    for source in sources:
        yield replace(article, source=source)
