"""Retrieval for LlamaIndex: a library as a `BaseRetriever`."""

import asyncio
from datetime import date
from typing import Any, Protocol

from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import (
    NodeRelationship,
    NodeWithScore,
    QueryBundle,
    RelatedNodeInfo,
    TextNode,
)

from index.filters import Filters
from index.library import Library
from index.retrieve import Hit, retrieve


class LibraryRetriever(BaseRetriever):
    """Passages of a library as nodes.

    A node's text is the article's, verbatim: `article.text[start_char_idx:end_char_idx]`. Its
    metadata name the article: article_id, title, url, publisher, published (ISO or "").
    """

    def __init__(
        self, library: Library, count: int = 10, filters: Filters | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self._library = library
        self._count = count
        self._filters = filters or Filters()

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        with self._library.snapshot():
            hits = retrieve(self._library, query_bundle.query_str, self._count, self._filters)
            return [NodeWithScore(node=self._node(hit), score=hit.score) for hit in hits]

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return await asyncio.to_thread(self._retrieve, query_bundle)

    def _node(self, hit: Hit) -> TextNode:
        passage = hit.passage
        article = self._library.article(passage.article_id)
        return TextNode(
            id_=passage.id,
            text=article.text[passage.start : passage.end],
            start_char_idx=passage.start,
            end_char_idx=passage.end,
            relationships={NodeRelationship.SOURCE: RelatedNodeInfo(node_id=article.id)},
            metadata={"article_id": article.id, **origin(article)},
        )


class _Origin(Protocol):
    @property
    def title(self) -> str: ...
    @property
    def url(self) -> str: ...
    @property
    def publisher(self) -> str: ...
    @property
    def published(self) -> date | None: ...


def origin(of: _Origin) -> dict[str, str]:
    """What the metadata of a node tell of its article; the day in ISO format, or ""."""
    return {
        "title": of.title,
        "url": of.url,
        "publisher": of.publisher,
        "published": of.published.isoformat() if of.published else "",
    }
