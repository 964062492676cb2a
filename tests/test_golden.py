"""The golden cases: questions over the sample articles, as data in golden/*.toml.

`known_failures.txt` lists the cases that the present implementation does not get right. One that
starts to pass fails here until it is struck off the list: progress is recorded, and a case that
was right once must stay right.
"""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from assistant.answer import Answer
from assistant.pipeline import Assistant
from assistant.score import normalize
from index.retrieve import retrieve

GOLDEN = Path(__file__).parent / "golden"
CASES: list[dict[str, Any]] = [
    case
    for path in sorted(GOLDEN.glob("*.toml"))
    for case in tomllib.loads(path.read_text())["case"]
]
KNOWN_FAILURES = set((GOLDEN / "known_failures.txt").read_text().split())


def wrong(case: dict[str, Any], answer: Answer) -> str:
    """What was wanted and what came, in one line; "" when the case is met."""
    came = answer.text.replace("\n", " / ")
    if case.get("refused"):
        return "" if answer.refused else f"wanted a refusal, got: {came}"
    if answer.refused:
        return "wanted an answer, got a refusal"
    sentences = [c.sentence for c in answer.citations]
    cited = [any(s.startswith(start) for s in sentences) for start in case["must_cite"]]
    if not (all(cited) if case.get("cite") == "all" else any(cited)):
        return f"wanted a citation of {case['must_cite']}, got {sentences}"
    for either in case.get("must_say", ()):
        if not any(normalize(word) in normalize(came) for word in either):
            return f"wanted one of {either} in: {came}"
    return ""


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_golden(case: dict[str, Any], newsroom: Assistant) -> None:
    answer = newsroom.ask(case["question"])
    nearest = answer.refusal.nearest if answer.refusal else ()
    for citation in (*answer.citations, *nearest):
        text = newsroom.library.article(citation.article_id).text
        assert text[citation.start : citation.end] == citation.sentence
    problem = wrong(case, answer)
    if case["id"] in KNOWN_FAILURES:
        assert problem, f"{case['id']} is met now: strike it off known_failures.txt"
        pytest.xfail(problem)
    assert not problem, problem


def test_every_known_failure_is_a_case() -> None:
    assert {case["id"] for case in CASES} >= KNOWN_FAILURES


def test_retrieval_finds_the_evidence_of_the_golden_cases(newsroom: Assistant) -> None:
    """Among ten passages there is the evidence of at least 19 of 20 answerable cases."""
    answerable = [case for case in CASES if not case.get("refused")]
    found = 0
    for case in answerable:
        hits = retrieve(newsroom.library, case["question"], 10)
        texts = [
            newsroom.library.article(p.article_id).text[p.start : p.end]
            for hit in hits
            for p in (hit.passage, *hit.copies)
        ]
        found += any(start in text for start in case["must_cite"] for text in texts)
    assert found >= 0.95 * len(answerable)
