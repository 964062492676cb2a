"""Chosen sentences -> claims with numbered citations."""

from collections.abc import Sequence
from itertools import islice, zip_longest

from assistant.answer import Citation, Claim
from assistant.antecedents import points_back
from assistant.extract import Candidate
from assistant.statement import carrying, known_name, named_in, pronoun_in
from index.article import Article, Attribution, Kind, Sentence
from index.library import Library
from index.words import words

LOOK_BACK = 5  # sentences
QUOTES = '“”"'


def compose(library: Library, chosen: Sequence[Candidate]) -> tuple[Claim, ...]:
    """One claim a sentence, in its own words, those of one speaker together.

    Somebody's words that do not say whose they are (a sentence out of a quotation, "he said") are
    led in by the speaker's name, or have it behind the pronoun, and the sentences that give the
    name are cited beside: alone they would read as a fact of the article's, or as anybody's. Where
    the name is not known, the sentences around are shown instead. The same sentence in a copy of
    the article (another outlet's) is cited beside it.
    """
    numbers: dict[tuple[str, int], int] = {}  # (article id, start) -> number
    shown: set[tuple[str, int]] = set()  # in the words of a claim, not only cited
    claims = []
    for candidate in grouped(chosen):
        article, sentences = candidate.article, library.sentences(candidate.article.id)
        said = carrying(candidate)
        name = known_name(said) if said else ""
        text = " ".join(candidate.text.split())
        shows = [candidate.sentence]
        if said and named_in(candidate, said):
            excerpt = [candidate.sentence]
        elif said and name and said.named:
            excerpt = _witnesses(sentences, candidate.number, said)
            text = _led_in(candidate, said, name)
        else:
            excerpt = shows = _with_speaker(article.text, sentences, candidate.number)
            text = _joined(article.text, excerpt)
        # The sentence itself is cited first: it is what states the claim.
        excerpt = sorted(excerpt, key=lambda s: (s != candidate.sentence, s.start))
        cited = [(article, sentence) for sentence in excerpt] + _in_copies(library, candidate)
        if (article.id, candidate.sentence.start) in shown:
            continue  # an earlier claim shows it
        shown.update((article.id, sentence.start) for sentence in shows)
        citations = tuple(
            cite(
                *(a, s, numbers.setdefault((a.id, s.start), len(numbers) + 1)),
                speaker=name if _text(a, s) == candidate.text else "",
            )
            for a, s in cited
        )
        claims.append(Claim(text, citations))
    return tuple(claims)


def grouped(chosen: Sequence[Candidate]) -> list[Candidate]:
    """The same candidates, those of one speaker next to each other, otherwise in their order."""
    groups: dict[str, list[Candidate]] = {}
    for number, candidate in enumerate(chosen):
        said = carrying(candidate)
        groups.setdefault((known_name(said) if said else "") or f" {number}", []).append(candidate)
    return [candidate for group in groups.values() for candidate in group]


def nearest(*ranked: Sequence[Candidate], count: int = 3) -> tuple[Citation, ...]:
    """The sentences that came nearest, each once, as citations of a refusal.

    Args:
        ranked: what was read for each part of the question, best first; all parts have a turn.
    """
    turns = (c for turn in zip_longest(*ranked) for c in turn if c)
    each: dict[tuple[str, ...], Candidate] = {}
    for candidate in turns:
        each.setdefault(tuple(words(candidate.text)), candidate)
    return tuple(
        cite(c.article, c.sentence, n, known_name(said) if (said := carrying(c)) else "")
        for n, c in enumerate(islice(each.values(), count), 1)
    )


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


def _led_in(candidate: Candidate, said: Attribution, name: str) -> str:
    """ "He [Ada Venn] denied it.", the article's words; "Ada Venn: “Never.”", her own."""
    text, sentence = candidate.article.text, candidate.sentence
    pronoun = pronoun_in(candidate, said)
    if pronoun:
        before, after = text[sentence.start : pronoun[1]], text[pronoun[1] : sentence.stop]
        return " ".join(f"{before} [{name}]{after}".split())
    return f"{name}: {_quoted(' '.join(candidate.text.split()), sentence)}"


def _quoted(text: str, sentence: Sentence) -> str:
    """A sentence out of the middle of a quotation gets the marks that the whole one has."""
    return f"“{text.strip(QUOTES)}”" if sentence.quoted else text


def _witnesses(sentences: Sequence[Sentence], number: int, said: Attribution) -> list[Sentence]:
    """The sentence, the one with the cue, and the one that names the speaker."""
    places = [said.cue[0], *([said.named[0]] if said.named else [])]
    found = [sentences[number]]
    for place in places:
        holding = next(s for s in sentences if s.start <= place < s.end)
        if holding not in found:
            found.append(holding)
    return found


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
    """Whether a sentence leaves to others whom or what it is about: "It sank", "Then he left"."""
    return points_back(text[sentence.start : sentence.stop])


def _in_copies(library: Library, candidate: Candidate) -> list[tuple[Article, Sentence]]:
    found = []
    for passage in candidate.hit.copies:
        article = library.article(passage.article_id)
        for sentence in library.sentences(article.id)[passage.first : passage.last]:
            if _text(article, sentence) == candidate.text:
                found.append((article, sentence))
                break
    return found
