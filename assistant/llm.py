"""Language models, as LlamaIndex knows them: the only user of its `LLM`.

A model is chosen by words, "openai-like:MODEL@http://host:port/v1" or "anthropic:MODEL", or handed
over from Python: any `llama_index.core.llms.LLM`. Nothing is sent anywhere unless one is. A key
comes from the environment only (WHOSAID_LLM_KEY) and is in no message.
"""

import os
import re
import time
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import Any
from urllib.parse import urlsplit

from llama_index.core.llms import (
    LLM,
    ChatMessage,
    ChatResponse,
    ChatResponseGen,
    CompletionResponse,
    CompletionResponseGen,
    CustomLLM,
    LLMMetadata,
)
from pydantic import PrivateAttr

from assistant.makers import MAKERS, made_by
from assistant.model_server import ModelError, ModelServer
from index.address import is_here
from index.errors import WhosaidError
from prompts import Message

__all__ = ["LLM", "Model", "ModelError", "TextModel", "choose", "model_of"]

KEY, SECONDS = "WHOSAID_LLM_KEY", "WHOSAID_LLM_SECONDS"
LIMIT = 60.0  # seconds for all that a model does for one question
PATIENCE = 30.0  # seconds without a word or a sign of life, until the first word
WANTED = "openai-like:MODEL@http://host:port/v1, anthropic:MODEL or ollama:MODEL@http://host:port"
_NAMED = re.compile(r"openai-like:(?P<model>.+)@(?P<url>https?://.+)", re.DOTALL)
_MADE = re.compile(
    rf"(?P<maker>{'|'.join(MAKERS)}):(?P<model>(?:(?!://).)+?)(?:@(?P<url>https?://.+))?", re.DOTALL
)


class TextModel(CustomLLM):
    """An `LLM` that is made of one method: what it writes, piece by piece."""

    @abstractmethod
    def written(self, messages: Sequence[Message]) -> Iterator[str]:
        """The pieces of a reply to (role, text) messages."""

    @property
    def metadata(self) -> LLMMetadata:
        return LLMMetadata(is_chat_model=True)

    def chat(self, messages: Sequence[ChatMessage], **_: Any) -> ChatResponse:
        text = "".join(self.written(_plain(messages)))
        return ChatResponse(message=ChatMessage(role="assistant", content=text))

    def stream_chat(self, messages: Sequence[ChatMessage], **_: Any) -> ChatResponseGen:
        text = ""
        for delta in self.written(_plain(messages)):
            text += delta
            message = ChatMessage(role="assistant", content=text)
            yield ChatResponse(message=message, delta=delta)

    def complete(self, prompt: str, formatted: bool = False, **_: Any) -> CompletionResponse:
        return CompletionResponse(text="".join(self.written([("user", prompt)])))

    def stream_complete(
        self, prompt: str, formatted: bool = False, **_: Any
    ) -> CompletionResponseGen:
        text = ""
        for delta in self.written([("user", prompt)]):
            text += delta
            yield CompletionResponse(text=text, delta=delta)


class _OnServer(TextModel):
    """A model on a server that speaks OpenAI's chat completions."""

    _server: ModelServer = PrivateAttr()  # private: what pydantic shows of a model has no key
    _patience: float = PrivateAttr()

    def __init__(self, server: ModelServer, patience: float) -> None:
        super().__init__()
        self._server, self._patience = server, patience

    @property
    def metadata(self) -> LLMMetadata:
        return LLMMetadata(is_chat_model=True, model_name=self._server.model)

    def written(self, messages: Sequence[Message]) -> Iterator[str]:
        return self._server.written(messages, self._patience)


