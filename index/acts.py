"""Speech acts: which words report that somebody denies, accuses or promises (`acts.toml`)."""

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from index.words import STOP_WORDS, stem, words

Stems = tuple[str, ...]
PLAIN = frozenset(["say", "believe", "plan", "predict", ""])  # acts that a content may make more of
NOTHING = frozenset(map(stem, ["no", "not", "never", "nothing"]))
NEGATIONS = NOTHING | frozenset(map(stem, ["nor", "neither", "without", "hardly", "yet"]))
GAP = 3  # words that may stand inside a phrase: "brushed the charge aside"
NOBODY = re.compile(r"(?:no(?! ?\.|\s*\d)|nobody|none|neither|not one)\b", re.IGNORECASE)

# Other forms of verbs that are no inflection by ending: "took responsibility".
_IRREGULAR = {
    "come": ("came",),
    "hold": ("held",),
    "pay": ("paid",),
    "see": ("saw", "seen"),
    "seek": ("sought",),
    "shoot": ("shot",),
    "speak": ("spoken",),
    "stand": ("stood",),
    "swear": ("sworn",),
    "take": ("took", "taken"),
    "understand": ("understood",),
    "withdraw": ("withdrew", "withdrawn"),
    "withhold": ("withheld",),
    "write": ("written",),
}
_CLAUSE = re.compile(r"[.!?;:,…]+(?=\W|$)|[”\"]\s+(?=[“\"])|[–—]")
_NO_BEFORE = re.compile(r"\b(?:no|none of|neither)(?: the)? $", re.IGNORECASE)
_SMALL = frozenset(map(stem, STOP_WORDS))
_PLACED = frozenset(map(stem, ["is", "are", "was", "were", "be", "been", "s", "re"]))
_THAT = frozenset(map(stem, ["it", "that", "this", "these", "those", "them", "everything"]))
_AFTER = frozenset(map(stem, ["and", "or", "but", "in", "because", "since", "as", "from"]))
_HELPING = frozenset(map(stem, ["have", "had", "do", "did", "can", "could", "will", "must", "not"]))
_OUGHT = frozenset(map(stem, ["should", "must", "will", "let"]))  # "We must never steal"
# Words with the stem of a function word ("not", "off"), read as others of the same act.
_CLASHES = (
    (re.compile(r"\bnot(?:e|es|ed|ing)\b", re.IGNORECASE), "remark"),
    (re.compile(r"\boffers?\b", re.IGNORECASE), "propose"),
)


@dataclass(frozen=True)
class Act:
    """A speech act.

    Attributes:
        cues: phrases by which it is reported, and asked for.
        within: phrases of a content that make such an act of a plain saying.
        also: acts that answer when this one is asked for.
        loose: phrases of a sentence that may report it, too vague to be cues.
        undone: phrases that answer whether it was done: it was not.
        refusals: of declining, phrases by which another act is declined ("refused to confirm").
        past: "denied".
    """

    name: str
    cues: tuple[Stems, ...]
    within: tuple[Stems, ...] = ()
    also: frozenset[str] = frozenset()
    loose: tuple[Stems, ...] = ()
    undone: tuple[Stems, ...] = ()
    refusals: tuple[Stems, ...] = ()
    past: str = ""


@cache
def load_acts() -> dict[str, Act]:
    """The acts of `acts.toml` by name."""
    stored = _stored()
    return {
        name: Act(
            name,
            _phrases(entry["cues"]),
            _phrases(entry.get("within", ())),
            frozenset(entry.get("also", ())),
            _phrases(entry.get("loose", ())),
            _phrases(entry.get("undone", ())),
            _phrases(entry.get("refusals", ())),
            str(entry.get("past", "")),
        )
        for name, entry in stored.items()
        if "cues" in entry
    }


@lru_cache(maxsize=10_000)
def act_of(cue: str, content: str = "", source: str = "") -> tuple[str, bool]:
    """The act that a cue reports, and whether it says that it was not done.

    "did not deny" is (deny, True), "refused to confirm" (confirm, True), and what "nobody" does is
    done by nobody. A plain saying whose content denies something ("We cannot accept accusations")
    is a denial.

    Returns:
        ("", False) for a cue that is in no list.
    """
    spoken = cue_stems(cue)
    found = named_act(spoken)
    name, at = found if found else ("", 0)
    labels = not _table("judged", "labels").isdisjoint(spoken)
    if labels and _judges(spoken, labels):  # "called the charge absurd"
        return "deny", False
    negated = bool(name) and (
        not NEGATIONS.isdisjoint(spoken[:at])
        or _undone(spoken[:at])
        or NOBODY.match(source) is not None
    )
    if name in PLAIN and not negated and content:
        return _said_to(content, labels) or name, False
    return name, negated


