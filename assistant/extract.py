"""Answers without a language model: the sentences that best support one, or none.

Every retrieved passage is read (`assistant.reader`); each of its sentences gets a probability of
answering the question, by a small network over what the reader says of it, what it shares with the
question and who says what in it. Its weights are in `extract.json`, made by
`python -m assistant.train select`. Whether what was chosen is good enough is up to `gate`.
"""

import json
import math
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from functools import cache
from importlib.resources import files
from operator import attrgetter

import numpy as np

from assistant.asked import NEWEST, Asked, asked
from assistant.checks import STRICT, Checks
from assistant.mentions import mentions
from assistant.orders import asks_for_orders, gives_orders
from assistant.reader import BOUND, Reader, Reading, Span, bounded, shared_reader
from assistant.said import act_in, content_of, match, pronominal, touching
from index import ranking
from index.acts import answers, stems
from index.article import Article, Attribution, Kind, Sentence
from index.filters import Filters
from index.library import Library
from index.ranking import Floats, Scorer, Terms
from index.retrieve import Hit
from index.words import content_stems, search_words, stem, words

MOST_CLAIMS = 3
LEAST_SCORE = 1e-4  # of a passage in the ranking: less is as good as nothing
LOOKED_AT = 12  # sentences, for further claims
LEFT = 0.1  # of the probability of the best sentence that was read, for what passed the checks
MOST_LISTED = 8  # of a question that asks for all
TOPIC = 0.5  # of the topic asked for, weighted by rarity, that a listed content must have
STORY = 0.5  # of its words that title and lead of an article must have, to be about it as a whole
LEAD = 400  # characters
TOLD = 0.75  # of the topic's words that title and lead have, of a story that is asked for
HEADING = 40  # words of headings and captions that an article may have before its first sentence
# What is denied in these words stands elsewhere.
POINTING = frozenset(map(stem, ["accusation", "allegation", "charge", "claim", "report", "story"]))
FULL_STOPS = frozenset('.!?”"')


@dataclass(frozen=True, slots=True)
class Features:
    """What the small network sees of a sentence.

    Attributes:
        span: log odds of its best answer against "no answer in this passage", within ±12.
        lead: how far that is behind the best sentence of all, 0 for that one.
        passage: log odds of the passage answering, by the reader's other head.
        coverage: share of the question's words that the sentence has, weighted by their rarity.
        context: the same for the passage and the title of the article.
        all_names: every name and number of the question is in the passage or title.
        rank: of the passage, 1 / rank.
        found: log of the passage's score in the ranking, less that of the first; story: the same of
            all passages of its article that were found. Both are 0 for the best, whether the
            library is large or small.
        support: log odds of the sentence supporting an answer, by the reader's third head.
        act, speaker, topic: of the attribution in the sentence that fits best what the question
            asks of somebody's words (see `said.Match`); 0 where it asks for nothing of the kind.
        other_act: another act than the one asked for is reported.
        other_speaker: somebody else speaks than the one asked for.
        role: the answer's words are what is asked for of that attribution: its source, its content.
        attributed, who: the question asks for somebody's words; for who spoke. These weigh the
            others.
    """

    span: float
    lead: float
    passage: float
    coverage: float
    context: float
    all_names: float
    rank: float
    found: float
    story: float
    support: float
    act: float
    speaker: float
    topic: float
    other_act: float
    other_speaker: float
    role: float
    attributed: float
    who: float


_values = attrgetter(*Features.__dataclass_fields__)  # all of them; astuple copies each first


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may answer.

    Attributes:
        number: position among the article's sentences.
        answer: the shortest answer in it, (start, stop) in the article's text.
        sayings: the attributions that the sentence is part of; the one first that fits best what
            the question asks of somebody's words.
        probability: that it answers the question.
        undone: it tells that what is asked for, whatever it be about, was not done.
    """

    hit: Hit
    article: Article
    number: int
    sentence: Sentence
    answer: tuple[int, int]
    sayings: tuple[Attribution, ...]
    features: Features
    probability: float
    undone: bool = False

    @property
    def text(self) -> str:
        return self.article.text[self.sentence.start : self.sentence.stop]

    @property
    def said(self) -> Attribution | None:
        """The attribution that fits best; None where the sentence is the article's own."""
        return self.sayings[0] if self.sayings else None

    @property
    def holder(self) -> Attribution | None:
        """The innermost attribution whose content holds the answer."""
        holding = [a for a in self.sayings if shared(a.content, self.answer)]
        return min(holding, key=lambda a: sum(e - s for s, e in a.content), default=None)

    @property
    def short(self) -> str:
        """The answer's own words."""
        return self.article.text[slice(*self.answer)]


