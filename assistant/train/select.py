"""Fit what chooses among the sentences that were read: `python -m assistant.train select`.

Data: our own questions that the reader is not trained on, and encyclopaedic and other inputs that
news says nothing about, asked of a large library and of small ones (`train.libraries`). The
network sees every sentence of the passages found, labelled by whether it answers. A report by
five-fold cross-validation (folds of articles) goes with the weights. `train.gate` goes on with what
was found.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from assistant.extract import (
    ARRAYS,
    LOOKED_AT,
    MOST_CLAIMS,
    NUMBERS,
    Beside,
    Candidate,
    Features,
    Model,
    candidates,
    ranked_by,
)
from assistant.extract import select as choose
from assistant.pipeline import PASSAGES
from assistant.question import parts
from assistant.reader import Reader
from assistant.train import fitted
from assistant.train.examples import Question
from assistant.train.newsroom import OFF_TOPIC, NewsQuestion
from index.library import Library
from index.network import load_card
from index.ranking import Floats
from index.retrieve import retrieve
from index.words import STOP_WORDS, words

OTHERS = 300  # questions about other things
OFF_TOPIC_LIST = Path(__file__).with_name("off_topic.txt")
MOST = 2400  # of our own questions, less the casual ones, which are all asked
LEAST = tuple(np.arange(-3, 4.1, 0.25).tolist())  # log odds that are tried
WIDTH = len(Features.__dataclass_fields__)
BLANK = Model(
    mean=np.zeros(WIDTH),
    scale=np.ones(WIDTH),
    hidden=np.zeros((WIDTH, 1)),
    hidden_bias=np.zeros(1),
    out=np.zeros(1),
    further=np.zeros(len(Beside.__dataclass_fields__) + 1),
    nothing=0.0,
    further_least=1.0,  # never reached
)


@dataclass(frozen=True)
class Asked:
    """A question and its candidates.

    Attributes:
        library: that it was asked of.
        features: (candidates, features).
        labels: (candidates,): answers (1), context of an answer (-1), no (0).
    """

    library: Library
    question: NewsQuestion
    candidates: tuple[Candidate, ...]
    features: NDArray[np.float64]
    labels: NDArray[np.int64]

    @property
    def by_sentence(self) -> dict[int, int]:
        """Labels by the id of the sentence object, which ranking keeps."""
        pairs = zip(self.candidates, self.labels.tolist(), strict=True)
        return {id(candidate.sentence): label for candidate, label in pairs}


def same_words(answer: str, text: str) -> bool:
    """Whether a text has all words of an answer that say something: names, numbers, content."""
    wanted = {word for word in words(answer) if word not in STOP_WORDS}
    return bool(wanted) and wanted <= set(words(text))


def off_topic(asked: Sequence[Question]) -> list[NewsQuestion]:
    """Some questions about other things altogether, each an article of its own for the folds."""
    chosen = asked[:: max(1, len(asked) // OTHERS)]
    return [NewsQuestion(f"none-{q.key}", OFF_TOPIC, q.question, (), ()) for q in chosen]


def our_off_topic(path: Path = OFF_TOPIC_LIST) -> list[NewsQuestion]:
    """What people type that is no question about news at all: `off_topic.txt`, our own."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [NewsQuestion(f"none-{n}", OFF_TOPIC, line, (), ()) for n, line in enumerate(lines)]


def ask_all(library: Library, asked: Sequence[NewsQuestion], reader: Reader) -> list[Asked]:
    """Retrieve and read for each question. The articles' `source` is their id in the data."""
    found = []
    texts = {article.source: article.text for article in library.articles()}
    for question in asked:
        hits = retrieve(library, question.question, PASSAGES)
        read = candidates(library, question.question, hits, BLANK, reader)
        told = texts.get(question.article, "")
        answers = [told[start:stop] for start, stop in question.answers]
        labels = np.array([_label(question, candidate, answers) for candidate in read], np.int64)
        features = np.array([astuple(candidate.features) for candidate in read])
        found.append(Asked(library, question, tuple(read), features, labels))
    return found


def _label(question: NewsQuestion, candidate: Candidate, answers: Sequence[str]) -> int:
    """Args: answers: in the article's words."""
    if not question.answers:
        return 0
    if candidate.article.source != question.article:
        # Other outlets report the same: whoever gives the same answer may well be right.
        return -1 if any(same_words(answer, candidate.text) for answer in answers) else 0
    # The library's text is the data's without white space around it.
    sentence = candidate.sentence

    def inside(span: tuple[int, int]) -> bool:
        return sentence.start <= span[0] and span[1] <= sentence.end

    if any(inside(span) for span in question.answers):
        return 1
    return -1 if any(inside(span) for span in question.evidence) else 0


