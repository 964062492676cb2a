"""The types that flow through `index`: one frozen type a stage.

    Article -> Sentence -> Passage
                        -> Attribution

All offsets count Unicode code points in `Article.text`, half-open: `text[start:end]`.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property

Span = tuple[int, int]  # [start, stop)

ID_LENGTH = 20  # hex digits, 80 bits: a collision in ten million articles has odds of 1 in 10^10


@dataclass(frozen=True)
class Article:
    """One document. `text` is final: nothing downstream edits it.

    Attributes:
        text: the normalised text, the only one that offsets refer to.
        title, url, publisher, author: "" when unknown.
        published: the day of publication, None when unknown.
        source: where it was read from (path, URL, or path#record): an article that is read again
            from the same source replaces the earlier one. Not part of the content.
    """

    text: str
    title: str = ""
    url: str = ""
    publisher: str = ""
    author: str = ""
    published: date | None = None
    source: str = field(default="", compare=False)

    @cached_property
    def id(self) -> str:
        """Hash of the content: the same article always has the same id."""
        published = self.published.isoformat() if self.published else ""
        parts = (self.text, self.title, self.url, self.publisher, self.author, published)
        # Lengths keep ("ab", "c") and ("a", "bc") apart.
        content = "".join(f"{len(part)}:{part}" for part in parts)
        return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:ID_LENGTH]


class Kind(StrEnum):
    """What a stretch of an article is. Only prose is embedded, searched and cited."""

    PROSE = "prose"
    HEADING = "heading"
    CAPTION = "caption"
    FURNITURE = "furniture"


@dataclass(frozen=True, slots=True)
class Sentence:
    """A stretch `[start, end)` of an article's text. All sentences together tile the text.

    `start` is at the first character of the sentence; white space after it belongs to it
    (`[start, stop)` is the part without).

    Attributes:
        stop: end of the sentence proper, white space after it left out: what a citation shows.
        quoted: the sentence lies wholly inside a quotation that another sentence opened or closes:
            shown alone, it would look like the article's own statement.
    """

    start: int
    stop: int
    end: int
    kind: Kind = Kind.PROSE
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of whole sentences `[first, last)` of one article: what is embedded and retrieved.

    Attributes:
        article_id: the article it belongs to.
        number: position among the article's passages, from 0.
        start, end: offsets into the article's text, from its first to its last prose sentence.
    """

    article_id: str
    number: int
    first: int
    last: int
    start: int
    end: int

    @property
    def id(self) -> str:
        return f"{self.article_id}-{self.number}"


def passage_places(ids: Iterable[str]) -> list[tuple[str, int]]:
    """Article and number of passages, given their ids; what is no id is left out."""
    parts = (passage_id.rpartition("-") for passage_id in ids)
    return [(article, int(number)) for article, _, number in parts if number.isdecimal()]


@dataclass(frozen=True, slots=True)
class Attribution:
    """Who said what, at one place of an article.

    Attributes:
        number: position among the article's attributions, from 0.
        source: who, as the words stand there ("he"); () when the place names nobody.
        cue: by which words ("denied", "according to").
        content: what; () for a bare "declined to comment".
        act: of the cue: say, deny, accuse, ...; see `acts.toml`.
        negated: it is reported not to have been done ("did not deny").
        speaker: the fullest name the article has for the source, or the source's own words when it
            has none; "" when the place names nobody and nothing tells who speaks.
        named: where the article names the speaker so.
        role: who the speaker is, in the article's words ("the ministry's spokesman"), "" if unsaid.
    """

    article_id: str
    number: int
    source: tuple[Span, ...]
    cue: Span
    content: tuple[Span, ...]
    act: str
    negated: bool
    speaker: str
    named: Span | None
    role: str

    @property
    def spans(self) -> tuple[Span, ...]:
        """Source, cue and content, in the order of the text."""
        return tuple(sorted((*self.source, self.cue, *self.content)))
