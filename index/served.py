"""A library on servers, PostgreSQL and Chroma: any number of processes and machines share it.

No process holds state of its own. Changes to the catalog take turns; the vectors that they make
pending are written by whoever claims them, and are somebody else's when that process is killed.
Reading waits for nobody.
"""

import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from threading import RLock
from uuid import uuid4

from index import keeper
from index.address import printable
from index.encoder import Embedder, Vector
from index.errors import LibraryDamaged, LibraryError
from index.filters import Filters
from index.keeper import to_store
from index.manifest import manifest, refuse_mismatch
from index.passages import PassageSettings
from index.postgres import PostgresCatalog
from index.soundness import MOST, article_problems
from index.vectors import ChromaServer, VectorsLost, VectorStore

logger = logging.getLogger(__name__)

TOKEN = "WHOSAID_CHROMA_TOKEN"  # noqa: S105 -- the variable's name


class ServedHome:
    """See `index.home.Home`."""

    def __init__(
        self, address: str, vectors: str, encoder: Embedder, settings: PassageSettings
    ) -> None:
        """Connect; tables and collection are made when there are none, pending work is done.

        Args:
            address: "postgresql://USER@HOST/DATABASE"; libpq reads PGPASSWORD and ~/.pgpass.
            vectors: "http://HOST:PORT" of a Chroma server; its token is in WHOSAID_CHROMA_TOKEN.

        Raises:
            LibraryUnreachable: a server does not answer.
            LibraryMismatch: the library was made with another format, encoder or passage setting.
        """
        if not vectors:
            raise LibraryError(
                f"The library {printable(address)} needs a Chroma server for its vectors: name it "
                "with --vectors http://HOST:PORT (or WHOSAID_VECTORS)."
            )
        self.name = printable(address)
        self.mended: tuple[str, ...] = ()
        wanted = manifest(encoder, settings)
        self.catalog = PostgresCatalog(address)
        try:
            self.catalog.create(wanted | {"id": uuid4().hex})
            found = self.catalog.manifest()
            refuse_mismatch(found, wanted, self.name)
            self.identity = found["id"]
            server = ChromaServer(vectors, f"whosaid-{self.identity}", os.environ.get(TOKEN, ""))
            self.vectors = ServedVectors(self.catalog, server, encoder)
            if self.vectors.heal_lost():
                self.mended = ("the vectors are missing",)
            self.vectors.write()
        except BaseException:
            self.catalog.close()
            raise

    @contextmanager
    def writer(self) -> Iterator[None]:
        yield  # each change of the catalog takes its turn

    def problems(self) -> list[str]:
        """Each article against its id, sentences, passages and what was said against its text."""
        found = chain.from_iterable(
            article_problems(self.catalog, article_id) for article_id in self.catalog.ids()
        )
        return [problem for problem, _ in zip(found, range(MOST), strict=False)]

    def note(self, name: str, line: str) -> None:
        self.catalog.note(name, line)

    def notes(self, name: str) -> Iterator[str]:
        return iter(self.catalog.notes(name))

    def close(self) -> None:
        self.vectors.close()
        self.catalog.close()


class ServedVectors:
    """See `index.home.Vectors`."""

    def __init__(self, catalog: PostgresCatalog, server: ChromaServer, encoder: Embedder) -> None:
        self._catalog = catalog
        self._server = server
        self._encoder = encoder
        self._lock = RLock()
        self._store: VectorStore | None = None
        self._connected()

    # Reading

    def search(self, text: str, count: int, filters: Filters) -> list[str]:
        [vector] = self._encoder.encode([text])
        with self._told_lost():
            return self._connected().search(vector, count, filters)

    def vectors(self, ids: Sequence[str]) -> dict[str, list[float]]:
        with self._told_lost():
            return self._connected().vectors(ids)

    def ids(self) -> set[str]:
        with self._told_lost():
            return self._connected().ids()

    # Changing

    def write(self, made: Mapping[str, Vector] | None = None) -> None:
        """Write and remove the vectors that are pending, but for those that others are at.

        What the catalog holds at that moment decides which of both, not what was noted: of two
        changes of one passage the later one counts.
        """
        while True:
            with self._catalog.claim(keeper.WRITE_BATCH) as ids:
                if not ids:
                    return
                passages = self._catalog.passages(ids)
                with self._told_lost():
                    store = self._connected()
                    store.delete([i for i in ids if i not in passages])
                    if passages:
                        store.put(*to_store(self._catalog, self._encoder, passages, made or {}))

    def heal(self) -> None:
        """Nothing: others may be writing at this moment. `reconcile` compares all."""

    def heal_lost(self) -> bool:
        """Make all vectors again where the server has none and none is pending."""
        if not self._catalog.passage_count() or len(self._connected()):
            return False
        if self._catalog.pending(1):
            return False
        logger.warning("%s has no vectors of %s: making them", self._server, self._catalog.name)
        self.reconcile()
        return True

    def reconcile(self) -> None:
        """Make the vectors that are missing, remove those that are too many."""
        wanted, there = self._catalog.passage_ids(), self.ids()
        with self._catalog.change() as db:
            self._catalog.set_pending(db, wanted - there, remove=False)
            self._catalog.set_pending(db, there - wanted, remove=True)
        self.write()

    def drop(self) -> None:
        """Note that all vectors are to be made again; each is replaced when it is."""
        everything = self._catalog.passage_ids() | self.ids()
        with self._catalog.change() as db:
            self._catalog.set_pending(db, everything, remove=False)

    def close(self) -> None:
        with self._lock:
            if self._store is not None:
                self._store.close()
                self._store = None

    # Inside

    def _connected(self) -> VectorStore:
        with self._lock:
            if self._store is None:
                self._store = VectorStore(self._server)
            return self._store

    @contextmanager
    def _told_lost(self) -> Iterator[None]:
        """A server that has lost its vectors is told of, once; they are made again at `repair`."""
        try:
            yield
        except VectorsLost as error:
            self.close()
            raise LibraryDamaged(self._catalog.name, [f"the vectors are gone: {error}"]) from error
