"""Who said what: attributions listed, matched with a question, and set against each other."""

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from itertools import groupby, islice
from typing import Any, TypeVar

from assistant.asked import Asked
from index.acts import act_of, answers, load_acts, stems
from index.article import Article, Attribution, Sentence, Span
from index.filters import Filters
from index.library import Library
from index.words import STOP_WORDS, search_words, stem, words

PRONOUNS = frozenset(
    ["he", "she", "it", "they", "we", "i", "who", "which", "that", "this", "these", "those", "one"]
)


_WHEN = re.compile(r"\b(?:since|after|when|before|because|while|during|following|ahead of)\b")


MOST = 1_000  # statements of a large library that are listed at once
FITTING = 1_000  # passages of a large library, those that fit the words best, are looked through
SIDES = 2_000  # accusations and denials that are set against each other, the newest

T = TypeVar("T")


class Listing(list[T]):
    """A list, and in `note` what it is not all of; "" where it is."""

    note: str = ""

    @classmethod
    def of(cls, found: Iterable[T], note: str) -> "Listing[T]":
        listing = cls(found)
        listing.note = note
        return listing


@dataclass(frozen=True)
class Said:
    """One attribution, as it is listed: who, by which words, what, and where that stands.

    `library.article(article_id).text[start:end] == sentence`, the sentence that holds the cue.

    Attributes:
        speaker: the fullest name the article has; "" when it names nobody.
        act: say, deny, accuse, ...; "" for what is in no list.
        negated: it is reported not to have been done.
        content: what was said, in the words of the article.
        target, charge: of an accusation: whom, and of what; "" where that cannot be told.
    """

    speaker: str
    role: str
    act: str
    negated: bool
    cue: str
    content: str
    target: str
    charge: str
    sentence: str
    article_id: str
    title: str
    url: str
    publisher: str
    published: date | None
    start: int
    end: int

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready; the date in ISO format."""
        return vars(self) | {"published": self.published.isoformat() if self.published else None}


def said(
    library: Library,
    speaker: str = "",
    act: str = "",
    about: str = "",
    filters: Filters | None = None,
    acts: Sequence[str] | None = None,
) -> Iterator[Said]:
    """Attributions that match, newest article first, within it in the order of the text.

    In a large library those of the passages that fit the words best; see `cut_of`.

    Args:
        acts: names of acts, any of them will do; `act` goes before it.
        speaker: any part of a name or role ("Hajiyev", "adviser").
        act: the name of an act, or a verb that reports one ("rejected").
        about: words that the content has, in any inflection.

    Raises:
        ValueError: no act is known by that name or verb.
    """
    wanted = known_act(act)
    topic = _content_stems(about)
    name = {stem(word) for word in words(speaker)}
    if library.large:
        filters = _fitting(library, f"{speaker} {about}", filters or Filters())
    spoken = (
        a
        for a in library.attributions(filters, [wanted] if wanted else acts)
        if name <= set(stems(f"{a.speaker} {a.role}"))
    )
    for one in _listed(library, spoken):
        if topic <= set(stems(one.content)):
            yield one


def list_said(
    library: Library, speaker: str, act: str, about: str, filters: Filters
) -> Listing[Said]:
    """As `said`; of a large library the newest."""
    found = said(library, speaker, act, about, filters)
    if not library.large:
        return Listing(found)
    listed = list(islice(found, MOST + 1))
    return Listing.of(listed[:MOST], cut_of(library, f"{speaker} {about}", len(listed) > MOST))


def cut_of(library: Library, given: str, more: bool) -> str:
    """What a list from a library leaves out, in words.

    Args:
        given: the words that are looked for, if any.
        more: there are more than are listed.
    """
    notes = [f"The newest {MOST:,} are listed."] if more else []
    if library.large and search_words(given):
        notes.append(
            "This library is large: looked through were the articles of the "
            f"{FITTING:,} passages that fit the words best."
        )
    return " ".join(notes)


def _fitting(library: Library, given: str, filters: Filters) -> Filters:
    """The filters, narrowed to the articles that fit some words best; as they are without words."""
    wanted = search_words(given)
    if not wanted:
        return filters
    best = library.search_words(wanted, FITTING, filters)
    return replace(filters, articles=frozenset(i.rpartition("-")[0] for i in best))


def known_act(act: str) -> str:
    """The name of an act, given it or a verb for it; "" for ""."""
    if not act or act in load_acts():
        return act
    found, _ = act_of(act)
    if not found:
        raise ValueError(
            f"{act!r} is no speech act that is known; wanted one of {', '.join(load_acts())}, "
            "or a verb for one"
        )
    return found


def _listed(library: Library, found: Iterable[Attribution]) -> Iterator[Said]:
    """Attributions with their sentences and articles; those of an article stand together.

    Each article is read once: texts are long, and have dozens of attributions.
    """
    for article_id, own in groupby(found, key=lambda a: a.article_id):
        article, sentences = library.article(article_id), library.sentences(article_id)
        for a in own:
            yield _said(article, sentences, a)


def _said(article: Article, sentences: Sequence[Sentence], a: Attribution) -> Said:
    sentence = next(s for s in sentences if s.start <= a.cue[0] < s.end)
    content = content_of(article, a)
    first = " ".join(article.text[slice(*a.content[0])].split()) if a.content else ""
    target, charge = charged(first) if a.act == "accuse" else ("", "")
    return Said(
        speaker=a.speaker,
        role=a.role,
        act=a.act,
        negated=a.negated,
        cue=article.text[slice(*a.cue)],
        content=content,
        target=target,
        charge=charge,
        sentence=article.text[sentence.start : sentence.stop],
        article_id=article.id,
        title=article.title,
        url=article.url,
        publisher=article.publisher,
        published=article.published,
        start=sentence.start,
        end=sentence.stop,
    )


def content_of(article: Article, a: Attribution) -> str:
    """What was said, in one line."""
    return " ".join(" ".join(article.text[s:e] for s, e in a.content).split())


def charged(content: str) -> tuple[str, str]:
    """Target and charge of "Azerbaijan of illegally arresting people"; "" where unclear.

    Since when, or because of what, is left out: it is no part of what is denied.
    """
    for between in (" of ", " for "):
        target, found, charge = content.partition(between)
        if found and len(target.split()) <= 8:
            return target.strip(" ,"), _WHEN.split(charge)[0].strip(" ,.")
    return "", ""


@dataclass(frozen=True, slots=True)
class Match:
    """How well an attribution fits what a question asks of somebody's words, each from 0 to 1.

    Attributes:
        act: the act asked for was done (or, where it is asked whether it was, not done).
        speaker: who speaks is who was asked for.
        topic: share of the question's words that the content has, weighted by rarity.
    """

    act: float
    speaker: float
    topic: float

    @property
    def total(self) -> float:
        return self.act + self.speaker + self.topic


def match(
    asked: Asked, a: Attribution, article: Article, rarity: Mapping[str, float], sentence: Sentence
) -> Match:
    """Compare one attribution, as far as it stands in one sentence, with a question.

    Args:
        rarity: weight of each stem of the question; others count 1.
    """
    act, negated = act_in(article, a, sentence)
    done = answers(asked.act, act) and (not negated or asked.wanted == "whether")
    inside = set(stems(content_of(article, a)))
    topic = asked.topic
    # Exact sums: the order of a set, another one in each process, does not change the last digits.
    total = math.fsum(rarity.get(word, 1.0) for word in topic)
    shared = math.fsum(rarity.get(word, 1.0) for word in topic & inside)
    return Match(
        act=float(done),
        speaker=speaker_share(asked, a, article),
        topic=shared / total if total else 0.0,
    )


def act_in(article: Article, a: Attribution, sentence: Sentence) -> tuple[str, bool]:
    """The act that one sentence of an attribution reports, and whether it was not done.

    Of a long quotation one sentence may be the denial, and the others not.
    """
    here = [(s, e) for s, e in a.content if s < sentence.stop and sentence.start < e]
    if not here and not sentence.start <= a.cue[0] < sentence.stop:
        return "", False
    parts = (article.text[max(s, sentence.start) : min(e, sentence.stop)] for s, e in here)
    cue = article.text[slice(*a.cue)]
    act, negated = act_of(cue, " ".join(parts))
    if sentence.start <= a.cue[0] < sentence.stop or act != act_of(cue)[0]:
        return act, negated
    return "say", False  # goes on with what was denied or promised before


def speaker_share(asked: Asked, a: Attribution, article: Article) -> float:
    """Share of the words that name whose words are asked for that fit who speaks."""
    names = asked.names
    if not names:
        return 0.0
    source = " ".join(article.text[s:e] for s, e in a.source)
    return len(names & set(stems(f"{a.speaker} {a.role} {source}"))) / len(names)


def touching(found: Iterable[Attribution], span: Span) -> list[Attribution]:
    """The attributions that have their cue, source or content in a span."""
    start, stop = span
    return [
        a for a in found if any(s < stop and start < e for s, e in (*a.source, a.cue, *a.content))
    ]


def pronominal(article: Article, a: Attribution) -> bool:
    """Whether the place itself does not name who speaks: a pronoun, or nobody."""
    source = [word for s, e in a.source for word in words(article.text[s:e])]
    return not source or (len(source) == 1 and source[0] in PRONOUNS)


@lru_cache(maxsize=20_000)
def _all_stems(text: str) -> frozenset[str]:
    return frozenset(stems(text))


@lru_cache(maxsize=20_000)
def _content_stems(text: str) -> frozenset[str]:
    return frozenset(stem(word) for word in words(text) if word not in STOP_WORDS)


@dataclass(frozen=True)
class Dispute:
    """An accusation or claim, and the denials of the same matter, across articles.

    Attributes:
        matter: what the first accusation charges.
        accusations: the first is the one that the others are like.
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


