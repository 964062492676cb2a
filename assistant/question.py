"""What is asked: a follow-up made standalone, a double question taken apart."""

import re
from collections.abc import Sequence

from index.words import STOP_WORDS, words

History = Sequence[tuple[str, str]]

# What points back to something said before, and cannot be searched for.
_PRONOUNS = frozenset(
    ["he", "him", "his", "she", "her", "hers", "it", "its", "they", "them", "their", "theirs"]
)
# "that" mostly opens a clause ("denied that ..."); as a pronoun it ends or follows the verb.
_DEMONSTRATIVE = re.compile(
    r"\b(?:that|this|those|these|then|there)\s*\?*$"
    r"|^(?:\w+ )?(?:is|are|was|were|did|does) (?:that|this)\b",
    re.IGNORECASE,
)
_OPENERS = ("and ", "what about ", "how about ", "why", "but ", "so ")

_ASKING = (
    r"(?:(?:at|in|on|by|for|to|from|with|of) )?(?:who|whom|whose|what|when|where|why|which|how)\b"
)
_AND_ASKING = re.compile(rf",? and (?={_ASKING})", re.IGNORECASE)
_NAME = r"(?:[A-Z][\w.'’-]* ?)+?"
_EACH = re.compile(rf"\b({_NAME}) and ({_NAME}) (?:each|both|respectively)\b")


def understand(question: str, history: History = ()) -> str:
    """The question as it is searched for.

    A follow-up ("Why did he?", "And what about Armenia?") is put behind the question it follows,
    so that the names in that one are searched for too.

    Args:
        history: (question, answer) of earlier turns, oldest first.
    """
    question = " ".join(question.split())
    if not history or not _points_back(question):
        return question
    before = " ".join(history[-1][0].split())
    return f"{before} {question}" if before else question


def parts(question: str) -> tuple[str, ...]:
    """The questions that one question holds; most hold one.

    "How much is it, and who pays?" asks two things, "What did Cho and Lind each say?" also. A part
    that would be too short to stand alone ("..., and why?") leaves the question whole.
    """
    each = _EACH.search(question)
    if each:
        return tuple(
            question[: each.start()] + name + question[each.end() :] for name in each.groups()
        )
    found = tuple(part.strip() for part in _AND_ASKING.split(question))
    if any(len([w for w in words(part) if w not in STOP_WORDS]) < 2 for part in found):
        return (question,)
    return (
        tuple(part if part.endswith("?") else part + "?" for part in found) if found[1:] else found
    )


def _points_back(question: str) -> bool:
    found = words(question)
    named = any(word[:1].isupper() for word in question.split()[1:])
    content = [word for word in found if word not in STOP_WORDS]
    if not content or question.casefold().startswith(_OPENERS):
        return True
    points = not _PRONOUNS.isdisjoint(found) or bool(_DEMONSTRATIVE.search(question))
    return points and not named
