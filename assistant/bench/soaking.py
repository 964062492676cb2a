"""Half an hour of work for one server: 10 people ask without a break, an agency's wire comes in.

Nothing may fail, and memory may not grow: what it has after the warm-up is what it keeps.
"""

import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from threading import Event, Thread

import httpx
import numpy as np

from assistant.bench.data import news_articles, read_rows
from assistant.bench.figures import Figure
from assistant.bench.parallel import many
from assistant.bench.serving import NEWS, Running, chat_page, people_asking, record, stop, torn
from assistant.pipeline import Assistant
from index.article import Article

MINUTES, WARM = 30.0, 5.0  # in all, and until memory is first looked at
PEOPLE = 10
AT_FIRST = 640  # articles; the rest of the news comes in, then it again as changed stories
EVERY = 2.0  # seconds between two articles of the wire
LOOKED = 1.0  # seconds between two looks at memory
GROWTH = 5  # per cent


def soaking(data: Path, work: Path) -> list[Figure]:
    """See the module."""
    questions = [row["question"] for row in read_rows(data, "newsroom_dev")]
    at_first = min(AT_FIRST, len(news_articles(data, NEWS)))
    folder = work / "soaking"
    with Assistant.open(folder) as assistant:
        assistant.add(*many(data, at_first))
    wire = islice(many(data, at_first + round(MINUTES * 60 / EVERY)), at_first, None)
    with chat_page(folder) as server:
        figures = list(_soaked(server, questions, wire, at_first))
    with Assistant.open(folder) as assistant:
        problems = len(assistant.library.check())
    figures.append(Figure("soak", "problems of the library afterwards", problems, "", 1, most=0))
    return figures


class _Wire(Thread):
    """Adds an article every few seconds, until told to stop or there are no more."""

    def __init__(self, url: str, articles: Iterator[Article]) -> None:
        super().__init__(daemon=True)
        self.url, self.articles, self.stopped = url, articles, Event()
        self.added, self.errors = 0, list[str]()

    def run(self) -> None:
        with httpx.Client(base_url=self.url, timeout=120) as client:
            for article in self.articles:
                try:
                    reply = client.post("/api/articles", json={"articles": [record(article)]})
                    failed = reply.raise_for_status().json()["failed"]
                    self.errors += [str(one) for one in failed]
                    self.added += not failed
                except httpx.HTTPError as error:
                    self.errors.append(str(error))
                if self.stopped.wait(EVERY):
                    break


def _soaked(
    server: Running, questions: Sequence[str], articles: Iterator[Article], at_first: int
) -> Iterator[Figure]:
    people = people_asking(server.url, questions, PEOPLE)
    wire = _Wire(server.url, articles)
    for one in (*people, wire):
        one.start()
    began, memory = time.monotonic(), list[tuple[float, int]]()
    while (passed := time.monotonic() - began) < MINUTES * 60:
        memory.append((passed / 60, server.memory))
        time.sleep(LOOKED)
    stop(people)
    wire.stopped.set()
    wire.join()
    asked = sum(len(person.seconds) for person in people)
    with httpx.Client(base_url=server.url, timeout=120) as client:
        there = client.get("/api/health").json()["articles"]
        wrong = torn(client, [answer for person in people for answer in person.answers])
    # A minute each, or what there is of a shorter run.
    minute = min(1.0, (MINUTES - WARM) / 2)
    early = [size for passed, size in memory if WARM <= passed < WARM + minute]
    late = [size for passed, size in memory if passed >= MINUTES - minute]
    warm, end = float(np.mean(early)), float(np.mean(late))
    told = f"{PEOPLE} people and a wire"
    errors = sum(len(person.errors) for person in people)
    yield Figure("soak", f"{told}: minutes", MINUTES, "", 1)
    yield Figure("soak", f"{told}: errors of questions", errors, "", asked, most=0)
    yield Figure("soak", f"{told}: errors of adding", len(wire.errors), "", wire.added, most=0)
    yield Figure("soak", f"{told}: citations that do not stand", wrong, "", asked, most=0)
    yield Figure("soak", f"{told}: articles there", there, "", wire.added, at_first + wire.added)
    yield Figure("soak", f"{told}: memory after the warm-up", warm / 1e9, "GB", len(early))
    grown = 100 * (end - warm) / warm
    yield Figure("soak", f"{told}: growth of memory", grown, "%", len(late), most=GROWTH)
