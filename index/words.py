"""Words of a text, as search sees them."""

import re
from functools import lru_cache

# Function words that questions and news share whatever they are about. "not" is left in.
STOP_WORDS = frozenset(
    """
    a about according after all also am an and any are as at be because been before being both but
    by can could did do does doing for from had has have having he her hers him his how i if in
    into is it its just me more most my no of off on once only or our out over own s said say
    saying says she should so some such t than that the their them then there these they this
    those to too under until up very was we were what when where which while who whom whose why
    will with would you your
    """.split()  # noqa: SIM905 -- a paragraph of words reads better than 130 quoted ones
)
MOST = 64  # of one question: a pasted article is a question about its beginning

_WORD = re.compile(r"\w+")


def words(text: str) -> list[str]:
    """Words in order, case-folded."""
    return _WORD.findall(text.casefold())


def search_words(question: str) -> list[str]:
    """The words of a question that are worth searching for: each once, at most 64.

    When it has none but function words ("Who said that?"), those.
    """
    found = list(dict.fromkeys(words(question)))
    return ([word for word in found if word not in STOP_WORDS] or found)[:MOST]


_SUFFIXES = (
    *("ations", "ation", "ings", "ing", "ers", "er", "als", "al", "ies", "ied"),
    *("es", "ed", "s", "e"),
)


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """A word without its inflection, roughly: denied, denies, denying and denial are all "deni".

    Meant for comparing words of one question with words of one sentence, where a rare clash does
    little harm; the full-text index uses Porter's stemmer.
    """
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= 3:
            word = word[: -len(suffix)] + ("i" if suffix in ("ies", "ied") else "")
            break
    return word[:-1] + "i" if word.endswith("y") and len(word) > 3 else word


@lru_cache(maxsize=20_000)
def content_stems(text: str) -> frozenset[str]:
    """The stems of a text's words, without function words."""
    return frozenset(stem(word) for word in words(text) if word not in STOP_WORDS)
