"""Shared by all tests: real components, small articles written for them."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest

from assistant.bench.servers import Chroma, Postgres, postgres_programs
from assistant.cli import main
from assistant.extract import Candidate, Features
from assistant.pipeline import Assistant
from assistant.said import touching
from index import apart
from index.acts import act_of
from index.article import Article, Attribution, Passage, Sentence, Span
from index.attribution import Tagger
from index.encoder import cache_folder
from index.filters import Filters
from index.library import Library
from index.network import OnnxNetwork, Output
from index.retrieve import Hit

ARTICLES = Path(__file__).parent / "articles"

FERRY = Article(
    text=(
        "The ferry Alba sank off Port Merrin on Sunday, killing nine people.\n\n"
        "Harbour chief Ines Tolland denied that the ship had been overloaded. "
        '"We counted every passenger. There were 212 on board," Tolland said.\n\n'
        "The seamen's union accused the operator of ignoring two warnings about the pumps."
    ),
    title="Nine dead as ferry sinks off Port Merrin",
    publisher="Coast Courier",
    published=date(2026, 3, 2),
    url="https://coast.example.org/ferry",
    source="ferry.txt",
)
BUDGET = Article(
    text=(
        "The council of Wexholm approved a budget of 48 million crowns on Tuesday.\n\n"
        "Mayor Pia Lindqvist promised that no school would close. "
        "The opposition warned that the reserve would be used up by 2028."
    ),
    title="Wexholm passes budget",
    publisher="Wexholm Post",
    published=date(2026, 5, 19),
    source="budget.txt",
)
UNDATED = Article(
    text="A comet was seen over the Tarn valley. Farmers said that it was green.",
    title="Comet over the Tarn valley",
    source="comet.txt",
)

# They run again what other tests have run, a thousand times: tracing each line of it takes as long.
UNTRACED = (
    "golden",
    "test_golden",
    "test_hostile",
    "test_verify",
    "test_sentences",
    "test_fuzzing",
)

# Coverage traces the processes that these start; others, each of which imports all of the product
# again, would take twice as long.
READ_APART = ("test_apart", "test_documents", "test_load")
TRACED = "COVERAGE_PROCESS_CONFIG"


@pytest.fixture(scope="session")
def traced() -> str | None:
    """What tells processes to be traced; None where nothing is."""
    return os.environ.pop(TRACED, None)


@pytest.fixture(scope="module", autouse=True)
def documents_are_traced(request: pytest.FixtureRequest, traced: str | None) -> Iterator[None]:
    """The process that reads documents starts and ends with the tests that are of it."""
    if traced is None or request.path.stem not in READ_APART:
        yield
        return
    apart.end()
    os.environ[TRACED] = traced
    yield
    apart.end()
    del os.environ[TRACED]


compute = OnnxNetwork.__call__


@lru_cache(maxsize=1000)  # 150 KB each
def computed(network: OnnxNetwork, ids: bytes, types: bytes) -> Output:
    return compute(network, *(np.frombuffer(each, np.int64)[None] for each in (ids, types)))


@pytest.fixture(scope="session", autouse=True)
def no_text_is_read_twice() -> Iterator[None]:
    """What the network makes of a text depends on it alone: hundreds of tests ask the same."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            OnnxNetwork,
            "__call__",
            lambda self, ids, types: computed(self, ids.tobytes(), types.tobytes()),
        )
        yield


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent.name in UNTRACED or item.path.stem in UNTRACED:
            item.add_marker(pytest.mark.no_cover)


def project_environment(folder: Path) -> dict[str, str]:
    """For programs in a project of its own: libraries are kept in its folder.

    The int8 model, which was made once, is not made again. And pytest has no plugins of our tests,
    whose import takes five seconds.
    """
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("COV_", "PYTEST_"))}
    return kept | {
        "XDG_CACHE_HOME": str(folder / "cache"),
        "WHOSAID_CACHE": str(cache_folder()),
        "PYTEST_ADDOPTS": "-p no:schemathesis -p no:hypothesispytest",
    }


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    """Three articles: two outlets with dates, one without either."""
    with Library(tmp_path / "library") as library:
        library.add(FERRY, BUDGET, UNDATED)
        yield library


@dataclass
class Servers:
    """PostgreSQL and Chroma, for libraries on servers."""

    postgres: Postgres
    chroma: Chroma
    count: int = 0

    @property
    def vectors(self) -> str:
        return self.chroma.address

    def database(self) -> str:
        """The address of a new library."""
        self.count += 1
        return self.postgres.create(f"news{self.count}")


