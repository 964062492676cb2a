"""The reader: a question and a passage in, scores for every possible answer in it out.

Passages are read one at a time, several at once on as many
threads as there are processors: a score then depends on nothing but the question and its passage
(dynamic quantisation takes its scale from the whole batch otherwise), and is the same whatever
else was found.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from index.encoder import load_tokenizer, processors
from index.network import END, LONGEST, START, SUPPORT, Network, Scores, shared_network

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

OVERLAP = 96  # tokens that two windows of a long passage share
QUESTION = 48  # words of a question that are read
ANSWER = 80  # tokens that an answer may have
BOUND = 12.0  # log odds beyond which more certainty means nothing


@dataclass(frozen=True, slots=True)
class Span:
    """A possible answer: `[start, stop)` code points of the passage.

    Attributes:
        score: log odds of the span against "no answer here"; comparable across passages.
    """

    start: int
    stop: int
    score: float


@dataclass(frozen=True)
class _Window:
    """Part of a passage. `offsets` (tokens, 2) into the passage; scores in float32 (tokens,)."""

    offsets: NDArray[np.int64]
    start: Scores
    end: Scores
    support: Scores
    nothing: float
    answerable: float


@dataclass(frozen=True)
class Reading:
    """What the reader makes of one passage.

    Attributes:
        answerable: log odds of the passage answering the question, by the head trained for that.
    """

    windows: tuple[_Window, ...]

    @property
    def answerable(self) -> float:
        return max(window.answerable for window in self.windows)

    def best(self, start: int = 0, stop: int | None = None) -> Span | None:
        """The best answer inside `[start, stop)` of the passage; None when no token is inside."""
        spans = [_best(window, start, stop) for window in self.windows]
        return max((span for span in spans if span), key=lambda span: span.score, default=None)

    def support(self, start: int, stop: int) -> float:
        """Log odds that the sentence `[start, stop)` of the passage supports an answer.

        The mean over its tokens; of several windows, the one that sees most of it.
        """
        found = []
        for window in self.windows:
            begins, ends = window.offsets[:, 0], window.offsets[:, 1]
            inside = (begins >= start) & (ends <= stop) & (ends > begins)
            found.append((int(inside.sum()), window.support[inside]))
        count, scores = max(found, key=lambda item: item[0])
        return float(scores.mean()) if count else -BOUND


class Reader:
    """Reads passages. Safe to use from several threads."""

    def __init__(self, network: Network | None = None) -> None:
        """Args: network: runs the weights; the shipped ones on onnxruntime when None."""
        self._given = network

    def read(self, question: str, passages: Sequence[str]) -> list[Reading]:
        """Read each passage for an answer to the question.

        Raises:
            NetworkError: the weights are missing or damaged.
        """
        asked = self._short(cut(question))
        encodings = [self._tokenizer.encode(asked, passage) for passage in passages]
        windows = [w for encoding in encodings for w in (encoding, *encoding.overflowing)]
        run = iter(list(self._threads.map(self._run, windows)))
        return [
            Reading(tuple(next(run) for _ in (encoding, *encoding.overflowing)))
            for encoding in encodings
        ]

    def _short(self, question: str) -> str:
        """The question, as far as it leaves room for a passage: signs can be a token each."""
        offsets = self._whole.encode(question).offsets
        return question if len(offsets) <= LONGEST // 2 else question[: offsets[LONGEST // 2][0]]

    def _run(self, encoding: "Encoding") -> _Window:
        ids = np.array([encoding.ids], dtype=np.int64)
        types = np.array([encoding.type_ids], dtype=np.int64)
        found = self._network(ids, types)
        tokens = found.tokens
        passage = types[0].astype(bool)
        passage[-1] = False  # the last [SEP]
        return _Window(
            offsets=np.array(encoding.offsets, dtype=np.int64)[passage],
            start=tokens[passage, START],
            end=tokens[passage, END],
            support=tokens[passage, SUPPORT],
            nothing=float(tokens[0, START] + tokens[0, END]),
            answerable=found.answerable,
        )

    @cached_property
    def _network(self) -> Network:
        return self._given or shared_network()

    @cached_property
    def _threads(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(processors(), thread_name_prefix="reader")

    @cached_property
    def _whole(self) -> "Tokenizer":
        return load_tokenizer()

    @cached_property
    def _tokenizer(self) -> "Tokenizer":
        tokenizer = load_tokenizer()
        tokenizer.enable_truncation(LONGEST, stride=OVERLAP, strategy="only_second")
        return tokenizer


def bounded(score: float) -> float:
    """Log odds within ±`BOUND`."""
    return max(-BOUND, min(BOUND, score))


def cut(question: str) -> str:
    """What of a question is read."""
    return " ".join(question.split()[:QUESTION])


@cache
def shared_reader() -> Reader:
    """The reader of this process."""
    return Reader()


def _best(window: _Window, start: int, stop: int | None) -> Span | None:
    begins, ends = window.offsets[:, 0], window.offsets[:, 1]
    inside = (begins >= start) & (ends <= (stop if stop is not None else ends.max(initial=0)))
    numbers = np.flatnonzero(inside)
    if not len(numbers):
        return None
    low, high = numbers[0], numbers[-1] + 1
    scores = window.start[low:high, None] + window.end[None, low:high]
    # Only spans that end at or after their first token, and not too long after it.
    allowed = np.triu(np.ones_like(scores, dtype=bool)) & ~np.triu(
        np.ones_like(scores, dtype=bool), ANSWER
    )
    scores = np.where(allowed, scores, -np.inf)
    first, last = np.unravel_index(int(scores.argmax()), scores.shape)
    return Span(
        start=int(begins[low + first]),
        stop=int(ends[low + last]),
        score=float(scores[first, last]) - window.nothing,
    )
