"""What is asked: a follow-up made standalone, a double question taken apart."""

import re
from typing import TYPE_CHECKING

from assistant.asked import HELPERS
from assistant.followup import History, lowered, standalone, with_person
from index.words import STOP_WORDS, words

if TYPE_CHECKING:
    from assistant.llm import Model

_ASKING = (
    r"(?:(?:at|in|on|by|for|to|from|with|of) )?(?:who|whom|whose|what|when|where|why|which|how)\b"
)
# "and did Venn deny it", where it is no second verb of the first question ("and is happy", "and did
# the work", "and has it"): that stands without a comma.
_WHETHER = (
    r"(?:did|does|do|will|would|can|could|should)(?: (?:he|she|they|it|any\w*)\b| (?-i:[A-Z]))|"
    r"(?:has|have|had|was|were|is|are) (?:he|she|they|any\w*)\b"
)
_WHETHER_APART = rf"(?:{HELPERS})(?: (?:the|it|his|her|their)\b| (?-i:[A-Z]))"
_AND_ASKING = re.compile(
    rf",? and (?=(?:{_ASKING})|{_WHETHER})|, and (?={_WHETHER_APART})", re.IGNORECASE
)
# Bounded, and with the spaces between words only: what is nested freely takes for ever on "AAA...".
_NAME = r"[A-Z][\w.'’-]{0,40}(?: [A-Z][\w.'’-]{0,40}){0,5}"
_EACH = re.compile(rf"\b({_NAME}) and ({_NAME}) (?:each|both|respectively)\b")
_LONGEST = 6  # words: "how many people were killed"
_COUNTED = r"which|who|how many|how much"
# "which did Venn want", "how many in Drenn": the question before has the noun, the verb.
_LEFT_NOUN = re.compile(rf"^(?P<ask>{_COUNTED}) (?P<rest>(?:{HELPERS}) .+)$", re.IGNORECASE)
_LEFT_VERB = re.compile(
    rf"^(?P<ask>{_COUNTED}) (?P<rest>(?P<at>at|in|on|by|for|to|from|with|of) .+)$", re.IGNORECASE
)


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

    "How much is it, and who pays?" asks two things, "What did Cho and Lind each say?" also. What a
    part leaves to the one before is put in ("How many died in Wexholm, and how many in Drenn?"). A
    part that would still be too short to stand alone ("..., and why?") leaves the question whole.
    """
    each = _EACH.search(question)
    if each:
        return tuple(
            question[: each.start()] + name + question[each.end() :] for name in each.groups()
        )
    found: list[str] = []
    for part in _AND_ASKING.split(question):
        found.append(_completed(part.strip(), found[-1]) if found else part.strip())
    if any(len([w for w in words(part) if w not in STOP_WORDS]) < 2 for part in found):
        return (question,)
    if not found[1:]:
        return tuple(found)
    return tuple(part if part.endswith("?") else part + "?" for part in found)


def _completed(part: str, before: str) -> str:
    """A part with what it leaves to the one before: its noun, its verb, whom a pronoun means."""
    before = before.rstrip("?")
    left = _LEFT_NOUN.match(part) or _LEFT_VERB.match(part)
    if left:
        until = left.groupdict().get("at") or f"(?:{HELPERS})"
        whole = re.match(rf"(?P<kept>{left['ask']} .+?) {until} ", before, re.IGNORECASE)
        if whole and len(whole["kept"].split()) <= _LONGEST:
            part = f"{lowered(whole['kept'])} {left['rest']}"
    return with_person(part, before)
