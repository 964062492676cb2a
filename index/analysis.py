"""All that the catalog stores of an article, made from its text."""

from dataclasses import dataclass, replace

from index.article import Article, Attribution, Passage, Sentence
from index.attribution import Tagger
from index.encoder import Embedder, Vector, Vectors
from index.passages import PassageSettings, passage_text, split_passages
from index.sentences import split_sentences


@dataclass(frozen=True)
class Analysed:
    """An article with its sentences, its passages with the text to search, and its attributions.

    Attributes:
        vectors: of the passages, where they are made already: shape (passages, dimensions).
    """

    article: Article
    sentences: tuple[Sentence, ...]
    passages: list[tuple[Passage, str]]
    attributions: tuple[Attribution, ...]
    vectors: Vectors | None = None

    def vectors_by_id(self) -> dict[str, Vector]:
        """By passage; none where they are not made yet."""
        if self.vectors is None:
            return {}
        ids = (passage.id for passage, _ in self.passages)
        return dict(zip(ids, self.vectors, strict=True))


def analyse(
    article: Article, encoder: Embedder, settings: PassageSettings, tagger: Tagger
) -> Analysed:
    """Split an article, and find who said what in it."""
    sentences = split_sentences(article.text, article.title)
    lengths = encoder.count_tokens([article.text[s.start : s.stop] for s in sentences])
    passages = [
        (p, passage_text(article.text, sentences[p.first : p.last]))
        for p in split_passages(article, sentences, lengths, settings)
    ]
    runs = [(passage.first, passage.last) for passage, _ in passages]
    return Analysed(article, sentences, passages, tagger.find(article, sentences, runs))


def embed(analysed: Analysed, encoder: Embedder) -> Analysed:
    """The same, with the vectors of its passages."""
    return replace(analysed, vectors=encoder.encode([text for _, text in analysed.passages]))
