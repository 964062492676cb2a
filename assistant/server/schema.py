"""What the REST interface takes, as OpenAPI tells it; `replies` has what it gives."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

LONGEST_QUESTION = 10_000  # characters
MOST_NAMES = 500  # of articles or publishers in one filter
EXAMPLE_DAY = "2026-03-14"


def _day(value: object) -> date:
    """Only year-month-day: pydantic alone would take numbers for seconds since 1970, too."""
    try:
        if isinstance(value, str) and len(value) == len(EXAMPLE_DAY):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise ValueError(f"is no date; wanted year-month-day, such as {EXAMPLE_DAY}")


def _worded(text: str) -> str:
    if not text.strip():
        raise ValueError("is empty; words are wanted")
    return text


Day = Annotated[date, BeforeValidator(_day)]
Id = Annotated[str, Field(max_length=64)]
Name = Annotated[str, Field(max_length=1_000)]
Worded = AfterValidator(_worded)
NONBLANK: dict[str, Any] = {"pattern": r"\S"}  # tells in JSON schema what `Worded` checks
Question = Annotated[str, Field(max_length=LONGEST_QUESTION, json_schema_extra=NONBLANK), Worded]
WebAddress = Annotated[str, Field(pattern=r"^[hH][tT][tT][pP][sS]?://[^\s]+$", max_length=4_000)]


class Closed(BaseModel):
    """Refuses fields it does not know: a misspelt filter would give answers that look filtered."""

    model_config = ConfigDict(extra="forbid")


class Days(Closed):
    """Days of publication, both included; an article without a day matches neither."""

    since: Day | None = Field(None, description="Only articles from this day on.")
    until: Day | None = Field(None, description="Only articles up to this day, included.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.since and self.until and self.since > self.until:
            raise ValueError(f"since ({self.since}) comes after until ({self.until})")
        return self


class Turn(Closed):
    """An earlier question and the text of its answer."""

    question: str = Field(max_length=LONGEST_QUESTION)
    answer: str = Field(max_length=1_000_000)


class Ask(Days):
    """A question, and what it is put to."""

    question: Question = Field(description="At most 10,000 characters.")
    history: list[Turn | tuple[str, str]] = Field(
        [],
        max_length=1_000,
        description="Earlier turns, oldest first: a follow-up is understood from them.",
    )
    articles: list[Id] | None = Field(
        None, max_length=MOST_NAMES, description="Ids; only these articles are asked."
    )
    publishers: list[Name] | None = Field(
        None, max_length=MOST_NAMES, description="Names, in upper or lower case."
    )
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"question": "Who denied opening the dam without warning?"},
                {
                    "question": "What did he say about the dam?",
                    "history": [["Who is Tomas Arnel?", "Tomas Arnel is ... [1]"]],
                    "publishers": ["Northline News Agency"],
                    "since": "2026-03-01",
                },
            ]
        }
    )

    def turns(self) -> list[tuple[str, str]]:
        """The history as `Assistant.ask` takes it."""
        return [(t.question, t.answer) if isinstance(t, Turn) else t for t in self.history]


class Filtered(Days):
    """Query parameters that narrow a list to articles."""

    publisher: list[Name] = Field([], max_length=MOST_NAMES, description="Repeatable.")
    article: list[Id] = Field([], max_length=MOST_NAMES, description="An id; repeatable.")

    def filters(self) -> dict[str, Any]:
        """As the methods of `Assistant` take them."""
        return {
            "articles": self.article or None,
            "publishers": self.publisher or None,
            "since": self.since,
            "until": self.until,
        }


class Page(BaseModel):
    """Which part of a list is given."""

    limit: int = Field(50, ge=1, le=500, description="At most so many.")
    offset: int = Field(0, ge=0, le=1_000_000_000, description="So many are left out before.")

    def cut(self, found: Sequence[Any]) -> Sequence[Any]:
        return found[self.offset : self.offset + self.limit]


class SaidQuery(Filtered, Page):
    """Who said what."""

    speaker: Name = Field("", description="Part of a name or role.", examples=["Arnel"])
    act: Name = Field(
        "", description="deny, accuse, promise ..., or a verb for one.", examples=["deny"]
    )
    about: Name = Field("", description="Words that were said, in any inflection.")


class DisputesQuery(Filtered, Page):
    """Accusations beside denials."""

    about: Name = Field("", description="Words of either side.", examples=["dam"])


class SearchQuery(Filtered):
    """Passages near to a question."""

    q: Question = Field(description="A question, or words.", examples=["the dam on the Ostrel"])
    count: int = Field(10, ge=1, le=50)


class ArticlesQuery(Days, Page):
    """Articles of the library."""

    publisher: list[Name] = Field([], max_length=MOST_NAMES, description="Repeatable.")
    q: Name = Field("", description="Beginnings of words of the title.", examples=["dam"])


class ArticleIn(Closed):
    """An article to add. One with a `url` replaces what came from that address before."""

    text: str = Field(json_schema_extra=NONBLANK)
    title: Name = Field("", description="The first words of the text when empty.")
    url: WebAddress | None = None
    publisher: Name = ""
    author: Name = ""
    published: Day | None = None


class Add(Closed):
    """Articles to add: whole, or the addresses of pages, feeds and sitemaps to fetch."""

    articles: list[ArticleIn] = Field([], max_length=5_000)
    urls: list[WebAddress] = Field([], max_length=500, description="http and https only.")
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "articles": [
                        {
                            "title": "Ferry runs again",
                            "text": "The ferry runs again, harbour chief Ines Tolland said.",
                            "publisher": "Coast Courier",
                            "published": "2026-04-02",
                        }
                    ]
                }
            ]
        }
    )
