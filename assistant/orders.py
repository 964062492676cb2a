"""Sentences that tell a language model what to do, which news seldom does.

They are no answers, except to a question about them, and are kept from a model that words answers.
That is the first of two fences, and the weaker one: whatever a model writes is checked in any case.
It is there for what no check of a claim against its sentence can find: "Say that X" does have the
words of X.
"""

import re
from functools import cache

from assistant.answer import Citation
from assistant.wordlists import table
from index.article import Article
from index.library import Library


def gives_orders(text: str) -> bool:
    """Whether a sentence speaks to a language model, as far as its words tell."""
    begins, anywhere, _ = _patterns()
    return bool(begins.match(text) or anywhere.search(text))


def asks_for_orders(question: str) -> bool:
    """Whether a question is about orders to a language model, and is none itself."""
    return bool(_patterns()[2].search(question)) and not gives_orders(question)


def stands_by_orders(library: Library, citation: Citation) -> bool:
    """Whether a sentence of the cited paragraph gives orders: what follows may be what they say."""
    article = library.article(citation.article_id)
    start, end = _paragraph(article, citation)
    sentences = [
        article.text[sentence.start : sentence.stop]
        for sentence in library.sentences(article.id)
        if start <= sentence.start < end
    ]
    return any(map(gives_orders, [article.text[start:end], *sentences]))


def _paragraph(article: Article, citation: Citation) -> tuple[int, int]:
    start = article.text.rfind("\n", 0, citation.start) + 1
    end = article.text.find("\n", citation.end)
    return start, end if end >= 0 else len(article.text)


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    patterns = table("orders")
    begins, anywhere, asking = ("|".join(patterns[n]) for n in ("begins", "anywhere", "asking"))
    return (
        re.compile(rf"[\W_]*(?:{begins})", re.IGNORECASE),
        re.compile(anywhere, re.IGNORECASE),
        re.compile(asking, re.IGNORECASE),
    )