@dataclass(frozen=True, slots=True)
class Beside:
    """What speaks for a further sentence being part of the answer, beside the best one.

    Attributes:
        own: log odds of the sentence, within ±12; behind: how far they are behind the best one's.
        span, support, coverage, act, speaker, topic, role: its features.
        article, passage: it is in the article, the passage of the best one.
        distance: sentences in between, as a share of ten; 1 for more, and in another article.
        same: its answer shares half its words with the best one's.
        lacking: share of the question's content words that the best sentence lacks; filled: that it
            lacks and this one has.
        several: the question asks for several things.
        attributed, who: as for `Features`.
    """

    own: float
    behind: float
    span: float
    support: float
    coverage: float
    act: float
    speaker: float
    topic: float
    role: float
    article: float
    passage: float
    distance: float
    same: float
    lacking: float
    filled: float
    several: float
    attributed: float
    who: float

    @classmethod
    def of(cls, question: str, best: "Candidate", other: "Candidate") -> "Beside":
        own, f = log_odds(other.probability), other.features
        here = other.article.id == best.article.id
        wanted = {stem(word) for word in search_words(question)}
        lacking = wanted - _stems(best.text)
        filled = lacking & _stems(other.text)
        return cls(
            own=own,
            behind=log_odds(best.probability) - own,
            span=f.span,
            support=f.support,
            coverage=f.coverage,
            act=f.act,
            speaker=f.speaker,
            topic=f.topic,
            role=f.role,
            article=float(here),
            passage=float(other.hit.passage.id == best.hit.passage.id),
            distance=min(10, abs(other.number - best.number)) / 10 if here else 1.0,
            same=float(same_answer(other.short, best.short)),
            lacking=len(lacking) / max(1, len(wanted)),
            filled=len(filled) / max(1, len(wanted)),
            several=float(asks_for_several(question)),
            attributed=f.attributed,
            who=f.who,
        )


@dataclass(frozen=True)
class Model(Scorer):
    """A network that scores each sentence by its features, and a score for none of them.

    Attributes:
        nothing: score of "none of them answers".
        further: (len(Beside) + 1,): weights of a logistic model that says whether a sentence is
            part of the answer beside the best one, and its bias.
        further_least: log odds from which on it is.
    """

    further: Floats
    nothing: float
    further_least: float

    def probabilities(self, features: Floats) -> Floats:
        """The probability of each sentence to be the one that answers; what is left is for none.

        Args:
            features: (sentences, features).
        """
        scores = self.scores(features)
        most = max(self.nothing, scores.max(initial=self.nothing))
        odds = np.exp(scores - most)
        return np.asarray(odds / (odds.sum() + math.exp(self.nothing - most)))

    def goes_beside(self, question: str, best: "Candidate", other: "Candidate") -> bool:
        """Whether a sentence is part of the answer, beside the best one."""
        seen = np.array(astuple(Beside.of(question, best, other)))
        return bool(seen @ self.further[:-1] + self.further[-1] >= self.further_least)


ARRAYS = (*ranking.ARRAYS, "further")
NUMBERS = ("nothing", "further_least")
_SEVERAL = re.compile(
    r"\b(?:and|both|each|two|three|reasons|all)\b|\b(?:which|what) (?:\w+ )?\w+[^s\W]s\b",
    re.IGNORECASE,
)


def asks_for_several(question: str) -> bool:
    """Whether the words of a question ask for more than one thing ("Which parties ...?")."""
    return _SEVERAL.search(question) is not None


