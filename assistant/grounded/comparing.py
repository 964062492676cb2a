"""A run against the last one: which answers got better, worse, or are others."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os.path import relpath
from pathlib import Path
from typing import Any, Literal

from assistant.grounded.running import Outcome
from index.errors import CaseError

Change = Literal["", "better", "worse", "changed", "new"]
CHANGES: tuple[Change, ...] = ("worse", "better", "changed", "new")
FILE = ".whosaid-check.json"
_FORMAT = 1


@dataclass(frozen=True)
class Compared:
    """One outcome, and how it differs from the last run's.

    Attributes:
        change: worse and better are about being met; changed is another text, short answer or
            other cited sentences, met or not as before; new was not in the last run; "" is the
            same.
        was: what the last run kept of it, None when it did not have it.
    """

    outcome: Outcome
    change: Change
    was: Mapping[str, Any] | None = None

    @property
    def difference(self) -> str:
        """What is now and what was, in a line."""
        if self.outcome.reply is None:
            return "now: no answer"
        now = _kept(self.outcome)
        was = {**now, **(self.was or {})}
        for key, what in (("text", ""), ("short", "short answer "), ("cited", "cited ")):
            if was[key] != now[key]:
                return f"{what}now: {_line(now[key])}; {what}was: {_line(was[key])}"
        return f"now: {_line(now['text'])}"


def compare(outcomes: Sequence[Outcome], before: Mapping[str, Any], base: Path) -> list[Compared]:
    """Each outcome beside the last run's.

    Args:
        before: as `read_baseline` gives it; nothing is new when it is empty.
        base: the folder to which the paths of `before` are relative.
    """
    known = bool(before)
    found = []
    for one in outcomes:
        was = before.get(_key(one, base))
        found.append(Compared(one, _change(one, was, known), was))
    return found


def _line(kept: str | list[str] | None) -> str:
    text = " / ".join(kept) if isinstance(kept, list) else kept or ""
    return " ".join(text.split()) or "nothing"


def _change(outcome: Outcome, was: Mapping[str, Any] | None, any_before: bool) -> Change:
    if was is None:
        return "new" if any_before else ""
    now = _kept(outcome)
    if was["met"] != now["met"]:
        return "better" if now["met"] else "worse"
    if outcome.reply is None:
        return ""  # no other answer, but none
    return "" if {"short": now["short"], **was} == now else "changed"  # older files have no short


def read_baseline(path: Path) -> dict[str, Any]:
    """The last run, by case; empty when there was none.

    Raises:
        CaseError: the file is another one.
    """
    if not path.is_file():
        return {}
    try:
        found = json.loads(path.read_text("utf-8"))
        if found["format"] == _FORMAT:
            return dict(found["cases"])
    except (ValueError, KeyError, TypeError, OSError):
        pass
    raise CaseError(f"{path}: it was not written by `whosaid check`; remove it, or name another")


def write_baseline(path: Path, outcomes: Sequence[Outcome], before: Mapping[str, Any]) -> None:
    """Keep this run; cases that it did not have, or that nobody answered, stay as they were.

    Raises:
        CaseError: the file cannot be written.
    """
    kept = {_key(one, path.parent): _kept(one) for one in outcomes if one.reply}
    cases = {**before, **kept}
    text = json.dumps({"format": _FORMAT, "cases": cases}, indent=1, sort_keys=True)
    try:
        path.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise CaseError(f"{path}: it cannot be written: {error.strerror}") from error


def _kept(outcome: Outcome) -> dict[str, Any]:
    reply = outcome.reply
    return {
        "met": not outcome.problems,
        "text": reply.text if reply else "",
        "short": reply.short if reply else None,
        "cited": [one.sentence for one in reply.citations] if reply else [],
    }


def _key(outcome: Outcome, base: Path) -> str:
    path = relpath(outcome.path.resolve(), base.resolve()).replace("\\", "/")
    return f"{path}::{outcome.case.id}"
