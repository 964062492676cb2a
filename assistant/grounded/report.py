"""What came of a run, for people and for programs."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from assistant.grounded.comparing import CHANGES, Compared


def counts(found: Sequence[Compared]) -> dict[str, int]:
    """How many cases there are of each status, and of each change."""
    statuses = Counter(one.outcome.status for one in found)
    changes = Counter(one.change for one in found)
    return {
        "cases": len(found),
        "met": statuses["met"],
        "failed": statuses["failed"],
        "known failures": statuses["known failure"],
        "met now": statuses["met now"],
        "not checkable": sum(bool(one.outcome.unchecked) for one in found),
        **{change: changes[change] for change in CHANGES},
    }


def summary(found: Sequence[Compared]) -> str:
    """The counts in one line; those that say nothing are left out."""
    given = counts(found)
    always = ("cases", "met", "failed")
    line = ", ".join(f"{n} {name}" for name, n in given.items() if n or name in always)
    return line.replace("1 cases", "1 case") if len(found) == 1 else line


def notable(found: Sequence[Compared], everything: bool = False) -> list[tuple[str, str, str]]:
    """Rows of (status, case, line): what failed, what is worse, better or changed.

    Args:
        everything: also what is met as before.
    """
    rows = []
    for one in found:
        outcome = one.outcome
        lines = outcome.lines or (everything and tuple(map(str, outcome.problems)))
        status = outcome.status + (f", {one.change}" if one.change else "")
        changed = one.change not in ("", "new")
        if not (lines or outcome.unchecked or changed or everything):
            continue
        said = [*(lines or ()), *map(str, outcome.unchecked)]
        if not said:
            said = [one.difference if changed else ""]
        if not outcome.passed:
            said += [f"asked: {outcome.case.question}"]
        rows += [(status, f"{outcome.path.name}::{outcome.case.id}", line) for line in said]
    return rows


def as_json(found: Sequence[Compared]) -> dict[str, Any]:
    """All of it, JSON-ready."""
    return {"summary": counts(found), "cases": [_plain(one) for one in found]}


def _plain(one: Compared) -> dict[str, Any]:
    outcome, reply = one.outcome, one.outcome.reply
    return {
        "file": str(outcome.path),
        "id": outcome.case.id,
        "question": outcome.case.question,
        "kind": outcome.case.kind,
        "status": outcome.status,
        "change": one.change,
        "known_failure": outcome.case.known_failure,
        "problems": [{"check": p.check, "line": p.line} for p in outcome.problems],
        "not_checkable": [{"check": p.check, "line": p.line} for p in outcome.unchecked],
        "answer": asdict(reply) if reply else None,
    }


def as_markdown(found: Sequence[Compared]) -> str:
    """The summary and a table of what is notable, for a comment on a change."""
    lines = ["# Grounded answers", "", summary(found) + "."]
    rows = notable(found)
    if rows:
        lines += ["", "| status | case | what |", "|---|---|---|"]
        lines += ["| " + " | ".join(map(_cell, row)) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    """Text as it is, in a table of Markdown: answers are data."""
    bare = " ".join(text.split()).replace("\\", "\\\\")
    for mark in "|`*_[]<>":
        bare = bare.replace(mark, f"\\{mark}")
    return bare
