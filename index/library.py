"""The library: what the user has added. Keeps the catalog and the vectors in step.

Every change is written to the catalog in one transaction, together with the list of vectors that
it makes pending; then the vectors are written, then the list is cleared. Whoever opens the library
after a kill finds the list and finishes the work. Where it is kept is `index.home`'s matter.
"""

import logging
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from index import narrowing
from index.address import is_address
from index.analysis import Analysed, analyse
from index.article import Article, Attribution, Passage, Sentence
from index.attribution import Tagger, shared_tagger
from index.encoder import Embedder, Vector, shared_encoder
from index.errors import LibraryError, LoadError
from index.filters import Filters
from index.folder import FolderHome
from index.home import Home
from index.keeper import WRITE_BATCH
from index.load import DEFAULT_LIMITS, Limits, load
from index.passages import PassageSettings

logger = logging.getLogger(__name__)

FORMAT = 2  # of the folder: raise it when the schema changes; `index.repair` migrates
CATALOG = "catalog.sqlite"
REBUILDING, REBUILT = "catalog.rebuilding.sqlite", "catalog.rebuilt.sqlite"  # by `index.repair`

Progress = Callable[[int, str], None]


@dataclass(frozen=True, slots=True)
class Item:
    """One article of an `AddReport`."""

    article_id: str
    title: str
    source: str


@dataclass(frozen=True)
class AddReport:
    """What became of everything that was to be added.

    Attributes:
        updated: read again from a source it had come from before, with other content.
        unchanged: already there, the same content.
        failed: with the reason of each; nothing else is affected by them.
    """

    added: tuple[Item, ...] = ()
    updated: tuple[Item, ...] = ()
    unchanged: tuple[Item, ...] = ()
    failed: tuple[LoadError, ...] = ()


@dataclass
class _Batch:
    """Articles that are analysed, and not yet written."""

    articles: dict[str, Analysed] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)  # source -> article id
    passages: int = 0

    def made(self) -> dict[str, Vector]:
        """The vectors that came with the articles, by passage id."""
        made: dict[str, Vector] = {}
        for one in self.articles.values():
            made |= one.vectors_by_id()
        return made


