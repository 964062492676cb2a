"""Adding with Ray: how much faster two workers are than one, and what kills cost.

5,000 articles, three times; WHOSAID_RAY_ARTICLES names another number.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from shutil import rmtree

from assistant.bench.data import news_articles
from assistant.bench.figures import Figure
from assistant.bench.harm import contents
from index.article import Article
from index.library import Library

NEWS = "attribution_train"
ARTICLES = 5_000
KILLS = 10  # of a worker, and of whoever adds
KILLED = 120  # articles that are added then, three batches
SEED = 13
MODES = {"the plain command": 0, "1 worker": 1, "2 workers": 2}  # processors for Ray


def parallel(data: Path, work: Path) -> list[Figure]:
    """The same articles added by the plain command, one worker and two; then what is killed."""
    articles = int(os.environ.get("WHOSAID_RAY_ARTICLES", ARTICLES))
    seconds, starts = {}, {}
    for name, workers in MODES.items():
        adding = _Adding(data, work / name, articles, workers)
        starts[name], seconds[name] = adding.begin(), adding.end()
    figures = [
        Figure("ray", f"articles a second, {name}", articles / seconds[name], "", articles)
        for name in MODES
    ]
    ratio = seconds["1 worker"] / seconds["2 workers"]
    figures += [
        Figure("ray", "2 workers, times as fast as 1", ratio, "x", articles, least=1.7),
        Figure("ray", "until 2 workers have begun", starts["2 workers"], "s", 1),
    ]
    wanted = contents(work / "the plain command")
    same = [contents(work / name) == wanted for name in MODES if MODES[name]]
    measure = "libraries as the plain command's: ids, texts, attributions, vectors"
    figures.append(Figure("ray", measure, sum(same), "", len(same), least=len(same)))
    return figures + list(_killing(data, work))


def _killing(data: Path, work: Path) -> Iterator[Figure]:
    undisturbed = _Adding(data, work / "undisturbed", KILLED, 2)
    undisturbed.begin()
    seconds = undisturbed.end()
    wanted = contents(work / "undisturbed")
    moments = random.Random(SEED)  # noqa: S311
    whole = cut = 0
    while cut < KILLS:
        adding = _Adding(data, work / f"worker-{cut}", KILLED, 2)
        adding.begin()
        time.sleep(moments.uniform(0, seconds))
        if found := workers(adding.process.pid):  # else it has ended: another moment
            os.kill(moments.choice(found), signal.SIGKILL)
            cut += 1
        adding.end()
        whole += bool(found) and contents(adding.folder) == wanted
        rmtree(adding.folder)
    measure = "a worker killed while it adds: the library as undisturbed"
    yield Figure("ray", measure, whole, "", KILLS, least=KILLS)
    whole = cut = 0
    while cut < KILLS:
        adding = _Adding(data, work / f"writer-{cut}", KILLED, 2)
        adding.begin()
        time.sleep(moments.uniform(0, seconds))
        adding.process.kill()
        adding.process.wait()
        with Library(adding.folder) as library:
            sound = library.check() == ()
            ended = len(library) == KILLED
        if ended:  # too late: another moment
            rmtree(adding.folder)
            continue
        cut += 1
        again = _Adding(data, adding.folder, KILLED, 2)
        again.begin()
        again.end()
        whole += sound and contents(adding.folder) == wanted
        rmtree(adding.folder)
    measure = "whoever adds killed, then added again: the library as undisturbed"
    yield Figure("ray", measure, whole, "", KILLS, least=KILLS)


class _Adding:
    """An add in a process of its own."""

    def __init__(self, data: Path, folder: Path, count: int, workers: int) -> None:
        """Args: workers: that Ray has, 0 for the plain command."""
        self.folder = folder
        mode = "auto" if workers else "plain"
        command = [sys.executable, "-m", __name__, mode, str(data), str(folder), str(count)]
        self._started = time.perf_counter()
        self.process = subprocess.Popen(  # noqa: S603
            command,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ
            | {
                "RAY_OVERRIDE_RESOURCES": json.dumps({"CPU": workers}),
                "RAY_worker_niceness": "0",  # else 15, and the plain command goes before them
            },
        )

    def begin(self) -> float:
        """Wait for the first article; the seconds until then, those of loading not counted."""
        assert self.process.stdout  # noqa: S101
        self.process.stdout.readline()
        started = time.perf_counter()
        self.process.stdout.readline()
        self._started = time.perf_counter()
        return self._started - started

    def end(self) -> float:
        """Wait for the last article; the seconds since the first."""
        assert self.process.stdout  # noqa: S101
        ended = self.process.stdout.readline()
        seconds = time.perf_counter() - self._started
        if self.process.wait() or not ended:
            raise RuntimeError(f"adding to {self.folder} failed by itself")
        return seconds


def _add(ray: str | None, data: Path, folder: Path, count: int) -> None:
    """What that process does. It tells when it is ready, at the first article and at the end."""

    def progress(done: int, source: str) -> None:
        if done == 1:
            tell("begun")

    def tell(what: str) -> None:
        sys.stdout.write(what + "\n")
        sys.stdout.flush()

    with Library(folder) as library:
        library.encoder.encode(["warm"])
        library.tagger.relations("warm")
        articles = list(many(data, count))
        tell("ready")
        library.add(*articles, ray=ray, progress=progress)
        tell("ended")


def many(data: Path, count: int) -> Iterator[Article]:
    """Articles of the news, again and again with another title and another first sentence."""
    news = news_articles(data, NEWS)
    for number in range(count):
        article = news[number % len(news)]
        if turn := number // len(news):
            yield replace(
                article,
                title=f"{article.title} ({turn})",
                text=f"This is version {turn} of the story. {article.text}",
                source=f"{article.source} ({turn})",
            )
        else:
            yield article


def below(pid: int) -> list[int]:
    """The processes that a process has started, and those that they have."""
    parents = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has ended
        parents[int(status.parent.name)] = int(fields[1])
    found = [pid]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found[1:]


def workers(pid: int | None = None) -> list[int]:
    """The workers of a process's Ray cluster, this one's when None, in the order of their start."""
    return sorted(one for one in below(pid or os.getpid()) if _title(one).startswith("ray::Worker"))


def _title(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
    except OSError:
        return ""


if __name__ == "__main__":
    _add(
        None if sys.argv[1] == "plain" else sys.argv[1],
        Path(sys.argv[2]),
        Path(sys.argv[3]),
        int(sys.argv[4]),
    )
