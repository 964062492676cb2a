"""Which articles a question is put to."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TypedDict

from index.article import Article
from index.clean import storable


class Selection(TypedDict, total=False):
    """What `Filters.of` takes, for functions that hand it on."""

    articles: Iterable[str] | None
    publishers: Iterable[str] | None
    since: date | str | None
    until: date | str | None


@dataclass(frozen=True)
class Filters:
    """Conditions on articles; all must hold, None means any.

    Attributes:
        articles: ids.
        publishers: names, compared without regard to case.
        since, until: days of publication, both included. An article whose day is not known
            matches neither.
    """

    articles: frozenset[str] | None = None
    publishers: frozenset[str] | None = None
    since: date | None = None
    until: date | None = None

    @classmethod
    def of(
        cls,
        articles: Iterable[str] | None = None,
        publishers: Iterable[str] | None = None,
        since: date | str | None = None,
        until: date | str | None = None,
    ) -> "Filters":
        """Filters from any iterables, and dates or ISO strings; a lone string counts as one name.

        Raises:
            ValueError: a date is not in ISO format.
        """
        return cls(_names(articles), _folded(publishers), _day(since), _day(until))

    def __bool__(self) -> bool:
        return self != Filters()

    @property
    def exclude_all(self) -> bool:
        """Whether no article can match: a list of ids or names is empty."""
        return self.articles == frozenset() or self.publishers == frozenset()

    def match(self, article: Article) -> bool:
        """Whether an article meets all conditions."""
        return (
            (self.articles is None or article.id in self.articles)
            and (self.publishers is None or article.publisher.casefold() in self.publishers)
            and (self.since is None or bool(article.published and article.published >= self.since))
            and (self.until is None or bool(article.published and article.published <= self.until))
        )


def _day(day: date | str | None) -> date | None:
    return date.fromisoformat(day) if isinstance(day, str) else day


def _names(names: Iterable[str] | None) -> frozenset[str] | None:
    if names is None:
        return None
    return frozenset(map(storable, [names] if isinstance(names, str) else names))


def _folded(names: Iterable[str] | None) -> frozenset[str] | None:
    found = _names(names)
    return None if found is None else frozenset(name.casefold() for name in found)
