"""Shared by all tests: real components, small articles written for them."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from assistant.pipeline import Assistant
from index.article import Article
from index.library import Library

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


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    """Three articles: two outlets with dates, one without either."""
    with Library(tmp_path / "library") as library:
        library.add(FERRY, BUDGET, UNDATED)
        yield library


@pytest.fixture(scope="session")
def newsroom(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """The sample articles, added once for all tests that only read."""
    with Assistant.open(tmp_path_factory.mktemp("newsroom")) as assistant:
        report = assistant.add(ARTICLES)
        assert not report.failed
        yield assistant


@pytest.fixture
def article() -> Callable[..., Article]:
    """Makes an article from a text; other fields by name."""

    def make(text: str, **fields: object) -> Article:
        return Article(**({"title": "Title", "text": text} | fields))

    return make
