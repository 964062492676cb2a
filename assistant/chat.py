"""The chat page: the conversation beside the articles its answers rest on.

The only module that imports Gradio. Conversation and evidence are HTML made by `render`, which
escapes all that articles, questions and answers hold; Gradio's own Markdown never sees them.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from assistant.answer import Answer
from assistant.render import answer_html, escape, evidence_html
from index.errors import LoadError, WhosaidError

if TYPE_CHECKING:
    from assistant.pipeline import Assistant
    from index.library import Library

NAME = "Whosaid"
LINE = "Ask your news articles. Every answer cites the exact sentences it rests on."
NO_EVIDENCE_YET = (
    '<p class="empty">The articles behind an answer appear here in full, '
    "with the cited sentences marked.</p>"
)
EXAMPLES = {  # a word of the articles -> the question it makes worth asking
    "denied": "Who denied what?",
    "accused": "Who accused whom?",
    "warned": "Who warned of what?",
    "promised": "Who promised what?",
}
EXAMPLE_ARTICLES = 50
SANS = ["system-ui", "Segoe UI", "Roboto", "Noto Sans", "Helvetica", "Arial", "sans-serif"]


@dataclass(frozen=True)
class Turn:
    """One question and what came of it: an answer, an error, or (while it is read) neither."""

    question: str
    answer: Answer | None = None
    error: str = ""


def example_questions(library: "Library") -> list[str]:
    """Up to three questions that the newest articles invite; none for an empty library."""
    texts = [article.text for article in islice(library.articles(), EXAMPLE_ARTICLES)]
    return [
        question
        for word, question in EXAMPLES.items()
        if any(re.search(rf"\b{word}\b", text) for text in texts)
    ][:3]


class Page:
    """What the page does, apart from how it looks: handlers from inputs to HTML."""

    def __init__(self, assistant: "Assistant") -> None:
        self.assistant = assistant
        self.library = assistant.library

    def header(self) -> str:
        count = len(self.library)
        articles = "1 article" if count == 1 else f"{count:,} articles"
        return f'<header><h1>{NAME}</h1><p>{LINE}</p><p class="count">{articles}</p></header>'

    def publishers(self) -> list[str]:
        return self.library.publishers()

    def conversation(self, turns: Sequence[Turn]) -> str:
        if not turns:
            return self._welcome()
        shown = "".join(self._turn(number, turn) for number, turn in enumerate(turns))
        return f'<div role="log" aria-live="polite">{shown}</div>'

    def _welcome(self) -> str:
        if not len(self.library):
            return '<p class="empty">The library is empty. Add articles below to ask them.</p>'
        buttons = "".join(
            f'<button type="button" class="example">{escape(question)}</button>'
            for question in example_questions(self.library)
        )
        return (
            '<div class="empty"><p>Ask who said, denied or decided what. '
            f"When the articles don't say, the answer says so.</p>{buttons}</div>"
        )

    def _turn(self, number: int, turn: Turn) -> str:
        if turn.answer:
            reply = answer_html(turn.answer, number, self.library.article)
        elif turn.error:
            reply = f'<div class="answer error" role="alert">{escape(turn.error)}</div>'
        else:
            reply = '<div class="answer pending">Reading the articles …</div>'
        question = f'<p class="question">{escape(turn.question)}</p>'
        return f'<section class="turn" data-turn="{number}">{question}{reply}</section>'

    def ask(
        self,
        question: str,
        turns: tuple[Turn, ...],
        publishers: Sequence[str] | None,
        since: str | None,
        until: str | None,
    ) -> Iterator[tuple[Any, ...]]:
        """Yields (question box, turns, conversation, evidence): at once, then with the answer."""
        if not question.strip():
            yield gr.skip(), gr.skip(), gr.skip(), gr.skip()
            return
        yield "", turns, self.conversation([*turns, Turn(question)]), gr.skip()
        try:
            answer = self.assistant.ask(
                question,
                history=[(t.question, t.answer.text) for t in turns if t.answer],
                publishers=publishers or None,
                since=_day(since),
                until=_day(until),
            )
        except WhosaidError as error:
            turns = (*turns, Turn(question, error=str(error)))
            yield "", turns, self.conversation(turns), gr.skip()
            return
        turns = (*turns, Turn(question, answer))
        evidence = evidence_html(answer, len(turns) - 1, self.library.article)
        yield "", turns, self.conversation(turns), evidence

    def show(self, turns: tuple[Turn, ...], turn: int, number: int) -> str:
        """The evidence of an earlier answer, at one of its citations."""
        answer = turns[turn].answer if 0 <= turn < len(turns) else None
        if answer is None:
            return NO_EVIDENCE_YET
        return evidence_html(answer, turn, self.library.article, number)

    def add(self, files: Sequence[str] | None, addresses: str) -> str:
        """What became of each uploaded file and web address, as HTML."""
        wanted = addresses.split()
        # A path typed here would be read from this machine's disk, whoever opened the page.
        local = [a for a in wanted if not a.lower().startswith(("http://", "https://"))]
        sources = [*(files or ()), *(a for a in wanted if a not in local)]
        if not sources and not local:
            return '<p class="results">Choose files or give web addresses first.</p>'
        failed = [LoadError(a, "not a web address (wanted http:// or https://)") for a in local]
        rows: list[str] = []
        try:
            if sources:
                report = self.assistant.add(*sources)
                failed.extend(report.failed)
                for state in ("added", "updated", "unchanged"):
                    rows += [_result(state, i.title or i.source) for i in getattr(report, state)]
        except WhosaidError as error:
            rows.append(_result("failed", str(error)))
        uploads = set(files or ())
        for failure in failed:
            source = failure.source
            name = Path(source).name if source in uploads else source
            rows.append(_result("failed", f"{name}: {failure.reason}"))
        return f'<ul class="results" role="status">{"".join(rows)}</ul>'


def _result(state: str, text: str) -> str:
    return f'<li class="{state}"><b>{state}</b> {escape(text)}</li>'


def _day(text: str | None) -> date | None:
    if not text or not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip()[:10])
    except ValueError:
        raise WhosaidError(
            f"“{text}” in the filters is no date; wanted year-month-day, such as 2024-05-31."
        ) from None


def _asset(name: str) -> str:
    return files("assistant").joinpath(name).read_text("utf-8")


def _script(part: str) -> str:
    """What runs in the browser when a part of the page is loaded."""
    return _asset("page_show.js") + _asset(f"page_{part}.js")


def build(assistant: "Assistant") -> gr.Blocks:
    """The page on an open assistant; `launch` gives it its theme and serves it."""
    page = Page(assistant)
    day = 24 * 60 * 60  # seconds: how often uploads are looked through, and how old they may be
    blocks = gr.Blocks(
        title=NAME, analytics_enabled=False, fill_width=True, delete_cache=(day, day)
    )
    with blocks:
        turns = gr.State(())
        header = gr.HTML(elem_id="header", apply_default_css=False)
        with gr.Row(elem_id="panes"):
            with gr.Column(scale=5, min_width=320):
                conversation = gr.HTML(
                    elem_id="conversation",
                    apply_default_css=False,
                    js_on_load=_script("conversation"),
                )
                with gr.Row(elem_id="asking"):
                    question = gr.Textbox(
                        show_label=False,
                        placeholder="Ask the articles …",
                        elem_id="question",
                        autofocus=True,
                        scale=6,
                        container=False,
                    )
                    send = gr.Button("Ask", variant="primary", scale=1, min_width=80)
                    clear = gr.Button("New", scale=1, min_width=70, elem_id="clear")
                with gr.Accordion("Filters", open=False, elem_id="filters"):
                    publishers = gr.Dropdown([], label="Publishers", multiselect=True)
                    with gr.Row():
                        since = gr.DateTime(label="Since", include_time=False, type="string")
                        until = gr.DateTime(label="Until", include_time=False, type="string")
                with gr.Accordion("Add articles", open=False, elem_id="adding"):
                    uploads = gr.File(label="Files", file_count="multiple", height=140)
                    addresses = gr.Textbox(
                        label="Web addresses of articles or feeds", placeholder="https://…", lines=2
                    )
                    add = gr.Button("Add to the library")
                    results = gr.HTML(elem_id="results", apply_default_css=False)
            with gr.Column(scale=6, min_width=320):
                evidence = gr.HTML(
                    NO_EVIDENCE_YET,
                    elem_id="evidence",
                    apply_default_css=False,
                    js_on_load=_script("evidence"),
                )

        def refresh(turns: tuple[Turn, ...]) -> tuple[str, str, Any]:
            shown = gr.skip() if turns else page.conversation(())
            return page.header(), shown, gr.Dropdown(choices=page.publishers())

        def ask_example(turns: tuple[Turn, ...], event: gr.EventData) -> Iterator[tuple[Any, ...]]:
            yield from page.ask(str(event.question), turns, None, None, None)

        def show(turns: tuple[Turn, ...], event: gr.EventData) -> str:
            return page.show(turns, int(event.turn), int(event.number))

        # Adds take turns among themselves; a long one does not keep questions waiting.
        def on(
            triggers: Sequence[Any],
            handler: Callable[..., Any],
            inputs: Any,
            outputs: Any,
            at_once: int = 4,
        ) -> Any:
            return gr.on(
                triggers,
                handler,
                inputs,
                outputs,
                concurrency_limit=at_once,
                show_progress="hidden",
                api_visibility="private",
            )

        answered = [question, turns, conversation, evidence]
        filters = [publishers, since, until]
        shell = [header, conversation, publishers]
        on([question.submit, send.click], page.ask, [question, turns, *filters], answered)
        on([conversation.select], ask_example, [turns], answered)
        on([conversation.click], show, [turns], [evidence])
        on(
            [clear.click],
            lambda: ("", (), page.conversation(()), NO_EVIDENCE_YET),
            None,
            answered,
        )
        on([add.click], page.add, [uploads, addresses], [results], at_once=1).then(
            lambda: (None, ""), None, [uploads, addresses], api_visibility="private"
        ).then(refresh, [turns], shell, api_visibility="private")
        on([blocks.load], refresh, [turns], shell)
    return blocks


def launch(assistant: "Assistant", host: str, port: int, open_browser: bool) -> gr.Blocks:
    """Serve the page in the background; `close()` of what is returned ends it.

    Raises:
        WhosaidError: the address cannot be listened on.
    """
    blocks = build(assistant)
    try:
        blocks.launch(
            server_name=host,
            server_port=port,
            inbrowser=open_browser,
            share=False,
            quiet=True,
            prevent_thread_lock=True,
            theme=gr.themes.Default(
                primary_hue="red", neutral_hue="stone", font=SANS, font_mono=["monospace"]
            ).set(
                button_primary_background_fill="#9b1c1c",
                button_primary_background_fill_hover="#7f1717",
                button_primary_background_fill_dark="#b3332f",
                button_primary_background_fill_hover_dark="#9b1c1c",
            ),
            css=_asset("page.css"),
            footer_links=[],
            run_history=False,
            ssr_mode=False,
        )
    except OSError as error:
        raise WhosaidError(
            f"cannot listen on {host}:{port} ({error}); choose another with --port"
        ) from error
    return blocks