@contextmanager
def running_servers() -> Iterator[Servers]:
    """Real ones. In CI a missing PostgreSQL fails the tests instead of skipping them.

    Not in pytest's own folders, which only root may enter when root tests: PostgreSQL is another.
    """
    if postgres_programs() is None and not os.environ.get("CI"):
        pytest.skip("there is no PostgreSQL: apt-get install postgresql")
    with (
        TemporaryDirectory(prefix="whosaid-") as postgres,
        TemporaryDirectory(prefix="whosaid-") as chroma,
        Postgres(Path(postgres)) as one,
        Chroma(Path(chroma)) as other,
    ):
        yield Servers(one, other)


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """PostgreSQL and Chroma, for all tests that leave them running."""
    with running_servers() as found:
        yield found


@pytest.fixture(scope="session")
def newsroom(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """The sample articles, added once for all tests that only read."""
    with Assistant.open(tmp_path_factory.mktemp("newsroom")) as assistant:
        report = assistant.add(ARTICLES)
        assert not report.failed
        yield assistant


@pytest.fixture(scope="session")
def address(newsroom: Assistant) -> Iterator[str]:
    """Where the interfaces for programs are served, with the sample articles."""
    from assistant.server.api import api
    from assistant.server.serving import listen

    with listen(api(newsroom), "127.0.0.1", 0) as server:
        yield server.url


@pytest.fixture
def article() -> Callable[..., Article]:
    """Makes an article from a text; other fields by name."""

    def make(text: str, **fields: object) -> Article:
        return Article(**({"title": "Title", "text": text} | fields))

    return make


@dataclass(frozen=True)
class Result:
    """What a command printed, and how it ended."""

    code: int
    out: str
    err: str


Run = Callable[..., Result]


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Runs `whosaid` in this process and in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(
        "XDG_CONFIG_HOME", str(tmp_path / "none")
    )  # whoever runs this may have settings

    def run(*arguments: str | Path) -> Result:
        capfd.readouterr()
        with pytest.raises(SystemExit) as exit_:
            main([str(argument) for argument in arguments])
        captured = capfd.readouterr()
        assert isinstance(exit_.value.code, int)
        return Result(exit_.value.code, captured.out, captured.err)

    return run


@dataclass(frozen=True)
class Saying:
    """Who said what at one place, in the words of an article.

    Attributes:
        place: a stretch of an article in which the other words are looked for.
        content: may be in several pieces.
        speaker: the source's own words when "".
    """

    place: str
    source: str
    cue: str
    content: str | tuple[str, ...] = ()
    speaker: str = ""
    role: str = ""

    def of(self, article: Article) -> Attribution | None:
        """The attribution; None in an article that does not have the place."""
        if self.place not in article.text:
            return None
        pieces = (self.content,) if isinstance(self.content, str) else self.content
        act, negated = act_of(self.cue, " ".join(pieces), self.source)
        speaker = self.speaker or self.source
        return Attribution(
            article_id=article.id,
            number=0,
            source=(self._span(article, self.source),) if self.source else (),
            cue=self._span(article, self.cue),
            content=tuple(self._span(article, piece) for piece in pieces),
            act=act,
            negated=negated,
            speaker=speaker,
            named=span(article, speaker) if speaker else None,
            role=self.role,
        )

    def _span(self, article: Article, words: str) -> Span:
        start = article.text.index(self.place) + self.place.index(words)
        return start, start + len(words)


class ScriptedTagger(Tagger):
    """Finds what it is told."""

    def __init__(self, *sayings: Saying) -> None:
        super().__init__()
        self._sayings = sayings

    def find(
        self, article: Article, sentences: Sequence[Sentence], runs: Sequence[tuple[int, int]]
    ) -> tuple[Attribution, ...]:
        found = [a for a in (saying.of(article) for saying in self._sayings) if a]
        found.sort(key=lambda a: a.spans[0])
        return tuple(replace(a, number=number) for number, a in enumerate(found))


def span(article: Article, words: str) -> Span:
    """Where some words stand first."""
    start = article.text.index(words)
    return start, start + len(words)


def candidate(
    library: Library, article: Article, sentence: str, answer: str = "", **features: float
) -> Candidate:
    """A sentence, found by how it begins, as if it was read with this answer (all of it)."""
    sentences = library.sentences(article.id)
    at = article.text.index(sentence)
    number = next(n for n, s in enumerate(sentences) if s.start <= at < s.end)
    own = sentences[number]
    start = article.text.index(answer, own.start) if answer else own.start
    stop = start + len(answer) if answer else own.stop
    passage = Passage(article.id, 0, 0, len(sentences), 0, len(article.text))
    attributions = tuple(library.attributions(Filters.of(articles=[article.id])))
    return Candidate(
        hit=Hit(passage, article.text, 1.0),
        article=article,
        number=number,
        sentence=own,
        answer=(start, stop),
        sayings=tuple(touching(attributions, (own.start, own.stop))),
        features=Features(**(dict.fromkeys(Features.__dataclass_fields__, 0.0) | features)),
        probability=0.9,
    )
