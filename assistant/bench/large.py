"""Large libraries: what a question costs in 1,000,000 passages against 10,000."""

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from assistant.bench.made import Made, Maker
from index import keeper
from index.encoder import Encoder, Vectors, shared_encoder
from index.library import Library

logger = logging.getLogger(__name__)

BATCH = 500  # articles written in one transaction
VECTORS = 5_000  # and vectors in one call of Chroma


class MadeEncoder:
    """The vectors that come with made articles; the network's for all else (questions)."""

    name = Encoder.name

    def __init__(self) -> None:
        self._made: dict[str, Vectors] = {}

    def take(self, made: Sequence[Made]) -> None:
        """Have these at hand, and no others."""
        self._made = {
            text: vector
            for one in made
            for (_, text), vector in zip(one.analysed.passages, one.vectors, strict=True)
        }

    def encode(self, texts: Sequence[str]) -> Vectors:
        missing = [text for text in texts if text not in self._made]
        if len(missing) == len(texts):
            return shared_encoder().encode(texts)
        others = dict(zip(missing, shared_encoder().encode(missing), strict=True))
        return np.stack([others[text] if text in others else self._made[text] for text in texts])

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return shared_encoder().count_tokens(texts)


def build(data: Path, folder: Path, passages: int) -> None:
    """Write a library of made articles, or go on with one: at least so many passages.

    Sentences and attributions are not found again, the articles come with them; all else is the
    way of `Library.add`: the catalog and the list of vectors to be written in one transaction, then
    the vectors, only in larger batches. A kill costs no more than a batch.
    """
    encoder = MadeEncoder()
    maker = Maker(data, encoder)
    keeper.WRITE_BATCH = VECTORS
    with Library(folder, encoder) as library:
        _build(library, encoder, maker, passages)


def _build(library: Library, encoder: MadeEncoder, maker: Maker, passages: int) -> None:
    catalog, vectors = library._catalog, library._vectors
    number, there = len(library), catalog.passage_count()
    with library._home.writer():
        while there < passages:
            batch = [maker.make(n) for n in range(number, number + BATCH)]
            number += len(batch)
            encoder.take(batch)
            with catalog.change() as db:
                for made in batch:
                    new = made.analysed
                    there += len(new.passages)
                    catalog.insert(db, new.article, new.sentences, new.passages, new.attributions)
                    catalog.set_source(db, new.article.source, new.article.id)
                    if there >= passages:
                        break
            vectors.write()
            logger.info("%d articles, %d passages", number, there)
