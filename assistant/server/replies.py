"""What the REST interface gives, as OpenAPI tells it.

Answers, attributions and disputes are described by their own types: one shape everywhere.
"""

from datetime import date
from typing import Literal, Self

from pydantic import BaseModel, Field

from assistant.answer import Citation, Claim, Refusal, Withheld
from assistant.disputes import Dispute
from assistant.said import Said
from index.article import Article


class Health(BaseModel):
    """The server answers."""

    status: Literal["ok", "library away"] = Field(
        description="The latter: this server works, the library's database does not answer."
    )
    version: str = Field(examples=["0.1.0"])
    articles: int | None = Field(
        description="How many the library holds, where that can be told.", examples=[15]
    )


class AnswerOut(BaseModel):
    """An answer, or a refusal: one without claims. `Answer.to_dict()`.

    Each citation points to its sentence: characters `start` to `end` of the article's text.
    """

    question: str
    understood: str = Field(description="The standalone question that was searched.")
    claims: list[Claim]
    short: str = Field(description="The bare answer; empty when refused.")
    refusal: Refusal | None
    confidence: float = Field(ge=0, le=1)
    unanswered: list[str] = Field(description="What of the question the articles don't answer.")
    withheld: list[Withheld] = Field(description="What a language model stated without support.")
    note: str = Field(description="Why the wording of a language model was not used.")
    more: str = Field(description="That a list is not all of what was found; else empty.")
    timings: dict[str, float] = Field(description="Seconds by step.")
    text: str = Field(description="One claim a line, each followed by its [numbers].")
    refused: bool
    citations: list[Citation] = Field(description="Those of all claims, by number.")


class ArticleOut(BaseModel):
    """An article without its text."""

    id: str
    title: str
    url: str
    publisher: str
    author: str
    published: date | None
    characters: int = Field(description="Length of its text.")

    @classmethod
    def of(cls, article: Article) -> Self:
        names = ("id", "title", "url", "publisher", "author", "published")
        known = {name: getattr(article, name) for name in names}
        return cls(characters=len(article.text), **known)


class WholeArticle(ArticleOut):
    """An article; offsets of citations count the characters (code points) of its text."""

    text: str


NOTE = "What of a large library is left out; absent where nothing is."


class ArticleList(BaseModel):
    """Newest first."""

    total: int
    articles: list[ArticleOut]


class SaidList(BaseModel):
    """Newest article first, within it in the order of the text."""

    total: int
    said: list[Said]
    note: str = Field("", description=NOTE)


class DisputeList(BaseModel):
    """Those with both sides first; then accusations without denials, denials without claims."""

    total: int
    disputes: list[Dispute]
    note: str = Field("", description=NOTE)


class PassageOut(BaseModel):
    """A passage: characters `start` to `end` of the article's text are `text`."""

    article_id: str
    title: str
    url: str
    publisher: str
    published: date | None
    start: int
    end: int
    text: str


class PassageList(BaseModel):
    """Best first."""

    passages: list[PassageOut]


class ItemOut(BaseModel):
    """What became of one article."""

    id: str
    title: str
    source: str = Field(description="The file or address it came from.")


class FailureOut(BaseModel):
    """What could not be added."""

    source: str
    reason: str


class Report(BaseModel):
    """What became of everything that was to be added."""

    added: list[ItemOut]
    updated: list[ItemOut]
    unchanged: list[ItemOut]
    failed: list[FailureOut]


class Fault(BaseModel):
    """What went wrong."""

    type: str = Field(examples=["invalid_request"])
    message: str = Field(examples=["question: is empty; words are wanted"])
    param: str | None = None
    code: str | None = None
    request_id: str | None = Field(None, description="As in X-Request-ID, and in the server's log.")


class ErrorOut(BaseModel):
    """The one shape of all errors."""

    error: Fault
