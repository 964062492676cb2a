"""How many requests a client may make: a token bucket each."""

import ipaddress
import json
import math
import time
from collections.abc import Callable, Sequence

from assistant.server.serving import App, Receive, Scope, Send

DEFAULT = 120  # requests a minute, once other machines are let in
COUNTED = ("/api", "/v1", "/mcp", "/gradio_api", "/login")  # what costs something, or is guessed at
FREE = ("/api/health",)
MOST_CLIENTS = 10_000  # that are remembered


class Rate:
    """ASGI middleware that refuses who asks too often, with 429 and `Retry-After`.

    Behind a proxy on the same machine all have its address, unless it sends `X-Forwarded-For`.
    """

    def __init__(
        self,
        app: App,
        per_minute: float,
        clock: Callable[[], float] = time.monotonic,
        counted: Sequence[str] = COUNTED,
    ) -> None:
        """Args: per_minute: requests; as many may come at once after a minute of silence."""
        self._app = app
        self._most = max(1.0, float(per_minute))
        self._second = per_minute / 60
        self._clock = clock
        self._counted = tuple(counted)
        self._clients: dict[str, tuple[float, float]] = {}  # what is left, and when it was

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if scope["type"] != "http" or path in FREE or not path.startswith(self._counted):
            await self._app(scope, receive, send)
            return
        wait = self._wait(_client(scope))
        if not wait:
            await self._app(scope, receive, send)
            return
        from assistant.server.faults import fault

        message = f"too many requests; try again in {wait} s"
        headers = [
            (b"content-type", b"application/json"),
            (b"retry-after", str(wait).encode()),
            (b"connection", b"close"),  # the body is not read
        ]
        await send({"type": "http.response.start", "status": 429, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(fault(429, message)).encode()})

    def _wait(self, client: str) -> int:
        """Seconds until the next request would be answered, 0 when this one is."""
        now = self._clock()
        left, then = self._clients.pop(client, (self._most, now))
        left = min(self._most, left + (now - then) * self._second)
        allowed = left >= 1
        self._clients[client] = (left - allowed, now)  # at the end: who was silent longest is first
        if len(self._clients) > MOST_CLIENTS:
            del self._clients[next(iter(self._clients))]
        return 0 if allowed else math.ceil((1 - left) / self._second)


def _client(scope: Scope) -> str:
    """The address; of IPv6 the network, as each customer has one."""
    address = (scope.get("client") or ("",))[0]
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return str(address)
    if ip.version == 6 and not ip.ipv4_mapped:
        return str(ipaddress.ip_network((ip, 64), strict=False))
    return str(ip)
