"""Answers without a language model: the sentences that best support one, or none.

Every retrieved passage is read (`assistant.reader`); each of its sentences gets a probability of
answering the question, by a logistic regression over what the reader says of it and what it shares
with the question. Its weights and the threshold for refusing are in `extract.json`, made by
`python -m assistant.train select`.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from functools import cache
from importlib.resources import files

from assistant.checks import Checks
from assistant.reader import Reader, Reading, Span, shared_reader
from index.article import Article, Kind, Sentence
from index.library import Library
from index.retrieve import Hit
from index.words import STOP_WORDS, search_words, stem, words

MOST_CLAIMS = 3
BOUND = 12.0  # log odds beyond which more certainty means nothing


@dataclass(frozen=True, slots=True)
class Features:
    """What the regression sees of a sentence.

    Attributes:
        span: log odds of its best answer against "no answer in this passage", within ±12.
        lead: how far that is behind the best sentence of all, 0 for that one.
        passage: log odds of the passage answering, by the reader's other head.
        coverage: share of the question's words that the sentence has, weighted by their rarity.
        context: the same for the passage and the title of the article.
        all_names: every name and number of the question is in the passage or title.
        rank: of the passage, 1 / rank.
    """

    span: float
    lead: float
    passage: float
    coverage: float
    context: float
    all_names: float
    rank: float


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may answer.

    Attributes:
        number: position among the article's sentences.
        answer: the shortest answer in it, (start, stop) in the article's text.
        offset: what leads from the text of the hit to the article's, within this sentence.
        probability: that it answers the question.
    """

    hit: Hit
    article: Article
    number: int
    sentence: Sentence
    answer: tuple[int, int]
    offset: int
    features: Features
    probability: float

    @property
    def text(self) -> str:
        return self.article.text[self.sentence.start : self.sentence.stop]

    @property
    def short(self) -> str:
        """The answer's own words."""
        return self.article.text[slice(*self.answer)]


@dataclass(frozen=True)
class Model:
    """Weights in the order of `Features`; from which probability on to answer, and to add a claim.

    Attributes:
        close: share of the best probability that a further claim must reach.
    """

    weights: tuple[float, ...]
    bias: float
    threshold: float
    close: float

    def probability(self, features: Features) -> float:
        x = self.bias + sum(w * f for w, f in zip(self.weights, astuple(features), strict=True))
        return 1 / (1 + math.exp(-x))


@cache
def load_model() -> Model:
    """The fitted model that comes with the package."""
    stored = json.loads(files("assistant").joinpath("extract.json").read_text("utf-8"))
    weights = tuple(stored["weights"].values())
    return Model(weights, stored["bias"], stored["threshold"], stored["close"])


def candidates(
    library: Library,
    question: str,
    hits: Sequence[Hit],
    model: Model | None = None,
    reader: Reader | None = None,
) -> list[Candidate]:
    """All prose sentences of the hits, most probable answer first."""
    asked = _Asked.of(question, library)
    readings = (reader or shared_reader()).read(question, [hit.text for hit in hits])
    found = [
        (rank, hit, reading, *place)
        for rank, (hit, reading) in enumerate(zip(hits, readings, strict=True), 1)
        for place in _sentences(library, hit, reading)
    ]
    most = max((span.score for *_, span in found), default=0.0)
    stems = {hit.passage.id: _stems(hit.text) for hit in hits}
    model = model or load_model()
    scored = []
    for rank, hit, reading, article, number, sentence, offset, span in found:
        around = stems[hit.passage.id] | _stems(article.title)
        text = article.text[sentence.start : sentence.stop]
        features = Features(
            span=max(-BOUND, min(BOUND, span.score)),
            lead=max(-BOUND, span.score - most),
            passage=max(-BOUND, min(BOUND, reading.answerable)),
            **asked.shares(_stems(text), around),
            rank=1 / rank,
        )
        answer = (span.start + offset, span.stop + offset)
        probability = model.probability(features)
        scored.append(
            Candidate(hit, article, number, sentence, answer, offset, features, probability)
        )
    return sorted(scored, key=lambda c: -c.probability)


def _sentences(
    library: Library, hit: Hit, reading: Reading
) -> list[tuple[Article, int, Sentence, int, Span]]:
    """The prose sentences of a hit: article, number, sentence, offset, best answer.

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
            found.append((article, number, sentence, sentence.start - at, span))
        at += length + 1
    return found


def select(question: str, ranked: Sequence[Candidate]) -> list[Candidate]:
    """The sentences to answer with, best first.

    None when no sentence that passes the checks is probable enough. A passage that shares no word
    with the question is not about it, whatever the reader makes of it.
    """
    checks = Checks.of(question)
    passed = [
        c for c in ranked if c.features.context and checks.pass_for(c.text, c.sentence.quoted)
    ]
    model = load_model()
    if not passed or passed[0].probability < model.threshold:
        return []
    least = max(model.threshold, model.close * passed[0].probability)
    chosen: list[Candidate] = []
    for candidate in passed:
        if candidate.probability < least or len(chosen) == MOST_CLAIMS:
            break
        if all(words(candidate.text) != words(other.text) for other in chosen):
            chosen.append(candidate)
    return chosen


@dataclass(frozen=True)
class _Asked:
    """A question, prepared for comparing many sentences with it."""

    weights: dict[str, float]  # by stem
    names: frozenset[str]  # stems of names and numbers

    @classmethod
    def of(cls, question: str, library: Library) -> "_Asked":
        # The first word is a capital whatever it is, and mostly a question word.
        named = {stem(w) for t in question.split()[1:] if t[:1].isupper() for w in words(t)}
        named |= {w for w in words(question) if w.isdecimal()}
        named -= STOP_WORDS
        weights = {stem(w): r for w, r in library.rarity(search_words(question)).items()}
        return cls(weights, frozenset(named))

    def shares(self, own: set[str], passage: set[str]) -> dict[str, float]:
        """How much of the question a sentence has, and the sentence with its passage."""
        around = own | passage
        return {
            "coverage": self._share(own),
            "context": self._share(around),
            "all_names": float(self.names <= around),
        }

    def _share(self, stems: set[str]) -> float:
        total = sum(self.weights.values())
        return sum(w for word, w in self.weights.items() if word in stems) / total if total else 0.0


def _stems(text: str) -> set[str]:
    return {stem(word) for word in words(text)}
