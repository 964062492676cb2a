"""Fit the model that answers without a language model: `python -m assistant.fit`.

Data: the golden cases over the sample articles, which are this repository's own. The regression
sees every candidate sentence of every question, labelled by whether a case wants it cited. The
threshold lets nine in ten of the answerable questions be answered. The result, `extract.json`, also
has a report by five-fold cross-validation: each question is judged by a model that has not seen it.
"""

import argparse
import json
import tempfile
import tomllib
from collections.abc import Sequence
from dataclasses import asdict, astuple, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold

from assistant.extract import Candidate, Features, Model, candidates
from assistant.pipeline import PASSAGES
from index.library import Library
from index.retrieve import retrieve

OVER_REFUSAL = 0.1  # of the answerable questions
FOLDS = 5
SEED = 7
TESTS = Path(__file__).parents[1] / "tests"
BLANK = Model(weights=(0.0,) * 5, bias=0.0, threshold=0.0)


@dataclass(frozen=True)
class Example:
    """One question: its candidates' features, and which of them a case wants cited."""

    features: NDArray[np.float64]  # (candidates, 5)
    labels: NDArray[np.bool_]
    answerable: bool


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=Path, default=TESTS / "articles")
    parser.add_argument("--golden", type=Path, default=TESTS / "golden")
    parser.add_argument("--output", type=Path, default=Path(__file__).with_name("extract.json"))
    arguments = parser.parse_args()
    examples = read_examples(arguments.articles, arguments.golden)
    model = fit(examples)
    stored = {
        "made_by": f"python -m assistant.fit ({len(examples)} questions, seed {SEED})",
        "weights": asdict(Features(*(round(weight, 4) for weight in model.weights))),
        "bias": round(model.bias, 4),
        "threshold": round(model.threshold, 4),
        "cross_validation": cross_validate(examples),
    }
    arguments.output.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")


def read_examples(articles: Path, golden: Path) -> list[Example]:
    """Ask the golden cases of a library of the sample articles."""
    paths = sorted(golden.glob("*.toml"))
    cases = [case for path in paths for case in tomllib.loads(path.read_text("utf-8"))["case"]]
    with tempfile.TemporaryDirectory() as folder, Library(folder) as library:
        library.add(articles)
        return [_example(library, case) for case in cases]


def _example(library: Library, case: dict[str, Any]) -> Example:
    question = case["question"]
    found = candidates(library, question, retrieve(library, question, PASSAGES), BLANK)
    wanted = tuple(case.get("must_cite", ()))

    def answers(candidate: Candidate) -> bool:
        return bool(wanted) and candidate.text.startswith(wanted)

    return Example(
        features=np.array([astuple(candidate.features) for candidate in found]),
        labels=np.array([answers(candidate) for candidate in found]),
        answerable=not case.get("refused"),
    )


def fit(examples: Sequence[Example]) -> Model:
    """Weights by logistic regression, then the threshold for them."""
    fitted = LogisticRegression(max_iter=1000).fit(
        np.concatenate([example.features for example in examples]),
        np.concatenate([example.labels for example in examples]),
    )
    weights = tuple(float(weight) for weight in fitted.coef_[0])
    model = Model(weights, float(fitted.intercept_[0]), threshold=0.0)
    best = [max(_probabilities(model, example)) for example in examples if example.answerable]
    return Model(model.weights, model.bias, threshold=float(np.quantile(best, OVER_REFUSAL)))


def cross_validate(examples: Sequence[Example]) -> dict[str, float]:
    """Shares over all questions, each judged by a model fitted on the other folds."""
    first, answerable, refused = [], [], []
    folds = KFold(FOLDS, shuffle=True, random_state=SEED)
    for train, test in folds.split(np.arange(len(examples))):
        model = fit([examples[n] for n in train])
        for example in (examples[n] for n in test):
            probabilities = _probabilities(model, example)
            first.append(bool(example.labels[int(np.argmax(probabilities))]))
            answerable.append(example.answerable)
            refused.append(max(probabilities) < model.threshold)
    can, no = np.array(answerable), np.array(refused)
    return {
        "first_sentence_right": round(float(np.mean(np.array(first)[can])), 3),
        "answerable_refused": round(float(np.mean(no[can])), 3),
        "unanswerable_refused": round(float(np.mean(no[~can])), 3),
    }


def _probabilities(model: Model, example: Example) -> list[float]:
    return [model.probability(Features(*map(float, row))) for row in example.features]


if __name__ == "__main__":
    main()