class Model:
    """A language model that answers in time, or fails with a reason that can be shown."""

    def __init__(self, llm: LLM, limit: float = LIMIT, patience: float = PATIENCE) -> None:
        """
        Args:
            limit: seconds for all that it does for one question.
            patience: seconds until the first word of a reply, or from one sign of life (an empty
                piece, as of a model that is thinking) to the next.
        """
        self._llm = llm
        self.limit, self.patience = limit, patience

    def written(self, messages: Sequence[Message], seconds: float) -> Iterator[str]:
        """The pieces of a reply, as they come.

        Raises:
            ModelError: it failed, or was not done in `seconds`.
        """
        if seconds <= 0:  # what it did before took them all
            raise ModelError(_too_slow(False, self.limit, self.limit))
        pieces: SimpleQueue[str | ModelError | None] = SimpleQueue()  # None: the end
        given_up = Event()
        # A thread of its own, as a model that hangs cannot be interrupted, only left alone.
        Thread(
            target=self._write, args=(messages, pieces, given_up), name="whosaid-model", daemon=True
        ).start()
        start = alive = time.monotonic()
        silent = True
        try:
            while True:
                until = min(seconds, alive + self.patience - start) if silent else seconds
                try:
                    piece = pieces.get(timeout=max(0.0, start + until - time.monotonic()))
                except Empty:
                    raise ModelError(_too_slow(silent, until, self.limit)) from None
                alive = time.monotonic()
                if isinstance(piece, ModelError):
                    raise piece
                if piece is None:
                    return
                if piece:
                    silent = False
                    yield piece
        finally:
            given_up.set()

    def _write(
        self,
        messages: Sequence[Message],
        pieces: "SimpleQueue[str | ModelError | None]",
        given_up: Event,
    ) -> None:
        try:
            asked = [ChatMessage(role=role, content=text) for role, text in messages]
            replies = self._llm.stream_chat(asked)
            for reply in replies:
                if given_up.is_set():
                    replies.close()
                    return
                pieces.put(str(reply.delta or ""))
            pieces.put(None)
        except ModelError as error:
            pieces.put(error)
        except Exception as error:  # noqa: BLE001 -- clients of all makers raise what they like
            # What they say may hold a part of the key, or of the articles.
            status = getattr(error, "status_code", None)
            told = f" {status}" if isinstance(status, int) else ""
            pieces.put(ModelError(f"it failed ({type(error).__name__}{told})"))


def model_of(llm: "LLM | Model | str") -> Model:
    """A model from what a user gives: an `LLM`, one with limits, or words for `choose`."""
    if isinstance(llm, Model):
        return llm
    return choose(llm) if isinstance(llm, str) else Model(llm)


def choose(words: str) -> Model:
    """The model that is named by words.

    Raises:
        WhosaidError: they name none. They are not repeated: somebody may have put a key in them.
    """
    named = _NAMED.fullmatch(words.strip()) or _MADE.fullmatch(words.strip())
    if named is None:
        raise WhosaidError(f"the language model is not named as wanted: {WANTED}")
    key, url = os.environ.get(KEY, "").strip(), named["url"] or ""
    if url:
        _must_be_usable(url, key)
    limit = _seconds(os.environ.get(SECONDS, ""))
    # Whoever gives a slow model more time gives it more for its start, too: half of it.
    patience = max(min(limit, PATIENCE), limit / 2)
    if maker := named.groupdict().get("maker"):
        made = made_by(maker, named["model"], url, key, limit)
        if not isinstance(made, LLM):
            raise WhosaidError(f"the package for {maker} is another than the one of LlamaIndex's")
        return Model(made, limit, patience)
    server = ModelServer(url, named["model"], key)
    return Model(_OnServer(server, patience), limit, patience)


def _must_be_usable(url: str, key: str) -> None:
    """Raise WhosaidError for an address that is none, or that a key must not be sent to."""
    try:
        address = urlsplit(url)
        usable = bool(address.hostname) and (address.port or 80) > 0
    except ValueError:
        usable = False
    if not usable or address.query or address.fragment:
        raise WhosaidError(f"the language model's address is none; wanted: {WANTED}")
    if address.username is not None:
        raise WhosaidError(f"the language model's address holds a login; set {KEY} instead")
    if key and address.scheme.lower() == "http" and not is_here(address.hostname or ""):
        raise WhosaidError(
            f"{KEY} would be sent over plain http to another machine, for all to read on the way: "
            "name the language model's address with https://, or unset the key"
        )


def _too_slow(silent: bool, seconds: float, limit: float) -> str:
    did = "wrote nothing" if silent else "was not done"
    return f"it {did} within {seconds:.3g} seconds (a slow model: set {SECONDS} above {limit:g})"


def _seconds(text: str) -> float:
    try:
        found = float(text or LIMIT)
    except ValueError:
        found = 0.0
    if not 0 < found <= 3600:
        raise WhosaidError(f"{SECONDS} is {text!r}; wanted seconds, such as 60")
    return found


def _plain(messages: Sequence[ChatMessage]) -> list[Message]:
    return [(str(message.role.value), message.content or "") for message in messages]
