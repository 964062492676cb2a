"""Questions to train on: SQuADShifts, SQuAD and QAMR, and what is made of them.

Everything here is a pure function of the data and a seed.
"""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from assistant.bench.data import read_lines
from index.sentences import split_sentences

# SQuAD 2.0 articles that are never trained on: thresholds are chosen on them.
HELD_OUT = frozenset(["Packet_switching", "Black_Death", "Yuan_dynasty", "Pharmacy"])

MORE = 9000  # answerable questions of the second part that are no news
UNANSWERABLE = Path(__file__).with_name("unanswerable.jsonl")


@dataclass(frozen=True)
class Example:
    """A question and a passage. `answer` is (start, stop) in `context`; None: there is none.

    `evidence` are the spans that support it; () stands for the sentences that hold the answer.
    """

    question: str
    context: str
    answer: tuple[int, int] | None
    evidence: tuple[tuple[int, int], ...] = ()

    def supporting(self) -> tuple[tuple[int, int], ...]:
        """The evidence, or the sentences that hold the answer; none without an answer."""
        if self.evidence or self.answer is None:
            return self.evidence
        start, stop = self.answer
        return tuple(
            (s.start, s.stop)
            for s in split_sentences(self.context)
            if s.start < stop and start < s.stop
        )


@dataclass(frozen=True)
class Question:
    """A row of the question data, with all its answers."""

    key: str
    dataset: str
    title: str
    question: str
    context: str
    answers: tuple[tuple[int, int], ...]

    @property
    def example(self) -> Example:
        """The example it makes, with the answer most annotators gave (the shortest of those)."""
        if not self.answers:
            return Example(self.question, self.context, None)
        counts = Counter(self.answers)
        best = max(counts, key=lambda span: (counts[span], span[0] - span[1], -span[0]))
        return Example(self.question, self.context, best)


def read_questions(path: Path) -> list[Question]:
    """All rows of a question file; answers whose offsets are wrong are left out."""
    questions = []
    for row in read_lines(path):
        spans = tuple(
            (answer["start"], answer["start"] + len(answer["text"]))
            for answer in row["answers"]
            if row["context"].startswith(answer["text"], answer["start"])
        )
        if bool(spans) == bool(row["answers"]):
            names = (row["id"], row["dataset"], row["title"], row["question"].strip())
            questions.append(Question(*names, row["context"], spans))
    return questions


def crop(example: Example, draw: random.Random, most: int) -> Example:
    """Keep a run of up to `most` sentences around the answer, anywhere when there is none."""
    sentences = split_sentences(example.context)
    if len(sentences) <= most:
        return example
    first = last = draw.randrange(len(sentences))
    if example.answer:
        start, stop = example.answer
        holding = [i for i, s in enumerate(sentences) if s.start < stop and start < s.stop]
        if not holding:
            return example
        first, last = holding[0], holding[-1]
    first, last = grown(
        first, last, len(sentences), lambda one, other: other - one + 1 >= most, draw
    )
    begin, end = sentences[first].start, sentences[last].stop
    moved = example.answer and (example.answer[0] - begin, example.answer[1] - begin)
    return Example(example.question, example.context[begin:end], moved)


def grown(
    first: int,
    last: int,
    count: int,
    enough: Callable[[int, int], bool],
    draw: random.Random,
) -> tuple[int, int]:
    """A run of sentences, grown at either end by chance until there is enough of it, or no more."""
    while not enough(first, last):
        if first and (draw.random() < 0.5 or last == count - 1):
            first -= 1
        elif last < count - 1:
            last += 1
        else:
            break
    return first, last


def surround(example: Example, others: Sequence[str], draw: random.Random) -> Example:
    """Put sentences of other texts around a one-sentence context."""
    extra = draw.sample(others, draw.randint(1, 4))
    cut = draw.randint(0, len(extra))
    before = "".join(text + " " for text in extra[:cut])
    context = before + example.context + "".join(" " + text for text in extra[cut:])
    answer = example.answer and (example.answer[0] + len(before), example.answer[1] + len(before))
    return Example(example.question, context, answer)


