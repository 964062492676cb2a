"""Names, numbers and days that a question mentions, and whether a text has them.

A near miss often has everything but one of them: the right people on another day, the right vote
in another state. Aliases are allowed for: a surname for a name, an adjective ("Armenian" for
"Armenia"), initials for the words they stand for, "Sept." for September, "Friday" for the date that
it was when the article was published. "North Korea" is not "South Korea", nor is Robert Gray
Kathleen Gray.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, cached_property
from typing import Literal
from unicodedata import combining, normalize

from assistant.wordlists import table
from index.article import Article
from index.names import relatives
from index.words import STOP_WORDS, stem, words

Kind = Literal["name", "number", "day"]

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_SHORT = {
    **{day[:letters]: day for day in DAYS for letters in (3, 4, 5)},
    **{month[:3]: month for month in MONTHS},
    "sept": "september",
}
# In small letters, too, but for what is another word as well: "may", "march".
_WEEKDAY = (
    rf"(?i:{'|'.join(DAYS)})|"
    r"(?:Mon|Tues?|Wed|Thu(?:rs?)?|Fri|(?<!the )(?<!The )(?:Sat|Sun))(?=\.|,? \d)"
)
_MONTH = (
    rf"(?i:{'|'.join(month for month in MONTHS if month not in ('march', 'may'))})|M(?:arch|ARCH)|"
    r"M(?:ay|AY)|(?:march|may)(?= \d)|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)(?=\.| \d)"
)
_OF_MONTH = r"[0-3]?\d(?:st|nd|rd|th)?"
_DAY = re.compile(
    rf"(?<![\d.,:])\b(?P<before>{_OF_MONTH}) (?:of )?(?P<month>{_MONTH})\b\.?|"
    rf"\b(?P<of>{_MONTH})\b\.?(?: (?P<after>{_OF_MONTH})\b(?![\d:%]|[.,]\d))?|"
    rf"\b(?P<weekday>{_WEEKDAY})\b\.?"
)
_BEFORE_MAY = re.compile(
    r"\b(?:after|and|before|by|early|from|in|last|late|mid|next|of|since|this|to|until)[ -]$",
    re.IGNORECASE,
)
_WEEKDAYS = frozenset(day.capitalize() for day in DAYS)
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
_TABLE = table("mentions")
_OPENING = STOP_WORDS | frozenset(_TABLE["opening"].split())
TITLES = frozenset(_TABLE["titles"].split())
GROUPS = frozenset(_TABLE["groups"].split())
APART = frozenset(_TABLE["apart"].split())
_OTHERWISE = {word: frozenset(names.split()) for word, names in _TABLE["otherwise"].items()}
_NONE: frozenset[str] = frozenset()
_CAPITALS = re.compile(r"\b[A-Z]{2,}\b")
_INITIALS = 3  # letters, or less, that have to be told in capitals: "US" is not "us"
_SHORTEST = 4  # letters of a name that has an adjective of its own: "Iran", "Mali"
# Endings of adjectives, and those that the name may have instead: Armenian, Texan, Italian.
_ENDINGS = {
    "n": ("", "s"),
    "an": ("", "o"),
    "ian": ("", "a", "e", "y", "s", "ium"),
    "ese": ("", "a", "on"),
    "lese": ("",),
    "i": ("",),
    "ish": ("",),
    "ic": ("",),
}


@dataclass(frozen=True)
class Mention:
    """Something that a question names: `text` as it stands there."""

    kind: Kind
    text: str


def mentions(question: str) -> tuple[Mention, ...]:
    """Names, numbers and days of a question, in this order, each once.

    A day has its whole name, and a date is one day: "Sept. 4" is the day "September 4".
    """
    found: dict[Mention, None] = {}
    days = [(match, day) for match in _DAY.finditer(question) if (day := _day(match, question))]
    rest = question
    for match, _ in days:
        rest = rest[: match.start()] + " " * len(match.group()) + rest[match.end() :]
    for match in _NAME.finditer(rest):
        for number, name in enumerate(_JOINING.split(match.group())):
            name = re.sub(r"['’]s?$", "", name.strip(" .,"))
            if match.start() == number == 0:
                name = _without_opening(name, question)
            name = re.sub(r"^(?:(?:of|the|de|van|von|and|for) )+", "", name)
            kept = [w for w in name.split() if w.casefold() not in (*DAYS, *MONTHS)]
            if kept and not all(w.casefold() in _OPENING | TITLES for w in kept):
                found[Mention("name", " ".join(kept))] = None
    for match in _NUMBER.finditer(rest):
        found[Mention("number", match.group().strip(".,"))] = None
    for word in words(question):
        if word in _COUNTED:
            found[Mention("number", word)] = None
    for _, day in days:
        found[Mention("day", day)] = None
    return tuple(found)


def another_day(mention: Mention, question: str, text: str, article: Article | None = None) -> bool:
    """Whether a text tells another day, month or year than one that a question mentions.

    Args:
        article: by whose day of publication it is known which day "Friday" was.
    """
    told = Told(text, article)
    if mention.kind == "number":
        if mention.text not in _YEAR.findall(question):
            return False
        years = set(_YEAR.findall(text))
        return bool(years) and mention.text not in years
    if mention.kind != "day" or told.tells(mention.text):
        return False
    if mention.text.casefold() in DAYS:
        return bool(told.days & _WEEKDAYS)
    month, _, number = mention.text.partition(" ")
    months = {day for day in told.days if day.casefold() in MONTHS}
    if number and (told.resolved or any(" " in day for day in told.days)):
        return True
    return bool(months) and month not in months


def _day(match: re.Match[str], text: str) -> str:
    """The day of a match of `_DAY`: "Friday", "March", "March 14"; "" for a word that is none."""
    if match["weekday"]:
        return _whole(match["weekday"])
    name, number = match["month"] or match["of"], match["before"] or match["after"] or ""
    if name == "May" and not number:
        followed = text[match.end() : match.end() + 2].strip()[:1]
        dated = _BEFORE_MAY.search(text, 0, match.start())
        if not match.start() or (followed.islower() and not dated):
            return ""
    number = number.rstrip("stndrh")
    return f"{_whole(name)} {int(number)}" if number and 0 < int(number) < 32 else _whole(name)


def _whole(name: str) -> str:
    """ "September" for "Sept"."""
    return _SHORT.get(name.casefold(), name.casefold()).capitalize()


def _dated(day: date) -> str:
    return f"{MONTHS[day.month - 1].capitalize()} {day.day}"


def is_year(number: str) -> bool:
    return _YEAR.fullmatch(number) is not None


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
            return self.tells(mention.text) or mention.text in self._published
        return self._has_name(mention.text)

    def tells(self, day: str) -> bool:
        """Whether a day is named, or is the date of a weekday that is."""
        return day in self.days or day in map(_dated, self.resolved)

    def _has_name(self, name: str) -> bool:
        name = _undotted(name)
        whole = re.findall(r"\w+", name)
        ignored = STOP_WORDS | TITLES
        parts = [p for p in whole if p.casefold() not in ignored or _is_initials(p)] or whole
        if not parts:
            return False
        before = [part for part in parts[:-1] if part.casefold() not in APART]
        if self._has_word(parts[-1], before) and not self._another(parts):
            return True
        if len(parts) > 2 and all(self._has_word(part) for part in parts[:-1]):
            return True  # "Port Merrin University" for "Port Merrin"
        if len(parts) > 1:
            return "".join(part[0] for part in parts).upper() in self._capitals
        return name.isupper() and any(i.endswith(name.casefold()) for i in self._initials)

    def _has_word(self, part: str, before: Sequence[str] = ()) -> bool:
        """Whether the text has a word of a name, or its adjective.

        Args:
            before: the words before it. With some, an adjective is the name's only where one of
                them is told, too: "Sri Lankan" is of Sri Lanka, "Rossi" is not Ada Ross.
        """
        word = _unaccented(part.casefold())
        others = _OTHERWISE.get(word, _NONE)
        if not before and "us" in {word, *others} and "US" in self._capitals:
            return True
        if _is_initials(part):
            return part in self._capitals or (not before and word in self._bases)
        if word in self._words or stem(word) in self.stems:
            return True
        if not others.isdisjoint(self._bases | self._words - {"us"}) or word in self._bases:
            return True
        if before and not any(_unaccented(p.casefold()) in self._words for p in before):
            return False
        return not _bases(word).isdisjoint(self._proper) or word in self._proper_bases

    def _another(self, parts: Sequence[str]) -> bool:
        """Whether the last word of a name stands in the text for somebody, or somewhere, else."""
        if len(parts) < 2:
            return False
        before, last = parts[-2], parts[-1]
        if before.casefold() in APART:
            return not self._stands_beside(before, last)
        own = f"{parts[0]} {last}"
        surname = rf"{re.escape(last[0].upper())}(?i:{re.escape(last[1:])})\b"
        given = re.findall(rf"(?:\b([A-Z][\w’'-]+) (?:[A-Z]\.? )*)?\b{surname}", self.text)
        if not given or parts[0].casefold() in self._proper:
            return False
        return all(name and relatives(own, f"{name} {last}") for name in given)

    def _stands_beside(self, before: str, last: str) -> bool:
        """Whether the text has "North Korea", "North and South Korea", "the North"."""
        others = "|".join(APART)
        beside = rf"\b(?:[A-Z]\w*)?(?i:{before})\b(?:(?:,| and| or) (?i:{others})\b)* ([A-Z]\w+)"
        if any(Told(name)._has_word(last) for name in re.findall(beside, self.text)):
            return True
        alone = before.casefold() != "new" and re.search(
            rf"\b[Tt]he {before}\b(?! [A-Z])", self.text
        )
        return bool(alone)

    @cached_property
    def _words(self) -> frozenset[str]:
        dotted = (letters.casefold() for letters in self._dotted)
        return frozenset([*words(self.text), *words(_unaccented(self.text)), *dotted])

    @cached_property
    def _bases(self) -> frozenset[str]:
        """What the words of the text that are listed are adjectives of."""
        return frozenset(base for word in self._words for base in _OTHERWISE.get(word, _NONE))

    @cached_property
    def _dotted(self) -> frozenset[str]:
        return frozenset(m.group().replace(".", "") for m in _DOTTED.finditer(self.text))

    @cached_property
    def _capitals(self) -> frozenset[str]:
        """What stands in capitals, "UN" for "U.N."."""
        return frozenset(_CAPITALS.findall(self.text)) | self._dotted

    @cached_property
    def stems(self) -> frozenset[str]:
        return frozenset(map(stem, self._words))

    @cached_property
    def _proper(self) -> frozenset[str]:
        return frozenset(word.casefold() for word in re.findall(r"\b[A-Z]\w+", self.text))

    @cached_property
    def _proper_bases(self) -> frozenset[str]:
        return frozenset(base for word in self._proper for base in _bases(word))

    @cached_property
    def days(self) -> frozenset[str]:
        """Weekdays, months and dates; a date is its month, too."""
        found = [_day(match, self.text) for match in _DAY.finditer(self.text)]
        return frozenset(part for day in found if day for part in (day, day.split()[0]))

    @cached_property
    def resolved(self) -> frozenset[date]:
        """The dates that the weekdays of the text may be, in the weeks around its publication."""
        published = self.article.published if self.article else None
        if published is None or self.days.isdisjoint(_WEEKDAYS):
            return frozenset()
        near = (published + timedelta(days) for days in range(-6, 7))
        return frozenset(day for day in near if DAYS[day.weekday()].capitalize() in self.days)

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
        if day is None:
            return frozenset()
        month, weekday = MONTHS[day.month - 1].capitalize(), DAYS[day.weekday()].capitalize()
        return frozenset((str(day.year), month, weekday, _dated(day)))


@cache
def _bases(word: str) -> frozenset[str]:
    """The names that a word may be the adjective of: "armenia" and others that are none."""
    one = word[:-1] if word.endswith(("ns", "is")) else word
    for form in (word, one):
        if form in _OTHERWISE:
            return _OTHERWISE[form]
    found: set[str] = set()
    for ending, instead in _ENDINGS.items():
        base = one.removesuffix(ending)
        if base != one and (ending != "n" or base.endswith("a")):
            found.update(base + letters for letters in instead)
    return frozenset(base for base in found if len(base) >= _SHORTEST)


def _unaccented(text: str) -> str:
    """ "Guantanamo" for "Guantánamo"."""
    if text.isascii():
        return text
    return "".join(letter for letter in normalize("NFKD", text) if not combining(letter))


def _undotted(name: str) -> str:
    """ "US" for "U.S."."""
    return re.sub(r"\b(?:[A-Z]\.)+[A-Z]\b\.?", lambda m: m.group().replace(".", ""), name)


def _is_initials(part: str) -> bool:
    """Whether a word of a name has to stand in capitals: "US", "IT"."""
    return 1 < len(part) <= _INITIALS and part.isalpha() and part.isupper()


def _digits(number: str) -> str:
    plain = number.casefold()
    return _COUNTED.get(plain) or plain.replace(",", "").rstrip(".")
