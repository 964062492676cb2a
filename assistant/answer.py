"""What a question gets: the result object that every surface reads.

    Answer -> Claim -> Citation

A refusal is an answer without claims, with a typed reason.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any, Literal

Reason = Literal["no_evidence", "unsupported", "filtered_out"]

REFUSALS: dict[Reason, str] = {
    "no_evidence": "The articles don't say: nothing in the library is about this.",
    "unsupported": "The articles don't say: the nearest sentences do not answer this.",
    "filtered_out": "The articles that were selected don't say; others in the library may.",
}


DOUBTFUL = 0.4  # confidence below which an answer says of itself that it may be none


@dataclass(frozen=True)
class Citation:
    """A pointer to one sentence: `library.article(article_id).text[start:end] == sentence`.

    Attributes:
        number: as in the text of the answer, from 1.
        sentence: verbatim.
        start, end: code points in the article's text, half-open.
        speaker: whose words they are, "" when not known.
        quoted: the sentence is part of a quotation that runs over several sentences: somebody
            said it, the article does not state it.
    """

    number: int
    sentence: str
    article_id: str
    title: str
    url: str
    publisher: str
    published: date | None
    start: int
    end: int
    speaker: str = ""
    quoted: bool = False

    def stands_in(self, text: str) -> bool:
        """Whether an article's text has the sentence where this points, to the letter."""
        return text[self.start : self.end] == self.sentence


@dataclass(frozen=True)
class Claim:
    """One statement of an answer. Never without a citation."""

    text: str
    citations: tuple[Citation, ...]

    def __post_init__(self) -> None:
        if not self.citations:
            raise ValueError(f"a claim needs a citation, this one has none: {self.text!r}")


@dataclass(frozen=True)
class Refusal:
    """Why there is no answer, and the sentences that came nearest (which are no answer)."""

    reason: Reason
    message: str
    nearest: tuple[Citation, ...] = ()


@dataclass(frozen=True)
class Withheld:
    """A statement of a language model that is no part of the answer, as it did not hold.

    Attributes:
        check: the kind of check that it failed, in a word.
    """

    text: str
    reason: str
    check: str