SAME_MATTER = 0.3  # of the rarer words of the shorter content, to be about one thing


def disputes(library: Library, about: str = "", filters: Filters | None = None) -> Listing[Dispute]:
    """Accusations beside the denials of the same matter, answered ones first.

    Of very many statements the newest are compared: each is with every other one.

    Two statements are about the same matter when their contents share enough of their rarer words,
    or when whoever denies is who was accused, in the same article.
    """
    if library.large:
        filters = _fitting(library, about, filters or Filters())
    attributions = library.attributions(filters, ["accuse", "deny"])
    done = (a for a in attributions if not a.negated and a.content)
    newest = list(islice(done, SIDES + 1))
    sides = list(_listed(library, newest[:SIDES]))
    note = cut_of(library, about, False)
    if len(newest) > SIDES:
        note = f"The newest {SIDES:,} accusations and denials are compared. {note}".strip()
    vocabulary = {w for one in sides for w in words(one.content) if w not in STOP_WORDS}
    rarity = {stem(w): r for w, r in library.rarity(sorted(vocabulary)).items()}
    topic = _content_stems(about)
    accusations = [one for one in sides if one.act == "accuse"]
    denials = [one for one in sides if one.act == "deny"]
    groups: list[list[Said]] = []
    for one in accusations:
        for group in groups:
            if _same_charge(group[0], one, rarity):
                group.append(one)
                break
        else:
            groups.append([one])
    found = []
    for group in groups:
        answering = [d for d in denials if any(_answers(d, one, rarity) for one in group)]
        if topic and not any(topic <= set(stems(o.sentence)) for o in (*group, *answering)):
            continue
        found.append(Dispute(_charge(group[0]), tuple(group), tuple(answering)))
    return Listing.of(sorted(found, key=lambda d: not d.denials), note)


