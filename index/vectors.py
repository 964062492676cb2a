"""The vectors of the passages: Chroma, embedded or a server, through LlamaIndex. Their only home.

Chroma holds ids, vectors and what filters need; everything else is in the catalog. Facts of Chroma
1.5 that shape this module: adding an id that exists is silently ignored (so ids are deleted
first), one call takes 5,461 records at most, and a client does not see what another process wrote
(so a client that is behind is replaced by a new one).
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast
from urllib.parse import parse_qs, urlsplit

from index.address import is_here, printable
from index.errors import LibraryError, LibraryUnreachable
from index.filters import Filters

if TYPE_CHECKING:
    from chromadb.api.client import Client
    from chromadb.api.collection_configuration import CreateHNSWConfiguration
    from chromadb.api.models.Collection import Collection
    from httpx import Request
    from llama_index.core.vector_stores.types import MetadataFilters
    from llama_index.vector_stores.chroma import ChromaVectorStore

    from index.encoder import Vectors

T = TypeVar("T")
_known_slow: ContextVar[bool] = ContextVar("known_slow", default=False)

COLLECTION = "passages"
SAME = 1e-4  # cosine distance that rounding makes
BATCH = 5_000
PATIENCE = 4.0  # seconds in which a server must be there
READING = 3.0  # and in which it must have read what it is asked for
# One that has just started reads its index first, some GB for a million vectors: when it is late,
# but says within the first of these that it is alive, it is asked again and gets the second.
ALIVE, SLOW = 1.5, 60.0
WRITING = 60.0  # seconds in which it must have written what it is given
# Candidates that HNSW keeps while searching. Of the true first 100 among 4,700 passages the default
# of 100 finds 96 %, 400 finds 99.9 %, for half a millisecond.
EF_SEARCH = 400
HNSW: dict[str, Any] = {"space": "cosine", "ef_search": EF_SEARCH}


class VectorsLost(LibraryError):
    """The server is there, and the collection is not: it has lost its disk, or is another one."""


@dataclass(frozen=True, slots=True)
class Record:
    """What is stored beside a vector: enough to filter by.

    Attributes:
        id: of the passage.
        publisher: case-folded.
        day: of publication as proleptic ordinal (`date.toordinal`), 0 when unknown.
    """

    id: str
    article_id: str
    publisher: str
    day: int


class VectorStore:
    """Vectors in a folder, not safe against other processes (the library sees to that), or on a
    server, which is.
    """

    def __init__(self, place: "Path | ChromaServer") -> None:
        """
        Raises:
            LibraryUnreachable: the server does not answer.
            LibraryError: the folder cannot be read.
        """
        self._place = place
        self._client, self._collection = _connect(place)

    @cached_property
    def _store(self) -> "ChromaVectorStore":
        """LlamaIndex's, for writing and filters: importing it takes longer than a question does."""
        from llama_index.vector_stores.chroma import ChromaVectorStore

        return ChromaVectorStore(chroma_collection=self._collection)

    def close(self) -> None:
        self._client.close()

    def put(self, records: Sequence[Record], vectors: "Vectors") -> None:
        """Store vectors, replacing those with the same ids."""
        from llama_index.core.schema import TextNode

        self.delete([record.id for record in records])
        nodes = [
            TextNode(
                id_=record.id,
                text="",
                embedding=vector,
                metadata={
                    "article_id": record.article_id,
                    "publisher": record.publisher,
                    "day": record.day,
                },
            )
            for record, vector in zip(records, vectors.tolist(), strict=True)
        ]
        with _told(self._place):
            for batch in _batches(nodes):
                self._store.add(list(batch))

    def delete(self, ids: Sequence[str]) -> None:
        """Remove vectors; ids that are not there do no harm."""
        with _told(self._place):
            for batch in _batches(ids):
                self._store.delete_nodes(list(batch))

    def search(self, vector: "Vectors", count: int, filters: Filters) -> list[str]:
        """The nearest passages.

        Args:
            vector: of unit length, shape (384,).

        Returns:
            Passage ids by cosine similarity, best first, at most `count`.
        """
        if not filters:
            return self.nearest(vector, count)
        from llama_index.core.vector_stores.types import VectorStoreQuery

        query = VectorStoreQuery(
            query_embedding=vector.tolist(),
            similarity_top_k=count,
            filters=_to_metadata(filters),
        )
        return list(self._read(lambda: self._store.query(query)).ids or [])

    def nearest(self, vector: "Vectors", count: int) -> list[str]:
        """As `search`, with no filter: ids alone, without a node made of each."""
        query = partial(self._collection.query, query_embeddings=[vector.tolist()])
        return list(self._read(partial(query, n_results=count, include=[]))["ids"][0])

    def __len__(self) -> int:
        count: int = self._read(self._collection.count)
        return count

    def ids(self) -> set[str]:
        """All ids stored."""
        return set(self._read(partial(self._collection.get, include=[]))["ids"])

    def finds(self, vector: Sequence[float]) -> bool:
        """Whether a search for a stored vector finds it, or another one that equals it."""
        query = partial(self._collection.query, query_embeddings=list(vector))
        distances = self._read(partial(query, n_results=1, include=["distances"]))["distances"][0]
        return bool(distances) and distances[0] < SAME

    def vectors(self, ids: Sequence[str]) -> dict[str, list[float]]:
        """The stored vectors of some ids."""
        if not ids:
            return {}  # Chroma takes no empty list
        get = partial(self._collection.get, ids=list(ids), include=["embeddings"])
        found = self._read(get)
        return {
            passage_id: [float(x) for x in vector]
            for passage_id, vector in zip(found["ids"], found["embeddings"], strict=True)
        }

    def _read(self, work: Callable[[], Any]) -> Any:
        """Read, and again with more patience from a server that is alive, only slow."""
        from httpx import TimeoutException

        try:
            with _told(self._place):
                return work()
        except LibraryUnreachable as error:
            late = isinstance(error.__cause__, TimeoutException)
            if not late or not isinstance(self._place, ChromaServer) or not self._place.alive():
                raise
        before = _known_slow.set(True)
        try:
            with _told(self._place):
                return work()
        finally:
            _known_slow.reset(before)


