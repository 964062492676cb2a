"""Whose statement an answer is: the article's own, or that of somebody it names.

The reader's tags say what of a passage is somebody's words, and who that is.
"""

import re

from assistant.extract import Candidate
from assistant.reader import Reader, Tagged
from index.words import words

PRONOUN = re.compile(
    r"(?:he|she|it|they|we|i|you|him|her|them|us|this|that|these|those|who|which|his|their|one)",
    re.IGNORECASE,
)

# Cues by which somebody asserts what they say: only then is it true "according to" them. What was
# denied, promised or asked is not.
ASSERTED = frozenset(
    """
    say says said saying tell tells told add adds added according note notes noted state states
    stated announce announces announced report reports reported explain explains explained write
    writes wrote claim claims claimed argue argues argued insist insists insisted
    """.split()  # noqa: SIM905 -- a paragraph of words reads better than quoted ones
)

Pair = tuple[int, int]


def speaker(candidate: Candidate, reader: Reader) -> str | None:
    """Who said what answers, as the article puts it in the same sentence.

    Returns:
        None when it is the article's own statement, or is itself the name of who speaks; "" when
        somebody said it whom the sentence does not name, or did not assert it.
    """
    tagged = reader.tag(candidate.hit.text)
    offset = candidate.offset
    answer = (candidate.answer[0] - offset, candidate.answer[1] - offset)
    sentence = (candidate.sentence.start - offset, candidate.sentence.stop - offset)
    content = _holding(tagged, answer)
    if content is None or any(_shared(source, answer) for source in tagged.sources):
        return None
    named = [source for source in tagged.sources if _shared(source, sentence)]
    if not named:
        return ""
    cues = [cue for cue in tagged.cues if _shared(cue, sentence)]
    cue = min(cues, key=lambda cue: _gap(cue, content), default=(0, 0))
    said = words(candidate.hit.text[slice(*cue)])
    if ASSERTED.isdisjoint(said) or "not" in said:
        return ""
    nearest = min(named, key=lambda source: _gap(source, cue))
    text = " ".join(candidate.hit.text[slice(*nearest)].split())
    return "" if PRONOUN.fullmatch(text) else text


def _holding(tagged: Tagged, answer: Pair) -> Pair | None:
    """The content that holds at least half of the answer."""
    half = (answer[1] - answer[0]) / 2
    return next((c for c in tagged.contents if _shared(c, answer) >= half), None)


def _shared(one: Pair, other: Pair) -> int:
    return max(0, min(one[1], other[1]) - max(one[0], other[0]))


def _gap(one: Pair, other: Pair) -> int:
    return max(one[0] - other[1], other[0] - one[1], 0)
