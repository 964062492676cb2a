"""Repair and migration: a new catalog from the articles of the old one, and new vectors from it.

The new catalog is written beside the old one (`catalog.rebuilding.sqlite`), renamed when it is
complete (`catalog.rebuilt.sqlite`), and then takes its place; the old one stays under another name.
Whoever opens or repairs the library after a kill finds these files and goes on.
"""

import json
import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from index.analysis import analyse
from index.attribution import Tagger, shared_tagger
from index.encoder import Embedder, shared_encoder
from index.errors import LibraryDamaged, LibraryError, LibraryMismatch
from index.folder import CATALOG, REBUILDING, REBUILT
from index.keeper import FOLDER
from index.library import Library, Progress
from index.locks import Presence, exclusive
from index.manifest import is_newer, manifest
from index.passages import PassageSettings
from index.salvage import Salvage
from index.seal import Seal, State
from index.soundness import problems
from index.sqlite import SqliteCatalog
from index.vectors import VectorStore

logger = logging.getLogger(__name__)

LOG = "repairs.jsonl"  # what was found and lost, a line a repair


@dataclass(frozen=True)
class RepairReport:
    """What a repair found and did.

    Attributes:
        problems: that were found; () when the library was sound.
        kept: articles that are in the library now.
        lost: (id, title) of articles that could not be read; "" where the title is lost, too.
        aside: where the damaged or older catalog is now; None when it was sound.
    """

    problems: tuple[str, ...]
    kept: int
    lost: tuple[tuple[str, str], ...] = ()
    aside: Path | None = None


def repair(
    folder: str | Path,
    encoder: Embedder | None = None,
    settings: PassageSettings | None = None,
    tagger: Tagger | None = None,
    progress: Progress | None = None,
) -> RepairReport:
    """Make a library whole: a damaged catalog is made again from its articles, likewise one of an
    earlier version, another encoder or other passages; vectors are made again from the catalog.

    What is sound is left alone. Safe to kill and to repeat.

    Raises:
        LibraryBusy: another process has the library open.
        LibraryMismatch: it was made by a newer version.
        LibraryDamaged: no article can be read, or the catalog is gone; nothing was changed.
    """
    folder = Path(folder)
    encoder, tagger = encoder or shared_encoder(), tagger or shared_tagger()
    settings = settings or PassageSettings()
    wanted = manifest(encoder, settings)
    report = RepairReport((), 0)
    with _sole(folder):
        catalog = folder / CATALOG
        (folder / REBUILDING).touch()  # who opens the library after a kill goes on
        try:
            found = _problems(catalog, wanted) if not (folder / REBUILT).exists() else []
            if found:
                report = _rebuild(folder, found, encoder, settings, tagger, progress)
        except BaseException:
            for path in _files(folder / REBUILDING):  # nobody is to go on with it
                path.unlink(missing_ok=True)
            raise
        _take_place(folder)
        (folder / REBUILDING).unlink(missing_ok=True)
    with Library(folder, encoder, settings, tagger) as library:
        broken = () if found else library.mended
        if wrong := library.check():
            library.make_vectors()
            broken = (*broken, *wrong)
            if left := library.check():
                raise LibraryDamaged(folder, left)
        return RepairReport((*report.problems, *broken), len(library), report.lost, report.aside)


def resume(
    library_folder: Path, encoder: Embedder, settings: PassageSettings, tagger: Tagger
) -> None:
    """Go on with a repair that was interrupted."""
    logger.warning("the repair of %s was interrupted: going on", library_folder)
    report = repair(library_folder, encoder, settings, tagger)
    for article_id, title in report.lost:
        logger.warning("lost: article %s %s", article_id, title)


@contextmanager
def _sole(folder: Path) -> Iterator[None]:
    """The library for us alone."""
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        raise LibraryError(
            f"The library {folder} cannot be repaired: found "
            f"{'a folder that cannot be written to' if folder.is_dir() else 'no folder'}, wanted "
            "one that can. Copy the library to such a folder and repair it there."
        )
    with closing(Presence(folder, sole=True)), exclusive(folder / "writer.lock", timeout=0.2):
        yield


