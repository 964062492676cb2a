"""Questions that a library invites, made from who said what in its newest articles."""

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from assistant.said import said
from index.acts import load_acts

if TYPE_CHECKING:
    from assistant.pipeline import Assistant

COUNT = 4
STATEMENTS = 400  # of the newest articles that are looked at
TRIED = 10  # questions that are asked at most, to find those that get an answer
OPEN = {"deny": "Who denied what?", "accuse": "Who accused whom?"}
NAMED = {  # act -> a question about somebody who did it
    "deny": "What did {speaker} deny?",
    "warn": "What did {speaker} warn of?",
    "accuse": "Who accused {target}?",
    "promise": "What did {speaker} promise?",
    "demand": "What did {speaker} demand?",
    "confirm": "What did {speaker} confirm?",
}


def example_questions(assistant: "Assistant") -> list[str]:
    """Up to four questions, each of which gets an answer; none for an empty library."""
    found: list[str] = []
    for question in islice(_invited(assistant), TRIED):
        if not assistant.ask(question).refused:
            found.append(question)
        if len(found) == COUNT:
            break
    return found


def _invited(assistant: "Assistant") -> Iterator[str]:
    """One question an act, of the newest article that has it, open questions first."""
    by_act: dict[str, str] = {}
    acts = [act for act in NAMED if act in load_acts()]
    for one in islice(said(assistant.library, acts=acts), STATEMENTS):
        named = one.speaker[:1].isupper() and len(one.speaker.split()) <= 3
        target = one.target[:1].isupper() and len(one.target.split()) <= 4
        usable = target if one.act == "accuse" else named
        if one.act not in by_act and usable and not one.negated and len(one.content) > 30:
            by_act[one.act] = NAMED[one.act].format(speaker=one.speaker, target=one.target)
            if one.act in OPEN:
                yield OPEN[one.act]
    yield from (by_act[act] for act in NAMED if act in by_act)
