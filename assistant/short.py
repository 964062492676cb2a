"""The short answer: the bare words that answer, and no more than the sentence says."""

import re
from collections.abc import Iterable, Sequence

from assistant.asked import Asked
from assistant.extract import Candidate
from assistant.said import PRONOUNS
from assistant.statement import known_name, speaker
from index.acts import load_acts
from index.words import words

FIT = 0.5  # of the topic asked for, for a yes or no
CONTRARY = {"admit": "deny", "confirm": "deny"}  # who does one does not do the other
_WRAPPING = " \t\n\"'“”‘’,;:."
_GOES_ON = re.compile(r"\.(?!\.)[”’\"')]*,? ?\w")
_SHORTENED = frozenset(["inc", "ltd", "co", "corp", "bros", "jr", "sr", "etc"])
_WHOLE = re.compile(r"[.!?][”’\"')]*$")  # the end of a sentence
# "the Karsovian government", before "of an act of recklessness".
_WHOM = re.compile(r"(?:[\w’'.-]+ ){0,6}?[\w’'.-]+(?= (?:of|for|over|with|that|to)\b)")
# What stands beside a name, which is put in for {}: "The chief engineer, Lev Marich, said", "Lev
# Marich, the chief engineer of the operator, said", "their striker Milo Castellan". What stands
# between two names ("Ada Roe, the mayor, Lev Marich, ...") is of the first.
_WORD = r"(?:[^,;:.—–()“”\"]|,(?=\d)|\.(?=\w))"
_ROLES = (
    r"(?:^|— |(?:^|\s)[^\sA-Z]\S*[,;] )"
    r"(?P<role>(?:(?:[Tt]he|[Ii]ts|[Hh]is|[Hh]er|[Tt]heir|[Ll][ea]|[\w-]+[’']s) )"
    rf"{_WORD}+), (?:[A-Z][\w’'.-]* )*{{}}(?=[,.]|$)",
    rf"\b{{}}, (?P<role>(?:an?|the|his|her|its|their|who|once|now) {_WORD}+)(?=[,;.]| [—–-] )",
    r"\b(?P<role>(?:an?|the|his|her|its|their) (?:[a-z][\w’'-]* ){{1,4}})(?:[A-Z][\w’'.-]* )*{}\b",
)


def short_answer(slots: Asked, chosen: Sequence[Candidate]) -> str:
    """The bare answers, each once; what is somebody's statement is worded as theirs.

    The best sentence, whole, where its bare words would say too little (a pronoun) or too much (a
    claim that the sentence does not say is asserted, or by whom).
    """
    if slots.wanted == "whether" and chosen:
        verdict = yes_or_no(slots, chosen[0])
        if verdict:
            return verdict
    if slots.wanted == "story" and chosen:
        return " ".join(chosen[0].text.split())  # a few words of it tell no story
    found: list[str] = []
    for candidate in chosen:
        if slots.wanted == "identity":
            bare = identity(slots, candidate)
        else:
            named = _whom(slots, candidate) or _speakers_name(slots, candidate)
            bare = named or _bare(candidate)
        if not bare and slots.wanted == "all":
            continue  # the claims tell of whom nobody names
        if not bare:
            break
        if not any(_repeats(bare, other) for other in found):
            found.append(bare)
    if found or not chosen:
        return "; ".join(found)
    return " ".join(chosen[0].text.split())


def side_by_side(answers: Iterable[str]) -> str:
    """The short answers to the parts of a question, each once."""
    joined = ""
    for answer in dict.fromkeys(filter(None, answers)):
        between = "" if not joined else " " if _WHOLE.search(joined) else "; "
        joined += between + answer
    return joined


def _repeats(bare: str, other: str) -> bool:
    """Whether an answer stands in another, word for word: "nine" in "nine people"."""
    wanted, given = words(bare), words(other)
    size = len(wanted)
    return any(given[at : at + size] == wanted for at in range(len(given) - size + 1))


