"""The sections of the chat page: what each consists of, and what its events call.

Handlers take what Gradio hands them and give what its components show; what they show is made by
`handlers`, which knows nothing of Gradio.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from importlib.resources import files
from typing import Any

from assistant.page.conversation import TURNS, Turn, turns_of
from assistant.page.gradio import gr
from assistant.page.handlers import NO_EVIDENCE_YET, Page, narrowed_label
from assistant.page.live import live
from index.acts import load_acts
from index.errors import WhosaidError

AT_ONCE = 4  # handlers of one kind that run side by side


class Filters:
    """Which articles are asked and listed."""

    def __init__(self) -> None:
        with gr.Accordion(narrowed_label(None, None, None), open=False, elem_id="filters") as box:
            self.publishers = gr.Dropdown([], label="Outlets", multiselect=True)
            with gr.Row():
                since = gr.DateTime(label="Since", include_time=False, type="string")
                until = gr.DateTime(label="Until", include_time=False, type="string")
        self.parts = [self.publishers, since, until]
        self.changes = [self.publishers.change, since.change, until.change]
        on(self.changes, lambda *chosen: gr.Accordion(narrowed_label(*chosen)), self.parts, box)


class Talk:
    """The conversation and its question box."""

    def __init__(self, page: Page, filters: Filters) -> None:
        self.page, self.filters = page, filters
        # Each library has a conversation of its own in a browser.
        place = hashlib.sha256(page.library.identity.encode()).hexdigest()
        self.history = gr.BrowserState([], storage_key=f"whosaid-{place[:12]}", secret=place[:16])
        self.examples = gr.State([])
        self.shown = html_part("conversation", script="conversation.js")
        with gr.Row(elem_id="asking"):
            self.question = gr.Textbox(
                label="Question",
                show_label=False,
                placeholder="Ask the articles …",
                elem_id="question",
                autofocus=True,
                scale=6,
                container=False,
            )
            self.send = gr.Button("Ask", variant="primary", scale=1, min_width=80)
            self.new = gr.Button("New", scale=1, min_width=70, elem_id="clear")

    def wire(self, evidence: gr.HTML, blocks: gr.Blocks) -> None:
        outputs = [self.question, self.history, self.shown, evidence]
        kept = [self.history, *self.filters.parts]
        on([self.question.submit, self.send.click], self.ask, [self.question, *kept], outputs)
        on([self.shown.select], self.ask_again, kept, outputs)
        on([self.shown.click], self.act, [self.history, self.examples], outputs, at_once=20)
        on([self.new.click], self.start_over, [self.examples], outputs)
        restored = on([blocks.load], self.restore, [self.history], [self.shown, evidence])
        found = then(restored, self.page.examples, None, [self.examples])
        then(found, self.welcome, [self.history, self.examples], [self.shown])

    def ask(self, question: str, stored: object, *filters: Any) -> Iterator[tuple[Any, ...]]:
        """(question box, history, conversation, evidence): at once, answered, with evidence."""
        if question.strip():
            yield from self._answer(question, turns_of(stored), filters)
        else:
            yield (gr.skip(),) * 4

    def ask_again(
        self, event: gr.EventData, stored: object, *filters: Any
    ) -> Iterator[tuple[Any, ...]]:
        """An example question, or the last one once more."""
        turns = turns_of(stored)
        if event.do == "ask":
            yield from self._answer(str(event.question), turns, filters)
        elif turns:
            yield from self._answer(turns[-1].question, turns[:-1], filters)
        else:
            yield (gr.skip(),) * 4

    def _answer(
        self, question: str, turns: tuple[Turn, ...], filters: Sequence[Any]
    ) -> Iterator[tuple[Any, ...]]:
        page = self.page
        yield "", gr.skip(), page.conversation([*turns, Turn(question)]), gr.skip()
        turn = Turn(question)
        for turn in live(page, question, turns, filters):
            if turn.so_far:
                yield gr.skip(), gr.skip(), page.conversation([*turns, turn]), gr.skip()
        turns = (*turns, turn)[-TURNS:]
        yield "", [turn.to_dict() for turn in turns], page.conversation(turns), gr.skip()
        yield gr.skip(), gr.skip(), gr.skip(), page.evidence(turns, len(turns) - 1)

    def act(self, event: gr.EventData, stored: object, examples: list[str]) -> tuple[Any, ...]:
        """A click on a number, a thumb or Undo."""
        page, turns = self.page, turns_of(stored)
        if event.do == "cite":
            evidence = page.evidence(turns, int(event.turn), int(event.number))
            return gr.skip(), gr.skip(), gr.skip(), evidence
        if event.do == "rate":
            try:
                turns = page.rate(turns, int(event.turn), str(event.vote))
            except WhosaidError as error:
                gr.Warning(str(error))
            kept = [turn.to_dict() for turn in turns]
            return gr.skip(), kept, page.conversation(turns, examples), gr.skip()
        *before, last = turns or [Turn("")]
        kept = [turn.to_dict() for turn in before]
        evidence = page.evidence(before, len(before) - 1)
        return last.question, kept, page.conversation(before, examples), evidence

    def start_over(self, examples: list[str]) -> tuple[Any, ...]:
        return "", [], self.page.conversation((), examples), NO_EVIDENCE_YET

    def restore(self, stored: object) -> tuple[str, str]:
        turns = turns_of(stored)
        return self.page.conversation(turns), self.page.evidence(turns, len(turns) - 1)

    def welcome(self, stored: object, examples: list[str]) -> Any:
        """The examples, when nothing has been asked yet."""
        return gr.skip() if turns_of(stored) else self.page.conversation((), examples)


class SaidList:
    """Who said what: a table with a search."""

    def __init__(self, page: Page, filters: Filters) -> None:
        self.page = page
        with gr.Row():
            speaker = gr.Textbox(label="Speaker", placeholder="part of a name or role", scale=2)
            acts = [("any", ""), *((name, name) for name in load_acts())]
            act = gr.Dropdown(acts, value="", label="Act", scale=1, min_width=110)
            about = gr.Textbox(label="About", placeholder="words that were said", scale=2)
        self.inputs = [speaker, act, about, *filters.parts]
        self.changes = [speaker.change, act.change, about.change, *filters.changes]
        self.list = html_part("said", script="list.js")

    def wire(self, tab: gr.Tab) -> None:
        on([*self.changes, tab.select], self.page.said, self.inputs, self.list, latest=True)
        on([self.list.select], self.more, self.inputs, self.list)

    def more(self, event: gr.EventData, *inputs: Any) -> str:
        speaker, act, about, *chosen = inputs
        return self.page.said(speaker, act, about, *chosen, count=int(event.count))


class DisputeList:
    """Accusations beside denials."""

    def __init__(self, page: Page, filters: Filters) -> None:
        self.page = page
        self.about = gr.Textbox(label="About", placeholder="words of either side")
        self.inputs = [self.about, *filters.parts]
        self.changes = [self.about.change, *filters.changes]
        self.list = html_part("disputes", script="list.js")

    def wire(self, tab: gr.Tab) -> None:
        on([*self.changes, tab.select], self.page.disputes, self.inputs, self.list, latest=True)


class LibraryList:
    """What is in the library; add, search, remove."""

    def __init__(self, page: Page) -> None:
        self.page = page
        with gr.Tabs(elem_id="adding"):
            with gr.Tab("Add files"):
                uploads = gr.File(label="Files", file_count="multiple", height=120)
                by_files = gr.Button("Add the files")
            with gr.Tab("Paste text"):
                with gr.Row():
                    title = gr.Textbox(label="Title", scale=3)
                    outlet = gr.Textbox(label="Outlet", scale=2)
                    day = gr.Textbox(label="Date", placeholder="2024-05-31", scale=1, min_width=120)
                url = gr.Textbox(label="Web address", placeholder="https://… (optional)")
                text = gr.Textbox(label="Text", lines=6, max_lines=12)
                by_text = gr.Button("Add the text")
            with gr.Tab("Web pages and feeds"):
                addresses = gr.Textbox(
                    label="Addresses of articles, feeds or sitemaps, one a line",
                    placeholder="https://…",
                    lines=3,
                )
                by_address = gr.Button("Add from the web")
        self.results = html_part("results")
        self.adding: list[tuple[gr.Button, Callable[..., Iterator[str]], list[Any]]] = [
            (by_files, page.add_files, [uploads]),
            (by_text, page.add_text, [title, outlet, day, url, text]),
            (by_address, page.add_addresses, [addresses]),
        ]
        self.words = gr.Textbox(label="Find", placeholder="words of a title or outlet")
        self.list = html_part("articles", script="list.js")
        self.cases = gr.DownloadButton(visible=False, size="sm", elem_id="cases")

    def wire(self, tab: gr.Tab) -> list[Any]:
        """Returns the events after which the library is another."""
        page, listed = self.page, ([self.words], self.list)
        on([self.words.change, tab.select], page.articles, *listed, latest=True)
        on([self.list.select], self.more, *listed)
        changed = [on([self.list.delete], self.remove, *listed[:1], [self.results, self.list])]
        for button, add, inputs in self.adding:
            # Adds take turns among themselves; a long one does not keep questions waiting.
            added = on([button.click], add, inputs, self.results, at_once=1, group="add")
            emptied = then(added, _nothing(len(inputs)), None, inputs)
            changed.append(then(emptied, page.articles, *listed))
        on([tab.select], self.rated, None, self.cases)
        return changed

    def more(self, event: gr.EventData, words: str) -> str:
        return self.page.articles(words, int(event.count))

    def remove(self, event: gr.EventData, words: str) -> tuple[str, str]:
        return self.page.remove(str(event.article)), self.page.articles(words)

    def rated(self) -> Any:
        """The button that downloads rated answers, once there are any."""
        count, path = self.page.cases()
        answers = f"{count} rated answer" + "s" * (count != 1)
        label = f"Download {answers} as test cases"
        return gr.DownloadButton(label, value=path or None, visible=bool(count))


def _nothing(count: int) -> Callable[[], Any]:
    return lambda: None if count == 1 else [None] * count


def html_part(name: str, value: str = "", script: str = "") -> gr.HTML:
    """A part of the page; what runs in the browser when it is loaded."""
    code = asset("show.js") + asset(script) if script else ""
    return gr.HTML(value, elem_id=name, apply_default_css=False, js_on_load=code)


def on(
    events: Sequence[Any],
    handler: Callable[..., Any],
    inputs: Any,
    outputs: Any,
    at_once: int = AT_ONCE,
    group: str | None = None,
    latest: bool = False,
) -> Any:
    """Wire events to a handler. With `latest`, of several while it works the last one counts."""
    return gr.on(
        events,
        handler,
        inputs,
        outputs,
        concurrency_limit=at_once,
        concurrency_id=group,
        trigger_mode="always_last" if latest else None,
        show_progress="hidden",
        api_visibility="private",
    )


def then(event: Any, handler: Callable[..., Any], inputs: Any, outputs: Any) -> Any:
    return event.then(handler, inputs, outputs, show_progress="hidden", api_visibility="private")


def asset(name: str) -> str:
    return files("assistant.page").joinpath(name).read_text("utf-8")
