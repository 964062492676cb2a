"""Articles for large libraries: the sentences of real ones, recombined.

Each made article takes half of its sentences from each of two news articles, in another order, so
that words, names and who said what are spread as in news, and no two passages are the same. The
vector of a passage is NOT what the network makes of it, which would take hours for a million: it is
the mean of the vectors of its sentences, which are embedded once, with a little seeded noise, of
unit length.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from assistant.bench.data import read_rows
from index.acts import act_of
from index.analysis import Analysed
from index.article import Article, Attribution, Kind, Sentence, Span
from index.encoder import Embedder, Vectors
from index.passages import PassageSettings, passage_text, split_passages
from index.sentences import split_sentences

NEWS = "attribution_train"
SEED = 10
NOISE = 0.1  # length of what is added to a vector of length 1
DAYS = 3650  # over which the articles are spread
FIRST_DAY = date(2015, 1, 1)
SENTENCES = (25, 55)  # of an article, which makes about five passages
PARAGRAPH = 3  # sentences
LOCAL, LOCALS = 10, 200  # one article in ten is one of 200 small publishers'


@dataclass(frozen=True)
class Piece:
    """A sentence of a real article.

    Attributes:
        said: what is attributed in it, offsets from its beginning; ids and numbers mean nothing.
        vector: its number among all vectors.
    """

    text: str
    tokens: int
    said: tuple[Attribution, ...]
    vector: int


class Maker:
    """Makes articles by number: the same number always gives the same one."""

    def __init__(self, data: Path, encoder: Embedder) -> None:
        """Reads and embeds the sentences of the training articles: a minute or two."""
        self._sources: list[list[Piece]] = []
        self._heads: list[tuple[str, str]] = []  # title, publisher
        texts: list[str] = []
        for row in read_rows(data, NEWS):
            pieces = _pieces(row, encoder, len(texts))
            if len(pieces) >= PARAGRAPH:
                texts += [piece.text for piece in pieces]
                self._sources.append(pieces)
                self._heads.append((row["title"], row["publisher"]))
        self._vectors = encoder.encode(texts)
        self._settings = PassageSettings()

    def make(self, number: int) -> Analysed:
        """One article, with the vectors of its passages."""
        rng = np.random.default_rng((SEED, number))
        one, other = rng.choice(len(self._sources), 2, replace=False)
        wanted = int(rng.integers(*SENTENCES))
        pieces = [*self._some(rng, one, wanted), *self._some(rng, other, wanted)]
        order = rng.permutation(len(pieces))
        pieces = [pieces[n] for n in order]
        title, publisher = self._heads[one]
        if number % LOCAL == 0:
            publisher = f"Local {number // LOCAL % LOCALS}"
        text, starts = _joined(pieces)
        article = Article(
            text=text,
            title=f"{title} ({number:,})",
            publisher=publisher,
            published=FIRST_DAY + timedelta(days=int(rng.integers(DAYS))),
            source=f"made/{number}",
        )
        ends = [*starts[1:], len(text)]
        sentences = tuple(
            Sentence(start, start + len(piece.text), end, Kind.PROSE)
            for piece, start, end in zip(pieces, starts, ends, strict=True)
        )
        lengths = [piece.tokens for piece in pieces]
        passages = [
            (p, passage_text(text, sentences[p.first : p.last]))
            for p in split_passages(article, sentences, lengths, self._settings)
        ]
        means = np.stack(
            [
                self._vectors[[piece.vector for piece in pieces[p.first : p.last]]].mean(axis=0)
                for p, _ in passages
            ]
        )
        noise = rng.normal(size=means.shape) * NOISE / np.sqrt(means.shape[1])
        said = tuple(_attributions(article.id, pieces, starts))
        vectors = _unit(_unit(means) + noise).astype(np.float32)
        return Analysed(article, sentences, passages, said, vectors)

    def _some(self, rng: np.random.Generator, source: int, wanted: int) -> Iterator[Piece]:
        pieces = self._sources[source]
        count = min(wanted // 2, len(pieces))
        for n in rng.choice(len(pieces), count, replace=False):
            yield pieces[n]


def _pieces(row: dict[str, object], encoder: Embedder, first: int) -> list[Piece]:
    """The prose of an article, sentence by sentence, with what is said inside each."""
    text, title, relations = str(row["text"]), str(row["title"]), row["attributions"]
    assert isinstance(relations, list)  # noqa: S101 -- the data's own format
    prose = [s for s in split_sentences(text, title) if s.kind is Kind.PROSE]
    prose = [s for s in prose if s.stop > s.start and "\n" not in text[s.start : s.stop]]
    tokens = encoder.count_tokens([text[s.start : s.stop] for s in prose])
    return [
        Piece(
            text[s.start : s.stop],
            count,
            tuple(_said(text, s, r) for r in relations if _inside(s, r)),
            first + n,
        )
        for n, (s, count) in enumerate(zip(prose, tokens, strict=True))
    ]


def _inside(s: Sentence, relation: dict[str, list[Span]]) -> bool:
    spans = [span for name in ("source", "cue", "content") for span in relation[name]]
    return bool(relation["cue"]) and all(s.start <= a < b <= s.stop for a, b in spans)


def _said(text: str, s: Sentence, relation: dict[str, list[Span]]) -> Attribution:
    def spans(name: str) -> tuple[Span, ...]:
        return tuple((a - s.start, b - s.start) for a, b in relation[name])

    def words(name: str) -> str:
        return " ".join(text[a:b] for a, b in relation[name])

    cue = spans("cue")
    act, negated = act_of(words("cue"), words("content"))
    return Attribution(
        article_id="",
        number=0,
        source=spans("source"),
        cue=(cue[0][0], cue[-1][1]),
        content=spans("content"),
        act=act,
        negated=negated,
        speaker=words("source"),
        named=None,
        role="",
    )


def _joined(pieces: Sequence[Piece]) -> tuple[str, list[int]]:
    """Text in paragraphs, and where each sentence begins."""
    text, starts = "", []
    for n, piece in enumerate(pieces):
        text += "" if not n else " " if n % PARAGRAPH else "\n\n"
        starts.append(len(text))
        text += piece.text
    return text, starts


def _attributions(
    article_id: str, pieces: Sequence[Piece], starts: Sequence[int]
) -> Iterator[Attribution]:
    number = 0
    for piece, start in zip(pieces, starts, strict=True):
        for one in piece.said:
            yield replace(
                one,
                article_id=article_id,
                number=number,
                source=tuple((a + start, b + start) for a, b in one.source),
                cue=(one.cue[0] + start, one.cue[1] + start),
                content=tuple((a + start, b + start) for a, b in one.content),
            )
            number += 1


def _unit(vectors: Vectors) -> Vectors:
    unit: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit
