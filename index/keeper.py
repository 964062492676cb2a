"""Keeps the vectors in step with the catalog, which says what is still to be done (`pending`).

The vectors are made from the catalog: damaged or lost ones are dropped and made again. Chroma
changes its files whenever they are opened, so they are sealed when the last process closes them;
without a seal, and with nobody at work, they are tried out.
"""

import logging
import random
import shutil
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import RLock

from index import narrowing
from index.article import Article, Passage
from index.catalog import Catalog
from index.encoder import Embedder, Vector, Vectors, encode_missing
from index.errors import LibraryDamaged, LibraryError
from index.filters import Filters
from index.locks import Presence, exclusive
from index.seal import Seal, State
from index.sqlite import SqliteCatalog
from index.vectors import Record, VectorStore

logger = logging.getLogger(__name__)

WRITE_BATCH = 256  # passages embedded and written together: a kill costs no more than these
FOLDER = "vectors"
TRIED = 200  # vectors that must find themselves, where no seal tells whether they are sound
MISSED = 0.2  # share of these that may fail in a large library


class Keeper:
    """The vectors of a library. Threads may share it."""

    def __init__(
        self, folder: Path, catalog: SqliteCatalog, encoder: Embedder, presence: Presence
    ) -> None:
        self._folder = folder
        self._catalog = catalog
        self._encoder = encoder
        self._presence = presence
        self._seal = Seal(folder, FOLDER)
        self._lock = RLock()  # guards the client, which another thread may replace
        self._store: VectorStore | None = None
        self._copy: TemporaryDirectory[str] | None = None
        self._generation = 0

    # Reading

    def search(self, text: str, count: int, filters: Filters) -> list[str]:
        """Passage ids by cosine similarity to a text, best first."""
        [vector] = self._encoder.encode([text])
        with self._lock:
            store = self._up_to_date()
            if filters and self._catalog.passage_count() > narrowing.LARGE:
                return narrowing.nearest(store, self._catalog, vector, count, filters)
            return store.search(vector, count, filters)

    def vectors(self, ids: Sequence[str]) -> dict[str, list[float]]:
        with self._lock:
            return self._up_to_date().vectors(ids)

    def ids(self) -> set[str]:
        with self._lock:
            return self._up_to_date().ids()

    # Changing: by whoever holds the library's writer lock

    def write(self, made: Mapping[str, Vector] | None = None) -> None:
        """See `index.home.Vectors`."""
        while pending := self._catalog.pending(WRITE_BATCH):
            passages = self._catalog.passages([p for p, remove in pending if not remove])
            stored = to_store(self._catalog, self._encoder, passages, made or {})
            ids = [passage_id for passage_id, _ in pending]
            with self._lock, exclusive(self._folder / "vectors.lock", timeout=60):
                store = self._up_to_date(locked=True)
                if self._copy:
                    raise LibraryError(
                        f"The vectors in {self._folder / FOLDER} cannot be written. Is the disk "
                        "full, or the folder read-only? The next open writes what is missing."
                    )
                store.delete([i for i in ids if i not in passages])
                store.put(*stored)
                self._generation = self._catalog.done(ids)

    def heal(self) -> None:
        """Make vectors again that are missing with nothing pending: somebody deleted the folder."""
        with self._lock:
            store = self._up_to_date()
            if len(store) == self._catalog.passage_count() or self._catalog.pending(1):
                return
        self.reconcile()

    def reconcile(self) -> None:
        """Make the vectors that are missing, remove those that are too many."""
        wanted, found = self._catalog.passage_ids(), self.ids()
        if wanted == found:
            return
        logger.warning("the vectors of %s do not match its catalog: repairing", self._folder)
        with self._catalog.change() as db:
            self._catalog.set_pending(db, wanted - found, remove=False)
            self._catalog.set_pending(db, found - wanted, remove=True)
        self.write()

    def drop(self) -> None:
        """Delete all vectors, readable or not, and note that they are to be made again."""
        with self._lock, exclusive(self._folder / "vectors.lock", timeout=60):
            self._disconnect()
            self._seal.breaks()
            # First the file that tells whether there are any: without it the next open makes them.
            (self._folder / FOLDER / "chroma.sqlite3").unlink(missing_ok=True)
            shutil.rmtree(self._folder / FOLDER, ignore_errors=True)
            (self._folder / FOLDER).mkdir(exist_ok=True)
        with self._catalog.change() as db:
            self._catalog.set_pending(db, self._catalog.passage_ids(), remove=False)
            # Other processes look again.
            db.execute("UPDATE manifest SET value = value + 1 WHERE key = 'generation'")

    # Opening and closing

    @property
    def missing(self) -> bool:
        return not (self._folder / FOLDER / "chroma.sqlite3").exists()

    def damage(self) -> str:
        """What is wrong with the files, in words; "" when they are sound, or somebody's work."""
        if self.missing:
            return ""
        state = self._seal.state()
        if state is State.CHANGED:
            return "the vectors are not as they were written"
        if state is State.UNSEALED and not self._catalog.read_only and self._presence.alone():
            return self._try_out()
        return ""

    def _try_out(self) -> str:
        """After a kill: can they be read, are they the catalog's, do they find themselves?"""
        try:
            with self._lock:
                store = self._up_to_date()
                pending = {passage_id for passage_id, _ in self._catalog.pending(2**31)}
                if self._seal.large:  # all ids would take seconds, and memory
                    missing = len(store) < self._catalog.passage_count() - len(pending)
                    some = sorted({*self._catalog.sample(TRIED)} - pending)
                else:
                    wanted = self._catalog.passage_ids() - pending
                    missing = bool(wanted - store.ids())
                    some = random.Random(1).sample(sorted(wanted), min(TRIED, len(wanted)))  # noqa: S311
                found = store.vectors(some)
                if missing or len(found) < len(some):
                    return "vectors are missing"
                lost = sum(not store.finds(vector) for vector in found.values())
                # Among very many, search misses some of those that are there.
                if lost > (len(some) * MISSED if self._seal.large else 0):
                    return "vectors do not find themselves"
        except LibraryError as error:
            return str(error)
        return ""

    def close(self) -> None:
        """Close the files, and seal them when nobody else has them open."""
        with self._lock:
            self._disconnect()
            if self._catalog.read_only or self.missing or not self._seal.broken:
                return
            try:
                with exclusive(self._folder / "vectors.lock", timeout=5):
                    if self._presence.alone():
                        self._seal.write()
            except (LibraryError, OSError) as error:
                logger.info("the vectors of %s are left unsealed: %s", self._folder, error)

    def _up_to_date(self, locked: bool = False) -> VectorStore:
        """The client; a new one when another process has written since."""
        generation = self._catalog.generation()
        if self._store is None:
            self._generation = generation
            keep = self._catalog.read_only or locked
            with nullcontext() if keep else exclusive(self._folder / "vectors.lock", timeout=60):
                self._store = self._connect()
        # A snapshot may show an earlier one than the client has seen: that is no reason.
        elif generation > self._generation:
            self._disconnect()
            return self._up_to_date(locked)
        return self._store

    def _connect(self) -> VectorStore:
        """Open Chroma, which writes when it is opened: where it cannot, it gets a copy."""
        folder = self._folder / FOLDER
        if not self._catalog.read_only:
            try:
                self._seal.breaks()
                return VectorStore(folder)
            except (LibraryError, OSError) as error:
                logger.info("%s; trying a copy", error)
        if self.missing:
            problem = "there are no vectors, and none can be written here"
            raise LibraryDamaged(self._folder, [problem])
        self._copy = TemporaryDirectory(prefix="whosaid-vectors-", ignore_cleanup_errors=True)
        try:
            _copy(folder, Path(self._copy.name))
            return VectorStore(Path(self._copy.name))
        except OSError as error:
            self._disconnect()
            raise LibraryError(
                f"The vectors in {folder} cannot be written where they are, nor copied to "
                f"{self._copy}: {error}. Make room, or set TMPDIR to a folder with room."
            ) from error

    def _disconnect(self) -> None:
        if self._store is not None:
            self._store.close()
            self._store = None
        if self._copy:
            self._copy.cleanup()
            self._copy = None


def _copy(folder: Path, to: Path) -> None:
    """Copy the contents alone: the copy of what is read-only can be written."""
    for path in folder.rglob("*"):
        if path.is_file():
            target = to / path.relative_to(folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)


def to_store(
    catalog: Catalog,
    encoder: Embedder,
    passages: Mapping[str, Passage],
    made: Mapping[str, Vector],
) -> tuple[list[Record], Vectors]:
    """What a store takes of passages: records and vectors, those left alone that are made."""
    texts = {passage_id: catalog.passage_text(passage) for passage_id, passage in passages.items()}
    ids = {passage.article_id for passage in passages.values()}
    articles = {article_id: catalog.article(article_id) for article_id in ids}
    records = [_record(passage, articles[passage.article_id]) for passage in passages.values()]
    return records, encode_missing(encoder, texts, made)


def _record(passage: Passage, article: Article) -> Record:
    day = article.published.toordinal() if article.published else 0
    return Record(passage.id, article.id, article.publisher.casefold(), day)
