"""Whether to answer: signs that a reader of the news would look for, and what is made of them."""

from dataclasses import astuple, replace

import numpy as np
import pytest

from assistant.demands import expected, fits
from assistant.gate import Gate, Signs, judge, load_gate, on_its_days, signs
from assistant.mentions import Mention
from assistant.pipeline import Assistant
from conftest import FERRY, candidate
from index.library import Library

SANK, DENIAL = "The ferry Alba sank", "Harbour chief Ines Tolland denied"
COUNT = len(Signs.__dataclass_fields__)


def gate_by(name: str, least: float = 0.5) -> Gate:
    """A gate that looks at one sign only: even odds at 0, better ones above."""
    at = list(Signs.__dataclass_fields__).index(name)
    hidden = np.zeros((COUNT, 1))
    hidden[at] = 1.0
    return Gate(
        mean=np.zeros(COUNT),
        scale=np.ones(COUNT),
        hidden=hidden,
        hidden_bias=np.zeros(1),
        weights=np.ones((1, 2)),
        bias=np.zeros(2),
        least=least,
    )


@pytest.mark.parametrize(
    ("question", "answer", "right"),
    [
        ("How many died?", "nine people", True),
        ("How many died?", "the ferry Alba", False),
        ("What percentage voted?", "a third of them", True),
        ("How high is the mast?", "40 metres", True),
        ("How high is the mast?", "Six feet taller than the other", True),
        ("How high is the dam?", "It lets through 1,500 cubic metres a second", False),
        ("What did she say when it sank?", "that it was overloaded", True),
        ("When did it sink?", "on Sunday", True),
        ("When did it sink?", "after the storm", True),
        ("When did it sink?", "the ferry Alba", False),
        ("Where did it sink?", "off Port Merrin", True),
        ("Where did it sink?", "overloaded", False),
        ("Who denied it?", "the harbour chief", True),
        ("Why did it sink?", "the pumps had failed", True),
        ("What sank?", "the ferry", True),
    ],
)
def test_the_kind_of_answer(question: str, answer: str, right: bool) -> None:
    assert fits(expected(question), answer) is right


def test_what_the_question_mentions_is_looked_for(library: Library) -> None:
    best = candidate(library, FERRY, DENIAL, "Ines Tolland")
    asked = "Did Ines Tolland deny on Friday that 340 were on board in Wexholm?"
    found = signs(library, asked, [best], [best])
    assert found.names == 0.5
    assert (found.numbers, found.days, found.mentioned) == (0.0, 0.0, 4.0)
    fitting = signs(library, "Did Tolland deny on Sunday that 212 were on board?", [best], [best])
    assert (fitting.names, fitting.numbers, fitting.days) == (1.0, 1.0, 1.0)
    assert fitting.missing < found.missing
    who = signs(library, "Who denied that the ship had been overloaded?", [best], [best])
    other = signs(library, "Who paints bridges?", [best], [best])
    assert who.again_span > other.again_span  # read again, with the sentence before it
    assert who.meaning > other.meaning


def test_other_passages_may_agree(library: Library) -> None:
    best = candidate(library, FERRY, DENIAL, "Ines Tolland")
    elsewhere = replace(best.hit.passage, article_id="other", number=7)
    other = replace(best, hit=replace(best.hit, passage=elsewhere), probability=0.05)
    same = signs(library, "Who denied it?", [best, other], [best])
    assert same.agreement == 1.0
    differing = replace(other, answer=candidate(library, FERRY, SANK, "The ferry Alba").answer)
    apart = signs(library, "Who denied it?", [best, differing], [best])
    assert apart.agreement == 0.0
    assert apart.runner_up < same.runner_up  # there is a rival


def test_a_question_is_answered_from_the_threshold_on(library: Library) -> None:
    best = candidate(library, FERRY, DENIAL, "Ines Tolland")
    ask = ("Did Tolland deny on Friday that it was overloaded?", [best], [best])
    half = judge(library, *ask, gate=gate_by("days"))
    assert half.answered
    assert half.confidence == 0.5
    stricter = judge(library, *ask, gate=gate_by("days", least=0.6))
    assert not stricter.answered
    assert stricter.lacking == (Mention("day", "Friday"),)
    assert judge(library, "How many?", [best], [best], gate=gate_by("days")).kind == "number"
    assert judge(library, "Where?", [best], [best], gate=gate_by("days")).kind == ""
    nothing = judge(library, "Who denied it?", [best], [], gate=gate_by("days"))
    assert (nothing.answered, nothing.confidence) == (False, 0.0)


def test_why_nothing_was_chosen_is_kept(library: Library) -> None:
    sank = candidate(library, FERRY, SANK)
    verdict = judge(library, "Who denied it on Friday?", [sank], [], gate=gate_by("days"))
    assert (verdict.answered, verdict.fault) == (False, "act")
    assert verdict.lacking == (Mention("day", "Friday"),)


@pytest.mark.parametrize(
    ("question", "kept"),
    [
        ("Who denied what?", True),
        ("Who denied what in 2026?", True),
        ("Who denied what on March 2?", True),
        ("Who denied what in 2019?", False),
        ("Who denied what on Friday?", False),
        ("Who denied it in 2019?", True),  # no list: the gate decides
    ],
)
def test_a_list_has_only_what_is_of_the_days_that_are_asked_for(
    library: Library, question: str, kept: bool
) -> None:
    best = candidate(library, FERRY, DENIAL, "Ines Tolland")
    assert bool(on_its_days(question, [best])) is kept


def test_the_shipped_gate_knows_all_signs() -> None:
    gate = load_gate()
    assert gate.hidden.shape[0] == COUNT
    assert gate.weights.shape[1] == 2
    assert 0 < gate.least < 1
    each = gate.probabilities(np.zeros((3, COUNT)))
    assert each.shape == (3, 2)
    assert ((each > 0) & (each < 1)).all()


def test_an_answer_has_the_confidence_of_the_gate(newsroom: Assistant) -> None:
    answer = newsroom.ask("Who denied that the dam had been opened?")
    assert not answer.refused
    assert 0 < answer.confidence < 1


def test_signs_are_numbers(library: Library) -> None:
    best = candidate(library, FERRY, SANK)
    assert np.isfinite(astuple(signs(library, "", [best], [best]))).all()


@pytest.mark.parametrize(
    ("question", "kind"),
    [("How many ships did Tolland own?", "number"), ("When did Tolland deny it?", "time")],
)
def test_no_number_is_no_answer_to_how_many(library: Library, question: str, kind: str) -> None:
    denial = candidate(library, FERRY, DENIAL, span=9.0)
    verdict = judge(library, question, [denial], [denial], gate_by("span"))
    assert (verdict.answered, verdict.kind) == (False, kind)
    assert judge(library, "Who denied it?", [denial], [denial], gate_by("span")).answered
