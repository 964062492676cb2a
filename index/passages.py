"""Passages: runs of whole sentences that fit the encoder's window."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from index.article import Article, Kind, Passage, Sentence


@dataclass(frozen=True, slots=True)
class PassageSettings:
    """How passages are cut; part of the library's manifest.

    Attributes:
        max_tokens: of the encoder, at most, in one passage (one sentence may be longer). Inside
            the encoder's window of 256, so that nothing of a passage is left unembedded. In trials
            on training questions 225 found a little more than 200, and 250 less.
    """

    max_tokens: int = 225

    def __str__(self) -> str:
        return f"whole sentences, {self.max_tokens} tokens"


def split_passages(
    article: Article,
    sentences: Sequence[Sentence],
    lengths: Sequence[int],
    settings: PassageSettings,
) -> tuple[Passage, ...]:
    """Cut an article into passages of about equal length.

    Each prose sentence is in exactly one passage; a passage may run over other kinds (a caption
    between two paragraphs), which are not embedded.

    Args:
        sentences: of the article, in order.
        lengths: tokens of each sentence; only those of prose count.
    """
    prose = [n for n, sentence in enumerate(sentences) if sentence.kind is Kind.PROSE]
    return tuple(
        Passage(
            article_id=article.id,
            number=number,
            first=run[0],
            last=run[-1] + 1,
            start=sentences[run[0]].start,
            end=sentences[run[-1]].stop,
        )
        for number, run in enumerate(_runs(prose, lengths, settings.max_tokens))
    )


def passage_text(text: str, sentences: Sequence[Sentence]) -> str:
    """What of a passage is embedded and searched: its prose, sentences joined by a space."""
    return " ".join(text[s.start : s.stop] for s in sentences if s.kind is Kind.PROSE)


def _runs(prose: list[int], lengths: Sequence[int], most: int) -> Iterator[list[int]]:
    """Consecutive groups of sentence numbers, each of at most `most` tokens."""
    left = sum(lengths[n] for n in prose)
    run: list[int] = []
    size = 0
    for n in prose:
        # An equal share of what is left, so that no article ends in a stub of one short sentence.
        share = left / max(1, -(-left // most))
        if run and (size + lengths[n] > most or size + lengths[n] / 2 > share):
            yield run
            left -= size
            run, size = [], 0
        run.append(n)
        size += lengths[n]
    if run:
        yield run
