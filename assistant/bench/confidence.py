"""How far the confidence can be trusted: risk against coverage, and reliability."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.score import BINS, calibration_error

INK, OURS, EVEN = "#222222", "#1f5fa8", "#999999"


@dataclass(frozen=True)
class Judgement:
    """The confidence of one answer, whether it was right, and whether the gate let it pass."""

    confidence: float
    right: bool
    given: bool


def risk_coverage(
    judgements: Sequence[Judgement],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Coverage, and the share of wrong answers, if only the most confident were given.

    Returns:
        Both (answers,): answers in falling order of confidence; the last coverage is 1.
    """
    ordered = sorted(judgements, key=lambda j: -j.confidence)
    count = np.arange(1, len(ordered) + 1)
    return count / max(1, len(ordered)), np.cumsum([not j.right for j in ordered]) / count


def area(judgements: Sequence[Judgement]) -> float:
    """Area under the risk-coverage curve: mean risk over all coverages (Geifman et al., 2019)."""
    return float(risk_coverage(judgements)[1].mean()) if judgements else 0.0


def expected_error(judgements: Iterable[Judgement]) -> float:
    """Calibration error of the answers that were given."""
    return calibration_error([(j.confidence, j.right) for j in judgements if j.given])


def draw(judgements: Sequence[Judgement], path: Path) -> None:
    """Risk and coverage beside a reliability diagram, as a PNG."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3.8), dpi=110, layout="constrained")
    left, right = figure.subplots(1, 2)
    coverage, risk = risk_coverage(judgements)
    left.plot(100 * coverage, 100 * risk, color=OURS)
    given = [j for j in judgements if j.given]
    if given:
        wrong = 100 * sum(not j.right for j in given) / len(given)
        left.plot([100 * len(given) / len(judgements)], [wrong], "o", color=INK)
        left.annotate(
            "as shipped", (100 * len(given) / len(judgements), wrong), (-8, 8),
            textcoords="offset points", ha="right", color=INK,
        )  # fmt: skip
    left.set(title="Risk and coverage", xlabel="questions answered (%)", xlim=(0, 100))
    left.set(ylabel="of these answers wrong (%)", ylim=(0, None))
    right.plot([0, 100], [0, 100], color=EVEN, linestyle="--")
    for low in range(BINS):
        inside = [j for j in given if low <= min(j.confidence * BINS, BINS - 1) < low + 1]
        if inside:
            found = 100 * sum(j.right for j in inside) / len(inside)
            said = 100 * sum(j.confidence for j in inside) / len(inside)
            right.plot([said], [found], "o", color=OURS, markersize=3 + len(inside) ** 0.5)
            right.annotate(
                str(len(inside)), (said, found), (7, -3), textcoords="offset points", color=INK
            )
    right.set(title="Reliability of answers given", xlabel="confidence (%)", xlim=(0, 100))
    right.set(ylabel="right (%)", ylim=(0, 105))
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, metadata={"Software": None})
