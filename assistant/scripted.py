"""A language model that writes what it is told: for tests, ours and those of who uses this.

from assistant import Assistant
from assistant.scripted import ScriptedLLM

llm = ScriptedLLM(lambda prompt: f"The dam is open. [{keys(prompt)[0]}]")
with Assistant.open("news/", llm=llm) as assistant:
    ...
"""

import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence

from pydantic import PrivateAttr

from assistant.llm import TextModel
from prompts import Message

Script = Callable[[str], str | Exception]
_KEY = re.compile(r"^(k[0-9a-z]+) \| ", re.MULTILINE)


class ScriptedLLM(TextModel):
    """Writes its replies in order, or what a function makes of the prompt.

    Attributes:
        prompts: all that it was asked, the messages of each prompt as one text.
    """

    _replies: "Iterator[str | Exception] | Script" = PrivateAttr()
    _piece: int = PrivateAttr()
    _pause: float = PrivateAttr()
    _prompts: list[str] = PrivateAttr(default_factory=list)

    def __init__(
        self, replies: Iterable[str | Exception] | Script, piece: int = 7, pause: float = 0.0
    ) -> None:
        """
        Args:
            replies: an exception among them is raised; so is one that the function returns. When
                there are no more, asking again is an error.
            piece: characters that are written at a time.
            pause: seconds before each piece; 1e9 to hang.
        """
        super().__init__()
        self._replies = replies if callable(replies) else iter(replies)
        self._piece, self._pause = piece, pause

    @property
    def prompts(self) -> list[str]:
        return self._prompts

    def written(self, messages: Sequence[Message]) -> Iterator[str]:
        asked = "\n\n".join(text for _, text in messages)
        self._prompts.append(asked)
        reply = self._replies(asked) if callable(self._replies) else next(self._replies, None)
        if reply is None:
            raise RuntimeError("the script has no more replies")
        if isinstance(reply, Exception):
            raise reply
        for start in range(0, len(reply), self._piece):
            if self._pause:
                time.sleep(self._pause)
            yield reply[start : start + self._piece]


def keys(prompt: str) -> list[str]:
    """The keys of the numbered sentences in a prompt, in their order."""
    return _KEY.findall(prompt)


def key_of(prompt: str, words: str) -> str:
    """The key of the first sentence that has these words.

    Raises:
        ValueError: none has.
    """
    for line in prompt.splitlines():
        found = _KEY.match(line)
        if found and words in line:
            return found[1]
    raise ValueError(f"no sentence of the prompt has {words!r}")
