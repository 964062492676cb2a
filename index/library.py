"""The library: what the user has added. Keeps the catalog and the vectors in step.

Every change is written to the catalog in one transaction, together with the list of vectors that
it makes pending; then the vectors are written, then the list is cleared. Whoever opens the library
after a kill finds the list and finishes the work.
"""

import logging
import math
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from pathlib import Path
from threading import RLock

from index.article import Article, Attribution, Passage, Sentence
from index.attribution import Tagger, shared_tagger
from index.catalog import Catalog
from index.encoder import Embedder, shared_encoder
from index.errors import LibraryBusy, LibraryError, LibraryMismatch, LoadError
from index.filters import Filters
from index.load import DEFAULT_LIMITS, Limits, load
from index.passages import PassageSettings, passage_text, split_passages
from index.sentences import split_sentences
from index.vectors import Record, VectorStore

logger = logging.getLogger(__name__)

FORMAT = "2"  # of the folder: raise it when the schema changes
WRITE_BATCH = (
    256  # passages that are embedded and written together: a kill costs no more than these
)

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


@dataclass(frozen=True)
class _Analysed:
    """All that the catalog stores of an article."""

    article: Article
    sentences: tuple[Sentence, ...]
    passages: list[tuple[Passage, str]]
    attributions: tuple[Attribution, ...]


