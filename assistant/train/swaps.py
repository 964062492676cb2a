"""Questions that their passage seems to answer and does not, made by one small change.

The kinds follow the analysis of SQuAD 2.0 (Rajpurkar et al., 2018, table 2): negation, antonym,
entity swap, number swap, and a word that the passage says nothing of.
"""

import random
import re
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import pairwise
from pathlib import Path

from assistant import mentions
from assistant.train.attributions import APART, QUESTIONED
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
DAYS = [day.capitalize() for day in mentions.DAYS]
MONTHS = [month.capitalize() for month in mentions.MONTHS]
DAY = re.compile(rf"\b(?:{'|'.join(DAYS)}|(?:{'|'.join(MONTHS)})(?!['’]))\b")
# Between two names of a question, what makes their places alike: "met with", "and".
ALIKE = re.compile(
    r"\b(?:and|or|with|met|meets?|marr\w+|debat\w+|versus|vs|between|against|talk\w*|agree\w*)\b"
)
ABOUT = ("promise about", "warn about", "apologize for", "admit about", "deny about")
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


Way = Callable[[Example, random.Random], str | None]


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
        ways = self._ways()
        while ways:
            way = draw.choices(ways, [weight for weight, _ in ways])[0]
            question = way[1](example, draw)
            if question:
                return Example(question, example.context, None)
            ways.remove(way)
        return None

    def _ways(self) -> list[tuple[float, Way]]:
        """The changes, each with how often it is tried first."""
        return [
            (0.4, self._swap_name),
            (0.16, _swap_number),
            (0.24, _swap_opposite),
            (0.05, _negate),
            (0.13, self._swap_word),
        ]

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


class NewsSwapper(Swapper):
    """Makes near misses of questions about news: who did what, to whom, on which day."""

    def _ways(self) -> list[tuple[float, Way]]:
        return [
            (0.25, _swap_person),
            (0.2, _swap_roles),
            (0.2, _swap_act),
            (0.12, _swap_day),
            (0.08, _swap_number),
            (0.1, _swap_opposite),
            (0.02, _negate),
            (0.08, self._swap_word),
        ]


def _swap_person(example: Example, draw: random.Random) -> str | None:
    """A name of the question for another one of the passage, of about as many words."""
    asked = _asked_names(example.question)
    if not asked:
        return None
    found = draw.choice(asked)
    name, answer = found.group(), _answer(example)
    pool = [
        other
        for other in map(_plain, _names(example.context))
        if abs(other.count(" ") - name.count(" ")) <= 1
        and not {*other.split()} & {*DAYS, *MONTHS, *TITLE_WORDS, *WORD.findall(example.question)}
        and other not in answer
        and answer not in other
    ]
    return _put(example.question, found, draw.choice(pool)) if pool else None


def _asked_names(question: str) -> list[re.Match[str]]:
    """Names of a question but for its first word, days and a possessive's ending."""
    every = re.compile(".+")
    found = (
        every.match(question, m.start(), m.start() + len(_plain(m.group())))
        for m in NAME.finditer(question, question.find(" ") + 1)
    )
    return [m for m in found if m and not {*m.group().split()} & {*DAYS, *MONTHS}]


def _plain(name: str) -> str:
    return re.sub(r"['’]s?$", "", name)


def _swap_roles(example: Example, draw: random.Random) -> str | None:
    """ "Who accused Venn?" of an accusation by Venn; "Did Orlo sue Venn?" of Venn suing Orlo."""
    question = example.question
    named = _asked_names(question)
    pairs = []
    for one, other in pairwise(named):
        between = question[one.end() : other.start()]
        verbs = [w for w in WORD.findall(between) if w.islower() and w not in STOP_WORDS]
        if verbs and len(between) < 40 and not ALIKE.search(between):
            pairs.append((one, other))
    if pairs:
        one, other = draw.choice(pairs)
        middle = question[one.end() : other.start()]
        swapped = other.group() + middle + one.group()
        return question[: one.start()] + swapped + question[other.end() :]
    answer = _plain(_answer(example))
    who = re.match(r"(?i)who(?:m|se)?\b|which (?:person|party|group|company|country)\b", question)
    if not who or not NAME.fullmatch(answer) or len(answer.split()) > 4 or answer in question:
        return None
    near = [m for m in named if not ALIKE.search(question[: m.start()])]
    return _put(question, draw.choice(near), answer) if near else None


def _swap_act(example: Example, draw: random.Random) -> str | None:
    """ "Who denied it?" where they only said so: an act that the passage has no word for."""
    said = example.context.lower()
    acts = [act for act, cues in APART.items() if not any(c[:5] in said for c in cues.split())]
    if not acts:
        return None
    about = re.search(r"\bsay about\b", example.question)
    if about:
        fitting = [verb for verb in ABOUT if verb.split()[0] in acts]
        return _put(example.question, about, draw.choice(fitting)) if fitting else None
    past = "|".join({verb.split()[0] for verbs in QUESTIONED.values() for verb in verbs})
    asked = re.search(rf"\b(?:said|claimed|argued|stated|insisted|{past})\b", example.question)
    if asked:
        return _put(example.question, asked, draw.choice(QUESTIONED[draw.choice(acts)]))
    base = re.search(r"\b(?:say|claim|argue)\b", example.question)
    fitting = [act for act in acts if act in ("deny", "confirm", "promise", "demand")]
    return _put(example.question, base, draw.choice(fitting)) if base and fitting else None


def _swap_day(example: Example, draw: random.Random) -> str | None:
    asked = list(DAY.finditer(example.question))
    if not asked:
        return None
    found = draw.choice(asked)
    others = [day for day in (DAYS if found.group() in DAYS else MONTHS) if day != found.group()]
    here = [day for day in others if day in example.context and day not in _answer(example)]
    return _put(example.question, found, draw.choice(here or others))


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
