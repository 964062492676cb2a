"""Our own questions about the articles of attribution_train: `news_questions.jsonl.gz`.

Written for this project, in the words of people who look for something. They point at answers and
evidence by offsets; of the articles they hold no text. Near half of them cannot be answered by
their article, and point at the sentence that comes near. Some are about articles that we invented
(`articles.jsonl.gz`): those of attribution_train are of one country and one year.

The questions of two thirds of the articles train the reader; the others fit what chooses among
sentences (`assistant.train.select`).
"""

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from zlib import crc32

import numpy as np

from assistant.bench.data import read_lines
from assistant.train.attributions import LETTERS, runs
from assistant.train.examples import Example
from assistant.train.swaps import NewsSwapper
from index.article import Article
from index.sentences import split_sentences

Span = tuple[int, int]
Texts = dict[str, tuple[str, str]]  # title and text of articles by id
NEAR_MISSES = 0.45  # of the answerable questions that one is made of
EASY = 0.5  # of the questions that are also put to another passage of the article; of another one
OFF_TOPIC = "off-topic"  # kind of a question that no news article answers
PATH = Path(__file__).with_name("news_questions.jsonl.gz")
ARTICLES = Path(__file__).with_name("articles.jsonl.gz")


@dataclass(frozen=True)
class NewsQuestion:
    """A question; spans are `[start, stop)` code points of the article's text.

    Attributes:
        article: id in attribution_train, or of an article that we invented.
        kind: fact, attribution, multi, yesno or unanswerable.
        answers: shortest answers; several for several parts or distinct answers.
        evidence: sentences to cite; for an unanswerable question those that come near.
        casual: in few and common words, as of somebody who has not read the article.
    """

    article: str
    kind: str
    question: str
    answers: tuple[Span, ...]
    evidence: tuple[Span, ...]
    casual: bool = False

    @property
    def for_reader(self) -> bool:
        """Whether the reader is trained on it."""
        return for_reader(self.article)

    @property
    def manner(self) -> str:
        """How it is asked, for reports."""
        return "casual" if self.casual else "in full"


def for_reader(article: str) -> bool:
    """Whether the reader is trained on the questions about an article."""
    return crc32(article.encode()) % 3 > 0


def read_news_questions(path: Path = PATH) -> list[NewsQuestion]:
    """All of them, in the order of the file."""
    return [
        NewsQuestion(
            row["article"],
            row["kind"],
            row["question"],
            spans(row["answers"]),
            spans(row["evidence"]),
            row.get("casual", False),
        )
        for row in read_lines(path)
    ]


def spans(stored: Iterable[Sequence[int]]) -> tuple[Span, ...]:
    """Spans as JSON has them."""
    return tuple((start, stop) for start, stop in stored)


def read_articles(path: Path = ARTICLES) -> list[Article]:
    """The articles that we invented; `source` is their id."""
    return [
        Article(
            row["text"],
            row["title"],
            publisher=row["publisher"],
            published=date.fromisoformat(row["date"]),
            source=row["id"],
        )
        for row in read_lines(path)
    ]


def texts_of(news: Path) -> Texts:
    """Title and text by id, of the articles of attribution_train and of those that we invented."""
    ours = {article.source: (article.title, article.text) for article in read_articles()}
    return {row["id"]: (row["title"], row["text"]) for row in read_lines(news)} | ours


def news_examples(asked: Sequence[NewsQuestion], texts: Texts, seed: int) -> list[Example]:
    """Each question with the passages that answer it, and with some that do not.

    Passages that do not answer: those that come near, another of the article, and one of the
    most similar of all other articles (TF-IDF). Of some answerable questions a near miss is made
    beside, by one small change (`swaps.NewsSwapper`).
    """
    draw = random.Random(seed)
    passages = {key: _passages(text, title) for key, (title, text) in texts.items()}
    elsewhere = _nearest(asked, {k: [texts[k][1][s:e] for s, e in v] for k, v in passages.items()})
    contexts = sorted({texts[k][1][s:e] for k, spans in passages.items() for s, e in spans})
    near_miss = NewsSwapper((question.question for question in asked), contexts)
    examples = []
    for question, far in zip(asked, elsewhere, strict=True):
        text = texts[question.article][1]
        wrong = []
        answered: dict[Span, list[Span]] = defaultdict(list)
        for passage in passages[question.article]:
            inside = [a for a in question.answers if passage[0] <= a[0] and a[1] <= passage[1]]
            if inside:
                answered[passage] = inside
            elif not any(s < passage[1] and passage[0] < e for s, e in question.evidence):
                wrong.append(passage)
            elif not question.answers:
                examples.append(Example(question.question, text[slice(*passage)], None))
        for (start, stop), inside in answered.items():
            first, last = draw.choice(inside)
            answer = (first - start, last - start)
            evidence = tuple(
                (max(s, start) - start, min(e, stop) - start)
                for s, e in question.evidence
                if s < stop and start < e
            )
            example = Example(question.question, text[start:stop], answer, evidence)
            examples.append(example)
            if draw.random() < NEAR_MISSES and (missed := near_miss(example, draw)):
                examples.append(missed)
        if wrong and draw.random() < EASY:
            start, stop = draw.choice(wrong)
            examples.append(Example(question.question, text[start:stop], None))
        answers = [text[s:e].casefold() for s, e in question.answers if e - s > 3]
        far = [f for f in far if not any(answer in f.casefold() for answer in answers)]
        # A copy of the article, in another outlet, may well answer.
        if far and draw.random() < EASY:
            examples.append(Example(question.question, draw.choice(far), None))
    return examples


def _passages(text: str, title: str) -> list[Span]:
    return list(runs([(s.start, s.stop) for s in split_sentences(text, title)], LETTERS))


def _nearest(asked: Sequence[NewsQuestion], passages: dict[str, list[str]]) -> list[list[str]]:
    """For each question the five passages of other articles that are most similar to it."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    flat = [(key, passage) for key, own in passages.items() for passage in own]
    vectorizer = TfidfVectorizer(sublinear_tf=True, stop_words="english", dtype=np.float32)
    matrix = vectorizer.fit_transform([passage for _, passage in flat]).T.tocsc()
    scores = (vectorizer.transform([q.question for q in asked]) @ matrix).toarray()
    return [
        [flat[i][1] for i in np.argsort(-row, kind="stable")[:40] if flat[i][0] != q.article][:5]
        for q, row in zip(asked, scores, strict=True)
    ]
