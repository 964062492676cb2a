"""The conversation on the chat page: its turns, kept in the browser, and how they look."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from assistant.answer import Answer, Claim
from assistant.markdown import answer_markdown
from assistant.page.html import answer_html, claim_html, escape
from assistant.ratings import filters_from, plain_filters
from assistant.render import Lookup
from index.filters import Filters

TURNS = 50  # that are kept: a browser stores a few megabytes


@dataclass(frozen=True)
class Turn:
    """One question and what came of it: an answer, an error, or (while it is read) neither.

    Attributes:
        so_far: claims of a language model that is still writing.
        filters: how it was asked.
    """

    question: str
    answer: Answer | None = None
    error: str = ""
    vote: str = ""
    so_far: tuple[Claim, ...] = ()
    filters: Filters = field(default_factory=Filters)

    def to_dict(self) -> dict[str, Any]:
        """As the browser keeps it: what is still written is not kept."""
        return {
            "question": self.question,
            "answer": self.answer and self.answer.to_dict(),
            "error": self.error,
            "vote": self.vote,
            "filters": plain_filters(self.filters),
        }


def turns_of(stored: object) -> tuple[Turn, ...]:
    """The conversation that a browser kept; what is not of that shape is left out."""
    found = []
    for one in stored if isinstance(stored, list) else ():
        try:
            answer = one["answer"]
            found.append(
                Turn(
                    str(one["question"]),
                    Answer.from_dict(answer) if answer else None,
                    str(one["error"]),
                    str(one["vote"]),
                    filters=filters_from(one.get("filters")),  # a browser may keep older turns
                )
            )
        except (KeyError, TypeError, ValueError, AttributeError):
            continue
    return tuple(found[-TURNS:])


def conversation_html(turns: Sequence[Turn], lookup: Lookup) -> str:
    """All turns, the last one with the buttons to ask it again and to take it back."""
    last = len(turns) - 1
    shown = "".join(_turn(at, turn, at == last, lookup) for at, turn in enumerate(turns))
    return f'<div role="log" aria-live="polite" aria-label="Conversation">{shown}</div>'


def _turn(number: int, turn: Turn, last: bool, lookup: Lookup) -> str:
    if turn.answer:
        reply = answer_html(turn.answer, number, lookup)
    elif turn.error:
        reply = f'<div class="answer error" role="alert">{escape(turn.error)}</div>'
    else:
        claims = "".join(claim_html(claim, number) for claim in turn.so_far)
        doing = "Checking each statement …" if claims else "Reading the articles …"
        written = f'<div class="answer">{claims}</div>' if claims else ""
        reply = f'{written}<div class="answer pending">{doing}</div>'
    if turn.answer or turn.error:
        reply += _actions(number, turn, last)
    question = f'<h2 class="question">{escape(turn.question)}</h2>'
    return f'<section class="turn" data-turn="{number}">{question}{reply}</section>'


def _actions(number: int, turn: Turn, last: bool) -> str:
    """The buttons under a reply."""
    answer, buttons = turn.answer, []
    if answer:
        text = escape(answer_markdown(answer))
        buttons.append(f'<button type="button" data-do="copy" data-text="{text}">Copy</button>')
        for vote, label in (("up", "Good answer"), ("down", "Wrong or useless answer")):
            pressed = "true" if turn.vote == vote else "false"
            buttons.append(
                f'<button type="button" class="vote" data-do="rate" data-vote="{vote}" '
                f'data-turn="{number}" aria-pressed="{pressed}" aria-label="{label}" '
                f'title="{label}">{_THUMB}</button>'
            )
    if last:
        buttons.append('<button type="button" data-do="retry">Ask again</button>')
        buttons.append('<button type="button" data-do="undo">Undo</button>')
    sure = ""
    if answer and not answer.refused:
        sure = (
            '<span class="sure" title="How often an answer like this one is right">'
            f"Confidence {answer.confidence:.0%}</span>"
        )
    return f'<div class="actions">{"".join(buttons)}{sure}</div>'


_THUMB = (
    '<svg viewBox="0 0 24 24" width="16" height="16" aria-hidden="true" fill="none" '
    'stroke="currentColor" stroke-width="1.8" stroke-linejoin="round"><path d="M7 11v9H4v-9zm0 0 '
    '4-8c1.7 0 2.6 1.2 2.4 2.9L13 9h5.5c1.3 0 2.2 1.2 1.9 2.5l-1.6 6.6c-.3 1.1-1.2 1.9-2.3 1.9H7"/>'
    "</svg>"
)
