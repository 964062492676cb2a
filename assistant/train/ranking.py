"""Fit the ranking of passages (`index.ranking`): `python -m assistant.train ranking`.

Data: our own questions, asked of a library of all articles that they are about; those that the
choice among sentences is fitted to are left out. Five-fold cross-validation, folds of articles, is
reported beside rank fusion alone.
"""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.train import fitted
from assistant.train.newsroom import NewsQuestion
from assistant.train.select import same_words
from index.library import Library
from index.ranking import ARRAYS, Floats, Scorer, Signs
from index.retrieve import search

MOST = 3_000  # questions
FIRST = (1, 3, 5, 10)


@dataclass(frozen=True)
class Asked:
    """A question and the passages found.

    Attributes:
        signs: (passages, signs), in the order of rank fusion.
        labels: (passages,): holds an answer (1), may well do so (-1), no (0).
    """

    article: str
    signs: Floats
    labels: NDArray[np.int64]


def ask_all(library: Library, questions: Sequence[NewsQuestion]) -> list[Asked]:
    """Search for each question. The articles' `source` is their id in the data."""
    articles = {article.id: article for article in library.articles()}
    texts = {article.source: article.text for article in articles.values()}
    found = []
    for question in questions:
        seen = search(library, question.question)
        answers = [texts[question.article][start:stop] for start, stop in question.answers]
        passages = library.passages(list(seen.searched))
        labels = []
        for name, (_, text) in seen.searched.items():
            passage = passages[name]
            if articles[passage.article_id].source == question.article:
                holds = (passage.start <= s and e <= passage.end for s, e in question.answers)
                labels.append(int(any(holds)))
            else:  # other outlets report the same
                labels.append(-int(any(same_words(answer, text) for answer in answers)))
        signs = np.array([astuple(one) for one in seen.signs()])
        found.append(Asked(question.article, signs, np.array(labels)))
    return [one for one in found if len(one.labels)]


def fit(asked: Sequence[Asked]) -> Scorer:
    """The network; questions for which no passage found holds an answer teach nothing."""
    kept = [(one.signs[one.labels >= 0], one.labels[one.labels >= 0] == 1) for one in asked]
    kept = [(each, right) for each, right in kept if right.any()]
    network, _ = fitted.fit_choice([each for each, _ in kept], [right for _, right in kept])
    return network


def report(asked: Sequence[Asked]) -> dict[str, float]:
    """Share of questions with an answer in the first passages, by cross-validation."""
    places: dict[str, list[float]] = {"ranked": [], "fused": []}
    for train, test in fitted.folds([one.article for one in asked]):
        scorer = fit([asked[i] for i in train])
        for one in (asked[i] for i in test):
            order = np.argsort(-scorer.scores(one.signs), kind="stable")
            places["ranked"].append(_place(one.labels[order]))
            places["fused"].append(_place(one.labels))
    return {
        f"answer in the first {first}, {name}": round(float(np.mean(np.array(at) < first)), 3)
        for first in FIRST
        for name, at in places.items()
    }


def _place(labels: NDArray[np.int64]) -> float:
    right = np.flatnonzero(labels == 1)
    return float(right[0]) if len(right) else np.inf


def write(scorer: Scorer, figures: dict[str, float], count: int, path: Path) -> None:
    """Write the network, and beside it the figures of its cross-validation."""
    inputs = {"signs": list(Signs.__dataclass_fields__)}
    fitted.write(scorer, inputs, ARRAYS, (), figures, count, path, step="ranking")
