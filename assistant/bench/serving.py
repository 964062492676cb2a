"""The page and the API as people use them: how quickly they answer, alone and together.

The server is `whosaid chat` in a process of its own; the page is driven in Chromium, the API is
asked over loopback.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, Literal

import httpx
import numpy as np

from assistant.bench.data import news_articles, read_rows
from assistant.bench.figures import Figure
from assistant.bench.servers import free_port, wait_for
from assistant.pipeline import Assistant
from index.article import Article
from index.errors import WhosaidError

if TYPE_CHECKING:
    from playwright.sync_api import Page as Tab

NEWS = "attribution_train"
ADDED, ASKING = 200, 5  # articles that are added while people ask, and how many people
CROWD, SECONDS = 20, 120  # people who ask at once, and for how long
PAGE = 40  # questions asked in the page
MARGIN = 150  # milliseconds that the page may take beside the Python call
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
# From the key to the frame after the answer stands in the document.
WATCH = """() => {
    const pane = document.getElementById('conversation');
    document.addEventListener('keydown', event => {
        if (event.key === 'Enter') { window.asked = performance.now(); window.answered = null; }
    }, true);
    new MutationObserver(() => {
        if (window.answered === null && pane.querySelector('.turn .answer:not(.pending)'))
            requestAnimationFrame(() => { window.answered ??= performance.now(); });
    }).observe(pane, {childList: true, subtree: true});
}"""


def serving(data: Path, work: Path) -> list[Figure]:
    """The page alone, 20 people, and 200 articles added while 5 people ask."""
    articles = news_articles(data, NEWS)
    questions = [row["question"] for row in read_rows(data, "newsroom_dev")]
    folder = work / "serving"
    with Assistant.open(folder) as assistant:
        assistant.add(*articles[ADDED:])
    with chat_page(folder) as server:
        figures = list(_add_while_asking(server, articles, questions))
    with chat_page(folder) as server:
        with opened(server) as tab:
            ready = time.perf_counter() - server.started
            found = Figure("serve", "shell to page ready", ready, "s", len(articles), most=15)
            figures.append(found)
            with Assistant.open(folder) as assistant:
                figures += _page(assistant, tab, questions[:PAGE])
        figures += _crowd(server, questions)
    return figures


@dataclass
class Running:
    """A server in another process; `started` is when it was asked for."""

    url: str
    process: "subprocess.Popen[bytes]"
    started: float

    @property
    def memory(self) -> int:
        """Resident bytes."""
        return resident(self.process)


def resident(process: "subprocess.Popen[bytes]") -> int:
    """Bytes of a process that are in memory."""
    text = Path(f"/proc/{process.pid}/statm").read_text()
    return int(text.split()[1]) * os.sysconf("SC_PAGE_SIZE")


@contextmanager
def chat_page(folder: Path) -> Iterator[Running]:
    """`whosaid chat` on a library, once it answers."""
    port = free_port()
    started = time.perf_counter()
    command = [sys.executable, "-m", "assistant", "--library", str(folder), "chat"]
    process = subprocess.Popen(  # noqa: S603 -- our own program
        [*command, "--no-browser", "--port", str(port)], stdout=subprocess.DEVNULL
    )
    running = Running(f"http://127.0.0.1:{port}", process, started)
    try:
        wait_for(f"{running.url}/api/health", 120, process)
        yield running
    finally:
        process.terminate()
        process.wait(30)


def chromium() -> str:
    """Where the browser is, "" where there is none."""
    return os.environ.get("CHROMIUM") or shutil.which("chromium") or ""


@contextmanager
def opened(
    server: Running,
    width: int = 1360,
    height: int = 850,
    color_scheme: Literal["light", "dark"] = "light",
) -> "Iterator[Tab]":
    """The page in Chromium, once a question can be typed."""
    from playwright.sync_api import ViewportSize, sync_playwright

    if not chromium():
        raise WhosaidError("no chromium to open the page in: install it, or name it in CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        size: ViewportSize = {"width": width, "height": height}
        tab = browser.new_page(viewport=size, color_scheme=color_scheme)
        tab.goto(server.url)
        tab.locator("#question textarea").wait_for()
        yield tab
        browser.close()


def _page(assistant: Assistant, tab: "Tab", questions: Sequence[str]) -> Iterator[Figure]:
    """From Enter to the answer in the page, and the same question from Python, in turn."""
    tab.locator("button.example").first.wait_for()
    tab.evaluate(WATCH)
    calls, waits = [], []
    for question in (questions[0], *questions):  # the first one warms up
        started = time.perf_counter()
        assistant.ask(question)
        calls.append((time.perf_counter() - started) * 1e3)
        tab.locator("#question textarea").fill(question)
        tab.locator("#question textarea").press("Enter")
        tab.wait_for_function("window.answered")
        waits.append(float(tab.evaluate("window.answered - window.asked")))
        tab.get_by_role("button", name="New", exact=True).click()
        tab.locator("button.example").first.wait_for()
    call, wait = float(np.median(calls[1:])), float(np.median(waits[1:]))
    count = len(questions)
    yield Figure("serve", "Python call, p50", call, "ms", count)
    yield Figure("serve", "Enter to the short answer in the page, p50", wait, "ms", count)
    measure = "Enter to the short answer, p50, above the Python call"
    yield Figure("serve", measure, wait - call, "ms", count, most=MARGIN)


@dataclass
class Person(Thread):
    """Asks one question after another until told to stop."""

    url: str
    questions: Sequence[str]
    seconds: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    answers: list[dict[str, Any]] = field(default_factory=list)
    stopped: bool = False

    def __post_init__(self) -> None:
        super().__init__(daemon=True)

    __hash__ = Thread.__hash__

    def run(self) -> None:
        with httpx.Client(base_url=self.url, timeout=120) as client:
            while not self.stopped:
                for question in self.questions:
                    started = time.perf_counter()
                    try:
                        reply = client.post("/api/ask", json={"question": question})
                        self.answers.append(reply.raise_for_status().json())
                    except httpx.HTTPError as error:
                        self.errors.append(str(error))
                    self.seconds.append(time.perf_counter() - started)
                    if self.stopped:
                        break


def people_asking(url: str, questions: Sequence[str], count: int) -> list[Person]:
    """People who each begin somewhere else in the list."""
    step = max(1, len(questions) // count)
    return [Person(url, [*questions[n * step :], *questions[: n * step]]) for n in range(count)]


def stop(people: Sequence[Person]) -> None:
    for person in people:
        person.stopped = True
    for person in people:
        person.join()


@dataclass(frozen=True)
class Crowd:
    """How long each question took, in seconds, one person's and many people's.

    Attributes:
        memory_before: bytes, a quarter of the time after they have begun; `memory`, at the end.
    """

    alone: list[float]
    seconds: list[float]
    errors: int
    memory_before: int
    memory: int


def gather(
    url: str, questions: Sequence[str], count: int, seconds: float, memory: Callable[[], int]
) -> Crowd:
    """One person asks for a quarter of some seconds, then many people at once for all of them."""
    [alone] = people_asking(url, questions, 1)
    alone.start()
    time.sleep(seconds / 4)
    stop([alone])
    people = people_asking(url, questions, count)
    for person in people:
        person.start()
    time.sleep(seconds / 4)
    before = memory()
    time.sleep(3 * seconds / 4)
    after = memory()
    stop(people)
    took = [one for person in people for one in person.seconds]
    return Crowd(alone.seconds, took, sum(len(p.errors) for p in people), before, after)


def _crowd(server: Running, questions: Sequence[str]) -> Iterator[Figure]:
    """One person, then 20 at once for two minutes."""
    crowd = gather(server.url, questions, CROWD, SECONDS, lambda: server.memory)
    single, count = float(np.median(crowd.alone)), len(crowd.seconds)
    late = float(np.percentile(crowd.seconds, 95))
    yield Figure("serve", "one person over REST, p50", single * 1e3, "ms", len(crowd.alone))
    yield Figure("serve", f"{CROWD} people at once, errors", crowd.errors, "", count, most=0)
    yield Figure("serve", f"{CROWD} people at once, p95", late * 1e3, "ms", count)
    measure = f"{CROWD} people at once, p95 against one person's p50"
    yield Figure("serve", measure, late / single, "x", count, most=20)
    yield Figure("serve", f"{CROWD} people at once, memory", crowd.memory / 1e9, "GB", count)
    grown = (crowd.memory - crowd.memory_before) / 1e6
    measure = f"{CROWD} people at once, memory gained in the last 90 seconds"
    yield Figure("serve", measure, grown, "MB", count, most=50)


def _add_while_asking(
    server: Running, articles: Sequence[Article], questions: Sequence[str]
) -> Iterator[Figure]:
    """Articles added over REST, 20 a request, while people ask: nothing fails, nothing is torn."""
    people = people_asking(server.url, questions, ASKING)
    for person in people:
        person.start()
    errors = 0
    started = time.perf_counter()
    with httpx.Client(base_url=server.url, timeout=600) as client:
        for first in range(0, ADDED, 20):
            some = [record(article) for article in articles[first : first + 20]]
            reply = client.post("/api/articles", json={"articles": some})
            errors += reply.status_code != 200 or len(reply.json()["failed"])
        took = time.perf_counter() - started
        stop(people)
        answers = [answer for person in people for answer in person.answers]
        errors += sum(len(person.errors) for person in people)
        count_torn = torn(client, answers)
        count = client.get("/api/health").json()["articles"]
    asked = len(answers)
    measure = f"{ADDED} articles added while {ASKING} people ask"
    yield Figure("serve", f"{measure}, errors", errors, "", asked, most=0)
    yield Figure("serve", f"{measure}, citations that do not stand", count_torn, "", asked, most=0)
    yield Figure("serve", f"{measure}, articles there", count, "", asked, least=len(articles))
    yield Figure("serve", f"{measure}, articles a second", ADDED / took, "", asked)
    seconds = [one for person in people for one in person.seconds]
    yield Figure("serve", f"{measure}, answer p50", float(np.median(seconds)) * 1e3, "ms", asked)


def torn(client: httpx.Client, answers: Sequence[dict[str, Any]]) -> int:
    """Citations that are not what stands in their article."""
    cited = [c for answer in answers for c in answer["citations"]]
    texts = {
        article_id: client.get(f"/api/articles/{article_id}").json().get("text", "")
        for article_id in {c["article_id"] for c in cited}
    }
    return sum(texts[c["article_id"]][c["start"] : c["end"]] != c["sentence"] for c in cited)


def record(article: Article) -> dict[str, str]:
    """An article as the API takes it."""
    return {
        "title": article.title,
        "text": article.text,
        "publisher": article.publisher,
        "published": str(article.published or ""),
    }
