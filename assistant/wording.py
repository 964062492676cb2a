"""An extractive answer in the words of a language model, where they hold.

The model sees a dozen sentences at most, each under a key that cannot be guessed, and writes one
statement a line. A line that is finished is checked against the sentences it cites; what does not
hold is withheld. When nothing is left, or the model fails in any way, the extractive answer stands.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING

from assistant.answer import Answer, Citation, Claim, Withheld
from assistant.compose import compose
from assistant.extract import Candidate
from assistant.language import language
from assistant.model_server import ModelError
from assistant.orders import stands_by_orders
from assistant.render import line
from assistant.verify import Support, verify
from index.library import Library
from index.words import STOP_WORDS, stem, words
from prompts import Message, prompt

if TYPE_CHECKING:
    from assistant.llm import Model

OnClaim = Callable[[Claim], None]
Judge = Callable[[str, Sequence[Citation]], Support]  # a claim that held; may raise ModelError
Offer = dict[str, tuple[Citation, ...]]  # key -> a sentence, and its copies in other articles

OFFERED = 12  # sentences that the model sees at most
# Probability of answering, from which on a further sentence is shown to the model: on our own
# questions about other articles it keeps half of the evidence that the answer lacks, and 2 % of the
# rest. What does not answer is no evidence, and is where an article speaks to the model.
LEAST = 0.01
STATEMENTS = 6  # that it is asked for at most
LONGEST = 600  # characters of one
LONGEST_OFFERED = 2_000  # characters of a sentence that the model sees: more is a list or a table
MOST = 16_000  # characters of a reply: more is no answer
REFUSAL = "THE SENTENCES DO NOT SAY"
NOT_USED = "The model's wording was not used: "

_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_BRACKETS = re.compile(r"\s*\[([^\[\]]*)\]")
_SEPARATORS = re.compile(r"[\s,;]+")
_LIKE_A_KEY = re.compile(r"k\w{4,}|\d+")
_LIST_MARK = re.compile(r"^(?:[-*•–]|\d{1,2}[.)]|#{1,6})\s+")
_ADDRESS = re.compile(r"(?:\w+://|www\.)[^\s\]]*|[\w.+-]+@[\w-]+\.\w+", re.IGNORECASE)
_THOUGHT, _THOUGHT_END = "<think>", "</think>"


def word(
    library: Library,
    model: "Model",
    question: str,
    answer: Answer,
    others: Sequence[Candidate],
    seconds: float,
    on_claim: OnClaim | None = None,
    judge: Judge | None = None,
) -> Answer:
    """The answer in the model's words; as it was, with a note, where those cannot be used.

    Args:
        question: what of the question is answered, standalone.
        answer: the extractive one; no refusal.
        others: further sentences that the model may use, best first.
        seconds: that this may take.
        on_claim: called with each claim once it is checked. What comes of them all is known at the
            end only: when the model then fails, the answer has other claims.
        judge: has the last word on each claim that held; `seconds` bind it, too.
    """
    offer = offered(library, question, answer, others)
    if not offer:
        return replace(answer, note=f"{NOT_USED}the sentences speak to it, so it was not asked.")
    checked = Checked(library, offer, language(question), judge)
    try:
        for statement in statements(model.written(asking(question, offer), seconds)):
            claim = checked.take(statement)
            if claim and on_claim:
                on_claim(claim)
    except ModelError as error:
        return replace(answer, note=f"{NOT_USED}{error}.", withheld=tuple(checked.withheld))
    withheld = tuple(checked.withheld)
    if not checked.claims:
        reason = "it wrote nothing"
        if checked.refused:
            reason = "it found no answer in the sentences"
        if withheld:
            reason = (
                f"none of its statements held ({', '.join(sorted({w.check for w in withheld}))})"
            )
        return replace(answer, note=f"{NOT_USED}{reason}.", withheld=withheld)
    claims = tuple(checked.claims)
    return replace(answer, claims=claims, short=short_of(answer.short, claims), withheld=withheld)


def offered(library: Library, question: str, answer: Answer, others: Sequence[Candidate]) -> Offer:
    """The sentences that the model sees, those of the answer first, under keys of their own.

    A key depends on the question and on the id of the article, which is a hash of its text: no
    article can hold the key of one of its sentences. Sentences that hardly answer, that speak to a
    model, or are in another language than the question, are left out.
    """
    asked_in = language(question)
    likely = [candidate for candidate in others if candidate.probability >= LEAST][:OFFERED]
    beside = [c for claim in compose(library, likely) for c in claim.citations]
    copies: dict[str, dict[tuple[str, int], Citation]] = {}
    for citation in (*answer.citations, *beside):
        usable = len(citation.sentence) <= LONGEST_OFFERED
        if not usable or _other(asked_in, citation.sentence) or stands_by_orders(library, citation):
            continue
        same = copies.setdefault(citation.sentence, {})
        same.setdefault((citation.article_id, citation.start), citation)
    found: Offer = {}
    for same in list(copies.values())[:OFFERED]:
        first = next(iter(same.values()))
        place = f"{question}\0{first.article_id}\0{first.start}"
        tried = (_hash(f"{place}\0{number}", 4) for number in count())
        found[next(f"k{key}" for key in tried if f"k{key}" not in found)] = tuple(same.values())
    return found


def asking(question: str, offer: Offer) -> tuple[Message, ...]:
    """The prompt."""
    sentences = "\n".join(f"{key} | {row(citations[0])}" for key, citations in offer.items())
    return prompt(
        "answer",
        fence=fence(sentences),
        most=str(STATEMENTS),
        refusal=REFUSAL,
        sentences=sentences,
        question=line(question),
    )


def fence(data: str) -> str:
    """What marks the end of some data, and cannot be in it."""
    return _hash(data, 12)


def row(citation: Citation) -> str:
    """A sentence on one line, after where it was published and whose words it is."""
    return " | ".join((*_origin(citation), line(citation.sentence)))


def _origin(citation: Citation) -> Iterator[str]:
    published = citation.published.isoformat() if citation.published else ""
    place = ", ".join(part for part in (citation.publisher, published) if part)
    yield line(place or citation.title or "an article")
    if citation.speaker:
        yield line(f"words of {citation.speaker}")
    elif citation.quoted:
        yield "somebody's words, quoted"


def statements(pieces: Iterable[str]) -> Iterator[str]:
    """The lines of a reply, each once it is finished, without the model's thoughts.

    Raises:
        ModelError: the reply has no end.
    """
    thinking = False
    for text in _lines(pieces):
        text = " ".join(text.split())
        if text.startswith(_THOUGHT):
            thinking = True
        if thinking and _THOUGHT_END in text:
            thinking, text = False, text.partition(_THOUGHT_END)[2]
        text = _LIST_MARK.sub("", text.strip())
        if not thinking and any(c.isalpha() for c in text):
            yield text


def _lines(pieces: Iterable[str]) -> Iterator[str]:
    rest, size = "", 0
    for piece in pieces:
        size += len(piece)
        if size > MOST:
            raise ModelError(f"it wrote more than {MOST:,} characters")
        *finished, rest = (rest + piece).split("\n")
        yield from finished
    yield rest


class Checked:
    """Statements, taken one by one: what holds becomes a claim, what does not is withheld.

    Attributes:
        refused: the model says that the sentences do not answer.
    """

    def __init__(
        self, library: Library, offer: Offer, asked_in: str = "", judge: Judge | None = None
    ) -> None:
        """
        Args:
            asked_in: the language of the question, "" when not known.
            judge: is asked about what holds, and may withhold it.
        """
        self.claims: list[Claim] = []
        self.withheld: list[Withheld] = []
        self.refused = False
        self._library = library
        self._offer = offer
        self._asked_in = asked_in
        self._judge = judge
        self._numbers: dict[tuple[str, int], int] = {}  # (article id, start) -> number

    def take(self, statement: str) -> Claim | None:
        """The claim that a statement makes, its citations numbered; None where it makes none.

        Raises:
            ModelError: the judge failed.
        """
        if words(statement) == words(REFUSAL):
            self.refused = True
            return None
        text, cited, unknown = self._keys(statement)
        if not words(text) or any(words(text) == words(claim.text) for claim in self.claims):
            return None
        citations = tuple(c for key in cited for c in self._offer[key])
        if unknown:
            self._withhold(text, "source", "it cites what it was not shown")
        elif not citations:
            self._withhold(text, "source", "it cites no sentence")
        elif len(text) > LONGEST:
            self._withhold(text[:LONGEST], "length", f"it has more than {LONGEST} characters")
        elif _other(self._asked_in, text):
            self._withhold(text, "language", "it is in another language than the question")
        elif any(one not in c.sentence for one in _ADDRESS.findall(text) for c in citations):
            self._withhold(text, "address", "its web address is not in the sentences")
        else:
            support = verify(self._library, text, citations)
            if support.supported and self._judge:
                support = self._judge(text, citations)
            if support.supported:
                return self._keep(text, citations)
            self._withhold(text, support.check, support.reason)
        return None

    def _keep(self, text: str, citations: Sequence[Citation]) -> Claim:
        numbered = tuple(
            replace(
                c,
                number=self._numbers.setdefault((c.article_id, c.start), len(self._numbers) + 1),
            )
            for c in citations
        )
        self.claims.append(Claim(text, numbered))
        return self.claims[-1]

    def _withhold(self, text: str, check: str, reason: str) -> None:
        self.withheld.append(Withheld(text, reason, check))

    def _keys(self, statement: str) -> tuple[str, list[str], bool]:
        """A statement without its keys, these, and whether there are others that were not given."""
        cited: dict[str, None] = {}
        unknown = False

        def taken(brackets: re.Match[str]) -> str:
            nonlocal unknown
            found = [key for key in _SEPARATORS.split(brackets[1]) if key]
            known = [key for key in found if key in self._offer]
            cited.update(dict.fromkeys(known))
            at_end = not any(c.isalnum() for c in statement[brackets.end() :])
            if found and len(known) == len(found):
                return ""
            if not known and not at_end and not any(map(_LIKE_A_KEY.fullmatch, found)):
                return brackets[0]  # "[sic]"
            unknown = True
            return ""

        return _BRACKETS.sub(taken, statement).strip(), list(cited), unknown


def _other(asked_in: str, text: str) -> bool:
    """Whether a text is in another language than a question, for sure."""
    if asked_in in ("", "english") and sum(w in STOP_WORDS for w in words(text)) > 1:
        return False  # "a", "I" and "was" are words of other languages, too
    return language(text) not in ("", asked_in or "english")


def short_of(short: str, claims: Sequence[Claim]) -> str:
    """The short answer as it was where the claims have it; else the first of them."""
    told = {stem(word) for claim in claims for word in words(claim.text)}
    wanted = {stem(word) for word in words(short) if word not in STOP_WORDS | {"yes", "no"}}
    return short if wanted <= told else claims[0].text


def _hash(text: str, length: int) -> str:
    """Characters that nobody can guess who does not know the text."""
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
    return "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in digest[:length])
