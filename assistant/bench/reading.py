"""Reading comprehension as SQuAD 2.0 measures it: the paragraph is given, a refusal is empty."""

import re
import string
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from assistant.reader import Reader


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
                f1=max((f1(text, answer) for answer in answers), default=0.0),
                exact=max((exact(text, answer) for answer in answers), default=0.0),
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


def squad_normalize(text: str) -> str:
    """The official script's normalisation: lower case, no punctuation, no articles."""
    bare = "".join(c for c in text.lower() if c not in string.punctuation)
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", bare).split())


def exact(found: str, gold: str) -> float:
    """1 when both are the same after normalisation."""
    return float(squad_normalize(found) == squad_normalize(gold))


def f1(found: str, gold: str) -> float:
    """Harmonic mean of token precision and recall, of bags of normalised tokens."""
    ours, theirs = squad_normalize(found).split(), squad_normalize(gold).split()
    shared = sum((Counter(ours) & Counter(theirs)).values())
    if not ours or not theirs:
        return float(ours == theirs)
    return 2 * shared / (len(ours) + len(theirs))
