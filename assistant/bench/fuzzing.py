"""Made-up and mutated input for all that reads what others wrote: documents, questions, claims.

    python -m assistant.bench.fuzzing 3600 --seed 7 --finds fuzz-finds

Each input is made from the seed and its number alone, so that a find can be made again. A worker
works through them; whoever watches it ends it when it hangs, and starts it anew with the next
input. What counts as a crash: any error but LoadError, and a broken law (sentences tile the text,
nothing is left in it that a database or terminal would choke on).
"""

import argparse
import json
import os
import random
import resource
import socket
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NoReturn

from rich.console import Console

from assistant.answer import Citation
from assistant.bench.figures import KEPT, Figure, show
from assistant.bench.samples import TEXTS, claim, document, text
from index.apart import peak
from index.article import Article
from index.errors import LoadError
from index.sentences import split_sentences

if TYPE_CHECKING:
    from assistant.pipeline import Assistant
    from index.library import Library

SECONDS = 60.0  # of the section of `whosaid bench`; the command takes any
HANGS = 10.0  # seconds for one input
GIVEN_UP = 60.0  # seconds after which a worker is ended
MEMORY = 4_000_000_000  # bytes that a worker may take, so that a find does not end the machine
ANSWERED = 40  # one of so many questions is answered, too: that takes as long as all the others
Try = Callable[[random.Random], object]


class Broken(Exception):
    """A law does not hold."""


def fuzzing(data: Path, work: Path) -> list[Figure]:
    """The section of `whosaid bench`; what is found stays with its results."""
    return fuzz(float(os.environ.get("WHOSAID_FUZZ_SECONDS", SECONDS)), 1, work / KEPT)


def fuzz(seconds: float, seed: int, finds: Path) -> list[Figure]:
    """Fuzz for some seconds; what is found is written to a folder."""
    finds.mkdir(parents=True, exist_ok=True)
    end = time.monotonic() + seconds
    first = inputs = hangs = 0
    longest, memory = 0.0, 0
    while (left := end - time.monotonic()) > 0:
        with TemporaryDirectory(prefix="whosaid-fuzz-") as work:
            state = _watched(left, seed, first, Path(work), finds)
        inputs += state["number"] - first + 1
        first = state["number"] + 1
        longest = max(longest, state["longest"])
        memory = max(memory, state["memory"])
        hangs += state["hangs"]
    crashes = len(list(finds.glob("*.crash")))

    def figure(measure: str, value: float, unit: str = "", most: float | None = None) -> Figure:
        return Figure("fuzz", measure, value, unit, inputs, most=most)

    return [
        figure("inputs", inputs),
        figure("minutes", seconds / 60),
        figure("crashes", crashes, most=0),
        figure("hangs of more than 10 s", hangs, most=0),
        figure("longest input", longest * 1000, "ms", most=HANGS * 1000),
        figure("peak memory", memory / 1e6, "GB", most=2),
    ]


def _watched(seconds: float, seed: int, first: int, work: Path, finds: Path) -> dict[str, Any]:
    """One worker, until its time is up, it crashes or hangs."""
    progress = work / "progress"
    state = {"number": first, "longest": 0.0, "memory": 0, "hangs": 0}
    program = "from assistant.bench.fuzzing import work; work()"
    arguments = [str(seconds), str(seed), str(first), str(work), str(finds)]
    worker = subprocess.Popen([sys.executable, "-c", program, *arguments])  # noqa: S603 -- ours
    until, seen, since = time.monotonic() + seconds + GIVEN_UP, "", time.monotonic()
    while worker.poll() is None and time.monotonic() < until:
        time.sleep(0.5)
        found = progress.read_text("utf-8") if progress.is_file() else ""
        if found != seen:
            seen, since = found, time.monotonic()
        elif time.monotonic() - since > 2 * GIVEN_UP:
            break
    killed = worker.poll() is None
    if killed:
        worker.kill()
        worker.wait()
    with_progress = progress.read_text("utf-8") if progress.is_file() else ""
    if with_progress.endswith("}"):
        state |= json.loads(with_progress)
    if killed or worker.returncode:
        name = f"{seed}-{state['number']}"
        what = "hung" if killed else f"ended with {worker.returncode}"
        Path(finds, f"{name}.crash").write_text(f"the worker {what}\n", "utf-8")
        state["hangs"] += killed
    return state


# -- the worker ------------------------------------------------------------------------------------