def _problems(path: Path, wanted: dict[str, str]) -> list[str]:
    """Why a catalog has to be made again."""
    if not path.is_file():
        raise LibraryDamaged(
            path.parent, [f"there is no {CATALOG}: copy it back from a backup, or `whosaid import`"]
        )
    unfit = ["the catalog is not as it was written"]
    found = unfit if Seal(path.parent, CATALOG).state() is State.CHANGED else []
    with closing(SqliteCatalog(path, read_only=bool(found))) as catalog:
        try:
            catalog.open()
            there = catalog.manifest()
        except LibraryError as error:
            return [*found, str(error.__cause__ or error)]
        if is_newer(there.get("format")) and not found:
            raise LibraryMismatch(
                f"The library {path.parent} was made by a newer Whosaid: found format "
                f"{there['format']}, wanted at most {wanted['format']}. Update Whosaid."
            )
        differ = [
            f"made with another {key}: found {there.get(key)!r}, wanted {value!r}"
            for key, value in wanted.items()
            if there.get(key) != value
        ]
        return [*found, *(differ or problems(catalog))]


def _rebuild(
    folder: Path,
    found: list[str],
    encoder: Embedder,
    settings: PassageSettings,
    tagger: Tagger,
    progress: Progress | None,
) -> RepairReport:
    """Write the new catalog beside the old one."""
    draft = folder / REBUILDING
    for path in _files(draft)[1:]:
        path.unlink(missing_ok=True)
    draft.write_bytes(b"")  # never gone: it tells that a repair was begun
    salvage = Salvage(folder / CATALOG)
    embedded = _embedded(folder)
    kept = 0
    with closing(SqliteCatalog(draft)) as new:
        new.create(manifest(encoder, settings))
        for key, article in salvage.articles():
            analysed = analyse(article, encoder, settings, tagger)
            with new.change() as db:
                new.insert(
                    db, article, analysed.sentences, analysed.passages, analysed.attributions
                )
                taken = db.execute("SELECT 1 FROM articles WHERE key = ?", (key,)).fetchone()
                if not taken:  # of equally old articles, the later key is shown first
                    db.execute("UPDATE articles SET key = ? WHERE id = ?", (key, article.id))
            kept += 1
            if progress:
                progress(kept, article.title or article.id)
        titles = dict.fromkeys(sorted(embedded - salvage.found), "") | salvage.lost
        lost = tuple(titles.items())
        if not salvage.complete and not embedded:
            found = [*found, "parts cannot be read: more articles may be lost than can be named"]
        if not kept and not salvage.complete:
            raise LibraryDamaged(folder, ["none of its articles can be read", *found])
        with new.change() as db:
            for article_id in salvage.found:
                # Without a source an article would never be replaced: its id stands for one.
                for source in salvage.sources.get(article_id) or [article_id]:
                    new.set_source(db, source, article_id)
        new.checkpoint(patience=10)
    aside = _aside(folder)
    line = {"when": f"{datetime.now():%F %T}", "found": found, "lost": lost, "aside": aside.name}
    with (folder / LOG).open("a", encoding="utf-8") as log:
        log.write(json.dumps(line) + "\n")
    draft.replace(folder / REBUILT)
    return RepairReport(tuple(found), kept, lost, aside)


def _embedded(folder: Path) -> set[str]:
    """The ids of the articles that have vectors: of those, too, that the catalog has lost."""
    path = folder / FOLDER
    if not (path / "chroma.sqlite3").exists() or Seal(folder, FOLDER).state() is State.CHANGED:
        return set()
    Seal(folder, FOLDER).breaks()  # Chroma writes when it is opened
    try:
        with closing(VectorStore(path)) as store:
            return {passage_id.rpartition("-")[0] for passage_id in store.ids()}
    except LibraryError:
        return set()


def _take_place(folder: Path) -> None:
    """Put the complete new catalog where the old one is, which stays under another name."""
    new, old = folder / REBUILT, folder / CATALOG
    if not new.exists():
        return
    Seal(folder, CATALOG).breaks()
    Seal(folder, FOLDER).breaks()
    (folder / FOLDER / "chroma.sqlite3").unlink(missing_ok=True)
    shutil.rmtree(folder / FOLDER, ignore_errors=True)  # made again from the new catalog
    (folder / FOLDER).mkdir(exist_ok=True)
    if old.exists():
        aside = _aside(folder)
        for path in _files(old):
            kept = path.with_name(path.name.replace(CATALOG, aside.name))
            if path == old:
                if not kept.exists():
                    os.link(path, kept)
            elif path.exists():
                path.replace(kept)
    new.replace(old)


def _aside(folder: Path) -> Path:
    """The name for the old catalog; the same one when this goes on after a kill."""
    for number in range(1, 1000):
        path = folder / f"catalog.damaged-{number}.sqlite"
        if not path.exists() or path.samefile(folder / CATALOG):
            return path
    raise LibraryError(f"{folder} holds 999 damaged catalogs: move them away.")


def _files(path: Path) -> list[Path]:
    """A SQLite file with its companions."""
    return [path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")]