@dataclass(frozen=True)
class ChromaServer:
    """A Chroma server, cluster or Chroma Cloud.

    Attributes:
        address: "http://HOST:PORT" or "https://HOST"; `?tenant=...&database=...` where it has them.
        token: "" for a server that wants none.
    """

    address: str
    collection: str = COLLECTION
    token: str = field(default="", repr=False)

    def __str__(self) -> str:
        return printable(self.address)

    def alive(self) -> bool:
        """Whether it answers, and at once."""
        import httpx

        try:
            return httpx.get(self._heartbeat, timeout=ALIVE).is_success
        except httpx.HTTPError:
            return False

    @property
    def _heartbeat(self) -> str:
        parts = urlsplit(self.address)
        return f"{parts.scheme}://{parts.netloc}/api/v2/heartbeat"

    def connect(self) -> "Client":
        import chromadb
        import httpx
        from chromadb.api.client import Client
        from chromadb.config import Settings

        parts = urlsplit(self.address)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise LibraryError(
                f"{self} is no address of a Chroma server: wanted http://HOST:PORT or https://HOST."
            )
        if self.token and parts.scheme == "http" and not is_here(parts.hostname):
            raise LibraryError(
                f"The token of the Chroma server {self} would be sent over plain http to another "
                "machine, for all to read on the way: name it with https://, or unset the token."
            )
        names = {
            key: values[-1]
            for key, values in parse_qs(parts.query).items()
            if key in ("tenant", "database")
        }
        httpx.get(self._heartbeat, timeout=PATIENCE)
        # Chroma Cloud reads the first, Chroma's own token authentication and proxies the second.
        headers = {"x-chroma-token": self.token, "Authorization": f"Bearer {self.token}"}
        client = chromadb.HttpClient(
            host=parts.hostname,
            port=parts.port or (443 if parts.scheme == "https" else 8000),
            ssl=parts.scheme == "https",
            headers=headers if self.token else None,
            settings=Settings(anonymized_telemetry=False),
            **names,
        )
        assert isinstance(client, Client)  # noqa: S101 -- declared as the interface, without close()
        session = getattr(client._server, "_session", None)
        if isinstance(session, httpx.Client):  # which waits for ever by itself
            session.event_hooks = {"request": [_limit]}
        return client


