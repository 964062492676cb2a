"""The tools, as the client of the MCP package sees them: over HTTP and over a program's streams."""

import asyncio
import subprocess
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from mcp import Client, StdioServerParameters
from mcp.types import CallToolResult, TextContent

from assistant.pipeline import Assistant
from assistant.server.api import api
from assistant.server.replies import AnswerOut
from assistant.server.serving import listen
from index.errors import LibraryError
from index.library import Library

QUESTION = "Who denied opening the dam without warning?"
Use = Callable[[Client], Awaitable[Any]]


def over_http(address: str, use: Use, mode: str = "auto") -> Any:
    async def run() -> Any:
        async with Client(f"{address}/mcp", mode=mode) as client:
            return await use(client)

    return asyncio.run(run())


def call(address: str, tool: str, **arguments: object) -> CallToolResult:
    result = over_http(address, lambda client: client.call_tool(tool, arguments))
    assert isinstance(result, CallToolResult)
    return result


def text_of(result: CallToolResult) -> str:
    [content] = result.content
    assert isinstance(content, TextContent)
    return content.text


def test_three_tools_that_only_read(address: str) -> None:
    tools = over_http(address, lambda client: client.list_tools()).tools
    assert [tool.name for tool in tools] == ["ask", "said", "search"]
    for tool in tools:
        assert tool.description
        assert tool.annotations.read_only_hint
        assert tool.output_schema
    assert tools[0].output_schema["properties"].keys() == AnswerOut.model_fields.keys()


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_an_answer_is_text_and_data(address: str, newsroom: Assistant, mode: str) -> None:
    result = over_http(
        address, lambda client: client.call_tool("ask", {"question": QUESTION}), mode
    )
    wanted = newsroom.ask(QUESTION)
    assert result.structured_content | {"timings": 0} == wanted.to_dict() | {"timings": 0}
    assert text_of(result).startswith(wanted.claims[0].text + " [1]")
    for citation in result.structured_content["citations"]:
        text = newsroom.library.article(citation["article_id"]).text
        assert text[citation["start"] : citation["end"]] == citation["sentence"]


def test_a_refusal_is_no_error(address: str) -> None:
    result = call(address, "ask", question="What is the boiling point of tungsten?")
    assert not result.is_error
    assert text_of(result).startswith("The articles don't say")


def test_filters_narrow_a_question(address: str) -> None:
    result = call(address, "ask", question=QUESTION, until="1990-01-01")
    assert result.structured_content
    assert result.structured_content["refusal"]["reason"] == "filtered_out"


def test_who_said_what(address: str, newsroom: Assistant) -> None:
    result = call(address, "said", act="denied", speaker="Arnel", count=1)
    wanted = newsroom.said(act="deny", speaker="Arnel")
    assert result.structured_content == {"total": len(wanted), "said": [wanted[0].to_dict()]}
    assert f"{len(wanted)} found\n{wanted[0].speaker} [deny]: “" in text_of(result)


def test_search_gives_passages(address: str, newsroom: Assistant) -> None:
    result = call(address, "search", q="the dam on the Ostrel", count=2)
    assert result.structured_content
    assert len(result.structured_content["passages"]) == 2
    for one in result.structured_content["passages"]:
        text = newsroom.library.article(one["article_id"]).text
        assert text[one["start"] : one["end"]] == one["text"]
        assert one["text"] in text_of(result)


@pytest.mark.parametrize(
    ("tool", "arguments", "told"),
    [
        ("said", {"act": "flurb"}, "'flurb' is no speech act that is known"),
        ("ask", {"question": " "}, "is empty; words are wanted"),
        ("ask", {"question": "Who?", "since": "May"}, "is no date; wanted year-month-day"),
        ("search", {"q": "dam", "count": 1000}, "count"),
    ],
)
def test_mistakes_are_told_to_the_model(
    address: str, tool: str, arguments: dict[str, object], told: str
) -> None:
    result = call(address, tool, **arguments)
    assert result.is_error
    assert told in text_of(result)


def test_failures_of_the_server_are_not_shown(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise LibraryError("cannot read /home/ann/library")

    monkeypatch.setattr(library, "search_vectors", broken)
    with listen(api(Assistant(library)), "127.0.0.1", 0) as server:
        result = call(server.url, "ask", question=QUESTION)
    assert result.is_error
    assert "/home" not in text_of(result)


def test_the_token_is_wanted(library: Library) -> None:
    with listen(api(Assistant(library), "s3cret"), "127.0.0.1", 0) as server:
        answer = httpx.post(f"{server.url}/mcp", json={}, trust_env=False)
        assert answer.status_code == 401


def test_over_standard_streams(newsroom: Assistant) -> None:
    async def run() -> CallToolResult:
        command = ["-m", "assistant", "--library", str(newsroom.library.folder), "mcp"]
        async with Client(StdioServerParameters(command=sys.executable, args=command)) as client:
            return await client.call_tool("ask", {"question": QUESTION})

    result = asyncio.run(run())
    assert result.structured_content
    assert result.structured_content["short"] == "Karsovia"


def test_nothing_but_protocol_is_written(newsroom: Assistant) -> None:
    folder = str(newsroom.library.folder)
    done = subprocess.run(
        [sys.executable, "-m", "assistant", "--library", folder, "mcp"],
        input='{"jsonrpc":"2.0","id":1,"method":"ping"}\nnot JSON\n',
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    for sent in done.stdout.splitlines():
        assert sent.startswith("{")
        assert '"jsonrpc":"2.0"' in sent