@dataclass(frozen=True)
class Answer:
    """The answer to one question, or its refusal.

    Attributes:
        question: as the user asked it.
        understood: the standalone question that was searched; equals `question` for most.
        claims: none exactly when refused.
        short: the bare answer, "" when refused.
        confidence: probability that `short` answers the question (see `assistant.gate`); 0 when
            refused.
        unanswered: questions that this one holds and that the articles don't answer, beside those
            that they do; none when refused.
        withheld: what a language model, where one words the answer, stated without support.
        note: why the wording of a language model was not used; "" when it was, or there is none.
        more: that more was found than is shown, where all of something is asked for; "" otherwise.
        timings: seconds by step.
    """

    question: str
    understood: str
    claims: tuple[Claim, ...] = ()
    short: str = ""
    refusal: Refusal | None = None
    confidence: float = 0.0
    unanswered: tuple[str, ...] = ()
    withheld: tuple[Withheld, ...] = ()
    note: str = ""
    more: str = ""
    timings: dict[str, float] = field(default_factory=dict, compare=False)

    def __post_init__(self) -> None:
        if bool(self.claims) == bool(self.refusal):
            raise ValueError("an answer has either claims or a refusal")

    @property
    def refused(self) -> bool:
        return self.refusal is not None

    @property
    def citations(self) -> tuple[Citation, ...]:
        """All citations of all claims, by number, each once."""
        unique = {c.number: c for claim in self.claims for c in claim.citations}
        return tuple(unique[number] for number in sorted(unique))

    @property
    def understood_as(self) -> str:
        """What was searched, in words, where that is not what was asked; "" where it is."""
        if self.understood.split() == self.question.split():
            return ""
        return f"Understood as: {self.understood}"

    @property
    def doubt(self) -> str:
        """That this may be no answer, where the confidence is low; "" otherwise."""
        if not 0 < self.confidence < DOUBTFUL:
            return ""
        return f"Unsure ({self.confidence:.0%}): this may not be what you asked for."

    @property
    def gap(self) -> str:
        """What of the question the articles don't answer, in words; "" when they answer it all."""
        return f"The articles don't say: {' '.join(self.unanswered)}" if self.unanswered else ""

    @property
    def remark(self) -> str:
        """What a list leaves out, and what became of a language model's wording; "" for neither.

        It tells what was withheld by the kinds of checks, never in the statements' own words.
        """
        return " ".join(filter(None, [self.more, self.note or self._withheld()]))

    def _withheld(self) -> str:
        if not self.withheld:
            return ""
        counts = Counter(one.check for one in self.withheld)
        checks = ", ".join(f"{check} ({number})" for check, number in counts.items())
        number = len(self.withheld)
        statements = "1 statement" if number == 1 else f"{number} statements"
        return f"{statements} of the model {'was' if number == 1 else 'were'} withheld: {checks}"

    @property
    def text(self) -> str:
        """The answer in words, one claim a line, each followed by the numbers it rests on.

        What the articles don't answer of it is the last line.
        """
        if self.refusal:
            return self.refusal.message
        claims = [
            claim.text + " " + "".join(f"[{c.number}]" for c in claim.citations)
            for claim in self.claims
        ]
        return "\n".join([*claims, self.gap] if self.gap else claims)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready: dates in ISO format, tuples as lists."""
        plain = jsonable(asdict(self))
        assert isinstance(plain, dict)  # noqa: S101 -- asdict gives a dict
        return plain | {
            "text": self.text,
            "refused": self.refused,
            "citations": jsonable([asdict(c) for c in self.citations]),
        }

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> "Answer":
        """The answer that `to_dict` made this of.

        Raises:
            ValueError: it is not of that shape.
        """
        try:
            return cls(
                question=str(plain["question"]),
                understood=str(plain["understood"]),
                claims=tuple(
                    Claim(str(claim["text"]), _citations(claim["citations"]))
                    for claim in plain["claims"]
                ),
                short=str(plain["short"]),
                refusal=_refusal(plain["refusal"]),
                confidence=float(plain["confidence"]),
                unanswered=tuple(map(str, plain["unanswered"])),
                withheld=tuple(
                    Withheld(str(one["text"]), str(one["reason"]), str(one["check"]))
                    for one in plain.get("withheld", ())  # a browser may keep older answers
                ),
                note=str(plain.get("note", "")),
                more=str(plain.get("more", "")),
                timings=dict(plain["timings"]),
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"not an answer: {type(error).__name__} {error}") from error


def more_than(shown: int, found: int, act: str) -> str:
    """That a list shows so many of the sentences that were found; "" where it shows them all."""
    if shown >= found:
        return ""
    option = "" if act in ("", "say") else f" --act {act}"
    return (
        f"{shown} of {found} sentences that were found are shown; "
        f"“Who said what” (`whosaid said{option}`) lists all."
    )


def _refusal(plain: Any) -> Refusal | None:
    if plain is None:
        return None
    if plain["reason"] not in REFUSALS:
        raise ValueError(f"{plain['reason']!r} is no reason of a refusal")
    return Refusal(plain["reason"], str(plain["message"]), _citations(plain["nearest"]))


def _citations(plain: Any) -> tuple[Citation, ...]:
    return tuple(
        Citation(
            number=int(one["number"]),
            **{name: str(one[name]) for name in _TEXTS},
            published=date.fromisoformat(one["published"]) if one["published"] else None,
            start=int(one["start"]),
            end=int(one["end"]),
            quoted=bool(one["quoted"]),
        )
        for one in plain
    )


_TEXTS = ("sentence", "article_id", "title", "url", "publisher", "speaker")


def jsonable(value: object) -> object:
    """Plain data as JSON takes it: dates in ISO format, tuples as lists."""
    if isinstance(value, dict):
        return {key: jsonable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [jsonable(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value
