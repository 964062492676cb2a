"""Whose statement an answer is: the article's own, or that of somebody it names.

The reader's tags say what of a passage is somebody's words, and who that is.
"""

import re

from assistant.extract import Candidate
from assistant.reader import Reader, Tagged

PRONOUN = re.compile(
    r"(?:he|she|it|they|we|i|you|him|her|them|us|this|that|these|those|who|which|his|their|one)",
    re.IGNORECASE,
)

Pair = tuple[int, int]


def speaker(candidate: Candidate, reader: Reader) -> str | None:
    """Who said what answers, as the article puts it in the same sentence.

    Returns:
        None when it is the article's own statement, or is itself the name of who speaks; "" when
        somebody said it whom the sentence does not name.
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
    nearest = min(named, key=lambda source: _gap(source, content))
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
