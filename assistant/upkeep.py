"""The commands that keep a library safe: `whosaid check-library|repair|export|import`."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.render import line
from index.address import is_address
from index.errors import LibraryDamaged

if TYPE_CHECKING:
    from index.library import Library

FAILED = 1

app = typer.Typer()

File = Annotated[Path, typer.Argument(metavar="FILE", dir_okay=False)]


@app.command("check-library")
def check_library(context: typer.Context) -> None:
    """Prove that the library is whole: its articles, what is found in them, the vectors.

    Exit codes: 0 sound, 1 there are problems (listed).
    """
    try:
        with _library(context) as library:
            problems = (*library.mended, *library.check())
            count = len(library)
    except LibraryDamaged as error:
        problems = (*error.problems, "`whosaid repair` makes the library whole")
    if problems:
        for problem in problems:
            typer.echo(line(problem))
        raise typer.Exit(FAILED)
    typer.echo(f"sound: {_articles(count)}")


@app.command()
def repair(context: typer.Context) -> None:
    """Make a damaged library whole, or bring one of an earlier version up to date.

    Everything is made again from the articles that can be read; the old catalog stays beside the
    new one. Exit codes: 0 the library is whole, 1 it is, but articles are lost (listed).
    """
    context.obj.require()
    if is_address(context.obj.library):
        _reconcile(context)
        return
    from index.repair import repair as mend

    report = mend(context.obj.folder, progress=_progress)
    for problem in report.problems:
        typer.echo(f"found: {line(problem)}")
    for article_id, title in report.lost:
        typer.echo(f"lost: {article_id} {line(title)}".rstrip())
    if report.aside:
        typer.echo(f"the old catalog is {report.aside}")
    typer.echo(f"{'whole now' if report.problems else 'sound'}: {_articles(report.kept)}")
    if report.lost:
        raise typer.Exit(FAILED)


def _reconcile(context: typer.Context) -> None:
    """On servers: the vectors are made whole; a damaged database is its own backup's matter."""
    with _library(context) as library:
        found = (*library.mended, *library.reconcile())
        count, left = len(library), library.check()
    for problem in found:
        typer.echo(f"found: {line(problem)}")
    if left:
        raise LibraryDamaged(str(context.obj), left)
    typer.echo(f"{'whole now' if found else 'sound'}: {_articles(count)}")


@app.command("export")
def export_articles(context: typer.Context, file: File) -> None:
    """Write all articles into one file, which `whosaid import` reads."""
    from index.archive import export_to

    with _library(context) as library:
        typer.echo(f"exported {_articles(export_to(library, file))} to {file}")


@app.command("import")
def import_articles(context: typer.Context, file: File) -> None:
    """Add the articles of a file that `whosaid export` wrote; their ids stay the same.

    Exit codes: 0 all are in the library, 1 some are damaged (the others are in the library).
    """
    from index.archive import import_from

    if not file.is_file():
        raise typer.BadParameter(f"there is no file {file}", param_hint="FILE")
    with _library(context, create=True) as library:
        report = import_from(library, file, progress=_progress)
    ids = {item.article_id for item in (*report.added, *report.updated)}
    unchanged = {item.article_id for item in report.unchanged} - ids
    typer.echo(f"added {len(ids)}, unchanged {len(unchanged)}, failed {len(report.failed)}")
    for failure in report.failed:
        typer.echo(f"failed: {line(failure.source)}: {line(failure.reason)}", err=True)
    if report.failed:
        raise typer.Exit(FAILED)


def _library(context: typer.Context, create: bool = False) -> "Library":
    if not create:
        context.obj.require()
    library: Library = context.obj.open()
    return library


def _progress(done: int, source: str) -> None:
    if sys.stderr.isatty() and done % 10 == 0:
        typer.echo(f"{done} articles", err=True)


def _articles(count: int) -> str:
    return f"{count} article" + "s" * (count != 1)
