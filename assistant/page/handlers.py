"""What the chat page does, apart from how it is laid out: from what people enter to HTML.

Knows nothing of Gradio. The conversation lives in the browser, as plain data: what comes back from
there is checked, and counts for no more than what anybody can type.
"""

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import chain, islice
from pathlib import Path
from queue import Queue
from threading import Lock, Thread
from typing import TYPE_CHECKING

from assistant.answer import Claim
from assistant.grounded.recording import rated_cases
from assistant.incoming import pasted, shown_name, uploaded
from assistant.page.conversation import Turn, conversation_html
from assistant.page.examples import example_questions
from assistant.page.html import Mark, article_html, escape, evidence_html
from assistant.page.views import articles_html, disputes_html, note_html, report_html, said_html
from assistant.ratings import Vote, rate, ratings
from assistant.said import cut_of, said
from index.article import Article
from index.errors import LoadError, WhosaidError
from index.filters import Filters
from index.library import AddReport

if TYPE_CHECKING:
    from assistant.pipeline import Assistant

NAME = "Whosaid"
LINE = "Ask your news articles. Every answer cites the exact sentences it rests on."
NO_EVIDENCE_YET = (
    '<p class="empty">The articles behind an answer appear here in full, '
    "with the cited sentences marked.</p>"
)
ROWS = 50  # of a list, at first


