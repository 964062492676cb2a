"""Whether what was chosen answers the question: independent signs, weighed by a small network.

The reader is one witness. Others: whether the best sentence, read again alone, still answers, and
bears out the answer put behind the question;
whether every name, number and day of the question is told of near it; whether the answer is of the
kind that is asked for; whether act and speaker fit; how near in meaning the sentence is; whether
other passages give the same answer. `gate.json` weighs them, made by
`python -m assistant.train select`: the confidence is the probability that the best sentence is
right.
"""

import json
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from assistant.asked import NEWEST, asked
from assistant.checks import Checks, Fault
from assistant.demands import KINDS, AnswerKind, expected, fits, unmet
from assistant.extract import Candidate, log_odds, same_answer, tells_story
from assistant.language import language
from assistant.mentions import Mention, Told, another_day, is_year, mentions
from assistant.reader import BOUND, Reader, bounded, shared_reader
from assistant.short import identity
from index.article import Kind
from index.library import Library
from index.words import search_words, stem

Floats = NDArray[np.float64]
SHARED = 1 / 3  # by rarity, of the words of a question in another language: in the passage


@dataclass(frozen=True, slots=True)
class Signs:
    """What speaks for the best sentence being an answer. Log odds are within ±12.

    Attributes:
        chosen: log odds, by `extract.Model`, that one of the sentences answers.
        best: log odds of the best one.
        runner_up: by how much the next sentence with another answer is behind it.
        span, passage, support: log odds, by the reader's heads, of the best sentence.
        again_span, again_passage, again_support: the same, read with the sentence before it only.
        verified, verified_support: passage and support, read so with the answer behind the
            question, as a claim (`train.claims.answered`).
        rank: of the passage, 1 / rank.
        coverage, context: weighted share of the question's words in the sentence, and around it.
        missing, missing_far: rarity of the rarest word of the question that the passage, and that
            the whole article, does not have; 1 for one that is nowhere in the library.
        names, names_near, names_far: share of the names of the question that the sentence (or its
            speaker's name), its passage or title, and the article have; 1 when it has none.
        numbers, days: share of its numbers, its days, that passage, title or dateline have.
        mentioned: how many names, numbers and days it has.
        meaning: cosine of question and sentence, by the encoder.
        fits: the answer is of the kind that is asked for (a number, a time, ...).
        agreement: share of the other passages whose best answer is the same.
        length: content words of the question.
        act, speaker, topic, other_act, other_speaker, role, attributed, who: see
            `extract.Features`.
        whether: a yes or no is asked for.
    """

    chosen: float
    best: float
    runner_up: float
    span: float
    passage: float
    support: float
    again_span: float
    again_passage: float
    again_support: float
    verified: float
    verified_support: float
    rank: float
    coverage: float
    context: float
    missing: float
    missing_far: float
    names: float
    names_near: float
    names_far: float
    numbers: float
    days: float
    mentioned: float
    meaning: float
    fits: float
    agreement: float
    length: float
    act: float
    speaker: float
    topic: float
    other_act: float
    other_speaker: float
    role: float
    attributed: float
    who: float
    whether: float


@dataclass(frozen=True)
class Gate:
    """A network with one hidden layer over the signs.

    Its two outputs: whether the articles answer at all, by which it is decided whether to answer;
    whether the best sentence does, which is the confidence.

    Attributes:
        mean, scale: (signs,), by which signs are normalised.
        hidden: (signs, units); hidden_bias: (units,); weights: (units, 2); bias: (2,).
        least: probability of the first output from which on an answer is given.
        lowest: confidence below which none is.
    """

    mean: Floats
    scale: Floats
    hidden: Floats
    hidden_bias: Floats
    weights: Floats
    bias: Floats
    least: float
    lowest: float = 0.0

    def probabilities(self, signs: Floats) -> Floats:
        """(questions, signs) -> (questions, 2): answerable, the best sentence answers."""
        units = ((signs - self.mean) / self.scale) @ self.hidden + self.hidden_bias
        scores = np.maximum(units, 0) @ self.weights + self.bias
        return np.asarray(1 / (1 + np.exp(-np.clip(scores, -30, 30))))

    def passes(self, answerable: float, right: float) -> bool:
        """Whether an answer of these probabilities is given."""
        return answerable >= self.least and right >= self.lowest


ARRAYS = ("mean", "scale", "hidden", "hidden_bias", "weights", "bias")
NUMBERS = ("least", "lowest")


