"""Language models of makers that LlamaIndex has a package for: "anthropic:MODEL", "ollama:MODEL".

The packages are extras of Whosaid (`pip install 'whosaid[anthropic]'`), and imported when one is
named.
"""

from dataclasses import dataclass
from importlib import import_module
from typing import Any

from index.errors import WhosaidError


@dataclass(frozen=True)
class Maker:
    """What LlamaIndex calls the things of one maker.

    Attributes:
        module, name: of its `LLM` class.
        timeout: its argument for seconds that one request may take.
        key: whether it takes a key; without one it looks for its own in the environment.
        others: further arguments.
    """

    module: str
    name: str
    timeout: str
    key: bool
    others: tuple[tuple[str, Any], ...]


MAKERS = {
    "anthropic": Maker(
        "llama_index.llms.anthropic", "Anthropic", "timeout", True, (("max_retries", 0),)
    ),
    # Without a size of its window it asks the server for one as soon as it is made.
    "ollama": Maker(
        "llama_index.llms.ollama",
        "Ollama",
        "request_timeout",
        False,
        (("temperature", 0.0), ("context_window", 8192)),
    ),
}


def made_by(maker: str, model: str, address: str, key: str, seconds: float) -> object:
    """What should be the `LLM` of a maker.

    Args:
        maker: one of `MAKERS`.
        address: of its server; "" for the maker's own, or for one on this machine.
        key: "" for none.
        seconds: that one request may take.

    Raises:
        WhosaidError: the maker's package is not installed, or does not take what is given.
    """
    of = MAKERS[maker]
    try:
        kind = getattr(import_module(of.module), of.name)
    except ImportError:
        raise WhosaidError(
            f"a package for {maker} is not installed: pip install 'whosaid[{maker}]'"
        ) from None
    given = {"model": model, of.timeout: seconds, **dict(of.others)}
    given |= {"base_url": address} if address else {}
    given |= {"api_key": key} if key and of.key else {}
    try:
        return kind(**given)
    except Exception as error:  # noqa: BLE001 -- what they say may hold a part of the key
        raise WhosaidError(
            f"the model of {maker} cannot be used ({type(error).__name__}); is its name right, and "
            "its key in the environment?"
        ) from None
