"""Chosen sentences -> claims with numbered citations."""

import re
from collections.abc import Sequence

from assistant.answer import Citation, Claim
from assistant.extract import Candidate
from assistant.statement import PRONOUN
from index.article import Article, Kind, Sentence
from index.library import Library

LOOK_BACK = 5  # sentences
_WRAPPING = " \t\n\"'“”‘’,;:."
_PRONOUN = re.compile(r"[\W_]*(?:He|She|They|His|Her|Their)\b")


def compose(
    library: Library, chosen: Sequence[Candidate], speakers: Sequence[str | None]
) -> tuple[Claim, ...]:
    """One claim a sentence, in its own words.

    A sentence from inside a quotation is shown with the one that closes it, which names the
    speaker: alone it would read as a fact of the article's. One that begins with "He" or "She" is
    shown with one before it that may say who is meant. The same sentence in a copy of the
    article (another outlet's) is cited beside it.

    Args:
        speakers: whose statement each is, see `assistant.statement`.
    """
    numbers: dict[tuple[str, int], int] = {}  # (article id, start) -> number
    claims = []
    for candidate, speaker in zip(chosen, speakers, strict=True):
        article, sentences = candidate.article, library.sentences(candidate.article.id)
        excerpt = _with_speaker(article.text, sentences, candidate.number)
        cited = [(article, sentence) for sentence in excerpt]
        cited += _in_copies(library, candidate)
        if all((a.id, s.start) in numbers for a, s in cited):
            continue  # an earlier claim's excerpt has it
        citations = tuple(
            cite(
                *(a, s, numbers.setdefault((a.id, s.start), len(numbers) + 1)),
                speaker=speaker or "" if _text(a, s) == candidate.text else "",
            )
            for a, s in cited
        )
        claims.append(Claim(_joined(article.text, excerpt), citations))
    return tuple(claims)


def short_answer(chosen: Sequence[Candidate], speakers: Sequence[str | None]) -> str:
    """The bare answers, each once; what is somebody's statement is worded as theirs.

    The best sentence, whole, where its bare words would say too little (a pronoun) or too much (a
    claim that the sentence does not say is asserted, or by whom).
    """
    found: list[str] = []
    for candidate, speaker in zip(chosen, speakers, strict=True):
        bare = " ".join(candidate.short.strip(_WRAPPING).split())
        if speaker == "" or candidate.sentence.quoted or not bare or PRONOUN.fullmatch(bare):
            break
        if speaker:
            bare = f"{bare}, according to {speaker}"
        if all(bare.casefold() not in other.casefold() for other in found):
            found.append(bare)
    if found or not chosen:
        return "; ".join(found)
    return " ".join(chosen[0].text.split())


def nearest(ranked: Sequence[Candidate], count: int = 3) -> tuple[Citation, ...]:
    """The sentences that came nearest, as citations of a refusal."""
    return tuple(cite(c.article, c.sentence, n) for n, c in enumerate(ranked[:count], 1))


def cite(article: Article, sentence: Sentence, number: int, speaker: str = "") -> Citation:
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
        speaker=speaker,
        quoted=sentence.quoted,
    )


def _text(article: Article, sentence: Sentence) -> str:
    return article.text[sentence.start : sentence.stop]


def _joined(text: str, excerpt: Sequence[Sentence]) -> str:
    """The sentences as one line, with an ellipsis where the article says something in between."""
    parts = []
    for n, sentence in enumerate(excerpt):
        if n and excerpt[n - 1].end != sentence.start:
            parts.append("[…]")
        parts.append(text[sentence.start : sentence.stop])
    return " ".join(" ".join(parts).split())


def _with_speaker(text: str, sentences: Sequence[Sentence], number: int) -> list[Sentence]:
    """A sentence, and when it is quoted those up to the one that says who speaks.

    That is the next sentence of the paragraph that is not wholly quoted ('... ," she said.'), or
    else the last one before, which may stand in an earlier paragraph of a quotation that runs on.
    Where there is neither, the sentence stays alone, marked as quoted.
    """
    if not sentences[number].quoted:
        return [*_before_pronoun(text, sentences, number), sentences[number]]
    after = _to_unquoted(sentences[number:])
    if after and "\n" not in text[after[0].start : after[-1].stop]:
        return after
    before = _to_unquoted(sentences[max(0, number - LOOK_BACK) : number + 1][::-1])
    return before[::-1] or [sentences[number]]


def _to_unquoted(sentences: Sequence[Sentence]) -> list[Sentence]:
    """The prose from the first of some sentences to the first that is not wholly quoted, or []."""
    found = []
    for sentence in sentences:
        if sentence.kind is Kind.PROSE:
            found.append(sentence)
            if not sentence.quoted:
                return found
    return []


def _before_pronoun(text: str, sentences: Sequence[Sentence], number: int) -> list[Sentence]:
    """For a sentence that begins with a pronoun, the one before that may say who is meant.

    That is the nearest that neither begins with one itself nor is wholly quoted: context, cited as
    such, not a claim about whom the pronoun means.
    """
    if not _begins_with_pronoun(text, sentences[number]):
        return []
    for before in reversed(sentences[max(0, number - LOOK_BACK) : number]):
        prose = before.kind is Kind.PROSE and not before.quoted
        if prose and not _begins_with_pronoun(text, before):
            return [before]
    return []


def _begins_with_pronoun(text: str, sentence: Sentence) -> bool:
    return _PRONOUN.match(text, sentence.start, sentence.stop) is not None


def _in_copies(library: Library, candidate: Candidate) -> list[tuple[Article, Sentence]]:
    found = []
    for passage in candidate.hit.copies:
        article = library.article(passage.article_id)
        for sentence in library.sentences(article.id)[passage.first : passage.last]:
            if _text(article, sentence) == candidate.text:
                found.append((article, sentence))
                break
    return found
