"""Our own golden suite, `tests/golden`: how much of it is met, and whether a run repeats."""

from collections import defaultdict
from pathlib import Path

from assistant.bench import verifying
from assistant.bench.figures import Figure
from assistant.grounded.case import find_files
from assistant.grounded.running import Outcome, Systems, run
from assistant.grounded.schema import read_suite


def golden(data: Path, work: Path) -> list[Figure]:
    """Cases met, all and by kind, known failures counted as not met; two runs compared."""
    if not (verifying.SAMPLES / "golden").is_dir():
        return []  # an installed package has no tests
    suites = [read_suite(path) for path in find_files([verifying.SAMPLES / "golden"])]
    systems = Systems(cache=work)
    try:
        first, second = (list(run(suites, systems)) for _ in range(2))
    finally:
        systems.close()
    by_kind: dict[str, list[bool]] = defaultdict(list)
    for outcome in first:
        by_kind[outcome.case.kind or "other"].append(not outcome.problems)
    met = [one for group in by_kind.values() for one in group]
    differ = sum(_said(a) != _said(b) for a, b in zip(first, second, strict=True))
    return [
        _share("cases met", met, 100),
        Figure("golden", "second run, other answers", differ, "", len(first), most=0),
        *(_share(f"cases met, {kind}", by_kind[kind]) for kind in sorted(by_kind)),
    ]


def _share(measure: str, met: list[bool], least: float | None = None) -> Figure:
    return Figure("golden", measure, 100 * sum(met) / max(1, len(met)), "%", len(met), least)


def _said(outcome: Outcome) -> tuple[str, tuple[str, ...]]:
    reply = outcome.reply
    return (reply.text, tuple(c.sentence for c in reply.citations)) if reply else ("", ())
