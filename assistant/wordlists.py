"""Word lists and patterns beside the code that knows them: `NAME.toml`, each read once."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def table(name: str) -> dict[str, Any]:
    """What `assistant/NAME.toml` holds."""
    return tomllib.loads(files("assistant").joinpath(f"{name}.toml").read_text("utf-8"))


def verify_table() -> dict[str, dict[str, str]]:
    """What the checks of a claim know: group -> name -> words."""
    return table("verify")
