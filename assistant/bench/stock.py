"""What we compare with: LlamaIndex's own pipeline over Chroma, as its documentation has it.

SentenceSplitter (chunks of 256 tokens, the encoder's window; overlap 20, LlamaIndex's
`DEFAULT_CHUNK_OVERLAP`), HuggingFaceEmbedding with the same weights in fp32, embedded Chroma.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from index.article import Article
from index.encoder import model_folder

if TYPE_CHECKING:
    from llama_index.core.base.base_retriever import BaseRetriever

CHUNK_TOKENS = 256
CHUNK_OVERLAP = 20


def build(articles: Iterable[Article], folder: Path, count: int = 10) -> "BaseRetriever":
    """Add articles; returns a retriever of the first `count` chunks."""
    import chromadb
    from chromadb.config import Settings
    from llama_index.core import Document, StorageContext, VectorStoreIndex
    from llama_index.core.node_parser import SentenceSplitter
    from llama_index.embeddings.huggingface import HuggingFaceEmbedding
    from llama_index.vector_stores.chroma import ChromaVectorStore

    client = chromadb.PersistentClient(str(folder), Settings(anonymized_telemetry=False))
    collection = client.get_or_create_collection(
        "stock", configuration={"hnsw": {"space": "cosine"}}, embedding_function=None
    )
    index = VectorStoreIndex.from_documents(
        [Document(text=article.text, doc_id=article.id) for article in articles],
        storage_context=StorageContext.from_defaults(
            vector_store=ChromaVectorStore(chroma_collection=collection)
        ),
        embed_model=HuggingFaceEmbedding(str(model_folder()), device="cpu"),
        transformations=[SentenceSplitter(chunk_size=CHUNK_TOKENS, chunk_overlap=CHUNK_OVERLAP)],
    )
    return index.as_retriever(similarity_top_k=count)
