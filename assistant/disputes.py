"""Accusations and claims, set against the denials of the same matter."""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from assistant.reported import alike, capitals
from assistant.said import PRONOUNS, Listing, Said, cut_of, fitting, listed
from index.acts import NEGATIONS, act_of, denies_all, load_accusations, stems
from index.filters import Filters
from index.library import Library
from index.words import STOP_WORDS, content_stems, stem, words

SIDES = 2_000  # accusations and denials that are set against each other, the newest
CLAIMS = 5_000  # other statements that may be what is denied, the newest
SAME_MATTER = 0.3  # of the rarer words of the shorter content, to be about one thing
SAME_CLAIM = 0.6  # likewise, where nothing but the words tells that one answers the other
SHARED = 2  # words at least of a claim and its denial
NEAR = 300  # characters between a claim and "denied it"
_OFFICES = frozenset(map(stem, ["president", "mr"]))  # said of many
_NOT = NEGATIONS | frozenset(map(stem, ["nobody", "none"]))
_DENYING = frozenset(map(stem, ["deny", "denial", "dispute", "refute", "rebut", "contradict"]))


@dataclass(frozen=True)
class Dispute:
    """An accusation or claim, and the denials of the same matter, across articles.

    Attributes:
        matter: what the first accusation charges, else what is claimed or denied.
        accusations: the first is the one that the others are like. Claims, where nobody is accused
            (their `act` is none of accusing); none for what is denied, and claimed by nobody.
        denials: none for a charge that stands unanswered in the articles.
    """

    matter: str
    accusations: tuple[Said, ...]
    denials: tuple[Said, ...]

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "matter": self.matter,
            "accusations": [one.to_dict() for one in self.accusations],
            "denials": [one.to_dict() for one in self.denials],
        }


def disputes(library: Library, about: str = "", filters: Filters | None = None) -> Listing[Dispute]:
    """Accusations beside the denials of the same matter: answered ones first, then those that stand
    unanswered, then denials of what nobody is reported to claim.

    Of very many statements the newest are compared: each is with every other one.

    Two statements are about the same matter when their contents share enough of their rarer words,
    or when whoever denies is who was accused, in the same article.
    """
    if library.large:
        filters = fitting(library, about, filters or Filters())
    sides, more = _newest(library, filters, ["accuse", "deny"], SIDES)
    notes = [f"The newest {SIDES:,} accusations and denials are compared."] if more else []
    rarity = _rarity(library, sides)
    denials = [one for one in sides if one.act == "deny"]
    found = list(_charged([one for one in sides if one.act == "accuse"], denials, rarity))
    matched = {id(one) for dispute in found for one in dispute.denials}
    if left := [one for one in denials if id(one) not in matched]:
        claims, more = _newest(library, filters, ["say", "criticise", "warn"], CLAIMS)
        found += _claimed(library, left, claims)
        if more:
            notes.append(f"Claims are looked for in the newest {CLAIMS:,} statements.")
    topic = content_stems(about)
    kept = [dispute for dispute in found if not topic or _is_about(topic, dispute)]
    note = " ".join(filter(None, [*notes, cut_of(library, about, False)]))
    return Listing.of(sorted(kept, key=_rank), note)


def _newest(
    library: Library, filters: Filters | None, acts: Sequence[str], most: int
) -> tuple[list[Said], bool]:
    """Statements that were made, and whether there are more."""
    made = (a for a in library.attributions(filters, acts) if not a.negated and a.content)
    newest = list(islice(made, most + 1))
    return list(listed(library, newest[:most])), len(newest) > most


def _rarity(library: Library, found: Iterable[Said]) -> dict[str, float]:
    texts = (text for one in found for text in (one.content, one.sentence))
    vocabulary = {w for text in texts for w in words(text) if w not in STOP_WORDS}
    return {stem(w): r for w, r in library.rarity(sorted(vocabulary)).items()}


def _is_about(topic: frozenset[str], dispute: Dispute) -> bool:
    sides = (*dispute.accusations, *dispute.denials)
    return any(topic <= set(stems(one.sentence)) for one in sides)


def _rank(dispute: Dispute) -> int:
    return 0 if dispute.accusations and dispute.denials else 1 if dispute.accusations else 2


# --- Accusations --------------------------------------------------------------------------------


def _charged(
    accusations: Sequence[Said], denials: Sequence[Said], rarity: dict[str, float]
) -> Iterator[Dispute]:
    """Accusations of the same, each group with the denials that answer it."""
    for group in _grouped(accusations, lambda one, other: _same_charge(one, other, rarity)):
        answering = [d for d in denials if any(_answers(d, one, rarity) for one in group)]
        yield Dispute(_charge(group[0]), tuple(group), tuple(answering))


def _answers(denial: Said, accusation: Said, rarity: dict[str, float]) -> bool:
    """Whether a denial is of this charge: of like content, and not by who made it.

    Who was accused answers in the same article by "rejected the accusation", too, or by denying
    anything of the charge; where that is an epithet (of "an act of madness"), anything that
    is told beside it.
    """
    if _same(denial.speaker, accusation.speaker):
        return False
    if _likeness(denial.content, _charge(accusation), rarity) >= SAME_MATTER:
        return True
    target = accusation.target or accusation.content
    if denial.article_id != accusation.article_id or not _same_party(target, _party(denial)):
        return False
    epithet = accusation.charge.startswith(('"', "“"))
    told = content_stems(accusation.sentence if epithet else _charge(accusation))
    parties = content_stems(f"{_party(accusation)} {target} {_party(denial)}")
    return denies_all(denial.content) or not (told & _matter(denial.content)) <= parties


