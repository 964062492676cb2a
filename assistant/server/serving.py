"""A server on this machine: the socket, who may ask, and how it ends. The only user of uvicorn."""

import hmac
import json
import re
import socket
import time
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from contextlib import suppress
from threading import Event, Thread
from typing import Any
from urllib.parse import urlsplit

import uvicorn

from index.errors import WhosaidError

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
ANY = ("*",)  # every name in the Host header will do
GUARDED = ("/api", "/v1", "/mcp")  # what a token protects
OPEN = ("/api/health",)  # except this
GRACE = 10  # seconds that requests get to end when the server closes

_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[^:\[\]]+)(?::\d+)?")


class Secure:
    """ASGI middleware that refuses who must not ask.

    A page of another site that is open in the same browser can send requests here, and by DNS
    rebinding even read the answers: its Host header then is its own name, its Origin another one
    than the Host.
    """

    def __init__(self, app: App, hosts: Sequence[str], token: str = "") -> None:
        """
        Args:
            hosts: names, without port, that the Host header may have; or `ANY`.
            token: what `GUARDED` paths want as `Authorization: Bearer TOKEN`; "" for nothing.
        """
        self._app = app
        self._token = token.encode()
        self._hosts = frozenset(host.lower() for host in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers: dict[str, list[bytes]] = {}
        for name, value in scope["headers"]:
            headers.setdefault(name.decode("latin-1").lower(), []).append(value)
        refused = self._refused(scope["path"], headers)
        if refused is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await _refuse(send, *refused)

    def _refused(self, path: str, headers: dict[str, list[bytes]]) -> tuple[int, str] | None:
        hosts = [value.decode("latin-1").lower() for value in headers.get("host", [])]
        named = _HOST.fullmatch(hosts[0]) if len(hosts) == 1 else None
        if "*" not in self._hosts and (named is None or named[1] not in self._hosts):
            return 403, "this server does not answer to that host name"
        for origin in headers.get("origin", []):
            if not hosts or _place(origin) != hosts[0]:
                return 403, "requests from the pages of other sites are refused"
        if self._token and _under(path, GUARDED) and path not in OPEN:
            given = [_bearer(value) for value in headers.get("authorization", [])]
            if len(given) != 1 or not hmac.compare_digest(given[0], self._token):
                return 401, "a token is wanted: Authorization: Bearer TOKEN"
        return None


def _place(origin: bytes) -> str:
    """Host and port of an Origin header; "" for `null` and what is no address."""
    try:
        return urlsplit(origin.decode("latin-1").lower()).netloc
    except ValueError:
        return ""


def _under(path: str, roots: Sequence[str]) -> bool:
    return any(path == root or path.startswith(root + "/") for root in roots)


def _bearer(value: bytes) -> bytes:
    kind, _, token = value.partition(b" ")
    return token.strip() if kind.lower() == b"bearer" else b""


async def _refuse(send: Send, status: int, message: str) -> None:
    from assistant.server.faults import fault

    body = json.dumps(fault(status, message))
    headers = [(b"content-type", b"application/json"), (b"connection", b"close")]
    if status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body.encode()})


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches what listens on `host`."""
    name = host.strip("[]").lower()
    return name in ("localhost", "::1") or re.fullmatch(r"127(\.\d{1,3}){3}", name) is not None


def hosts_for(host: str) -> tuple[str, ...]:
    """The Host headers that a server bound to `host` answers to: all names once it is exposed."""
    return (*LOOPBACK, host) if is_loopback(host) else ANY


def refuse_exposed(host: str, token: str, auth: str | None = None) -> None:
    """Refuse to serve other machines unguarded.

    Args:
        auth: who may open the page, "" for everybody; None when no page is served.

    Raises:
        WhosaidError: what `host` exposes has no secret.
    """
    if is_loopback(host):
        return
    missing = []
    if not token:
        missing.append("--token SECRET (or WHOSAID_TOKEN) for REST, /v1 and MCP")
    if auth == "":
        missing.append("--auth NAME:PASSWORD for the page")
    if missing:
        raise WhosaidError(
            f"on {host} other machines could read and change the library. Set "
            f"{' and '.join(missing)}; or listen on 127.0.0.1, which only this machine reaches."
        )


class Server:
    """A server that runs in a thread of its own, until `close`."""

    def __init__(self, app: App, listening: socket.socket, url: str) -> None:
        self.url = url
        config = uvicorn.Config(
            app,
            log_config=None,  # the loggers are left as whoever runs this has set them up
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=GRACE,
        )
        self._uvicorn = uvicorn.Server(config)
        self._ended = Event()
        self._thread = Thread(
            target=self._run, args=(listening,), name="whosaid-server", daemon=True
        )

    def _run(self, listening: socket.socket) -> None:
        try:
            with suppress(SystemExit):  # how uvicorn tells that the application did not start
                self._uvicorn.run([listening])
        finally:
            self._ended.set()

    def start(self) -> None:
        """Return once requests are answered.

        Raises:
            WhosaidError: the application did not start; the log says why.
        """
        self._thread.start()
        while not self._uvicorn.started:
            if not self._thread.is_alive():
                raise WhosaidError("the server did not start; its log says why")
            time.sleep(0.01)

    def close(self) -> None:
        """End it; requests under way get a few seconds."""
        self._uvicorn.should_exit = True
        self._ended.wait(3 * GRACE)

    def wait(self) -> None:
        """Return when it has ended by itself; an interrupt (Ctrl-C) is raised meanwhile."""
        # Not `Thread.join`: when that is interrupted, Python 3.11 takes the thread for ended, and
        # `close` would not wait for the requests under way.
        while not self._ended.wait(0.5):
            pass

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def listen(app: App, host: str, port: int) -> Server:
    """Serve an ASGI application in the background; it accepts connections once this returns.

    Args:
        port: 0 for any that is free; `Server.url` tells it.

    Raises:
        WhosaidError: the address is taken or cannot be used.
    """
    name = host.strip("[]")
    family = socket.AF_INET6 if ":" in name else socket.AF_INET
    try:
        # Bound here, not by uvicorn: there the error would come in another thread, and later.
        listening = socket.create_server((name, port), family=family, backlog=2048)
    except (OSError, OverflowError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise WhosaidError(
            f"cannot listen on {host}:{port} ({reason}); choose another with --port"
        ) from error
    shown = f"[{name}]" if ":" in name else name
    server = Server(app, listening, f"http://{shown}:{listening.getsockname()[1]}")
    try:
        server.start()
    except BaseException:
        listening.close()
        raise
    return server
