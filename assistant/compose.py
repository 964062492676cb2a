"""Chosen sentences -> claims with numbered citations."""

import re
from collections.abc import Sequence

from assistant.answer import Citation, Claim
from assistant.extract import Candidate
from index.article import Article, Kind, Sentence
from index.library import Library

_PRONOUN = re.compile(r"[\W_]*(?:He|She|They|His|Her|Their)\b")


def compose(library: Library, chosen: Sequence[Candidate]) -> tuple[Claim, ...]:
    """One claim a sentence, in its own words.

    A sentence from inside a quotation is shown with the one that closes it, which names the
    speaker: alone it would read as a fact of the article's. One that begins with "He" or "She" is
    shown with the one before it. The same sentence in a copy of the
    article (another outlet's) is cited beside it.
    """
    numbers: dict[tuple[str, int], int] = {}  # (article id, start) -> number
    claims = []
    for candidate in chosen:
        article, sentences = candidate.article, library.sentences(candidate.article.id)
        excerpt = _with_speaker(article.text, sentences, candidate.number)
        cited = [(article, sentence) for sentence in excerpt]
        cited += _in_copies(library, candidate)
        if all((a.id, s.start) in numbers for a, s in cited):
            continue  # an earlier claim's excerpt has it
        citations = tuple(
            cite(a, s, numbers.setdefault((a.id, s.start), len(numbers) + 1)) for a, s in cited
        )
        text = " ".join(_text(article, sentence) for sentence in excerpt)
        claims.append(Claim(" ".join(text.split()), citations))
    return tuple(claims)


def nearest(ranked: Sequence[Candidate], count: int = 3) -> tuple[Citation, ...]:
    """The sentences that came nearest, as citations of a refusal."""
    return tuple(cite(c.article, c.sentence, n) for n, c in enumerate(ranked[:count], 1))


def cite(article: Article, sentence: Sentence, number: int) -> Citation:
    """A citation of one sentence; `sentence` of it is verbatim."""
    return Citation(
        number=number,
        sentence=_text(article, sentence),
        article_id=article.id,
        title=article.title,
        url=article.url,
        publisher=article.publisher,
        published=article.published,
        start=sentence.start,
        end=sentence.stop,
        quoted=sentence.quoted,
    )


def _text(article: Article, sentence: Sentence) -> str:
    return article.text[sentence.start : sentence.stop]


def _with_speaker(text: str, sentences: Sequence[Sentence], number: int) -> list[Sentence]:
    """A sentence, and when it is quoted those up to the one that says who speaks.

    That is the next sentence of the paragraph that is not wholly quoted ('... ," she said.'), or
    else the last one before. Where there is neither, the sentence stays alone, marked as quoted.
    """
    if not sentences[number].quoted:
        return [*_before_pronoun(text, sentences, number), sentences[number]]
    for step in (1, -1):
        excerpt = [sentences[number]]
        at = number + step
        while 0 <= at < len(sentences) and sentences[at].kind is Kind.PROSE:
            before = min(at, at - step)
            if "\n" in text[sentences[before].stop : sentences[before].end]:
                break  # another paragraph
            excerpt.append(sentences[at])
            if not sentences[at].quoted:
                return sorted(excerpt, key=lambda s: s.start)
            at += step
    return [sentences[number]]


def _before_pronoun(text: str, sentences: Sequence[Sentence], number: int) -> list[Sentence]:
    """The prose sentence before one that begins with a personal pronoun, to say who is meant."""
    sentence = sentences[number]
    if not _PRONOUN.match(text, sentence.start, sentence.stop):
        return []
    return [s for s in sentences[:number] if s.kind is Kind.PROSE][-1:]


def _in_copies(library: Library, candidate: Candidate) -> list[tuple[Article, Sentence]]:
    found = []
    for passage in candidate.hit.copies:
        article = library.article(passage.article_id)
        for sentence in library.sentences(article.id)[passage.first : passage.last]:
            if _text(article, sentence) == candidate.text:
                found.append((article, sentence))
                break
    return found
