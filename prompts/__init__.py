"""What a language model is told: one text file a prompt, filled in strictly.

A file consists of parts that begin with a line "--- system" or "--- user". A variable is a name in
double braces, {{question}}. What is filled in is data: it is neither searched for variables nor for
lines that begin a part.
"""

import re
from functools import cache
from importlib.resources import files

Message = tuple[str, str]  # role ("system" or "user"), text

_PART = re.compile(r"^--- (system|user)\n", re.MULTILINE)
_VARIABLE = re.compile(r"\{\{(\w+)\}\}")


class PromptError(ValueError):
    """A prompt does not exist, or is not filled in as its file wants it."""


def prompt(name: str, **values: str) -> tuple[Message, ...]:
    """The messages of a prompt, filled in.

    Args:
        name: of the file, without its ending.
        values: exactly the variables that the file has.

    Raises:
        PromptError: there is no such prompt, a variable is missing, or one is not in the file.
    """
    text = _text(name)
    wanted = set(_VARIABLE.findall(text))
    for problem, names in (
        ("has no value for", wanted - values.keys()),
        ("does not use", values.keys() - wanted),
    ):
        if names:
            found = ", ".join(sorted(names))
            raise PromptError(f"prompts/{name}.txt {problem} {found}")
    _, *parts = _PART.split(text)
    return tuple(
        (role, _VARIABLE.sub(lambda match: values[match[1]], part.strip()))
        for role, part in zip(parts[::2], parts[1::2], strict=True)
    )


@cache
def _text(name: str) -> str:
    file = files(__name__).joinpath(f"{name}.txt")
    if not name.isidentifier() or not file.is_file():
        raise PromptError(f"there is no prompt {name!r} (wanted: prompts/{name}.txt)")
    text = file.read_text("utf-8")
    if not _PART.match(text):
        raise PromptError(f"prompts/{name}.txt begins with no line '--- system' or '--- user'")
    return text