@cache
def load_model() -> Model:
    """The fitted model that comes with the package."""
    stored = json.loads(files("assistant").joinpath("extract.json").read_text("utf-8"))
    arrays = {k: np.array(stored[k]) for k in ARRAYS}
    numbers = {k: float(stored[k]) for k in NUMBERS}
    return Model(**arrays, **numbers)  # type: ignore[arg-type]


def candidates(
    library: Library,
    question: str,
    hits: Sequence[Hit],
    model: Model | None = None,
    reader: Reader | None = None,
) -> list[Candidate]:
    """All prose sentences of the hits, most probable answer first."""
    terms = Terms.of(question, library.rarity(search_words(question)))
    slots = asked(question)
    attributions = {
        article_id: tuple(library.attributions(Filters.of(articles=[article_id])))
        for article_id in {hit.passage.article_id for hit in hits}
    }
    readings = (reader or shared_reader()).read(question, [hit.text for hit in hits])
    found = [
        (rank, hit, reading, *place)
        for rank, (hit, reading) in enumerate(zip(hits, readings, strict=True), 1)
        for place in _sentences(library, hit, reading)
    ]
    most = max((span.score for *_, span, _ in found), default=0.0)
    passages = {
        hit.passage.id: _stems(hit.text + " " + library.article(hit.passage.article_id).title)
        for hit in hits
    }
    stories: dict[str, float] = defaultdict(float)
    for hit in hits:
        stories[hit.passage.article_id] += hit.score
    best = max((hit.score for hit in hits), default=0.0)
    best_story = max(stories.values(), default=0.0)
    seen = []
    orders, checks = asks_for_orders(question), Checks.of(question)
    for rank, hit, reading, article, number, sentence, offset, span, support in found:
        text = article.text[sentence.start : sentence.stop]
        if not orders and gives_orders(text):
            continue
        answer = (span.start + offset, span.stop + offset)
        sayings, fit = _fitting(
            slots, article, sentence, answer, attributions[article.id], terms.weights
        )
        features = Features(
            span=bounded(span.score),
            lead=max(-BOUND, span.score - most),
            passage=bounded(reading.answerable),
            **_shares(terms, _stems(text), passages[hit.passage.id]),
            rank=1 / rank,
            found=_behind(hit.score, best),
            story=_behind(stories[article.id], best_story),
            support=bounded(support),
            **fit,
            attributed=float(slots.attributed),
            who=float(slots.wanted == "speaker"),
        )
        undone = not slots.about and checks.fault(text, sentence.quoted, sayings) == "undone"
        seen.append(
            Candidate(hit, article, number, sentence, answer, sayings, features, 0.0, undone)
        )
    return ranked_by(model or load_model(), seen)


def ranked_by(model: Model, seen: Sequence[Candidate]) -> list[Candidate]:
    """All sentences that were read for a question, with their probabilities, likeliest first.

    The reader takes "Venn did not deny it" for an answer to "What did Venn deny?". It is none: the
    others have the probabilities that they have given that, and its own is 0.
    """
    if not seen:
        return []
    each = model.probabilities(np.array([_values(c.features) for c in seen]))
    undone = np.array([c.undone for c in seen])
    given = np.where(undone, 0.0, each) / max(1 - float(each[undone].sum()), 1e-9)
    order = np.argsort(-each, kind="stable")
    return [replace(seen[n], probability=float(given[n])) for n in order]


def _sentences(
    library: Library, hit: Hit, reading: Reading
) -> list[tuple[Article, int, Sentence, int, Span, float]]:
    """The prose sentences of a hit: article, number, sentence, offset, best answer, support.

    The offset leads from the text that was read to the article's: what was read is the prose, its
    sentences joined by a space.
    """
    article = library.article(hit.passage.article_id)
    sentences = library.sentences(article.id)
    found = []
    at = 0
    for number in range(hit.passage.first, hit.passage.last):
        sentence = sentences[number]
        if sentence.kind is not Kind.PROSE:
            continue
        length = sentence.stop - sentence.start
        span = reading.best(at, at + length)
        if span:
            support = reading.support(at, at + length)
            found.append((article, number, sentence, sentence.start - at, span, support))
        at += length + 1
    return found


