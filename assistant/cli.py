"""The command line: `whosaid add|ask|said|disputes|chat|serve|mcp|list|remove|check|record ...`.

Commands that keep a library safe are in `assistant/upkeep.py`.

Results go to stdout; progress, failures and errors to stderr. Where stdout is no terminal it is
plain text, one record a line, however wide the window is. Only typer and rich are imported here:
`whosaid --help` has to be instant, each command imports what it needs.
"""

import json
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.padding import Padding
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from assistant.anywhere import OptionsAnywhere
from assistant.listing import dispute_lines, said_csv
from assistant.place import Place
from assistant.render import Line, answer_lines, line, printable
from assistant.upkeep import app as upkeep
from index.errors import (
    CaseError,
    EncoderError,
    LibraryError,
    NoAnswer,
    NotInLibrary,
    WhosaidError,
)

if TYPE_CHECKING:
    from assistant.answer import Claim
    from assistant.pipeline import Assistant
    from assistant.server.serving import Server
    from index.article import Article

FAILED, USAGE, UNUSABLE, REFUSED = 1, 2, 3, 4
NOTHING = "Nothing of that kind in the articles."

app = typer.Typer(
    name="whosaid",
    cls=OptionsAnywhere,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    epilog="Exit codes: 0 all is well, 1 something failed, 2 wrong usage, "
    "3 the library cannot be used, 4 the articles do not say (ask).",
)


app.add_typer(upkeep)


