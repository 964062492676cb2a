"""Large libraries: what a question costs in 1,000,000 passages against 10,000.

The libraries are made (`assistant.bench.made`) and kept in the user's cache folder; one that is too
small is gone on with. A million passages take about forty minutes on two cores, and 8 GB of disk.
WHOSAID_LARGE="10000,1000000" and WHOSAID_LARGE_FOLDER name other sizes and another folder. The
smallest size is what the largest is compared with.
"""

import json
import logging
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from itertools import islice
from pathlib import Path
from random import Random
from statistics import mean, median

import numpy as np

from assistant.bench.data import news_articles
from assistant.bench.figures import Figure
from assistant.bench.made import NEWS, Maker
from assistant.bench.sizing import bytes_in
from assistant.pipeline import Assistant
from index import keeper, narrowing
from index.article import Article
from index.encoder import Vector, shared_encoder
from index.filters import Filters, Selection
from index.folder import CATALOG
from index.keeper import FOLDER as VECTORS_IN
from index.library import Library
from index.retrieve import DEPTH
from index.words import STOP_WORDS, search_words, words

logger = logging.getLogger(__name__)

SIZES = "10000,1000000"
FOLDER = "~/.cache/whosaid/large"
BATCH = 500  # articles written in one transaction
VECTORS = 5_000  # and vectors in one call of Chroma
QUESTIONS, WARM, COMPARED = 100, 10, 20
OF_ARTICLES = 1_000  # questions are about these, which libraries of all sizes have
ADDED = 10  # articles
SEED = 10