def _same_charge(one: Said, other: Said, rarity: dict[str, float]) -> bool:
    if one.target and other.target and not _same_party(one.target, other.target):
        return False
    return _likeness(_charge(one), _charge(other), rarity) >= SAME_CLAIM


def _charge(accusation: Said) -> str:
    return accusation.charge or accusation.content


# --- Claims -------------------------------------------------------------------------------------


def _claimed(
    library: Library, denials: Sequence[Said], claims: Sequence[Said]
) -> Iterator[Dispute]:
    """Denials of what nobody is accused of, each group with the statements of others it denies."""
    near = dict(_candidates(denials, claims))
    rarity = _rarity(library, {*denials, *(claim for found in near.values() for claim in found)})
    for group in _grouped(denials, lambda one, other: _same_claim(one, other, rarity)):
        denied = [
            claim
            for one in group
            for claim in near[one]
            if denies_all(one.content) or _same_claim(claim, one, rarity)
        ]
        if denied or _has_matter(group[0]):
            first = denied[0] if denies_all(group[0].content) else group[0]
            matter = first.content.removeprefix("that ")
            yield Dispute(matter, tuple(dict.fromkeys(denied)), tuple(group))


def _candidates(
    denials: Sequence[Said], claims: Sequence[Said]
) -> Iterator[tuple[Said, list[Said]]]:
    """Each denial with the statements that may be what it denies: not all are compared in full."""
    having: dict[str, list[int]] = defaultdict(list)
    for number, claim in enumerate(claims):
        for word in _matter(claim.content):
            having[word].append(number)
    for one in denials:
        if denies_all(one.content):
            yield one, _just_before(one, claims)
        else:
            shared = Counter(n for word in _matter(one.content) for n in having.get(word, ()))
            likely = (claims[n] for n, count in sorted(shared.items()) if count >= SHARED)
            yield one, [claim for claim in likely if _against(claim, one)]


def _just_before(denial: Said, claims: Sequence[Said]) -> list[Said]:
    """What "denied it" denies: what somebody else has just said of who denies it, if they did."""
    before = [
        claim
        for claim in claims
        if claim.article_id == denial.article_id
        and claim.start <= denial.start <= claim.end + NEAR
        and _others(claim, denial)
    ]
    last = max(before, key=lambda claim: claim.start, default=None)
    return [last] if last and _same_party(last.content, _party(denial)) else []


def _against(claim: Said, denial: Said) -> bool:
    """Whether a claim is another party's, and says that what is denied is so."""
    by_cue = act_of(denial.cue)[0] == "deny"
    denied_not = by_cue and not _NOT.isdisjoint(stems(denial.content))
    says_not = not _NOT.isdisjoint(stems(claim.content))
    return denied_not == says_not and _others(claim, denial)


def _others(claim: Said, denial: Said) -> bool:
    known = not PRONOUNS.issuperset(words(claim.speaker))
    return known and not _same_party(_party(claim), _party(denial))


def _has_matter(denial: Said) -> bool:
    """Whether it tells by itself what is denied: not "it", nor an offer that is rejected."""
    told = not load_accusations().isdisjoint(stems(denial.content))
    by_cue = not _DENYING.isdisjoint(stems(denial.cue))
    matters = by_cue or (told and act_of(denial.cue)[0] == "deny")
    return matters and bool(_matter(denial.content)) and not denies_all(denial.content)


def _same_claim(one: Said, other: Said, rarity: dict[str, float]) -> bool:
    if len(_matter(one.content) & _matter(other.content)) < SHARED:
        return False
    return _likeness(one.content, other.content, rarity) >= SAME_CLAIM


# --- Comparing ----------------------------------------------------------------------------------


def _grouped(found: Iterable[Said], same: Callable[[Said, Said], bool]) -> list[list[Said]]:
    """Each with the first group whose first one is the same, or in a group of its own."""
    groups: list[list[Said]] = []
    for one in found:
        group = next((group for group in groups if same(group[0], one)), None)
        if group:
            group.append(one)
        else:
            groups.append([one])
    return groups


def _party(one: Said) -> str:
    return f"{one.speaker} {one.role}"


def _same(one: str, other: str) -> bool:
    """Whether two are called the same: by some of the same words, and more than "it"."""
    left, right = content_stems(one), content_stems(other)
    return bool(left) and bool(right) and (left <= right or right <= left)


def _same_party(one: str, other: str) -> bool:
    """Whether two descriptions share a name ("the Karsovian government", "Karsovia"), or, where
    one has no name, another word."""
    ours, theirs = capitals(one), capitals(other)
    if ours and theirs:
        return any(alike(a, b) for a in ours for b in theirs)
    return not (content_stems(one) & content_stems(other)) <= _OFFICES


def _matter(text: str) -> frozenset[str]:
    """What a text is about, but for "the accusation"."""
    return content_stems(text) - load_accusations()


def _likeness(one: str, other: str, rarity: dict[str, float]) -> float:
    """Weight of the stems that two texts share, over that of the lighter text."""
    left, right = _matter(one), _matter(other)

    def weight(found: frozenset[str]) -> float:
        return math.fsum(rarity.get(word, 1.0) for word in found)

    shared = left & right
    return weight(shared) / max(1.0, min(weight(left), weight(right))) if shared else 0.0
