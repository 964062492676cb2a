"""The measures, against hand-worked examples and SQuAD's own normalisation."""

import collections
import re
import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.bench.confidence import Judgement, area, draw, expected_error, risk_coverage
from assistant.bench.figures import Figure, markdown, shown
from assistant.score import (
    Refusals,
    answer_hit,
    calibration_error,
    citation_precision,
    citation_recall,
    exact_match,
    mean,
    normalize,
    same_sentence,
    squad_f1,
    squad_normalize,
)

# The official evaluation script of SQuAD 2.0 (evaluate-v2.0.py, CC BY-SA 4.0), as it stands.


def normalize_answer(s):  # type: ignore[no-untyped-def]
    def remove_articles(text):  # type: ignore[no-untyped-def]
        regex = re.compile(r"\b(a|an|the)\b", re.UNICODE)
        return re.sub(regex, " ", text)

    def white_space_fix(text):  # type: ignore[no-untyped-def]
        return " ".join(text.split())

    def remove_punc(text):  # type: ignore[no-untyped-def]
        exclude = set(string.punctuation)
        return "".join(ch for ch in text if ch not in exclude)

    def lower(text):  # type: ignore[no-untyped-def]
        return text.lower()

    return white_space_fix(remove_articles(remove_punc(lower(s))))


def get_tokens(s):  # type: ignore[no-untyped-def]
    if not s:
        return []
    return normalize_answer(s).split()


def compute_exact(a_gold, a_pred):  # type: ignore[no-untyped-def]
    return int(normalize_answer(a_gold) == normalize_answer(a_pred))


def compute_f1(a_gold, a_pred):  # type: ignore[no-untyped-def]
    gold_toks = get_tokens(a_gold)
    pred_toks = get_tokens(a_pred)
    common = collections.Counter(gold_toks) & collections.Counter(pred_toks)
    num_same = sum(common.values())
    if len(gold_toks) == 0 or len(pred_toks) == 0:
        # If either is no-answer, then F1 is 1 if they agree, 0 otherwise
        return int(gold_toks == pred_toks)
    if num_same == 0:
        return 0
    precision = 1.0 * num_same / len(pred_toks)
    recall = 1.0 * num_same / len(gold_toks)
    return (2 * precision * recall) / (precision + recall)


answers = st.lists(
    st.sampled_from(
        ["the", "A", "dam", "Dam.", "an", "19", "St.", "O'Neill", "", "3,000", "–", "two"]
    )
    | st.text(max_size=8)
).map(" ".join)


@given(answers, answers)
def test_exact_match_and_f1_are_squads(found: str, gold: str) -> None:
    assert squad_normalize(found) == normalize_answer(found)
    assert exact_match(found, gold) == compute_exact(gold, found)
    assert squad_f1(found, gold) == pytest.approx(compute_f1(gold, found))


@pytest.mark.parametrize(
    ("found", "gold", "f1"),
    [
        ("the dam", "Dam", 1.0),
        ("two of five gates", "two gates", 2 * (2 / 4) * (2 / 2) / (2 / 4 + 2 / 2)),
        ("", "", 1.0),
        ("", "the dam", 0.0),
        ("a", "", 1.0),  # nothing is left of an article
    ],
)
def test_f1_by_hand(found: str, gold: str, f1: float) -> None:
    assert squad_f1(found, gold) == pytest.approx(f1)


@given(st.text(alphabet=string.ascii_letters + string.digits + " .,'$%()!\"", max_size=80))
def test_normalisation_is_squads(text: str) -> None:
    assert normalize(text) == normalize_answer(text)


def test_typographic_marks_do_not_matter_either() -> None:
    assert normalize("The 19–15 vote, “Mr. O’Neill” said") == normalize(
        '19-15 vote "Mr O\'Neill" said'
    )