class Page:
    """The page on an open assistant."""

    def __init__(
        self, assistant: "Assistant", asked: Callable[[str], None] = lambda outcome: None
    ) -> None:
        """Args: asked: is told of each question what became of it, see `watching.OUTCOMES`."""
        self.assistant = assistant
        self._asked = asked
        self.library = assistant.library
        self._examples: tuple[int, list[str]] = (-1, [])
        self._examples_lock = Lock()  # of visitors that come together, one makes them
        self._files = tempfile.TemporaryDirectory(prefix="whosaid-")  # for downloads

    def header(self) -> str:
        count = len(self.library)
        articles = "1 article" if count == 1 else f"{count:,} articles"
        return f'<header><h1>{NAME}</h1><p>{LINE}</p><p class="count">{articles}</p></header>'

    # The conversation

    def conversation(self, turns: Sequence[Turn], examples: Iterable[str] = ()) -> str:
        if not turns:
            return self._welcome(examples)
        return conversation_html(turns, self.library.article)

    def examples(self) -> list[str]:
        """Questions to begin with; made anew when the library has changed."""
        generation = self.library.generation
        with self._examples_lock:
            if self._examples[0] != generation:
                self._examples = (generation, example_questions(self.assistant))
            return self._examples[1]

    def _welcome(self, examples: Iterable[str]) -> str:
        if not len(self.library):
            return (
                '<div class="empty"><p>The library is empty.</p><p>Open <b>Library</b> above and '
                "add articles: files, pasted text, web pages or feeds.</p></div>"
            )
        buttons = "".join(
            f'<button type="button" class="example" data-do="ask" '
            f'data-question="{escape(question)}">{escape(question)}</button>'
            for question in examples
        )
        return (
            '<div class="empty"><p>Ask who said, denied or decided what. '
            f"When the articles don't say, the answer says so.</p>{buttons}</div>"
        )

    def ask(
        self,
        question: str,
        turns: Sequence[Turn],
        publishers: Sequence[str] | None = None,
        since: str | None = None,
        until: str | None = None,
        on_claim: Callable[[Claim], None] | None = None,
    ) -> Turn:
        """The question answered, refused, or with an error in words."""
        try:
            narrowed = filters_of(publishers, since, until)
            answer = self.assistant.ask(
                question,
                history=[(t.question, t.answer.text) for t in turns if t.answer],
                publishers=narrowed.publishers,
                since=narrowed.since,
                until=narrowed.until,
                on_claim=on_claim,
            )
        except Exception as error:
            self._asked("failed")
            if not isinstance(error, WhosaidError):
                raise
            return Turn(question, error=str(error))
        self._asked("refused" if answer.refused else "answered")
        return Turn(question, answer, filters=narrowed)

    def evidence(self, turns: Sequence[Turn], turn: int, number: int = 0) -> str:
        """The articles behind one answer, at one of its citations (0: the first)."""
        answer = turns[turn].answer if 0 <= turn < len(turns) else None
        if answer is None:
            return NO_EVIDENCE_YET
        return evidence_html(answer, turn, self.library.article, number)

    def rate(self, turns: Sequence[Turn], turn: int, vote: str) -> tuple[Turn, ...]:
        """The conversation with an opinion of one answer, which is kept with the library."""
        rated = turns[turn] if 0 <= turn < len(turns) else None
        if rated is None or rated.answer is None or vote not in ("up", "down"):
            return tuple(turns)
        chosen: Vote = "up" if vote == "up" else "down"
        rate(self.library, rated.answer, chosen, rated.filters)
        return (*turns[:turn], replace(rated, vote=vote), *turns[turn + 1 :])

    def cases(self) -> tuple[int, str]:
        """How many answers were rated, and a file with them as regression cases ("" for none)."""
        found = ratings(self.library)
        if not found:
            return 0, ""
        path = Path(self._files.name) / "rated.grounded.toml"
        path.write_text(rated_cases(found), encoding="utf-8")
        return len(found), str(path)

    # Lists

    def said(
        self,
        speaker: str | None,
        act: str | None,
        about: str | None,
        publishers: Sequence[str] | None,
        since: str | None,
        until: str | None,
        *,
        count: int = ROWS,
    ) -> str:
        """Who said what, as a table."""
        try:
            narrowed = filters_of(publishers, since, until)
            with self.library.snapshot():
                found = said(self.library, speaker or "", act or "", about or "", narrowed)
                note = cut_of(self.library, f"{speaker or ''} {about or ''}", more=False)
                return said_html(list(islice(found, count + 1)), count, note)
        except (WhosaidError, ValueError) as error:
            return note_html(str(error), "failed")

    def disputes(
        self,
        about: str | None,
        publishers: Sequence[str] | None,
        since: str | None,
        until: str | None,
    ) -> str:
        """Accusations beside denials."""
        try:
            narrowed = filters_of(publishers, since, until)
            found = self.assistant.disputes(
                about or "",
                publishers=narrowed.publishers,
                since=narrowed.since,
                until=narrowed.until,
            )
            return disputes_html(found, found.note)
        except WhosaidError as error:
            return note_html(str(error), "failed")

    def articles(self, words: str | None, count: int = ROWS) -> str:
        """The articles whose title or outlet has all the words."""
        wanted = (words or "").casefold().split()
        with self.library.snapshot():
            shown, number, total = [], 0, len(self.library)
            for article_id, title, publisher in self.library.titles():
                if all(word in f"{title} {publisher}".casefold() for word in wanted):
                    if number < count:
                        shown.append(self.library.article(article_id))
                    number += 1
                if number == count and not wanted:
                    number = total
                    break
            return articles_html(shown, number, total)

    def article(self, article_id: str, start: int, end: int) -> str:
        """An article in full, a stretch of it marked."""
        marks = [Mark(start, end)] if start < end else []
        return article_html(article_id, marks, self.library.article)

    # The library

    def remove(self, article_id: str) -> str:
        """Remove an article; says what was done."""
        try:
            title = self.library.article(article_id).title or "Untitled article"
            self.assistant.remove(article_id)
        except WhosaidError as error:
            return note_html(str(error), "failed")
        return note_html(f"Removed: {title}")

    def add_files(self, paths: Sequence[str] | None) -> Iterator[str]:
        """Add uploaded files; yields how far it is, then what became of each."""
        if not paths:
            yield note_html("Choose files first.")
            return
        yield from self._adding(chain.from_iterable(uploaded(Path(path)) for path in paths))

    def add_addresses(self, addresses: str | None) -> Iterator[str]:
        """Add web pages and feeds."""
        wanted = (addresses or "").split()
        if not wanted:
            yield note_html("Give web addresses first, one a line.")
            return
        # A path typed here would be read from this machine's disk, whoever opened the page.
        yield from self._adding(
            address
            if address.lower().startswith(("http://", "https://"))
            else LoadError(address, "not a web address (wanted http:// or https://)")
            for address in wanted
        )

    def add_text(
        self,
        title: str | None,
        publisher: str | None,
        day: str | None,
        url: str | None,
        text: str | None,
    ) -> Iterator[str]:
        """Add one pasted article."""
        if not (text or "").strip():
            yield note_html("Paste the article's text first.")
            return
        try:
            published = filters_of(None, day, None).since
        except WhosaidError as error:
            yield note_html(str(error), "failed")
            return
        yield from self._adding(
            [pasted(text or "", title or "", url or "", publisher or "", "", str(published or ""))]
        )

    def _adding(self, items: Iterable["str | Article | LoadError"]) -> Iterator[str]:
        """Adds in a thread of its own, so that what it reports is shown while it works."""
        messages: Queue[tuple[int, str] | AddReport | WhosaidError] = Queue()

        def progress(done: int, source: str) -> None:
            messages.put((done, source))

        def work() -> None:
            try:
                messages.put(self.assistant.add(*items, progress=progress))
            except WhosaidError as error:
                messages.put(error)
            except BaseException:
                messages.put(WhosaidError("The adding failed; the log of Whosaid says why."))
                raise

        Thread(target=work, daemon=True).start()
        yield note_html("Reading …")
        while isinstance(message := messages.get(), tuple):
            done, source = message
            if messages.empty():  # only the latest is worth showing
                yield note_html(f"{done:,} read: {shown_name(source)}")
        if isinstance(message, AddReport):
            yield report_html(message)
        else:
            yield note_html(str(message), "failed")


def filters_of(publishers: Sequence[str] | None, since: str | None, until: str | None) -> Filters:
    """What is chosen in the page; raises WhosaidError for what is no date."""
    return Filters.of(None, publishers or None, _day(since), _day(until))


def _day(text: str | None) -> date | None:
    if not text or not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip()[:10])
    except ValueError:
        raise WhosaidError(
            f"“{text}” is no date; wanted year-month-day, such as 2024-05-31."
        ) from None


def narrowed_label(publishers: Sequence[str] | None, since: str | None, until: str | None) -> str:
    """What the filters leave, for the heading over them."""
    parts = [", ".join(publishers or ())]
    parts += [f"{word} {day[:10]}" for word, day in (("from", since), ("to", until)) if day]
    chosen = " · ".join(part for part in parts if part)
    return f"Only: {chosen}" if chosen else "Filters: all outlets, all dates"
