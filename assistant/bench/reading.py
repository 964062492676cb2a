"""Reading comprehension as SQuAD 2.0 measures it: the paragraph is given, a refusal is empty."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.bench.data import read_rows
from assistant.bench.figures import Figure
from assistant.reader import Reader, shared_reader
from assistant.score import exact_match, squad_f1
from index.network import load_card


def reading(data: Path, _: Path) -> list[Figure]:
    """qa_dev, with the threshold that was chosen on held-out articles of qa_train."""
    reads = read_qa(shared_reader(), data)
    given = [probable(read, load_card()["calibration"]) for read in reads]
    there = [
        (read, is_given) for read, is_given in zip(reads, given, strict=True) if not read.empty
    ]
    nothing = [is_given for read, is_given in zip(reads, given, strict=True) if read.empty]
    answerable = [read for read, _ in there]
    forced = [True] * len(answerable)

    lost = squad_score(answerable, forced) - squad_score(answerable, [g for _, g in there])

    def share(measure: str, value: float, rows: int, least: float | None = None) -> Figure:
        return Figure("reading", f"qa_dev, {measure}", 100 * value, "%", rows, least)

    return [
        share("F1", squad_score(reads, given), len(reads), 65),
        share("exact match", squad_score(reads, given, exactly=True), len(reads)),
        share("F1 of the answerable", squad_score(answerable, [g for _, g in there]), len(there)),
        share("unanswerable refused", 1 - sum(nothing) / len(nothing), len(nothing), 80),
        share("F1 of the answerable when it must answer", squad_score(answerable, forced),
              len(there), 78),
        share("exact match of the answerable when it must answer",
              squad_score(answerable, forced, exactly=True), len(there)),
        Figure("reading", "qa_dev, F1 of the answerable lost by refusing", 100 * lost, "points",
               len(there), most=4),
        *precision(load_card()),
    ]  # fmt: skip


def precision(card: dict[str, dict[str, float]]) -> list[Figure]:
    """What int8 loses, as `python -m assistant.train export` measured: fp32 does not ship."""
    figures = card["qa_dev"]
    loss = abs(figures["fp32_f1"] - figures["int8_f1"])
    rows = int(figures["rows"])
    return [
        Figure("reading", "qa_dev, F1, fp32 weights", figures["fp32_f1"], "%", rows),
        Figure("reading", "qa_dev, F1, int8 against fp32", loss, "points", rows, most=0.5),
    ]


def read_qa(reader: Reader, data: Path) -> "list[Read]":
    """Read all of qa_dev."""
    rows = read_rows(data, "qa_dev")
    return read_all(
        reader, [(r["question"], r["context"], [a["text"] for a in r["answers"]]) for r in rows]
    )


def probable(read: "Read", found: Mapping[str, float]) -> bool:
    """Whether the best answer is to be given, by the calibration that comes with the weights."""
    odds = found["score"] * read.score + found["answerable"] * read.answerable + found["bias"]
    return bool(odds >= found["threshold"])


@dataclass(frozen=True)
class Read:
    """One question, read.

    Attributes:
        score, answerable: log odds of the best span, and of the head for answerability.
        f1, exact: of the best span, were it given; 0 or 1 against "" when there is no answer.
        empty: there is no answer in the paragraph.
    """

    score: float
    answerable: float
    f1: float
    exact: float
    empty: bool


def read_all(reader: Reader, rows: Iterable[tuple[str, str, Sequence[str]]]) -> list[Read]:
    """Read (question, paragraph, gold answers); no answers: there is none."""
    found = []
    for question, paragraph, answers in rows:
        (reading,) = reader.read(question, [paragraph])
        span = reading.best()
        text = paragraph[span.start : span.stop] if span else ""
        found.append(
            Read(
                score=span.score if span else -99.0,
                answerable=reading.answerable,
                f1=max((squad_f1(text, answer) for answer in answers), default=0.0),
                exact=max((exact_match(text, answer) for answer in answers), default=0.0),
                empty=not answers,
            )
        )
    return found


def squad_score(reads: Sequence[Read], given: Sequence[bool], exactly: bool = False) -> float:
    """Mean F1 (or exact match) when those answers are `given` and all others refused."""
    total = sum(
        (not is_given if read.empty else is_given * (read.exact if exactly else read.f1))
        for read, is_given in zip(reads, given, strict=True)
    )
    return total / len(reads)