def spoken_by(text: str, source: Sequence[tuple[int, int]]) -> str:
    """The words for who speaks, with a "no" before them that is not tagged as theirs."""
    told = " ".join(text[start:stop] for start, stop in source)
    before = _NO_BEFORE.search(text[max(0, source[0][0] - 16) : source[0][0]]) if source else None
    return f"{before.group()}{told}" if before else told


def declines(cue: str) -> bool:
    """Whether a cue reports that somebody would not: "refused to confirm", "would not say"."""
    spoken = cue_stems(cue)
    return any(occurs(phrase, spoken) >= 0 for phrase in load_acts()["decline"].refusals)


@lru_cache(maxsize=10_000)
def named_act(spoken: Stems) -> tuple[str, int] | None:
    """The act that some words name, and where: the longest phrase, of equal ones the first.

    "declined to confirm" names confirm; alone, "declined" names decline.
    """
    best: tuple[tuple[bool, int, int], str, int] | None = None
    for act in load_acts().values():
        for phrase in act.cues:
            at = occurs(phrase, spoken)
            if at >= 0:
                plain = act.name not in ("say", "decline", "plan", "ask", "believe")
                rank = (plain, len(phrase), -at)
                if best is None or rank > best[0]:
                    best = (rank, act.name, at)
    return (best[1], best[2]) if best else None


def answers(asked: str, reported: str) -> bool:
    """Whether an act answers a question that names another: any act is a saying."""
    if asked in ("", "say", reported):
        return True
    act = load_acts().get(asked)
    return act is not None and reported in act.also


def _said_to(content: str, labels: bool) -> str:
    """The act that the words of a plain saying make of it, clause by clause; "" for none.

    Args:
        labels: they are what something was called: "both figures false".
    """
    clauses = [clause for clause in map(stems, _CLAUSE.split(content)) if clause]
    for act in load_acts().values():
        if any(occurs(phrase, clause, 1) >= 0 for phrase in act.within for clause in clauses):
            return act.name
    short = len(clauses) == 1 and len(clauses[0]) <= GAP  # "Absurd!", "A complete lie."
    if any(
        denies_a_charge(clause) or _rejects(clause) or _judges(clause, labels or short)
        for clause in clauses
    ):
        return "deny"
    return ""


def denies_a_charge(inside: Stems) -> bool:
    """ "There was no single case of violence": a negation and, but for small words, a charge next.

    Not "no one was injured in the attack": the charge itself has to be denied.
    """
    between = _table("charges", "between")
    for at, word in enumerate(inside):
        if word not in NOTHING or not _OUGHT.isdisjoint(inside[at - 1 : at]):
            continue
        near = at + 1
        while near < len(inside) and inside[near] in between:
            near += 1
        if any(inside[near : near + len(charge)] == charge for charge in _charges()):
            return True
    return False


def load_accusations() -> frozenset[str]:
    """Stems of the names for what somebody is accused of: "the charge", "these claims"."""
    return _table("accusations", "words")


def denies_all(content: str) -> bool:
    """Whether a denial is of whatever was said: "it", "We reject these accusations in full".

    Of a long quotation one clause that denies everything is enough.
    """
    found = frozenset(stems(content))
    if found <= _THAT | _SMALL:
        return not found.isdisjoint(_THAT)
    general = load_accusations() | _SMALL | _THAT
    general |= _table("accusations", "whole") | _table("judged", "words")
    denying = _table("accusations", "rejected") | _table("accusations", "accepted")
    matters = load_accusations() | _table("accusations", "matters")
    for clause in map(stems, _CLAUSE.split(content)):
        told = matters if denying.isdisjoint(clause) else matters | _THAT
        if not told.isdisjoint(clause) and general | denying | NOTHING >= set(clause):
            return True
    return False


