"""The words that checks of a claim know: `verify.toml`, read once."""

import tomllib
from functools import cache
from importlib.resources import files


@cache
def verify_table() -> dict[str, dict[str, str]]:
    """Its tables: group -> name -> words."""
    return tomllib.loads(files("assistant").joinpath("verify.toml").read_text("utf-8"))
