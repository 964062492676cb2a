"""The measures, as plain functions: use them for any system that answers and cites.

Spans are (start, end) offsets into one text, half-open. Sources of definitions are named.
"""

import re
import string
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from index.words import STOP_WORDS, words

Span = tuple[int, int]
BINS = 10  # of confidence
_MARK = "·"
_POINT = re.compile(r"(?<=\d)\.(?=\d)")
_BETWEEN = re.compile(r"(?<=\d)[^\w\s,'’·](?=\d)")  # but for what parts a number's thousands
HALF = 0.5  # of the shorter of two spans must be shared for them to be the same sentence


def normalize(text: str) -> str:
    """Lower case, without punctuation and articles, white space folded (SQuAD 2.0's own rule)."""
    lowered = "".join(" " if c in "–—-" else c for c in text.lower())
    bare = "".join(c for c in lowered if c not in string.punctuation + "“”‘’")
    return " ".join(re.sub(r"\b(?:a|an|the)\b", " ", bare).split())


def squad_normalize(text: str) -> str:
    """SQuAD 2.0's official script: lower case, no ASCII punctuation, no articles.

    `normalize` is its lenient sibling: typographic marks do not count, and a dash parts words.
    """
    bare = "".join(c for c in text.lower() if c not in string.punctuation)
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", bare).split())


def exact_match(found: str, gold: str) -> float:
    """SQuAD's exact match: 1 when both are the same after its normalisation, else 0."""
    return float(squad_normalize(found) == squad_normalize(gold))


def squad_f1(found: str, gold: str) -> float:
    """SQuAD's token F1, from 0 to 1. A refusal is ""; two refusals agree."""
    return token_f1(squad_normalize(found).split(), squad_normalize(gold).split())


def answer_hit(answer: str, required: Sequence[Sequence[str]]) -> bool:
    """Whether every list of `required` has an alternative that occurs in the answer.

    Numbers are compared whole: "18 million" does not occur in "1.8 million", nor "19" in "2019".
    """
    found = _readings(answer)
    return all(any(_occurs(word, found) for word in either) for either in required)


def _readings(text: str) -> tuple[str, str]:
    """The text normalised, 19:30 or 1998/99 being one number, and the same being two."""
    pointed = _pointed(text)
    return normalize(pointed), normalize(_BETWEEN.sub(" ", pointed))


def _occurs(word: str, readings: Iterable[str]) -> bool:
    wanted = normalize(_pointed(word))
    if not wanted:
        return False  # as of "The" or "%": nothing to look for
    left = rf"(?<!\d)(?<!\d{_MARK})" if wanted[0].isdigit() else ""
    right = rf"(?!{_MARK}?\d)" if wanted[-1].isdigit() else ""
    pattern = re.compile(left + re.escape(wanted) + right)
    return any(pattern.search(text) for text in readings)


def _pointed(text: str) -> str:
    """The text with another mark for the decimal point, which normalising would take away."""
    return _POINT.sub(_MARK, text)


def same_sentence(one: Span, other: Span) -> bool:
    """Whether two spans of one text share at least half of the shorter one.

    Two people rarely cut a sentence at exactly the same characters.
    """
    shared = min(one[1], other[1]) - max(one[0], other[0])
    shorter = min(one[1] - one[0], other[1] - other[0])
    return shorter > 0 and shared >= HALF * shorter


def citation_recall(cited: Sequence[Span], evidence: Sequence[Span], either: bool) -> float:
    """Evidence sentences cited / evidence sentences; 0 where there is none.

    Args:
        either: any one of them suffices (`evidence_any`).
    """
    found = sum(any(same_sentence(e, c) for c in cited) for e in evidence)
    if either:
        return float(found > 0)
    return found / len(evidence) if evidence else 0.0


def citation_precision(
    cited: Sequence[tuple[Span, str]],
    evidence: Sequence[Span],
    required: Sequence[Sequence[str]],
    question: str,
) -> float:
    """Cited sentences that support the answer / cited sentences; 0 when none is cited.

    A sentence supports it when it is evidence, or holds a required answer and the subject of the
    question (one of its names, or one of its content words when it names nobody).

    Args:
        cited: (span, sentence); a span that is not in the evidence's article as (-1, -1).
    """
    about = subjects(question)

    def supports(span: Span, sentence: str) -> bool:
        if any(same_sentence(span, e) for e in evidence):
            return True
        readings = _readings(sentence)
        answers = any(_occurs(word, readings) for either in required for word in either)
        return answers and not about.isdisjoint(words(sentence))

    return sum(supports(*c) for c in cited) / len(cited) if cited else 0.0


def subjects(question: str) -> set[str]:
    """Names of a question (capitalised, not its first word), else its content words."""
    names = {w for t in question.split()[1:] if t[:1].isupper() for w in words(t)}
    return names or {word for word in words(question) if word not in STOP_WORDS}


@dataclass(frozen=True)
class Refusals:
    """Precision and recall of refusing, the unanswerable questions being the ones to find."""

    precision: float
    recall: float
    over_refusal: float

    @classmethod
    def of(cls, outcomes: Iterable[tuple[bool, bool]]) -> "Refusals":
        """From (question is answerable, answer was refused)."""
        rows = list(outcomes)
        refused = [answerable for answerable, refused in rows if refused]
        unanswerable = [refused for answerable, refused in rows if not answerable]
        answerable = [refused for answerable, refused in rows if answerable]
        return cls(
            precision=_share(not a for a in refused),
            recall=_share(unanswerable),
            over_refusal=_share(answerable),
        )


def _share(values: Iterable[bool]) -> float:
    found = list(values)
    return sum(found) / len(found) if found else 0.0


def calibration_error(given: Sequence[tuple[float, bool]], bins: int = BINS) -> float:
    """Expected calibration error (Naeini et al., 2015): mean gap of confidence and accuracy.

    Args:
        given: confidence and whether right, of each answer.
    """
    gap = 0.0
    for low in range(bins):
        inside = [(c, right) for c, right in given if low <= min(c * bins, bins - 1) < low + 1]
        gap += abs(sum(c for c, _ in inside) - sum(right for _, right in inside))
    return gap / max(1, len(given))


def token_f1(found: Sequence[str], wanted: Sequence[str]) -> float:
    """Harmonic mean of precision and recall of tokens, as multisets (SQuAD's token F1)."""
    if not found or not wanted:
        return float(found == wanted)
    shared = sum((Counter(found) & Counter(wanted)).values())
    return 2 * shared / (len(found) + len(wanted))


def mean(values: Iterable[float]) -> float:
    """0 for none."""
    found = list(values)
    return sum(found) / len(found) if found else 0.0
