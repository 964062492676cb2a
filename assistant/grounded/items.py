"""Cases as pytest's items. A failure is one line for each thing that is wrong, no traceback."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant.grounded.case import Case, Suite
from assistant.grounded.running import Systems, run_case
from assistant.grounded.schema import read_suite
from index.errors import WhosaidError

_SYSTEMS = pytest.StashKey[Systems]()


class NotMet(Exception):
    """A case that is not met; its text is what the report shows."""


class NotCheckable(pytest.PytestWarning):
    """What a case wants and the system that was asked cannot tell."""

    __module__ = "whosaid"


class CaseFile(pytest.File):
    """One `*.grounded.toml`."""

    def collect(self) -> Iterator["CaseItem"]:
        try:
            suite = read_suite(self.path)
        except WhosaidError as error:
            raise self.CollectError(str(error)) from None
        lines = suite.lines or (1,) * len(suite.cases)
        for case, line in zip(suite.cases, lines, strict=True):
            yield CaseItem.from_parent(self, name=case.id, suite=suite, case=case, line=line)


class CaseItem(pytest.Item):
    """One case."""

    def __init__(self, suite: Suite, case: Case, line: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._suite, self._case, self._line = suite, case, line
        # With hyphens as well: `-k "near miss"` is no expression of pytest's.
        self.extra_keyword_matches |= {case.kind, "-".join(case.kind.split())} - {""}

    def runtest(self) -> None:
        systems = _systems(self.config)
        system = systems.of(self._suite)
        outcome = run_case(self._suite, self._case, system, elsewhere=bool(systems.named))
        for problem in outcome.unchecked:
            self.warn(NotCheckable(f"{self.name}: {problem}"))
        if outcome.status == "known failure":
            why = outcome.problems or outcome.unchecked
            pytest.xfail(f"{self._case.known_failure} ({'; '.join(map(str, why))})")
        if not outcome.passed or outcome.problems:
            lines = outcome.lines or map(str, outcome.problems)
            raise NotMet("\n".join((*lines, f"asked: {self._case.question}")))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        if isinstance(excinfo.value, NotMet | WhosaidError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, self._line - 1, f"{self.path.name}: {self.name}"


def _judges() -> bool:
    """Whether the environment lets the model judge, in the words that the command line takes."""
    return os.environ.get("WHOSAID_JUDGE", "").lower() in ("1", "true", "t", "yes", "y", "on")


def _systems(config: pytest.Config) -> Systems:
    """The systems of this run, which are closed at its end."""
    if _SYSTEMS not in config.stash:
        systems = Systems(
            named=config.getoption("--grounded-system"),
            otherwise=config.getini("grounded_system"),
            llm=config.getoption("--grounded-llm") or os.environ.get("WHOSAID_LLM", ""),
            judge=config.getoption("--grounded-judge") or _judges(),
        )
        config.stash[_SYSTEMS] = systems
        config.add_cleanup(systems.close)
    return config.stash[_SYSTEMS]
