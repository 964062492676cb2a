"""Retrieval over encyclopaedia paragraphs: qa_dev's questions, its paragraphs and qa_train's."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from assistant.bench import stock
from assistant.bench.data import paragraph_articles, read_rows
from assistant.bench.figures import Figure
from assistant.pipeline import Assistant
from assistant.score import Refusals
from index.article import Article
from index.encoder import Vectors, model_folder, shared_encoder
from index.library import Library
from index.retrieve import retrieve

CUTS = (1, 5, 10)


def paragraphs(data: Path, work: Path) -> list[Figure]:
    """Recall@k of the gold answer's passage, against the stock pipeline on the same paragraphs."""
    rows = read_rows(data, "qa_dev")
    hard = [*rows, *read_rows(data, "qa_train")]
    questions = [row for row in rows if row["answers"]]
    figures = []
    for name, source in (("qa_dev", rows), ("qa_dev + qa_train", hard)):
        articles = list(paragraph_articles(source))
        ours = _ours(articles, questions, work / f"ours-{len(articles)}")
        theirs = _theirs(articles, questions, work / f"stock-{len(articles)}")
        for cut in CUTS:
            figures.append(_recall(f"{name}, recall@{cut}", ours, cut, len(articles)))
            figures.append(_recall(f"{name}, recall@{cut}, stock", theirs, cut, len(articles)))
    gain = figures[-2].value - figures[-1].value
    figures.append(
        Figure("qa", "qa_dev + qa_train, recall@10 above stock", gain, "points", len(questions), 5)
    )
    return figures


def precision(data: Path, work: Path) -> list[Figure]:
    """The int8 encoder against the original fp32 weights: dense retrieval alone, qa_dev."""
    from sentence_transformers import SentenceTransformer

    rows = read_rows(data, "qa_dev")
    articles = list(paragraph_articles(rows))
    questions = [row for row in rows if row["answers"]]
    original = SentenceTransformer(str(model_folder()), device="cpu", local_files_only=True)
    original.max_seq_length = 256

    def fp32(texts: Sequence[str]) -> Vectors:
        return np.asarray(original.encode(list(texts), normalize_embeddings=True), np.float32)

    texts = [article.text for article in articles]
    asked = [row["question"] for row in questions]
    gold = [texts.index(row["context"]) for row in questions]
    found = {}
    for name, encode in (("int8", shared_encoder().encode), ("fp32", fp32)):
        order = np.argsort(-(encode(asked) @ encode(texts).T), axis=1)[:, :10]
        found[name] = 100 * float(np.mean([g in row for g, row in zip(gold, order, strict=True)]))
    count = len(questions)
    loss = found["fp32"] - found["int8"]
    return [
        *(Figure("encoder", f"dense recall@10, {k}", v, "%", count) for k, v in found.items()),
        Figure("encoder", "dense recall@10 lost by int8", loss, "points", count, most=0.5),
    ]


def refusal(data: Path, work: Path) -> list[Figure]:
    """Answering or refusing all of qa_dev's questions, its paragraphs in one library."""
    rows = read_rows(data, "qa_dev")
    with Assistant.open(work / "refusal") as assistant:
        assistant.add(*paragraph_articles(rows))
        outcomes = [(bool(r["answers"]), assistant.ask(r["question"]).refused) for r in rows]
    figures = Refusals.of(outcomes)
    answerable = sum(can for can, _ in outcomes)
    unanswerable = len(outcomes) - answerable
    return [
        Figure("refusal", "qa_dev, unanswerable refused", 100 * figures.recall, "%", unanswerable),
        Figure(
            "refusal", "qa_dev, answerable refused", 100 * figures.over_refusal, "%", answerable
        ),
    ]


def _ours(articles: list[Article], questions: list[dict[str, object]], folder: Path) -> list[int]:
    """For each question the rank of the first passage with a gold answer, from 1; 0 for none."""
    with Library(folder) as library:
        library.add(*articles)
        ranks = []
        for row in questions:
            hits = retrieve(library, str(row["question"]), max(CUTS))
            spans = [(library.article(h.passage.article_id).text, h.passage) for h in hits]
            ranks.append(_rank(row, [(t, p.start, p.end) for t, p in spans]))
        return ranks


def _theirs(articles: list[Article], questions: list[dict[str, object]], folder: Path) -> list[int]:
    retriever = stock.build(articles, folder, max(CUTS))
    texts = {article.id: article.text for article in articles}
    ranks = []
    for row in questions:
        spans = []
        for found in retriever.retrieve(str(row["question"])):
            text, chunk = texts[found.node.ref_doc_id or ""], found.node.get_content()
            # Searched for here: LlamaIndex's own offsets are wrong where text repeats.
            start = text.find(chunk)
            spans.append((text, start, start + len(chunk)))
        ranks.append(_rank(row, spans))
    return ranks


def _rank(row: dict[str, object], spans: list[tuple[str, int, int]]) -> int:
    answers = row["answers"]
    assert isinstance(answers, list)  # noqa: S101 -- the data's own format
    for rank, (text, start, end) in enumerate(spans, 1):
        if text == str(row["context"]) and any(
            start <= a["start"] and a["start"] + len(a["text"]) <= end for a in answers
        ):
            return rank
    return 0


def _recall(measure: str, ranks: list[int], cut: int, articles: int) -> Figure:
    share = 100 * float(np.mean([0 < rank <= cut for rank in ranks]))
    return Figure("qa", measure, share, "%", len(ranks), note=f"{articles:,} paragraphs")
