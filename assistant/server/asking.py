"""Questions over HTTP: ask, who said what, disputes, search."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import JSONResponse, StreamingResponse

from assistant.answer import Answer, Claim, jsonable
from assistant.said import Listing, known_act
from assistant.server.desk import Desk, unless_gone
from assistant.server.faults import fault, of, responses
from assistant.server.replies import AnswerOut, DisputeList, PassageList, SaidList
from assistant.server.schema import Ask, DisputesQuery, SaidQuery, SearchQuery
from index.filters import Filters
from index.library import Library
from index.retrieve import retrieve

router = APIRouter(prefix="/api", tags=["questions"])

STREAM = """\
Server-sent events, the data of each as JSON:

- `short`: `{"text": ..., "refused": ...}`, the short answer, or the message of a refusal
- `claim`: one for each claim, with its citations; those of a language model come before `short`,
  as soon as each is checked
- `answer`: the whole answer, as `/api/ask` gives it; when a language model fails in the middle, its
  claims are others than those that came
- `error`: instead of the others, in the shape of all errors
"""


async def desk_of(request: Request) -> Desk:
    """The desk of the application that a request is put to."""
    desk = request.app.state.desk
    assert isinstance(desk, Desk)  # noqa: S101 -- `api` sets it
    return desk


AtDesk = Annotated[Desk, Depends(desk_of)]


@router.post("/ask", response_model=AnswerOut, responses=responses(400, 413, 422, 503))
async def ask(wanted: Ask, desk: AtDesk, request: Request) -> JSONResponse:
    """Ask a question.

    The answer cites the exact sentences it rests on, or is a refusal that says why.
    """
    answer = await unless_gone(request.receive, _answer(desk, wanted))
    return JSONResponse(answer.to_dict())


@router.post(
    "/ask/stream",
    response_class=StreamingResponse,
    responses={
        200: {"description": STREAM, "content": {"text/event-stream": {}}},
        **responses(400, 413, 422),
    },
)
async def ask_stream(wanted: Ask, desk: AtDesk) -> StreamingResponse:
    """Ask a question, and get the short answer before the evidence."""
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}  # proxies pass it on at once
    return StreamingResponse(_events(desk, wanted), media_type="text/event-stream", headers=headers)


async def _events(desk: Desk, wanted: Ask) -> AsyncIterator[str]:
    claims: asyncio.Queue[Claim | None] = asyncio.Queue()  # None: the answer is there
    asked = asyncio.ensure_future(_answer(desk, wanted, claims.put_nowait))
    asked.add_done_callback(lambda _: claims.put_nowait(None))
    streamed = False
    try:
        while claim := await claims.get():
            streamed = True
            yield event("claim", jsonable(asdict(claim)))
        answer = asked.result()
    except Exception as error:  # noqa: BLE001 -- `of` logs it, and the client is told
        yield event("error", fault(*of(error)))
        return
    finally:
        asked.cancel()
    plain = answer.to_dict()
    short = answer.refusal.message if answer.refusal else answer.short
    yield event("short", {"text": short, "refused": answer.refused})
    for told in () if streamed else plain["claims"]:
        yield event("claim", told)
    yield event("answer", plain)


def event(name: str, data: object) -> str:
    """One server-sent event; JSON has no line ends of its own."""
    return f"event: {name}\ndata: {json.dumps(data)}\n\n"


async def _answer(
    desk: Desk, wanted: Ask, on_claim: Callable[[Claim], None] | None = None
) -> Answer:
    return await desk.ask(
        wanted.question,
        wanted.turns(),
        wanted.articles,
        wanted.publishers,
        wanted.since,
        wanted.until,
        on_claim,
    )


@router.get("/said", response_model=SaidList, responses=responses(422, 503))
async def list_said(
    query: Annotated[SaidQuery, Query()], desk: AtDesk, request: Request
) -> JSONResponse:
    """List who said what, newest article first."""
    try:
        act = known_act(query.act)
    except ValueError as error:
        raise HTTPException(422, f"act: {error}") from None
    assistant, filters = desk.assistant, query.filters()
    found = await unless_gone(
        request.receive,
        desk.read(lambda: assistant.said(query.speaker, act, query.about, **filters)),
    )
    shown = [one.to_dict() for one in query.cut(found)]
    return JSONResponse({"total": len(found), "said": shown} | _noted(found))


@router.get("/disputes", response_model=DisputeList, responses=responses(422, 503))
async def list_disputes(
    query: Annotated[DisputesQuery, Query()], desk: AtDesk, request: Request
) -> JSONResponse:
    """List accusations and claims beside the denials of the same matter, across articles."""
    assistant, filters = desk.assistant, query.filters()
    found = await unless_gone(
        request.receive, desk.read(lambda: assistant.disputes(query.about, **filters))
    )
    shown = [one.to_dict() for one in query.cut(found)]
    return JSONResponse({"total": len(found), "disputes": shown} | _noted(found))


def _noted(found: Listing[Any]) -> dict[str, str]:
    return {"note": found.note} if found.note else {}


@router.get("/search", response_model=PassageList, responses=responses(422, 503))
async def search(
    query: Annotated[SearchQuery, Query()], desk: AtDesk, request: Request
) -> JSONResponse:
    """Find the passages that most likely answer a question; none of them need to."""
    library, filters = desk.assistant.library, Filters.of(**query.filters())
    found = await unless_gone(
        request.receive, desk.read(lambda: passages(library, query.q, query.count, filters))
    )
    return JSONResponse({"passages": found})


def passages(library: Library, question: str, count: int, filters: Filters) -> list[dict[str, Any]]:
    """Passages as JSON: `library.article(article_id).text[start:end] == text`."""
    found = []
    for hit in retrieve(library, question, count, filters):
        article, passage = library.article(hit.passage.article_id), hit.passage
        found.append(
            {
                "article_id": article.id,
                "title": article.title,
                "url": article.url,
                "publisher": article.publisher,
                "published": article.published.isoformat() if article.published else None,
                "start": passage.start,
                "end": passage.end,
                "text": article.text[passage.start : passage.end],
            }
        )
    return found
