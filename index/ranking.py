"""Which of the passages that two searches found come first.

Fusion by rank knows only where a passage stands in each list. The words themselves tell more: how
much of the question is in the passage, in a few lines of it, in its title, in the rest of its
article. A small network weighs this; its weights are in `ranking.json`, made by
`python -m assistant.train ranking`.
"""

import json
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from functools import cache, cached_property
from importlib.resources import files
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from index.words import STOP_WORDS, search_words, stem, words

Floats = NDArray[np.float64]

UNRANKED = 150  # where a passage counts as standing in the search that did not find it
LINES, PARAGRAPH = 30, 60  # words in which much of the question may stand together
NEAR = 3  # words between two that follow each other in the question
FEW, MANY = 10, 200  # words of a question, of a passage: what lengths are measured by


@dataclass(frozen=True)
class Terms:
    """The words of a question, prepared for comparing many texts with it.

    Attributes:
        weights: inverse document frequency of each, by stem.
        names: stems of names and numbers.
        pairs: stems of content words that follow each other.
    """

    weights: Mapping[str, float]
    names: frozenset[str]
    pairs: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, question: str, rarity: Mapping[str, float]) -> "Terms":
        """Args: rarity: of the question's `search_words`, see `Library.rarity`."""
        # The first word is a capital whatever it is, and mostly a question word.
        named = {stem(w) for t in question.split()[1:] if t[:1].isupper() for w in words(t)}
        named |= {w for w in words(question) if w.isdecimal()}
        content = [stem(word) for word in search_words(question) if word not in STOP_WORDS]
        weights = {stem(word): weight for word, weight in rarity.items()}
        return cls(weights, frozenset(named - STOP_WORDS), tuple(pairwise(content)))

    @cached_property
    def _total(self) -> float:
        return sum(self.weights.values())

    def share(self, stems: Iterable[str]) -> float:
        """Share of the question that some words have, rare ones counting more."""
        have = set(stems)
        found = sum(w for s, w in self.weights.items() if s in have)  # in one order, always
        return found / self._total if self._total else 0.0


@dataclass(frozen=True, slots=True)
class Signs:
    """What speaks for a passage.

    Attributes:
        dense, bm25: log(1 + rank) in each search, ranks from 0.
        not_dense, not_bm25: it was not found by that search.
        coverage: weighted share of the question's words that it has; titled: with its title;
            title: the title alone; lines, paragraph: the most in 30, in 60 words of it.
        names: share of the question's names and numbers in passage and title; 1 where it has none.
        named: it has some.
        others: fused scores of the other passages of the article; article: the share of the
            question's words in all of them that were found.
        first: it begins the article.
        pairs: share of the pairs of words of the question that stand near each other in it.
        length, asked: words of the passage, of the question.
    """

    dense: float
    bm25: float
    not_dense: float
    not_bm25: float
    coverage: float
    titled: float
    title: float
    lines: float
    paragraph: float
    names: float
    named: float
    others: float
    article: float
    first: float
    pairs: float
    length: float
    asked: float


@dataclass(frozen=True)
class Scorer:
    """A network with one hidden layer that scores each of several.

    Attributes:
        mean, scale: (signs,), by which signs are normalised.
        hidden: (signs, units); hidden_bias, out: (units,).
    """

    mean: Floats
    scale: Floats
    hidden: Floats
    hidden_bias: Floats
    out: Floats

    def scores(self, signs: Floats) -> Floats:
        """(passages, signs) -> (passages,): log odds, comparable within one question only."""
        units = ((signs - self.mean) / self.scale) @ self.hidden + self.hidden_bias
        return np.asarray(np.maximum(units, 0) @ self.out)


ARRAYS = ("mean", "scale", "hidden", "hidden_bias", "out")


@cache
def load_scorer() -> Scorer:
    """The fitted network that comes with the package."""
    stored = json.loads(files("index").joinpath("ranking.json").read_text("utf-8"))
    return Scorer(**{name: np.array(stored[name], float) for name in ARRAYS})


