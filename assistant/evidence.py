"""The sentences that a claim cites, and what is known of them and around them."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

from assistant.answer import Citation
from assistant.reported import Saying
from assistant.said import touching
from index.acts import stems
from index.article import Article, Attribution, Kind, Sentence
from index.filters import Filters
from index.library import Library
from index.names import Entity, Mention, find_names, is_person
from index.words import STOP_WORDS, search_words, stem

Reason = tuple[str, str] | None  # the check that failed, and why


@dataclass(frozen=True)
class Evidence:
    """The cited sentences and what is known of them; each property is made when first needed."""

    library: Library
    citations: tuple[Citation, ...]

    @cached_property
    def sentences(self) -> tuple[str, ...]:
        return tuple(c.sentence for c in self.citations)

    @cached_property
    def text(self) -> str:
        return "\n".join(self.sentences)

    @cached_property
    def articles(self) -> dict[str, Article]:
        return {i: self.library.article(i) for i in {c.article_id for c in self.citations}}

    @cached_property
    def said(self) -> dict[str, list[Attribution]]:
        """All attributions of each article."""
        return {i: list(self.library.attributions(Filters.of(articles=[i]))) for i in self.articles}

    @cached_property
    def named(self) -> dict[str, tuple[list[Entity], list[Mention]]]:
        """All names of each article, see `find_names`."""
        return {
            i: find_names(article.text, self.library.sentences(i))
            for i, article in self.articles.items()
        }

    @cached_property
    def sayings(self) -> tuple[Saying, ...]:
        """The attributions that touch the cited sentences."""
        found = []
        for article_id, article in self.articles.items():
            own = self.said[article_id]
            for c in self.citations:
                if c.article_id == article_id:
                    sentence = Sentence(c.start, c.end, c.end)
                    found += [
                        Saying.of(article, a, sentence, self.persons)
                        for a in touching(own, (c.start, c.end))
                    ]
        return tuple(found)

    @cached_property
    def persons(self) -> frozenset[str]:
        """The names of the articles that are of people."""
        found: set[str] = set()
        for article in self.articles.values():
            sources = [span for a in self.said[article.id] for span in a.source]
            entities, _ = self.named[article.id]
            found |= {e.name for e in entities if is_person(e, article.text, sources)}
        return frozenset(found)

    @cached_property
    def speakers(self) -> str:
        """Who speaks in the cited sentences, by name and role."""
        named = (f"{s.said.speaker} {s.said.role} {s.source}" for s in self.sayings)
        return " ".join([*named, *(c.speaker for c in self.citations)])

    @cached_property
    def antecedents(self) -> str:
        """Whom "he" or "it" may mean that a cited sentence begins with: the subject before."""
        return " ".join(
            _subject_before(self, c) for c in self.citations if _ANAPHOR.match(c.sentence)
        )

    def share(self, claim: str, inside: str, beside: Collection[str] = ()) -> float:
        """Share of a claim's content words that a text has, rare words counting more.

        Args:
            beside: stems of the claim that do not count.
        """
        weights = {s: w for s, w in self._weights(claim).items() if s not in beside}
        have = set(stems(inside))
        total = sum(weights.values())
        return sum(w for s, w in weights.items() if s in have) / total if total else 1.0

    def _weights(self, claim: str) -> dict[str, float]:
        if claim not in self._weighed:
            rarity = self.library.rarity(search_words(claim))
            weights = {stem(w): weight for w, weight in rarity.items() if w not in STOP_WORDS}
            self._weighed[claim] = weights
        return self._weighed[claim]

    @cached_property
    def _weighed(self) -> dict[str, dict[str, float]]:
        return {}


_ANAPHOR = re.compile(r"[\W_]*(?:He|She|They|It|His|Her|Their|Its)\b")
_LOOK_BACK = 3  # sentences


def _subject_before(evidence: Evidence, citation: Citation) -> str:
    """The first name of the nearest sentence before that has one, and who speaks there."""
    sentences = evidence.library.sentences(citation.article_id)
    _, found = evidence.named[citation.article_id]
    before = [
        n
        for n, s in enumerate(sentences)
        if s.kind is Kind.PROSE and s.end <= citation.start and not s.quoted
    ]
    for number in reversed(before[-_LOOK_BACK:]):
        first = next((m.text for m in found if m.sentence == number), "")
        if first:
            span = (sentences[number].start, sentences[number].stop)
            there = touching(evidence.said[citation.article_id], span)
            return " ".join([first, *(a.speaker for a in there)])
    return ""
