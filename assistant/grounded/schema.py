"""A `.grounded.toml` file -> Suite. What is wrong with it is said in one line."""

import re
import tomllib
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import date, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from assistant.answer import REFUSALS
from assistant.grounded.case import Case, Suite, Wanted
from assistant.grounded.reply import NUMBER
from assistant.score import normalize
from index.acts import load_acts
from index.errors import CaseError

T = TypeVar("T")

WANTS = (
    *("must_answer", "short", "must_not_answer", "must_cite", "must_not_cite"),
    *("speaker", "act", "must_refuse"),
)
LONGEST_ID = 60  # of those that are made from questions
_SAID = "more than articles (a, the), punctuation and [numbers]"
_HEADER = re.compile(r"^\s*\[\[\s*case\s*\]\]", re.MULTILINE)


def read_suite(path: Path, empty: bool = False) -> Suite:
    """The cases of one file.

    Args:
        empty: whether it may have none yet.

    Raises:
        CaseError: there is no such file, it is no TOML, or a key is not what it should be.
    """
    try:
        text = path.read_text("utf-8")
        found = tomllib.loads(text)
    except FileNotFoundError:
        raise CaseError(f"{path}: there is no such file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise CaseError(f"{path}: it cannot be read: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise CaseError(f"{path}: it is no TOML: {error}") from error
    top = _Table(str(path), found)
    top.known({"case", "articles", "library", "refusal_phrases"})
    rows = found.get("case", [])
    if empty and rows == []:
        pass
    elif not (isinstance(rows, list) and rows and all(isinstance(row, dict) for row in rows)):
        top.wrong("case", rows, "one [[case]] or more")
    if "articles" in found and "library" in found:
        raise CaseError(f"{path}: it names both articles and a library; wanted one of them")
    folder = path.parent
    library = top.text("library")
    phrases = top.texts("refusal_phrases")
    lines = tuple(text.count("\n", 0, m.end()) + 1 for m in _HEADER.finditer(text))
    return Suite(
        path=path,
        cases=_cases(path, rows),
        articles=tuple(_existing(path, folder / name) for name in top.texts("articles")),
        library=_existing(path, folder / library) if library else None,
        refusal_phrases=phrases if "refusal_phrases" in found else None,
        lines=lines if len(lines) == len(rows) else (),  # else one stands in some string
    )


def slug(question: str) -> str:
    """An id made from a question: its words with hyphens."""
    words = re.findall(r"\w+", question.casefold())
    made = ""
    for word in words:
        if made and len(made) + len(word) >= LONGEST_ID:
            break
        made += f"-{word}" if made else word[:LONGEST_ID]
    return made or "case"


def unique(wanted: str, taken: Iterable[str]) -> str:
    """The id, with the first number that makes it one of its own where it is taken."""
    there, number, made = set(taken), 1, wanted
    while made in there:
        number += 1
        made = f"{wanted}-{number}"
    return made


def _cases(path: Path, rows: list[dict[str, Any]]) -> tuple[Case, ...]:
    given: dict[str, int] = {}
    for number, row in enumerate(rows, 1):
        id_ = row.get("id")
        if isinstance(id_, str) and given.setdefault(id_, number) != number:
            raise CaseError(
                f"{path}: cases {given[id_]} and {number} both have the id {id_!r}; "
                "wanted an id of its own for each, or none"
            )
    cases: list[Case] = []
    taken = set(given)
    for number, row in enumerate(rows, 1):
        case = _case(path, number, row, taken)
        taken.add(case.id)
        cases.append(case)
    return tuple(cases)


def _case(path: Path, number: int, row: dict[str, Any], taken: set[str]) -> Case:
    name = row.get("id") or f"number {number}"
    table = _Table(f"{path}: case {name}", row)
    table.known(set(Case.__dataclass_fields__))
    question = table.text("question")
    if not question.strip():
        table.wrong("question", row.get("question"), "the question, in words")
    id_ = table.text("id")
    if "::" in id_ or "\n" in id_:
        table.wrong("id", id_, "a name without :: and line ends")
    since, until = table.day("since"), table.day("until")
    if since and until and since > until:
        table.wrong("since", str(since), f"a day that does not come after until ({until})")
    case = Case(
        id=id_ or unique(slug(question), taken),
        question=question,
        history=table.turns("history"),
        publishers=table.texts("publishers"),
        articles=table.texts("articles"),
        since=since,
        until=until,
        must_answer=table.alternatives("must_answer"),
        short=table.alternatives("short"),
        must_not_answer=table.said("must_not_answer"),
        must_cite=table.sentences("must_cite"),
        cite=table.one_of("cite", ("any", "all")) or "any",  # type: ignore[arg-type]
        must_not_cite=table.sentences("must_not_cite"),
        speaker=table.text("speaker"),
        act=table.one_of("act", tuple(load_acts())),
        must_refuse=table.refusal("must_refuse"),
        kind=table.text("kind"),
        note=table.text("note"),
        known_failure=table.text("known_failure"),
    )
    if all(getattr(case, key) in ((), "", None) for key in WANTS):
        raise CaseError(f"{table.where}: it wants nothing; wanted one of {', '.join(WANTS)}")
    contrary = [key for key in WANTS[:-1] if "not" not in key and getattr(case, key)]
    if case.refusal_wanted and contrary:
        raise CaseError(f"{table.where}: a refusal has no {contrary[0]}; wanted one of the two")
    return case


def _existing(path: Path, wanted: Path) -> Path:
    if not wanted.exists():
        raise CaseError(f"{path}: there is no {wanted}; wanted a path relative to this file")
    return wanted


class _Table:
    """A table of TOML whose values are read with a check; errors say where they are."""

    def __init__(self, where: str, row: dict[str, Any]) -> None:
        self.where = where
        self._row = row

    def known(self, keys: set[str]) -> None:
        for key in self._row:
            if key not in keys:
                near = get_close_matches(key, sorted(keys), 1, 0.5)
                hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(sorted(keys))}"
                raise CaseError(f"{self.where}: there is no key {key!r}; {hint}")

    def wrong(self, key: str, found: object, wanted: str) -> NoReturn:
        raise CaseError(f"{self.where}: {key}: found {_shown(found)}, wanted {wanted}")

    def text(self, key: str) -> str:
        found = self._row.get(key, "")
        if not isinstance(found, str):
            self.wrong(key, found, "a string")
        return found

    def one_of(self, key: str, known: tuple[str, ...]) -> str:
        found = self.text(key)
        if found and found not in known:
            near = get_close_matches(found, known, 1, 0.5)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            self.wrong(key, found, f"one of {', '.join(known)}{hint}")
        return found

    def texts(self, key: str) -> tuple[str, ...]:
        return self._list(key, "a list of strings", _words)

    def said(self, key: str) -> tuple[str, ...]:
        return self._list(key, f"a list of strings that have {_SAID}", _said)

    def alternatives(self, key: str) -> tuple[tuple[str, ...], ...]:
        wanted = (
            'a list of strings and lists of alternatives, such as [["19", "nineteen"], "dam"], '
            f"that have {_SAID}"
        )

        def read(item: object) -> tuple[str, ...] | None:
            inner = [item] if isinstance(item, str) else item
            if not isinstance(inner, list) or not inner:
                return None
            return tuple(inner) if all(_said(one) for one in inner) else None

        return self._list(key, wanted, read)

    def sentences(self, key: str) -> tuple[Wanted, ...]:
        wanted = 'a list of sentences, or of {article = "title or id", sentence = "its beginning"}'

        def read(item: object) -> Wanted | None:
            if isinstance(item, str):
                return Wanted(item) if item.strip() else None
            if not isinstance(item, dict) or not set(item) <= {"article", "sentence"}:
                return None
            return Wanted(**item) if item and all(map(_words, item.values())) else None

        return self._list(key, wanted, read)

    def turns(self, key: str) -> tuple[tuple[str, str], ...]:
        def read(item: object) -> tuple[str, str] | None:
            pair = (
                isinstance(item, list) and len(item) == 2 and all(isinstance(s, str) for s in item)
            )
            return (item[0], item[1]) if pair and isinstance(item, list) else None

        return self._list(key, 'a list of ["question", "answer"]', read)

    def day(self, key: str) -> date | None:
        found = self._row.get(key)
        with suppress(ValueError):
            found = date.fromisoformat(found) if isinstance(found, str) else found
        if found is not None and (not isinstance(found, date) or isinstance(found, datetime)):
            self.wrong(key, found, "a day, such as 2026-03-14")
        return found

    def refusal(self, key: str) -> Any:
        found = self._row.get(key)
        if not (found is None or isinstance(found, bool) or found in tuple(REFUSALS)):
            self.wrong(key, found, f"true, false or one of {', '.join(REFUSALS)}")
        return found

    def _list(self, key: str, wanted: str, read: Callable[[object], T | None]) -> tuple[T, ...]:
        items = self._row.get(key, [])
        if not isinstance(items, list):
            self.wrong(key, items, wanted)
        found: list[T] = []
        for item in items:
            one = read(item)
            if one is None:
                self.wrong(key, item, wanted)
            found.append(one)
        return tuple(found)


def _words(item: object) -> str | None:
    return item if isinstance(item, str) and item.strip() else None


def _said(item: object) -> str | None:
    """A string that has something to look for in an answer, see `assistant.score.normalize`."""
    words = _words(item)
    return words if words and normalize(NUMBER.sub("", words)) else None


def _shown(found: object) -> str:
    text = repr(found)
    return text if len(text) <= 80 else text[:77] + "..."
