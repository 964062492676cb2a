"""Our own claims about news, most of it articles of attribution_train: `claims.jsonl.gz`.

In pairs: a claim that the sentences it cites bear out, in other words than theirs, and one in much
the same words that they do not. They hold no text of the articles, and point at it by offsets. The
network reads a claim in the place of a question: whether the passage "answers" it is whether it
bears it out. A question with an answer behind it is read as a claim, too (`answered`): whether an
answer that was found is one is verified so (Hu et al., 2019, "Read + Verify").
"""

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

from assistant.bench.data import read_lines
from assistant.train.attributions import LETTERS
from assistant.train.examples import grown
from assistant.train.newsroom import NewsQuestion, Span, Texts, spans
from index.sentences import split_sentences
from index.words import words

PATH = Path(__file__).with_name("claims.jsonl.gz")
WRONG = 0.5  # of the answers: put behind another question, too
TOGETHER = 0.5  # of the answers of several parts: all behind the question; one of them else
ALONE = 0.6  # of the claims: shown with the cited sentences only


@dataclass(frozen=True)
class NewsClaim:
    """A claim; `evidence` are `[start, stop)` code points of its article's text.

    Attributes:
        article: id in attribution_train, or of an article that we invented.
        supported: whether the evidence bears it out.
        evidence: sentences, in the order of the text.
    """

    article: str
    claim: str
    supported: bool
    evidence: tuple[Span, ...]

    @property
    def for_reader(self) -> bool:
        """Whether the reader is trained on it; the others are kept for what will weigh claims."""
        return crc32(self.article.encode()) % 5 > 0


@dataclass(frozen=True)
class ClaimExample:
    """A claim and a passage, and which spans of it bear the claim out; none where nothing does."""

    claim: str
    context: str
    evidence: tuple[Span, ...]


def read_news_claims(path: Path = PATH) -> list[NewsClaim]:
    """All of them, in the order of the file."""
    return [
        NewsClaim(
            row["article"],
            row["claim"],
            row["supported"],
            spans(row["evidence"]),
        )
        for row in read_lines(path)
    ]


def answered(asked: Sequence[NewsQuestion], texts: Texts, seed: int) -> list[NewsClaim]:
    """Questions with an answer behind them: "Who denied it? Ines Tolland".

    The right answer, one of several or all of them; half as often the answer to another question
    of the kind about the article, with either's sentences; and behind a near miss what answers
    another question from the sentences that come near.
    """
    draw = random.Random(seed)
    about: dict[str, list[NewsQuestion]] = defaultdict(list)
    for question in asked:
        if question.answers:
            about[question.article].append(question)
    made = []
    for question in asked:
        others, text = about[question.article], texts[question.article][1]
        right, wrong = [], []
        if question.answers:
            right = [question]
            if draw.random() < WRONG:
                same = (o for o in others if o.kind == question.kind)
                wrong = [o for o in same if not _meet(o.evidence, question.evidence)]
                wrong = [o for o in wrong if not _told_again(o, question, text)]
        else:
            wrong = [o for o in others if _within(o.answers, question.evidence)]
        wrong = [draw.choice(wrong)] if wrong else []
        for of in (*right, *wrong):
            places = (question, of) if question.answers else (question,)
            given = of.answers if draw.random() < TOGETHER else (draw.choice(of.answers),)
            answer = ", ".join(" ".join(text[s:e].split()) for s, e in given)
            told = f"{question.question} {answer}"
            place = draw.choice(places).evidence
            made.append(NewsClaim(question.article, told, of is question, place))
    return made


def _meet(some: Sequence[Span], others: Sequence[Span]) -> bool:
    return any(s < stop and start < e for s, e in some for start, stop in others)


def _told_again(one: NewsQuestion, other: NewsQuestion, text: str) -> bool:
    """Whether an answer to one question has, elsewhere in the text, the words of the other's."""
    some = [words(text[s:e]) for s, e in one.answers]
    return any(set(words(text[s:e])) <= set(each) for s, e in other.answers for each in some)


def _within(answers: Sequence[Span], evidence: Sequence[Span]) -> bool:
    return all(any(s <= a and b <= e for s, e in evidence) for a, b in answers)


def claim_examples(claims: Sequence[NewsClaim], texts: Texts, seed: int) -> list[ClaimExample]:
    """Each claim with its cited sentences, or with a passage around them where that is not long."""
    draw = random.Random(seed)
    examples = []
    for claim in claims:
        title, text = texts[claim.article]
        passage = _around(text, title, claim.evidence, draw)
        if passage and draw.random() >= ALONE:
            begin, end = passage
            inside = tuple((s - begin, e - begin) for s, e in claim.evidence)
            context = text[begin:end]
        else:
            context, inside = _joined(text, claim.evidence)
        examples.append(ClaimExample(claim.claim, context, inside if claim.supported else ()))
    return examples


def _around(text: str, title: str, evidence: Sequence[Span], draw: random.Random) -> Span | None:
    sentences = [(s.start, s.stop) for s in split_sentences(text, title)]
    begin, end = min(s for s, _ in evidence), max(e for _, e in evidence)
    cited = [n for n, (s, e) in enumerate(sentences) if s < end and begin < e]
    first, last = cited[0], cited[-1]
    if sentences[last][1] - sentences[first][0] > LETTERS:
        return None

    def enough(one: int, other: int) -> bool:
        return sentences[other][1] - sentences[one][0] > LETTERS / 2

    first, last = grown(first, last, len(sentences), enough, draw)
    return sentences[first][0], sentences[last][1]


def _joined(text: str, evidence: Sequence[Span]) -> tuple[str, tuple[Span, ...]]:
    pieces, spans, at = [], [], 0
    for start, stop in sorted(evidence):
        pieces.append(text[start:stop])
        spans.append((at, at + stop - start))
        at += stop - start + 1
    return " ".join(pieces), tuple(spans)
