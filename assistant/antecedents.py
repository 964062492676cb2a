"""Whether a sentence leaves to those before it whom or what it is about ("It sank on Sunday.").

The words that make exceptions are data: `antecedents.toml`.
"""

import re
from functools import cache

from assistant.wordlists import table
from index.words import STOP_WORDS

_POINTING = re.compile(
    r"[\W_]*(?:(?:He|She|They|His|Her|Their|Its)\b|(?P<it>It)\b|(?P<both>Both)\b|"
    r"(?P<this>This|These|Those)\b) ?(?P<rest>.*)",
    re.DOTALL,
)
_BEING = re.compile(
    r"(?:is|was|['’]s|will be|would be|has been|had been|may be|might be|became|becomes)"
    r"(?: (?:not|also|still|now|yet|never|\w+ly))* (?P<what>[\w’'-]+)"
)
_FIRST_WORDS = 4
_PERSON = frozenset(["he", "she", "they"])


def points_back(sentence: str) -> bool:
    """Whether a sentence begins with a pronoun, or has one among its first words ("Then he left").

    "It was raining" and "Those who left" point at nothing; nor, mostly, does a pronoun before which
    somebody is named.
    """
    found = _POINTING.match(sentence)
    if found is None:
        return _person_early(sentence)
    rest = found["rest"]
    if found["it"]:
        return not _impersonal(rest)
    if found["both"]:  # "Both Venn and Orlo", "Both the mayor and"
        return " and " not in " ".join(rest.split()[:8])
    following = rest.split()[0].casefold().strip(",.") if rest.split() else ""
    if found["this"]:
        known = following.rstrip("s") in _words("near") or following in ("who", "whose")
        return not known
    return True


def _impersonal(rest: str) -> bool:
    """Whether "It" in front of this is nothing in particular: "was not known", "seems that"."""
    being = _BEING.match(rest)
    if being:
        when = being["what"] in ("in", "on", "at", "only", "because") and " that " in rest
        return when or being["what"].casefold() in _words("impersonal")
    return bool(rest) and rest.split()[0].casefold() in _words("verbs")


def _person_early(sentence: str) -> bool:
    """Whether "he" is among the first words, and nobody is named before, or in the main clause."""
    parts = re.findall(r"[\w’'-]+", sentence)
    if not parts or parts[0].casefold() not in STOP_WORDS | _words("opening") | _words("adverbs"):
        return False  # "Venn said he left"
    for at, word in enumerate(parts[:_FIRST_WORDS]):
        if word in _PERSON:
            break
        if at and word[:1].isupper() and word.casefold() not in _words("dates"):
            return False
    else:
        return False
    if parts[0].casefold() not in _words("opening"):
        return True
    _, _, main = sentence.partition(",")
    return re.match(r"\s+(?:[A-Z]|the\b|an?\b)", main) is None


@cache
def _words(name: str) -> frozenset[str]:
    return frozenset(table("antecedents")[name].split())
