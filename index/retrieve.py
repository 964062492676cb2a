"""Passages for a question: dense and BM25 search, fused, ranked anew, copies folded together."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, islice

from index.article import Attribution, Passage
from index.filters import Filters
from index.library import Library
from index.ranking import Found, Terms
from index.words import search_words, words

DEPTH = 100  # candidates asked of each search
RANKED = 60  # of the fused ones, the best, that are ranked anew
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
        score: its share in the scores of the ranking, comparable within one question only.
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
    found = search(library, question, max(RANKED, 2 * count), filters)
    return _without_copies(library, found, count)


def newest(library: Library, count: int, filters: Filters | None = None) -> tuple[Hit, ...]:
    """How the newest articles begin: the first passages of `count` of them, newest first."""
    newest_ids = (article_id for article_id, *_ in library.titles(filters))
    names = [f"{article_id}-0" for article_id in islice(newest_ids, count)]
    searched, passages = library.searched(names), library.passages(names)
    return tuple(
        Hit(passages[name], searched[name][1], 1 / rank)
        for rank, name in enumerate(names, 1)
        if name in passages and name in searched
    )


def holding(library: Library, said: Iterable[Attribution], count: int) -> tuple[Hit, ...]:
    """The first `count` passages in which some attributions stand, in the order of these.

    Args:
        said: those of one article stand together.
    """
    return _folded(_standing(library, said), count)


def _standing(
    library: Library, said: Iterable[Attribution]
) -> Iterator[tuple[Passage, str, float]]:
    rank = 0
    for article_id, own in groupby(said, key=lambda a: a.article_id):
        cues = [a.cue[0] for a in own]
        most = len(library.sentences(article_id))  # an article has no more passages
        here = library.passages([f"{article_id}-{number}" for number in range(most)])
        names = [n for n, p in here.items() if any(p.start <= cue < p.end for cue in cues)]
        searched = library.searched(names)
        for name in (name for name in names if name in searched):
            rank += 1
            yield here[name], searched[name][1], 1 / rank


def search(
    library: Library, question: str, count: int = RANKED, filters: Filters | None = None
) -> Found:
    """The best `count` of the passages that either search finds."""
    filters = filters or Filters()
    asked = search_words(question)
    dense = library.search_vectors(question, DEPTH, filters)
    bm25 = library.search_words(asked, DEPTH, filters)
    fused = fuse(dense, bm25)
    best = list(fused)[:count]
    searched = library.searched(best)
    return Found(
        Terms.of(question, library.rarity(asked)),
        dense,
        bm25,
        fused,
        {name: searched[name] for name in best if name in searched},
    )


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


def _without_copies(library: Library, found: Found, count: int) -> tuple[Hit, ...]:
    return _folded(_in_order(library, found), count)


def _folded(passages: Iterable[tuple[Passage, str, float]], count: int) -> tuple[Hit, ...]:
    """The first `count` passages, each with the copies of it that come before the next."""
    kept: list[tuple[Passage, str, float, list[Passage]]] = []
    shingles: list[frozenset[tuple[str, ...]]] = []
    for passage, text, score in passages:
        own = _shingles(text)
        for (original, *_, copies), others in zip(kept, shingles, strict=True):
            if original.article_id != passage.article_id and is_copy(own, others):
                copies.append(passage)
                break
        else:
            if len(kept) == count:
                break
            kept.append((passage, text, score, []))
            shingles.append(own)
    return tuple(Hit(p, text, score, tuple(copies)) for p, text, score, copies in kept)


def _in_order(library: Library, found: Found) -> Iterator[tuple[Passage, str, float]]:
    """Passage, text and score: those ranked anew, then, where these are copies, all others."""
    yield from _passages(library, found.ranked(), found.searched)
    rest = dict.fromkeys((name for name in found.fused if name not in found.searched), 0.0)
    yield from _passages(library, rest, library.searched(list(rest)))


def _passages(
    library: Library, scores: Mapping[str, float], searched: Mapping[str, tuple[str, str]]
) -> Iterator[tuple[Passage, str, float]]:
    for name, passage in library.passages(list(scores)).items():
        if name in searched:
            yield passage, searched[name][1], scores[name]


def is_copy(one: frozenset[tuple[str, ...]], other: frozenset[tuple[str, ...]]) -> bool:
    """Whether most of the shorter text stands in the other (containment of shingles)."""
    shorter = min(len(one), len(other))
    return shorter > 0 and len(one & other) / shorter >= COPY


def _shingles(text: str) -> frozenset[tuple[str, ...]]:
    found = words(text)
    size = min(SHINGLE, len(found))
    return frozenset(tuple(found[i : i + size]) for i in range(len(found) - size + 1) if size)
