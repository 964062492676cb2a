"""Passages for a question: dense and BM25 search, fused by rank, copies folded together."""

from collections.abc import Sequence
from dataclasses import dataclass

from index.article import Passage
from index.filters import Filters
from index.library import Library
from index.words import search_words, words

DEPTH = 100  # candidates asked of each search
# Cormack, Clarke and Buettcher (2009) propose 60 for deep TREC runs. In trials on qa_train 10 found
# more among the first ten: a first place in one search then outweighs two middling ones.
RRF_K = 10
SHINGLE = 5  # words
COPY = 0.7  # share of the shorter passage's shingles that the other has, to be a copy of it


@dataclass(frozen=True, slots=True)
class Hit:
    """A retrieved passage.

    Attributes:
        text: what of it was searched: its prose.
        score: of rank fusion, comparable within one question only.
        copies: near-duplicates in other articles (wire copies), best first.
    """

    passage: Passage
    text: str
    score: float
    copies: tuple[Passage, ...] = ()


def retrieve(
    library: Library, question: str, count: int = 10, filters: Filters | None = None
) -> tuple[Hit, ...]:
    """The passages that most likely answer a question, best first.

    Returns:
        At most `count` hits, near-duplicates counted once.
    """
    filters = filters or Filters()
    ranked = fuse(
        library.search_vectors(question, DEPTH, filters),
        library.search_words(search_words(question), DEPTH, filters),
    )
    return _without_copies(library, ranked, count)


def fuse(*rankings: Sequence[str]) -> dict[str, float]:
    """Reciprocal rank fusion: score = sum over rankings of 1 / (k + rank), ranks from 1.

    Returns:
        Scores by id, best first; of equal ones the id that comes first in the first ranking.
    """
    scores: dict[str, float] = {}
    for ranking in rankings:
        for rank, name in enumerate(ranking, 1):
            scores[name] = scores.get(name, 0.0) + 1 / (RRF_K + rank)
    return dict(sorted(scores.items(), key=lambda item: -item[1]))


def _without_copies(library: Library, ranked: dict[str, float], count: int) -> tuple[Hit, ...]:
    kept: list[tuple[Passage, str, float, list[Passage]]] = []
    shingles: list[frozenset[tuple[str, ...]]] = []
    for passage_id, passage in library.passages(list(ranked)).items():
        text = library.passage_text(passage)
        own = _shingles(text)
        for (original, *_, copies), others in zip(kept, shingles, strict=True):
            if original.article_id != passage.article_id and is_copy(own, others):
                copies.append(passage)
                break
        else:
            if len(kept) == count:
                break
            kept.append((passage, text, ranked[passage_id], []))
            shingles.append(own)
    return tuple(Hit(p, text, score, tuple(copies)) for p, text, score, copies in kept)


def is_copy(one: frozenset[tuple[str, ...]], other: frozenset[tuple[str, ...]]) -> bool:
    """Whether most of the shorter text stands in the other (containment of shingles)."""
    shorter = min(len(one), len(other))
    return shorter > 0 and len(one & other) / shorter >= COPY


def _shingles(text: str) -> frozenset[tuple[str, ...]]:
    found = words(text)
    size = min(SHINGLE, len(found))
    return frozenset(tuple(found[i : i + size]) for i in range(len(found) - size + 1) if size)
