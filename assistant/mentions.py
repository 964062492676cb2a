"""Names, numbers and days that a question mentions, and whether a text has them.

A near miss often has everything but one of them: the right people on another day, the right vote
in another state. Aliases are allowed for: a surname for a name, an inflection ("Armenian" for
"Armenia"), initials for the words they stand for, "Sept." for September.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from typing import Literal

from index.article import Article
from index.words import STOP_WORDS, stem, words

Kind = Literal["name", "number", "day"]

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_DAY = re.compile(r"\b(?:{})\b".format("|".join(w.capitalize() for w in (*DAYS, *MONTHS))))
_WEEKDAY = re.compile(r"\b(?:{})\b".format("|".join(day.capitalize() for day in DAYS)))
_MONTH = re.compile(r"\b(?:{})\b".format("|".join(month.capitalize() for month in MONTHS)))
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")  # a decade ("1980s") is none
_NUMBER = re.compile(r"\d[\d,.]*")
_NAME = re.compile(
    r"(?<![\w'’-])[A-Z][\w’'.&-]*(?: (?:(?:of|the|de|van|von|and|for) ){0,2}[A-Z][\w’'.&-]*)*"
)
_DOTTED = re.compile(r"\b(?:[A-Z]\.){2,}")  # "U.N."
_JOINING = re.compile(r" and ")
_COUNTED = {
    word: str(number)
    for number, word in enumerate(
        ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"), 2
    )
}
_TABLE = tomllib.loads(files("assistant").joinpath("mentions.toml").read_text("utf-8"))
_OPENING = STOP_WORDS | frozenset(_TABLE["opening"].split())
TITLES = frozenset(_TABLE["titles"].split())
GROUPS = frozenset(_TABLE["groups"].split())
_OTHERWISE: dict[str, str] = _TABLE["otherwise"]
_ALIKE = 5  # letters that two forms of a name have in common


@dataclass(frozen=True)
class Mention:
    """Something that a question names: `text` as it stands there."""

    kind: Kind
    text: str


def mentions(question: str) -> tuple[Mention, ...]:
    """Names, numbers and days of a question, in this order, each once."""
    found: dict[Mention, None] = {}
    for match in _NAME.finditer(question):
        for number, name in enumerate(_JOINING.split(match.group())):
            name = re.sub(r"['’]s?$", "", name.strip(" .,"))
            if match.start() == number == 0:
                name = _without_opening(name, question)
            name = re.sub(r"^(?:(?:of|the|de|van|von|and|for) )+", "", name)
            kept = [w for w in name.split() if w.casefold() not in (*DAYS, *MONTHS)]
            if kept and not all(w.casefold() in _OPENING | TITLES for w in kept):
                found[Mention("name", " ".join(kept))] = None
    for match in _NUMBER.finditer(question):
        found[Mention("number", match.group().strip(".,"))] = None
    for word in words(question):
        if word in _COUNTED:
            found[Mention("number", word)] = None
    for match in _DAY.finditer(question):
        followed = question[match.end() : match.end() + 2].strip()[:1]
        if match.group() != "May" or (match.start() and not followed.islower()):
            found[Mention("day", match.group())] = None
    return tuple(found)


def another_day(mention: Mention, question: str, text: str) -> bool:
    """Whether a text tells another weekday, month or year than one that a question mentions."""
    for kind in (_WEEKDAY, _MONTH, _YEAR):
        named = {match.group() for match in kind.finditer(question)}
        told = {match.group() for match in kind.finditer(text)}
        if mention.text in named and told and mention.text not in told:
            return True
    return False


def _without_opening(name: str, question: str) -> str:
    """The name without the capital word that the question starts with, unless that is one."""
    first, _, rest = name.partition(" ")
    if first.casefold() in _OPENING:
        return rest
    owns = re.match(re.escape(first) + r"['’]s?\b", question)
    return name if rest or owns else ""


@dataclass(frozen=True)
class Told:
    """A text that is searched for what a question mentions.

    Attributes:
        article: whose day of publication counts as told; None: no day does.
    """

    text: str
    article: Article | None = None

    def has(self, mention: Mention) -> bool:
        """Whether the text has what the question mentions, under any of its forms."""
        if mention.kind == "number":
            number = _digits(mention.text)
            return number in self._numbers or number in self._published
        if mention.kind == "day":
            day = mention.text.casefold()
            return day in self._published or not {day, day[:3], day[:4]}.isdisjoint(self._words)
        return self._has_name(mention.text)

    def _has_name(self, name: str) -> bool:
        parts = [part for part in words(name) if part not in STOP_WORDS | TITLES] or words(name)
        if any(self._has_word(part) for part in parts[-1:]):
            return True
        if len(parts) > 2 and all(self._has_word(part) for part in parts[:-1]):
            return True  # "Port Merrin University" for "Port Merrin"
        initials = "".join(part[0] for part in parts)
        if len(parts) > 1:
            return initials in self._words
        return name.isupper() and any(i.endswith(name.casefold()) for i in self._initials)

    def _has_word(self, word: str) -> bool:
        if word in self._words or stem(word) in self.stems:
            return True
        base = _OTHERWISE.get(word)
        if base in self._words or any(_OTHERWISE.get(own) == word for own in self._words):
            return True
        return len(word) >= _ALIKE and word[:_ALIKE] in self._beginnings

    @cached_property
    def _words(self) -> frozenset[str]:
        dotted = (match.group().replace(".", "") for match in _DOTTED.finditer(self.text))
        return frozenset([*words(self.text), *(letters.casefold() for letters in dotted)])

    @cached_property
    def stems(self) -> frozenset[str]:
        return frozenset(map(stem, self._words))

    @cached_property
    def _beginnings(self) -> frozenset[str]:
        return frozenset(w[:_ALIKE].casefold() for w in re.findall(r"\b[A-Z]\w{4,}", self.text))

    @cached_property
    def _numbers(self) -> frozenset[str]:
        digits = {_digits(match.group()) for match in _NUMBER.finditer(self.text)}
        return frozenset(digits | {_COUNTED[word] for word in self._words & _COUNTED.keys()})

    @cached_property
    def _initials(self) -> frozenset[str]:
        """ "doj" of "Department of Justice"."""
        names = [match.group().split() for match in _NAME.finditer(self.text)]
        every = ("".join(part[0] for part in parts) for parts in names if len(parts) > 1)
        capitals = ("".join(p[0] for p in parts if p[0].isupper()) for parts in names if parts[1:])
        return frozenset(initials.casefold() for initials in (*every, *capitals))

    @cached_property
    def _published(self) -> frozenset[str]:
        day = self.article.published if self.article else None
        return frozenset(_parts(day.year, day.month, day.weekday())) if day else frozenset()


def _parts(year: int, month: int, weekday: int) -> Iterator[str]:
    yield str(year)
    yield MONTHS[month - 1]
    yield DAYS[weekday]


def _digits(number: str) -> str:
    plain = number.casefold()
    return _COUNTED.get(plain) or plain.replace(",", "").rstrip(".")
