"""What is told of requests: an id each, a line in the log, numbers for Prometheus, headers.

Never a question, a token, an address's query or an article: method, route, status, time and id.
"""

import json
import logging
import re
import secrets
import sys
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable
from contextvars import ContextVar
from threading import Lock
from typing import Any

from assistant.server.serving import App, Message, Receive, Scope, Send

logger = logging.getLogger(__name__)
request_id: ContextVar[str] = ContextVar("request_id", default="")

BUCKETS = (0.005, 0.025, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)  # seconds
OUTCOMES = ("answered", "refused", "failed")
_SANE = re.compile(rb"[\w.:+/=-]{1,64}", re.ASCII)
_METHODS = frozenset(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
_PROGRAMS = ("/api", "/v1", "/mcp")
# Gradio's page has scripts and styles in its HTML and compiles templates; nothing comes from
# elsewhere, nothing may be sent elsewhere, and no other site may frame it.
_PAGE = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "media-src 'self' data: blob:; worker-src 'self' blob:; object-src 'none'; base-uri 'self'; "
    "form-action 'self'; frame-ancestors 'none'"
)
_DATA = "default-src 'none'; frame-ancestors 'none'"
_ALWAYS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
)


class Meter:
    """Counts requests and questions. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._requests: Counter[tuple[str, str, int]] = Counter()
        self._times: dict[str, list[int]] = {}  # of a route: requests a bucket, the last is beyond
        self._seconds: Counter[str] = Counter()
        self._questions: Counter[str] = Counter(dict.fromkeys(OUTCOMES, 0))
        self._running = 0

    def began(self) -> None:
        with self._lock:
            self._running += 1

    def ended(self, method: str, route: str, status: int, seconds: float) -> None:
        with self._lock:
            self._running -= 1
            self._requests[method, route, status] += 1
            times = self._times.setdefault(route, [0] * (len(BUCKETS) + 1))
            times[bisect_left(BUCKETS, seconds)] += 1
            self._seconds[route] += seconds  # type: ignore[assignment]  # any number will do

    def asked(self, outcome: str) -> None:
        """Count a question; `outcome` is one of `OUTCOMES`."""
        with self._lock:
            self._questions[outcome] += 1

    def text(self, articles: int | None) -> str:
        """All numbers in Prometheus's text format."""
        with self._lock:
            return "\n".join([*self._lines(articles), ""])

    def _lines(self, articles: int | None) -> Iterable[str]:
        yield from _head("requests_total", "counter", "Requests by method, route and status.")
        for (method, route, status), count in sorted(self._requests.items()):
            labels = f'method="{method}",route="{_label(route)}",status="{status}"'
            yield f"whosaid_requests_total{{{labels}}} {count}"
        yield from _head("request_seconds", "histogram", "Seconds until a request had ended.")
        for route, times in sorted(self._times.items()):
            name, total = _label(route), 0
            for bound, count in zip((*map(str, BUCKETS), "+Inf"), times, strict=True):
                total += count
                yield f'whosaid_request_seconds_bucket{{route="{name}",le="{bound}"}} {total}'
            yield f'whosaid_request_seconds_sum{{route="{name}"}} {self._seconds[route]:.6f}'
            yield f'whosaid_request_seconds_count{{route="{name}"}} {total}'
        yield from _head("requests_in_flight", "gauge", "Requests that are being answered.")
        yield f"whosaid_requests_in_flight {self._running}"
        yield from _head("questions_total", "counter", "Questions by what became of them.")
        for outcome in OUTCOMES:
            yield f'whosaid_questions_total{{outcome="{outcome}"}} {self._questions[outcome]}'
        if articles is not None:
            yield from _head("articles", "gauge", "Articles in the library.")
            yield f"whosaid_articles {articles}"


def _head(name: str, kind: str, told: str) -> tuple[str, str]:
    return f"# HELP whosaid_{name} {told}", f"# TYPE whosaid_{name} {kind}"


def _label(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


class Watch:
    """ASGI middleware, around all others: ids, headers, numbers and the log of requests."""

    def __init__(self, app: App, meter: Meter) -> None:
        self._app = app
        self._meter = meter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        identity = _identity(scope)
        request_id.set(identity)  # each request is a task with a context of its own
        status = 500  # where the application raises, Starlette tells so around us
        begun = time.perf_counter()

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = _with_ours(scope["path"], message.get("headers", ()))
            await send(message)

        self._meter.began()
        try:
            await self._app(scope, receive, watched)
        finally:
            seconds = time.perf_counter() - begun
            method = scope["method"] if scope["method"] in _METHODS else "other"
            route = _route(scope)
            self._meter.ended(method, route, status, seconds)
            told = {"method": method, "route": route, "status": status}
            told |= {"ms": round(1000 * seconds, 1), "request_id": identity}
            logger.info("%s %s %s", method, route, status, extra={"told": told})


def _identity(scope: Scope) -> str:
    """The caller's `X-Request-ID`, where it is harmless, or a new one."""
    given = [value for name, value in scope["headers"] if name == b"x-request-id"]
    if len(given) == 1 and _SANE.fullmatch(given[0]):
        return str(given[0].decode("ascii"))
    return secrets.token_hex(8)


def own_headers(path: str) -> list[tuple[bytes, bytes]]:
    """What each response at a path tells browsers, and the id of the request."""
    program = any(path == root or path.startswith(root + "/") for root in _PROGRAMS)
    policy = _DATA if program else _PAGE
    added = [*_ALWAYS, (b"content-security-policy", policy.encode())]
    if program:
        added.append((b"cache-control", b"no-store"))
    return [*added, (b"x-request-id", request_id.get().encode())]


def _with_ours(path: str, headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    given = [(name.lower(), value) for name, value in headers]
    known = {name for name, _ in given}
    return [*given, *(one for one in own_headers(path) if one[0] not in known)]


def _route(scope: Scope) -> str:
    """The template of the path, never the path: that may hold what is nobody's business."""
    return str(getattr(scope.get("route"), "path", "") or "(none)")


# -- logs ------------------------------------------------------------------------------------------


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        told: dict[str, Any] = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname.lower(),
            "logger": record.name,
        }
        told |= getattr(record, "told", {"message": record.getMessage()})
        if identity := request_id.get():
            told.setdefault("request_id", identity)
        if record.exc_info:
            told["error"] = self.formatException(record.exc_info)
        return json.dumps(told)  # ASCII, one line


class _Plain(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        told = getattr(record, "told", None)
        return f"{text} {told['ms']} ms {told['request_id']}" if told else text


def log(kind: str) -> None:
    """Write a line for each request, and what goes wrong, to standard error: "text" or "json"."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        _Json() if kind == "json" else _Plain("%(asctime)s %(levelname)s %(name)s: %(message)s")
    )
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logger.setLevel(logging.INFO)
