"""The REST interface, what OpenAI's clients speak, and MCP: one application for one assistant."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import takewhile
from typing import TYPE_CHECKING, Literal

from fastapi import Depends, FastAPI, HTTPException, Request, Response
from fastapi.security import HTTPBearer
from starlette.responses import PlainTextResponse
from starlette.routing import Match

from assistant.server import articles, asking, completions
from assistant.server.asking import AtDesk
from assistant.server.desk import Desk
from assistant.server.faults import Limit, handle, responses
from assistant.server.rating import Rate
from assistant.server.replies import Health
from assistant.server.serving import LOOPBACK, Secure
from assistant.server.tools import over_http
from assistant.server.watching import Watch
from index.errors import LibraryUnreachable
from index.version import release

if TYPE_CHECKING:
    from assistant.pipeline import Assistant

MAX_BODY = 5_000_000  # bytes of a request that adds nothing: a question with a long history
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
DESCRIPTION = """\
Ask your news articles. Every answer cites the exact sentences it rests on, or says that the
articles don't say. Offsets count characters (Unicode code points) of an article's text:
`text[start:end] == sentence`, always.
"""


def api(
    assistant: "Assistant",
    token: str = "",
    hosts: Sequence[str] = (),
    max_upload: int = articles.MAX_UPLOAD,
    rate: float = 0,
) -> FastAPI:
    """The application: `/api`, `/v1` and `/mcp`; a page may be mounted at `/`.

    Args:
        token: what requests have to send (`Authorization: Bearer TOKEN`); "" for nothing.
        hosts: names that the Host header may have, see `serving.hosts_for`; those of this machine
            when ().
        max_upload: bytes of one request that adds articles.
        rate: requests a minute that each client may make; 0 for any number.
    """
    desk = Desk(assistant)
    routes, running = over_http(desk)

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        async with running():
            try:
                yield
            finally:
                desk.close()

    app = FastAPI(
        title="Whosaid",
        description=DESCRIPTION,
        version=release(),
        openapi_url="/api/openapi.json",
        docs_url=None,  # these pages load their scripts from elsewhere
        redoc_url=None,
        lifespan=life,
        # FastAPI would hand requests and errors to whatever OpenTelemetry finds in the environment.
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    app.state.desk = desk
    app.add_middleware(
        Limit, limits={"/api/articles": max_upload, "/api": MAX_BODY, "/v1": MAX_BODY}
    )
    app.add_middleware(Secure, hosts=hosts or LOOPBACK, token=token)
    if rate:
        app.add_middleware(Rate, per_minute=rate)  # before `Secure`: tokens are guessed at
    app.add_middleware(Watch, meter=desk.meter)  # the last one comes first
    handle(app)
    app.get("/api/health", tags=["server"], responses=responses())(health)
    bearer = [Depends(HTTPBearer(auto_error=False))] if token else []
    app.get(
        "/api/metrics",
        tags=["server"],
        responses={200: {"content": {"text/plain": {}}}, **responses(503)},
        response_class=PlainTextResponse,
        dependencies=bearer,
    )(metrics)
    for router in (asking.router, articles.router, completions.router):
        app.include_router(router, dependencies=bearer)
    app.router.routes.extend(routes)
    for root in ("/api", "/v1"):
        app.add_route(root + "/{rest:path}", nowhere, METHODS, include_in_schema=False)
    return app


async def nowhere(request: Request) -> Response:
    """What no route takes, in our shape; a page that is mounted at `/` would answer otherwise.

    Raises:
        HTTPException: always; 405 where another method would do.
    """
    own = takewhile(
        lambda route: getattr(route, "endpoint", None) is not nowhere, request.app.router.routes
    )
    allowed = {
        method
        for route in own
        for method in METHODS
        if route.matches(dict(request.scope) | {"method": method})[0] is Match.FULL
    }
    if allowed:
        wanted = ", ".join(sorted(allowed))
        raise HTTPException(405, f"{wanted} is wanted", {"Allow": wanted})
    raise HTTPException(404, "there is nothing at this address")


def metrics(desk: AtDesk) -> PlainTextResponse:
    """Numbers for Prometheus: requests, times, questions, articles."""
    text = desk.meter.text(_articles(desk))
    return PlainTextResponse(text, media_type="text/plain; version=0.0.4")


def health(desk: AtDesk) -> Health:
    """Whether the server answers. Needs no token."""
    count = _articles(desk)
    status: Literal["ok", "library away"] = "ok" if count is not None else "library away"
    return Health(status=status, version=release(), articles=count)


def _articles(desk: AtDesk) -> int | None:
    """How many there are; None while the library's database does not answer: a new server would
    not reach it either.
    """
    try:
        return len(desk.assistant.library)
    except LibraryUnreachable:
        return None