def wrong_passages(questions: Sequence[Question], nearest: int = 4) -> dict[str, list[str]]:
    """For each question the passages nearest by TF-IDF that do not hold its answer.

    Returns:
        Question key to up to `nearest` contexts, the nearest first. Passages of all data sets of
        `questions` are looked through; one that holds an answer's words is not wrong for sure.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer

    contexts = sorted({question.context for question in questions})
    vectorizer = TfidfVectorizer(sublinear_tf=True, stop_words="english", dtype=np.float32)
    passages = vectorizer.fit_transform(contexts).T.tocsc()
    asked = vectorizer.transform([question.question for question in questions])
    found: dict[str, list[str]] = {}
    for start in range(0, len(questions), 500):
        scores = (asked[start : start + 500] @ passages).toarray()
        for question, row in zip(questions[start : start + 500], scores, strict=True):
            near = np.argpartition(-row, min(nearest + 3, len(row) - 1))[: nearest + 3]
            answers = [question.context[s:e].lower() for s, e in question.answers]
            found[question.key] = [
                contexts[i]
                for i in near[np.argsort(-row[near], kind="stable")]
                if contexts[i] != question.context
                and not any(answer in contexts[i].lower() for answer in answers)
            ][:nearest]
    return found


def questions_to_read(
    questions: Sequence[Question],
    swapped: Callable[[Example, random.Random], Example | None],
    seed: int,
) -> list[Example]:
    """The mix of answerable questions and of ones whose passage does not answer.

    Args:
        questions: rows of the training data; those of `HELD_OUT` titles are passed over.
        swapped: makes a question that its passage seems to answer and does not.
        seed: of every draw.
    """
    draw = random.Random(seed)
    kept = [q for q in questions if not (q.dataset == "squad-2.0-dev" and q.title in HELD_OUT)]
    qamr = [q for q in kept if q.dataset == "qamr"]
    squad = [q for q in kept if q.dataset != "qamr"]
    wrong = wrong_passages(squad)
    examples = []
    for question in squad:
        example = question.example
        adversarial = question.dataset == "squad-2.0-dev"
        if example.answer and not adversarial and draw.random() < 0.6:
            example = crop(example, draw, draw.randint(2, 5))
        examples.append(example)
        if adversarial and not example.answer:
            examples.append(example)  # twice: there are few of these, and they are the real thing
        if question.answers and draw.random() < 0.3 and wrong[question.key]:
            passage = draw.choice(wrong[question.key])
            examples.append(crop(Example(question.question, passage, None), draw, 5))
        if question.answers and draw.random() < (0.7 if adversarial else 0.35):
            adversary = swapped(example, draw)
            if adversary:
                examples.append(adversary)
    sentences = sorted({q.context for q in qamr})
    for question in draw.sample(qamr, min(len(qamr), 7000)):
        example = surround(question.example, sentences, draw)
        examples.append(example)
        if draw.random() < 0.2:
            adversary = swapped(example, draw)
            if adversary:
                examples.append(adversary)
    return examples


def held_out(questions: Sequence[Question]) -> list[Question]:
    """The rows that thresholds are chosen on: as adversarial as those that are measured."""
    return [q for q in questions if q.dataset == "squad-2.0-dev" and q.title in HELD_OUT]


def read_unanswerable(questions: Sequence[Question], path: Path = UNANSWERABLE) -> list[Example]:
    """Our own questions that a paragraph seems to answer and does not, with their paragraphs.

    `unanswerable.jsonl` names each paragraph by the id of a row of the question data.
    """
    contexts = {question.key: question.context for question in questions}
    return [Example(row["question"], contexts[row["paragraph"]], None) for row in read_lines(path)]


def close_examples(
    questions: Sequence[Question], seed: int, unanswerable: Path = UNANSWERABLE
) -> list[Example]:
    """What the second part sees of them: adversarial paragraphs, and our unanswerable questions.

    The answerable questions of a paragraph go with its unanswerable ones; others, in full or
    cropped, keep up the finding.
    """
    draw = random.Random(seed)
    ours = read_unanswerable(questions, unanswerable)
    asked = {example.context for example in ours}
    adversarial = [q for q in questions if q.dataset == "squad-2.0-dev" and q.title not in HELD_OUT]
    beside = [q for q in questions if q.context in asked]
    answerable = draw.sample(beside, min(len(beside), len(ours) * 3 // 2))
    plain = [q for q in questions if q.answers and q.dataset.startswith("squad")]
    plain = [q for q in plain if q.dataset != "squad-2.0-dev"]
    more = [
        crop(q.example, draw, draw.randint(2, 6)) for q in draw.sample(plain, min(len(plain), MORE))
    ]
    return [q.example for q in (*adversarial, *answerable)] + ours + more