def _limit(request: "Request") -> None:
    """Let a request to a server take no longer than it may: writing takes longer than reading."""
    reads = request.method == "GET" or request.url.path.endswith(("/query", "/get", "/search"))
    waits = dict.fromkeys(("connect", "write", "pool"), PATIENCE)
    reading = SLOW if _known_slow.get() else READING
    request.extensions["timeout"] = waits | {"read": reading if reads else WRITING}


def _embedded(folder: Path) -> "Client":
    import chromadb
    from chromadb.api.client import Client
    from chromadb.config import Settings

    try:
        client = chromadb.PersistentClient(str(folder), Settings(anonymized_telemetry=False))
    except BaseException:
        # Chroma keeps what did not start, and would hand it out to the next try.
        Client._identifier_to_system.pop(str(folder), None)
        raise
    assert isinstance(client, Client)  # noqa: S101 -- declared as the interface, without close()
    return client


def _connect(place: "Path | ChromaServer") -> "tuple[Client, Collection]":
    with _told(place):
        client = place.connect() if isinstance(place, ChromaServer) else _embedded(place)
        try:
            collection = client.get_or_create_collection(
                place.collection if isinstance(place, ChromaServer) else COLLECTION,
                configuration={"hnsw": cast("CreateHNSWConfiguration", HNSW)},
                embedding_function=None,
            )
        except BaseException:
            client.close()
            raise
        return client, collection


@contextmanager
def _told(place: "Path | ChromaServer") -> Iterator[None]:
    """What Chroma raises, as an error that says what to do."""
    from chromadb.errors import ChromaError, NotFoundError
    from httpx import TimeoutException, TransportError

    try:
        yield
    except LibraryError:
        raise
    except BaseException as error:
        # A panic of Chroma's Rust code is no Exception, and has no name to import.
        known = isinstance(
            error, ChromaError | TransportError | OSError | ValueError | RuntimeError | TypeError
        )
        if not known and type(error).__name__ != "PanicException":
            raise
        if isinstance(place, ChromaServer):
            if isinstance(error, NotFoundError):
                raise VectorsLost(f"The Chroma server {place} has no vectors: {error}.") from error
            reason = "it took too long" if isinstance(error, TimeoutException) else error
            raise LibraryUnreachable(
                f"The vectors on {place} cannot be read or written: {reason}. Is the Chroma server "
                "running, and the address right? Nothing is lost; try again."
            ) from error
        raise LibraryError(
            f"The vectors in {place} cannot be read or written: {error}. If the disk is not full "
            "and the folder can be written to, `whosaid repair` makes them again."
        ) from error


def _to_metadata(filters: Filters) -> "MetadataFilters | None":
    from llama_index.core.vector_stores.types import (
        FilterOperator,
        MetadataFilter,
        MetadataFilters,
    )

    def condition(key: str, operator: FilterOperator, value: Any) -> MetadataFilter:
        return MetadataFilter(key=key, operator=operator, value=value)

    conditions = []
    if filters.articles is not None:
        conditions.append(condition("article_id", FilterOperator.IN, sorted(filters.articles)))
    if filters.publishers is not None:
        conditions.append(condition("publisher", FilterOperator.IN, sorted(filters.publishers)))
    if filters.since is not None or filters.until is not None:
        first = filters.since.toordinal() if filters.since else 1  # 0 is "unknown"
        conditions.append(condition("day", FilterOperator.GTE, first))
    if filters.until is not None:
        conditions.append(condition("day", FilterOperator.LTE, filters.until.toordinal()))
    return MetadataFilters(filters=list(conditions)) if conditions else None


def _batches(items: Sequence[T]) -> Iterator[Sequence[T]]:
    return (items[start : start + BATCH] for start in range(0, len(items), BATCH))
