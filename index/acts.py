"""Speech acts: which words report that somebody denies, accuses or promises (`acts.toml`)."""

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from index.words import stem, words

Stems = tuple[str, ...]
PLAIN = frozenset(["say", "believe", "plan", "predict", ""])  # acts that a content may make more of
NOTHING = frozenset(map(stem, ["no", "not", "never", "nothing"]))
NEGATIONS = NOTHING | frozenset(map(stem, ["nor", "neither", "without", "hardly", "yet"]))
GAP = 3  # words that may stand inside a phrase: "brushed the charge aside"

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
    "withhold": ("withheld",),
    "write": ("written",),
}
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
        past: "denied".
    """

    name: str
    cues: tuple[Stems, ...]
    within: tuple[Stems, ...] = ()
    also: frozenset[str] = frozenset()
    loose: tuple[Stems, ...] = ()
    undone: tuple[Stems, ...] = ()
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
            str(entry.get("past", "")),
        )
        for name, entry in stored.items()
        if "cues" in entry
    }


@lru_cache(maxsize=10_000)
def act_of(cue: str, content: str = "") -> tuple[str, bool]:
    """The act that a cue reports, and whether it says that it was not done.

    "did not deny" is (deny, True), "refused to confirm" (confirm, True). A plain saying whose
    content denies something ("We cannot accept accusations") is a denial.

    Returns:
        ("", False) for a cue that is in no list.
    """
    spoken = cue_stems(cue)
    found = named_act(spoken)
    name, at = found if found else ("", 0)
    negated = not NEGATIONS.isdisjoint(spoken[:at]) or _refused(spoken[:at])
    if name in PLAIN and not negated and content:
        inside = stems(content)
        for act in load_acts().values():
            if any(occurs(phrase, inside) >= 0 for phrase in act.within):
                return act.name, False
        if denies_a_charge(inside):
            return "deny", False
    return name, negated


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


def denies_a_charge(inside: Stems) -> bool:
    """ "There was no single case of violence": a negation, and a charge within some words of it."""
    charges = _charges()
    for at, word in enumerate(inside):
        if word in NOTHING:
            near = inside[at + 1 : at + 9]
            if any(occurs(charge, near) >= 0 for charge in charges):
                return True
    return False


def stems(text: str) -> Stems:
    """The stems of a text's words; "didn't" and "cannot" are "did not" and "can not"."""
    spelled = text.replace("’", "'").casefold().replace("cannot", "can not").replace("n't", " not")
    return tuple(stem(word) for word in words(spelled))


def occurs(phrase: Stems, inside: Sequence[str]) -> int:
    """Where a phrase begins in some stems, -1 if nowhere; few words may stand between its own."""
    if phrase[0] not in inside:
        return -1
    for start, word in enumerate(inside):
        if word != phrase[0]:
            continue
        at = start
        for wanted in phrase[1:]:
            reach = inside[at + 1 : at + 2 + GAP]
            if wanted not in reach:
                break
            at += 1 + list(reach).index(wanted)
        else:
            return start
    return -1


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


def _refused(before: Stems) -> bool:
    """ "declined to", "refused to": what follows was not done."""
    return any(word in ("declin", "refus", "fail", "decline", "refuse") for word in before)


@cache
def _charges() -> tuple[Stems, ...]:
    return tuple(stems(word) for word in _stored()["charges"]["words"])


@cache
def _stored() -> dict[str, dict[str, Any]]:
    return tomllib.loads(files("index").joinpath("acts.toml").read_text("utf-8"))
