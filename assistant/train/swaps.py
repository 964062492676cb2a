"""Questions that their passage seems to answer and does not, made by one small change.

The kinds follow the analysis of SQuAD 2.0 (Rajpurkar et al., 2018, table 2): negation, antonym,
entity swap, number swap, and a word that the passage says nothing of.
"""

import random
import re
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path

from assistant.train.examples import Example
from index.words import STOP_WORDS

WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
NAME = re.compile(r"[A-Z][\w’'-]*(?:(?: (?:of|the|de|van|von|and))? [A-Z][\w’'-]*)*")
NUMBER = re.compile(r"\d[\d,.]*\d|\d")
ENDINGS = (
    "tion",
    "ment",
    "ness",
    "ing",
    "ist",
    "ity",
    "ers",
    "ed",
    "er",
    "ly",
    "al",
    "ic",
    "es",
    "s",
)
TITLE_WORDS = frozenset(["I", "The", "A", "An", "He", "She", "It", "They", "We", "In", "On", "At"])
ASKING = frozenset(
    "who whom whose what which when where why how did does do is are was were many much long old "
    "far often name type kind year people person thing".split()
)


def _read_words() -> tuple[dict[str, list[str]], frozenset[str]]:
    table = tomllib.loads(Path(__file__).with_name("swaps.toml").read_text("utf-8"))
    opposites = defaultdict(list)
    for pair in table["opposites"]:
        one, other = pair.split()
        opposites[one].append(other)
        opposites[other].append(one)
    return dict(opposites), frozenset(table["negated"])


OPPOSITES, NEGATED = _read_words()


class Swapper:
    """Makes an unanswerable question of an answerable one, with words from the other questions."""

    def __init__(self, questions: Iterable[str], contexts: Iterable[str]) -> None:
        by_ending: dict[str, set[str]] = defaultdict(set)
        for question in questions:
            for word in WORD.findall(question):
                if word.islower() and len(word) > 3 and word not in STOP_WORDS | ASKING:
                    by_ending[_ending(word)].add(word)
        names: dict[int, set[str]] = defaultdict(set)
        for context in contexts:
            for name in _names(context):
                names[min(name.count(" "), 2)].add(name)
        self._by_ending = {ending: sorted(words) for ending, words in by_ending.items()}
        self._names = {length: sorted(found) for length, found in names.items()}

    def __call__(self, example: Example, draw: random.Random) -> Example | None:
        """The changed question, without an answer; None when no change fits."""
        ways: list[tuple[float, Callable[[Example, random.Random], str | None]]] = [
            (0.4, self._swap_name),
            (0.16, _swap_number),
            (0.24, _swap_opposite),
            (0.05, _negate),
            (0.13, self._swap_word),
        ]
        while ways:
            way = draw.choices(ways, [weight for weight, _ in ways])[0]
            question = way[1](example, draw)
            if question:
                return Example(question, example.context, None)
            ways.remove(way)
        return None

    def _swap_name(self, example: Example, draw: random.Random) -> str | None:
        asked = [m for m in NAME.finditer(example.question) if m.start() > 0]
        if not asked:
            return None
        found = draw.choice(asked)
        name = found.group()
        answer = _answer(example)
        if draw.random() < 0.6:  # another name of the passage: the roles no longer fit
            pool = [n for n in _names(example.context) if n not in example.question]
        else:
            pool = self._names[min(name.count(" "), 2)]
            pool = draw.sample(pool, min(5, len(pool)))
            pool = [n for n in pool if n not in example.context]
        pool = [n for n in pool if n not in answer and answer not in n and n not in name]
        return _put(example.question, found, draw.choice(pool)) if pool else None

    def _swap_word(self, example: Example, draw: random.Random) -> str | None:
        asked = [
            m
            for m in WORD.finditer(example.question)
            if m.group().islower() and len(m.group()) > 3 and m.group() not in STOP_WORDS | ASKING
        ]
        if not asked:
            return None
        found = draw.choice(asked)
        ending = _ending(found.group())  # stands for the part of speech
        pool = self._by_ending.get(ending, []) if ending else []
        pool = draw.sample(pool, min(6, len(pool)))
        said = example.context.lower()
        pool = [w for w in pool if w[:5] not in said and w[:4] != found.group()[:4]]
        return _put(example.question, found, pool[0]) if pool else None


def _swap_number(example: Example, draw: random.Random) -> str | None:
    asked = list(NUMBER.finditer(example.question))
    if not asked:
        return None
    found = draw.choice(asked)
    others = [n for n in NUMBER.findall(example.context) if len(n) == len(found.group())]
    answer = _answer(example)
    others = [n for n in others if n not in example.question and n not in answer]
    if others and draw.random() < 0.6:
        return _put(example.question, found, draw.choice(others))
    digits = found.group()
    if not digits.isdigit() or len(digits) > 9:
        return None
    number = int(digits)
    by = draw.choice([-1, 1]) * draw.randint(1, 12 if number > 30 else 3)
    return _put(example.question, found, str(abs(number + by) or number + 1))


def _swap_opposite(example: Example, draw: random.Random) -> str | None:
    asked = [m for m in WORD.finditer(example.question) if m.group().lower() in OPPOSITES]
    if not asked:
        return None
    found = draw.choice(asked)
    other = draw.choice(OPPOSITES[found.group().lower()])
    return _put(example.question, found, other.capitalize() if found.group().istitle() else other)


def _negate(example: Example, draw: random.Random) -> str | None:
    asked = [m for m in WORD.finditer(example.question) if m.group().lower() in NEGATED]
    if not asked or re.search(r"\b(?:not|never)\b|n['’]t\b", example.question):
        return None
    found = draw.choice(asked)
    if example.question[found.end() :][:1] != " ":
        return None
    return _put(example.question, found, found.group() + "n't")


def _names(text: str) -> list[str]:
    """Names of a text in their order: runs of capitalised words that do not start a sentence."""
    found = []
    for match in NAME.finditer(text):
        name = match.group()
        before = text[: match.start()].rstrip()
        if name in TITLE_WORDS or (" " not in name and (not before or before[-1] in '.!?"”:')):
            continue
        if name not in found:
            found.append(name)
    return found


def _answer(example: Example) -> str:
    return example.context[slice(*example.answer)] if example.answer else "\0"


def _ending(word: str) -> str:
    return next((ending for ending in ENDINGS if word.endswith(ending)), "")


def _put(text: str, found: re.Match[str], new: str) -> str:
    return text[: found.start()] + new + text[found.end() :]
