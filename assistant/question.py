"""What is asked: a follow-up made standalone, a double question taken apart."""

import re
from typing import TYPE_CHECKING

from assistant.followup import History, standalone
from index.words import STOP_WORDS, words

if TYPE_CHECKING:
    from assistant.llm import Model

_ASKING = (
    r"(?:(?:at|in|on|by|for|to|from|with|of) )?(?:who|whom|whose|what|when|where|why|which|how)\b"
)
_AND_ASKING = re.compile(rf",? and (?={_ASKING})", re.IGNORECASE)
# Bounded, and with the spaces between words only: what is nested freely takes for ever on "AAA...".
_NAME = r"[A-Z][\w.'’-]{0,40}(?: [A-Z][\w.'’-]{0,40}){0,5}"
_EACH = re.compile(rf"\b({_NAME}) and ({_NAME}) (?:each|both|respectively)\b")


def understand(question: str, history: History = (), model: "Model | None" = None) -> str:
    """The question as it is searched for: a follow-up says what it leaves to earlier turns.

    Args:
        history: (question, answer) of earlier turns, oldest first.
        model: is asked first; what it writes counts where it keeps to the conversation.
    """
    if model and history:
        from assistant.rewriting import rewritten

        found = rewritten(model, question, history)
        if found:
            return found
    return standalone(question, history)


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