def yes_or_no(slots: Asked, candidate: Candidate) -> str:
    """ "Yes" or "No" to "Did X deny Y?"; "" where the sentence does not decide that.

    That anybody did it is a yes to "Did anyone deny Y?"; that somebody did not is no answer.
    """
    said, features = candidate.said, candidate.features
    name = known_name(said) if said else ""
    if not said or not name or slots.act in ("", "say", "believe"):
        return ""
    if slots.names and features.speaker < 1:
        return ""
    past = load_acts()[said.act].past if said.act else ""
    if CONTRARY.get(slots.act) == said.act and not said.negated:
        # All of the topic: what was denied is near to much else that was not.
        same = slots.names and slots.topic and features.topic >= 1
        return f"No, {name} {past} it" if same else ""
    if not features.act or (slots.topic - {"it", "that"} and features.topic < FIT):
        return ""
    if said.negated:
        return f"No, {name} did not" if slots.names else ""
    return f"Yes, {name} {past} it"


def _whom(slots: Asked, candidate: Candidate) -> str:
    """ "the Karsovian government", of what "Roake accused the Karsovian government of"."""
    said = candidate.said
    if slots.wanted != "target" or not said or not said.content or not candidate.features.act:
        return ""
    start, stop = said.content[0]
    found = _WHOM.match(" ".join(candidate.article.text[start:stop].split()))
    return found[0] if found and start >= said.cue[1] else ""


def identity(slots: Asked, candidate: Candidate) -> str:
    """Who somebody is: "the chief engineer", of "Lev Marich, the chief engineer, said".

    Or the role that is known of a speaker: "Energy Minister Irena Kovash said".
    """
    last = slots.about.split()[-1]
    name, text = re.escape(last), " ".join(candidate.text.split())
    for pattern in _ROLES:
        if beside := re.search(pattern.format(name), text):
            return beside["role"].strip()
    for said in candidate.sayings:
        if said.role and last in said.speaker.split():
            whole = rf"(?:[A-Z][\w’'-]* )*{re.escape(said.role)}(?= (?:[A-Z][\w’'.-]* )*{name}\b)"
            found = re.search(whole, text)
            return found[0] if found else said.role
    return ""


def _speakers_name(slots: Asked, candidate: Candidate) -> str:
    """Who speaks, where that is asked; "" where the answer's own words say it better."""
    said = candidate.said
    if slots.wanted not in ("speaker", "all") or not said:
        return ""
    fits = candidate.features.role or candidate.features.topic >= FIT or slots.wanted == "all"
    return known_name(said) if fits else ""


def _bare(candidate: Candidate) -> str:
    bare = _closed(" ".join(_unwrapped(candidate).split()))
    who = speaker(candidate)
    unnamed = who == "" or (candidate.sentence.quoted and not who)
    if unnamed or not bare or set(words(bare)) <= PRONOUNS:
        return ""
    return f"{bare}, according to {who}" if who else bare


def _unwrapped(candidate: Candidate) -> str:
    """The answer's words without the marks around them, with the full stop of an abbreviation.

    That is one which the sentence goes on after ("at 9 a.m. on Friday"), or at its end one of a
    word that has another ("9 a.m.") or is known to have one ("Blue Line Inc.").
    """
    bare = candidate.short.strip(_WRAPPING)
    if not bare:
        return ""
    text = candidate.article.text
    stop = text.index(bare, candidate.answer[0]) + len(bare)
    after = text[stop : candidate.sentence.stop]
    last = bare.split()[-1]
    shortened = "." in last or last.casefold() in _SHORTENED
    if after.startswith(".") and (_GOES_ON.match(after) or shortened):
        return f"{bare}."
    return bare


def _closed(bare: str) -> str:
    """Words out of a sentence, with the quotation marks that they lack."""
    opened, closed = bare.count("“"), bare.count("”")
    if opened != closed:
        return f"{bare}”" if opened > closed else f"“{bare}"
    if bare.count('"') % 2:
        return f'{bare}"' if re.search(r'(?:^|[\s(])"', bare) else f'"{bare}'
    return bare