@dataclass(frozen=True)
class Verdict:
    """Whether to answer, and how sure.

    Attributes:
        confidence: probability that the best sentence answers; of a list or a story, that there is
            one.
        lacking: what the question mentions and the passage of the best sentence does not.
        kind: of answer that is asked for, and of which the best sentence has none.
        fault: why the likeliest sentence may not answer, where none may.
    """

    answered: bool
    confidence: float
    lacking: tuple[Mention, ...] = ()
    kind: AnswerKind = ""
    fault: Fault = ""


@cache
def load_gate() -> Gate:
    """The fitted gate that comes with the package."""
    stored = json.loads(files("assistant").joinpath("gate.json").read_text("utf-8"))
    arrays = {name: np.array(stored[name], float) for name in ARRAYS}
    return Gate(**arrays, least=float(stored["least"]), lowest=float(stored["lowest"]))


def judge(
    library: Library,
    question: str,
    ranked: Sequence[Candidate],
    chosen: Sequence[Candidate],
    gate: Gate | None = None,
) -> Verdict:
    """Whether the chosen sentences answer the question.

    Args:
        ranked: all sentences that were read, best first.
        chosen: those to answer with, best first.
    """
    if not chosen:
        return _nothing(question, ranked)
    slots = asked(question)
    if slots == NEWEST:
        return Verdict(True, 1.0)  # what the newest articles begin with is what they begin with
    gate = gate or load_gate()
    found = signs(library, question, ranked, chosen)
    [[answerable, right]] = gate.probabilities(np.array([astuple(found)]))
    best, named = chosen[0], mentions(question)
    near = _near(best)
    others = [m for m in named if another_day(m, question, best.text, best.article)]
    # "What did Venn say on Friday?" is of the sentence's day, whatever the passage tells of.
    own = others if slots.wanted == "content" else []
    lacking = tuple(m for m in named if m in own or not near.has(m))
    lacks_kind = _lacks_kind(question, " ".join(one.text for one in chosen), best.short)
    # What lists all that was denied was checked sentence by sentence for reporting a denial.
    listed = slots.wanted == "all"
    answered = gate.passes(answerable, right) or listed
    # How an article about it begins tells the story.
    story = tells_story(slots, best)
    answered |= story
    # What stands beside a name ("Lev Marich, the chief engineer") says who that is.
    answered |= slots.wanted == "identity" and bool(identity(slots, best))
    # No number to "how many", or the right people on another day, is no answer, however well all
    # else fits: of our own questions (`train.newsroom`) one or two in a thousand that have an
    # answer are refused by these.
    answered &= not lacks_kind
    # The network learnt English only: elsewhere what the passage is about tells more than it.
    foreign = language(question) not in ("", "english")
    answered &= not (foreign and found.context < SHARED)
    answered &= set(others).isdisjoint(lacking)
    return Verdict(
        bool(answered), float(answerable if listed or story else right), lacking, lacks_kind
    )


def on_its_days(question: str, ranked: Sequence[Candidate]) -> list[Candidate]:
    """What is of the days and years that a question after all that was said names.

    They are told by the sentence itself, or are those on which its article appeared.
    """
    days = [m for m in mentions(question) if _is_day(m)]
    if not days or asked(question).wanted != "all":
        return list(ranked)
    return [c for c in ranked if all(Told(c.text, c.article).has(m) for m in days)]


def _is_day(mention: Mention) -> bool:
    return mention.kind == "day" or (mention.kind == "number" and is_year(mention.text))


def _nothing(question: str, ranked: Sequence[Candidate]) -> Verdict:
    """Why the likeliest sentence does not answer."""
    if not ranked:
        return Verdict(False, 0.0)
    best, near = ranked[0], _near(ranked[0])
    checks = Checks.of(question)
    lacking = tuple(m for m in mentions(question) if not near.has(m))
    kind = _lacks_kind(question, best.text, best.short)
    fault = checks.fault(best.text, best.sentence.quoted, best.sayings)
    return Verdict(False, 0.0, lacking, kind, fault)


def _lacks_kind(question: str, told: str, short: str) -> AnswerKind:
    """The kind of answer that is asked for and not told, a coarse one before a finer one."""
    return unmet(question, told, short, KINDS) or unmet(question, told, short)


