"""Answers without a language model: the sentences that best support one, or none.

Each sentence of the retrieved passages gets a probability of answering the question, by a logistic
regression over five features. Its weights and the threshold for refusing are in `extract.json`,
made from the golden cases by `python -m assistant.fit`.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from assistant.checks import Checks
from index.article import Article, Kind, Sentence
from index.encoder import Embedder
from index.library import Library
from index.retrieve import Hit
from index.words import STOP_WORDS, search_words, stem, words

MOST_CLAIMS = 3
CLOSE = 0.75  # of the best probability: what a further claim must reach


@dataclass(frozen=True, slots=True)
class Features:
    """What the regression sees of a sentence, each between 0 and 1.

    Attributes:
        similarity: cosine of question and sentence.
        coverage: share of the question's words that the sentence has, weighted by their rarity.
        context: the same for the passage and the title of the article.
        all_names: every name and number of the question is in the passage or title.
        rank: of the passage, 1 / rank.
    """

    similarity: float
    coverage: float
    context: float
    all_names: float
    rank: float


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may answer.

    Attributes:
        number: position among the article's sentences.
        probability: that it answers the question.
    """

    hit: Hit
    article: Article
    number: int
    sentence: Sentence
    features: Features
    probability: float

    @property
    def text(self) -> str:
        return self.article.text[self.sentence.start : self.sentence.stop]


@dataclass(frozen=True)
class Model:
    """Weights in the order of `Features`, and from which probability on to answer."""

    weights: tuple[float, ...]
    bias: float
    threshold: float

    def probability(self, features: Features) -> float:
        x = self.bias + sum(w * f for w, f in zip(self.weights, astuple(features), strict=True))
        return 1 / (1 + math.exp(-x))


@cache
def load_model() -> Model:
    """The fitted model that comes with the package."""
    stored = json.loads(files("assistant").joinpath("extract.json").read_text("utf-8"))
    return Model(tuple(stored["weights"].values()), stored["bias"], stored["threshold"])


def candidates(
    library: Library, question: str, hits: Sequence[Hit], model: Model | None = None
) -> list[Candidate]:
    """All prose sentences of the hits, most probable answer first."""
    asked = _Asked.of(question, library)
    found = [
        (rank, hit, article, number, sentence, around)
        for rank, hit in enumerate(hits, 1)
        for article in [library.article(hit.passage.article_id)]
        for around in [_stems(hit.text + " " + article.title)]
        for number, sentence in enumerate(
            library.sentences(article.id)[hit.passage.first : hit.passage.last], hit.passage.first
        )
        if sentence.kind is Kind.PROSE
    ]
    texts = [article.text[s.start : s.stop] for _, _, article, _, s, _ in found]
    similarities = _similarities(library.encoder, question, texts)
    model = model or load_model()
    scored = []
    for (rank, hit, article, number, sentence, around), text, similarity in zip(
        found, texts, similarities, strict=True
    ):
        features = asked.features(text, around, similarity, rank)
        probability = model.probability(features)
        scored.append(Candidate(hit, article, number, sentence, features, probability))
    return sorted(scored, key=lambda c: -c.probability)


def select(question: str, ranked: Sequence[Candidate]) -> list[Candidate]:
    """The sentences to answer with, best first.

    None when no sentence that passes the checks is probable enough.
    """
    checks = Checks.of(question)
    passed = [c for c in ranked if checks.pass_for(c.text, c.sentence.quoted)]
    threshold = load_model().threshold
    if not passed or passed[0].probability < threshold:
        return []
    least = max(threshold, CLOSE * passed[0].probability)
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

    def features(self, text: str, passage: set[str], similarity: float, rank: int) -> Features:
        own = _stems(text)
        around = own | passage
        return Features(
            similarity=max(0.0, similarity),
            coverage=self._share(own),
            context=self._share(around),
            all_names=float(self.names <= around),
            rank=1 / rank,
        )

    def _share(self, stems: set[str]) -> float:
        total = sum(self.weights.values())
        return sum(w for word, w in self.weights.items() if word in stems) / total if total else 0.0


def _stems(text: str) -> set[str]:
    return {stem(word) for word in words(text)}


def _similarities(encoder: Embedder, question: str, texts: list[str]) -> list[float]:
    if not texts:
        return []
    vectors = encoder.encode([question, *texts])
    similarities: list[float] = np.dot(vectors[1:], vectors[0]).tolist()
    return similarities