@dataclass
class _Batch:
    """Articles that are analysed, and not yet written."""

    articles: dict[str, "_Analysed"] = field(default_factory=dict)
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

        Args:
            tagger: finds who said what in articles that are added; the shipped one when None.

        Raises:
            LibraryMismatch: it was made with another format, encoder or passage setting.
            LibraryError: the folder cannot be used.
        """
        self.folder = Path(folder)
        self.encoder: Embedder = encoder or shared_encoder()
        self.settings = settings or PassageSettings()
        self.tagger = tagger or shared_tagger()
        self._lock = RLock()  # guards the vectors' client, which another thread may replace
        self._writing = RLock()  # threads of this process take turns, other processes are refused
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            (self.folder / "vectors").mkdir(exist_ok=True)
        except OSError as error:
            raise LibraryError(
                f"The library folder {self.folder} cannot be used: {error.strerror or error}. "
                "Wanted a folder that can be written to; name another one with --library."
            ) from error
        self._catalog = Catalog(self.folder / "catalog.sqlite")
        self._catalog.create(self._manifest())
        self._refuse_mismatch()
        if self._catalog.pending(1) or not (self.folder / "vectors" / "chroma.sqlite3").exists():
            self._finish()

    def _manifest(self) -> dict[str, str]:
        return {
            "format": FORMAT,
            "encoder": self.encoder.name,
            "passages": str(self.settings),
        }

    def _refuse_mismatch(self) -> None:
        found = self._catalog.manifest()
        for key, wanted in self._manifest().items():
            if found.get(key) != wanted:
                self._catalog.close()
                raise LibraryMismatch(
                    f"The library {self.folder} was made with another {key}: found "
                    f"{found.get(key, 'nothing')!r}, wanted {wanted!r}. Use the Whosaid version "
                    "that made it, or add the articles again to a new folder."
                )

    def close(self) -> None:
        """Close the files. The library cannot be used afterwards."""
        with self._lock:
            if "_vectors" in self.__dict__:
                self._vectors.close()
                del self.__dict__["_vectors"]
        self._catalog.close()

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
        [vector] = self.encoder.encode([text])
        with self._lock:
            self._see_other_processes()
            return self._vectors.search(vector, count, filters)

    def vectors(self, ids: Sequence[str]) -> dict[str, list[float]]:
        """The stored embeddings of passages, by id."""
        with self._lock:
            self._see_other_processes()
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
        report: dict[str, list[Item]] = {"added": [], "updated": [], "unchanged": []}
        failed: list[LoadError] = []
        batch = _Batch()
        with self._writer():
            self._write_vectors()
            self._heal()
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
            self._write_vectors()

    def check(self) -> tuple[str, ...]:
        """Prove that the library is whole: problems in words, none when it is sound."""
        problems = self._catalog.problems()
        if problems:
            return tuple(problems)
        if left := len(self._catalog.pending(1_000_000)):
            problems.append(f"{left} vectors are still to be written or removed")
        wanted = self._catalog.passage_ids()
        with self._lock:
            self._see_other_processes()
            found = self._vectors.ids()
        if missing := wanted - found:
            problems.append(f"{len(missing)} passages have no vector, {min(missing)} among them")
        if extra := found - wanted:
            problems.append(f"{len(extra)} vectors have no passage, {min(extra)} among them")
        for article in self.articles():
            sentences = self.sentences(article.id)
            starts = [0, *(s.end for s in sentences)]
            if starts != [*(s.start for s in sentences), len(article.text)]:
                problems.append(f"article {article.id}: its sentences do not tile its text")
        return tuple(problems)

    # Inside

    def _prepare(self, article: Article, source: str, batch: _Batch) -> str:
        """Analyse an article that is not there yet; says what becomes of it."""
        known = batch.sources.get(source) or self._catalog.source(source)
        if known == article.id:
            return "unchanged"
        batch.sources[source] = article.id
        present = article.id in batch.articles or self._catalog.holds(article.id)
        if not present:
            sentences = split_sentences(article.text, article.title)
            lengths = self.encoder.count_tokens([article.text[s.start : s.stop] for s in sentences])
            passages = [
                (p, passage_text(article.text, sentences[p.first : p.last]))
                for p in split_passages(article, sentences, lengths, self.settings)
            ]
            runs = [(passage.first, passage.last) for passage, _ in passages]
            said = self.tagger.find(article, sentences, runs)
            batch.articles[article.id] = _Analysed(article, sentences, passages, said)
            batch.passages += len(passages)
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
        self._write_vectors()

    def _finish(self) -> None:
        """Do what a killed process left undone, unless another one is at it right now."""
        try:
            with self._writer():
                self._write_vectors()
                self._heal()
        except LibraryBusy:
            logger.info("another process is changing the library")

    def _write_vectors(self) -> None:
        """Write and remove the vectors that are pending. Safe to repeat."""
        while pending := self._catalog.pending(WRITE_BATCH):
            passages = self._catalog.passages([p for p, remove in pending if not remove])
            texts = [self.passage_text(passage) for passage in passages.values()]
            vectors = self.encoder.encode(texts)
            records = self._records(passages.values())
            ids = [passage_id for passage_id, _ in pending]
            with self._lock, self._exclusive("vectors.lock", timeout=60):
                self._see_other_processes()
                self._vectors.delete([i for i in ids if i not in passages])
                self._vectors.put(records, vectors)
                self._generation = self._catalog.done(ids)

    def _records(self, passages: Collection[Passage]) -> list[Record]:
        articles = {i: self.article(i) for i in {passage.article_id for passage in passages}}
        return [_record(passage, articles[passage.article_id]) for passage in passages]

    @cached_property
    def _vectors(self) -> VectorStore:
        self._generation = self._catalog.generation()
        return VectorStore(self.folder / "vectors")

    def _heal(self) -> None:
        """Make vectors again that are missing with nothing pending: somebody deleted the folder."""
        with self._lock:
            if len(self._vectors) == self._catalog.passage_count() or self._catalog.pending(1):
                return
            wanted, found = self._catalog.passage_ids(), self._vectors.ids()
        logger.warning("the vectors of %s do not match its catalog: repairing", self.folder)
        with self._catalog.change() as db:
            self._catalog.set_pending(db, wanted - found, remove=False)
            self._catalog.set_pending(db, found - wanted, remove=True)
        self._write_vectors()

    def _see_other_processes(self) -> None:
        """Replace the vectors' client when another process has written since."""
        self._vectors  # noqa: B018 -- opened by the first use, with its generation
        generation = self._catalog.generation()
        # A snapshot may show an earlier one than the client has seen: that is no reason.
        if generation > self._generation:
            self._vectors.reopen()
            self._generation = generation

    @contextmanager
    def _writer(self) -> Iterator[None]:
        """One writer at a time, in all processes."""
        with self._writing, self._exclusive("writer.lock", timeout=0.2):
            yield

    @contextmanager
    def _exclusive(self, name: str, timeout: float) -> Iterator[None]:
        from filelock import FileLock, Timeout

        lock = FileLock(self.folder / name, timeout=timeout)
        try:
            lock.acquire()
        except Timeout:
            raise LibraryBusy(
                f"Another process is changing the library {self.folder}. "
                "Wait until it is done, then try again."
            ) from None
        try:
            yield
        finally:
            lock.release()


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


def _record(passage: Passage, article: Article) -> Record:
    day = article.published.toordinal() if article.published else 0
    return Record(passage.id, article.id, article.publisher.casefold(), day)
