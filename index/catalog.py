"""What a catalog is: the source of truth of a library, whatever database it is kept in.

Articles, their sentences and passages, a full-text index of the passages, who said what, and the
list of vectors that are still to be written or removed (`pending`). A change and its pending
vectors are one transaction. `index.sqlite` keeps it in a file, `index.postgres` on a server.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from index.article import Article, Attribution, Passage, Sentence
from index.filters import Filters

# Of a transaction: what `change` gives and the methods that write take.
Transaction = Any


class Catalog(Protocol):
    """Threads may share it.

    Every reading method raises LibraryDamaged when what it meets cannot be right, and LibraryError
    when the database does not answer.
    """

    @property
    def read_only(self) -> bool:
        """Whether it can be read, and not be changed."""

    def create(self, manifest: dict[str, str]) -> None:
        """Make the tables, when there are none yet, in one step."""

    def manifest(self) -> dict[str, str]:
        """Settings the library was made with, and its `generation`; {} where there is none."""

    def change(self) -> AbstractContextManager[Transaction]:
        """A transaction: all of it or nothing; raises LibraryError when it cannot be written."""

    def snapshot(self) -> AbstractContextManager[None]:
        """All that this thread reads inside is of one moment, whatever others write meanwhile."""

    def close(self) -> None: ...

    # Articles

    def __len__(self) -> int: ...

    def article(self, article_id: str) -> Article:
        """Raises NotInLibrary when there is none with this id."""

    def articles(self) -> Iterator[Article]:
        """All articles, newest first, those without a date last."""

    def titles(self, filters: Filters) -> Iterator[tuple[str, str, str]]:
        """(id, title, publisher) of the articles that match, newest first; no text is read."""

    def publishers(self) -> list[str]:
        """All names of publishers, sorted."""

    def source(self, source: str) -> str | None:
        """The id of the article that was read from a source."""

    def sources(self, article_id: str) -> list[str]:
        """All sources that an article was read from, sorted."""

    def holds(self, article_id: str) -> bool: ...

    def sentences(self, article_id: str) -> tuple[Sentence, ...]:
        """The sentences that tile an article's text."""

    def insert(
        self,
        db: Transaction,
        article: Article,
        sentences: Sequence[Sentence],
        passages: Sequence[tuple[Passage, str]],
        attributions: Sequence[Attribution] = (),
    ) -> None:
        """Write an article with its sentences and (passage, text to search); vectors pending."""

    def set_source(self, db: Transaction, source: str, article_id: str) -> None: ...

    def is_unused(self, db: Transaction, article_id: str) -> bool:
        """Whether no source gives this article any more."""

    def delete(self, db: Transaction, article_id: str) -> None:
        """Remove all of an article; the removal of its vectors is pending."""

    # Passages

    def passages(self, ids: Iterable[str]) -> dict[str, Passage]:
        """Passages by id, in the order of the ids; unknown ids are left out."""

    def indexed(self, article_id: str) -> list[tuple[int, int, int, int, int, str]]:
        """An article's passages as they are stored: number, first, last, start, end, text."""

    def passage_ids(self) -> set[str]: ...

    def passage_count(self) -> int: ...

    def passage_text(self, passage: Passage) -> str:
        """The searched text of a passage, as it was embedded."""

    def searched(self, ids: Iterable[str]) -> dict[str, tuple[str, str]]:
        """What of passages is searched, title and text, by id; unknown ids are left out."""

    def search(self, words: Iterable[str], count: int, filters: Filters) -> list[str]:
        """Ids of passages that hold any of the words, by BM25, best first, at most `count`."""

    def frequencies(self, words: Iterable[str]) -> dict[str, int]:
        """In how many passages each word occurs, in any inflection."""

    def attributions(
        self, filters: Filters, acts: Iterable[str] | None = None
    ) -> Iterator[Attribution]:
        """The attributions of all articles that match, newest article first, in text order."""

    # Pending vectors

    def pending(self, limit: int) -> list[tuple[str, bool]]:
        """(passage id, whether to remove its vector) of what is left to do."""

    def set_pending(self, db: Transaction, ids: Iterable[str], remove: bool) -> None:
        """Note that the vectors of these passages are to be written, or removed."""

    def done(self, ids: Iterable[str]) -> int:
        """Note that these vectors are written or removed; returns the new generation."""

    def generation(self) -> int:
        """A number that grows with each change of the vectors, whoever made it."""
