"""What goes wrong with a request, told in one shape: {"error": {"type": ..., "message": ...}}.

`param` and `code` stand beside them, as OpenAI's clients look for them.
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException as AnyHTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.server.desk import Gone
from assistant.server.replies import ErrorOut
from assistant.server.watching import own_headers, request_id
from index.errors import LibraryBusy, LibraryUnreachable, NotInLibrary, WhosaidError

logger = logging.getLogger(__name__)

RETRY_AFTER = "5"  # seconds
TYPES = {
    400: "invalid_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    422: "invalid_request",
    429: "rate_limited",
    503: "busy",
}
MEANINGS = {
    400: "The request cannot be read.",
    401: "A token is wanted.",
    403: "The host or the origin of the request is not allowed.",
    404: "There is no such thing.",
    413: "The request is too large.",
    422: "The request is not as wanted.",
    429: "Too many requests; Retry-After tells how many seconds to wait.",
    500: "The server failed; its log says why.",
    503: "The library is being changed, or its database does not answer; try again.",
}
FAILED = "the server failed; its log says why"
FOUND = 60  # characters of what was found that a message shows


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What OpenAPI tells of errors: these, and those that every route may give."""
    return {
        status: {"model": ErrorOut, "description": MEANINGS[status]}
        for status in sorted({401, 403, 429, 500, *statuses})
    }


def fault(status: int, message: str) -> dict[str, Any]:
    """The body of an error."""
    kind = TYPES.get(status, "server_error")
    told = {"type": kind, "message": message, "param": None, "code": None}
    return {"error": told | {"request_id": request_id.get() or None}}


def of(error: Exception) -> tuple[int, str]:
    """HTTP status and message for an error; what is told of the server's own is in its log only."""
    if isinstance(error, NotInLibrary):
        return 404, str(error)
    if isinstance(error, LibraryBusy):
        return 503, "the library is being changed; try again in a few seconds"
    if isinstance(error, LibraryUnreachable):
        logger.warning("%s", error)
        return 503, "the library's database does not answer; try again in a few seconds"
    # Messages of other errors name folders of this machine.
    logger.error("a request failed", exc_info=error)
    return 500, FAILED


def handle(app: FastAPI) -> None:
    """Let all errors of an application be told in this shape."""
    app.add_exception_handler(AnyHTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(WhosaidError, _own)
    app.add_exception_handler(Gone, _gone)
    app.add_exception_handler(Exception, _unexpected)


async def _http(_: Request, error: Exception) -> Response:
    assert isinstance(error, AnyHTTPException)  # noqa: S101 -- registered for it
    status, message = error.status_code, str(error.detail)
    return JSONResponse(fault(status, message), status, headers=dict(error.headers or {}))


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 -- registered for it
    # OpenAI's clients know 400 for this.
    status = 400 if request.url.path.startswith("/v1/") else 422
    return JSONResponse(fault(status, told(error.errors())), status)


async def _own(_: Request, error: Exception) -> Response:
    status, message = of(error)
    headers = {"Retry-After": RETRY_AFTER} if status == 503 else None
    return JSONResponse(fault(status, message), status, headers=headers)


async def _gone(_: Request, __: Exception) -> Response:
    return Response(status_code=499)  # nobody reads it


async def _unexpected(request: Request, __: Exception) -> Response:
    # Starlette raises the error again once this is sent: the server logs it, and hangs up. This is
    # sent outside of `Watch`, which adds the headers otherwise.
    added = {name.decode(): value.decode() for name, value in own_headers(request.url.path)}
    return JSONResponse(fault(500, FAILED), 500, headers=added | {"Connection": "close"})


def told(errors: Sequence[Any]) -> str:
    """Validation errors in words: where, what was wanted, what was found."""
    return "; ".join(_told(error) for error in errors[:5])


def _told(error: dict[str, Any]) -> str:
    places = [str(part) for part in error["loc"] if part not in ("body", "query", "path")]
    if error["type"] == "json_invalid":
        return f"the body is not JSON: {error['ctx']['error']}"
    place = ".".join(places) or "the request"
    message = str(error["msg"]).removeprefix("Value error, ")
    if error["type"] == "missing":
        return f"{place}: is missing"
    if error["type"] == "extra_forbidden":
        return f"{place}: is not known here"
    message = message[:1].lower() + message[1:]
    if "input" not in error or isinstance(error["input"], dict | list | bytes):
        return f"{place}: {message}"
    found = ascii(error["input"])
    return f"{place}: {message} (found {found[:FOUND] + '…' if len(found) > FOUND else found})"


class Limit:
    """ASGI middleware that ends requests which are too large, while they are read.

    FastAPI's own `max_body_size` answers in plain text, not in our shape.
    """

    def __init__(self, app: ASGIApp, limits: Mapping[str, int]) -> None:
        """Args: limits: beginning of a path -> bytes; the first that fits counts."""
        self._app = app
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        most = next((n for root, n in self._limits.items() if path.startswith(root)), None)
        if scope["type"] != "http" or most is None:
            await self._app(scope, receive, send)
            return
        length = dict(scope["headers"]).get(b"content-length", b"")
        read = int(length) if length.isdigit() and int(length) > most else 0

        async def limited() -> Message:
            nonlocal read
            # Before the first piece is read, when the length was told: a client that waits for
            # "100 Continue" then sends nothing.
            message: Message = {} if read > most else await receive()
            read += len(message.get("body", b""))
            if read > most:
                raise HTTPException(413, f"the request is larger than {most / 1e6:g} MB")
            return message

        await self._app(scope, limited, send)
