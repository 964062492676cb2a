"""Whether two texts say the same with the same sign: negation and opposites.

Each word gets a sign: how many negators stand before it in its clause, even or odd. "The company
denied ignoring it" and "The company said that it did not ignore it" give "ignore" the same sign.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from importlib.resources import files

from assistant.mentions import DAYS, MONTHS
from index.words import STOP_WORDS, stem

REACH = 12  # words that a negator turns
FOCUS = 2  # content words after a negator that it turns first of all
_TOKEN = re.compile(r"\w+(?:['’]\w+)*|[,;:.!?—–()]")
_BREAKS = frozenset(',;:.!?—–()“”"') | {"but", "and", "while", "whereas", "although"}
_STOPPED = "stopped0"  # stands before what is no longer done: neither done nor not done


@dataclass(frozen=True)
class Signed:
    """A word of a text.

    Attributes:
        stem: of the word, lower case.
        negated: an odd number of negators turns it.
        focus: the first that a negator turns.
        mates: the stems of the other content words of its clause.
    """

    word: str
    stem: str
    negated: bool
    focus: bool
    mates: frozenset[str] = frozenset()


def opposed(claim: str, evidence: str) -> str:
    """The word of a claim that turns what the evidence says; "" when there is none."""
    ours, theirs = signed(claim), signed(evidence)
    return _turned(ours, theirs) or _opposite(ours, theirs) or _only_negated(claim, evidence)


def left_out(claim: str, sentences: Sequence[str]) -> str:
    """A word that all sentences that have it negate, and the claim does not; "" for none."""
    ours = signed(claim)
    spoken = {word.stem for word in ours}
    theirs = [word for sentence in sentences for word in signed(sentence)]
    near = [w for w in theirs if w.focus and (len(w.mates) < 2 or not spoken.isdisjoint(w.mates))]
    return _turned(near, ours, theirs) or _opposite(ours, theirs)


def turns(claim: str, evidence: str) -> bool:
    """Whether most of what the two share is negated in the evidence."""
    ours = {word.stem for word in signed(claim)}
    shared = [word.negated for word in signed(evidence) if word.stem in ours]
    return len(shared) > 1 and 2 * sum(shared) > len(shared)


@lru_cache(maxsize=2000)
def signed(text: str) -> tuple[Signed, ...]:
    """The content words of a text with their signs."""
    found: list[Signed] = []
    before: list[Signed] = []  # of the clause before, where "and" joins it to this one
    for clause, joined in _clauses(text):
        own = list(_signed_clause(clause))
        if (
            joined and _either([word.casefold() for word in clause]) > 1
        ):  # "the share of rain and gate was not known"
            found += [replace(word, negated=not word.negated, focus=False) for word in before]
        found += own
        before = own
    return tuple(found)


def _turned(
    ours: Iterable[Signed], theirs: Iterable[Signed], all_of_ours: Iterable[Signed] = ()
) -> str:
    """A word that a negator turns on our side, and that has the other sign on theirs."""
    for one in ours:
        if one.focus:
            own = {w.negated for w in (*ours, *all_of_ours) if w.stem == one.stem}
            signs = {w.negated for w in theirs if w.stem == one.stem}
            if signs and signs.isdisjoint(own):
                return one.word
    return ""


def _opposite(ours: Iterable[Signed], theirs: Iterable[Signed]) -> str:
    """A word whose opposite the evidence has, or whose like with the other sign."""
    for one in ours:
        own = {w.negated for w in ours if w.word == one.word}
        for side, other in _sides().get(one.word, ()):
            signs = {w.negated for w in theirs if w.word in side or w.stem == one.stem}
            signs |= {not w.negated for w in theirs if w.word in other and w.stem != one.stem}
            if signs and signs.isdisjoint(own):
                return one.word
    return ""


def _only_negated(claim: str, evidence: str) -> str:
    """The negator of a claim where nothing in the evidence is negative."""
    negative = _listed("negative") | _before() | _listed("after")
    theirs = [word.casefold() for clause, _ in _clauses(evidence) for word in clause]
    if any(word in negative or _PREFIXED.match(word) for word in theirs):
        return ""
    if any(phrase in " ".join(theirs) for phrase in _phrases()):
        return ""
    ours = [word.casefold() for clause, _ in _clauses(claim) for word in clause]
    return next((word for word in ours if word in _listed("plain")), "")


# "unlikely", "disagree", "needless".
_PREFIXED = re.compile(
    r"(?:un(?!ited|ivers|ions|derst|less)|dis(?!c[ou]|tr|ea|ta|tin|pl)|mis(?!s))\w{4,}|\w+less$"
)


def _clauses(text: str) -> Iterator[tuple[list[str], bool]]:
    """The clauses, each with whether "and" joins it to the one before."""
    clause: list[str] = []
    joined = False
    spelled = re.sub(r"\bcannot\b", "can not", text.replace("’", "'"))
    spelled = re.sub(r"n't\b", " not", spelled)
    spelled = re.sub(r"\bNo\. ?(?=\d)", "number ", spelled)
    spelled = re.sub(r"\bnot only\b", "", spelled)
    spelled = re.sub(r"\b(stop(?:s|ped)?|ceased?|quit) (?=\w+ing\b)", rf"\1 {_STOPPED} ", spelled)
    for token in _TOKEN.findall(spelled):
        word = token.casefold()
        if word in _BREAKS:
            yield clause, joined
            clause, joined = [], word == "and"
        else:
            clause.append(token.removesuffix("'s"))
    yield clause, joined


def _signed_clause(written: list[str]) -> Iterator[Signed]:
    clause = [word.casefold() for word in written]
    before, verbs = _before(), _verbs()
    turned = not _listed("after").isdisjoint(clause)
    count, since, focused = 0, 0, FOCUS
    either = max(_either(clause), 0)
    stopped = len(clause)
    for at, word in enumerate(clause):
        stopped = at if word == _STOPPED else stopped
        content = word not in _empty() and len(word) > 1 and not word[0].isdigit()
        negator = word in before or " ".join(clause[at : at + 2]) in _phrases()
        if focused > 0 and word in _listed("ending"):
            focused = FOCUS
        if content and word not in _listed("after") and (not negator or word in verbs):
            negated = bool((0 if since >= REACH else count) % 2) != turned
            first = (count > 0 and focused < FOCUS) or (turned and word in verbs)
            sure = either <= at < stopped and not (at and written[at][0].isupper())
            mates = frozenset(stem(w) for w in clause if w not in _empty() and w not in before)
            yield Signed(word, stem(word), negated, first and sure, mates - {stem(word)})
            if not either <= at < stopped:
                yield Signed(word, stem(word), not negated, False)
            focused += 1
        elif word in _sides() and not negator:
            yield Signed(word, stem(word), False, False)  # "after", "more"
        if negator:
            plain = word not in verbs and _only_plain(clause[:at])
            count = 1 if plain and word not in ("not", "never") else count + 1
            since, focused = 0, 0
        since += 1


def _only_plain(clause: list[str]) -> bool:
    """Whether no verb of denying stands in some words: "not ... nobody" are two negations."""
    return _verbs().isdisjoint(clause)


def _either(clause: list[str]) -> int:
    """Up to which word a clause may be turned or not: the subject of "the log was not kept"."""
    for at in range(1, len(clause)):
        if clause[at] in ("not", "never") and clause[at - 1] in _listed("being"):
            return at
    return 0


@cache
def _verbs() -> frozenset[str]:
    """Negators that are words of their own: "deny" may itself be negated."""
    return _listed("verbs")


@cache
def _before() -> frozenset[str]:
    return _listed("plain") | _listed("verbs")


@cache
def _empty() -> frozenset[str]:
    return STOP_WORDS | frozenset((*DAYS, *MONTHS)) | _listed("empty")


@cache
def _listed(name: str) -> frozenset[str]:
    return frozenset(_table()["negation"][name].split())


@cache
def _phrases() -> frozenset[str]:
    return frozenset(_table()["negation"]["phrases"].split("\n"))


@cache
def _sides() -> dict[str, list[tuple[frozenset[str], frozenset[str]]]]:
    """For each word, (its side, the other side) of each pair that it is in."""
    sides: dict[str, list[tuple[frozenset[str], frozenset[str]]]] = {}
    for line in _table()["opposites"]["pairs"].strip().split("\n"):
        one, other = (frozenset(side.split()) for side in line.split("|"))
        for side, against in ((one, other), (other, one)):
            for word in side:
                sides.setdefault(word, []).append((side, against))
    return sides


@cache
def _table() -> dict[str, dict[str, str]]:
    return tomllib.loads(files("assistant").joinpath("verify.toml").read_text("utf-8"))
