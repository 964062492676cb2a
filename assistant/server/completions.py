"""What clients of OpenAI's chat completions speak: the answer as a message, its sources with it."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any
from uuid import uuid4

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from assistant.answer import Answer, Claim
from assistant.followup import turns
from assistant.markdown import Mark, claims_markdown, marked, rest_markdown, web_address
from assistant.server.asking import AtDesk
from assistant.server.desk import Desk, unless_gone
from assistant.server.faults import fault, of, responses
from assistant.server.schema import LONGEST_QUESTION

router = APIRouter(prefix="/v1", tags=["OpenAI"])

MODEL = "whosaid"
COMPLETION: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A `chat.completion`; its chunks as server-sent events with `stream`.",
        "content": {"application/json": {}, "text/event-stream": {}},
    },
    **responses(400, 413, 503),
}
USAGE = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}  # no tokens are spent


class Part(BaseModel):
    """A piece of a message; pieces that are no text are passed over."""

    type: str
    text: str = ""


class Message(BaseModel):
    """One message of the conversation."""

    role: str = Field(examples=["user"])
    content: str | list[Part] | None = None

    @property
    def text(self) -> str:
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content if part.type == "text")
        return self.content or ""


class Completion(BaseModel):
    """What is asked; parameters of language models are taken and mean nothing here."""

    messages: list[Message] = Field(min_length=1, max_length=2_000)
    model: str = MODEL
    stream: bool | None = False
    stream_options: dict[str, Any] | None = None
    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "examples": [
                {
                    "model": MODEL,
                    "messages": [
                        {"role": "user", "content": "Who denied opening the dam without warning?"}
                    ],
                }
            ]
        },
    )

    def question(self) -> tuple[str, list[tuple[str, str]]]:
        """The last user message, and the (question, answer) pairs before it.

        Raises:
            HTTPException: there is none, or it is empty or too long.
        """
        questions = [message.text for message in self.messages if message.role == "user"]
        asked = questions[-1] if questions else ""
        history = turns((message.role, message.text) for message in self.messages)
        if not asked.strip():
            raise HTTPException(400, "messages: a user message with text is wanted")
        if len(asked) > LONGEST_QUESTION:
            raise HTTPException(
                400, f"messages: the question is longer than {LONGEST_QUESTION:,} characters"
            )
        if self.messages[-1].role == "assistant":
            history.pop()  # asked again
        return asked, history


@router.get("/models", responses=responses())
async def models() -> dict[str, Any]:
    """List the one model there is."""
    model = {"id": MODEL, "object": "model", "created": 0, "owned_by": "whosaid"}
    return {"object": "list", "data": [model]}


@router.post("/chat/completions", response_model=None, responses=COMPLETION)
async def complete(wanted: Completion, desk: AtDesk, request: Request) -> Response:
    """Answer the last user message; earlier ones are its history.

    The content is the answer as Markdown with the sentences it rests on; `annotations` has the
    addresses of the articles, `whosaid` the answer as `/api/ask` gives it. A stream begins with the
    claims of a language model, each as it is checked; when the model then fails, it says that they
    do not count, and the answer follows.
    """
    question, history = wanted.question()
    if wanted.stream:
        usage = bool((wanted.stream_options or {}).get("include_usage"))
        chunks = _chunks(desk, question, history, usage)
        return StreamingResponse(chunks, media_type="text/event-stream")
    answer = await unless_gone(request.receive, desk.ask(question, history))
    content, marks = marked(answer)
    message = {
        "role": "assistant",
        "content": content,
        "refusal": None,
        "annotations": _annotations(marks),
    }
    choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
    body = _head("chat.completion") | {"choices": [choice], "usage": USAGE}
    return JSONResponse(body | {"whosaid": answer.to_dict()})


def _head(kind: str) -> dict[str, Any]:
    return {
        "id": f"chatcmpl-{uuid4().hex}",
        "object": kind,
        "created": int(time.time()),
        "model": MODEL,
    }


def _annotations(marks: tuple[Mark, ...]) -> list[dict[str, Any]]:
    return [
        {
            "type": "url_citation",
            "url_citation": {
                "start_index": start,
                "end_index": end,
                "url": citation.url,
                "title": citation.title,
            },
        }
        for start, end, citation in marks
        if web_address(citation.url)
    ]


async def _chunks(
    desk: Desk, question: str, history: list[tuple[str, str]], usage: bool
) -> AsyncIterator[str]:
    head = _head("chat.completion.chunk")
    yield _data(head | _delta({"role": "assistant", "content": ""}))
    waiting: asyncio.Queue[Claim | None] = asyncio.Queue()  # None: the answer is there
    asked = asyncio.ensure_future(desk.ask(question, history, on_claim=waiting.put_nowait))
    asked.add_done_callback(lambda _: waiting.put_nowait(None))
    told: list[Claim] = []
    try:
        while claim := await waiting.get():
            before = claims_markdown(told)
            told.append(claim)
            yield _data(head | _delta({"content": claims_markdown(told)[len(before) :]}))
        answer = asked.result()
    except Exception as error:  # noqa: BLE001 -- `of` logs it, and the client is told
        yield _data(fault(*of(error)))
        return
    finally:
        asked.cancel()
    for chunk in _spoken(answer, told):
        yield _data(head | chunk)
    if usage:
        yield _data(head | {"choices": [], "usage": USAGE})
    yield "data: [DONE]\n\n"


def _spoken(answer: Answer, told: Sequence[Claim]) -> Iterator[dict[str, Any]]:
    """The content that was not told yet, line by line, then what is known of it as a whole."""
    content, marks = rest_markdown(answer, told) if told else marked(answer)
    for part in content.splitlines(keepends=True):
        yield _delta({"content": part})
    end = _delta({"annotations": _annotations(marks)}, "stop")
    yield end | {"whosaid": answer.to_dict()}


def _delta(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}]}


def _data(data: object) -> str:
    return f"data: {json.dumps(data)}\n\n"
