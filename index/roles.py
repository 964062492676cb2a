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
from index.names import PREPOSITION, Entity, Mention, listed, role_word, roles_after

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
    r"(?: (?:of|in|by|from|for) (?:the )?(?-i:[A-Z])[\w’'-]*(?: (?-i:[A-Z])[\w’'-]*)*)?"
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
    single = head.removesuffix("s") if not head.endswith("ss") else head
    if not head or words[0].casefold() != "the" or {head, single} & listed("nameless"):
        return ""
    if {head, single} & listed("documents"):
        return "document"
    if {head, single} & listed("groups"):
        return "body"
    return "person" if head == single else ""


def holders(found: Mapping[int, Sequence[float]]) -> list[int]:
    """Those of some persons who are called what is asked for, by where they were named before.

    Args:
        found: `FEATURES` by person.
    """
    role, later = FEATURES.index("role"), FEATURES.index("only in title")
    return [person for person, each in found.items() if each[role] and not each[later]]


def introduced(text: str, words: Sequence[str]) -> Span | None:
    """Where the last thing by the same word was introduced: "a judge in Ohio", for "the judge".

    Args:
        text: the sentences before; what is in it only counts.
    """
    pattern = _INTRODUCED.format(head=re.escape(head_of(words)))
    for found in reversed(list(re.finditer(pattern, text, re.IGNORECASE))):
        if not _BREAK.search(found["which"]):
            return found.span()
    return None


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
    """

    entity: Entity
    mentions: Sequence[Mention]
    distance: int
    order: int
    share: float
    seen: Mapping[str, float]
    male: bool | None
    titled: bool


def features(text: str, words: Sequence[str], at: int, person: Person) -> list[float]:
    """What speaks for a person being who is meant by a role at `at`, in the order of `FEATURES`."""
    head, entity = head_of(words), person.entity
    wanted, titles = role_word(head), {role_word(title) for title in entity.titles}
    before = [m for m in entity.mentions if m.stop <= at]
    fits = (
        wanted in titles
        or wanted in {role_word(word) for word in entity.name.casefold().split()[-1:]}
        or any(wanted in roles_after(text, m) or _called(text, m, head) for m in before)
    )
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
        "role": float(fits),
        "role and more": float(fits and len(words) > 2),
        "another role": float(bool(titles - _PLAIN_TITLES - {wanted}) and not fits),
        "other gender": float(None not in (male, person.male) and male != person.male),
        "in title": float(person.titled),
        "only in title": float(not person.mentions),
    }
    return [found[name] for name in FEATURES]


def _called(text: str, mention: Mention, head: str) -> bool:
    """ "columnist Ada Venn"."""
    start = mention.start - len(mention.title) - (1 if mention.title else 0)
    return text[:start].rstrip().casefold().endswith(f" {head}")
