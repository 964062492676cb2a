"""Whose statement an answer is: the article's own, or that of somebody it names."""

from assistant.extract import Candidate, shared
from assistant.said import PRONOUNS, pronominal
from index.article import Attribution, Span
from index.words import words

# Acts by which somebody asserts what they say: only then is it true "according to" them. What was
# denied, promised or asked is not.
ASSERTING = frozenset(["say", "admit", "confirm", "warn", "predict", "believe"])
_STANDING_FOR = frozenset(["he", "she", "it", "they"])


def speaker(candidate: Candidate) -> str | None:
    """Who said what answers.

    Returns:
        None when it is the article's own statement, or is itself the name of who speaks; "" when
        somebody said it whom the article does not name, or did not assert it.
    """
    holder = candidate.holder
    if holder is None or any(shared(a.source, candidate.answer) for a in candidate.sayings):
        return None
    if holder.negated or holder.act not in ASSERTING:
        return ""
    return known_name(holder)


def known_name(said: Attribution) -> str:
    """The speaker, "" where nothing but a pronoun is known."""
    found = words(said.speaker)
    return "" if len(found) == 1 and found[0] in PRONOUNS else said.speaker


def carrying(candidate: Candidate) -> Attribution | None:
    """The attribution whose words the sentence is: the one that fits best, or holds the answer.

    None where the sentence is the article's own.
    """
    said = candidate.said
    inside = (candidate.sentence.start, candidate.sentence.stop)
    if said and shared(said.content, inside):
        return said
    if candidate.holder:
        return candidate.holder
    return next((a for a in candidate.sayings if shared(a.content, inside)), said)


def named_in(candidate: Candidate, said: Attribution) -> bool:
    """Whether the sentence itself says who speaks."""
    name = words(known_name(said))
    if not name:
        return not pronominal(candidate.article, said)
    if name[-1] in words(candidate.text):
        return True
    own = {word for word in said.speaker.split() if word[:1].isupper()}  # "Fennaby" of the Foods
    return any(not own.isdisjoint(_source_in(candidate, span).split()) for span in said.source)


def pronoun_in(candidate: Candidate, said: Attribution) -> Span | None:
    """Where a sentence that is nobody's quotation has the pronoun that stands for who speaks."""
    if candidate.sentence.quoted:
        return None
    for span in said.source:
        if _source_in(candidate, span).casefold() in _STANDING_FOR:
            return span
    return None


def _source_in(candidate: Candidate, span: Span) -> str:
    """A piece of a source as far as the sentence has it."""
    sentence = candidate.sentence
    return candidate.article.text[max(span[0], sentence.start) : min(span[1], sentence.stop)]
