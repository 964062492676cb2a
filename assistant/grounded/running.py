"""Cases put to their system: Suite -> Outcome."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from assistant.grounded.cached import library_of
from assistant.grounded.case import Case, Suite
from assistant.grounded.checking import Problem, check
from assistant.grounded.reply import REFUSAL_PHRASES, Reply
from assistant.grounded.systems import System, open_system
from index.errors import CaseError, NoAnswer, WhosaidError

Status = Literal["met", "failed", "known failure", "met now"]
MET_NOW = "is met now: remove known_failure"


@dataclass(frozen=True)
class Outcome:
    """One case and what came.

    Attributes:
        reply: None when nothing came that could be checked; `problems` says why.
        problems: those that failed.
        unchecked: what the system cannot tell.
        elsewhere: another system was asked than the file's, of which `known_failure` tells nothing.
    """

    path: Path
    case: Case
    reply: Reply | None
    problems: tuple[Problem, ...] = ()
    unchecked: tuple[Problem, ...] = ()
    elsewhere: bool = False

    @property
    def status(self) -> Status:
        if self.case.known_failure and (self.problems or self.unchecked):
            return "known failure"
        if self.case.known_failure and not self.elsewhere:
            return "met now"
        return "failed" if self.problems else "met"

    @property
    def passed(self) -> bool:
        return self.status in ("met", "known failure")

    @property
    def lines(self) -> tuple[str, ...]:
        """What has to be done about it, a line each; none when it passed."""
        if self.passed:
            return ()
        return tuple(map(str, self.problems)) if self.problems else (MET_NOW,)


@dataclass
class Systems:
    """The systems of one run, each opened once.

    Attributes:
        named: the system to ask, whatever a file says; "" for what the file says.
        otherwise: the system for files that do not say.
        vectors: the Chroma server of a library in PostgreSQL.
        llm: the language model that words the answers of libraries, "" for none.
        judge: that model judges its statements, too.
        cache: see `library_of`.
    """

    named: str = ""
    otherwise: str = ""
    vectors: str = field(default_factory=lambda: os.environ.get("WHOSAID_VECTORS", ""))
    llm: str = ""
    judge: bool = False
    cache: Path | None = None
    _opened: dict[str, System] = field(default_factory=dict)
    _built: dict[tuple[Path, ...], Path] = field(default_factory=dict)

    def of(self, suite: Suite) -> System:
        """The system that a file's cases are put to.

        Raises:
            CaseError: nothing says which, or its articles cannot be read.
            WhosaidError: it cannot be opened.
        """
        name = self._name(suite)
        if name not in self._opened:
            try:
                self._opened[name] = open_system(name, self.vectors, self.llm, self.judge)
            except NoAnswer as error:
                if self.named or suite.articles or suite.library:
                    raise
                raise CaseError(
                    f"{suite.path}: nothing says who is asked, and {error}; put articles = "
                    '["folder"] or library = "folder" at its top, or name a library '
                    "(`whosaid --library FOLDER add ARTICLES` makes one) or a system"
                ) from None
        return self._opened[name]

    def _name(self, suite: Suite) -> str:
        if self.named:
            return self.named
        if suite.articles:
            if suite.articles not in self._built:
                self._built[suite.articles] = library_of(suite.articles, self.cache)
            return str(self._built[suite.articles])
        if suite.library or self.otherwise:
            return str(suite.library or self.otherwise)
        raise CaseError(
            f'{suite.path}: nothing says who is asked; put articles = ["folder"] or '
            'library = "folder" at its top, or name a system'
        )

    def close(self) -> None:
        for system in self._opened.values():
            system.close()
        self._opened.clear()


def run_case(suite: Suite, case: Case, system: System, elsewhere: bool = False) -> Outcome:
    """One case: asked and checked. `elsewhere`: see `Outcome`."""
    phrases = REFUSAL_PHRASES if suite.refusal_phrases is None else suite.refusal_phrases
    try:
        reply = system.ask(case, phrases)
    except WhosaidError as error:
        problem = Problem("answer", f"no answer: {error}")
        return Outcome(suite.path, case, None, (problem,), elsewhere=elsewhere)
    found = check(case, reply, system.text, system.told)
    return Outcome(
        path=suite.path,
        case=case,
        reply=reply,
        problems=tuple(p for p in found if p.failed),
        unchecked=tuple(p for p in found if not p.failed),
        elsewhere=elsewhere,
    )


def run(
    suites: Sequence[Suite], systems: Systems, advance: Callable[[], None] = lambda: None
) -> Iterator[Outcome]:
    """All cases of all files, in order. Before the first is asked, all systems are open."""
    for suite, system in [(suite, systems.of(suite)) for suite in suites]:
        for case in suite.cases:
            yield run_case(suite, case, system, elsewhere=bool(systems.named))
            advance()
