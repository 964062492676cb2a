"""A small fitted model as JSON, with the figures of its cross-validation beside it."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np


def write(
    fitted: object,
    inputs: dict[str, list[str]],
    arrays: Iterable[str],
    numbers: Iterable[str],
    figures: dict[str, float],
    count: int,
    path: Path,
) -> None:
    """Write attributes of a model, rounded to four decimals.

    Args:
        inputs: what its inputs are called, and their names.
        count: of the questions that it was fitted to.
    """
    stored: dict[str, Any] = {
        "made_by": f"python -m assistant.train select ({count} questions)",
        **inputs,
        **{name: np.round(getattr(fitted, name), 4).tolist() for name in arrays},
        **{name: round(float(getattr(fitted, name)), 4) for name in numbers},
        "cross_validation": figures,
    }
    path.write_text(json.dumps(stored) + "\n", encoding="utf-8")
