"""A follow-up made standalone by a language model, as far as it keeps to the conversation."""

import re
from typing import TYPE_CHECKING

from assistant.followup import FUNCTION, History
from assistant.model_server import ModelError
from assistant.render import line
from assistant.wording import fence, statements
from index.words import stem, words
from prompts import prompt

if TYPE_CHECKING:
    from assistant.llm import Model

TURNS = 6  # of the conversation that the model sees, the last ones
SHARE = 4  # a question may take up one in so many of the seconds that the model has
LONGEST = 60  # words of a question
LONG = 1_000  # characters of an earlier question or answer that the model sees
KNOWN = 0.75  # of the words that mean something, as a share
_TOKEN = re.compile(r"\w[\w’'.-]*")
_CITED = re.compile(r"\s*\[\d+\]")


def rewritten(model: "Model", question: str, history: History) -> str:
    """The question as it is understood alone; "" where the model gives none that can be used."""
    if len(words(question)) > LONGEST:
        return ""
    told = [
        f"Question: {line(asked)[:LONG]}\nAnswer: {line(_CITED.sub('', answer))[:LONG]}"
        for asked, answer in history[-TURNS:]
    ]
    conversation = "\n".join(told)
    messages = prompt(
        "standalone", fence=fence(conversation), conversation=conversation, question=line(question)
    )
    try:
        found = list(statements(model.written(messages, model.limit / SHARE)))
    except ModelError:
        return ""
    return found[0] if len(found) == 1 and keeps_to(found[0], question, conversation) else ""


def keeps_to(new: str, question: str, conversation: str) -> bool:
    """Whether a question is the old one in words of its conversation.

    No name or number may be new, and none of the question's be lost; of the other words a few may
    be ("the reason" for "why").
    """
    if not 0 < len(words(new)) <= LONGEST:
        return False
    asked, told = _stems(question), _stems(f"{question} {conversation}")
    content = _stems(new)
    names = {s for s in _named(new) if s in content}
    lost = (_named(question) & asked) - content
    known = sum(s in told for s in content)
    return names <= told and not lost and bool(content) and known >= KNOWN * len(content)


def _named(text: str) -> set[str]:
    """Stems of what begins with a capital or a digit; a question word is no name."""
    found = [t for t in _TOKEN.findall(text) if t[0].isupper() or t[0].isdigit()]
    return {stem(word) for name in found for word in words(name) if word not in FUNCTION}


def _stems(text: str) -> set[str]:
    return {stem(word) for word in words(text) if word not in FUNCTION}
