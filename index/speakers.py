"""Who a source is: "he", "Venn" and "the adviser" as the fullest name the article has.

A name is given where the article leaves little choice, and the mention's own words where it does:
an unresolved speaker stays what the text says. Whom "he" and "the senator" mean is chosen by a few
weights (`speakers.json`), fitted to pronouns and roles of attribution_train that were labelled by
reading (`python -m assistant.train speakers`).
"""

import json
import math
import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import Protocol

from index import roles
from index.article import Sentence, Span
from index.names import (
    PREPOSITION,
    VERB_AFTER,
    Mention,
    described,
    find_names,
    gender,
    is_person,
)

LOOK_BACK = roles.NEAR  # sentences in which whom a pronoun means is looked for
FEATURES = (
    "distance", "same sentence", "sentence before", "order", "often", "gender", "begins", "acts",
    "possessive", "after preposition", "quoted", "spoke last", "spoke before", "speaks around",
    "after a quotation: distance", "after a quotation: spoke last", "after a quotation: begins",
    "inside a sentence: same sentence", "inside a sentence: begins",
    "inside a sentence: spoke last", "inside a sentence: nearest",
)  # fmt: skip
FAR = 1500  # characters
LONGEST_ROLE = 4  # words of "the former vice president"

_HE = frozenset(["he", "him", "his", "himself"])
_SHE = frozenset(["she", "her", "hers", "herself"])
_FIRST_PERSON = frozenset(["i", "me", "my", "we", "us", "our"])
_RELATIVE = frozenset(["who", "which", "that", "whose"])
# "the families of two miners", "8,300 patients", at the end of the text.
_SOMEBODY = re.compile(
    r"\b(?P<who>(?:[Tt]he|[Aa]n?|[Hh]is|[Hh]er|[Tt]heir|[Ii]ts|[Ss]ome|[Mm]any|[Ss]everal|[Tt]wo|"
    r"[Tt]hree|[Ff]our|[Ff]ive|\d[\d,]*) (?:[a-z’'-]+ ){0,2}?[a-z’'-]+"
    r"(?: of (?:(?:the|two|three|his|her|their) )?[a-z’'-]+)?), $"
)

_POSSESSIVE = frozenset(["his", "her", "its", "their"])

# Weights in the order of FEATURES, log odds of none of the candidates, least probability.
Model = tuple[tuple[float, ...], float, float]


class Related(Protocol):
    """What is needed of an attribution: spans in the article's text."""

    @property
    def source(self) -> tuple[Span, ...]: ...
    @property
    def cue(self) -> Span: ...
    @property
    def content(self) -> tuple[Span, ...]: ...


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who speaks: the fullest name or the source's words; where that stands; in which role."""

    name: str = ""
    span: Span | None = None
    role: str = ""