def signs(
    library: Library,
    question: str,
    ranked: Sequence[Candidate],
    chosen: Sequence[Candidate],
    reader: Reader | None = None,
) -> Signs:
    """The signs for the first of the chosen sentences."""
    best, features = chosen[0], chosen[0].features
    slots = asked(question)
    named = mentions(question)
    here = Told(f"{best.text} {_speakers(best)}")
    near, far = _near(best), Told(f"{best.article.title} {best.article.text}", best.article)
    reader = reader or shared_reader()
    before = _before(library, best)
    again = _read_again(reader, question, before, best.text)
    verified = _read_again(reader, f"{question} {best.short}", before, best.text)
    rarity, highest = library.rarity(search_words(question)), library.highest_rarity
    return Signs(
        chosen=log_odds(sum(c.probability for c in chosen)),
        best=log_odds(best.probability),
        runner_up=_lead(best, ranked),
        span=features.span,
        passage=features.passage,
        support=features.support,
        again_span=again.span,
        again_passage=again.passage,
        again_support=again.support,
        verified=verified.passage,
        verified_support=verified.support,
        rank=features.rank,
        coverage=features.coverage,
        context=features.context,
        missing=_rarest_missing(rarity, near) / highest,
        missing_far=_rarest_missing(rarity, far) / highest,
        names=_share(named, "name", here),
        names_near=_share(named, "name", near),
        names_far=_share(named, "name", far),
        numbers=_share(named, "number", near),
        days=_share(named, "day", near),
        mentioned=float(len(named)),
        meaning=_likeness(library, question, best.text),
        fits=float(fits(expected(question), best.short)),
        agreement=_agreement(best, ranked),
        length=float(len(rarity)),
        act=features.act,
        speaker=features.speaker,
        topic=features.topic,
        other_act=features.other_act,
        other_speaker=features.other_speaker,
        role=features.role,
        attributed=features.attributed,
        who=features.who,
        whether=float(slots.wanted == "whether"),
    )


def _near(candidate: Candidate) -> Told:
    """The passage and title of a sentence, and who speaks in it."""
    text = f"{candidate.article.title} {candidate.hit.text} {_speakers(candidate)}"
    return Told(text, candidate.article)


def _speakers(candidate: Candidate) -> str:
    return " ".join(f"{a.speaker} {a.role}" for a in candidate.sayings)


def _share(named: Sequence[Mention], kind: str, told: Told) -> float:
    asked_for = [m for m in named if m.kind == kind]
    return sum(map(told.has, asked_for)) / len(asked_for) if asked_for else 1.0


@dataclass(frozen=True, slots=True)
class _Read:
    """Log odds of a sentence's best span, of its passage and of the sentence itself, within ±12."""

    span: float
    passage: float
    support: float


def _before(library: Library, best: Candidate) -> str:
    """The sentence before, with a space behind it; "" where there is none."""
    sentences = library.sentences(best.article.id)[: best.number]
    before = next((s for s in reversed(sentences) if s.kind is Kind.PROSE), None)
    return best.article.text[before.start : before.stop] + " " if before else ""


def _read_again(reader: Reader, asked_for: str, before: str, text: str) -> _Read:
    """A sentence, read with the one before it only."""
    [reading] = reader.read(asked_for, [before + text])
    start, stop = len(before), len(before) + len(text)
    span = reading.best(start, stop)
    return _Read(
        bounded(span.score if span else -BOUND),
        bounded(reading.answerable),
        bounded(reading.support(start, stop)),
    )


def _lead(best: Candidate, ranked: Sequence[Candidate]) -> float:
    """Log odds of the best sentence less those of the next that has another answer."""
    others = (c for c in ranked if c is not best and not same_answer(c.short, best.short))
    return log_odds(best.probability) - log_odds(next((c.probability for c in others), 0.0))


def _agreement(best: Candidate, ranked: Sequence[Candidate]) -> float:
    """Share of the other passages whose best answer is the same."""
    answers: dict[str, Candidate] = {}
    for c in ranked:
        held = answers.get(c.hit.passage.id)
        if held is None or c.features.span > held.features.span:
            answers[c.hit.passage.id] = c
    others = [c for passage, c in answers.items() if passage != best.hit.passage.id]
    return sum(same_answer(c.short, best.short) for c in others) / len(others) if others else 0.0


def _rarest_missing(rarity: dict[str, float], told: Told) -> float:
    missing = (weight for word, weight in rarity.items() if stem(word) not in told.stems)
    return max(missing, default=0.0)


def _likeness(library: Library, question: str, text: str) -> float:
    asked_for, told = library.encoder.encode([question, text])
    return float(asked_for @ told)
