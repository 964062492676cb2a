"""Whom "the senator", "the poll" or "his campaign" means, for `index.speakers`.

A person is chosen by a few weights (`speakers.json`), fitted to roles of attribution_train that
were labelled by reading. What the article introduced by the same word and more ("a judge in Ohio")
goes by that. Which words are of what is data: `speakers.toml`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from index.article import Span
from index.names import PREPOSITION, Entity, Mention, alike, listed, role_word, roles_after

Kind = Literal["person", "body", "document", ""]  # "" may be anybody
FEATURES = (
    "distance", "same sentence", "far", "nearest", "order", "share", "begins", "possessive",
    "after preposition", "spoke last", "speaks", "role", "role and more", "another role",
    "other gender", "in title", "only in title",
)  # fmt: skip
NEAR = 6  # sentences; what is farther is far, and what was introduced farther off is not meant
FARTHEST = 12  # sentences
_PLAIN_TITLES = frozenset(["mr", "mrs", "ms", "dr"])
# "a judge in Ohio", "multiple sources", at its head; what is between is looked at one by one.
_INTRODUCED = (
    r"\b(?:an?|one|another|two|several|multiple|some) (?P<which>(?:[\w’'./&-]+ ){{0,5}}?){head}\b"
    r"(?: (?:of|in|by|from|for) (?:the (?:[a-z]+ )?)?"
    r"(?-i:[A-Z])[\w-]*(?: (?-i:[A-Z])[\w-]*)*\b(?![’'-]))?"
)
# "People familiar with the talks", for "the people".
_SEVERAL = (
    r"(?P<which>)(?:\b(?:two|three|several|multiple|many|some) )?"
    r"\b{head} (?:familiar with|close to|with knowledge of) (?:the )?[\w’'-]+"
)
# No part of a description: "a man said the judge".
_BREAK = re.compile(
    r"\b(?:in|on|at|to|for|with|by|and|or|but|that|which|who|whom|as|is|was|are|were|has|had|have|"
    r"said|says|told|the|an?|when|while|if|because|about|after|before|it|he|she|they|his|her)\b",
    re.IGNORECASE,
)


def head_of(words: Sequence[str]) -> str:
    """ "senator", of "the junior senator"."""
    return re.sub(r"[’']s?$", "", words[-1]).strip(".,’'\"“”").casefold()


def kind_of(words: Sequence[str]) -> Kind:
    """What a source without a name is; "" for what may be anybody ("the crowd", "his critics")."""
    head = head_of(words)
    single = _singular(head)
    if not head or words[0].casefold() != "the" or {head, single} & listed("nameless"):
        return ""
    if {head, single} & listed("documents"):
        return "document"
    if {head, single} & listed("groups"):
        return "body"
    return "person" if head == single else ""


def called(found: Mapping[int, Sequence[float]]) -> list[int]:
    """Those of some persons who are called by the role, and were named before.

    Args:
        found: `FEATURES` by person.
    """
    role, later = FEATURES.index("role"), FEATURES.index("only in title")
    return [person for person, each in found.items() if each[role] and not each[later]]


def introduced(text: str, words: Sequence[str]) -> Span | None:
    """Where the last thing by the same word was introduced: "a judge in Ohio", for "the judge".

    Documents also by another word for the same: "a Northline poll", for "the survey".

    Args:
        text: the sentences before; what is in it only counts.
    """
    head = head_of(words)
    heads = "|".join(map(re.escape, sorted(alike(head))))
    found = list(re.finditer(_INTRODUCED.format(head=f"(?:{heads})"), text, re.IGNORECASE))
    if is_several(words):
        # "A summit of 27 leaders" is no leaders.
        found = [each for each in found if not re.match(r"an?\b|one\b", each[0], re.IGNORECASE)]
        found += re.finditer(_SEVERAL.format(head=re.escape(head)), text, re.IGNORECASE)
    for each in sorted(found, key=lambda match: match.end(), reverse=True):
        if not _BREAK.search(each["which"]):
            return each.span()
    return None


def is_several(words: Sequence[str]) -> bool:
    """Whether a source is of several who have no name: "the officials", "those people"."""
    head = head_of(words)
    plural = head == "people" or head != _singular(head)
    return len(words) == 2 and plural and words[0].casefold() in ("the", "those", "these")


def _singular(head: str) -> str:
    return head if head.endswith("ss") else head.removesuffix("s")


def of_whom(before: str, name: str, head: str) -> Span | None:
    """Where a text calls "his campaign" by the name of whose it is: "Venn’s campaign"."""
    last = re.escape(name.split()[-1])
    owned = rf"(?:[Tt]he )?\b{last}(?:[’']s?)? (?:[a-z]+ )?{re.escape(head)}\b"
    found = list(re.finditer(owned, before))
    return found[-1].span() if found else None


@dataclass(frozen=True)
class Person:
    """A person that a role may mean.

    Attributes:
        mentions: before the role, nearest first.
        distance: of the nearest, in sentences.
        order: among the persons named before, nearest first; share: of all their mentions.
        seen: what `speakers.FEATURES` tell.
        male: None where nothing tells.
        titled: the article's title has the name.
        called: by the role, see `is_called`.
    """

    entity: Entity
    mentions: Sequence[Mention]
    distance: int
    order: int
    share: float
    seen: Mapping[str, float]
    male: bool | None
    titled: bool
    called: bool


def goes_by(text: str, entity: Entity, head: str, at: int) -> bool:
    """Whether somebody has a role by title, by an apposition before `at` or by the name's end."""
    wanted = role_word(head)
    return (
        wanted in _titles(entity)
        or wanted == role_word(entity.name.casefold().split()[-1])
        or any(wanted in roles_after(text, m) for m in entity.mentions if m.stop <= at)
    )


def is_called(text: str, entity: Entity, head: str, at: int) -> bool:
    """`goes_by`, or by the word before the name: "columnist Ada Venn"."""
    return goes_by(text, entity, head, at) or any(
        text[: m.start - len(m.title)].rstrip().casefold().endswith(f" {head}")
        for m in entity.mentions
        if m.stop <= at
    )


def _titles(entity: Entity) -> set[str]:
    return {role_word(title) for title in entity.titles}


def features(text: str, words: Sequence[str], person: Person) -> list[float]:
    """What speaks for a person being who is meant by a role, in the order of `FEATURES`."""
    head = head_of(words)
    titles = _titles(person.entity) - _PLAIN_TITLES - {role_word(head)}
    nearest = person.mentions[0].start if person.mentions else 0
    male = not head.endswith("woman") if head.endswith("man") else None
    found = {
        "distance": min(person.distance, FARTHEST) / 4,
        "same sentence": float(person.distance == 0),
        "far": float(person.distance > NEAR),
        "nearest": float(bool(person.mentions) and person.order == 0),
        "order": 1 / (1 + person.order) if person.mentions else 0.0,
        "share": person.share,
        "begins": person.seen["begins"],
        "possessive": person.seen["possessive"],
        "after preposition": float(
            PREPOSITION.search(text[max(0, nearest - 30) : nearest]) is not None
        ),
        "spoke last": person.seen["spoke last"],
        "speaks": float(person.seen["spoke last"] > 0 or person.seen["spoke before"] > 0),
        "role": float(person.called),
        "role and more": float(person.called and len(words) > 2),
        "another role": float(bool(titles) and not person.called),
        "other gender": float(None not in (male, person.male) and male != person.male),
        "in title": float(person.titled),
        "only in title": float(not person.mentions),
    }
    return [found[name] for name in FEATURES]
