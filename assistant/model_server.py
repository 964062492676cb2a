"""What a server that speaks OpenAI's chat completions writes, piece by piece.

LlamaIndex's own client (`llama-index-llms-openai-like`) wants `openai<3` and all that comes with
it; this takes httpx, which is there anyway. Servers break in many ways: whatever happens, `written`
ends, by a ModelError whose text is safe to show (neither the key nor what the server wrote).
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from index.errors import WhosaidError
from prompts import Message

if TYPE_CHECKING:
    import httpx

CONNECT = 10.0  # seconds
MOST_BYTES = 4_000_000  # of one reply
_MEANINGS = {
    401: "it refuses the key (WHOSAID_LLM_KEY)",
    403: "it refuses the key (WHOSAID_LLM_KEY)",
    404: "it has no such model, or there is no chat completion at its address",
    429: "it is busy, or its limit is reached",
}


class ModelError(WhosaidError):
    """A language model gave no usable reply; the text says why, in words to show."""


@dataclass(frozen=True)
class ModelServer:
    """A model on a server.

    Attributes:
        url: up to where `/chat/completions` follows; http or https.
        key: sent as a bearer token; "" for none.
    """

    url: str
    model: str
    key: str = field(default="", repr=False)

    def written(self, messages: Sequence[Message], patience: float) -> Iterator[str]:
        """The pieces of a reply as they come; "" when the server only shows that it lives.

        Args:
            patience: seconds without a sign of life after which it is given up.

        Raises:
            ModelError: anything but a reply that came to its end.
        """
        import httpx

        local = urlsplit(self.url).hostname in ("127.0.0.1", "localhost", "::1")
        headers = {"Accept-Encoding": "identity"}  # nothing unpacks to more than was counted
        if self.key:
            headers["Authorization"] = f"Bearer {self.key}"
        timeout = httpx.Timeout(patience, connect=min(CONNECT, patience))
        try:
            # Redirects are not followed: the key is for this server only.
            with httpx.Client(headers=headers, timeout=timeout, trust_env=not local) as client:
                for options in ({"temperature": 0}, {}):
                    body = {
                        "model": self.model,
                        "messages": [{"role": r, "content": text} for r, text in messages],
                        "stream": True,
                    }
                    address = self.url.rstrip("/") + "/chat/completions"
                    with client.stream("POST", address, json=body | options) as response:
                        if response.status_code == 400 and options:
                            continue  # some models take no temperature but their own
                        yield from _pieces(response)
                        return
        except httpx.TimeoutException:
            raise ModelError(
                f"its server was silent for {patience:g} seconds "
                "(a slow model: set WHOSAID_LLM_SECONDS to more than twice as many)"
            ) from None
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            # ValueError: a key or an address that no header can carry.
            raise ModelError(f"its server cannot be used ({type(error).__name__})") from None


def _pieces(response: "httpx.Response") -> Iterator[str]:
    status = response.status_code
    if status != 200:
        meaning = _MEANINGS.get(status, "it failed" if status >= 500 else "it refused the request")
        raise ModelError(f"its server answered {status}: {meaning}")
    if response.headers.get("content-type", "").startswith("application/json"):
        yield from _whole(response)  # some servers do not stream
        return
    done = False
    for line in _lines(response):
        name, _, value = line.partition(":")
        if name != "data" or not value.strip():
            yield ""
        elif value.strip() == "[DONE]":
            return
        else:
            choice = _choice(value)
            yield _text(choice.get("delta"))
            done = _ended(choice) or done
    if not done:
        raise ModelError("its server broke off in mid-reply")


def _whole(response: "httpx.Response") -> Iterator[str]:
    body = ""
    for line in _lines(response):
        body += line  # no string of JSON has line ends of its own
        yield ""
    choice = _choice(body)
    _ended(choice)
    yield _text(choice.get("message"))


def _lines(response: "httpx.Response") -> Iterator[str]:
    """Lines as they come, the last one also without its end; "" for a piece without a line end."""
    rest, size = b"", 0
    for piece in response.iter_raw():
        size += len(piece)
        if size > MOST_BYTES:
            raise ModelError(f"its server sent more than {MOST_BYTES // 1_000_000} MB")
        *lines, rest = (rest + piece).split(b"\n")
        yield from map(_decoded, lines or [b""])
    if rest:
        yield _decoded(rest)


def _decoded(line: bytes) -> str:
    try:
        return line.decode("utf-8").rstrip("\r")
    except UnicodeDecodeError:
        raise ModelError("its server sent what is no UTF-8") from None


def _choice(text: str) -> Mapping[str, Any]:
    """The first choice of a chunk or reply; empty for a chunk without one."""
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        body = None
    if isinstance(body, dict) and body.get("error"):
        raise ModelError("its server reports an error")
    choices = body.get("choices") if isinstance(body, dict) else None
    if not isinstance(choices, list) or not all(isinstance(one, dict) for one in choices):
        raise ModelError("its server sent what is no chat completion")
    return choices[0] if choices else {}


def _text(message: object) -> str:
    content = message.get("content") if isinstance(message, dict) else None
    if content is None:
        return ""
    if not isinstance(content, str):
        raise ModelError("its server sent what is no chat completion")
    return content


def _ended(choice: Mapping[str, Any]) -> bool:
    """Whether the model has finished; raises ModelError where it was stopped short."""
    reason = choice.get("finish_reason")
    if reason in ("length", "content_filter"):
        raise ModelError(f"its server stopped it ({reason})")
    return reason is not None
