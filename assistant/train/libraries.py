"""The libraries that our own questions are asked of: one of all articles, and small ones.

Users have a dozen articles or thousands. What surrounds an answer differs: how rare a word is, how
many passages are about the same, whether another outlet tells of it. The choice and the gate are
fitted to both (`assistant.train.select`).
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from zlib import crc32

from assistant.bench.data import news_articles
from assistant.train.newsroom import OFF_TOPIC, NewsQuestion, for_reader, read_articles
from index.article import Article
from index.library import Library

SIZES = (8, 15, 25, 40)  # articles of the small ones


@contextmanager
def news_library(data: Path, kept: Path | None = None) -> Iterator[Library]:
    """A library of the articles that our own questions are about.

    Args:
        data: the folder with attribution_train.
        kept: where to make it, or to find it made; None: for the time being.
    """
    with TemporaryDirectory() as made, Library(kept or made) as library:
        library.add(*_all_articles(data))
        yield library


@contextmanager
def small_libraries(data: Path, kept: Path | None = None) -> Iterator[list[Library]]:
    """Libraries of `SIZES` articles each, of those that the reader is not trained on.

    Arguments as for `news_library`; `kept` is a folder of folders.
    """
    held = [a for a in _all_articles(data) if not for_reader(a.source)]
    held.sort(key=lambda article: crc32(article.source.encode()))
    with TemporaryDirectory() as made, ExitStack() as stack:
        libraries = []
        for number, some in enumerate(_groups(held)):
            library = stack.enter_context(Library((kept or Path(made)) / str(number)))
            library.add(*some)
            libraries.append(library)
        yield libraries


def dealt(
    asked: Sequence[NewsQuestion], large: Library, small: Sequence[Library]
) -> list[tuple[Library, list[NewsQuestion]]]:
    """Which questions to ask of which library: by chance, half of them of a small one.

    Casual ones, whose few words leave more articles to be meant than their own, are all asked of
    the small ones; one that no article is about of any.
    """
    held = {article.source: n for n, each in enumerate(small) for article in each.articles()}
    of_large: list[NewsQuestion] = []
    of_small: list[list[NewsQuestion]] = [[] for _ in small]
    for question in asked:
        chance = crc32(f"{question.article} {question.question}".encode())
        of_any = question.kind == OFF_TOPIC
        at = chance // 2 % len(small) if of_any else held[question.article]
        (of_small[at] if chance % 2 or question.casual else of_large).append(question)
    return [(large, of_large), *zip(small, of_small, strict=True)]


def _all_articles(data: Path) -> list[Article]:
    return [*news_articles(data, "attribution_train"), *read_articles()]


def _groups(articles: Sequence[Article]) -> Iterator[Sequence[Article]]:
    at = 0
    for size in cycle(SIZES):
        if at >= len(articles):
            return
        yield articles[at : at + size]
        at += size
