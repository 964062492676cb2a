"""Names that are spelled like one that is found nowhere: "Lindholm", for "Lindhom"."""

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches

ALIKE = 0.8  # ratio of `difflib.SequenceMatcher`: a letter or two are others
SHORTEST = 4  # letters: of shorter names, others that are alike are many
_NAME = re.compile(r"\b[^\W\d_a-z][\w’'-]*[^\W_]")


def did_you_mean(names: Iterable[str], texts: Iterable[str]) -> str:
    """ "Did you mean “Lindholm”?", "" where the texts have the names, or nothing like them."""
    known = {word for text in texts for word in _NAME.findall(text)}
    folded = {word.casefold(): word for word in sorted(known)}
    found = dict.fromkeys(filter(None, (spelled_like(name, folded) for name in names)))
    return f"Did you mean {' or '.join(f'“{name}”' for name in found)}?" if found else ""


def spelled_like(name: str, known: Mapping[str, str]) -> str:
    """A name as it is known; "" where it is known as it is, or nothing like it.

    Args:
        name: of one or more words, of which those that are known stay as they are.
        known: words of names by the same in lower case.
    """
    written = [_written(word, known) for word in name.split()]
    if not all(written) or [w.casefold() for w in written] == name.casefold().split():
        return ""
    return " ".join(written)


def _written(word: str, known: Mapping[str, str]) -> str:
    """A word, or the one most like it that is known; "" where there is none."""
    plain = re.sub(r"[’']s?$", "", word).casefold()
    if plain in known:
        return known[plain]
    near = get_close_matches(plain, known, 1, ALIKE) if len(plain) >= SHORTEST else []
    return known[near[0]] if near else ""