def _rejects(inside: Stems) -> bool:
    """ "We cannot accept these accusations": only who speaks denies by it, nobody they speak of."""
    told = _table("accusations", "words")
    for at, word in enumerate(inside):
        before = at - 1
        while before >= 0 and (inside[before] in _HELPING or inside[before].endswith("li")):
            before -= 1
        if before < 0 or inside[before] not in ("i", "we"):
            continue
        near = inside[at + 1 : at + 2 + GAP]
        aimed = not told.isdisjoint(near) or not _THAT.isdisjoint(near[:1])
        accepts = word in _table("accusations", "accepted") and "not" in inside[before:at]
        if aimed and (accepts or word in _table("accusations", "rejected")):
            return "not" not in inside[before:at] or accepts
    return False


def _judges(inside: Stems, labels: bool) -> bool:
    """ "The charge was false", "this is nonsense"; not "the false alarm", "the label was false".

    Args:
        labels: what is judged needs no name: it was "called absurd".
    """
    told = _table("accusations", "words")
    for at, word in enumerate(inside):
        if word not in _table("judged", "words") or not NOTHING.isdisjoint(inside[:at]):
            continue
        if not told.isdisjoint(inside[at + 1 : at + 2]):  # "false claims"
            return True
        if at + 1 < len(inside) and inside[at + 1] not in _AFTER:
            continue
        placed = [n for n in range(max(1, at - GAP), at) if inside[n] in _PLACED]
        if labels or any(inside[n - 1] in _THAT or not told.isdisjoint(inside[:n]) for n in placed):
            return True
    return False


def stems(text: str) -> Stems:
    """The stems of a text's words; "didn't" and "cannot" are "did not" and "can not"."""
    spelled = text.replace("’", "'").casefold().replace("cannot", "can not").replace("n't", " not")
    return tuple(stem(word) for word in words(spelled))


def occurs(phrase: Stems, inside: Sequence[str], gap: int = GAP) -> int:
    """Where a phrase begins in some stems, -1 if nowhere; few words may stand between its own."""
    return next(occurrences(phrase, inside, gap), -1)


def occurrences(phrase: Stems, inside: Sequence[str], gap: int = GAP) -> Iterator[int]:
    """All places where a phrase begins; see `occurs`."""
    if phrase[0] not in inside:
        return
    for start, word in enumerate(inside):
        if word != phrase[0]:
            continue
        at = start
        for wanted in phrase[1:]:
            reach = inside[at + 1 : at + 2 + gap]
            if wanted not in reach:
                break
            at += 1 + list(reach).index(wanted)
        else:
            yield start


def cue_stems(cue: str) -> Stems:
    """The stems of words by which something is reported, to be looked up by `named_act`."""
    for clash, other in _CLASHES:
        cue = clash.sub(other, cue)
    return stems(cue)


def _phrases(entries: Sequence[str]) -> tuple[Stems, ...]:
    """The stems of phrases, with all forms of their first words."""
    made = (
        cue_stems(" ".join((form, *rest)))
        for first, *rest in map(str.split, entries)
        for form in _forms(first)
    )
    return tuple(dict.fromkeys(made))


def _forms(word: str) -> Iterator[str]:
    """A verb's inflections, whose stems differ: "dismiss" and "dismissed", "plan" and "planned".

    What is no verb gets forms that no text has.
    """
    yield word
    if len(word) < 3:
        return
    yield from _IRREGULAR.get(word, ())
    root = word.removesuffix("e")
    for stressed in (root, root + root[-1]):  # "planned"
        yield from (f"{stressed}ed", f"{stressed}ing")


def _undone(before: Stems) -> bool:
    """ "declined to", "stopped short of": what follows was not done."""
    return any(occurs(phrase, before) >= 0 for phrase in _undoing())


@cache
def _undoing() -> tuple[Stems, ...]:
    return _phrases(_stored()["undone"]["words"])


@cache
def _table(group: str, name: str) -> frozenset[str]:
    """Stems of single words of `acts.toml`."""
    return frozenset(stem(word) for word in _stored()[group][name])


@cache
def _charges() -> tuple[Stems, ...]:
    return tuple(stems(word) for word in _stored()["charges"]["words"])


@cache
def _stored() -> dict[str, dict[str, Any]]:
    return tomllib.loads(files("index").joinpath("acts.toml").read_text("utf-8"))
