"""Which names of a claim the sentences that it cites do not have."""

import re
from collections.abc import Sequence

from assistant.evidence import Evidence, Reason
from assistant.mentions import Mention, Told, mentions
from assistant.reported import head, reports
from index.words import STOP_WORDS, words

_INTRODUCES = re.compile(
    r"\b(?:according to|report(?:s|ed|ing)?|writes|wrote|told)\b", re.IGNORECASE
)


def names(claim: str, evidence: Evidence) -> Reason:
    """Names of the claim are in the cited sentences, or are of who speaks in them."""
    publishers = " ".join(a.publisher for a in evidence.articles.values())
    sources = publishers if _INTRODUCES.search(claim) else ""
    here = Told(f"{evidence.text} {evidence.speakers} {sources}")
    before = Told(evidence.antecedents)
    whole = "\n".join(f"{a.text}\n{a.title}\n{a.publisher}" for a in evidence.articles.values())
    missing = [
        name
        for name in _names(claim, whole)
        if not _has_name(name, here, whole)
        and not (_subject(name, claim) and _has_name(name, before, whole))
        and not _first_name(name, here, evidence)
    ]
    if missing and not _understood(missing, claim, evidence, whole):
        return "name", f"“{missing[0]}” is named in none of the cited sentences"
    return None


def _names(claim: str, whole: str) -> list[str]:
    """The names in a claim; what only begins it is one where the articles have it as one."""
    found = [m.text for m in mentions(claim) if m.kind == "name"]
    opening = re.match(r"[\w’'-]*\w", claim)
    first = re.sub(r"['’]s?$", "", opening.group()) if opening else ""
    if not first[:1].isupper() or first.casefold() in STOP_WORDS:
        return found
    inside = re.search(rf"(?:[\w,’']|\b[A-Z]\.) {re.escape(first)}\b", whole) is not None
    common = re.search(rf"\b{re.escape(first.casefold())}\b", whole) is not None
    speaks = any(report.speaker == first for report in reports(claim))
    if inside or (first in whole and not common) or (speaks and not common):
        return found if any(name.startswith(first) for name in found) else [first, *found]
    return [name.removeprefix(f"{first} ") for name in found]  # "Manager Colm Hartigan"


def _subject(name: str, claim: str) -> bool:
    """Whether a name is who does, or says, what the claim is about."""
    return claim.find(name) <= _EARLY or any(name in r.speaker for r in reports(claim))


def _first_name(name: str, here: Told, evidence: Evidence) -> bool:
    """Whether the sentences call the person so named by another part of the name."""
    parts = set(words(name))
    others = (set(words(p)) - parts for p in evidence.persons if parts <= set(words(p)))
    return any(here.has(Mention("name", w)) for other in others for w in other if len(w) > 2)


_EARLY = 30  # characters


_REFERRING = re.compile(r"\b(?:he|she|his|hers?|him|the [a-z]+)\b", re.IGNORECASE)


def _understood(missing: Sequence[str], claim: str, evidence: Evidence, whole: str) -> bool:
    """Whether the only name that is missing is of whom the article is about, and referred to."""
    if len(missing) > 1 or any(missing[0] in head(r.speaker) for r in reports(claim)):
        return False
    parts = set(words(missing[0])) - STOP_WORDS
    titles = set(words(" ".join(a.title for a in evidence.articles.values())))
    persons = [set(words(name)) for name in evidence.persons]
    own = len(_names(claim, whole)) > 1 and parts <= titles
    known = any(parts <= name for name in persons)
    return own and known and _REFERRING.search(evidence.text) is not None


def _has_name(name: str, here: Told, whole: str) -> bool:
    parts = [p for p in re.findall(r"[\w’'&.-]+", name) if words(p)]
    parts = [re.sub(r"['’]s?$", "", p).strip(".") for p in parts]
    parts = [p for p in parts if p.casefold() not in STOP_WORDS and p]
    known = [p for p in parts if here.has(Mention("name", p))]
    initials = "".join(p[0] for p in parts)
    if len(known) == len(parts) or (len(parts) > 2 and here.has(Mention("name", initials))):
        return True
    # A fuller form than the sentence has: as the article has it elsewhere.
    fuller = re.compile(r"\W+(?:\w\W+)?".join(map(re.escape, parts)), re.IGNORECASE)
    return bool(known) and parts[-1] in known and bool(fuller.search(whole))