class Library:
    """Articles, who said what in them, and search. Threads may share it."""

    def __init__(
        self,
        place: str | Path,
        encoder: Embedder | None = None,
        settings: PassageSettings | None = None,
        tagger: Tagger | None = None,
        vectors: str | None = None,
    ) -> None:
        """Open a library; it is made when there is none, unfinished work is finished.

        Args:
            place: a folder, or "postgresql://USER@HOST/DATABASE".
            tagger: finds who said what in articles that are added; the shipped one when None.
            vectors: of a library in PostgreSQL: the Chroma server, "http://HOST:PORT".

        Raises:
            LibraryMismatch: it was made with another format, encoder or passage setting.
            LibraryDamaged: its files are not as they were written.
            LibraryUnreachable: a server does not answer.
            LibraryError: the place cannot be used.
        """
        self.encoder: Embedder = encoder or shared_encoder()
        self.settings = settings or PassageSettings()
        self.tagger = tagger or shared_tagger()
        self._home = self._at(place, vectors)
        self._catalog = self._home.catalog
        self._vectors = self._home.vectors

    def _at(self, place: str | Path, vectors: str | None) -> Home:
        if is_address(place):
            try:
                from index.served import ServedHome
            except ImportError as error:
                raise LibraryError(
                    f"A library in PostgreSQL needs more than is installed ({error}): "
                    "pip install 'whosaid[servers]'"
                ) from error
            return ServedHome(str(place), vectors or "", self.encoder, self.settings)
        if vectors:
            raise LibraryError(
                f"A library in a folder ({place}) keeps its vectors there: found --vectors "
                f"{vectors}, wanted none, or a library at postgresql://..."
            )
        return FolderHome(Path(place), self.encoder, self.settings, self.tagger)

    @property
    def name(self) -> str:
        """Of the place, for people."""
        return self._home.name

    @property
    def identity(self) -> str:
        """No other library has it."""
        return self._home.identity

    @property
    def folder(self) -> Path:
        """Raises LibraryError: the library is in no folder."""
        if isinstance(self._home, FolderHome):
            return self._home.folder
        raise LibraryError(f"The library {self.name} is not in a folder of this machine.")

    @property
    def mended(self) -> tuple[str, ...]:
        """What was found damaged when it was opened, and made again."""
        return self._home.mended

    @property
    def read_only(self) -> bool:
        """Whether it cannot be written: questions are answered, changes are refused."""
        return self._catalog.read_only

    def close(self) -> None:
        """The library cannot be used afterwards."""
        self._home.close()

    def __enter__(self) -> "Library":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # Notes

    def note(self, name: str, line: str) -> None:
        """Keep a line with the library. Raises LibraryError where it cannot be written."""
        self._home.note(name, line)

    def notes(self, name: str) -> Iterator[str]:
        """The lines kept under a name, oldest first."""
        return self._home.notes(name)

    # Reading

    def snapshot(self) -> AbstractContextManager[None]:
        """All that this thread reads inside is of one moment: articles are whole, and stay."""
        return self._catalog.snapshot()

    def __len__(self) -> int:
        return len(self._catalog)

    def __contains__(self, article_id: object) -> bool:
        return isinstance(article_id, str) and self._catalog.holds(article_id)

    @property
    def large(self) -> bool:
        """Whether it has too many passages for a list of all that is in it."""
        return self._catalog.passage_count() > narrowing.LARGE

    @property
    def generation(self) -> int:
        """A number that grows with each change, whoever made it."""
        return self._catalog.generation()

    def article(self, article_id: str) -> Article:
        """Raises NotInLibrary when there is none with this id."""
        return self._catalog.article(article_id)

    def articles(self) -> Iterator[Article]:
        """All articles, newest first, those without a date last."""
        return self._catalog.articles()

    def titles(self, filters: Filters | None = None) -> Iterator[tuple[str, str, str]]:
        """(id, title, publisher) of articles, newest first; their texts are not read."""
        return self._catalog.titles(filters or Filters())

    def publishers(self) -> list[str]:
        """All publishers, sorted."""
        return self._catalog.publishers()

    def sentences(self, article_id: str) -> tuple[Sentence, ...]:
        """The sentences that tile an article's text."""
        return self._catalog.sentences(article_id)

    def attributions(
        self, filters: Filters | None = None, acts: Iterable[str] | None = None
    ) -> Iterator[Attribution]:
        """Who said what, newest article first, within it in the order of the text.

        Args:
            acts: names of speech acts, see `index/acts.toml`; any when None.
        """
        return self._catalog.attributions(filters or Filters(), acts)

    def sources(self, article_id: str) -> list[str]:
        """Where an article was read from: paths, URLs, records."""
        return self._catalog.sources(article_id)

    def passage_ids(self) -> set[str]:
        """The ids of all passages."""
        return self._catalog.passage_ids()

    def passages(self, ids: Sequence[str]) -> dict[str, Passage]:
        """Passages by id; those removed meanwhile are left out."""
        return self._catalog.passages(ids)

    def passage_text(self, passage: Passage) -> str:
        """What of a passage was embedded and is searched."""
        return self._catalog.passage_text(passage)

    def searched(self, ids: Sequence[str]) -> dict[str, tuple[str, str]]:
        """What of passages is searched, title and text, by id; those removed are left out."""
        return self._catalog.searched(ids)

    def search_words(self, words: Sequence[str], count: int, filters: Filters) -> list[str]:
        """Passage ids by BM25, best first."""
        return self._catalog.search(words, count, filters)

    def rarity(self, words: Sequence[str]) -> dict[str, float]:
        """Inverse document frequency of words, passages as documents: log(1 + N / (n + 0.5))."""
        count = self._catalog.passage_count()
        frequencies = self._catalog.frequencies(words)
        return {word: _rarity(count, n) for word, n in frequencies.items()}

    @property
    def highest_rarity(self) -> float:
        """The rarity of a word that no passage has: it grows with the library."""
        return _rarity(self._catalog.passage_count(), 0)

    def search_vectors(self, text: str, count: int, filters: Filters) -> list[str]:
        """Passage ids by cosine similarity to a text, best first."""
        if filters.exclude_all or not self._catalog.passage_count():
            return []
        return self._vectors.search(text, count, filters)

    def vectors(self, ids: Sequence[str]) -> dict[str, list[float]]:
        """The stored embeddings of passages, by id."""
        return self._vectors.vectors(ids)

    # Changing

    def add(
        self,
        *sources: str | Path | Article | LoadError,
        progress: Progress | None = None,
        limits: Limits = DEFAULT_LIMITS,
        ray: str | None = None,
    ) -> AddReport:
        """Add articles: files, folders, URLs, feeds, or `Article`s.

        What is already there is skipped; an article that changed at its source is replaced.

        Args:
            sources: a LoadError is what its caller could not read: it is listed among the failed.
            progress: called after each item with the number of items so far and its source.
            limits: of what is read; see `Limits`.
            ray: a cluster whose workers read and analyse: "auto" or its address, see
                `index.parallel`; this process does when None. The library becomes the same.

        Raises:
            LibraryBusy: another process is changing the library.
            LibraryError: the library cannot be written (disk full, say); items that failed for
                reasons of their own do not raise, they are in the report.
        """
        given = [s if isinstance(s, str | Path) else _checked(s) for s in sources]
        if ray is not None:
            from index.parallel import Workers  # imports Ray

            with Workers(ray, self.encoder, self.settings, self.tagger) as workers:
                return self.add_loaded(workers.load(given, limits, self.__contains__), progress)
        loaded = chain.from_iterable(
            load(s, limits=limits) if isinstance(s, str | Path) else [s] for s in given
        )
        return self.add_loaded(loaded, progress)

    def add_loaded(
        self,
        loaded: Iterable[Article | LoadError | Analysed],
        progress: Progress | None = None,
    ) -> AddReport:
        """Add articles as they come, for instance those of `index.archive.read_archive`.

        Args:
            loaded: what is `Analysed` already is taken as it is.
        """
        report: dict[str, list[Item]] = {"added": [], "updated": [], "unchanged": []}
        failed: list[LoadError] = []
        batch = _Batch()
        with self._home.writer():
            self._vectors.write()
            self._vectors.heal()
            for count, item in enumerate(loaded, 1):
                if isinstance(item, LoadError):
                    failed.append(item)
                    source = item.source
                else:
                    article = item.article if isinstance(item, Analysed) else item
                    source = article.source or article.url or article.id
                    outcome = self._prepare(item, article, source, batch)
                    report[outcome].append(Item(article.id, article.title, source))
                if batch.passages >= WRITE_BATCH:
                    self._write(batch)
                    batch = _Batch()
                if progress:
                    progress(count, source)
            self._write(batch)
        return AddReport(**{k: tuple(v) for k, v in report.items()}, failed=tuple(failed))

    def remove(self, article_id: str) -> None:
        """Remove all of an article.

        Raises:
            NotInLibrary: there is none with this id.
            LibraryBusy: another process is changing the library.
        """
        with self._home.writer():
            self.article(article_id)
            with self._catalog.change() as db:
                self._catalog.delete(db, article_id)
            self._vectors.write()

    def check(self) -> tuple[str, ...]:
        """Prove that the library is whole: problems in words, none when it is sound."""
        found = self._home.problems()
        if found:
            return tuple(found)
        if left := len(self._catalog.pending(1_000_000)):
            found.append(f"{left} vectors are still to be written or removed")
        try:
            wanted, there = self._catalog.passage_ids(), self._vectors.ids()
        except LibraryError as error:
            return (*found, str(error))
        if missing := wanted - there:
            found.append(f"{len(missing)} passages have no vector, {min(missing)} among them")
        if extra := there - wanted:
            found.append(f"{len(extra)} vectors have no passage, {min(extra)} among them")
        return tuple(found)

    def reconcile(self) -> tuple[str, ...]:
        """Make vectors that are missing, remove those that are too many; what was found."""
        found = self.check()
        if found:
            with self._home.writer():
                self._vectors.reconcile()
        return found

    def make_vectors(self) -> None:
        """Make all vectors again."""
        with self._home.writer():
            self._vectors.drop()
            self._vectors.write()

    # Inside

    def _prepare(
        self, item: Article | Analysed, article: Article, source: str, batch: _Batch
    ) -> str:
        """Analyse an article that is not there yet; says what becomes of it."""
        known = batch.sources.get(source) or self._catalog.source(source)
        if known == article.id:
            return "unchanged"
        batch.sources[source] = article.id
        present = article.id in batch.articles or self._catalog.holds(article.id)
        if not present:
            analysed = item if isinstance(item, Analysed) else self._analyse(item)
            batch.articles[article.id] = analysed
            batch.passages += len(analysed.passages)
        if known:
            return "updated"
        return "unchanged" if present else "added"

    def _analyse(self, article: Article) -> Analysed:
        return analyse(article, self.encoder, self.settings, self.tagger)

    def _write(self, batch: _Batch) -> None:
        """One transaction for the catalog, then the vectors that it makes pending."""
        if not batch.sources:
            return
        with self._catalog.change() as db:
            replaced = {self._catalog.source(source) for source in batch.sources} - {None}
            for new in batch.articles.values():
                if not self._catalog.holds(new.article.id):  # somebody else has been faster
                    self._catalog.insert(
                        db, new.article, new.sentences, new.passages, new.attributions
                    )
            for source, article_id in batch.sources.items():
                self._catalog.set_source(db, source, article_id)
            # An article of this very batch is replaced when its source gave two versions of it.
            for old in (*replaced, *batch.articles):
                if old and self._catalog.is_unused(db, old):
                    self._catalog.delete(db, old)
        self._vectors.write(batch.made())


def _rarity(passages: int, holding: int) -> float:
    """Inverse document frequency of a word that `holding` of `passages` have."""
    return math.log(1 + passages / (holding + 0.5))


def _checked(article: Article | LoadError) -> Article | LoadError:
    """An article made by a program, which has not been through `load`."""
    if isinstance(article, LoadError):
        return article
    source = article.source or article.url or article.title or "article"
    if not article.text.strip():
        return LoadError(source, "is empty: it holds no words")
    try:
        "".join((article.text, article.title, article.publisher, article.author)).encode()
    except UnicodeEncodeError:
        return LoadError(
            source,
            "holds lone surrogates, which are no characters: decode its bytes with the right "
            "encoding, or with errors='replace'",
        )
    return article
