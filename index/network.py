"""The trained network: a text, or a question and a passage, in; scores of every token out.

A MiniLM-L6 trained by `python -m assistant.train`, as int8 ONNX; `index/model/` holds the weights
and says where they come from. One network does three things: it reads passages for answers
(`assistant.reader`), verifies an answer behind its question (`assistant.gate`), and finds who said
what (`index.attribution`).
"""

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from index.encoder import open_session
from index.errors import WhosaidError

LONGEST = 288  # tokens, special ones included: what the network was trained on
MODEL = files("index").joinpath("model")

# Columns of the scores of a token.
START, END, SUPPORT = 0, 1, 2
INSIDE = slice(3, 6)  # a source, a cue, a content
FIRST = slice(6, 9)  # the first token of one
LINK = 48  # width of each of the four vectors of a token

Scores = NDArray[np.float32]


class NetworkError(WhosaidError):
    """The network's weights are missing or damaged."""


@dataclass(frozen=True)
class Linker:
    """Weights that lead from a cue to its source and content; `assistant.train.network.linked`.

    Attributes:
        distance: (2 * reach + 1, 2, LINK), of a token as far before or after the cue.
        weight: (2, LINK). bias: (2,).
    """

    distance: Scores
    weight: Scores
    bias: Scores


@dataclass(frozen=True)
class Output:
    """What the network makes of one text.

    Attributes:
        tokens: (tokens, 9), log odds: first and last token of the answer, its sentence supports an
            answer, six tags.
        answerable: log odds that the text answers the question, or bears the claim out.
        links: (tokens, 4 * LINK): the vectors of a token as the first of a cue, for its source and
            for its content, and as a token of a source, and of a content; see `linked`.
    """

    tokens: Scores
    answerable: float
    links: Scores
    linker: Linker

    def linked(self, cue: int) -> Scores:
        """Log odds of each token to belong to the source, and to the content, of a cue.

        Args:
            cue: number of its first token.

        Returns:
            (tokens, 2).
        """
        count = len(self.links)
        vectors = self.links.reshape(count, 4, LINK)
        reach = len(self.linker.distance) // 2
        apart = np.clip(np.arange(count) - cue, -reach, reach) + reach
        mixed = vectors[cue, :2] + vectors[:, 2:] + self.linker.distance[apart]
        scores = (np.maximum(mixed, 0) * self.linker.weight).sum(-1) + self.linker.bias
        linked: Scores = scores + self.tokens[:, INSIDE][:, [0, 2]]
        return linked


class Network(Protocol):
    """Runs the network on ids and segments, each (1, tokens)."""

    def __call__(self, ids: NDArray[np.int64], types: NDArray[np.int64]) -> Output: ...


class OnnxNetwork:
    """The network on onnxruntime."""

    def __init__(self, weights: bytes, check: bool = False) -> None:
        """Load the weights.

        Args:
            check: compare with the sha256 in `reader.json`.

        Raises:
            NetworkError: they are not the expected ones.
        """
        if check:
            wanted = load_card()["sha256"]
            found = hashlib.sha256(weights).hexdigest()
            if found != wanted:
                raise NetworkError(
                    f"The trained network is not the expected one: {MODEL / 'reader.onnx'} has "
                    f"the sha256 {found}, wanted {wanted}. Reinstall whosaid."
                )
        self._session = open_session(weights)
        nothing = {name: np.zeros((1, 2), np.int64) for name in ("input_ids", "token_type_ids")}
        # In the order of `assistant.train.export`; the last three are constants.
        names = [output.name for output in self._session.get_outputs()]
        self._scores, constants = names[:3], names[3:]
        self._linker = Linker(*self._session.run(constants, nothing))

    def __call__(self, ids: NDArray[np.int64], types: NDArray[np.int64]) -> Output:
        inputs = {"input_ids": ids, "token_type_ids": types}
        tokens, answerable, links = self._session.run(self._scores, inputs)
        return Output(tokens[0], float(answerable[0]), links[0], self._linker)


@cache
def load_card() -> dict[str, Any]:
    """`reader.json`: the sha256 of the weights, what made them, the thresholds chosen for them."""
    card: dict[str, Any] = json.loads(MODEL.joinpath("reader.json").read_text("utf-8"))
    return card


@cache
def shared_network() -> Network:
    """The shipped network, loaded once a process.

    Raises:
        NetworkError: the weights are missing or damaged.
    """
    try:
        weights = MODEL.joinpath("reader.onnx").read_bytes()
    except OSError as error:
        raise NetworkError(
            f"The trained network cannot be read: {error}. Reinstall whosaid."
        ) from error
    return OnnxNetwork(weights, check=True)
