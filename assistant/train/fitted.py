"""A small network that chooses one of several, fitted; and a fitted model as JSON.

The figures of its cross-validation are stored beside it.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.model_selection import GroupKFold

from index.ranking import Floats, Scorer

FOLDS = 5
UNITS, STEPS, RATE, DECAY, SEED = 16, 400, 0.02, 1e-4, 13


def folds(articles: Sequence[str]) -> Iterator[tuple[list[int], list[int]]]:
    """Numbers of questions to fit to and to test with, no article in both."""
    for train, test in GroupKFold(FOLDS).split(articles, groups=articles):
        yield train.tolist(), test.tolist()


def fit_choice(
    features: Sequence[Floats], right: Sequence[NDArray[np.bool_]]
) -> tuple[Scorer, float]:
    """Minimise the cross-entropy of a softmax over what there is to choose from, or none of it.

    Args:
        features: of each question (choices, features).
        right: (choices,); none may be.

    Returns:
        The network, and the score of "none of them".
    """
    every = np.concatenate(features)
    mean, scale = every.mean(0), every.std(0) + 1e-6
    x = torch.tensor((every - mean) / scale, dtype=torch.float32)
    count = len(features)
    group = torch.tensor(np.repeat(np.arange(count), [len(r) for r in right]))
    shares = np.concatenate([r / max(1, r.sum()) for r in right])
    share = torch.tensor(shares, dtype=torch.float32)
    none = torch.tensor([float(not r.any()) for r in right])
    torch.manual_seed(SEED)
    hidden = torch.nn.Linear(x.shape[1], UNITS)
    out = torch.nn.Linear(UNITS, 1, bias=False)
    nothing = torch.nn.Parameter(torch.zeros(()))
    parameters = [*hidden.parameters(), *out.parameters(), nothing]
    optimizer = torch.optim.Adam(parameters, lr=RATE)
    for step in range(STEPS):
        for part in optimizer.param_groups:
            part["lr"] = RATE * (1 - step / STEPS)
        scores = out(hidden(x).relu()).squeeze(-1).clamp(-15, 15)
        total = torch.zeros(count).index_add(0, group, scores.exp()) + nothing.exp()
        gained = torch.zeros(count).index_add(0, group, scores * share)
        loss = (total.log() - gained - none * nothing).mean()
        loss = loss + DECAY * sum(p.square().sum() for p in parameters[:3])
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    with torch.no_grad():
        weights = [t.double().numpy() for t in (hidden.weight.T, hidden.bias, out.weight[0])]
    hidden_weight, bias, out_weight = weights
    return Scorer(mean, scale, hidden_weight, bias, out_weight), float(nothing.detach())


def write(
    fitted: object,
    inputs: Mapping[str, object],
    arrays: Iterable[str],
    numbers: Iterable[str],
    figures: dict[str, float],
    count: int,
    path: Path,
    step: str = "select",
) -> None:
    """Write attributes of a model, rounded to four decimals.

    Args:
        step: of `python -m assistant.train` that made it.
        inputs: what its inputs are called, and their names; which reader they come from.
        count: of the questions that it was fitted to.
    """
    stored: dict[str, Any] = {
        "made_by": f"python -m assistant.train {step} ({count} questions)",
        **inputs,
        **{name: np.round(getattr(fitted, name), 4).tolist() for name in arrays},
        **{name: round(float(getattr(fitted, name)), 4) for name in numbers},
        "cross_validation": figures,
    }
    path.write_text(json.dumps(stored) + "\n", encoding="utf-8")
