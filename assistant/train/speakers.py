"""Fit whom "he" and "she" mean: `python -m assistant.train speakers` writes index/speakers.json.

Data: `speakers.jsonl`, 340 pronoun and role speakers of attribution_train, labelled by reading; by
offsets, no text. The model is a conditional logit: a softmax over the persons named or speaking
shortly before. From which probability on to give a name is chosen by five-fold cross-validation
on the same labels, so that at most one in twenty is wrong.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.bench.data import read_lines
from assistant.train.attributions import labelled_speakers
from index.speakers import FEATURES, Model

PATH = Path(__file__).with_name("speakers.jsonl")
FOLDS = 5
WRONG = 0.05  # of the pronouns
RIDGE = 0.005
STEPS, RATE = 1500, 0.2

# A first guess of what matters, to begin with.
GUESS = {"distance": -0.7, "begins": 1.0, "acts": 1.0, "spoke last": 1.5, "possessive": -0.5}
START: Model = (tuple(GUESS.get(name, 0.0) for name in FEATURES), -3.0, 0.5)


@dataclass(frozen=True)
class Choice:
    """Candidates for one pronoun: features (candidates + 1, FEATURES + 1), and the right one.

    The last candidate is none of them; its one feature is a constant.
    """

    features: NDArray[np.float64]
    right: int


def choices(news: Path, model: Model) -> list[Choice]:
    """All labelled pronouns with their candidates; `model` says whom pronouns before them mean."""
    texts = {row["id"]: row for row in read_lines(news)}
    made = []
    for label in read_lines(PATH):
        row = texts[label["article"]]
        start, stop = label["source"]
        pronoun = row["text"][start:stop]
        if pronoun.casefold() not in ("he", "she"):
            continue
        speakers, number = labelled_speakers(row, (start, stop), model)
        found = speakers.candidates(number, start, pronoun)
        wanted = [row["text"][s:e] for s, e in label["speakers"]]
        names = [speakers.entities[entity].name for entity in found]
        right = [n for n, name in enumerate(names) if any(same_name(name, w) for w in wanted)]
        if found:
            features = np.zeros((len(found) + 1, len(FEATURES) + 1))
            features[:-1, :-1] = list(found.values())
            features[-1, -1] = 1
            made.append(Choice(features, right[0] if right else len(found)))
    return made


def same_name(one: str, other: str) -> bool:
    """Whether two names are of one person: the words of the shorter are in the longer, in order."""
    short, long = sorted((one.split(), other.split()), key=len)
    rest = iter(long)
    return bool(short) and short[-1] == long[-1] and all(word in rest for word in short)


def fit(found: Sequence[Choice]) -> NDArray[np.float64]:
    """Weights by gradient ascent on the penalised likelihood of the right candidates."""
    weights = np.zeros(len(FEATURES) + 1)
    for _ in range(STEPS):
        slope = -RIDGE * weights * len(found)
        for choice in found:
            slope += (
                choice.features[choice.right] - probabilities(choice, weights) @ choice.features
            )
        weights = weights + RATE * slope / len(found)
    return weights


def probabilities(choice: Choice, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    scores = choice.features @ weights
    odds = np.exp(scores - scores.max())
    return np.asarray(odds / odds.sum())


def write(news: Path, path: Path) -> None:
    """Fit the model and choose its least probability; write both, and the cross-validation.

    Fitted twice, as whom earlier pronouns mean tells whom the next one means.
    """
    found = choices(news, START)
    *first, nobody = fit(found)
    found = choices(news, (tuple(first), nobody, START[2]))
    held: list[tuple[float, bool]] = []  # probability of the best, and whether it is right
    for fold in range(FOLDS):
        weights = fit([c for n, c in enumerate(found) if n % FOLDS != fold])
        for choice in found[fold::FOLDS]:
            each = probabilities(choice, weights)[:-1]
            held.append((float(each.max()), int(each.argmax()) == choice.right))
    held.sort(reverse=True)
    wrong = np.cumsum([not right for _, right in held])
    kept = int(np.searchsorted(wrong, WRONG * len(held), "right"))
    least = held[max(0, kept - 1)][0]
    fitted = [round(float(weight), 4) for weight in fit(found)]
    stored = {
        "made_by": f"python -m assistant.train speakers ({len(found)} pronouns)",
        "weights": dict(zip(FEATURES, fitted[:-1], strict=True)),
        "nobody": fitted[-1],
        "least": round(least, 4),
        "cross_validation": {
            "right": round(sum(right for p, right in held if p >= least) / len(held), 3),
            "wrong": round(sum(not right for p, right in held if p >= least) / len(held), 3),
            "right without abstaining": round(sum(right for _, right in held) / len(held), 3),
        },
    }
    path.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")