def fit_choice(asked: Sequence[Asked]) -> Model:
    """The network, and what decides on further sentences beside the best one."""
    model = _fit_network(asked)
    rows = [row for one in asked if (row := _beside(model, one))]
    x = np.concatenate([row.x for row in rows])
    labels = np.concatenate([row.labels for row in rows])
    known = labels >= 0  # context supports an answer, but is none
    if len(set(labels[known])) < 2:
        return model  # nothing ever goes beside
    logistic = LogisticRegression(C=0.1, max_iter=2000).fit(x[known], labels[known])
    weights = np.append(logistic.coef_[0], logistic.intercept_[0])
    scores = [row.x @ weights[:-1] + weights[-1] for row in rows]

    def f1(least: float) -> float:
        return float(np.mean([row.f1(s, least) for row, s in zip(rows, scores, strict=True)]))

    return replace(model, further=weights, further_least=max(LEAST, key=f1))


@dataclass(frozen=True)
class _Row:
    """The sentences beside a best one that is right: (sentences, features) and their labels."""

    x: Floats
    labels: NDArray[np.int64]
    wanted: int

    def f1(self, scores: Floats, least: float) -> float:
        """F1 of the sentences that are shown, the best one among them."""
        shown = self.labels[np.flatnonzero(scores >= least)[: MOST_CLAIMS - 1]]
        right, counted = 1 + (shown == 1).sum(), 1 + (shown >= 0).sum()
        return float(2 * right / (counted + max(self.wanted, right)))


def _beside(model: Model, one: Asked) -> _Row | None:
    labels = one.by_sentence
    ranked = ranked_by(model, one.candidates)[:LOOKED_AT]
    if len(ranked) < 2 or labels[id(ranked[0].sentence)] != 1:
        return None
    if len(parts(one.question.question)) > 1:
        return None  # the product asks each part by itself
    asked, best = one.question, ranked[0]
    x = np.array([astuple(Beside.of(asked.question, best, c)) for c in ranked[1:]])
    beside = np.array([labels[id(c.sentence)] for c in ranked[1:]])
    return _Row(x, beside, len(set(asked.answers)))


def _fit_network(asked: Sequence[Asked]) -> Model:
    kept = [a.labels >= 0 for a in asked]  # context supports an answer, but is none
    network, nothing = fitted.fit_choice(
        [a.features[k] for a, k in zip(asked, kept, strict=True)],
        [a.labels[k] == 1 for a, k in zip(asked, kept, strict=True)],
    )
    return replace(BLANK, **vars(network), nothing=nothing)


def _f1(model: Model, one: Asked) -> float:
    """F1 of the sentences that are shown for an answerable question."""
    labels = one.by_sentence
    chosen = choose(one.question.question, ranked_by(model, one.candidates), model)
    shown = [labels[id(c.sentence)] for c in chosen]
    wanted = len(set(one.question.answers))
    right, counted = shown.count(1), sum(label >= 0 for label in shown)
    return float(2 * right / max(1, counted + max(wanted, right)))


def report(asked: Sequence[Asked]) -> dict[str, float]:
    """By cross-validation: the best sentence answers, by kind; F1 of the sentences chosen."""
    right: dict[str, list[bool]] = defaultdict(list)
    f1s: dict[str, list[float]] = defaultdict(list)
    for train, test in fitted.folds([a.question.article for a in asked]):
        model = fit_choice([asked[i] for i in train])
        held = [asked[i] for i in test]
        for one in held:
            if one.question.answers:
                f1s[one.question.kind].append(_f1(model, one))
                each = model.probabilities(one.features)
                best = bool(len(each)) and one.labels[int(each.argmax())] == 1
                for name in ("all", one.question.kind, one.question.manner):
                    right[name].append(best)
    read = [bool((a.labels == 1).any()) for a in asked if a.question.answers]
    figures: dict[str, Any] = {"an answering sentence was read": np.mean(read)}
    figures |= {f"the best sentence answers, {k}": np.mean(v) for k, v in right.items()}
    figures |= {f"F1 of the sentences shown, {k}": np.mean(v) for k, v in f1s.items()}
    return {name: round(float(value), 3) for name, value in figures.items()}


def write(model: Model, figures: dict[str, float], count: int, path: Path) -> None:
    """Write the model, and beside it the figures of its cross-validation."""
    inputs = {"reader": load_card()["sha256"], "features": list(Features.__dataclass_fields__)}
    fitted.write(model, inputs, ARRAYS, NUMBERS, figures, count, path)
