"""What the checks (`assistant.checks`) withhold of our own questions' evidence.

Of each question of `news_questions.jsonl`: whether one of the sentences that answer it passes; of
one that has no answer, whether one passes that comes near. The checks alone are counted, before
anything is read or chosen; who said what, which they look at, is what the network found.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.checks import Checks, Fault
from assistant.said import touching
from assistant.train.newsroom import NewsQuestion
from index.filters import Filters
from index.library import Library


@dataclass(frozen=True)
class Count:
    """Questions, and of them those of whose evidence all was withheld, by the first fault found."""

    questions: int
    withheld: Counter[Fault]

    def __str__(self) -> str:
        told = (f"{count} ({100 * count / self.questions:.1f} %) {fault}" for fault, count in self)
        return f"{self.questions}: withheld {', '.join(told) or 'none'}"

    def __iter__(self) -> Iterator[tuple[Fault, int]]:
        return iter(sorted(self.withheld.items()))


def count(library: Library, asked: Sequence[NewsQuestion]) -> Count:
    """Args: library: with the articles of the questions, whose `source` is their id."""
    ids = {article.source: article.id for article in library.articles()}
    withheld: Counter[Fault] = Counter()
    questions = [q for q in asked if q.evidence and q.article in ids]
    for question in questions:
        faults = list(_faults(library, ids[question.article], question))
        if faults and all(faults):
            withheld[faults[0]] += 1
    return Count(len(questions), withheld)


def _faults(library: Library, article_id: str, question: NewsQuestion) -> Iterator[Fault]:
    """Of each sentence of the evidence."""
    checks = Checks.of(question.question)
    text = library.article(article_id).text
    said = list(library.attributions(Filters.of([article_id])))
    for one in library.sentences(article_id):
        if any(start < one.stop and one.start < stop for start, stop in question.evidence):
            sayings = tuple(touching(said, (one.start, one.stop)))
            yield checks.fault(text[one.start : one.stop], one.quoted, sayings)