def work() -> None:
    """Work through inputs: seconds, seed, first number, folder to work in, folder for finds."""
    seconds, seed, first = float(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    folder, finds = Path(sys.argv[4]), Path(sys.argv[5])
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    socket.getaddrinfo = _no_network
    longest, hangs = 0.0, 0
    with _tries(folder) as tries:
        end, number = time.monotonic() + seconds, first  # what loads before takes no time of it
        while time.monotonic() < end:
            state = {"number": number, "longest": longest, "memory": peak(), "hangs": hangs}
            (folder / "progress").write_text(json.dumps(state), "utf-8")
            rng = random.Random(f"{seed}-{number}")  # noqa: S311 -- seeded draws
            name = rng.choice(list(tries))
            begin = time.monotonic()
            try:
                tries[name](rng)
            except Exception:  # noqa: BLE001 -- these are what is looked for
                Path(finds, f"{seed}-{number}.crash").write_text(
                    f"{name}\n{traceback.format_exc()}", "utf-8", "backslashreplace"
                )
            took = time.monotonic() - begin
            if took > HANGS:
                hangs += 1
                Path(finds, f"{seed}-{number}.slow").write_text(f"{name} {took:.1f} s", "utf-8")
            longest = max(longest, took)
            number += 1


def _no_network(*_: object, **__: object) -> NoReturn:
    raise OSError("no network while fuzzing")


@contextmanager
def _tries(folder: Path) -> Iterator[dict[str, Try]]:
    """What is tried, each as often as the others; on a library of one article."""
    from assistant.pipeline import Assistant

    article = Article(text=TEXTS[0], title="Ferry sinks", published=date(2026, 3, 2), source="a")
    with Assistant.open(folder / "library") as assistant:
        assistant.library.add(article)
        yield {
            "document": lambda rng: _document(rng, folder),
            "sentences": _sentences,
            "question": lambda rng: _question(rng, assistant),
            "claim": lambda rng: _claim(rng, assistant.library, article),
        }


def _document(rng: random.Random, folder: Path) -> None:
    from index import load as loading
    from index.documents import READERS

    # In this process: the one for documents would keep to itself what its readers leak.
    vars(loading)["read_apart"] = lambda suffix, raw, _: READERS[suffix](raw)
    ending, data = document(rng)
    path = folder / f"document{ending}"
    path.write_bytes(data)
    for item in loading.load(path):
        if isinstance(item, LoadError):
            _storable(item.reason)
        else:
            _storable(item.text + item.title + item.author + item.publisher + item.url)
            if any(ord(c) < 32 and c not in "\t\n" for c in item.text):
                raise Broken("a control character is left")
            _tiled(item.text, item.title)


def _sentences(rng: random.Random) -> None:
    _tiled(text(rng), text(rng)[:100])


def _tiled(whole: str, title: str) -> None:
    found = split_sentences(whole, title)
    places = [0, *(sentence.end for sentence in found)]
    if [sentence.start for sentence in found] != places[:-1] or places[-1] != len(whole):
        raise Broken("the sentences do not tile the text")
    if any(not one.start <= one.stop <= one.end or one.start == one.end for one in found):
        raise Broken("a sentence is empty, or ends before it begins")


def _question(rng: random.Random, assistant: "Assistant") -> None:
    from assistant.asked import asked
    from assistant.language import foreign, language
    from assistant.mentions import mentions
    from assistant.question import parts, understand
    from index.filters import Filters
    from index.words import search_words

    question = text(rng)
    history = [(text(rng), text(rng)) for _ in range(rng.randrange(3))]
    understood = understand(question, history)
    for one in (question, understood, *parts(understood)):
        asked(one)
        mentions(one)
        language(one)
        foreign(one, TEXTS[0])
    words = search_words(understood)
    assistant.library.search_words(words, 10, Filters.of([text(rng)[:64]], [text(rng)[:64]]))
    assistant.library.search_words(text(rng).split(), 10, Filters())
    assistant.library.rarity(words)
    if rng.randrange(ANSWERED) == 0:
        answer = assistant.ask(question, history)
        _storable(answer.text + answer.understood.encode("utf-8", "replace").decode())
        for citation in answer.citations:
            if not citation.stands_in(assistant.library.article(citation.article_id).text):
                raise Broken("a citation is not what stands there")


def _claim(rng: random.Random, library: "Library", article: Article) -> None:
    from assistant.polarity import opposed
    from assistant.quantities import quantities, told
    from assistant.verify import verify

    one, other = claim(rng), rng.choice((claim, text))(rng)
    opposed(one, [other])
    found = quantities(other)
    for wanted in quantities(one):
        told(wanted, found)
    sentence = rng.choice(library.sentences(article.id))
    cited = article.text[sentence.start : sentence.stop]
    verify(library, one, [
        Citation(1, cited, article.id, "", "", "", None, sentence.start, sentence.stop)
    ])  # fmt: skip


def _storable(shown: str) -> None:
    shown.encode("utf-8")


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("seconds", type=float)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--finds", type=Path, default=Path("fuzz-finds"))
    given = parser.parse_args()
    figures = fuzz(given.seconds, given.seed, given.finds)
    show(figures, Console(width=None))
    return int(any(figure.met is False for figure in figures))


if __name__ == "__main__":
    sys.exit(main())
