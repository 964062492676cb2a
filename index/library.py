"""The library: what the user has added. Keeps the catalog and the vectors in step.

Every change is written to the catalog in one transaction, together with the list of vectors that
it makes pending; then the vectors are written, then the list is cleared, then the files are sealed.
Whoever opens the library after a kill finds the list and finishes the work; files that do not fit
their seal are damaged: vectors are made again, a damaged catalog is refused (`index.repair`).
"""

import logging
import math
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from threading import RLock

from index.analysis import Analysed, analyse
from index.article import Article, Attribution, Passage, Sentence
from index.attribution import Tagger, shared_tagger
from index.encoder import Embedder, shared_encoder
from index.errors import LibraryBusy, LibraryDamaged, LibraryError, LibraryMismatch, LoadError
from index.filters import Filters
from index.keeper import FOLDER, WRITE_BATCH, Keeper
from index.load import DEFAULT_LIMITS, Limits, load
from index.locks import Presence, exclusive
from index.passages import PassageSettings
from index.seal import Seal, State
from index.soundness import problems
from index.sqlite import SqliteCatalog

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


class Library:
    """A folder with a catalog (SQLite) and vectors (Chroma). Threads may share it."""

    def __init__(
        self,
        folder: str | Path,
        encoder: Embedder | None = None,
        settings: PassageSettings | None = None,
        tagger: Tagger | None = None,
    ) -> None:
        """Open a library; the folder is created when missing, unfinished work is finished.

        A folder that cannot be written, or is on a full disk, is opened for reading only.

        Args:
            tagger: finds who said what in articles that are added; the shipped one when None.

        Raises:
            LibraryMismatch: it was made with another format, encoder or passage setting.
            LibraryDamaged: its files are not as they were written.
            LibraryError: the folder cannot be used.
        """
        self.folder = Path(folder)
        self.encoder: Embedder = encoder or shared_encoder()
        self.settings = settings or PassageSettings()
        self.tagger = tagger or shared_tagger()
        self._writing = RLock()  # threads of this process take turns, other processes are refused
        path = self.folder / CATALOG
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            if any((self.folder / name).exists() for name in (REBUILDING, REBUILT)):
                from index.repair import resume  # builds on this module

                resume(self.folder, self.encoder, self.settings, self.tagger)
            if not path.exists():
                self._refuse_lost()
                (self.folder / FOLDER).mkdir(exist_ok=True)
        except OSError as error:
            raise LibraryError(
                f"The library folder {self.folder} cannot be used: {error.strerror or error}. "
                "Wanted a folder that can be written to; name another one with --library."
            ) from error
        self._presence = Presence(self.folder)
        self._seal = Seal(self.folder, CATALOG)
        read_only = not os.access(self.folder, os.W_OK) or (
            path.exists() and not os.access(path, os.W_OK)
        )
        self._catalog = SqliteCatalog(path, read_only, before_change=self._seal.breaks)
        self._vectors = Keeper(self.folder, self._catalog, self.encoder, self._presence)
        self.mended: tuple[str, ...] = ()  # what was found damaged now, and made again
        try:
            self._open()
        except BaseException:
            self._catalog.close()
            self._presence.close()
            raise

    @property
    def read_only(self) -> bool:
        """Whether the folder cannot be written: questions are answered, changes are refused."""
        return self._catalog.read_only

    def _open(self) -> None:
        state = self._seal.state()
        if state is State.CHANGED:
            with closing(SqliteCatalog(self.folder / CATALOG, read_only=True)) as damaged:
                found = problems(damaged)  # read only: it stays as it is
            raise LibraryDamaged(self.folder, found or ["the catalog is not as it was written"])
        self._catalog.open()
        fresh = not self._catalog.manifest()
        if fresh:
            self._catalog.create(manifest(self.encoder, self.settings))
        self._refuse_mismatch()
        if state is State.UNSEALED and not fresh and self._presence.alone():
            if found := problems(self._catalog):
                raise LibraryDamaged(self.folder, found)
            self._seal_catalog()
        damage = self._vectors.damage()
        if damage and self.read_only:
            raise LibraryDamaged(self.folder, [damage])
        if self._vectors.missing and len(self):
            damage = "the vectors are missing"
        if damage or self._vectors.missing or self._catalog.pending(1):
            self._finish(damage)

    def _refuse_lost(self) -> None:
        """A catalog that is gone is no new library."""
        left = (self.folder / FOLDER / "chroma.sqlite3", self.folder / "catalog.seal")
        if any(path.exists() for path in left):
            raise LibraryDamaged(self.folder, [f"{CATALOG} is gone, what belongs to it is there"])

    def _refuse_mismatch(self) -> None:
        found = self._catalog.manifest()
        for key, wanted in manifest(self.encoder, self.settings).items():
            if found.get(key) != wanted:
                raise LibraryMismatch(
                    f"The library {self.folder} was made with another {key}: found "
                    f"{found.get(key, 'nothing')!r}, wanted {wanted!r}. {_way_out(key, found)}"
                )

    def close(self) -> None:
        """Close the files, and seal them. The library cannot be used afterwards."""
        self._vectors.close()
        if self._seal.broken and not self.read_only and self._presence.alone():
            try:
                with exclusive(self.folder / "writer.lock", timeout=0):
                    self._seal_catalog()
            except LibraryBusy:
                logger.info("another process is changing the library")
        self._catalog.close()
        self._presence.close()

    def __enter__(self) -> "Library":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # Reading

    def snapshot(self) -> AbstractContextManager[None]:
        """All that this thread reads inside is of one moment: articles are whole, and stay."""
        return self._catalog.snapshot()

    def __len__(self) -> int:
        return len(self._catalog)

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

    def search_words(self, words: Sequence[str], count: int, filters: Filters) -> list[str]:
        """Passage ids by BM25, best first."""
        return self._catalog.search(words, count, filters)

    def rarity(self, words: Sequence[str]) -> dict[str, float]:
        """Inverse document frequency of words, passages as documents: log(1 + N / (n + 0.5))."""
        count = self._catalog.passage_count()
        frequencies = self._catalog.frequencies(words)
        return {word: math.log(1 + count / (n + 0.5)) for word, n in frequencies.items()}

    def search_vectors(self, text: str, count: int, filters: Filters) -> list[str]:
        """Passage ids by cosine similarity to a text, best first."""
        if filters.exclude_all or not len(self):
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
    ) -> AddReport:
        """Add articles: files, folders, URLs, feeds, or `Article`s.

        What is already there is skipped; an article that changed at its source is replaced.

        Args:
            sources: a LoadError is what its caller could not read: it is listed among the failed.
            progress: called after each item with the number of items so far and its source.
            limits: of what is read; see `Limits`.

        Raises:
            LibraryBusy: another process is changing the library.
            LibraryError: the library cannot be written (disk full, say); items that failed for
                reasons of their own do not raise, they are in the report.
        """
        loaded = chain.from_iterable(
            load(s, limits=limits) if isinstance(s, str | Path) else [_checked(s)] for s in sources
        )
        return self.add_loaded(loaded, progress)

    def add_loaded(
        self, loaded: Iterable[Article | LoadError], progress: Progress | None = None
    ) -> AddReport:
        """Add articles as they come, for instance those of `index.archive.read_archive`."""
        report: dict[str, list[Item]] = {"added": [], "updated": [], "unchanged": []}
        failed: list[LoadError] = []
        batch = _Batch()
        with self._writer():
            self._vectors.write()
            self._vectors.heal()
            for count, item in enumerate(loaded, 1):
                if isinstance(item, LoadError):
                    failed.append(item)
                    source = item.source
                else:
                    source = item.source or item.url or item.id
                    outcome = self._prepare(item, source, batch)
                    report[outcome].append(Item(item.id, item.title, source))
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
        with self._writer():
            self.article(article_id)
            with self._catalog.change() as db:
                self._catalog.delete(db, article_id)
            self._vectors.write()

    def check(self) -> tuple[str, ...]:
        """Prove that the library is whole: problems in words, none when it is sound."""
        found = problems(self._catalog)
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

    def make_vectors(self) -> None:
        """Make all vectors again."""
        with self._writer():
            self._vectors.drop()
            self._vectors.write()

    # Inside

    def _prepare(self, article: Article, source: str, batch: _Batch) -> str:
        """Analyse an article that is not there yet; says what becomes of it."""
        known = batch.sources.get(source) or self._catalog.source(source)
        if known == article.id:
            return "unchanged"
        batch.sources[source] = article.id
        present = article.id in batch.articles or self._catalog.holds(article.id)
        if not present:
            analysed = analyse(article, self.encoder, self.settings, self.tagger)
            batch.articles[article.id] = analysed
            batch.passages += len(analysed.passages)
        if known:
            return "updated"
        return "unchanged" if present else "added"

    def _write(self, batch: _Batch) -> None:
        """One transaction for the catalog, then the vectors that it makes pending."""
        if not batch.sources:
            return
        with self._catalog.change() as db:
            replaced = {self._catalog.source(source) for source in batch.sources} - {None}
            for new in batch.articles.values():
                self._catalog.insert(db, new.article, new.sentences, new.passages, new.attributions)
            for source, article_id in batch.sources.items():
                self._catalog.set_source(db, source, article_id)
            # An article of this very batch is replaced when its source gave two versions of it.
            for old in (*replaced, *batch.articles):
                if old and self._catalog.is_unused(db, old):
                    self._catalog.delete(db, old)
        self._vectors.write()

    def _finish(self, damage: str = "") -> None:
        """Do what a killed process left undone, unless another one is at it right now."""
        if self.read_only:
            return
        try:
            with self._writer():
                if damage:
                    logger.warning("%s in %s: making them again", damage, self.folder)
                    self._vectors.drop()
                self._vectors.write()
                self._vectors.heal()
            self.mended = (damage,) if damage else ()
        except LibraryBusy:
            logger.info("another process is changing the library")
        except LibraryDamaged:
            raise
        except LibraryError as error:  # a full disk: what is there can still be asked
            logger.warning("vectors of %s are still to be written: %s", self.folder, error)

    @contextmanager
    def _writer(self) -> Iterator[None]:
        """One writer at a time, in all processes; afterwards the catalog is sealed."""
        if self.read_only:
            raise LibraryError(
                f"The library {self.folder} cannot be changed: found a folder that is read-only or "
                "on a full disk, wanted one that can be written to. Questions are answered still."
            )
        with self._writing, exclusive(self.folder / "writer.lock", timeout=0.2):
            yield
            self._seal_catalog()

    def _seal_catalog(self) -> None:
        """Seal the catalog, when it is all in one file."""
        if not self._seal.broken or self.read_only or not self._catalog.checkpoint():
            return
        try:
            self._seal.write()
        except OSError as error:
            logger.warning("%s cannot be sealed: %s", self.folder, error)


def manifest(encoder: Embedder, settings: PassageSettings) -> dict[str, str]:
    """What a library has to be made with to be of use."""
    return {"format": str(FORMAT), "encoder": encoder.name, "passages": str(settings)}


def is_newer(found: str | None) -> bool:
    """Whether a format is of a later version than this one."""
    return bool(found) and str(found).isdecimal() and int(str(found)) > FORMAT


def _way_out(key: str, found: dict[str, str]) -> str:
    if key == "format" and is_newer(found.get("format")):
        return "A newer Whosaid made it: update this one."
    return (
        "`whosaid repair` makes everything again from its articles, and keeps the old catalog; or "
        "use the Whosaid version that made it."
    )


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
