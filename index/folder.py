"""A library in a folder of this machine: SQLite and Chroma, embedded; one process writes at a time.

The files are sealed whenever they are at rest. What does not fit its seal when the folder is opened
is damaged: vectors are made again, a damaged catalog is refused (`index.repair`). Whoever opens
the folder after a kill finishes the work that is still pending.
"""

import logging
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Lock, RLock

from index.attribution import Tagger
from index.encoder import Embedder
from index.errors import LibraryBusy, LibraryDamaged, LibraryError
from index.keeper import FOLDER, Keeper
from index.locks import Presence, exclusive
from index.manifest import manifest, refuse_mismatch
from index.passages import PassageSettings
from index.seal import Seal, State
from index.soundness import glance, problems
from index.sqlite import SqliteCatalog

logger = logging.getLogger(__name__)

CATALOG = "catalog.sqlite"
REBUILDING, REBUILT = "catalog.rebuilding.sqlite", "catalog.rebuilt.sqlite"  # by `index.repair`


class FolderHome:
    """See `index.home.Home`.

    A folder that cannot be written, or is on a full disk, is opened for reading only.
    """

    def __init__(
        self, folder: Path, encoder: Embedder, settings: PassageSettings, tagger: Tagger
    ) -> None:
        """Open it; the folder is created when missing, unfinished work is finished.

        Raises:
            LibraryMismatch: it was made with another format, encoder or passage setting.
            LibraryDamaged: its files are not as they were written.
            LibraryError: the folder cannot be used.
        """
        self.folder = folder
        self.name = str(folder)
        self.identity = str(folder.resolve())
        self.mended: tuple[str, ...] = ()
        self._wanted = manifest(encoder, settings)
        self._writing = RLock()  # threads of this process take turns, other processes are refused
        self._noting = Lock()
        path = folder / CATALOG
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if any((folder / name).exists() for name in (REBUILDING, REBUILT)):
                from index.repair import resume  # builds on this module

                resume(folder, encoder, settings, tagger)
            if not path.exists():
                self._refuse_lost()
                (folder / FOLDER).mkdir(exist_ok=True)
        except OSError as error:
            raise LibraryError(
                f"The library folder {folder} cannot be used: {error.strerror or error}. "
                "Wanted a folder that can be written to; name another one with --library."
            ) from error
        self._presence = Presence(folder)
        self._seal = Seal(folder, CATALOG)
        read_only = not os.access(folder, os.W_OK) or (
            path.exists() and not os.access(path, os.W_OK)
        )
        self.catalog = SqliteCatalog(path, read_only, before_change=self._seal.breaks)
        self.vectors = Keeper(folder, self.catalog, encoder, self._presence)
        try:
            self._open()
        except BaseException:
            self.catalog.close()
            self._presence.close()
            raise

    def _open(self) -> None:
        state = self._seal.state()
        if state is State.CHANGED:
            with closing(SqliteCatalog(self.folder / CATALOG, read_only=True)) as damaged:
                found = problems(damaged)  # read only: it stays as it is
            raise LibraryDamaged(self.folder, found or ["the catalog is not as it was written"])
        self.catalog.open()
        fresh = not self.catalog.manifest()
        if fresh:
            self.catalog.create(self._wanted)
        refuse_mismatch(self.catalog.manifest(), self._wanted, self.name)
        if state is State.UNSEALED and not fresh and self._presence.alone():
            look = glance if self._seal.large else problems
            if found := look(self.catalog):
                raise LibraryDamaged(self.folder, found)
            self._seal_catalog()
        damage = self.vectors.damage()
        if damage and self.catalog.read_only:
            raise LibraryDamaged(self.folder, [damage])
        if self.vectors.missing and len(self.catalog):
            damage = "the vectors are missing"
        if damage or self.vectors.missing or self.catalog.pending(1):
            self._finish(damage)

    def _refuse_lost(self) -> None:
        """A catalog that is gone is no new library."""
        left = (self.folder / FOLDER / "chroma.sqlite3", self.folder / "catalog.seal")
        if any(path.exists() for path in left):
            raise LibraryDamaged(self.folder, [f"{CATALOG} is gone, what belongs to it is there"])

    def close(self) -> None:
        """Close the files, and seal them."""
        self.vectors.close()
        if self._seal.broken and not self.catalog.read_only and self._presence.alone():
            try:
                with exclusive(self.folder / "writer.lock", timeout=0):
                    self._seal_catalog()
            except LibraryBusy:
                logger.info("another process is changing the library")
        self.catalog.close()
        self._presence.close()

    def problems(self) -> list[str]:
        return problems(self.catalog)

    def note(self, name: str, line: str) -> None:
        try:
            with self._noting, self._notes(name).open("a", encoding="utf-8") as file:
                file.write(line + "\n")
        except OSError as error:
            raise LibraryError(
                f"Nothing can be noted in {self.folder}: {error.strerror}"
            ) from error

    def notes(self, name: str) -> Iterator[str]:
        if self._notes(name).is_file():
            yield from self._notes(name).read_text("utf-8", errors="replace").splitlines()

    def _notes(self, name: str) -> Path:
        return self.folder / f"{name}.jsonl"

    def _finish(self, damage: str = "") -> None:
        """Do what a killed process left undone, unless another one is at it right now."""
        if self.catalog.read_only:
            return
        try:
            with self.writer():
                if damage:
                    logger.warning("%s in %s: making them again", damage, self.folder)
                    self.vectors.drop()
                self.vectors.write()
                self.vectors.heal()
            self.mended = (damage,) if damage else ()
        except LibraryBusy:
            logger.info("another process is changing the library")
        except LibraryDamaged:
            raise
        except LibraryError as error:  # a full disk: what is there can still be asked
            logger.warning("vectors of %s are still to be written: %s", self.folder, error)

    @contextmanager
    def writer(self) -> Iterator[None]:
        """One writer at a time, in all processes; afterwards the catalog is sealed."""
        if self.catalog.read_only:
            raise LibraryError(
                f"The library {self.folder} cannot be changed: found a folder that is read-only or "
                "on a full disk, wanted one that can be written to. Questions are answered still."
            )
        with self._writing, exclusive(self.folder / "writer.lock", timeout=0.2):
            self.catalog.complete()
            yield
            self._seal_catalog()

    def _seal_catalog(self) -> None:
        """Seal the catalog, when it is all in one file."""
        if not self._seal.broken or self.catalog.read_only or not self.catalog.checkpoint():
            return
        try:
            self._seal.write()
        except OSError as error:
            logger.warning("%s cannot be sealed: %s", self.folder, error)
