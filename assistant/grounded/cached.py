"""A library of the articles that a file of cases names: built once, kept while they stay."""

import shutil
import time
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path

import index
from index.errors import CaseError

DAYS_KEPT = 14  # since it was last used
_DONE = "complete"


def library_of(articles: Sequence[Path], cache: Path | None = None) -> Path:
    """The folder of a library that holds these files and folders, and nothing else.

    Processes may ask for it at once: one builds it, the others wait.

    Args:
        cache: where such libraries are kept; the user's cache folder when None.

    Raises:
        CaseError: one of the articles cannot be read.
    """
    from filelock import FileLock

    if cache is None:
        from platformdirs import user_cache_path

        cache = user_cache_path("whosaid") / "libraries"
    cache.mkdir(parents=True, exist_ok=True)
    folder = cache / _key(articles)
    with FileLock(cache / "lock"):
        done = folder / _DONE
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)
            _build(folder, articles)
        done.touch()
        _tidy(cache)
    return folder


def _build(folder: Path, articles: Sequence[Path]) -> None:
    from assistant.pipeline import Assistant

    with Assistant.open(folder) as assistant:
        report = assistant.add(*articles)
        empty = not len(assistant.library)
    if report.failed or empty:
        shutil.rmtree(folder, ignore_errors=True)
        reasons = "; ".join(map(str, report.failed)) or "there is no article in them"
        raise CaseError(f"articles {', '.join(map(str, articles))}: {reasons}")


def _key(articles: Sequence[Path]) -> str:
    """Names what is in the library: the articles, and the code and weights that read them."""
    digest = sha256()
    for top in articles:
        for path in _files(top):
            digest.update(f"{top.resolve()} {path.relative_to(top)}\0".encode())
            digest.update(sha256(path.read_bytes()).digest())
    for path in _files(Path(index.__file__).parent):
        if "__pycache__" not in path.parts:
            about = path.stat()
            digest.update(f"{path.name} {about.st_size} {about.st_mtime_ns}\0".encode())
    return digest.hexdigest()[:20]


def _files(top: Path) -> Iterable[Path]:
    return sorted(path for path in top.rglob("*") if path.is_file()) if top.is_dir() else [top]


def _tidy(cache: Path) -> None:
    """Remove what was not used for long."""
    for done in _marks(cache):
        if time.time() - done.stat().st_mtime > DAYS_KEPT * 24 * 3600:
            shutil.rmtree(done.parent, ignore_errors=True)


def _marks(cache: Path) -> Iterator[Path]:
    yield from cache.glob(f"*/{_DONE}")