@pytest.mark.parametrize(
    ("answer", "required", "hit"),
    [
        ("Twenty-nine were hurt in Chelsea.", [["29", "twenty-nine"]], True),
        ("At 8:30 on West 23rd Street", [["8:30"], ["West 23rd", "W. 23rd"]], True),
        ("At 8:30", [["8:30"], ["West 23rd"]], False),
        ("anything", [], True),
        ("It cost 1.8 million.", [["18 million"]], False),
        ("It cost 1.8 million.", [["8 million"]], False),
        ("It cost 1.8 million.", [["1.8 million"]], True),
        ("It lost 2.5 million.", [["5 million"]], False),
        ("It lost 1,800 crowns.", [["1800"]], True),
        ("It was in 2019.", [["19"]], False),
        ("It was in 1998/99, at 19:30.", [["1998"], ["99"], ["19"], ["1998/99"], ["19:30"]], True),
        ("He scored 19.", [["19"]], True),
        ("It cost 18m, in 2019.5 weeks", [["18m"]], True),
        ("anything", [["The", "%"]], False),
    ],
)
def test_answer_hit(answer: str, required: list[list[str]], hit: bool) -> None:
    assert answer_hit(answer, required) is hit


def test_sentences_are_the_same_when_they_share_half_of_the_shorter() -> None:
    assert same_sentence((0, 100), (0, 100))
    assert same_sentence((0, 100), (40, 60))
    assert same_sentence((0, 100), (50, 150))
    assert not same_sentence((0, 100), (51, 151))
    assert not same_sentence((0, 100), (100, 200))
    assert not same_sentence((0, 0), (0, 0))


def test_citation_recall() -> None:
    evidence = [(0, 10), (20, 30)]
    assert citation_recall([(0, 10)], evidence, either=False) == 0.5
    assert citation_recall([(0, 10)], evidence, either=True) == 1.0
    assert citation_recall([(40, 50)], evidence, either=True) == 0.0
    assert citation_recall([(19, 31), (0, 9)], evidence, either=False) == 1.0
    assert citation_recall([], [], either=False) == 0.0


def test_citation_precision() -> None:
    cited = [
        ((0, 10), "evidence, whatever it says"),
        ((-1, -1), "Tolland counted 212 passengers"),  # the answer and the subject, elsewhere
        ((-1, -1), "212 is a number"),  # the answer without the subject
        ((50, 60), "Tolland was late"),  # the subject without the answer
    ]
    question = "How many passengers did Tolland count?"
    assert citation_precision(cited, [(0, 10)], [["212"]], question) == 0.5
    assert citation_precision([], [(0, 10)], [["212"]], question) == 0.0


def test_refusals() -> None:
    outcomes = [(True, False), (True, False), (True, True), (False, True), (False, False)]
    figures = Refusals.of(outcomes)
    assert figures.precision == 0.5
    assert figures.recall == 0.5
    assert figures.over_refusal == pytest.approx(1 / 3)
    assert Refusals.of([]) == Refusals(0.0, 0.0, 0.0)
    assert mean([]) == 0.0


def test_a_figure_knows_whether_its_target_is_met() -> None:
    assert Figure("s", "m", 97.5, "%", 10, least=97).met is True
    assert Figure("s", "m", 1.6, "GB", 10, most=1.5).met is False
    assert Figure("s", "m", 1.6, "GB", 10).met is None
    assert shown(Figure("s", "m", 97.504, "%", 10)) == "97.5 %"
    table = markdown([Figure("add", "peak memory", 0.339, "GB", 840, most=1.5)])
    assert table.splitlines()[-1] == "| add: peak memory | 0.34 GB | ≤ 1.5 | 840 |"


def test_calibration_error_is_the_mean_gap() -> None:
    """Ten answers of 0.95 of which nine are right, ten of 0.45 of which none is."""
    answers = [(0.95, n > 0) for n in range(10)] + [(0.45, False)] * 10
    assert calibration_error(answers) == pytest.approx((0.05 + 0.45) / 2)
    assert calibration_error([(1.0, True)]) == 0
    assert calibration_error([]) == 0


def test_risk_and_coverage(tmp_path: Path) -> None:
    """Three answers, the least confident one wrong: no risk up to two thirds, then a third."""
    judged = [Judgement(0.2, False, False), Judgement(0.9, True, True), Judgement(0.6, True, True)]
    coverage, risk = risk_coverage(judged)
    assert coverage.tolist() == pytest.approx([1 / 3, 2 / 3, 1])
    assert risk.tolist() == pytest.approx([0, 0, 1 / 3])
    assert area(judged) == pytest.approx(1 / 9)
    assert area([]) == 0
    assert expected_error(judged) == pytest.approx((0.1 + 0.4) / 2)  # of the two that were given
    draw(judged, tmp_path / "confidence.png")
    assert (tmp_path / "confidence.png").read_bytes().startswith(b"\x89PNG")
    draw([], tmp_path / "empty.png")
