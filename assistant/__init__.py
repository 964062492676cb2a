"""Question in, checked answer out.

from assistant import Assistant

with Assistant.open("news/") as assistant:
    assistant.add("article.txt")
    print(assistant.ask("Who denied what?").text)
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assistant.answer import Answer, Citation, Claim, Refusal
    from assistant.pipeline import Assistant

__all__ = ["Answer", "Assistant", "Citation", "Claim", "Refusal"]

_HOMES = {"Assistant": "assistant.pipeline"}


def __getattr__(name: str) -> Any:
    """Import on first use: `import assistant` and `whosaid --help` stay instant."""
    if name not in __all__:
        raise AttributeError(f"module 'assistant' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES.get(name, "assistant.answer")), name)
