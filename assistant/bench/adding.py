"""How fast, and in how much memory, articles are added; and how fast questions are."""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

import numpy as np

from assistant.bench import stock
from assistant.bench.data import news_articles, read_rows
from assistant.bench.figures import Figure
from assistant.pipeline import PASSAGES, Assistant
from index.article import Article, Attribution, Sentence
from index.attribution import Tagger
from index.library import Library
from index.retrieve import retrieve

RUNS = 3  # of each pipeline, in turn; the median ratio of the pairs counts
NEWS = "attribution_train"


def adding(data: Path, work: Path) -> list[Figure]:
    """All articles of attribution_train, ours and the stock pipeline in turn, a process each."""
    pairs = [
        (_measured("ours", data, work / f"add-{n}"), _measured("stock", data, work / f"stock-{n}"))
        for n in range(RUNS)
    ]
    articles = len(news_articles(data, NEWS))
    ratio = median(stock["seconds"] / ours["seconds"] for ours, stock in pairs)
    figures = [
        Figure("add", "times as fast as the stock pipeline", ratio, "x", articles, least=2.5),
        Figure(
            "add", "peak memory", max(o["bytes"] for o, _ in pairs) / 1e9, "GB", articles, most=1.5
        ),
        Figure(
            "add", "peak memory, stock", max(s["bytes"] for _, s in pairs) / 1e9, "GB", articles
        ),
    ]
    plain = [_measured("plain", data, work / f"plain-{n}") for n in range(RUNS)]
    ratio = median(p["seconds"] for p in plain) / median(o["seconds"] for o, _ in pairs)
    measure = "articles a second with attributions, against without"
    figures.append(Figure("add", measure, ratio, "x", articles, least=0.5))
    for name, runs in (("ours", [o for o, _ in pairs]), ("stock", [s for _, s in pairs])):
        rate = articles / median(run["seconds"] for run in runs)
        figures.append(Figure("add", f"articles a second, {name}", rate, "", articles))
    return figures


def _measured(which: str, data: Path, folder: Path) -> dict[str, float]:
    """Seconds and peak bytes of one add, in a process of its own (imports not counted)."""
    command = [sys.executable, "-m", "assistant.bench.adding", which, str(data), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


class NoTagger(Tagger):
    """Finds nothing, at once."""

    def find(
        self, article: Article, sentences: Sequence[Sentence], runs: Sequence[tuple[int, int]]
    ) -> tuple[Attribution, ...]:
        return ()


def _add(which: str, data: Path, folder: Path) -> None:
    """What the measured process does. Both pipelines have their model loaded before the clock."""
    articles = news_articles(data, NEWS)
    add: Callable[[], object]
    if which in ("ours", "plain"):
        library = Library(folder, tagger=NoTagger() if which == "plain" else None)
        library.encoder.encode(["warm"])
        library.tagger.relations("warm")
        add = lambda: library.add(*articles)  # noqa: E731
    else:
        warm = stock.build(articles[:1], folder / "warm")
        warm.retrieve("warm")
        add = lambda: stock.build(articles, folder)  # noqa: E731
    started = time.perf_counter()
    add()
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    sys.stdout.write(json.dumps({"seconds": seconds, "bytes": peak}) + "\n")


def asking(data: Path, work: Path) -> list[Figure]:
    """Warm questions (newsroom_dev, 84 + 840 articles), against one bare query embedding."""
    questions = [row["question"] for row in read_rows(data, "newsroom_dev")]
    with Assistant.open(work / "asking") as assistant:
        assistant.add(*news_articles(data, NEWS), *news_articles(data, "attribution_dev"))
        encoder = assistant.library.encoder
        ask = _times(assistant.ask, questions)
        embed = median(_times(lambda question: encoder.encode([question]), questions))
        reader = TorchReader()
        slow = _times(lambda question: _read_in_torch(assistant, reader, question), questions)
    count = len(questions)
    figures = [Figure("ask", "one query embedding, p50", embed * 1e3, "ms", count)]
    for share in (50, 95):
        value = float(np.percentile(ask, share))
        figures.append(Figure("ask", f"question, p{share}", value * 1e3, "ms", count))
        figures.append(Figure("ask", f"question, p{share}", value / embed, "x embedding", count))
        other = float(np.percentile(slow, share))
        measure = f"question, p{share}, ten passages read in fp32 torch"
        figures.append(Figure("ask", measure, other * 1e3, "ms", count))
        measure = f"times as fast as with fp32 torch, p{share}"
        figures.append(Figure("ask", measure, other / value, "x", count, least=2.5))
    return figures


class TorchReader:
    """The reader's network in fp32 torch, all passages in one padded batch.

    For its speed only: the weights are those that training starts from.
    """

    def __init__(self) -> None:
        from assistant.train.network import Network

        self._network = Network().eval()
        self._network.start_from_encoder()

    def read(self, question: str, passages: Sequence[str]) -> None:
        """Read the passages, forget what was found."""
        import torch

        from assistant.train.batches import collate, question_rows
        from assistant.train.examples import Example

        batch = collate(question_rows([Example(question, passage, None) for passage in passages]))
        with torch.inference_mode():
            self._network(batch.ids, batch.mask, batch.types)


def _read_in_torch(assistant: Assistant, reader: TorchReader, question: str) -> None:
    """Retrieve, and read the same ten passages, without what else an answer takes."""
    hits = retrieve(assistant.library, question, PASSAGES)
    reader.read(question, [hit.text for hit in hits])


def package(data: Path, work: Path) -> list[Figure]:
    """What installs: the files of the packages, weights included."""
    root = Path(__file__).parents[2]
    files = [
        path
        for name in ("assistant", "index", "prompts")
        for path in (root / name).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    ]
    size = sum(path.stat().st_size for path in files) / 1e6
    return [Figure("package", "on disk, weights included", size, "MB", len(files), most=30)]


def _times(call: Callable[[str], object], questions: list[str]) -> list[float]:
    """Seconds of each call, after one round to warm up."""
    for question in questions[:20]:
        call(question)
    seconds = []
    for question in questions:
        started = time.perf_counter()
        call(question)
        seconds.append(time.perf_counter() - started)
    return seconds


if __name__ == "__main__":
    _add(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
