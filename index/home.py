"""Where a library is kept: what `index.library.Library` needs of a place.

`index.folder` is a folder of this machine (SQLite and Chroma inside), `index.served` are servers
(PostgreSQL and Chroma) that several processes and machines share.
"""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from index.catalog import Catalog
from index.filters import Filters


class Vectors(Protocol):
    """The vectors of the passages, kept in step with the catalog's `pending`."""

    def search(self, text: str, count: int, filters: Filters) -> list[str]:
        """Passage ids by cosine similarity to a text, best first."""

    def vectors(self, ids: Sequence[str]) -> dict[str, list[float]]:
        """The stored vectors of some passages, by id."""

    def ids(self) -> set[str]:
        """Of all vectors that are stored."""

    def write(self) -> None:
        """Write and remove the vectors that are pending. Safe to repeat."""

    def heal(self) -> None:
        """Make vectors again that are missing with nothing pending."""

    def reconcile(self) -> None:
        """Make the vectors that are missing, remove those that are too many."""

    def drop(self) -> None:
        """Delete all vectors, readable or not, and note that they are to be made again."""


class Home(Protocol):
    """A place, opened. Threads may share it.

    Attributes:
        name: of the place, for people; it holds no password.
        identity: of the library: no other has it.
        mended: what was found damaged when it was opened, and made again.
    """

    name: str
    identity: str
    mended: tuple[str, ...]

    @property
    def catalog(self) -> Catalog: ...

    @property
    def vectors(self) -> Vectors: ...

    def writer(self) -> AbstractContextManager[None]:
        """Held while the library is changed.

        Raises:
            LibraryBusy: somebody else changes it, where only one may.
            LibraryError: it cannot be changed.
        """

    def problems(self) -> list[str]:
        """What is wrong with the catalog, in words; nothing when it is sound."""

    def note(self, name: str, line: str) -> None:
        """Append a line to the notes of a name; raises LibraryError where that is impossible."""

    def notes(self, name: str) -> Iterator[str]:
        """The lines noted under a name, oldest first."""

    def close(self) -> None: ...