def _fitting(
    slots: Asked,
    article: Article,
    sentence: Sentence,
    answer: tuple[int, int],
    attributions: Sequence[Attribution],
    weights: Mapping[str, float],
) -> tuple[tuple[Attribution, ...], dict[str, float]]:
    """The attributions of a sentence, the one first that fits the question best, and how well."""
    found = touching(attributions, (sentence.start, sentence.stop))
    none = dict.fromkeys(("act", "speaker", "topic", "other_act", "other_speaker", "role"), 0.0)
    if not slots.act or not found:
        return tuple(found), none
    matches = {a.number: match(slots, a, article, weights, sentence) for a in found}
    best = max(found, key=lambda a: matches[a.number].total)
    fit = matches[best.number]
    named = bool(slots.names)
    wanted = best.source if slots.wanted == "speaker" else best.content
    specific = slots.act not in ("say", "believe")
    return (best, *(a for a in found if a is not best)), {
        "act": fit.act * specific,
        "speaker": fit.speaker,
        "topic": fit.topic,
        "other_act": float(specific and not fit.act),
        "other_speaker": float(named and not fit.speaker and not pronominal(article, best)),
        "role": float(shared(wanted, answer)),
    }


def same_answer(one: str, other: str) -> bool:
    """Whether two answers share half of the shorter one's words."""
    left, right = set(words(one)), set(words(other))
    return bool(left and right) and 2 * len(left & right) >= min(len(left), len(right))


def log_odds(probability: float) -> float:
    """Within ±12."""
    p = min(max(probability, 1e-6), 1 - 1e-6)
    return bounded(math.log(p / (1 - p)))


def shared(spans: Sequence[tuple[int, int]], answer: tuple[int, int]) -> bool:
    """Whether at least half of an answer is in the spans."""
    inside = sum(max(0, min(e, answer[1]) - max(s, answer[0])) for s, e in spans)
    return answer[1] > answer[0] and inside * 2 >= answer[1] - answer[0]


def select(
    question: str, ranked: Sequence[Candidate], model: Model | None = None
) -> list[Candidate]:
    """The sentences to answer with, best first; none when none passes the checks.

    A passage that shares no word with the question is not about it, whatever the reader makes of
    it.
    """
    checks = Checks.of(question)
    if checks.slots.wanted == "all":
        return most_listed(listed(question, ranked))
    passed = [
        c
        for c in ranked
        if c.features.context
        and checks.passes(c.text, c.sentence.quoted, c.sayings)
        and not _of_another_matter(checks.slots, c)
    ]
    stories = [c for c in ranked if tells_story(checks.slots, c)]
    if stories or checks.slots == NEWEST:
        return _leads(stories)
    if not passed or passed[0].probability < LEFT * max(c.probability for c in ranked):
        return []  # what the reader takes for the answer fails the checks, and little is left
    model = model or load_model()
    chosen = list(passed[:1])
    for candidate in passed[1:LOOKED_AT]:
        new = all(words(candidate.text) != words(other.text) for other in chosen)
        if len(chosen) < MOST_CLAIMS and new and model.goes_beside(question, passed[0], candidate):
            chosen.append(candidate)
    return chosen


def listed(question: str, ranked: Sequence[Candidate]) -> list[Candidate]:
    """All sentences by which somebody does what is asked ("Who denied what?"); else none.

    Those of the article that was found first come first, in the order of its text; the reader,
    which looks for one answer, has no say.
    """
    checks = Checks.of(question)
    slots = checks.slots
    if slots.wanted != "all":
        return []
    passed = [
        c
        for c in ranked
        if (c.features.context or not slots.topic)
        and checks.passes(c.text, c.sentence.quoted, c.sayings)
    ]
    articles = list(
        dict.fromkeys(c.article.id for c in sorted(passed, key=lambda c: -c.features.rank))
    )
    stories = {c.article.id: c.article for c in passed}
    about_it = {i for i, article in stories.items() if is_about(article, slots)}
    chosen: list[Candidate] = []
    for c in sorted(passed, key=lambda c: (articles.index(c.article.id), c.sentence.start)):
        done = c.said and c.said.content and _does(slots, c)
        about = c.features.topic >= TOPIC or c.article.id in about_it
        if done and about and all(words(c.text) != words(other.text) for other in chosen):
            chosen.append(c)
    return chosen


