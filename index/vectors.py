"""The vectors of the passages: Chroma, embedded, through LlamaIndex. The only home of both.

Chroma holds ids, vectors and what filters need; everything else is in the catalog. Facts of Chroma
1.5 that shape this module: adding an id that exists is silently ignored (so ids are deleted
first), one call takes 5,461 records at most, and a client does not see what another process wrote
(so a client that is behind is replaced by a new one).
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from index.errors import LibraryError
from index.filters import Filters

if TYPE_CHECKING:
    from chromadb.api.client import Client
    from chromadb.api.collection_configuration import CreateHNSWConfiguration
    from llama_index.core.vector_stores.types import MetadataFilters
    from llama_index.vector_stores.chroma import ChromaVectorStore

    from index.encoder import Vectors

T = TypeVar("T")

COLLECTION = "passages"
SAME = 1e-4  # cosine distance that rounding makes
BATCH = 5_000
# Candidates that HNSW keeps while searching. Of the true first 100 among 4,700 passages the default
# of 100 finds 96 %, 400 finds 99.9 %, for half a millisecond.
EF_SEARCH = 400
HNSW: dict[str, Any] = {"space": "cosine", "ef_search": EF_SEARCH}


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
    """Vectors in a folder. Not safe against other processes: the library sees to that."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._client, self._store = _connect(folder)

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
        with _told(self._folder):
            for batch in _batches(nodes):
                self._store.add(list(batch))

    def delete(self, ids: Sequence[str]) -> None:
        """Remove vectors; ids that are not there do no harm."""
        with _told(self._folder):
            for batch in _batches(ids):
                self._store.delete_nodes(list(batch))

    def search(self, vector: "Vectors", count: int, filters: Filters) -> list[str]:
        """The nearest passages.

        Args:
            vector: of unit length, shape (384,).

        Returns:
            Passage ids by cosine similarity, best first, at most `count`.
        """
        from llama_index.core.vector_stores.types import VectorStoreQuery

        with _told(self._folder):
            found = self._store.query(
                VectorStoreQuery(
                    query_embedding=vector.tolist(),
                    similarity_top_k=count,
                    filters=_to_metadata(filters),
                )
            )
        return list(found.ids or [])

    def __len__(self) -> int:
        with _told(self._folder):
            count: int = self._store.client.count()
            return count

    def ids(self) -> set[str]:
        """All ids stored."""
        with _told(self._folder):
            return set(self._store.client.get(include=[])["ids"])

    def finds(self, vector: Sequence[float]) -> bool:
        """Whether a search for a stored vector finds it, or another one that equals it."""
        with _told(self._folder):
            found = self._store.client.query(
                query_embeddings=[list(vector)], n_results=1, include=["distances"]
            )
            distances = found["distances"][0]
            return bool(distances) and distances[0] < SAME

    def vectors(self, ids: Sequence[str]) -> dict[str, list[float]]:
        """The stored vectors of some ids."""
        with _told(self._folder):
            found = self._store.client.get(ids=list(ids), include=["embeddings"])
        return {
            passage_id: [float(x) for x in vector]
            for passage_id, vector in zip(found["ids"], found["embeddings"], strict=True)
        }


def _connect(folder: Path) -> "tuple[Client, ChromaVectorStore]":
    import chromadb
    from chromadb.api.client import Client
    from chromadb.config import Settings
    from llama_index.vector_stores.chroma import ChromaVectorStore

    with _told(folder):
        try:
            client = chromadb.PersistentClient(str(folder), Settings(anonymized_telemetry=False))
        except BaseException:
            # Chroma keeps what did not start, and would hand it out to the next try.
            Client._identifier_to_system.pop(str(folder), None)
            raise
        assert isinstance(client, Client)  # noqa: S101 -- declared as the interface, without close()
        try:
            collection = client.get_or_create_collection(
                COLLECTION,
                configuration={"hnsw": cast("CreateHNSWConfiguration", HNSW)},
                embedding_function=None,
            )
        except BaseException:
            client.close()
            raise
        return client, ChromaVectorStore(chroma_collection=collection)


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    """What Chroma raises, as an error that says what to do."""
    from chromadb.errors import ChromaError

    try:
        yield
    except BaseException as error:
        # A panic of Chroma's Rust code is no Exception, and has no name to import.
        known = isinstance(error, ChromaError | OSError | ValueError | RuntimeError | TypeError)
        if not known and type(error).__name__ != "PanicException":
            raise
        raise LibraryError(
            f"The vectors in {folder} cannot be read or written: {error}. If the disk is not full "
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
