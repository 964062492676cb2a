"""What the checks (`assistant.checks`) withhold of our own questions' evidence.

Of each of our own questions (`train.newsroom`): whether one of the sentences that answer it
passes; of one that has no answer, whether one passes that comes near. The checks alone are
counted, before anything is read or chosen; who said what, which they look at, is what the network
found.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from assistant.checks import Checks, Fault
from assistant.said import touching
from assistant.train.newsroom import NewsQuestion
from index.filters import Filters
from index.library import Library

_article = attrgetter("article")


@dataclass(frozen=True)
class Count:
    """Questions, and of them those of whose evidence all was withheld, by the first fault found."""

    questions: int
    withheld: Counter[Fault]

    def __str__(self) -> str:
        told = (
            f"{count} ({100 * count / self.questions:.1f} %) {fault}"
            for fault, count in sorted(self.withheld.items())
        )
        return f"{self.questions}: withheld {', '.join(told) or 'none'}"


def count(library: Library, asked: Sequence[NewsQuestion]) -> Count:
    """Args: library: with the articles of the questions, whose `source` is their id."""
    ids = {article.source: article.id for article in library.articles()}
    withheld: Counter[Fault] = Counter()
    questions = [q for q in asked if q.evidence and q.article in ids]
    for source, some in groupby(sorted(questions, key=_article), key=_article):
        for faults in _faults(library, ids[source], some):
            if faults and all(faults):
                withheld[faults[0]] += 1
    return Count(len(questions), withheld)


def _faults(
    library: Library, article_id: str, asked: Iterable[NewsQuestion]
) -> Iterator[list[Fault]]:
    """Of each question about an article: what is wrong with each sentence of the evidence."""
    text = library.article(article_id).text
    said = list(library.attributions(Filters.of([article_id])))
    sentences = library.sentences(article_id)
    for question in asked:
        checks = Checks.of(question.question)
        yield [
            checks.fault(text[s.start : s.stop], s.quoted, tuple(touching(said, (s.start, s.stop))))
            for s in sentences
            if any(start < s.stop and s.start < stop for start, stop in question.evidence)
        ]
