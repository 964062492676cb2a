"""Follow-ups: how close the standalone question is to the one a person wrote."""

from pathlib import Path

from assistant.bench.data import read_rows
from assistant.bench.figures import Figure
from assistant.question import understand
from assistant.score import mean, normalize, token_f1


def follow_ups(data: Path, work: Path) -> list[Figure]:
    """Unigram F1 against the human rewrite (TREC CAsT 2019); the raw question is the floor."""
    rows = read_rows(data, "followups_dev")
    ours, raw = [], []
    for row in rows:
        history = [(question, "") for question in row["history"]]
        ours.append(unigram_f1(understand(row["question"], history), row["rewritten"]))
        raw.append(unigram_f1(row["question"], row["rewritten"]))
    return [
        Figure("follow-ups", "unigram F1", 100 * mean(ours), "%", len(rows)),
        Figure("follow-ups", "unigram F1, raw question", 100 * mean(raw), "%", len(rows)),
    ]


def unigram_f1(found: str, wanted: str) -> float:
    """F1 over the words of two texts, as multisets."""
    return token_f1(normalize(found).split(), normalize(wanted).split())
