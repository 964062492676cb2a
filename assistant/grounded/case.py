"""What a file of cases holds."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal

from assistant.answer import Reason

Turn = tuple[str, str]  # question, text of its answer
Either = tuple[str, ...]  # alternatives, one of which is wanted

PATTERN = "*.grounded.toml"


@dataclass(frozen=True)
class Wanted:
    """A sentence that is to be cited, or not to be.

    Attributes:
        sentence: it, or how it begins; "" for any sentence of the article.
        article: title or id, or how either begins; "" for any article.
    """

    sentence: str
    article: str = ""

    def __str__(self) -> str:
        quoted = f"“{self.sentence}”" if self.sentence else "a sentence"
        return f"{quoted} of {self.article}" if self.article else quoted


@dataclass(frozen=True)
class Case:
    """One question and what its answer must be like. The keys of `[[case]]` are these.

    Attributes:
        id: unique in its file.
        history: earlier turns, oldest first.
        articles: titles or ids of the articles that are asked.
        must_answer: of each tuple one alternative has to occur in the answer.
        short: the same of the short answer.
        must_not_answer: none may occur in the answer.
        must_cite: any or all of these, as `cite` says.
        speaker, act: a cited sentence has to be this speaker's words, do this.
        must_refuse: True or a reason to be refused, False to be answered, None where other keys
            tell: a case that only forbids something is met by a refusal, too.
        kind: a tag, free.
        known_failure: why this is not met yet; "" when it is expected to be.
    """

    id: str
    question: str
    history: tuple[Turn, ...] = ()
    publishers: tuple[str, ...] = ()
    articles: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    must_answer: tuple[Either, ...] = ()
    short: tuple[Either, ...] = ()
    must_not_answer: tuple[str, ...] = ()
    must_cite: tuple[Wanted, ...] = ()
    cite: Literal["any", "all"] = "any"
    must_not_cite: tuple[Wanted, ...] = ()
    speaker: str = ""
    act: str = ""
    must_refuse: bool | Reason | None = None
    kind: str = ""
    note: str = ""
    known_failure: str = ""

    @property
    def refusal_wanted(self) -> bool:
        return bool(self.must_refuse)

    @property
    def details_wanted(self) -> bool:
        """Whether it says what an answer has to have."""
        return bool(self.must_answer or self.short or self.must_cite or self.speaker or self.act)

    @property
    def answer_wanted(self) -> bool:
        """Whether a refusal is wrong. Where something is forbidden, and no more, it is not."""
        return self.must_refuse is False or self.details_wanted


@dataclass(frozen=True)
class Suite:
    """One file of cases.

    Attributes:
        articles: files and folders that are asked, none when the file does not say.
        library: the library that is asked, None likewise.
        refusal_phrases: what a system's text says when it refuses, for systems that do not tell;
            None for the usual ones.
        lines: where each case begins in the file, from 1; none when not known.
    """

    path: Path
    cases: tuple[Case, ...]
    articles: tuple[Path, ...] = ()
    library: Path | None = None
    refusal_phrases: tuple[str, ...] | None = None
    lines: tuple[int, ...] = field(default=(), compare=False)


def find_files(paths: Iterable[Path]) -> list[Path]:
    """Files of cases: those named, and all in the folders that are named; sorted, each once."""
    found: dict[Path, None] = {}
    for path in paths:
        inside = sorted(path.rglob(PATTERN)) if path.is_dir() else [path]
        found |= dict.fromkeys(p.resolve() for p in inside)
    return list(found)
