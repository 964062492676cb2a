"""Files, folders, URLs and feeds -> articles. The only way in.

load("news/")  load("article.pdf")  load("https://...")  load("feed.xml")
"""

import gzip
import os
import re
import zlib
from collections.abc import Iterator
from pathlib import Path

from index.apart import read_apart
from index.article import Article
from index.clean import Raw, storable
from index.documents import READERS, Limits, read_limited, split_suffix
from index.errors import LoadError
from index.records import read_json, read_lines
from index.web import load_feed, load_url

__all__ = ["READABLE", "Limits", "entries", "load"]

RECORD_LINES = (".jsonl", ".ndjson")
RECORDS = (*RECORD_LINES, ".json")
FEEDS = (".xml", ".rss", ".atom")
READABLE = (*READERS, *RECORDS, *FEEDS)  # each also with .gz after it

MOST_BAD = 1_000  # records in a row

DEFAULT_LIMITS = Limits()
_URL = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_WANTED = f"{', '.join(READABLE)} can be read, also with .gz"


def load(source: str | Path, *, limits: Limits = DEFAULT_LIMITS) -> Iterator[Article | LoadError]:
    """Yield each article at `source`, in order, as it is asked for.

    Args:
        source: a file, a folder (read with all folders in it, sorted by name, hidden files and
            types that are not `READABLE` left out), or the URL of a page, feed or sitemap.

    Yields:
        An Article; or, for an item that could not be read, a LoadError, which is not raised:
        the other items still come.
    """
    for entry in entries(source):
        if isinstance(entry, LoadError):
            yield entry
        elif isinstance(entry, str):
            yield from load_url(entry, limits)
        else:
            yield from _load_file(entry, limits)


def entries(source: str | Path) -> Iterator[str | Path | LoadError]:
    """What `source` is, or holds: each is read for itself.

    Yields:
        A URL (text), a file, or why something is neither.
    """
    if isinstance(source, str) and _URL.match(source.strip()):
        yield source.strip()
        return
    if not str(source).strip():
        yield LoadError("", "nothing was given: a file, a folder or a URL is wanted")
        return
    try:
        path = Path(source).expanduser()
        is_folder, exists = path.is_dir(), path.exists()
        # The name of a link tells its type, the name of the file it leads to may not.
        path = path.resolve() if is_folder else path.parent.resolve() / path.name
    except PermissionError as error:
        yield _unreadable(Path(source), error)
        return
    except (OSError, RuntimeError, ValueError) as error:
        yield LoadError(_short(storable(str(source))), f"is neither a file nor a URL ({error})")
        return
    if is_folder:
        yield from _files(path)
    elif exists:
        yield path
    else:
        reason = "there is no such file or folder; a web address begins with http:// or https://"
        yield LoadError(_called(path), reason)


def _short(text: str, length: int = 100) -> str:
    return text if len(text) <= length else text[:length] + "…"


def _files(folder: Path) -> Iterator[Path | LoadError]:
    unreadable: list[OSError] = []
    empty = True
    # Links to folders are not followed: they can lead out of this one, or round in circles.
    for place, folders, names in os.walk(folder, onerror=unreadable.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(place, name)
            if name.startswith(".") or split_suffix(name)[0] not in READABLE:
                continue
            if path.is_symlink() and not _inside(path, folder):
                continue
            empty = False
            yield path
    yield from (_unreadable(Path(error.filename), error) for error in unreadable)
    if empty and not unreadable:
        yield LoadError(_called(folder), f"holds no file of a known type: {_WANTED}")


def _inside(link: Path, folder: Path) -> bool:
    try:
        return link.resolve(strict=True).is_relative_to(folder)
    except (OSError, RuntimeError):
        return False  # leads nowhere, or to itself


def _load_file(path: Path, limits: Limits) -> Iterator[Article | LoadError]:
    source = _called(path)
    suffix, packed = split_suffix(path.name)
    if suffix not in READABLE:
        found = f"files of type {suffix}" if suffix else "files without an ending"
        yield LoadError(source, f"{found} cannot be read: {_WANTED}")
        return
    if not path.is_file():
        yield LoadError(source, "is not a regular file")
        return
    try:
        with gzip.open(path) if packed else path.open("rb") as stream:
            if suffix in RECORD_LINES:
                yield from _patiently(read_lines(stream, source, limits.max_bytes), source)
                return
            raw = Raw(read_limited(stream, source, limits), source)
        if suffix in FEEDS:
            yield from load_feed(raw, limits)
        elif suffix == ".json":
            yield from _patiently(read_json(raw), source)
        else:
            yield read_apart(suffix, raw, limits)
    except LoadError as error:
        yield error
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        yield LoadError(source, f"is broken: {error}; pack it anew with gzip")
    except OSError as error:
        yield _unreadable(path, error)


def _called(path: Path) -> str:
    """A path as text: bytes of its name that are no UTF-8 are shown by number."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _patiently(items: Iterator[Article | LoadError], source: str) -> Iterator[Article | LoadError]:
    """Records, until too many in a row are none: a file of something else has millions of them."""
    bad = 0
    for item in items:
        yield item
        bad = bad + 1 if isinstance(item, LoadError) else 0
        if bad == MOST_BAD:
            reason = f"has {bad:,} bad records in a row, the rest of it was left out: look at it"
            yield LoadError(source, reason)
            return


def _unreadable(path: Path, error: OSError) -> LoadError:
    return LoadError(
        _called(path),
        f"cannot be read ({error.strerror or error}): check the disk and the permissions",
    )
