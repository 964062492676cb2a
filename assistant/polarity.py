"""Whether two texts say the same with the same sign: negation and opposites.

Each word gets a sign: how many negators stand before it in its clause, even or odd. "The company
denied ignoring it" and "The company said that it did not ignore it" give "ignore" the same sign.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache

from assistant.mentions import DAYS, MONTHS
from assistant.wordlists import verify_table
from index.words import STOP_WORDS, stem

REACH = 12  # words that a negator turns
SHORT = 6  # words of a clause that is about a word, though nothing else of it is shared
FOCUS = 2  # content words after a negator that it turns first of all
_TOKEN = re.compile(r"\w+(?:['’]\w+)*|[,;:.!?—–()]")
_BREAKS = frozenset(',;:.!?—–()“”"') | frozenset(
    ["but", "and", "while", "whereas", "although", "because", "if", "when", "who", "which"]
)
_STOPPED = "stopped0"  # stands before what is no longer done: neither done nor not done


@dataclass(frozen=True)
class Signed:
    """A word of a text.

    Attributes:
        stem: of the word, lower case.
        negated: an odd number of negators turns it.
        focus: the first that a negator turns.
        mates: the stems of the other content words of its clause.
        negator: of those that it is the focus of, the place of the last.
    """

    word: str
    stem: str
    negated: bool
    focus: bool
    mates: frozenset[str] = frozenset()
    negator: int = 0


def opposed(claim: str, sentences: Sequence[str]) -> str:
    """The word at which a claim says the opposite of all sentences; "" when it does not."""
    ours = signed(claim)
    theirs = tuple(word for sentence in sentences for word in signed(sentence))
    spoken = {word.stem for word in ours}
    near = [w for w in theirs if w.focus and (len(w.mates) < 2 or not spoken.isdisjoint(w.mates))]
    # A negation that both have: what else the claim turns is its wording.
    loose = [word for word in ours if not word.focus and word.negated]
    shared = any(_agrees(word, loose) for word in near if word.negated)
    return (
        ("" if shared else _turned(ours, theirs))
        or _turned(near, ours, theirs)
        or _opposite(ours, theirs)
        or ("" if _by_opposite(ours, theirs) else _only_negated(claim, " ; ".join(sentences)))
        or _only_there(claim, sentences)
    )


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
    for number, (clause, joined) in enumerate(_clauses(text)):
        own = list(_signed_clause(clause, number))
        if (
            joined and _either([word.casefold() for word in clause]) > 1
        ):  # "the share of rain and gate was not known"
            found += [replace(word, negated=not word.negated, focus=False) for word in before]
        found += own
        before = own
    return tuple(found)


def _turned(ours: Sequence[Signed], theirs: Sequence[Signed], beside: Sequence[Signed] = ()) -> str:
    """A word that a negator turns on our side, while nothing that it turns agrees with theirs."""
    by_negator: dict[int, list[Signed]] = {}
    for one in ours:
        if one.focus:
            by_negator.setdefault(one.negator, []).append(one)
    for turned in by_negator.values():
        if any(_agrees(one, theirs) for one in turned):
            continue
        for one in turned:
            own = {w.negated for w in (*ours, *beside) if w.stem == one.stem}
            signs = {w.negated for w in theirs if w.stem == one.stem}
            if signs and signs.isdisjoint(own):
                return one.word
    return ""


def _agrees(one: Signed, others: Sequence[Signed]) -> bool:
    return any(w.stem == one.stem and w.negated == one.negated for w in others)


def _opposite(ours: Sequence[Signed], theirs: Sequence[Signed]) -> str:
    """A word whose opposite the evidence has, or whose like with the other sign."""
    for one in ours:
        own = {w.negated for w in ours if w.word == one.word}
        for side, other in _sides().get(one.word, ()):
            signs = {w.negated for w in theirs if w.word in side or w.stem == one.stem}
            signs |= {not w.negated for w in theirs if w.word in other and w.stem != one.stem}
            if signs and signs.isdisjoint(own):
                return one.word
    return ""


def _by_opposite(ours: Sequence[Signed], theirs: Sequence[Signed]) -> bool:
    """Whether something is negated whose opposite the evidence has: "did not fall", "rose"."""
    words = {w.word for w in theirs}
    sides = (pair for w in ours if w.negated for pair in _sides().get(w.word, ()))
    return any(not other.isdisjoint(words) for _, other in sides)


def _only_negated(claim: str, evidence: str) -> str:
    """The negator of a claim where nothing in the evidence is negative."""
    if _is_negative(evidence):
        return ""
    ours = [word.casefold() for clause, _ in _clauses(claim) for word in clause]
    return next((word for word in ours if word in _listed("plain")), "")


def _only_there(claim: str, sentences: Sequence[str]) -> str:
    """A word of a claim without negation that stands in negated clauses only."""
    if _is_negative(claim):
        return ""
    names = {stem(word.casefold()) for c, _ in _clauses(claim) for word in c if word[0].isupper()}
    ours = {w.stem: w.word for w in signed(claim) if w.word and w.stem not in names}
    asserted, negated = set[str](), set[str]()
    for sentence in sentences:
        for clause, _ in _clauses(sentence):
            found = {stem(word.casefold()) for word in clause} & ours.keys()
            if not _is_negated(clause):
                asserted |= found
            elif len(found) > 1 or len(clause) <= SHORT:
                negated |= found
    return next((ours[word] for word in sorted(negated - asserted)), "")


def _is_negated(clause: Sequence[str]) -> bool:
    plain = [word.casefold() for word in clause]
    pairs = (" ".join(plain[at : at + 2]) for at in range(len(plain)))
    return not _before().isdisjoint(plain) or not _phrases().isdisjoint(pairs)


def _is_negative(text: str) -> bool:
    """Whether anything in a text says no, in whatever way."""
    negative = _listed("negative") | _before() | _listed("after")
    found = [word.casefold() for clause, _ in _clauses(text) for word in clause]
    said = any(word in negative or _PREFIXED.match(word) for word in found)
    return said or any(phrase in " ".join(found) for phrase in _phrases())


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
    spelled = re.sub(r"\bnot only\b|\bin dispute\b", "", spelled)
    spelled = re.sub(r"\b(day|night|week|month|year) before(?=[,.;]|$)", r"\1", spelled)
    spelled = re.sub(r"\b(say|know|see|tell|ask) if\b", r"\1 whether", spelled)
    spelled = re.sub(r"\b(stop(?:s|ped)?|ceased?|quit) (?=\w+ing\b)", rf"\1 {_STOPPED} ", spelled)
    for token in _TOKEN.findall(spelled):
        word = token.casefold()
        if word in _BREAKS:
            yield clause, joined
            clause, joined = [], word == "and"
        else:
            clause.append(token.removesuffix("'s"))
    yield clause, joined


def _signed_clause(written: list[str], number: int) -> Iterator[Signed]:
    clause = [word.casefold() for word in written]
    verbs = _listed("verbs")
    turned = _called_false(clause)
    count, since, focused, negator = 0, 0, FOCUS, 0
    found: list[Signed] = []
    either, stopped = _either(clause), len(clause)
    mates = frozenset(stem(w) for w in clause if w not in _empty() and w not in _before())
    for at, word in enumerate(clause):
        stopped = at if word == _STOPPED else stopped
        content = word not in _empty() and len(word) > 1 and not word[0].isdigit()
        negates = word in _before() or " ".join(clause[at : at + 2]) in _phrases()
        name = at > 0 and written[at][0].isupper()
        if focused > 0 and word in _listed("ending"):
            focused = FOCUS
        if content and word not in _listed("after") and (not negates or word in verbs):
            negated = bool((0 if since >= REACH else count) % 2) != turned
            first = (count > 0 and focused < FOCUS) or (turned and word in verbs)
            focus = first and either <= at < stopped and not name
            known = "" if name else word
            found.append(Signed(known, stem(word), negated, focus, mates - {stem(word)}, negator))
            yield found[-1]
            if not either <= at < stopped:
                yield Signed(known, stem(word), not negated, False)
            focused += 1
        elif word in _sides() and not negates and not name:
            yield Signed(word, stem(word), False, False)  # "after", "more"
        if word in _listed("objects") and found:
            yield replace(found[-1], negated=not found[-1].negated, focus=False)
        if negates:
            again = word in ("not", "never") or word in verbs or word not in _before()
            count = count + 1 if again else 1
            since, focused, negator = 0, 0, 100 * number + at + 1
        since += 1


def _called_false(clause: list[str]) -> bool:
    """Whether what stands in a clause is said to be wrong: "that the figure was false"."""
    return any(
        word in _listed("after") and not _calling().isdisjoint(clause[max(0, at - 4) : at])
        for at, word in enumerate(clause)
    )


@cache
def _calling() -> frozenset[str]:
    return _listed("being") | {"called", "calls", "as"}


def _either(clause: list[str]) -> int:
    """Up to which word a clause may be turned or not: the subject of "the log was not kept"."""
    for at in range(1, len(clause)):
        if clause[at] in ("not", "never") and clause[at - 1] in _listed("being"):
            return at
    return 0


@cache
def _before() -> frozenset[str]:
    return _listed("plain") | _listed("verbs")


@cache
def _empty() -> frozenset[str]:
    return STOP_WORDS | frozenset((*DAYS, *MONTHS)) | _listed("empty")


@cache
def _listed(name: str) -> frozenset[str]:
    return frozenset(verify_table()["negation"][name].split())


@cache
def _phrases() -> frozenset[str]:
    return frozenset(verify_table()["negation"]["phrases"].split("\n"))


@cache
def _sides() -> dict[str, list[tuple[frozenset[str], frozenset[str]]]]:
    """For each word, (its side, the other side) of each pair that it is in."""
    sides: dict[str, list[tuple[frozenset[str], frozenset[str]]]] = {}
    for line in verify_table()["opposites"]["pairs"].strip().split("\n"):
        one, other = (frozenset(side.split()) for side in line.split("|"))
        for side, against in ((one, other), (other, one)):
            for word in side:
                sides.setdefault(word, []).append((side, against))
    return sides
