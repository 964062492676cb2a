"""Where requests wait for their turn: what a question takes is work for a thread, a few at a time.

Questions are answered first come, first served, as many at once as there are cores: more would only
make each of them slower. Changes queue at a desk of their own, so a long one keeps no question
waiting. The threads are few and stay, as each of them keeps a connection to the catalog. With a
language model most of a question's time is spent waiting for it: some more threads then do that.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import partial
from threading import Event
from typing import TYPE_CHECKING, Any, TypeVar

from assistant.server.watching import Meter
from index.errors import LibraryBusy

if TYPE_CHECKING:
    from assistant.answer import Answer, Claim
    from assistant.followup import History
    from assistant.pipeline import Assistant

T = TypeVar("T")

WAITING = 8  # questions that may wait for a language model, beside those that are answered


class Desk:
    """Runs the work of an assistant in threads, for an event loop."""

    def __init__(self, assistant: "Assistant") -> None:
        self.assistant = assistant
        self.meter = Meter()
        self.closing = Event()  # a long change looks at it between two articles
        threads = (os.cpu_count() or 1) + (WAITING if assistant.model else 0)
        self._questions = ThreadPoolExecutor(threads, "whosaid-question")
        self._changes = ThreadPoolExecutor(1, "whosaid-change")

    async def ask(
        self,
        question: str,
        history: "History" = (),
        articles: Iterable[str] | None = None,
        publishers: Iterable[str] | None = None,
        since: date | str | None = None,
        until: date | str | None = None,
        on_claim: "Callable[[Claim], None] | None" = None,
    ) -> "Answer":
        """`Assistant.ask`, in turn; `on_claim` is called in the event loop."""
        loop = asyncio.get_running_loop()

        def tell(claim: "Claim") -> None:
            if on_claim:
                loop.call_soon_threadsafe(on_claim, claim)

        work = partial(
            self.assistant.ask, question, history, articles, publishers, since, until, tell
        )
        try:
            answer = await self.read(work)
        except Exception:
            self.meter.asked("failed")
            raise
        self.meter.asked("refused" if answer.refused else "answered")
        return answer

    async def read(self, work: Callable[[], T]) -> T:
        """Do something that reads the library, as it is at one moment.

        Whoever is cancelled while waiting costs nothing.
        """

        def steady() -> T:
            with self.assistant.library.snapshot():
                return work()

        return await self._run(self._questions, steady)

    async def change(self, work: Callable[[], T]) -> T:
        """Do something that changes the library, after all changes that came before."""
        return await self._run(self._changes, work)

    async def _run(self, threads: ThreadPoolExecutor, work: Callable[[], T]) -> T:
        if self.closing.is_set():
            raise LibraryBusy("the server is closing")
        return await asyncio.get_running_loop().run_in_executor(threads, work)

    def close(self) -> None:
        """Take nothing more; what is waiting is dropped, what is running ends by itself."""
        self.closing.set()
        self._questions.shutdown(wait=False, cancel_futures=True)
        self._changes.shutdown(wait=False, cancel_futures=True)


class Gone(Exception):
    """The client went away before its turn."""


async def unless_gone(
    receive: Callable[[], Awaitable[MutableMapping[str, Any]]], work: Awaitable[T]
) -> T:
    """Await work, and give it up when the client disconnects.

    Args:
        receive: of the request.

    Raises:
        Gone: the client disconnected first.
    """
    working, watching = asyncio.ensure_future(work), asyncio.ensure_future(_left(receive))
    try:
        await asyncio.wait({working, watching}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise Gone
        return working.result()
    finally:
        working.cancel()
        watching.cancel()


async def _left(receive: Callable[[], Awaitable[MutableMapping[str, Any]]]) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
