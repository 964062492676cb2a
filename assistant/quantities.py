"""Numbers, amounts, times of day, dates, weekdays and months of a text, in one form each.

"1.2 million euros" and "€1,200,000" are the same number with the same unit; "Feb. 19" and
"19 February" the same date.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal

from assistant.mentions import DAYS, MONTHS
from assistant.wordlists import verify_table

Kind = Literal["number", "time", "date", "month", "weekday"]

_SHORT = {"jan": 1, "feb": 2, "mar": 3, "apr": 4, "jun": 6, "jul": 7, "aug": 8, "sep": 9}
_SHORT |= {"sept": 9, "oct": 10, "nov": 11, "dec": 12}
_NUMBERED = {name: number for number, name in enumerate(MONTHS, 1)} | _SHORT
_MONTH = "(?:" + "|".join(
    [*(month.capitalize() for month in MONTHS), *(rf"{m.capitalize()}\b\.?" for m in _SHORT)]
) + r")(?!\w)"  # fmt: skip
_TIME = re.compile(
    r"\b(?P<hour>\d{1,2})(?:[:.](?P<minute>\d\d))?\s?(?P<half>[ap])\.?\s?m\b\.?"
    r"|\b(?P<hour24>[01]?\d|2[0-3]):(?P<minute24>[0-5]\d)\b",
    re.IGNORECASE,
)
_DATE = re.compile(
    rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? (?P<month>{_MONTH})"
    rf"|\b(?P<month2>{_MONTH}) (?P<day2>\d{{1,2}})(?:st|nd|rd|th)?(?![\d,.]*\d)\b"
)
# "May" and "March" are months where they cannot be verbs.
_ALONE = re.compile(
    rf"\b(?P<before>(?:in|since|until|till|by|of|from|to|last|next|this|early|late|mid|and|for|"
    rf"between|through|during|before|after)[ -])?(?P<month>{_MONTH})(?P<year> \d{{4}}\b)?"
)
_WEEKDAY = re.compile(r"\b({})s?\b".format("|".join(day.capitalize() for day in DAYS)))
_DIGITS = re.compile(
    r"(?P<sign>[$€£¥] ?)?(?<![\w.])(?P<digits>\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    r"(?P<ordinal>st|nd|rd|th)?(?![\d])"
    r"(?:[ -]?(?P<scale>thousand|million|billion|trillion|bn|[mk])\b)?"
)
_SMALL = dict(
    zip(
        """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen
        fifteen sixteen seventeen eighteen nineteen""".split(),  # noqa: SIM905 -- a list of words
        range(20),
        strict=True,
    )
)
_SMALL |= {
    word: 10 * tens
    for tens, word in enumerate(
        "twenty thirty forty fifty sixty seventy eighty ninety".split(),  # noqa: SIM905
        2,
    )
}
_SMALL |= {"dozen": 12, "both": 2}
_SCALES = {"hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}
_LETTERS = {"k": 1e3, "m": 1e6, "bn": 1e9}
_ORDINALS = dict(
    zip(
        """first second third fourth fifth sixth seventh eighth ninth tenth eleventh
        twelfth""".split(),  # noqa: SIM905
        range(1, 13),
        strict=True,
    )
)
_WORDED = "|".join([*_SMALL, *_SCALES])
_SPELLED = re.compile(rf"\b(?:{_WORDED})\b(?:(?:[ -]|-and-| and )(?:{_WORDED})\b)*", re.IGNORECASE)
_ORDINAL = re.compile(r"\b({})\b".format("|".join(_ORDINALS)), re.IGNORECASE)
_UNIT = re.compile(r"[\s-]*(per ?cent|%|[A-Za-z]+)")


@dataclass(frozen=True)
class Quantity:
    """One number or day of a text.

    Attributes:
        value: in one form: "1200000", "21:40", "02-19", "2", "monday".
        unit: of a number: "euro", "percent", "" where none that is known follows.
        loose: often no number at all ("one of them", "first").
        text: as it stands there.
    """

    kind: Kind
    value: str
    text: str
    unit: str = ""
    loose: bool = False


@lru_cache(maxsize=2000)
def quantities(text: str) -> tuple[Quantity, ...]:
    """All of a text, each occurrence once, by kind."""
    found: list[Quantity] = []
    left = text
    for pattern, make in (
        (_TIME, _time),
        (_DATE, _date),
        (_ALONE, _month),
        (_WEEKDAY, _weekday),
    ):
        for match in list(pattern.finditer(left)):
            made = make(match)
            if made:
                found.append(made)
                # A year that follows a month stays.
                left = left[: match.start()] + _blank(match, left) + left[match.end() :]
    return (*found, *_numbers(left))


def told(wanted: Quantity, found: tuple[Quantity, ...]) -> bool:
    """Whether a text with these quantities tells one."""
    same = [q for q in found if q.kind == wanted.kind and q.value == wanted.value]
    if wanted.kind == "month":
        return bool(same) or any(
            q.kind == "date" and int(q.value[:2]) == int(wanted.value) for q in found
        )
    units = {q.unit for q in same if not (q.loose and wanted.unit)}
    return bool(same) and (not wanted.unit or not units.isdisjoint((wanted.unit, "")))


def _blank(match: re.Match[str], text: str) -> str:
    named = match.groupdict()
    year = named.get("year") or ""
    return " " * (len(match.group()) - len(year)) + year


def _time(match: re.Match[str]) -> Quantity:
    hour = int(match["hour"] or match["hour24"])
    if match["half"]:
        hour = hour % 12 + (12 if match["half"] in "pP" else 0)
    minute = int(match["minute"] or match["minute24"] or 0)
    return Quantity("time", f"{hour}:{minute:02}", match.group())


def _date(match: re.Match[str]) -> Quantity:
    month = _month_number(match["month"] or match["month2"])
    return Quantity("date", f"{month:02}-{int(match['day'] or match['day2']):02}", match.group())


def _month(match: re.Match[str]) -> Quantity | None:
    name = match["month"]
    if name in ("May", "March") and not (match["before"] or match["year"]):
        return None
    return Quantity("month", str(_month_number(name)), name)


def _month_number(name: str) -> int:
    return _NUMBERED[name.casefold().rstrip(".")]


def _weekday(match: re.Match[str]) -> Quantity:
    return Quantity("weekday", match[1].casefold(), match[1])


def _numbers(text: str) -> Iterator[Quantity]:
    left = text
    for match in _DIGITS.finditer(text):
        value = float(match["digits"].replace(",", ""))
        sign, scale = (match["sign"] or "").strip(), (match["scale"] or "").casefold()
        end = match.end()
        if scale == "m" and not sign and "." not in match["digits"]:
            end, scale = match.start("scale"), ""  # metres
        value *= _SCALES.get(scale) or _LETTERS.get(scale) or 1.0
        unit = _units().get(sign) or _unit_after(text, end)
        yield Quantity("number", _plain(value), text[match.start() : end].strip(), unit)
        left = left[: match.start()] + " " * len(match.group()) + left[match.end() :]
    for match in _SPELLED.finditer(left):
        unit = _unit_after(left, match.end())
        alone = match.group().casefold() in ("one", "both", *_SCALES)
        loose = alone and not (unit and match.group().casefold() == "one")
        yield Quantity("number", _plain(_spelled(match.group())), match.group(), unit, loose)
    for match in _ORDINAL.finditer(left):
        word = match.group().casefold()
        loose = word in ("first", "second", "third", "fourth")
        yield Quantity("number", str(_ORDINALS[word]), match.group(), "", loose)


def _spelled(phrase: str) -> float:
    """ "two hundred and ten thousand" -> 210000."""
    total = part = 0.0
    for word in re.findall(r"[a-z]+", phrase.casefold()):
        if word in _SMALL:
            part += _SMALL[word] if word != "dozen" else (max(part, 1) * 12 - part)
        elif word == "hundred":
            part = max(part, 1) * 100
        elif word in _SCALES:
            total += max(part, 1) * _SCALES[word]
            part = 0.0
    return total + part


def _unit_after(text: str, end: int) -> str:
    following = _UNIT.match(text, end)
    if not following:
        return ""
    word = following[1].casefold().replace("per cent", "percent")
    return _units().get(word, "")


def _plain(value: float) -> str:
    return f"{value:.10g}" if value < 1e10 else f"{value:.0f}"


@cache
def _units() -> dict[str, str]:
    stored = verify_table()["units"]
    return {form: unit for unit, forms in stored.items() for form in forms.split()}
