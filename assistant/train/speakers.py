"""Fit whom "he" and "the senator" mean: `python -m assistant.train speakers` writes speakers.json.

Data: `speakers.jsonl`, 518 pronoun and role speakers of attribution_train, labelled by reading; by
offsets, no text. The models are conditional logits: a softmax over the persons named or speaking
before. From which probability on to give a name is chosen by five-fold cross-validation on the same
labels: so that at most one pronoun in twenty is wrong, and one in ten of the roles that get a name.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.bench.data import read_lines
from assistant.train.attributions import labelled_speakers
from index import roles
from index.article import Span
from index.speakers import FEATURES, LONGEST_ROLE, Model, Speakers

PATH = Path(__file__).with_name("speakers.jsonl")
FOLDS, REPEATS = 5, 5
WRONG = 0.05  # of the pronouns
WRONG_NAMES = 0.1  # of the roles that get a name
ROUNDS = 3
RIDGE = 0.01
STEPS, RATE = 1500, 0.2

# A first guess of what matters, to begin with.
GUESS = {"distance": -0.7, "begins": 1.0, "acts": 1.0, "spoke last": 1.5, "possessive": -0.5}
START: Model = (tuple(GUESS.get(name, 0.0) for name in FEATURES), -3.0, 0.5)
NO_ROLES: Model = ((0.0,) * len(roles.FEATURES), 0.0, 2.0)  # gives no name


@dataclass(frozen=True)
class Choice:
    """Candidates for one mention: features (candidates + 1, features + 1), and the right one.

    The last candidate is none of them; its one feature is a constant. Where somebody is called so,
    with a name or without ("a judge in Ohio"), it is `contested`: nobody is meant who is not.
    """

    features: NDArray[np.float64]
    right: int
    contested: bool = False

    def is_named(self, candidate: int) -> bool:
        """Whether the likeliest candidate would be taken, were it likely enough."""
        role = self.features[candidate, roles.FEATURES.index("role")] if self.contested else 1.0
        return bool(role)


def choices(news: Path, model: Model) -> list[Choice]:
    """All labelled pronouns with their candidates; `model` says whom pronouns before them mean."""
    made = []
    for row, span, wanted in _labels(news):
        pronoun = row["text"][slice(*span)]
        if pronoun.casefold() in ("he", "she"):
            speakers, number = labelled_speakers(row, span, model, NO_ROLES)
            found = speakers.candidates(number, span[0], pronoun)
            made += _choice(speakers, found, wanted, contested=False)
    return made


def role_choices(news: Path, model: Model) -> list[Choice]:
    """All labelled roles of persons with their candidates; `model` as for `choices`.

    Also those by which one person alone is called, who is meant whatever the model makes of it:
    they tell as much of what matters.
    """
    made = []
    for row, span, wanted in _labels(news):
        words = row["text"][slice(*span)].split()
        if 1 < len(words) <= LONGEST_ROLE and roles.kind_of(words) == "person":
            speakers, number = labelled_speakers(row, span, model, NO_ROLES)
            found = speakers.role_candidates(number, words, span[0])
            contested = bool(roles.called(found)) or bool(speakers.introduced(words, span[0]))
            made += _choice(speakers, found, wanted, contested)
    return made


def _labels(news: Path) -> Iterator[tuple[dict[str, Any], Span, list[str]]]:
    """Article, source, and the names that are right."""
    texts = {row["id"]: row for row in read_lines(news)}
    for label in read_lines(PATH):
        row, (start, stop) = texts[label["article"]], label["source"]
        yield row, (start, stop), [row["text"][s:e] for s, e in label["speakers"]]


def _choice(
    speakers: Speakers, found: dict[int, list[float]], wanted: Sequence[str], contested: bool
) -> list[Choice]:
    """The choice among some candidates; none where there are none."""
    if not found:
        return []
    names = [speakers.entities[entity].name for entity in found]
    right = [n for n, name in enumerate(names) if any(same_name(name, w) for w in wanted)]
    features = np.zeros((len(found) + 1, len(next(iter(found.values()))) + 1))
    features[:-1, :-1] = list(found.values())
    features[-1, -1] = 1
    return [Choice(features, right[0] if right else len(found), contested)]


def same_name(one: str, other: str) -> bool:
    """Whether two names are of one person: the words of the shorter are in the longer, in order."""
    short, long = sorted((one.split(), other.split()), key=len)
    rest = iter(long)
    return bool(short) and short[-1] == long[-1] and all(word in rest for word in short)


def fit(found: Sequence[Choice]) -> NDArray[np.float64]:
    """Weights by gradient ascent on the penalised likelihood of the right candidates."""
    most, width = max(len(c.features) for c in found), found[0].features.shape[1]
    features = np.zeros((len(found), most, width))  # choices padded to the longest
    padding = np.full((len(found), most), -np.inf)
    for n, choice in enumerate(found):
        features[n, : len(choice.features)] = choice.features
        padding[n, : len(choice.features)] = 0
    right = np.mean([choice.features[choice.right] for choice in found], axis=0)
    weights = np.zeros(width)
    for _ in range(STEPS):
        scores = features @ weights + padding
        odds = np.exp(scores - scores.max(1, keepdims=True))
        odds /= odds.sum(1, keepdims=True)
        expected = np.einsum("nm,nmw->w", odds, features) / len(found)
        weights = weights + RATE * (right - expected - RIDGE * weights)
    return weights


def probabilities(choice: Choice, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    scores = choice.features @ weights
    odds = np.exp(scores - scores.max())
    return np.asarray(odds / odds.sum())


def write(news: Path, path: Path) -> None:
    """Fit both models and choose their least probabilities; write them, and the cross-validations.

    Whom earlier pronouns mean tells whom the next one means: their model is fitted, and its least
    probability chosen, again and again, each time with what the one before makes of them.
    """
    model, pronouns = START, dict[str, Any]()
    for _ in range(ROUNDS):
        found = choices(news, model)
        pronouns = _fitted(found, FEATURES, of_all=WRONG)
        model = tuple(pronouns["weights"].values()), pronouns["nobody"], pronouns["least"]
    stored = {
        "made_by": "python -m assistant.train speakers",
        "pronouns": pronouns,
        "roles": _fitted(role_choices(news, model), roles.FEATURES, of_named=WRONG_NAMES),
    }
    path.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")


def cross_validated(found: Sequence[Choice]) -> list[tuple[float, bool]]:
    """Of those that may get a name: the probability of the likeliest, whether it is right; sorted.

    Each `REPEATS` times, by models that have not seen it: where so few decide, one way to deal them
    into folds moves the threshold by what names a pronoun in thirty.
    """
    held = []
    for seed in range(REPEATS):
        dealt = np.random.default_rng(seed).permutation(len(found))
        for fold in range(FOLDS):
            held_out = dealt[fold::FOLDS]
            weights = fit([found[n] for n in dealt if n not in held_out])
            for choice in (found[n] for n in held_out):
                each = probabilities(choice, weights)[:-1]
                best = int(each.argmax())
                if choice.is_named(best):
                    held.append((float(each[best]), best == choice.right))
    return sorted(held, reverse=True)


def _fitted(
    found: Sequence[Choice], names: Sequence[str], of_all: float = 0.0, of_named: float = 0.0
) -> dict[str, Any]:
    """Weights, the least probability by which a name is given, and the cross-validation.

    Args:
        of_all, of_named: shares of all mentions, and of those that get a name, that may be wrong.
    """
    held = cross_validated(found)
    wrong, named = np.cumsum([not right for _, right in held]), np.arange(1, len(held) + 1)
    allowed = np.flatnonzero(wrong <= of_all * REPEATS * len(found) + of_named * named)
    least = held[int(allowed.max(initial=0))][0]
    weights = [round(float(weight), 4) for weight in fit(found)]
    outcomes = {
        "right": [right for p, right in held if p >= least],
        "wrong": [not right for p, right in held if p >= least],
        "right without abstaining": [right for _, right in held],
    }
    return {
        "count": len(found),
        "weights": dict(zip(names, weights[:-1], strict=True)),
        "nobody": weights[-1],
        "least": round(least, 4),
        "cross_validation": {
            name: round(sum(each) / (REPEATS * len(found)), 3) for name, each in outcomes.items()
        },
    }