class Output(StrEnum):
    """How a list is printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


Since = Annotated[
    str, typer.Option(metavar="DATE", help="Only articles from this day on (2024-05-31).")
]
Until = Annotated[str, typer.Option(metavar="DATE", help="Only articles up to this day, included.")]
Publishers = Annotated[
    list[str] | None, typer.Option(metavar="NAME", help="Only this publisher; repeatable.")
]
Articles = Annotated[
    list[str] | None,
    typer.Option(metavar="ID", help="Only this article (or prefix of its id); repeatable."),
]

Token = Annotated[
    str,
    typer.Option(
        metavar="SECRET",
        envvar="WHOSAID_TOKEN",
        help="What callers of the API have to send, as a bearer token.",
    ),
]


class Log(StrEnum):
    """How requests are logged, to standard error."""

    OFF = "off"
    TEXT = "text"
    JSON = "json"


LogKind = Annotated[
    Log,
    typer.Option(
        "--log",
        envvar="WHOSAID_LOG",
        help="A line for each request on standard error; never what is asked.",
    ),
]
RateLimit = Annotated[
    float | None,
    typer.Option(
        "--rate",
        metavar="N",
        min=0,
        help="Requests a minute that each client may make, 0 for any number; "
        "120 once other machines are let in.",
        show_default=False,
    ),
]
Llm = Annotated[
    str,
    typer.Option(
        "--llm",
        metavar="MODEL",
        envvar="WHOSAID_LLM",
        is_eager=True,  # `_must_have_model` looks at it
        help="A language model that words the answers: openai-like:MODEL@http://host:port/v1 "
        "(its key in WHOSAID_LLM_KEY).",
    ),
]


def _must_have_model(context: typer.Context, judge: bool) -> bool:
    if judge and not context.params.get("llm"):
        raise typer.BadParameter("there is no language model to judge: name one with --llm")
    return judge


Judge = Annotated[
    bool,
    typer.Option(
        "--judge/--no-judge",
        envvar="WHOSAID_JUDGE",
        callback=_must_have_model,
        help="Let the language model judge each of its statements that pass our checks, too, and "
        "withhold what it says no to: one more call for each.",
    ),
]


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit; errors made for people are shown without a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # A terminal without curly quotes gets question marks, not a crash.
            stream.reconfigure(errors="replace")
    try:
        app(args=None if arguments is None else list(arguments), prog_name="whosaid")
    except WhosaidError as error:
        _console(stderr=True).print(Text(f"whosaid: {_safe_lines(str(error))}", "red"))
        if isinstance(error, CaseError):
            sys.exit(USAGE)
        unusable = isinstance(error, LibraryError | EncoderError)
        sys.exit(UNUSABLE if unusable else FAILED)
    sys.exit(0)


def _apply_settings(context: typer.Context, path: Path | None) -> Path | None:
    """Let a file give the values that neither the command line nor the environment does."""
    from assistant.settings import defaults, own_file, read_settings

    chosen = path or own_file()
    if path or chosen.is_file():
        context.default_map = defaults(read_settings(chosen))
    return path


def _show_version(wanted: bool) -> None:
    if wanted:
        from index.version import release

        typer.echo(f"whosaid {release()}")
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    settings: Annotated[
        Path | None,
        typer.Option(
            "--settings",
            envvar="WHOSAID_SETTINGS",
            dir_okay=False,
            exists=True,
            is_eager=True,
            callback=_apply_settings,
            help="A file with values for options: library, vectors, llm, judge, host, port, rate, "
            "log.",
            show_default=False,
        ),
    ] = None,
    library: Annotated[
        str,
        typer.Option(
            "--library",
            envvar="WHOSAID_LIBRARY",
            help="Folder of the library, or postgresql://USER@HOST/DATABASE.",
        ),
    ] = "library",
    vectors: Annotated[
        str,
        typer.Option(
            "--vectors",
            envvar="WHOSAID_VECTORS",
            metavar="URL",
            help="Chroma server of a library in PostgreSQL: http://HOST:PORT.",
        ),
    ] = "",
    version: Annotated[
        bool,
        typer.Option(
            "--version", is_eager=True, callback=_show_version, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    """Ask your news articles.

    Every answer cites the exact sentences it rests on, or says that the articles don't say.
    """
    context.obj = Place(library, vectors)


@app.command()
def add(
    context: typer.Context,
    sources: Annotated[
        list[str], typer.Argument(metavar="SOURCE...", help="Files, folders, URLs or feeds.")
    ],
    private: Annotated[
        bool, typer.Option("--private", help="Also web addresses of this machine and its network.")
    ] = False,
    ray: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS",
            help="Read and analyse on the workers of a Ray cluster: its address, or auto.",
        ),
    ] = "",
) -> None:
    """Add articles. An article read again from the same source replaces the earlier one.

    Exit codes: 0 all were added, 1 some items failed (the others are in the library).
    """
    from index.load import Limits

    errors = _console(stderr=True)
    columns = (
        TextColumn("{task.completed} items", markup=False),
        BarColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}", markup=False),
    )
    with (
        _open(context, create=True) as assistant,
        Progress(
            *columns, console=errors, transient=True, disable=not errors.is_terminal
        ) as progress,
    ):
        # How many items a folder or feed holds is known at its end only: no total, a moving bar.
        task = progress.add_task("", total=None)

        def advance(done: int, source: str) -> None:
            progress.update(task, completed=done, description=line(source))

        limits = Limits(private=private)
        report = assistant.add(*sources, progress=advance, limits=limits, ray=ray or None)
    typer.echo(
        f"added {len(report.added)}, updated {len(report.updated)}, "
        f"unchanged {len(report.unchanged)}, failed {len(report.failed)}"
    )
    for failure in report.failed:
        errors.print(Text(f"failed: {line(failure.source)}: {line(failure.reason)}", "red"))
    if report.failed:
        raise typer.Exit(FAILED)


@app.command()
def ask(
    context: typer.Context,
    words: Annotated[
        list[str], typer.Argument(metavar="QUESTION", help="The question, in quotation marks.")
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")] = False,
    since: Since = "",
    until: Until = "",
    publisher: Publishers = None,
    article: Articles = None,
    llm: Llm = "",
    judge: Judge = False,
) -> None:
    """Ask a question; the answer cites the sentences that it rests on.

    Exit codes: 0 answered, 4 refused (the articles don't say).
    """
    question = " ".join(words)  # without quotation marks it is an argument a word
    if not question.strip():
        raise typer.BadParameter("the question is empty", param_hint="QUESTION")
    days = _days(since, until)
    with _open(context, llm=llm, judge=judge) as assistant:
        _refuse_empty(context, assistant)
        with _claims_shown(not llm or as_json) as on_claim:
            filters = _filters(assistant, days, publisher, article)
            answer = assistant.ask(question, on_claim=on_claim, **filters)
        if as_json:
            _print_json(answer.to_dict())
        else:
            _print(answer_lines(answer, assistant.library.article))
    if answer.refused:
        raise typer.Exit(REFUSED)


@contextmanager
def _claims_shown(hidden: bool) -> Iterator["Callable[[Claim], None]"]:
    """Claims of a language model as they are checked, in a terminal.

    They go away when the answer is there: it has others when the model fails before its end.
    """
    errors = _console(stderr=True)
    if hidden or not errors.is_terminal:
        yield lambda _: None
        return
    from rich.live import Live

    with Live(console=errors, transient=True) as live:
        told: list[str] = []

        def show(claim: "Claim") -> None:
            told.append(line(claim.text))
            live.update(Text("\n".join(told), "dim"), refresh=True)

        yield show


@app.command("said")
def list_said(
    context: typer.Context,
    speaker: Annotated[str, typer.Option(metavar="NAME", help="Part of a name or role.")] = "",
    act: Annotated[
        str, typer.Option(metavar="ACT", help="deny, accuse, promise ..., or a verb for one.")
    ] = "",
    about: Annotated[str, typer.Option(metavar="WORDS", help="Words that were said.")] = "",
    output: Annotated[Output, typer.Option("--format", help="How to print it.")] = Output.TABLE,
    since: Since = "",
    until: Until = "",
    publisher: Publishers = None,
    article: Articles = None,
) -> None:
    """List who said what, newest article first.

    In a pipe the table is tab-separated, one attribution a line.
    """
    days = _days(since, until)
    with _open(context) as assistant:
        _refuse_empty(context, assistant)
        filters = _filters(assistant, days, publisher, article)
        try:
            found = assistant.said(speaker, act, about, **filters)
        except ValueError as error:
            raise typer.BadParameter(str(error), param_hint="--act") from None
    _note(found, found.note)
    if output is Output.JSON:
        _print_json([one.to_dict() for one in found])
    elif output is Output.CSV:
        text = said_csv(found)
        sys.stdout.write(printable(text) if _console().is_terminal else text)
    else:
        _print_table(
            [
                ("who", one.speaker or "(not named)"),
                ("act", ("not " if one.negated else "") + (one.act or one.cue)),
                ("what", one.content),
                ("where", " ".join((str(one.published or ""), one.publisher or one.title)).strip()),
            ]
            for one in found
        )


def _note(found: Sequence[object], note: str) -> None:
    """Say that a list is empty, or what it leaves out, beside it."""
    told = " ".join(filter(None, ["" if found else NOTHING, note]))
    if told:
        typer.echo(told, err=True)


@app.command("disputes")
def list_disputes(
    context: typer.Context,
    about: Annotated[str, typer.Option(metavar="WORDS", help="Words of either side.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON list.")] = False,
    since: Since = "",
    until: Until = "",
    publisher: Publishers = None,
    article: Articles = None,
) -> None:
    """List accusations and claims beside the denials of the same, each with its sentences."""
    days = _days(since, until)
    with _open(context) as assistant:
        _refuse_empty(context, assistant)
        filters = _filters(assistant, days, publisher, article)
        found = assistant.disputes(about, **filters)
    _note(found, found.note)
    if as_json:
        _print_json([one.to_dict() for one in found])
    else:
        _print(dispute_lines(found))


@app.command()
def chat(
    context: typer.Context,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 7860,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open the page in the browser.")
    ] = True,
    auth: Annotated[
        str,
        typer.Option(
            metavar="NAME:PASSWORD", envvar="WHOSAID_AUTH", help="What the page asks for."
        ),
    ] = "",
    token: Token = "",
    llm: Llm = "",
    judge: Judge = False,
    log: LogKind = Log.OFF,
    rate: RateLimit = None,
) -> None:
    """Open the chat page, with REST and MCP beside it; Ctrl-C ends it."""
    from assistant.page.chat import launch

    user, _, password = auth.partition(":")
    if auth and not (user and password):
        raise typer.BadParameter("wanted NAME:PASSWORD", param_hint="--auth")
    with _open(context, create=True, llm=llm, judge=judge) as assistant:
        secret = (user, password) if auth else None
        limit = _watched(log, rate, host)
        server = launch(assistant, host, port, browser, secret, token, limit)
        _serve(server, f"Whosaid is at {server.url} (Ctrl-C ends it)")


@app.command()
def serve(
    context: typer.Context,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 7861,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    token: Token = "",
    llm: Llm = "",
    judge: Judge = False,
    log: LogKind = Log.OFF,
    rate: RateLimit = None,
) -> None:
    """Serve REST (/api), OpenAI's chat completions (/v1) and MCP (/mcp); Ctrl-C ends it."""
    from assistant.server.serving import hosts_for, listen, refuse_exposed

    refuse_exposed(host, token)
    from assistant.server.api import api

    with _open(context, create=True, llm=llm, judge=judge) as assistant:
        limit = _watched(log, rate, host)
        server = listen(api(assistant, token, hosts_for(host), rate=limit), host, port)
        _serve(server, f"Whosaid serves {server.url}/api, /v1 and /mcp (Ctrl-C ends it)")


@app.command()
def mcp(context: typer.Context, llm: Llm = "", judge: Judge = False) -> None:
    """Serve MCP over standard input and output, for the program that starts this."""
    from assistant.server.tools import over_stdio

    with _open(context, llm=llm, judge=judge) as assistant:
        over_stdio(assistant)


@app.command("list")
def list_articles(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON list.")] = False,
) -> None:
    """List the articles, newest first: id, date, publisher, title (tab-separated in a pipe)."""
    with _open(context) as assistant:
        articles = assistant.library.articles()
        if as_json:
            _print_json([_described(article) for article in articles])
            return
        rows = [
            (a.id, str(a.published or ""), line(a.publisher), line(a.title or "Untitled article"))
            for a in articles
        ]
    headings = ("id", "date", "publisher", "title")
    _print_table(list(zip(headings, row, strict=True)) for row in rows)


@app.command()
def remove(
    context: typer.Context,
    ids: Annotated[
        list[str], typer.Argument(metavar="ID...", help="Article ids, or unique beginnings.")
    ],
) -> None:
    """Remove articles. Nothing is removed when one of the ids is unknown or ambiguous."""
    with _open(context) as assistant:
        found = {article.id: article for article in (_find(assistant, given) for given in ids)}
        for article in found.values():
            assistant.remove(article.id)
            typer.echo(f"removed {article.id} {line(article.title)}".rstrip())


@app.command()
def check(
    context: typer.Context,
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH...", help="*.grounded.toml, or folders of them.")
    ],
    system: Annotated[
        str,
        typer.Option(
            metavar="SYSTEM",
            help="Who is asked, whatever the files say: a library's folder, a URL "
            "(http://127.0.0.1:7861, or any that answers in JSON) or module:function.",
        ),
    ] = "",
    everything: Annotated[
        bool, typer.Option("--all", help="List all cases, not only what failed or changed.")
    ] = False,
    json_file: Annotated[
        Path | None, typer.Option("--json", dir_okay=False, help="Write a report as JSON.")
    ] = None,
    markdown_file: Annotated[
        Path | None, typer.Option("--markdown", dir_okay=False, help="Write one as Markdown.")
    ] = None,
    baseline: Annotated[
        Path, typer.Option(dir_okay=False, help="The last run, to compare with.")
    ] = Path(".whosaid-check.json"),
    save: Annotated[
        bool, typer.Option("--save/--no-save", help="Whether this run becomes the last run.")
    ] = True,
    only: Annotated[
        str, typer.Option(metavar="TEXT", help="Only cases whose id or kind has this.")
    ] = "",
    llm: Llm = "",
    judge: Judge = False,
) -> None:
    """Check answers against cases: what must be cited, said or refused.

    Files that name no articles and no library are put to the library of --library.
    Exit codes: 0 all cases are met, 1 some are not, 2 a file of cases is wrong.
    """
    from assistant.grounded.command import Files, check_files
    from assistant.grounded.running import Systems

    place: Place = context.obj
    systems = Systems(system, place.library, place.vectors, llm, judge)
    files = Files(baseline, save, json_file, markdown_file)
    try:
        passed = check_files(paths, systems, files, everything, _console(), only)
    except NoAnswer as error:
        raise typer.BadParameter(str(error), param_hint="--system") from None
    if not passed:
        raise typer.Exit(FAILED)


