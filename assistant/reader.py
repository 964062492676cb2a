"""The reader: a question and a passage in, scores for every possible answer in it out.

A MiniLM-L6 trained by `python -m assistant.train`, as int8 ONNX; `assistant/model/` holds the
weights and says where they come from. Passages are read one at a time, several at once on as many
threads as there are processors: a score then depends on nothing but the question and its passage
(dynamic quantisation takes its scale from the whole batch otherwise), and is the same whatever
else was found.
"""

import hashlib
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from index.encoder import model_folder, processors
from index.errors import WhosaidError

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

LONGEST = 288  # tokens, [CLS] and both [SEP] included: what the network was trained on
OVERLAP = 96  # tokens that two windows of a long passage share
QUESTION = 48  # words of a question that are read
ANSWER = 80  # tokens that an answer may have
START, END = 0, 1  # columns of the token scores
TAGS = slice(2, 5)  # source, cue, content
FIRSTS = slice(5, 8)  # the first token of one

Scores = NDArray[np.float32]


class ReaderError(WhosaidError):
    """The reader's weights are missing or damaged."""


@dataclass(frozen=True, slots=True)
class Span:
    """A possible answer: `[start, stop)` code points of the passage.

    Attributes:
        score: log odds of the span against "no answer here"; comparable across passages.
    """

    start: int
    stop: int
    score: float


@dataclass(frozen=True, slots=True)
class Tagged:
    """Who said what in a text: `(start, stop)` code points of sources, cues and contents."""

    sources: tuple[tuple[int, int], ...]
    cues: tuple[tuple[int, int], ...]
    contents: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class _Window:
    """Part of a passage. `offsets` (tokens, 2) into the passage; scores in float32 (tokens,)."""

    offsets: NDArray[np.int64]
    start: Scores
    end: Scores
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


class Network(Protocol):
    """Runs the network: ids and segments (1, tokens) in; scores (tokens, 8), answerable out."""

    def __call__(
        self, ids: NDArray[np.int64], types: NDArray[np.int64]
    ) -> tuple[Scores, float]: ...


class Reader:
    """Reads passages. Safe to use from several threads."""

    def __init__(self, network: Network | None = None) -> None:
        """Args: network: runs the weights; the shipped ones on onnxruntime when None."""
        self._given = network

    def read(self, question: str, passages: Sequence[str]) -> list[Reading]:
        """Read each passage for an answer to the question.

        Raises:
            ReaderError: the weights are missing or damaged.
        """
        asked = " ".join(question.split()[:QUESTION])
        encodings = [self._tokenizer.encode(asked, passage) for passage in passages]
        windows = [w for encoding in encodings for w in (encoding, *encoding.overflowing)]
        run = iter(list(self._threads.map(self._run, windows)))
        return [
            Reading(tuple(next(run) for _ in (encoding, *encoding.overflowing)))
            for encoding in encodings
        ]

    def tag(self, text: str) -> Tagged:
        """Find the sources, cues and contents of attributions in a text of some sentences.

        What goes beyond 288 tokens is not seen.
        """
        encoding = self._tokenizer.encode(text)
        ids = np.array([encoding.ids], dtype=np.int64)
        scores, _ = self._network(ids, np.zeros_like(ids))
        found = [
            _tagged(encoding.offsets, inside, first)
            for inside, first in zip(scores[:, TAGS].T > 0, scores[:, FIRSTS].T > 0, strict=True)
        ]
        return Tagged(*found)

    def _run(self, encoding: "Encoding") -> _Window:
        ids = np.array([encoding.ids], dtype=np.int64)
        types = np.array([encoding.type_ids], dtype=np.int64)
        tokens, answerable = self._network(ids, types)
        passage = types[0].astype(bool)
        passage[-1] = False  # the last [SEP]
        return _Window(
            offsets=np.array(encoding.offsets, dtype=np.int64)[passage],
            start=tokens[passage, START],
            end=tokens[passage, END],
            nothing=float(tokens[0, START] + tokens[0, END]),
            answerable=answerable,
        )

    @cached_property
    def _network(self) -> Network:
        if self._given:
            return self._given
        try:
            weights = MODEL.joinpath("reader.onnx").read_bytes()
        except OSError as error:
            raise ReaderError(
                f"The reader's weights cannot be read: {error}. Reinstall whosaid."
            ) from error
        return OnnxNetwork(weights, check=True)

    @cached_property
    def _threads(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(processors(), thread_name_prefix="reader")

    @cached_property
    def _tokenizer(self) -> "Tokenizer":
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(model_folder() / "tokenizer.json"))
        tokenizer.no_padding()
        tokenizer.enable_truncation(LONGEST, stride=OVERLAP, strategy="only_second")
        return tokenizer


MODEL = files("assistant").joinpath("model")


class OnnxNetwork:
    """The network on onnxruntime."""

    def __init__(self, weights: bytes, check: bool = False) -> None:
        """Load the weights.

        Args:
            check: compare with the sha256 in `reader.json`.

        Raises:
            ReaderError: they are not the expected ones.
        """
        import onnxruntime

        if check:
            wanted = load_card()["sha256"]
            found = hashlib.sha256(weights).hexdigest()
            if found != wanted:
                raise ReaderError(
                    f"The reader's weights are not the expected ones: {MODEL / 'reader.onnx'} has "
                    f"the sha256 {found}, wanted {wanted}. Reinstall whosaid."
                )
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # passages are read side by side instead
        self._session = onnxruntime.InferenceSession(
            weights, options, providers=["CPUExecutionProvider"]
        )

    def __call__(self, ids: NDArray[np.int64], types: NDArray[np.int64]) -> tuple[Scores, float]:
        inputs = {"input_ids": ids, "token_type_ids": types}
        tokens, answerable = self._session.run(None, inputs)
        return tokens[0], float(answerable[0])


@cache
def load_card() -> dict[str, Any]:
    """`reader.json`: the sha256 of the weights, what made them, the thresholds chosen for them."""
    card: dict[str, Any] = json.loads(MODEL.joinpath("reader.json").read_text("utf-8"))
    return card


@cache
def shared_reader() -> Reader:
    """The reader of this process."""
    return Reader()


def _tagged(
    offsets: Sequence[tuple[int, int]], inside: NDArray[np.bool_], first: NDArray[np.bool_]
) -> tuple[tuple[int, int], ...]:
    """Runs of tokens that are inside, cut where one is a first; special tokens have no width."""
    spans: list[tuple[int, int]] = []
    goes_on = False
    for (start, stop), is_inside, is_first in zip(offsets, inside, first, strict=True):
        if is_inside and stop > start:
            if goes_on and not is_first:
                spans[-1] = (spans[-1][0], stop)
            else:
                spans.append((start, stop))
        goes_on = bool(is_inside)
    return tuple(spans)


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
