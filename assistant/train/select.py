"""Fit what chooses among the sentences that were read: `python -m assistant.train select`.

Data: our own questions over the articles of attribution_train that the reader is not trained on,
asked of a library of all 840, and some encyclopaedic questions that news says nothing about. The
regression sees every sentence of the passages found, labelled by whether it answers. A report by
five-fold cross-validation (folds of articles) goes with the weights.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, astuple, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from assistant.extract import Candidate, Features, Model, candidates
from assistant.pipeline import PASSAGES
from assistant.reader import Reader
from assistant.train.examples import Question
from assistant.train.newsroom import NewsQuestion
from index.library import Library
from index.retrieve import retrieve

OVER_REFUSAL = 0.08  # of the answerable questions
FOLDS = 5
OFF_TOPIC = 200  # questions about other things
CLOSENESS = (0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 1.0)
BLANK = Model((0.0,) * len(Features.__dataclass_fields__), 0.0, 0.0, 1.0)


@dataclass(frozen=True)
class Asked:
    """A question and its candidates: features (n, 7); labels: answers (1), context (-1), no (0)."""

    question: NewsQuestion
    features: NDArray[np.float64]
    labels: NDArray[np.int64]


def off_topic(asked: Sequence[Question]) -> list[NewsQuestion]:
    """Some questions about other things altogether, each an article of its own for the folds."""
    chosen = asked[:: max(1, len(asked) // OFF_TOPIC)]
    return [NewsQuestion(f"none-{q.key}", "off-topic", q.question, (), ()) for q in chosen]


def ask_all(library: Library, asked: Sequence[NewsQuestion], reader: Reader) -> list[Asked]:
    """Retrieve and read for each question. The articles' `source` is their id in the data."""
    found = []
    for question in asked:
        hits = retrieve(library, question.question, PASSAGES)
        read = candidates(library, question.question, hits, BLANK, reader)
        labels = np.array([_label(question, candidate) for candidate in read], np.int64)
        features = np.array([astuple(candidate.features) for candidate in read])
        found.append(Asked(question, features, labels))
    return found


def _label(question: NewsQuestion, candidate: Candidate) -> int:
    if candidate.article.source != question.article or not question.answers:
        return 0
    # The library's text is the data's without white space around it.
    sentence = candidate.sentence

    def inside(span: tuple[int, int]) -> bool:
        return sentence.start <= span[0] and span[1] <= sentence.end

    if any(inside(span) for span in question.answers):
        return 1
    return -1 if any(inside(span) for span in question.evidence) else 0


def fit(asked: Sequence[Asked]) -> Model:
    """The regression, the threshold for refusing and how close a further claim must come."""
    features = np.concatenate([a.features for a in asked])
    labels = np.concatenate([a.labels for a in asked])
    kept = labels >= 0  # context supports an answer, but is none
    found = LogisticRegression(max_iter=1000).fit(features[kept], labels[kept])
    weights = tuple(float(weight) for weight in found.coef_[0])
    blank = Model(weights, float(found.intercept_[0]), 0.0, 1.0)
    best = sorted(_probabilities(blank, a).max(initial=0.0) for a in asked if a.question.answers)
    threshold = float(best[int(len(best) * OVER_REFUSAL)])
    close = max(CLOSENESS, key=lambda share: _f1(blank, share, asked))
    return Model(weights, blank.bias, threshold, close)


def _probabilities(model: Model, asked: Asked) -> NDArray[np.float64]:
    x = (
        asked.features @ np.array(model.weights) + model.bias
        if len(asked.features)
        else np.zeros(0)
    )
    return np.asarray(1 / (1 + np.exp(-x)))


def _f1(model: Model, close: float, asked: Sequence[Asked]) -> float:
    """Mean F1 of the sentences chosen for answerable questions."""
    scores = []
    for one in asked:
        if one.question.answers and len(one.labels):
            chosen = _chosen(model, close, one)
            right = (one.labels[chosen] == 1).sum()
            counted = (one.labels[chosen] >= 0).sum()
            wanted = len(set(one.question.answers))
            scores.append(2 * right / max(1, counted + wanted))
    return float(np.mean(scores))


def _chosen(model: Model, close: float, one: Asked) -> NDArray[np.int64]:
    probabilities = _probabilities(model, one)
    order = np.argsort(-probabilities)[:3]
    return np.asarray(order[probabilities[order] >= close * probabilities[order[0]]])


def report(asked: Sequence[Asked]) -> dict[str, float]:
    """By cross-validation: the best sentence answers, questions refused, sentences' F1."""
    groups = [a.question.article for a in asked]
    right: list[bool] = []
    answered: list[bool] = []
    near: list[bool] = []
    far: list[bool] = []
    over: list[bool] = []
    scores: list[float] = []
    for train, test in GroupKFold(FOLDS).split(asked, groups=groups):
        model = fit([asked[i] for i in train])
        for one in (asked[i] for i in test):
            probabilities = _probabilities(model, one)
            given = probabilities.max(initial=0.0) >= model.threshold
            if not one.question.answers:
                (far if one.question.kind == "off-topic" else near).append(not given)
                continue
            over.append(not given)
            right.append(bool(len(one.labels)) and one.labels[probabilities.argmax()] == 1)
            answered.append((one.labels == 1).any())
        scores.append(_f1(model, model.close, [asked[i] for i in test]))
    named: dict[str, Sequence[float]] = {
        "an answering sentence was read": answered,
        "the best sentence answers": right,
        "unanswerable refused": near,
        "off-topic refused": far,
        "answerable refused": over,
        "F1 of the sentences chosen": scores,
    }
    return {name: round(float(np.mean(found)), 3) for name, found in named.items() if found}


def write(model: Model, measured: dict[str, float], count: int, path: Path) -> None:
    """Store a model as `extract.json`."""
    weights = asdict(Features(*(round(weight, 4) for weight in model.weights)))
    stored: dict[str, Any] = {
        "made_by": f"python -m assistant.train select ({count} questions)",
        "weights": weights,
        "bias": round(model.bias, 4),
        "threshold": round(model.threshold, 4),
        "close": model.close,
        "cross_validation": measured,
    }
    path.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")
