"""The short answer: the bare words that answer, and no more than the sentence says."""

import re
from collections.abc import Sequence

from assistant.asked import Asked
from assistant.extract import Candidate
from assistant.said import PRONOUNS
from assistant.statement import known_name, speaker
from index.acts import load_acts
from index.words import words

FIT = 0.5  # of the topic asked for, for a yes or no
_WRAPPING = " \t\n\"'“”‘’,;:."
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
        if not bare:
            break
        if all(bare.casefold() not in other.casefold() for other in found):
            found.append(bare)
    if found or not chosen:
        return "; ".join(found)
    return " ".join(chosen[0].text.split())


def yes_or_no(slots: Asked, candidate: Candidate) -> str:
    """ "Yes" or "No" to "Did X deny Y?"; "" where the sentence does not decide that."""
    said = candidate.said
    if not said or slots.act in ("", "say", "believe") or not candidate.features.act:
        return ""
    if candidate.features.speaker < 1 or (
        slots.topic - {"it", "that"} and candidate.features.topic < FIT
    ):
        return ""
    past = load_acts()[said.act].past
    return (
        f"No, {known_name(said)} did not" if said.negated else f"Yes, {known_name(said)} {past} it"
    )


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
    bare = _closed(" ".join(candidate.short.strip(_WRAPPING).split()))
    who = speaker(candidate)
    unnamed = who == "" or (candidate.sentence.quoted and not who)
    if unnamed or not bare or set(words(bare)) <= PRONOUNS:
        return ""
    return f"{bare}, according to {who}" if who else bare


def _closed(bare: str) -> str:
    """Words out of a sentence, with the quotation marks that they lack."""
    opened, closed = bare.count("“"), bare.count("”")
    if opened != closed:
        return f"{bare}”" if opened > closed else f"“{bare}"
    if bare.count('"') % 2:
        return f'{bare}"' if re.search(r'(?:^|[\s(])"', bare) else f'"{bare}'
    return bare
