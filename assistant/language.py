"""In which language a text is written, as far as its function words tell.

The reader and the encoder know English. A question in another language is put to passages in that
language only: others would be compared with it by their names alone, and something would always be
found.
"""

import unicodedata
from functools import cache, lru_cache

from assistant.wordlists import table
from index.words import words

LEAST = 2  # function words, to name a language


@lru_cache(maxsize=1000)  # a question is compared with each passage, which the next one reads, too
def language(text: str) -> str:
    """Its name, that of the script when it is not Latin, or "" where too little tells."""
    script = _script(text)
    if script != "latin":
        return script
    found = words(text)
    counts = {name: sum(word in known for word in found) for name, known in _languages().items()}
    ranked = sorted(counts, key=lambda name: -counts[name])
    if counts[ranked[0]] < LEAST or counts[ranked[0]] == counts[ranked[1]]:
        return ""
    return ranked[0]


def foreign(question: str, passage: str) -> bool:
    """Whether a question that is not English is in another language than a passage, for sure."""
    asked = language(question)
    return asked not in ("", "english") and language(passage) not in ("", asked)


def _script(text: str) -> str:
    """The script of most letters, "" of a text without any."""
    counts: dict[str, int] = {}
    for letter in filter(str.isalpha, text[:1000]):
        script = unicodedata.name(letter, "unknown").split()[0].casefold()
        counts[script] = counts.get(script, 0) + 1
    return max(counts, key=lambda script: counts[script], default="")


@cache
def _languages() -> dict[str, frozenset[str]]:
    return {name: frozenset(listed.split()) for name, listed in table("languages").items()}