@app.command()
def record(
    context: typer.Context,
    to: Annotated[
        Path,
        typer.Option(metavar="FILE", dir_okay=False, help="NAME.grounded.toml; made or added to."),
    ],
    questions: Annotated[
        list[str] | None, typer.Argument(metavar="QUESTION...", help="Each in quotation marks.")
    ] = None,
    rated: Annotated[
        bool, typer.Option("--rated", help="The answers that were rated in the chat page.")
    ] = False,
    conversation: Annotated[
        bool,
        typer.Option(
            "--conversation", help="The questions follow each other: each has those before it."
        ),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Keep all of them, do not ask.")] = False,
    system: Annotated[
        str, typer.Option(metavar="SYSTEM", help="Who is asked, as in check, whatever FILE says.")
    ] = "",
    since: Since = "",
    until: Until = "",
    publisher: Publishers = None,
    article: Annotated[
        list[str] | None,
        typer.Option(metavar="TITLE", help="Only the article of this title or id; repeatable."),
    ] = None,
    llm: Llm = "",
    judge: Judge = False,
) -> None:
    """Turn questions into cases: the answer is shown, and kept as what is wanted if you agree.

    Asked is whom FILE names at its top; where it names nobody, the library of --library.
    """
    from assistant.grounded.case import Case
    from assistant.grounded.command import Recorder, suite_at
    from assistant.grounded.running import Systems

    if bool(questions) is rated:
        raise typer.BadParameter("wanted questions, or --rated", param_hint="QUESTION...")
    if rated and (system or since or until or publisher or article):
        wanted = "rated answers are kept as they were asked; wanted no other system and no filters"
        raise typer.BadParameter(wanted, param_hint="--rated")
    if not to.name.endswith(".grounded.toml"):
        raise typer.BadParameter("wanted a name that ends with .grounded.toml", param_hint="--to")
    first, last = _days(since, until)
    filters = Case("", "", (), tuple(publisher or ()), tuple(article or ()), first, last)
    suite = suite_at(to)
    place: Place = context.obj
    if suite.library:
        place = context.obj = Place(str(suite.library))
    if not (system or suite.articles):
        place.require()

    def agreed() -> bool:
        return yes or typer.confirm("Keep this case?")

    asked = Path(system) if system else place.named_in_files
    folder = asked if asked and asked.is_dir() else None
    recorder = Recorder(to, folder, agreed, _console())
    if questions:
        systems = Systems(system, place.library, place.vectors, llm, judge)
        try:
            written = recorder.questions(systems, questions, filters, conversation)
        except NoAnswer as error:
            raise typer.BadParameter(str(error), param_hint="--system") from None
    else:
        with _open(context) as assistant:
            written = recorder.rated(assistant.library)
    typer.echo(f"{written} written")


@app.command()
def bench(
    data: Annotated[
        Path, typer.Option(exists=True, file_okay=False, help="Folder with the evaluation data.")
    ],
    section: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Only this section; repeatable.")
    ] = None,
    output: Annotated[Path, typer.Option(file_okay=False, help="Folder for the results.")] = Path(
        "bench-results"
    ),
    fresh: Annotated[bool, typer.Option("--fresh", help="Measure finished parts again.")] = False,
    readme: Annotated[
        Path | None, typer.Option(dir_okay=False, help="Put the figures into this file.")
    ] = None,
) -> None:
    """Measure quality and speed."""
    from assistant.bench import run

    raise typer.Exit(run(data, section or None, output, fresh, readme))


