"""Cases -> TOML, as `schema` reads it."""

import json
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from assistant.grounded.case import Case, Wanted
from assistant.grounded.schema import WANTS, read_suite, unique

_DEFAULTS = Case(id="", question="")
_SHORT = 88  # characters of a list that stands on one line


def case_toml(case: Case) -> str:
    """One `[[case]]`; keys that have nothing to say are left out."""
    lines = ["[[case]]"]
    for key in Case.__dataclass_fields__:
        value = getattr(case, key)
        if key in ("must_answer", "short"):
            value = tuple(either[0] if len(either) == 1 else either for either in value)
        if value != getattr(_DEFAULTS, key):
            lines.append(f"{key} = {_value(value)}")
    return "\n".join(lines) + "\n"


def cases_toml(cases: Iterable[Case], top: str = "") -> str:
    """A file of cases, each with an id of its own.

    Args:
        top: what stands before them, whole lines.
    """
    taken: set[str] = set()
    parts = [top] if top else []
    for case in cases:
        named = unique(case.id, taken)
        taken.add(named)
        parts.append(case_toml(case).replace(_id(case.id), _id(named), 1))
    return "\n".join(parts)


def append_case(path: Path, case: Case, library: Path | None = None) -> bool:
    """Write a case at the end of a file, which is made when missing.

    Args:
        library: what a new file says is asked.

    Returns:
        False when the file has the question, asked in the same way: nothing is written. What
        only says that one answer is wrong does not stand in the way of another.

    Raises:
        CaseError: the file is there and cannot be read.
    """
    there = read_suite(path, empty=True).cases if path.exists() else ()
    if any(_repeats(one, case) for one in there):
        return False
    named = _id(unique(case.id, (one.id for one in there)))
    text = case_toml(case).replace(_id(case.id), named, 1)
    if path.exists():
        before = path.read_text("utf-8").rstrip("\n") + "\n"
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        before = f"library = {_value(_relative(library, path.parent))}\n" if library else ""
    path.write_text(f"{before}\n{text}" if before else text, encoding="utf-8")
    return True


def _id(name: str) -> str:
    return f"[[case]]\nid = {_value(name)}\n"


def _repeats(one: Case, other: Case) -> bool:
    if _asked(one) != _asked(other):
        return False
    if _complete(one) and _complete(other):
        return True
    return all(getattr(one, key) == getattr(other, key) for key in WANTS)


def _complete(case: Case) -> bool:
    """Whether it says what has to come, and not only what must not."""
    return case.details_wanted or case.refusal_wanted


def _asked(case: Case) -> tuple[object, ...]:
    turns = [part for turn in case.history for part in turn]
    said = (" ".join(text.split()).casefold() for text in (case.question, *turns))
    filters = (frozenset(case.publishers), frozenset(case.articles), case.since, case.until)
    return (*said, *filters)


def _relative(library: Path, folder: Path) -> str:
    from os.path import relpath  # Path.relative_to goes up only from Python 3.12 on

    return relpath(library, folder)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return toml_string(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Wanted):
        if not value.article:
            return toml_string(value.sentence)
        pairs = {"article": value.article, "sentence": value.sentence}
        return "{" + ", ".join(f"{k} = {toml_string(v)}" for k, v in pairs.items() if v) + "}"
    if not isinstance(value, tuple):
        raise TypeError(f"{value!r} is no value of a case")
    items = [_value(item) for item in value]
    line = f"[{', '.join(items)}]"
    if len(line) <= _SHORT or len(items) == 1:
        return line
    return "[\n" + "".join(f"    {item},\n" for item in items) + "]"


def toml_string(text: str) -> str:
    """A basic string of TOML: JSON's escapes are a subset of its, but for DEL and surrogates."""
    plain = text.encode("utf-8", "replace").decode()
    return json.dumps(plain, ensure_ascii=False).replace("\x7f", "\\u007F")
