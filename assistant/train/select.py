"""Fit what chooses among the sentences that were read: `python -m assistant.train select`.

Data: our own questions over the articles of attribution_train that the reader is not trained on,
asked of a library of all 840, and some encyclopaedic questions that news says nothing about. The
network sees every sentence of the passages found, labelled by whether it answers. A report by
five-fold cross-validation (folds of articles) goes with the weights.
"""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.model_selection import GroupKFold

from assistant.extract import (
    NUMBERS,
    Candidate,
    Features,
    Floats,
    Model,
    asks_for_several,
    candidates,
)
from assistant.pipeline import PASSAGES
from assistant.reader import Reader
from assistant.train.examples import Question
from assistant.train.newsroom import NewsQuestion
from index.library import Library
from index.retrieve import retrieve

OVER_REFUSAL = 0.08  # of the answerable questions
FOLDS = 5
OFF_TOPIC = 300  # questions about other things
MOST = 2000  # of our own questions
CLOSENESS = (0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
UNITS, STEPS, DECAY, SEED = 16, 400, 1e-4, 13
WIDTH = len(Features.__dataclass_fields__)
BLANK = Model(
    mean=np.zeros(WIDTH),
    scale=np.ones(WIDTH),
    hidden=np.zeros((WIDTH, 1)),
    hidden_bias=np.zeros(1),
    out=np.zeros(1),
    nothing=0.0,
    least=0.0,
    close=1.0,
    close_many=1.0,
)


@dataclass(frozen=True)
class Asked:
    """A question and its candidates.

    Attributes:
        features: (candidates, features).
        labels: (candidates,): answers (1), context of an answer (-1), no (0).
    """

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


@dataclass(frozen=True)
class Table:
    """All candidates of some questions, one after the other.

    Attributes:
        x: (candidates, features), normalised. group: (candidates,), number of the question.
        share: (candidates,), of the right ones of the question, 1 / how many; 0 for others.
        none: (questions,), 1 where none is right.
    """

    x: torch.Tensor
    group: torch.Tensor
    share: torch.Tensor
    none: torch.Tensor


def _table(asked: Sequence[Asked], mean: Floats, scale: Floats) -> Table:
    kept = [a.labels >= 0 for a in asked]  # context supports an answer, but is none
    right = [(a.labels[k] == 1) for a, k in zip(asked, kept, strict=True)]
    features = np.concatenate([a.features[k] for a, k in zip(asked, kept, strict=True)])
    shares = np.concatenate([r / max(1, r.sum()) for r in right])
    return Table(
        x=torch.tensor((features - mean) / scale, dtype=torch.float32),
        group=torch.tensor(np.repeat(np.arange(len(asked)), [k.sum() for k in kept])),
        share=torch.tensor(shares, dtype=torch.float32),
        none=torch.tensor([float(not r.any()) for r in right]),
    )


def fit(asked: Sequence[Asked], over_refusal: float = OVER_REFUSAL) -> Model:
    """The network, the least probability for an answer, and how close a further claim must come."""
    model = _fit_network(asked)
    sums = sorted(float(model.probabilities(a.features).sum()) for a in asked if a.question.answers)
    least = sums[int(len(sums) * over_refusal)]
    several = [a for a in asked if asks_for_several(a.question.question)]
    others = [a for a in asked if not asks_for_several(a.question.question)]
    return replace(
        model,
        least=least,
        close=max(CLOSENESS, key=lambda share: _f1(model, share, others)),
        close_many=max(CLOSENESS, key=lambda share: _f1(model, share, several)),
    )


def _fit_network(asked: Sequence[Asked]) -> Model:
    """Minimise the cross-entropy of a softmax over a question's sentences and "none of them"."""
    every = np.concatenate([a.features for a in asked])
    mean, scale = every.mean(0), every.std(0) + 1e-6
    table = _table(asked, mean, scale)
    torch.manual_seed(SEED)
    hidden = torch.nn.Linear(table.x.shape[1], UNITS)
    out = torch.nn.Linear(UNITS, 1, bias=False)
    nothing = torch.nn.Parameter(torch.zeros(()))
    parameters = [*hidden.parameters(), *out.parameters(), nothing]
    optimizer = torch.optim.Adam(parameters, lr=0.02)
    count = len(asked)
    for step in range(STEPS):
        for group in optimizer.param_groups:
            group["lr"] = 0.02 * (1 - step / STEPS)
        scores = out(hidden(table.x).relu()).squeeze(-1).clamp(-15, 15)
        total = torch.zeros(count).index_add(0, table.group, scores.exp()) + nothing.exp()
        gained = torch.zeros(count).index_add(0, table.group, scores * table.share)
        loss = (total.log() - gained - table.none * nothing).mean()
        loss = loss + DECAY * sum(p.square().sum() for p in parameters[:3])
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    with torch.no_grad():
        weights = [t.double().numpy() for t in (hidden.weight.T, hidden.bias, out.weight[0])]
    hidden_weight, bias, out_weight = weights
    return Model(
        mean, scale, hidden_weight, bias, out_weight, float(nothing.detach()), 0.0, 1.0, 1.0
    )


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
    return float(np.mean(scores)) if scores else 0.0


def _chosen(model: Model, close: float, one: Asked) -> NDArray[np.int64]:
    probabilities = model.probabilities(one.features)
    order = np.argsort(-probabilities)[:3]
    return np.asarray(order[probabilities[order] >= close * probabilities[order[0]]])


def report(asked: Sequence[Asked]) -> dict[str, float]:
    """By cross-validation: the best sentence answers, by kind; questions refused; sentences' F1."""
    groups = [a.question.article for a in asked]
    right: dict[str, list[bool]] = defaultdict(list)
    refused: dict[str, list[bool]] = defaultdict(list)
    f1s: list[float] = []
    gaps: list[tuple[float, bool]] = []
    for train, test in GroupKFold(FOLDS).split(groups, groups=groups):
        model = fit([asked[i] for i in train])
        held = [asked[i] for i in test]
        for close, many in ((model.close, False), (model.close_many, True)):
            group = [a for a in held if asks_for_several(a.question.question) == many]
            f1s += [_f1(model, close, group)] if any(a.question.answers for a in group) else []
        for one in held:
            each = model.probabilities(one.features)
            kind = one.question.kind
            refused[kind if not one.question.answers else "answerable"].append(
                float(each.sum()) < model.least
            )
            best = bool(len(each)) and one.labels[int(each.argmax())] == 1
            gaps.append((float(each.max(initial=0)), best))
            if one.question.answers:
                right["all"].append(best)
                right[kind].append(best)
    read = [bool((a.labels == 1).any()) for a in asked if a.question.answers]
    figures: dict[str, Any] = {"an answering sentence was read": np.mean(read)}
    figures |= {f"the best sentence answers, {k}": np.mean(v) for k, v in right.items()}
    figures |= {f"{k} refused": np.mean(v) for k, v in refused.items()}
    figures["F1 of the sentences chosen"] = np.mean(f1s)
    figures["calibration error of the best"] = _calibration_error(gaps)
    return {name: round(float(value), 3) for name, value in figures.items()}


def _calibration_error(gaps: Sequence[tuple[float, bool]], bins: int = 10) -> float:
    """Expected calibration error: mean gap of confidence and accuracy, over equal bins."""
    values = np.array(gaps, dtype=float)
    numbers = np.minimum((values[:, 0] * bins).astype(int), bins - 1)
    gap = 0.0
    for n in range(bins):
        inside = values[numbers == n]
        if len(inside):
            gap += abs(inside[:, 0].mean() - inside[:, 1].mean()) * len(inside)
    return gap / len(values)


def write(model: Model, figures: dict[str, float], count: int, path: Path) -> None:
    """Write the model, and beside it the figures of its cross-validation."""
    stored: dict[str, Any] = {
        "made_by": f"python -m assistant.train select ({count} questions)",
        "features": list(Features.__dataclass_fields__),
    }
    for name in ("mean", "scale", "hidden", "hidden_bias", "out"):
        stored[name] = np.round(getattr(model, name), 4).tolist()
    for name in NUMBERS:
        stored[name] = round(float(getattr(model, name)), 4)
    stored["cross_validation"] = figures
    path.write_text(json.dumps(stored) + "\n", encoding="utf-8")
