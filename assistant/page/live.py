"""An answer of the chat page while a language model writes it: each claim, once it is checked."""

from collections.abc import Iterator, Sequence
from queue import SimpleQueue
from threading import Thread
from typing import Any

from assistant.answer import Claim
from assistant.page.conversation import Turn
from assistant.page.handlers import Page


def live(
    page: Page, question: str, turns: Sequence[Turn], filters: Sequence[Any]
) -> Iterator[Turn]:
    """The turn with what is checked so far, then as it stays; without a model only that.

    Args:
        filters: outlets, since, until.
    """
    publishers, since, until = filters
    if page.assistant.model is None:
        yield page.ask(question, turns, publishers, since, until)
        return
    told: SimpleQueue[Claim | Turn] = SimpleQueue()

    def work() -> None:
        try:
            told.put(page.ask(question, turns, publishers, since, until, told.put))
        except BaseException:
            told.put(Turn(question, error="The question failed; the log of Whosaid says why."))
            raise

    # A thread of its own: Gradio takes each step of a handler to another one, and what is read of
    # the library at one moment is read in one thread.
    Thread(target=work, daemon=True).start()
    so_far: tuple[Claim, ...] = ()
    while isinstance(one := told.get(), Claim):
        so_far = (*so_far, one)
        yield Turn(question, so_far=so_far)
    yield one
