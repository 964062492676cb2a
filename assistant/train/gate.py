"""Fit the gate, which decides whether what was chosen is an answer: part of `select`.

Every question is answered as the product would, by a choice among sentences that was fitted to the
other folds: what the gate sees in training is what it will see in use. A question that no article
answers, and one that is answered with the wrong sentence, are both wrong.
"""

import warnings
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from assistant.extract import ranked_by
from assistant.extract import select as choose
from assistant.gate import ARRAYS, NUMBERS, Gate, Signs, signs
from assistant.reader import Reader
from assistant.score import calibration_error
from assistant.train import fitted
from assistant.train.newsroom import OFF_TOPIC, NewsQuestion
from assistant.train.select import Asked, fit_choice
from index.network import load_card
from index.ranking import Floats

OVER_REFUSAL = 0.05  # of the answerable questions for which an answer was read
ANSWERABLE = 0.8  # share of the questions of a user who knows what the library is about: a guess
UNITS, STEPS, DECAY, SEED = 16, 300, 1.0, 13
LOWEST = 0.15  # confidence below which nothing is shown
OTHERS = 4.0  # near misses that a question about something else counts for


@dataclass(frozen=True)
class Judged:
    """A question and the signs for its best sentence.

    Attributes:
        signs: None when no sentence passed the checks.
        right: the best sentence answers.
        read: a sentence that answers was among those read. Refusing is right where none was.
    """

    question: NewsQuestion
    signs: Signs | None
    right: bool
    read: bool

    @property
    def answerable(self) -> bool:
        return bool(self.question.answers)


def judge_all(found: Sequence[Asked], reader: Reader) -> list[Judged]:
    """The signs for each question, by a choice that has not seen it."""
    judged = []
    for train, test in fitted.folds([one.question.article for one in found]):
        model = fit_choice([found[i] for i in train])
        for one in (found[i] for i in test):
            labels = one.by_sentence
            ranked = ranked_by(model, one.candidates)
            chosen = choose(one.question.question, ranked, model)
            read = bool((one.labels == 1).any())
            if not chosen:
                judged.append(Judged(one.question, None, False, read))
                continue
            seen = signs(one.library, one.question.question, ranked, chosen, reader)
            # A sentence of another outlet with the answer's words is taken for right, too.
            label, copied = labels[id(chosen[0].sentence)], chosen[0].article.source
            right = label == 1 or (label == -1 and copied != one.question.article)
            judged.append(Judged(one.question, seen, right, read))
    return judged


def fit(judged: Sequence[Judged], over_refusal: float = OVER_REFUSAL) -> Gate:
    """The network, and the threshold that refuses a share of the answerable questions."""
    seen = [one for one in judged if one.signs is not None]
    x = np.array([astuple(one.signs) for one in seen if one.signs])
    mean, scale = x.mean(0), x.std(0) + 1e-6
    network = MLPClassifier((UNITS,), alpha=DECAY, max_iter=STEPS, random_state=SEED)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # it is stopped early on purpose
        network.fit(
            (x - mean) / scale,
            np.array([(one.answerable, one.right) for one in seen]),
            sample_weight=_weights(seen),
        )
    (hidden, weights), (hidden_bias, bias) = network.coefs_, network.intercepts_
    gate = Gate(mean, scale, hidden, hidden_bias, weights, bias, 0.0, LOWEST)
    answerable = _probabilities(gate, judged)[:, 0]
    sums = np.sort([p for one, p in zip(judged, answerable, strict=True) if one.read])
    least = float(sums[int(len(sums) * over_refusal)])
    return replace(gate, least=least)


def _weights(seen: Sequence[Judged]) -> Floats:
    """Weights that make the share of answerable questions about what it is assumed to be in use."""
    answerable = np.array([one.answerable for one in seen])
    share = answerable.mean()
    if not 0 < share < 1:
        return np.ones(len(seen))
    weights = np.where(answerable, ANSWERABLE / share, (1 - ANSWERABLE) / (1 - share))
    weights *= np.array([OTHERS if one.question.kind == OFF_TOPIC else 1.0 for one in seen])
    return np.asarray(weights, np.float64)


def report(judged: Sequence[Judged]) -> dict[str, float]:
    """By cross-validation: questions refused, by kind; answers that are right; calibration."""
    refused: dict[str, list[bool]] = defaultdict(list)
    given: list[tuple[float, bool]] = []
    for train, test in fitted.folds([one.question.article for one in judged]):
        gate = fit([judged[i] for i in train])
        held = [judged[i] for i in test]
        for one, (answerable, right) in zip(held, _probabilities(gate, held), strict=True):
            passes = gate.passes(answerable, right)
            refused["answerable" if one.answerable else one.question.kind].append(not passes)
            if one.read:
                refused["answerable and found"].append(not passes)
            if one.read and one.question.casual:
                refused["casual, answerable and found"].append(not passes)
            if passes:
                given.append((float(right), one.right))
    figures: dict[str, Any] = {f"{k} refused": np.mean(v) for k, v in refused.items()}
    figures["answers given that are right"] = np.mean([right for _, right in given])
    figures["calibration error of the confidence"] = calibration_error(given)
    return {name: round(float(value), 3) for name, value in figures.items()}


def write(gate: Gate, figures: dict[str, float], count: int, path: Path) -> None:
    """Write the gate, and beside it the figures of its cross-validation."""
    inputs = {"reader": load_card()["sha256"], "signs": list(Signs.__dataclass_fields__)}
    fitted.write(gate, inputs, ARRAYS, NUMBERS, figures, count, path)


def _probabilities(gate: Gate, judged: Sequence[Judged]) -> Floats:
    """(questions, 2), see `Gate.probabilities`; -1 where nothing was chosen."""
    found: Floats = np.full((len(judged), 2), -1.0)
    seen: NDArray[np.bool_] = np.array([one.signs is not None for one in judged])
    if seen.any():
        found[seen] = gate.probabilities(
            np.array([astuple(one.signs) for one in judged if one.signs])
        )
    return found