def large(data: Path, work: Path) -> list[Figure]:
    """Time, memory and disk of made libraries of growing size, each in a process of its own."""
    root = Path(os.environ.get("WHOSAID_LARGE_FOLDER", FOLDER)).expanduser()
    sizes = sorted(int(size) for size in os.environ.get("WHOSAID_LARGE", SIZES).split(","))
    figures, found = [], []
    for size in sizes:
        folder = root / str(size)
        build(data, folder, size)
        command = [
            sys.executable,
            "-m",
            "assistant.bench.large",
            str(data),
            str(folder),
            str(QUESTIONS),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
        found.append(json.loads(done.stdout.splitlines()[-1]))
        name = f"{size:,} passages, vectors made of sentences'"
        for measure, value in found[-1].items():
            what, unit, rows = _MEASURES.get(measure, (f"{measure}, p50", "ms", COMPARED))
            most = 6 if unit == "GB" else None
            figures.append(Figure("large", f"{name}: {what}", value, unit, rows, most=most))
    for measure in ("p50", "p95"):
        ratio = found[-1][measure] / found[0][measure]
        what = f"question, {measure}, {sizes[-1]:,} passages against {sizes[0]:,}"
        figures.append(Figure("large", what, ratio, "x", QUESTIONS, most=2))
    return figures


_MEASURES = {
    "passages": ("passages", "", 1),
    "open": ("opening", "s", 1),
    "first": ("opening and the first question", "s", 1),
    "p50": ("question, p50", "ms", QUESTIONS),
    "p95": ("question, p95", "ms", QUESTIONS),
    "memory": ("memory of the process that asks, peak", "GB", QUESTIONS),
    "catalog": ("catalog on disk", "GB", 1),
    "vectors": ("vectors on disk", "GB", 1),
    "add": (f"{ADDED} articles added", "s", ADDED),
    "remove": ("an article removed", "s", ADDED),
    "close": ("closing after a change", "s", 1),
    "said": ("1,000 newest denials listed", "s", 1),
    "disputes": ("disputes", "s", 1),
    "titles": ("an article looked for by its title", "s", 1),
    "recall": ("nearest 100 by vectors, of the true ones", "%", COMPARED),
    "recall, a month": ("nearest by vectors in a month, of the true ones", "%", COMPARED),
    "recall, an outlet": ("nearest by vectors in an outlet, of the true ones", "%", COMPARED),
    "words": ("first 10 by words, as when every passage is scored", "%", COMPARED),
}
Narrow = Callable[[Article], Selection]
FILTERS: dict[str, Narrow] = {
    "of an article": lambda article: {"articles": [article.id]},
    "of a day": lambda article: {"since": article.published, "until": article.published},
    "of a month": lambda article: _month(article),
    "of a small outlet": lambda _: {"publishers": ["Local 7"]},
    "of a large outlet": lambda _: {"publishers": ["nyt"]},
    "of five years": lambda _: {"since": "2020-01-01"},
}


def _month(article: Article) -> Selection:
    first = (article.published or date.today()).replace(day=1)
    return {"since": first, "until": first.replace(day=28)}


# Making them


def build(data: Path, place: str | Path, passages: int, server: str | None = None) -> None:
    """Write a library of made articles, or go on with one: at least so many passages.

    Args:
        place, server: a folder; or the address of a database, and of a Chroma server.

    Sentences and attributions are not found again, the articles come with them; all else is the
    way of `Library.add`: the catalog and the list of vectors to be written in one transaction, then
    the vectors, only in larger batches. A kill costs no more than a batch; its vectors the network
    makes when the library is opened again.
    """
    maker: Maker | None = None
    batch_size = keeper.WRITE_BATCH
    keeper.WRITE_BATCH = VECTORS
    try:
        with Library(place, vectors=server) as library, library._home.writer():
            catalog = library._catalog
            number, there = len(library), catalog.passage_count()
            while there < passages:
                maker = maker or Maker(data, shared_encoder())
                made: dict[str, Vector] = {}
                with catalog.change() as db:
                    for new in map(maker.make, range(number, number + BATCH)):
                        catalog.insert(
                            db, new.article, new.sentences, new.passages, new.attributions
                        )
                        catalog.set_source(db, new.article.source, new.article.id)
                        made |= new.vectors_by_id()
                        number, there = number + 1, there + len(new.passages)
                        if there >= passages:
                            break
                library._vectors.write(made)
                logger.info("%d articles, %d passages", number, there)
    finally:
        keeper.WRITE_BATCH = batch_size


# Measuring them


def _measure(data: Path, folder: Path, questions: int) -> dict[str, float]:
    """All of one library, in this process; the keys are those of `_MEASURES`, or of questions."""
    shared_encoder().encode(["warm"])
    found: dict[str, float] = {}
    with _timed(found, "first"):
        with _timed(found, "open"):
            assistant = Assistant.open(folder)
        assistant.ask("Who denied what?")
    with assistant:
        library = assistant.library
        found["passages"] = library._catalog.passage_count()
        asked = list(islice(made_questions(library), questions))
        found |= ask_alone(assistant, [question for question, _ in asked])
        found["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9
        for name, narrow in FILTERS.items():
            times = [_seconds(assistant.ask, q, **narrow(a)) for q, a in asked[:COMPARED]]
            found[f"question {name}"] = 1e3 * median(times)
        with _timed(found, "said"):
            assistant.said(act="deny") if library.large else assistant.said(act="deny")[:1_000]
        with _timed(found, "disputes"):
            assistant.disputes()
        with _timed(found, "titles"):
            wanted = asked[0][1].title
            sum(title == wanted for _, title, _ in library.titles())
        found |= _right(library, asked[:COMPARED])
        articles = [
            replace(article, title=f"Added: {article.title}", source=f"added/{n}")
            for n, article in enumerate(news_articles(data, NEWS)[:ADDED])
        ]
        with _timed(found, "add"):
            assistant.add(*articles)
        with _timed(found, "remove"):
            assistant.remove(articles[0].id)
        for article in articles[1:]:
            assistant.remove(article.id)
        with _timed(found, "close"):
            assistant.close()
    found["catalog"] = bytes_in(folder / CATALOG) / 1e9
    found["vectors"] = bytes_in(folder / VECTORS_IN) / 1e9
    return found


def ask_alone(assistant: Assistant, questions: Sequence[str]) -> dict[str, float]:
    """Milliseconds of a question, "p50" and "p95", after some that warm up."""
    for question in questions[:WARM]:
        assistant.ask(question)
    seconds = [_seconds(assistant.ask, question) for question in questions]
    return {f"p{n}": 1e3 * float(np.percentile(seconds, n)) for n in (50, 95)}


def made_questions(library: Library) -> Iterator[tuple[str, Article]]:
    """Questions about what is said in articles that all sizes have, each with its article."""
    rng = Random(SEED)  # noqa: S311 -- the same ones each time
    articles = min(OF_ARTICLES, len(library))
    while True:
        article_id = library._catalog.source(f"made/{rng.randrange(articles)}") or ""
        article = library.article(article_id)
        said = [a for a in library.attributions(Filters.of([article_id])) if a.content]
        one = rng.choice(said) if said else None
        if one is None or not one.speaker[:1].isupper() or len(one.speaker.split()) > 5:
            continue
        content = " ".join(article.text[slice(*one.content[0])].split())
        rarest = sorted({w for w in words(content) if w not in STOP_WORDS}, key=len)[-2:]
        template = rng.choice(
            (
                f"What did {one.speaker} say about {' '.join(rarest)}?",
                f"Who said that {' '.join(content.split()[:10])}?",
                f"What did {one.speaker} {'deny' if one.act == 'deny' else 'want'}?",
                f"When did {one.speaker} speak of {' and '.join(rarest)}?",
            )
        )
        yield template, article


def _right(library: Library, asked: Sequence[tuple[str, Article]]) -> dict[str, float]:
    """Shares of what is found that is found when everything is compared, each over questions."""
    questions = [question for question, _ in asked]
    filters = {
        "recall": Filters(),
        "recall, a month": Filters.of(**_month(asked[0][1])),
        "recall, an outlet": Filters.of(publishers=["nyt"]),
    }
    allowed = {
        name: {i for i, *_ in library.titles(narrowed)} for name, narrowed in filters.items()
    }
    exact = _exact(library, questions, allowed)
    found = {}
    for name, narrowed in filters.items():
        shares = []
        for question, true in zip(questions, exact[name], strict=True):
            ids = library.search_vectors(question, DEPTH, narrowed)
            shares.append(len({*ids} & {*true[: len(ids)]}) / max(len(ids), 1))
        found[name] = 100 * mean(shares)
    bounded = [library.search_words(search_words(q), 10, Filters()) for q in questions]
    large, narrowing.LARGE = narrowing.LARGE, sys.maxsize
    whole = [library.search_words(search_words(q), 10, Filters()) for q in questions]
    narrowing.LARGE = large
    pairs = zip(bounded, whole, strict=True)
    found["words"] = 100 * mean(len({*one} & {*all_}) / max(len(all_), 1) for one, all_ in pairs)
    return found


def _exact(
    library: Library, questions: Sequence[str], allowed: dict[str, set[str]]
) -> dict[str, list[list[str]]]:
    """The truly nearest passages of each question, among the articles of each name."""
    asked = shared_encoder().encode(questions)
    best: dict[str, list[list[tuple[float, str]]]] = {n: [[] for _ in questions] for n in allowed}
    ids = iter(library.passage_ids())
    while some := list(islice(ids, VECTORS)):
        found = library.vectors(some)
        likeness = asked @ np.array([*found.values()], np.float32).T
        names = [*found]
        for name, articles in allowed.items():
            inside = np.array([i.rpartition("-")[0] in articles for i in names])
            for kept, row in zip(best[name], np.where(inside, likeness, -1), strict=True):
                few = np.argsort(row)[-DEPTH:]
                new = ((float(row[n]), names[n]) for n in few if inside[n])
                kept[:] = sorted([*kept, *new])[-DEPTH:]
    return {
        name: [[i for _, i in reversed(kept)] for kept in lists] for name, lists in best.items()
    }


@contextmanager
def _timed(found: dict[str, float], name: str) -> Iterator[None]:
    started = time.perf_counter()
    yield
    found[name] = time.perf_counter() - started


def _seconds(call: Callable[..., object], *given: object, **named: object) -> float:
    started = time.perf_counter()
    call(*given, **named)
    return time.perf_counter() - started


if __name__ == "__main__":
    measured = _measure(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
    sys.stdout.write(json.dumps(measured) + "\n")
