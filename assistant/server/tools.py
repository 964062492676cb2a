"""Ask, said and search as tools of the Model Context Protocol. The only user of its package."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import anyio
from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.transport_security import TransportSecuritySettings
from mcp.types import CallToolResult, TextContent, ToolAnnotations
from pydantic import Field
from starlette.routing import BaseRoute

from assistant.markdown import answer_markdown
from assistant.render import line, origin, quotation
from assistant.said import Said, known_act
from assistant.server.asking import passages
from assistant.server.desk import Desk
from assistant.server.faults import of
from assistant.server.replies import AnswerOut, PassageList, SaidList
from assistant.server.schema import Day, Id, Name, Question
from index.errors import WhosaidError
from index.filters import Filters
from index.version import release

if TYPE_CHECKING:
    from assistant.pipeline import Assistant

T = TypeVar("T")

INSTRUCTIONS = (
    "Answers about the user's own news articles. Cite what these tools return: each citation is a "
    "sentence that stands in an article, word for word. A refusal means that the articles don't "
    "say: do not answer from memory instead."
)
READS = ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)

Ids = Annotated[list[Id] | None, Field(description="Ids of articles: only these.")]
Names = Annotated[list[Name] | None, Field(description="Publishers: only their articles.")]
Since = Annotated[Day | None, Field(description="First day of publication, as 2026-03-14.")]
Until = Annotated[Day | None, Field(description="Last day of publication, included.")]
Count = Annotated[int, Field(ge=1, le=50, description="At most so many.")]


class Tools:
    """The tools; each gives text to read and the same as data."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def ask(
        self,
        question: Question,
        articles: Ids = None,
        publishers: Names = None,
        since: Since = None,
        until: Until = None,
    ) -> Annotated[CallToolResult, AnswerOut]:
        """Answer a question from the news articles, citing exact sentences, or say they don't say.

        Ask one full question in English, with names: "Who denied opening the dam?"
        """
        answer = await _told(self._desk.ask(question, (), articles, publishers, since, until))
        return _result(answer_markdown(answer), answer.to_dict())

    async def said(
        self,
        speaker: Annotated[Name, Field(description="Part of a name or role.")] = "",
        act: Annotated[Name, Field(description="deny, accuse, promise ...; a verb will do.")] = "",
        about: Annotated[Name, Field(description="Words of what was said.")] = "",
        articles: Ids = None,
        publishers: Names = None,
        since: Since = None,
        until: Until = None,
        count: Count = 20,
    ) -> Annotated[CallToolResult, SaidList]:
        """List who said what in the news articles, newest first: speaker, act, content, sentence.

        What somebody says is theirs: it is reported here, not shown to be true.
        """
        try:
            act = known_act(act)
        except ValueError as error:
            raise ToolError(str(error)) from None
        assistant = self._desk.assistant
        found = await _told(
            self._desk.read(
                lambda: assistant.said(speaker, act, about, articles, publishers, since, until)
            )
        )
        shown = found[:count]
        number = f"{len(found)} found. {found.note}" if found.note else f"{len(found)} found"
        plain = {"total": len(found), "said": [one.to_dict() for one in shown]}
        noted = {"note": found.note} if found.note else {}
        return _result("\n".join([number, *map(_said_line, shown)]), plain | noted)

    async def search(
        self,
        q: Annotated[Question, Field(description="A question, or words.")],
        articles: Ids = None,
        publishers: Names = None,
        since: Since = None,
        until: Until = None,
        count: Count = 10,
    ) -> Annotated[CallToolResult, PassageList]:
        """Find the passages of the news articles that are nearest to a question."""
        library = self._desk.assistant.library
        filters = Filters.of(articles, publishers, since, until)
        found = await _told(self._desk.read(lambda: passages(library, q, count, filters)))
        texts = [
            f"{origin(one['title'], one['publisher'], one['published'])}:\n{one['text']}"
            for one in found
        ]
        return _result("\n\n".join(texts) or "nothing found", {"passages": found})


async def _told(work: Awaitable[T]) -> T:
    """Errors as the model reads them."""
    try:
        return await work
    except WhosaidError as error:
        raise ToolError(of(error)[1]) from None


def _said_line(one: Said) -> str:
    act = ("not " if one.negated else "") + (one.act or one.cue)
    place = origin(one.title, one.publisher, one.published)
    who = one.speaker or "(not named)"
    return line(f"{who} [{act}]: {quotation(one.sentence)} ({place})")


def _result(text: str, structured: dict[str, Any]) -> CallToolResult:
    return CallToolResult(
        content=[TextContent(type="text", text=text)], structured_content=structured
    )


def _server(desk: Desk) -> MCPServer[Any]:
    server: MCPServer[Any] = MCPServer(
        "whosaid",
        title="Whosaid",
        instructions=INSTRUCTIONS,
        version=release(),
        log_level="WARNING",
    )
    tools = Tools(desk)
    server.add_tool(tools.ask, title="Ask the articles", annotations=READS)
    server.add_tool(tools.said, title="Who said what", annotations=READS)
    server.add_tool(tools.search, title="Search the articles", annotations=READS)
    return server


def over_http(
    desk: Desk,
) -> tuple[list[BaseRoute], Callable[[], AbstractAsyncContextManager[None]]]:
    """Streamable HTTP at `/mcp`: its routes, and what must be entered while they are served."""
    server = _server(desk)
    app = server.streamable_http_app(
        stateless_http=True,
        json_response=True,
        # `Secure` looks at the headers of all requests.
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
    )
    return list(app.routes), server.session_manager.run


def over_stdio(assistant: "Assistant") -> None:
    """Serve standard input and output until the input ends; nothing else is written there."""
    desk = Desk(assistant)
    try:
        anyio.run(_server(desk).run_stdio_async)
    finally:
        desk.close()
