"""Who said what: attributions listed, and matched with a question."""

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby, islice
from typing import Any, TypeVar

from assistant.asked import Asked
from assistant.spelling import did_you_mean
from index.acts import act_of, answers, declines, load_acts, spoken_by, stems
from index.article import Article, Attribution, Sentence, Span
from index.filters import Filters
from index.library import Library
from index.words import content_stems, search_words, stem, words

PRONOUNS = frozenset(
    ["he", "she", "it", "they", "we", "i", "who", "which", "that", "this", "these", "those", "one"]
)


_WHEN = re.compile(r"\b(?:since|after|when|before|because|while|during|following|ahead of)\b")


MOST = 1_000  # statements of a large library that are listed at once
FITTING = 1_000  # passages of a large library, those that fit the words best, are looked through

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

    `library.article(article_id).text[start:end] == sentence`, the sentence that holds the cue. The
    content may stand elsewhere: a quotation runs on.

    Attributes:
        speaker: the fullest name the article has; "" when it names nobody.
        act: say, deny, accuse, ...; "" for what is in no list.
        negated: it is reported not to have been done.
        content: what was said, in the words of the article.
        target, charge: of an accusation: whom, and of what; "" where that cannot be told.
        spans: the places of the content in the article's text, `[start, stop)` each.
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
    spans: tuple[Span, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready; the date in ISO format."""
        return vars(self) | {
            "published": self.published.isoformat() if self.published else None,
            "spans": [list(span) for span in self.spans],
        }


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
        speaker: any part of a name or role ("Hajiyev", "the adviser").
        act: the name of an act, or a verb that reports one ("rejected"). Who would not confirm
            something declined.
        about: words that the content has, in any inflection.

    Raises:
        ValueError: no act is known by that name or verb.
    """
    wanted = known_act(act)
    topic = content_stems(about)
    name = {stem(word) for word in search_words(speaker)}
    if library.large:
        filters = fitting(library, f"{speaker} {about}", filters or Filters())
    declined = wanted == "decline"
    if declined:  # whatever they declined to do, but for "did not say", which is filed as declined
        acts = [one for one in load_acts() if one != "say"]
    spoken = (
        a
        for a in library.attributions(filters, [wanted] if wanted and not declined else acts)
        if name <= set(stems(f"{a.speaker} {a.role}"))
        and (not declined or a.act == "decline" or a.negated)
    )
    for one in listed(library, spoken):
        if topic <= set(stems(one.content)) and (not declined or _declined(one.cue, one.act)):
            yield one


def _declined(cue: str, act: str) -> bool:
    """Whether somebody declined, be it to comment or to do another act."""
    return act == "decline" or declines(cue)


def list_said(
    library: Library, speaker: str, act: str, about: str, filters: Filters
) -> Listing[Said]:
    """As `said`; of a large library the newest."""
    found = said(library, speaker, act, about, filters)
    if not library.large:
        every = list(found)
        if every or not speaker:
            return Listing(every)
        speakers = (a.speaker for a in library.attributions(filters))
        return Listing.of([], did_you_mean([speaker], speakers))
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


def fitting(library: Library, given: str, filters: Filters) -> Filters:
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


def listed(library: Library, found: Iterable[Attribution]) -> Iterator[Said]:
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
    cue = article.text[slice(*a.cue)]
    target, charge = charged(first, cue) if a.act == "accuse" else ("", "")
    return Said(
        speaker=a.speaker,
        role=a.role,
        act=a.act,
        negated=a.negated,
        cue=cue,
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
        spans=a.content,
    )


def content_of(article: Article, a: Attribution) -> str:
    """What was said, in one line."""
    return " ".join(" ".join(article.text[s:e] for s, e in a.content).split())


def charged(content: str, cue: str = "") -> tuple[str, str]:
    """Target and charge of "Azerbaijan of illegally arresting people"; "" where unclear.

    Since when, or because of what, is left out: it is no part of what is denied.

    Args:
        cue: where it is known: one blames and sues "for", never "of".
    """
    for_only = not _BLAMING.isdisjoint(stems(cue))
    for between in (" for ",) if for_only else (" of ", " for "):
        target, found, charge = content.partition(between)
        while found and (named := _NAME_GOES_ON.match(charge)):  # "the Bank of England of fraud"
            target, charge = f"{target}{between}{named['name']}", charge[named.end() :]
        if found and len(target.split()) <= 8:
            return target.strip(" ,"), _WHEN.split(charge)[0].strip(" ,.")
    return "", ""


_BLAMING = frozenset(map(stem, ["blame", "fault", "denounce", "sue", "responsible", "indict"]))
_CAPITALS = r"[A-Z][\w’'.-]*(?:,? (?:(?:and|the|&) )?[A-Z][\w’'.-]*)*"
_NAME_GOES_ON = re.compile(rf"(?P<name>(?:the )?{_CAPITALS}),? of (?!\d)")


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
    if asked.act == "decline":  # "Who refused to confirm it?"
        done = done or (negated and _declined(article.text[slice(*a.cue)], act))
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
    act, negated = act_of(cue, " ".join(parts), spoken_by(article.text, a.source))
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