class Speakers:
    """The speakers of one article's attributions."""

    def __init__(
        self,
        text: str,
        sentences: Sequence[Sentence],
        relations: Sequence[Related],
        title: str = "",
        model: Model | None = None,
        of_roles: Model | None = None,
    ) -> None:
        """Name the speakers of one article.

        Args:
            relations: in the order of the text.
            model, of_roles: say whom pronouns and roles mean; the shipped ones when None.
        """
        self._model = model or load_model()
        self._of_roles = of_roles or load_model("roles", roles.FEATURES)
        self._title = title
        self._text = text
        self._sentences = sentences
        self._starts = [sentence.start for sentence in sentences]
        self._relations = relations
        self._known: dict[int, tuple[Speaker, int | None]] = {}
        self._persons: dict[int, bool] = {}
        self.entities, self.mentions = find_names(text, sentences)
        self._genders = [gender(entity) for entity in self.entities]
        self._at = [mention.start for mention in self.mentions]

    def of(self, number: int) -> Speaker:
        """The speaker of an attribution."""
        return self._resolved(number)[0]

    def _resolved(self, number: int) -> tuple[Speaker, int | None]:
        """Speaker and entity (None: not one of the named ones)."""
        if number not in self._known:
            self._known[number] = (Speaker(), None)  # what points at itself stays unknown
            self._known[number] = self._resolve(number)
        return self._known[number]

    def _resolve(self, number: int) -> tuple[Speaker, int | None]:
        relation = self._relations[number]
        if not relation.source:
            return Speaker(), None
        start, stop = relation.source[0]
        words = self._text[start:stop].split()
        first = words[0].casefold().strip("“\"'‘,.") if words else ""
        named = self._head(start, stop)
        if named and not self._joined(named, stop):
            return self._named(named, start, stop)
        plain = self._told_at((start, stop))
        found: int | None = None
        if len(words) == 1:
            if first in _FIRST_PERSON:
                return self._outer(number) or (plain, None)
            if first in _RELATIVE:
                found = self._before(start, 60)
                if found is None and (described := self._described_before(start)):
                    return described, None
            elif first in _HE | _SHE:
                found = self._pronoun(number, start, first)
            elif first == "it":
                found = self._body(number, start)
            elif first == "they":
                return self._several(number, start) or (plain, None)
        else:
            found = self._role(number, words, start)
            if found is None:
                return self._described(number, words, start) or plain, None
        if found is None:
            return plain, None
        role = plain.name if len(words) > 1 else ""
        return Speaker(self.entities[found].name, self._place(found, start), role), found

    def _place(self, entity: int, at: int) -> Span:
        """Where somebody is named for a reader who is at `at`: the nearest place before.

        The full name, where it stands not much farther off than the nearest part of it.
        """
        known = self.entities[entity]
        before = [m for m in known.mentions if m.stop <= at]
        if not before:
            return known.span
        full = [m for m in before if m.text == known.name and at - m.stop < FAR]
        nearest = (full or before)[-1]
        return nearest.start, nearest.stop

    # Sources that hold a name

    def _head(self, start: int, stop: int) -> Mention | None:
        """The name that a source is about: not "Venn" in "Venn's lawyer" or "an aide to Venn"."""
        for mention in self._within(start, stop):
            after = self._text[mention.stop : stop]
            if re.match(r"[’']s?\b", after) or re.match(r" ?[-–][a-z]", after):
                continue
            before = self._text[start : mention.start].removesuffix(mention.title + " ")
            if PREPOSITION.search(self._text[start : mention.start]) and "," not in before:
                continue
            if re.match(r" [a-z]", after) and not re.match(r" (?:and|of|for|in|from|who)\b", after):
                continue  # "Democratic lawmakers", "Venn supporters"
            return mention
        return None

    def _joined(self, mention: Mention, stop: int) -> bool:
        """Whether another name follows by "and": the source's words name both."""
        others = [m for m in self._within(mention.stop, stop) if m.entity != mention.entity]
        return any(
            re.fullmatch(
                r",? and (?:the |President |Mr\. |[A-Z]\w+\. )?", self._text[mention.stop : m.start]
            )
            for m in others[:1]
        )

    def _named(self, mention: Mention, start: int, stop: int) -> tuple[Speaker, int | None]:
        text = self._text
        role = mention.title or " ".join(text[start : mention.start].split())
        after = re.match(r",\s*([^.;:]{3,120})", text[mention.stop : max(stop, mention.stop + 120)])
        if not role and after and mention.stop < stop:
            role = " ".join(text[mention.stop : stop].strip(" ,").split())
        role = role.removeprefix("the ").strip(" ,")
        name = self.entities[mention.entity].name
        return Speaker(name, (mention.start, mention.stop), role), mention.entity

    # Pronouns

    def _pronoun(self, number: int, at: int, pronoun: str) -> int | None:
        """Whom "he" means: a person named or speaking shortly before, if one is likely enough."""
        return _likeliest(self.candidates(number, at, pronoun), self._model)

    def candidates(self, number: int, at: int, pronoun: str) -> dict[int, list[float]]:
        """Whom "he" or "she" at `at` could mean: features of each, in the order of `FEATURES`."""
        here = self._sentence(at)
        male = pronoun.casefold() in _HE
        speaking = self._speaking(number, here)
        near: dict[int, list[Mention]] = {}
        low = self._sentences[max(0, here - LOOK_BACK)].start
        for mention in reversed(self._within(low, at)):
            if self._fits(mention.entity, male):
                near.setdefault(mention.entity, []).append(mention)
        order = list(near)  # nearest first
        for entity in speaking:
            if self._fits(entity, male):
                near.setdefault(entity, [])
        return {
            entity: self._features(entity, mentions, here, at, order, speaking.get(entity, {}))
            for entity, mentions in near.items()
        }

    def _features(
        self,
        entity: int,
        mentions: list[Mention],
        here: int,
        at: int,
        order: list[int],
        speaking: dict[str, float],
    ) -> list[float]:
        text = self._text
        found = dict.fromkeys(FEATURES, 0.0) | speaking
        distance = min((here - m.sentence for m in mentions), default=LOOK_BACK)
        found["distance"] = float(distance)
        found["same sentence"] = float(distance == 0)
        found["sentence before"] = float(distance == 1)
        found["order"] = 1 / (1 + order.index(entity)) if entity in order else 0.0
        found["often"] = math.log(1 + len(self.entities[entity].mentions))
        found["gender"] = float(self._genders[entity] is not None)
        for mention in mentions:
            sentence = self._sentences[mention.sentence]
            fade = 0.5 ** (here - mention.sentence)
            after = text[mention.stop : mention.stop + 120]
            lead = text[max(0, mention.start - len(mention.title) - 30) : mention.start]
            possessive = bool(re.match(r"[’']s?\b", after))
            begins = mention.start - sentence.start - len(mention.title) <= 3 and not possessive
            weights = {
                "begins": begins,
                "acts": bool(VERB_AFTER.match(after)),
                "possessive": possessive,
                "after preposition": bool(PREPOSITION.search(lead)),
                "quoted": sentence.quoted or self._in_quotation(mention.start),
            }
            for name, holds in weights.items():
                found[name] = max(found[name], fade * holds)
        lead = text[self._sentences[here].start : at]
        closed = re.search(r"(?:[”\"]|'')[,]?\s*$", lead)
        place = "after a quotation" if closed else "inside a sentence" if lead.strip() else ""
        for name in FEATURES:
            where, _, plain = name.partition(": ")
            if plain and where == place:
                found[name] = float(order[:1] == [entity]) if plain == "nearest" else found[plain]
        return [found[name] for name in FEATURES]

    def _speaking(self, number: int, here: int) -> dict[int, dict[str, float]]:
        """Who spoke last before, and who speaks around, by entity."""
        found: dict[int, dict[str, float]] = {}
        seen = 0
        for other in range(number - 1, max(-1, number - 8), -1):
            gap = here - self._sentence(self._relations[other].cue[0])
            entity = self._resolved(other)[1]
            if entity is None or gap > LOOK_BACK:
                continue
            own = found.setdefault(entity, {})
            if self._encloses(other, number):
                own["speaks around"] = 1.0
            elif seen < 2 and not {"spoke last", "spoke before"} & own.keys():
                own["spoke last" if seen == 0 else "spoke before"] = 0.7 ** max(0, gap)
                seen += 1
        return found

    def _encloses(self, outer: int, inner: int) -> bool:
        start, stop = self._relations[inner].cue
        return any(s <= start and stop <= e for s, e in self._relations[outer].content)

    def _outer(self, number: int) -> tuple[Speaker, int | None] | None:
        """The speaker of the quotation around: whom "I" means."""
        around = [
            n for n in range(len(self._relations)) if n != number and self._encloses(n, number)
        ]
        if not around:
            return None
        nearest = min(around, key=lambda n: sum(e - s for s, e in self._relations[n].content))
        found = self._resolved(nearest)
        return found if found[0].name else None

    def _fits(self, entity: int, male: bool) -> bool:
        return self._is_person(entity) and self._genders[entity] in (None, male)

    def _is_person(self, entity: int) -> bool:
        if entity not in self._persons:
            sources = [span for relation in self._relations for span in relation.source]
            self._persons[entity] = is_person(self.entities[entity], self._text, sources)
        return self._persons[entity]

    # Other mentions

    def _before(self, at: int, reach: int) -> int | None:
        """The name right before ", who"."""
        found = [m for m in self._within(max(0, at - reach), at) if m.stop <= at]
        gap = self._text[found[-1].stop : at] if found else ""
        if found and re.fullmatch(r"[^.;:“”\"]*,? ?", gap):
            return found[-1].entity if len(gap) < 3 or gap.startswith(",") else None
        return None

    def _described_before(self, at: int) -> Speaker | None:
        """Who stands right before ", who" without a name: "8,300 patients"."""
        found = _SOMEBODY.search(self._text, max(0, at - 80), at)
        verbs = ["told", "said", "saw", "met", "heard", "gave", "sent", "made", "brought"]
        if not found or any(w in verbs or w.endswith("ed") for w in found["who"].split()):
            return None  # "the man told farmers, who": whoever it is
        return self._told_at(found.span("who"))

    def _body(self, number: int, at: int) -> int | None:
        """Whom "it" means: the body that spoke last, in this sentence or the one before."""
        here = self._sentence(at)
        for other in range(number - 1, max(-1, number - 4), -1):
            entity = self._resolved(other)[1]
            if entity is not None and here - self._sentence(self._relations[other].cue[0]) <= 1:
                return None if self._is_person(entity) else entity
        return None

    def _role(self, number: int, words: Sequence[str], at: int) -> int | None:
        """Whom "the adviser" or "the ministry" means, of those that have a name."""
        kind = roles.kind_of(words)
        if len(words) > LONGEST_ROLE or kind not in ("person", "body"):
            return None
        if kind == "body":
            return self._body_called(roles.head_of(words), at)
        found = self.role_candidates(number, words, at)
        called = roles.called(found)
        if len(called) == 1 and len(words) == 2:
            return called[0]  # nobody else is called a mayor
        best = _likeliest(found, self._of_roles)
        if best is None or best in called:
            return best
        # Somebody who is called so, or "a judge in Ohio" who has no name, may be meant.
        return None if called or self.introduced(words, at) else best

    def role_candidates(self, number: int, words: Sequence[str], at: int) -> dict[int, list[float]]:
        """Which persons "the adviser" could mean: `roles.FEATURES` of each."""
        here, head = self._sentence(at), roles.head_of(words)
        speaking = self._speaking(number, here)
        near: dict[int, list[Mention]] = {}
        for mention in reversed(self._within(0, at)):
            if self._is_person(mention.entity):
                near.setdefault(mention.entity, []).append(mention)
        order, count = list(near), sum(map(len, near.values()))
        for entity in self._titled:
            if self._is_person(entity):
                near.setdefault(entity, [])
        made = {}
        for place, (entity, mentions) in enumerate(near.items()):
            recent = [m for m in mentions if here - m.sentence <= LOOK_BACK]
            own = speaking.get(entity, {})
            seen = dict(
                zip(FEATURES, self._features(entity, recent, here, at, order, own), strict=True)
            )
            person = roles.Person(
                self.entities[entity],
                mentions,
                distance=min((here - m.sentence for m in mentions), default=roles.FARTHEST),
                order=place,
                share=len(mentions) / max(1, count),
                seen=seen,
                male=self._genders[entity],
                titled=entity in self._titled,
                called=roles.is_called(self._text, self.entities[entity], head, at),
            )
            made[entity] = roles.features(self._text, words, person)
        return made

    @cached_property
    def _titled(self) -> frozenset[int]:
        """Those whose name the article's title has."""
        told = set(re.findall(r"[\w’'-]+", self._title.casefold()))
        return frozenset(
            n for n, e in enumerate(self.entities) if e.name.casefold().split()[-1] in told
        )

    def _body_called(self, head: str, at: int) -> int | None:
        """ "the ministry" for "Foreign Ministry": the one name that goes with that word."""
        found = [
            number
            for number, entity in enumerate(self.entities)
            if entity.span[0] <= at and roles.goes_by(self._text, entity, head, at)
        ]
        return found[0] if len(found) == 1 else None

    def _described(self, number: int, words: Sequence[str], at: int) -> Speaker | None:
        """Who goes by no name of their own: "the Venn campaign", "a judge in Ohio"."""
        role, kind = " ".join(words), roles.kind_of(words)
        if words[0].casefold() in _POSSESSIVE and len(words) == 2:
            return self._owned(number, words, at)
        place = None
        known = kind in ("person", "document") and len(words) <= LONGEST_ROLE
        several = roles.is_several(words)
        if known or several:
            place = self.introduced(words, at)
        told = self._told_at(place, role) if place else Speaker()
        named = re.search("[A-Z]", told.name[1:])
        # By a name before by other words: "a Northline poll", "the Verrin Dam log", "an old poll".
        if kind in ("body", "document") and len(words) <= 3 and not named:
            called = described(self._text[:at], roles.head_of(words))
            if called:
                return Speaker(*called, role)
        # More than "a judge", or "officials".
        return told if len(told.name.split()) > 2 - several else None

    def introduced(self, words: Sequence[str], at: int) -> Span | None:
        """Where "a judge in Ohio" was told of, shortly before; see `roles.introduced`."""
        low = self._sentences[max(0, self._sentence(at) - LOOK_BACK)].start
        found = roles.introduced(self._text[low:at], words)
        return (found[0] + low, found[1] + low) if found else None

    def _owned(self, number: int, words: Sequence[str], at: int) -> Speaker | None:
        """ "his campaign", as "Venn's campaign", when the article calls it so before."""
        pronoun = words[0].casefold()
        owner = self._pronoun(number, at, pronoun) if pronoun in _HE | _SHE else None
        if owner is None:
            return None
        name = self.entities[owner].name
        place = roles.of_whom(self._text[:at], name, roles.head_of(words))
        if place is None:
            return None
        return self._told_at(place, " ".join(words))

    def _several(self, number: int, at: int) -> tuple[Speaker, int | None] | None:
        """Whom "they" means: the several who spoke last, in this sentence or the one before."""
        here = self._sentence(at)
        for other in range(number - 1, max(-1, number - 4), -1):
            relation = self._relations[other]
            if here - self._sentence(relation.cue[0]) > 1 or not relation.source:
                continue
            start, stop = relation.source[0]
            words = self._text[start:stop].split()
            if words[0].casefold() == "they":
                known = self._resolved(other)
                return None if known[0].name.casefold() == "they" else known
            if words[0].casefold() in _HE | _SHE | _RELATIVE | _FIRST_PERSON:
                continue
            plural = re.search(r"\band\b|[a-z]{3,}s$", " ".join(words[:5]).rstrip(",."))
            return self._resolved(other) if plural else None
        return None

    # Places

    def _told_at(self, place: Span, role: str = "") -> Speaker:
        """Somebody who goes by the words of a place."""
        return Speaker(" ".join(self._text[slice(*place)].split()), place, role)

    def _within(self, start: int, stop: int) -> list[Mention]:
        low = bisect_right(self._at, start - 1)
        return [m for m in self.mentions[low:] if m.start < stop][: stop - start]

    def _sentence(self, at: int) -> int:
        return max(0, bisect_right(self._starts, at) - 1)

    def _in_quotation(self, at: int) -> bool:
        return any(
            s <= at < e and self._text[max(0, s - 1) : s + 1].strip(" ")[:1] in '“"'
            for r in self._relations
            for s, e in r.content
            if e > s
        )


def _likeliest(found: Mapping[int, Sequence[float]], model: Model) -> int | None:
    """The most probable of some candidates, when it is probable enough.

    Args:
        found: their features.
    """
    weights, nobody, least = model
    scores = {
        entity: sum(w * x for w, x in zip(weights, features, strict=True))
        for entity, features in found.items()
    }
    if not scores:
        return None
    most = max(*scores.values(), nobody)
    odds = {entity: math.exp(score - most) for entity, score in scores.items()}
    best = max(odds, key=lambda entity: odds[entity])
    likely = odds[best] / (sum(odds.values()) + math.exp(nobody - most))
    return best if likely >= least else None


@cache
def load_model(of: str = "pronouns", features: tuple[str, ...] = FEATURES) -> Model:
    """A fitted model that comes with the package: of "pronouns" or of "roles"."""
    stored = json.loads(files("index").joinpath("speakers.json").read_text("utf-8"))[of]
    weights = tuple(stored["weights"][name] for name in features)
    return weights, stored["nobody"], stored["least"]