def _watched(log: Log, rate: float | None, host: str) -> float:
    """Set logging up; how many requests a minute a client may make, 0 for any number."""
    from assistant.server import watching
    from assistant.server.rating import DEFAULT
    from assistant.server.serving import is_loopback

    if log is not Log.OFF:
        watching.log(log.value)
    if rate is None:
        return 0 if is_loopback(host) else DEFAULT
    return rate


def _serve(server: "Server", greeting: str) -> None:
    """Wait for Ctrl-C or SIGTERM, or for the server to end; what is being asked gets an answer."""

    def interrupt(*_: object) -> NoReturn:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)  # a second one ends it at once
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupt)
    with server:
        typer.echo(greeting)
        try:
            server.wait()
        except KeyboardInterrupt:
            typer.echo("", err=True)


@contextmanager
def _open(
    context: typer.Context, create: bool = False, llm: str = "", judge: bool = False
) -> Iterator["Assistant"]:
    """The library; a mistyped folder is an error, not a new empty library, unless `create`."""
    place: Place = context.obj
    if not create:
        place.require()
    from assistant.pipeline import Assistant

    with Assistant.open(place.library, llm or None, place.vectors or None, judge) as assistant:
        yield assistant


def _refuse_empty(context: typer.Context, assistant: "Assistant") -> None:
    if not len(assistant.library):
        raise LibraryError(
            f"the library {context.obj} is empty. Add articles first: {context.obj.hint}"
        )