def _answers(denial: Said, accusation: Said, rarity: dict[str, float]) -> bool:
    """Whether a denial is of this charge: of like content, and not by who made it."""
    if _same(denial.speaker, accusation.speaker):
        return False
    shared = _likeness(denial.content, _charge(accusation), rarity)
    here = denial.article_id == accusation.article_id
    if shared >= SAME_MATTER:
        return True
    accused = _all_stems(accusation.target) & _all_stems(f"{denial.speaker} {denial.role}")
    return here and bool(accused - _EMPTY) and shared > 0


def _same_charge(one: Said, other: Said, rarity: dict[str, float]) -> bool:
    if one.target and other.target and not _all_stems(one.target) & _all_stems(other.target):
        return False
    return _likeness(_charge(one), _charge(other), rarity) >= 0.6


def _charge(accusation: Said) -> str:
    return accusation.charge or accusation.content


_EMPTY = frozenset(["the", "a", "of", "and", "to", "in", "president", "mr"])


def _same(one: str, other: str) -> bool:
    return bool(one) and bool(other) and (one in other or other in one)


def _likeness(one: str, other: str, rarity: dict[str, float]) -> float:
    """Weight of the stems that two texts share, over that of the lighter text."""
    left, right = _content_stems(one), _content_stems(other)
    if not left or not right:
        return 0.0

    def weight(found: frozenset[str]) -> float:
        return math.fsum(rarity.get(word, 1.0) for word in found)

    shared = left & right
    if not shared:
        return 0.0
    return weight(shared) / max(1.0, min(weight(left), weight(right)))
