"""Fit the model that answers without a language model: `python -m assistant.fit --data FOLDER`.

Data: SQuAD 2.0's part of qa_train, its paragraphs as articles. Half of the answerable questions are
asked with the right paragraph taken away: near misses, as in a library that lacks the article. The
regression sees every candidate sentence, labelled by whether it holds a gold answer in the right
paragraph. The threshold comes from other questions than the weights: it is the one that gives the
best balanced accuracy of answering or refusing. Seeded; the result is `extract.json`.
"""

import argparse
import hashlib
import json
import random
import tempfile
from dataclasses import asdict, astuple, dataclass
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from assistant.bench.data import Row, paragraph_articles, read_rows
from assistant.extract import Candidate, Features, Model, candidates
from assistant.pipeline import PASSAGES
from index.library import Library
from index.retrieve import retrieve

QUESTIONS = 3000
SEED = 7
BLANK = Model(weights=(0.0,) * 5, bias=0.0, threshold=0.0)


@dataclass(frozen=True)
class _Example:
    """One question's candidates and which of them answer; none for an unanswerable question."""

    features: list[tuple[float, ...]]
    labels: list[bool]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder of qa_train")
    data: Path = parser.parse_args().data
    rows = [row for row in read_rows(data, "qa_train") if row["dataset"] == "squad-2.0-dev"]
    data_sha256 = hashlib.sha256(json.dumps(rows, sort_keys=True).encode()).hexdigest()
    random.Random(SEED).shuffle(rows)  # noqa: S311
    with tempfile.TemporaryDirectory() as folder, Library(folder) as library:
        library.add(*paragraph_articles(rows))
        examples = [_example(library, row, n) for n, row in enumerate(rows[:QUESTIONS])]
    half = len(examples) // 2
    model = _fit(examples[:half])
    threshold = _threshold(model, examples[half:])
    report = _report(model, threshold, examples[half:])
    stored = {
        "made_by": f"python -m assistant.fit, seed {SEED}, {QUESTIONS} questions",
        "data_sha256": data_sha256,  # of the rows used
        "weights": asdict(Features(*(round(w, 4) for w in model.weights))),
        "bias": round(model.bias, 4),
        "threshold": round(threshold, 4),
        "held_out": report,
    }
    path = Path(__file__).with_name("extract.json")
    path.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")


def _example(library: Library, row: Row, number: int) -> _Example:
    hits = retrieve(library, row["question"], PASSAGES + 1)
    if number % 2:
        hits = tuple(
            h for h in hits if library.article(h.passage.article_id).text != row["context"]
        )
    found = candidates(library, row["question"], hits[:PASSAGES], BLANK)
    return _Example([astuple(c.features) for c in found], [_answers(c, row) for c in found])


def _answers(candidate: Candidate, row: Row) -> bool:
    sentence = candidate.sentence
    return candidate.article.text == row["context"] and any(
        sentence.start <= a["start"] and a["start"] + len(a["text"]) <= sentence.end
        for a in row["answers"]
    )


def _fit(examples: list[_Example]) -> Model:
    features = np.array([f for e in examples for f in e.features])
    labels = np.array([label for e in examples for label in e.labels])
    fitted = LogisticRegression(max_iter=1000).fit(features, labels)
    return Model(tuple(map(float, fitted.coef_[0])), float(fitted.intercept_[0]), 0.0)


def _threshold(model: Model, examples: list[_Example]) -> float:
    best = np.array([max(model.probability(Features(*f)) for f in e.features) for e in examples])
    answerable = np.array([any(e.labels) for e in examples])
    choices = np.quantile(best, np.linspace(0, 1, 201))
    accuracy = [
        ((best[answerable] >= t).mean() + (best[~answerable] < t).mean()) / 2 for t in choices
    ]
    return float(choices[int(np.argmax(accuracy))])


def _report(model: Model, threshold: float, examples: list[_Example]) -> dict[str, float]:
    """How the model does on questions that its weights were not fitted on."""
    first, refused, over = [], [], []
    for example in examples:
        scores = [model.probability(Features(*f)) for f in example.features]
        best = int(np.argmax(scores))
        if any(example.labels):
            first.append(example.labels[best])
            over.append(scores[best] < threshold)
        else:
            refused.append(scores[best] < threshold)
    return {
        "first_sentence_right": round(float(np.mean(first)), 3),
        "answerable_refused": round(float(np.mean(over)), 3),
        "unanswerable_refused": round(float(np.mean(refused)), 3),
    }


if __name__ == "__main__":
    main()
