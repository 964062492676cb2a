"""The command line: `whosaid add|ask|chat|list|remove|check-library|bench`.

Results go to stdout; progress, failures and errors to stderr. Where stdout is no terminal it is
plain text, one record a line, however wide the window is. Only typer and rich are imported here:
`whosaid --help` has to be instant, each command imports what it needs.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.padding import Padding
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from assistant.render import Line, answer_lines, line
from index.errors import EncoderError, LibraryError, NotInLibrary, WhosaidError

if TYPE_CHECKING:
    from assistant.pipeline import Assistant
    from index.article import Article

FAILED, UNUSABLE, REFUSED = 1, 3, 4

app = typer.Typer(
    name="whosaid",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    epilog="Exit codes: 0 all is well, 1 something failed, 2 wrong usage, "
    "3 the library cannot be used, 4 the articles do not say (ask).",
)


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
        unusable = isinstance(error, LibraryError | EncoderError)
        sys.exit(UNUSABLE if unusable else FAILED)
    sys.exit(0)


@app.callback()
def options(
    context: typer.Context,
    library: Annotated[
        Path,
        typer.Option("--library", envvar="WHOSAID_LIBRARY", help="Folder of the library."),
    ] = Path("library"),
) -> None:
    """Ask your news articles.

    Every answer cites the exact sentences it rests on, or says that the articles don't say.
    """
    context.obj = library


@app.command()
def add(
    context: typer.Context,
    sources: Annotated[
        list[str], typer.Argument(metavar="SOURCE...", help="Files, folders, URLs or feeds.")
    ],
) -> None:
    """Add articles. An article read again from the same source replaces the earlier one.

    Exit codes: 0 all were added, 1 some items failed (the others are in the library).
    """
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

        report = assistant.add(*sources, progress=advance)
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
    question: Annotated[str, typer.Argument(help="The question, in quotation marks.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")] = False,
    since: Annotated[
        str, typer.Option(metavar="DATE", help="Only articles from this day on (2024-05-31).")
    ] = "",
    until: Annotated[
        str, typer.Option(metavar="DATE", help="Only articles up to this day, included.")
    ] = "",
    publisher: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Only this publisher; repeatable.")
    ] = None,
    article: Annotated[
        list[str] | None,
        typer.Option(metavar="ID", help="Only this article (or prefix of its id); repeatable."),
    ] = None,
) -> None:
    """Ask a question; the answer cites the sentences that it rests on.

    Exit codes: 0 answered, 4 refused (the articles don't say).
    """
    if not question.strip():
        raise typer.BadParameter("the question is empty", param_hint="QUESTION")
    first, last = _day(since, "--since"), _day(until, "--until")
    if first and last and first > last:
        raise typer.BadParameter(f"{first} comes after --until {last}", param_hint="--since")
    with _open(context) as assistant:
        if not len(assistant.library):
            raise LibraryError(
                f"the library {context.obj} is empty. Add articles first: {_add_hint(context)}"
            )
        answer = assistant.ask(
            question,
            articles=[_find(assistant, given).id for given in article] if article else None,
            publishers=publisher or None,
            since=first,
            until=last,
        )
        if as_json:
            _print_json(answer.to_dict())
        else:
            _print(answer_lines(answer, assistant.library.article))
    if answer.refused:
        raise typer.Exit(REFUSED)


@app.command()
def chat(
    context: typer.Context,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 7860,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open the page in the browser.")
    ] = True,
) -> None:
    """Open the chat page; Ctrl-C ends it."""
    from threading import Event

    from assistant.chat import launch

    with _open(context, create=True) as assistant:
        page = launch(assistant, host=host, port=port, open_browser=browser)
        typer.echo(f"Whosaid is at {page.local_url} (Ctrl-C ends it)")
        try:
            Event().wait()
        except KeyboardInterrupt:
            typer.echo("", err=True)
        finally:
            page.close(verbose=False)


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
    out = _console()
    if out.is_terminal:
        table = Table(box=None, pad_edge=False)
        for heading in ("id", "date"):
            table.add_column(heading, no_wrap=True)
        for heading in ("publisher", "title"):
            table.add_column(heading, overflow="fold")
        for row in rows:
            table.add_row(*(Text(cell) for cell in row))
        out.print(table)
    else:
        for row in rows:
            typer.echo("\t".join(row))


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


@app.command("check-library")
def check_library(context: typer.Context) -> None:
    """Prove that the catalog and the vectors of the library agree.

    Exit codes: 0 sound, 1 there are problems (listed).
    """
    with _open(context) as assistant:
        problems = assistant.library.check()
        count = len(assistant.library)
    if not problems:
        typer.echo(f"sound: {count} article" + "s" * (count != 1))
        return
    for problem in problems:
        typer.echo(line(problem))
    raise typer.Exit(FAILED)


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


@contextmanager
def _open(context: typer.Context, create: bool = False) -> Iterator["Assistant"]:
    """The library; a mistyped folder is an error, not a new empty library, unless `create`."""
    folder: Path = context.obj
    if not create and not folder.is_dir():
        raise LibraryError(f"there is no library at {folder}. Make one: {_add_hint(context)}")
    from assistant.pipeline import Assistant

    with Assistant.open(folder) as assistant:
        yield assistant


def _add_hint(context: typer.Context) -> str:
    folder = "" if str(context.obj) == "library" else f"--library {context.obj} "
    return f"whosaid {folder}add FILE_FOLDER_OR_URL"


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
    matches = [a for a in assistant.library.articles() if given and a.id.startswith(given.lower())]
    if not matches:
        raise NotInLibrary(f"no article's id starts with {given!r}; `whosaid list` shows the ids")
    if len(matches) > 1:
        ids = ", ".join(article.id for article in matches[:5]) + (" ..." if matches[5:] else "")
        raise NotInLibrary(
            f"{given!r} is ambiguous: {len(matches)} ids start with it ({ids}); give more of it"
        )
    return matches[0]


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


def _print_json(value: object) -> None:
    # ASCII: valid in every encoding, and no control character of an article reaches the terminal.
    typer.echo(json.dumps(value, indent=2))


if __name__ == "__main__":
    main()
