"""`whosaid check` and `whosaid record`, without the options: what they do and print."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from assistant.grounded.case import PATTERN, Case, Suite, Turn, find_files
from assistant.grounded.comparing import (
    Compared,
    compare,
    read_baseline,
    write_baseline,
)
from assistant.grounded.recording import kept, rated_case
from assistant.grounded.reply import REFUSAL_PHRASES
from assistant.grounded.report import as_json, as_markdown, notable, summary
from assistant.grounded.running import Systems, run
from assistant.grounded.schema import read_suite, slug
from assistant.grounded.systems import System
from assistant.grounded.writing import append_case, case_toml
from assistant.ratings import ratings
from assistant.render import line, printable
from index.errors import CaseError

if TYPE_CHECKING:
    from index.library import Library

_STYLES = {"failed": "red", "met now": "yellow", "met": "green"}


@dataclass(frozen=True)
class Files:
    """Where a run's results go.

    Attributes:
        baseline: the last run, read before and written after.
        save: whether it is written.
    """

    baseline: Path
    save: bool = True
    json: Path | None = None
    markdown: Path | None = None


def check_files(
    paths: Sequence[Path],
    systems: Systems,
    files: Files,
    everything: bool,
    console: Console,
    only: str = "",
) -> bool:
    """Run the cases of files and folders, and report; whether all of them passed.

    Args:
        only: what the ids or kinds of the cases have, "" for all.

    Raises:
        CaseError: there are none, or a file is wrong; nothing is asked then.
        WhosaidError: a system cannot be opened.
    """
    found = find_files(paths)
    if not found:
        raise CaseError(f"{', '.join(map(str, paths))}: there is no {PATTERN} in it")
    suites = _chosen([read_suite(path) for path in found], only)
    before = read_baseline(files.baseline)
    columns = (MofNCompleteColumn(), BarColumn(), TimeElapsedColumn())
    errors = Console(stderr=True)
    total = sum(len(suite.cases) for suite in suites)
    with (
        closing(systems),
        Progress(*columns, console=errors, transient=True, disable=not errors.is_terminal) as bar,
    ):
        task = bar.add_task("", total=total)
        outcomes = list(run(suites, systems, lambda: bar.advance(task)))
    compared = compare(outcomes, before, files.baseline.parent)
    _print(compared, everything, console)
    if files.json:
        _write(files.json, json.dumps(as_json(compared), indent=2) + "\n")
    if files.markdown:
        _write(files.markdown, as_markdown(compared))
    if files.save:
        write_baseline(files.baseline, outcomes, before)
    return all(one.passed for one in outcomes)


def _chosen(suites: Sequence[Suite], only: str) -> list[Suite]:
    if not only:
        return list(suites)
    wanted = only.casefold()
    found = []
    for suite in suites:
        cases = [c for c in suite.cases if wanted in f"{c.id}\n{c.kind}".casefold()]
        if cases:
            found.append(replace(suite, cases=tuple(cases), lines=()))
    if not found:
        raise CaseError(f"there is no case whose id or kind has {only!r}")
    return found


def _print(found: Sequence[Compared], everything: bool, console: Console) -> None:
    """A table in a terminal; in a pipe a line each, tab-separated."""
    rows = notable(found, everything)
    if not console.is_terminal:
        for row in rows:
            console.file.write("\t".join(map(line, row)) + "\n")  # Rich would expand the tabs
    elif rows:
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
        for heading in ("status", "case", "what"):
            table.add_column(heading, overflow="fold", ratio=3 if heading == "what" else None)
        for status, case, what in rows:
            style = _STYLES.get(status.partition(",")[0], "")
            table.add_row(Text(status, style), Text(line(case)), Text(line(what)))
        console.print(table, soft_wrap=False)
    console.print(Text(summary(found)))


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CaseError(f"{path}: it cannot be written: {error.strerror}") from error


def _cases(
    system: System,
    phrases: Sequence[str],
    questions: Iterable[str],
    filters: Case,
    conversation: bool,
) -> Iterator[Case]:
    history: tuple[Turn, ...] = ()
    for question in questions:
        case = replace(filters, id=slug(question), question=question, history=history)
        reply = system.ask(case, phrases)
        yield kept(case, reply)
        if conversation:
            history = (*history, (question, reply.text))


def suite_at(path: Path) -> Suite:
    """What a file says that cases are added to, which may not be there yet.

    Raises:
        CaseError: it is there and cannot be read.
    """
    return read_suite(path, empty=True) if path.exists() else Suite(path, ())


@dataclass(frozen=True)
class Recorder:
    """Cases that a person looks at, one by one, before they are written.

    Attributes:
        agreed: asks the person whether to keep what was shown.
    """

    path: Path
    library: Path | None
    agreed: Callable[[], bool]
    console: Console

    def questions(
        self,
        systems: Systems,
        questions: Iterable[str],
        filters: Case,
        conversation: bool = False,
    ) -> int:
        """Ask whom the file says, and offer each answer as a case; how many were written.

        Args:
            filters: how each is asked; what a case has beside them is not looked at.
            conversation: each is asked after those before it, whether they were kept or not.
        """
        suite = suite_at(self.path)
        phrases = REFUSAL_PHRASES if suite.refusal_phrases is None else suite.refusal_phrases
        with closing(systems):
            system = systems.of(suite)
            return self.offer(_cases(system, phrases, questions, filters, conversation))

    def rated(self, library: "Library") -> int:
        """Offer the answers that were rated in the page; how many were written."""
        return self.offer(rated_case(rating) for rating in ratings(library))

    def offer(self, cases: Iterable[Case]) -> int:
        written = 0
        for case in cases:
            self.console.print(Text(printable(case_toml(case))))
            if not self.agreed():
                self.console.print(Text("left out"))
            elif append_case(self.path, case, self.library):
                written += 1
                self.console.print(Text(f"written to {self.path}"))
            else:
                self.console.print(Text(f"left out: {self.path} has this question"))
        return written