@dataclass(frozen=True)
class Found:
    """What the two searches found for a question.

    Attributes:
        dense, bm25: passage ids, best first.
        fused: scores of rank fusion by id, best first.
        searched: title and text of the best of them, in their order: these are ranked.
    """

    terms: Terms
    dense: Sequence[str]
    bm25: Sequence[str]
    fused: Mapping[str, float]
    searched: Mapping[str, tuple[str, str]]

    def ranked(self, scorer: Scorer | None = None) -> dict[str, float]:
        """Passages with the probability of each to be the best one, best first."""
        if not self.searched:
            return {}
        seen = np.array([astuple(one) for one in self.signs()])
        scores = (scorer or load_scorer()).scores(seen)
        odds = np.exp(scores - scores.max())
        found = dict(zip(self.searched, (odds / odds.sum()).tolist(), strict=True))
        return dict(sorted(found.items(), key=lambda item: (-item[1], -self.fused[item[0]])))

    def signs(self) -> list[Signs]:
        """The signs of each passage, in the order of `searched`."""
        terms, searched, fused = self.terms, self.searched, self.fused
        places = [
            {name: n for n, name in enumerate(ranking)} for ranking in (self.dense, self.bm25)
        ]
        read = {name: [stem(word) for word in words(text)] for name, (_, text) in searched.items()}
        titles = {
            name: {stem(word) for word in words(title)} for name, (title, _) in searched.items()
        }
        scores: dict[str, float] = defaultdict(float)
        told: dict[str, set[str]] = defaultdict(set)
        for name, found in read.items():
            scores[_article(name)] += fused[name]
            told[_article(name)] |= titles[name].union(found)
        about = {article: terms.share(found) for article, found in told.items()}
        seen = []
        for name, found in read.items():
            own, article = set(found), _article(name)
            around = own | titles[name]
            at = _positions(found, terms)
            in_dense, in_bm25 = (place.get(name) for place in places)
            seen.append(
                Signs(
                    dense=math.log1p(UNRANKED if in_dense is None else in_dense),
                    bm25=math.log1p(UNRANKED if in_bm25 is None else in_bm25),
                    not_dense=float(in_dense is None),
                    not_bm25=float(in_bm25 is None),
                    coverage=terms.share(own),
                    titled=terms.share(around),
                    title=terms.share(titles[name]),
                    lines=_together(terms, at, LINES),
                    paragraph=_together(terms, at, PARAGRAPH),
                    names=len(terms.names & around) / len(terms.names) if terms.names else 1.0,
                    named=float(bool(terms.names)),
                    others=scores[article] - fused[name],
                    article=about[article],
                    first=float(name.endswith("-0")),
                    pairs=_pairs(terms, at),
                    length=len(found) / MANY,
                    asked=len(terms.weights) / FEW,
                )
            )
        return seen


def _stems(text: str) -> list[str]:
    return [stem(word) for word in words(text)]


def _article(passage_id: str) -> str:
    return passage_id.rpartition("-")[0]


def _positions(found: Sequence[str], terms: Terms) -> list[tuple[int, str]]:
    """Where words of the question stand, in order."""
    return [(n, word) for n, word in enumerate(found) if word in terms.weights]


def _together(terms: Terms, at: Sequence[tuple[int, str]], width: int) -> float:
    """The largest share of the question in so many words that follow each other."""
    return max(
        (
            terms.share(w for m, w in at[number:] if m < n + width)
            for number, (n, _) in enumerate(at)
        ),
        default=0.0,
    )


def _pairs(terms: Terms, at: Sequence[tuple[int, str]]) -> float:
    if not terms.pairs:
        return 0.0
    places: dict[str, list[int]] = defaultdict(list)
    for n, word in at:
        places[word].append(n)
    near = (
        any(abs(m - n) <= NEAR for m in places[one] for n in places[other])
        for one, other in terms.pairs
    )
    return sum(near) / len(terms.pairs)