def _days(since: str, until: str) -> tuple[date | None, date | None]:
    first, last = _day(since, "--since"), _day(until, "--until")
    if first and last and first > last:
        raise typer.BadParameter(f"{first} comes after --until {last}", param_hint="--since")
    return first, last


def _filters(
    assistant: "Assistant",
    days: tuple[date | None, date | None],
    publisher: list[str] | None,
    article: list[str] | None,
) -> dict[str, Any]:
    """The options that narrow a question, as `Assistant.ask` takes them."""
    first, last = days
    return {
        "articles": [_find(assistant, given).id for given in article] if article else None,
        "publishers": publisher or None,
        "since": first,
        "until": last,
    }


def _day(text: str, option: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        wanted = f"{text!r} is no date; wanted year-month-day, such as 2024-05-31"
        raise typer.BadParameter(wanted, param_hint=option) from None


def _find(assistant: "Assistant", given: str) -> "Article":
    """The one article whose id starts with `given`."""
    library = assistant.library
    matches = [i for i, *_ in library.titles() if given and i.startswith(given.lower())]
    if not matches:
        raise NotInLibrary(f"no article's id starts with {given!r}; `whosaid list` shows the ids")
    if len(matches) > 1:
        ids = ", ".join(matches[:5]) + (" ..." if matches[5:] else "")
        raise NotInLibrary(
            f"{given!r} is ambiguous: {len(matches)} ids start with it ({ids}); give more of it"
        )
    return library.article(matches[0])


def _described(article: "Article") -> dict[str, Any]:
    return {
        "id": article.id,
        "title": article.title,
        "url": article.url,
        "publisher": article.publisher,
        "author": article.author,
        "published": article.published.isoformat() if article.published else None,
        "source": article.source,
        "characters": len(article.text),
    }


def _safe_lines(text: str) -> str:
    return "\n".join(line(part) for part in text.splitlines())


def _console(stderr: bool = False) -> Console:
    return Console(stderr=stderr, highlight=False, markup=False, emoji=False, soft_wrap=True)


def _print(lines: Iterator[Line]) -> None:
    """Lines with their indent: wrapped under it in a terminal, whole in a pipe."""
    out = _console()
    for indent, text in lines:
        if out.is_terminal:
            out.print(Padding(text, (0, 0, 0, indent)), soft_wrap=False)
        else:
            out.print(Text(" " * indent).append_text(text))


def _print_table(rows: Iterable[Sequence[tuple[str, str]]]) -> None:
    """Rows of (heading, cell): a table in a terminal, tab-separated in a pipe."""
    out = _console()
    table: Table | None = None
    for row in rows:
        if not out.is_terminal:
            typer.echo("\t".join(line(cell) for _, cell in row))
            continue
        if table is None:
            table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
            for heading, _ in row:
                short = heading in ("id", "date", "act")
                table.add_column(heading, no_wrap=short, overflow="fold")
        table.add_row(*(Text(line(cell)) for _, cell in row))
    if table is not None:
        out.print(table)


def _print_json(value: object) -> None:
    # ASCII: valid in every encoding, and no control character of an article reaches the terminal.
    typer.echo(json.dumps(value, indent=2))


if __name__ == "__main__":
    main()
