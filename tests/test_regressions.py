"""Deliberate regressions: each is caught by a golden case, in a line that can be understood."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from assistant import pipeline
from assistant.answer import Answer, Claim
from assistant.gate import load_gate
from assistant.grounded.running import run_case
from assistant.grounded.schema import read_suite
from assistant.grounded.systems import InProcess
from assistant.pipeline import Assistant
from conftest import ARTICLES
from index.article import Attribution
from index.filters import Filters
from index.library import Library
from index.passages import PassageSettings

GOLDEN = Path(__file__).parent / "golden"
CASES = {
    case.id: (suite, case)
    for suite in map(read_suite, sorted(GOLDEN.glob("*.grounded.toml")))
    for case in suite.cases
}
Patch = Callable[[pytest.MonkeyPatch], None]


def claims_made(change: Callable[[Claim], Claim]) -> Patch:
    """Changes each claim of an answer."""
    compose = pipeline.compose

    def changed(*given: Any) -> tuple[Claim, ...]:
        return tuple(map(change, compose(*given)))

    return lambda patch: patch.setattr(pipeline, "compose", changed)


def cited(**changes: Callable[[Any], Any]) -> Patch:
    """Changes fields of each citation."""

    def change(claim: Claim) -> Claim:
        citations = (
            replace(c, **{name: new(getattr(c, name)) for name, new in changes.items()})
            for c in claim.citations
        )
        return replace(claim, citations=tuple(citations))

    return claims_made(change)


def swapped_acts(patch: pytest.MonkeyPatch) -> None:
    """Denials count as accusations and the other way round."""
    other = {"deny": "accuse", "accuse": "deny"}
    attributions = Library.attributions

    def swapped(
        self: Library, filters: Filters | None = None, acts: Any = None
    ) -> Iterator[Attribution]:
        found = attributions(self, filters, [other.get(a, a) for a in acts] if acts else None)
        return (replace(a, act=other.get(a.act, a.act)) for a in found)

    patch.setattr(Library, "attributions", swapped)


def refusals_answered(patch: pytest.MonkeyPatch) -> None:
    """The nearest sentence is decoration for what has no answer."""
    ask = Assistant.ask

    def answered(self: Assistant, *given: Any, **filters: Any) -> Answer:
        answer = ask(self, *given, **filters)
        if not answer.refusal or not answer.refusal.nearest:
            return answer
        nearest = answer.refusal.nearest[0]
        return replace(answer, claims=(Claim(nearest.sentence, (nearest,)),), refusal=None)

    patch.setattr(Assistant, "ask", answered)


def least(probability: float) -> Patch:
    """Another threshold of the gate."""
    gate = replace(load_gate(), least=probability)
    return lambda patch: patch.setattr("assistant.gate.load_gate", lambda: gate)


def worst_passages(patch: pytest.MonkeyPatch) -> None:
    """The ranking is upside down."""
    retrieve = pipeline.retrieve

    def reversed_(library: Library, question: str, count: int, *rest: Any) -> Sequence[Any]:
        return retrieve(library, question, 40, *rest)[-count:]

    patch.setattr(pipeline, "retrieve", reversed_)


def filters_ignored(patch: pytest.MonkeyPatch) -> None:
    """All articles are asked, whatever was selected."""
    retrieve = pipeline.retrieve
    patch.setattr(pipeline, "retrieve", lambda *given: retrieve(*given[:3]))


REGRESSIONS: dict[str, tuple[Patch, str, str]] = {
    "threshold up": (
        least(1.01),
        "castellan-goals",
        "wanted an answer, got a refusal (unsupported): ",
    ),
    "threshold down": (
        least(0.0),
        "refuse-castellan-hartigan-promised",
        "wanted a refusal, got: He [Colm Hartigan] said he had learned of the deal from a taxi",
    ),
    "one passage read": (
        lambda patch: patch.setattr(pipeline, "PASSAGES", 1),
        "cargo-daily-loss",
        "wanted “11 million” in the answer, got: Cormorant put its own losses at $62 million",
    ),
    "ranking upside down": (worst_passages, "castellan-goals", "wanted "),
    "acts swapped": (
        swapped_acts,
        "dam-politics-act",
        "wanted an answer, got a refusal (unsupported): The articles don't say: what comes nearest "
        "does not report that anybody accused both capitals",
    ),
    "citation dropped": (
        claims_made(lambda claim: replace(claim, citations=claim.citations[1:] or claim.citations)),
        "log-siren-replaced",
        "wanted a citation of ““It should have been replaced within a week, and it was not,” he "
        "said.”; cited was, nearest to it: “Lev Marich",
    ),
    "citation shifted": (
        cited(start=lambda n: n + 1, end=lambda n: n + 1),
        "castellan-goals",
        "the offsets 590 to 628 of Rovers agree to sell Castellan to FC Drenn give "
        "“astellan scored 24 goals last season.”, and not the sentence “Castellan scored 24 goals",
    ),
    "speaker swapped": (
        cited(speaker=lambda _: "Petra Venn"),
        "dam-denial-short",
        "wanted a cited sentence with the act “deny” of Karsovia, "
        "got Petra Venn: shown as the speaker",
    ),
    "refusals answered": (
        refusals_answered,
        "refuse-dam-friday",
        "wanted a refusal, got: HALDER, Elmaria, March 14",
    ),
    "filters ignored": (
        filters_ignored,
        "dam-filter-other-article",
        "wanted a refusal, got: HALDER, Elmaria, March 14",
    ),
    "history ignored": (
        lambda patch: patch.setattr(pipeline, "understand", lambda question, *_: question),
        "dam-followup-marich",
        "wanted ",
    ),
    "short answer emptied": (
        lambda patch: patch.setattr(pipeline, "short_answer", lambda *_: ""),
        "dam-denial-short",
        "wanted “Karsovia” in the short answer, got: nothing",
    ),
}


def found(newsroom: Assistant, id_: str) -> tuple[str, ...]:
    suite, case = CASES[id_]
    outcome = run_case(suite, case, InProcess(newsroom))
    return tuple(map(str, outcome.problems))


def test_another_size_of_passages_is_caught(tmp_path: Path) -> None:
    """Where each sentence is a passage, a pronoun loses whom it stands for."""
    suite, case = CASES["ruling-successor"]
    lines = []
    for tokens in (PassageSettings().max_tokens, 12):
        library = Library(tmp_path / str(tokens), settings=PassageSettings(tokens))
        with Assistant(library) as assistant:
            assistant.add(ARTICLES / "corvane-logs-ruling.txt")
            lines.append(run_case(suite, case, InProcess(assistant)).lines)
    assert lines[0] == ()
    assert lines[1][0].startswith("wanted “Tremlett” in the answer, got: Dr. Martin Eades, who")


@pytest.mark.parametrize("name", REGRESSIONS)
def test_a_regression_is_caught(
    name: str, newsroom: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    patch, id_, line = REGRESSIONS[name]
    assert found(newsroom, id_) == ()
    patch(monkeypatch)
    lines = found(newsroom, id_)
    assert lines, f"{id_} does not catch it"
    assert lines[0].startswith(line), lines