def most_listed(found: Sequence[Candidate]) -> list[Candidate]:
    """As many as are shown, in their order: of each article one, then of each a second one ...

    Otherwise a long article would leave no room for other outlets, and the other side.
    """
    turns: dict[str, int] = defaultdict(int)
    order = []
    for place, candidate in enumerate(found):
        order.append((turns[candidate.article.id], place))
        turns[candidate.article.id] += 1
    return [found[place] for place in sorted(place for _, place in sorted(order)[:MOST_LISTED])]


def tells_story(slots: Asked, candidate: Candidate) -> bool:
    """Whether a sentence opens an article about what is asked for as a whole, or about anything."""
    if slots.wanted != "story" or not _is_lead(candidate):
        return False
    if slots == NEWEST:
        return True
    named = mentions(slots.about)
    days = {stem(word) for m in named if m.kind != "name" for word in words(m.text)}
    names = {stem(word) for m in named if m.kind == "name" for word in words(m.text)}
    topic, told = slots.topic - days, _opening(candidate.article)
    all_told = (names | days) & slots.topic <= told
    return bool(topic) and all_told and len(topic & told) >= TOLD * len(topic)


def _is_lead(candidate: Candidate) -> bool:
    """Whether a whole sentence stands at the beginning of its article; captions are none."""
    before = candidate.article.text[: candidate.sentence.start]
    return candidate.text[-1:] in FULL_STOPS and len(words(before)) <= HEADING


def _leads(stories: Sequence[Candidate]) -> list[Candidate]:
    """How the articles begin, each once, the one that was found first before the others."""
    chosen: list[Candidate] = []
    for c in sorted(stories, key=lambda c: (-c.features.rank, c.number)):
        known = any(c.article.id == o.article.id or words(c.text) == words(o.text) for o in chosen)
        if not known:
            chosen.append(c)
    return chosen[:MOST_CLAIMS]


def is_about(article: Article, slots: Asked) -> bool:
    """Whether a whole article is about the topic that is asked for, by its title and lead."""
    told = _opening(article)
    return len(slots.topic & told) >= STORY * len(slots.topic)


def _opening(article: Article) -> set[str]:
    return set(stems(f"{article.title} {article.text[:LEAD]}"))


def _of_another_matter(slots: Asked, candidate: Candidate) -> bool:
    """Whether what somebody is asked to have denied has nothing of what they denied.

    "Did Karsovia deny poisoning the river?" is not answered by its denial of opening the dam. Who
    "rejects the allegations" does not say of what; that is left to the other checks.
    """
    said = candidate.said
    if slots.wanted != "whether" or slots.act not in STRICT or not slots.names or not slots.topic:
        return False
    if said is None or said.negated or candidate.features.topic > 0:
        return False
    content = content_stems(content_of(candidate.article, said))
    return bool(content) and content.isdisjoint(POINTING)


def _does(slots: Asked, candidate: Candidate) -> bool:
    """Whether the sentence itself reports the act."""
    said = candidate.said
    if said is None:
        return False
    act, negated = act_in(candidate.article, said, candidate.sentence)
    # Of anything, not of a matter: then what comes near ("approved", for "praised") is too much.
    fits = answers(slots.act, act) if slots.topic or slots.act == "say" else act == slots.act
    return bool(act) and not negated and fits


def _behind(score: float, best: float) -> float:
    """Log of a score, less that of the best one."""
    return math.log(max(score, LEAST_SCORE)) - math.log(max(best, LEAST_SCORE))


def _shares(terms: Terms, own: set[str], passage: set[str]) -> dict[str, float]:
    """How much of the question a sentence has, and the sentence with its passage."""
    around = own | passage
    return {
        "coverage": terms.share(own),
        "context": terms.share(around),
        "all_names": float(terms.names <= around),
    }


def _stems(text: str) -> set[str]:
    return {stem(word) for word in words(text)}
