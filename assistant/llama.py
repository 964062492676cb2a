"""Answers for LlamaIndex: an assistant as a `BaseQueryEngine`, and as a `BaseChatEngine`.

A response keeps what an answer promises. Each source node is one cited sentence, in the order of
the numbers in the text: `article.text[start_char_idx:end_char_idx]`, to the letter. A refusal is a
response without source nodes: the nearest sentences are no sources, and stand in its metadata.
"""

import asyncio
from collections.abc import AsyncGenerator, Generator, Sequence
from threading import Lock
from typing import Any

from llama_index.core.base.base_query_engine import BaseQueryEngine
from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    CitationBlock,
    MessageRole,
    TextBlock,
)
from llama_index.core.base.response.schema import Response
from llama_index.core.callbacks import CallbackManager, CBEventType, EventPayload, trace_method
from llama_index.core.chat_engine.types import (
    AgentChatResponse,
    BaseChatEngine,
    StreamingAgentChatResponse,
    dispatcher,
)
from llama_index.core.instrumentation.events.chat_engine import (
    StreamChatDeltaReceivedEvent,
    StreamChatEndEvent,
    StreamChatStartEvent,
)
from llama_index.core.memory import BaseMemory, ChatMemoryBuffer
from llama_index.core.prompts.mixin import PromptMixinType
from llama_index.core.schema import (
    NodeRelationship,
    NodeWithScore,
    QueryBundle,
    RelatedNodeInfo,
    TextNode,
)
from llama_index.core.settings import Settings
from llama_index.core.tools import ToolOutput

from assistant.answer import Answer, Citation
from assistant.followup import History, turns
from assistant.pipeline import Assistant
from index.filters import Filters
from index.llama import origin

NAME = "whosaid"
REMEMBERED = 30_000  # tokens of a conversation that a question may point back to


class AssistantQueryEngine(BaseQueryEngine):
    """Questions answered by an assistant; it may be used from several threads.

    A `Response` has
        response: the answer's text, or the message of a refusal.
        source_nodes: the cited sentences; see `source_nodes`.
        metadata: "whosaid" (all of `Answer.to_dict()`), "refused", and "reason" ("" when answered).
    """

    def __init__(
        self,
        assistant: Assistant,
        filters: Filters | None = None,
        callback_manager: CallbackManager | None = None,
    ) -> None:
        super().__init__(callback_manager or Settings.callback_manager)
        self._assistant = assistant
        self._filters = filters or Filters()

    def _query(self, query_bundle: QueryBundle) -> Response:
        asked: dict[str, Any] = {EventPayload.QUERY_STR: query_bundle.query_str}
        with self.callback_manager.event(CBEventType.QUERY, payload=asked) as event:
            answer = _ask(self._assistant, query_bundle.query_str, (), self._filters)
            response = response_of(answer)
            event.on_end(payload={EventPayload.RESPONSE: response})
        return response

    async def _aquery(self, query_bundle: QueryBundle) -> Response:
        return await asyncio.to_thread(self._query, query_bundle)

    def _get_prompt_modules(self) -> PromptMixinType:
        return {}  # its prompts are files, and not for others to change


class AssistantChatEngine(BaseChatEngine):
    """One conversation with an assistant: follow-ups are understood from what was said before.

    A message of the assistant in `chat_history` is its text and a `CitationBlock` for each cited
    sentence: `source` is the article's id, `additional_location_info` has number, start and end.
    `sources` has what `AssistantQueryEngine` responds, also where an answer is streamed.

    Turns come one after the other, whichever threads ask; a turn that fails is not remembered.
    """

    def __init__(
        self,
        assistant: Assistant,
        filters: Filters | None = None,
        memory: BaseMemory | None = None,
        callback_manager: CallbackManager | None = None,
    ) -> None:
        """
        Args:
            memory: where the conversation is kept; it is used from the threads that ask, and from
                threads of its own when asked with `await`.
        """
        self.callback_manager = callback_manager or Settings.callback_manager
        self._assistant = assistant
        self._filters = filters or Filters()
        # Not LlamaIndex's newer `Memory`: its store fails when two threads use it at once.
        self._memory = memory or ChatMemoryBuffer.from_defaults(token_limit=REMEMBERED)
        self._turn = Lock()

    @property
    def chat_history(self) -> list[ChatMessage]:
        """The conversation, oldest message first."""
        return list(self._memory.get_all())

    def reset(self) -> None:
        """Forget the conversation."""
        with self._turn:
            self._memory.reset()

    @trace_method("chat")
    def chat(
        self, message: str, chat_history: list[ChatMessage] | None = None
    ) -> AgentChatResponse:
        """The answer to a message.

        Args:
            chat_history: is the conversation from now on, in the place of the one before.
        """
        return _whole(message, self._answer(message, chat_history))

    @trace_method("chat")
    async def achat(
        self, message: str, chat_history: list[ChatMessage] | None = None
    ) -> AgentChatResponse:
        """As `chat`, in a thread of its own."""
        return _whole(message, await asyncio.to_thread(self._answer, message, chat_history))

    @trace_method("chat")
    def stream_chat(
        self, message: str, chat_history: list[ChatMessage] | None = None
    ) -> StreamingAgentChatResponse:
        """As `chat`, the text in pieces, a claim each, once all of them are checked."""
        return _in_pieces(message, self._answer(message, chat_history))

    @trace_method("chat")
    async def astream_chat(
        self, message: str, chat_history: list[ChatMessage] | None = None
    ) -> StreamingAgentChatResponse:
        """As `stream_chat`, in a thread of its own."""
        return _in_pieces(message, await asyncio.to_thread(self._answer, message, chat_history))

    def _answer(self, message: str, chat_history: Sequence[ChatMessage] | None) -> Answer:
        with self._turn:
            if chat_history is not None:
                self._memory.set(list(chat_history))  # the store appends to the list that it gets
            before = self._memory.get(input=message)
            history = turns((one.role.value, one.content or "") for one in before)
            answer = _ask(self._assistant, message, history, self._filters)
            asked = ChatMessage(role=MessageRole.USER, content=message)
            self._memory.put_messages([asked, message_of(answer)])
        return answer


def source_nodes(answer: Answer) -> list[NodeWithScore]:
    """The cited sentences by number, as nodes whose source is their article.

    The score of each is the answer's `confidence`: citations have none of their own.
    """
    return [NodeWithScore(node=_node(c), score=answer.confidence) for c in answer.citations]


def response_of(answer: Answer) -> Response:
    """What a query engine responds; see `AssistantQueryEngine`."""
    reason = answer.refusal.reason if answer.refusal else ""
    return Response(
        response=answer.text,
        source_nodes=source_nodes(answer),
        metadata={NAME: answer.to_dict(), "refused": answer.refused, "reason": reason},
    )


def message_of(answer: Answer) -> ChatMessage:
    """A message of the assistant; see `AssistantChatEngine`."""
    cited = [
        CitationBlock(
            cited_content=TextBlock(text=c.sentence),
            source=c.article_id,
            title=c.title,
            additional_location_info={"number": c.number, "start": c.start, "end": c.end},
        )
        for c in answer.citations
    ]
    return ChatMessage(role=MessageRole.ASSISTANT, blocks=[TextBlock(text=_told(answer)), *cited])


def _told(answer: Answer) -> str:
    """The text of a turn of a chat: how the question was understood, where that is not plain."""
    return "\n".join(filter(None, (answer.understood_as, answer.text)))


def _ask(assistant: Assistant, question: str, history: History, filters: Filters) -> Answer:
    return assistant.ask(
        question,
        history=history,
        articles=filters.articles,
        publishers=filters.publishers,
        since=filters.since,
        until=filters.until,
    )


def _node(citation: Citation) -> TextNode:
    return TextNode(
        id_=f"{citation.article_id}-{citation.start}-{citation.end}",
        text=citation.sentence,
        start_char_idx=citation.start,
        end_char_idx=citation.end,
        relationships={NodeRelationship.SOURCE: RelatedNodeInfo(node_id=citation.article_id)},
        metadata={
            "number": citation.number,
            "article_id": citation.article_id,
            **origin(citation),
            "speaker": citation.speaker,
            "quoted": citation.quoted,
        },
    )


def _source(message: str, response: Response) -> ToolOutput:
    return ToolOutput(
        tool_name=NAME,
        content=str(response),
        raw_input={"message": message},
        raw_output=response,
    )


def _whole(message: str, answer: Answer) -> AgentChatResponse:
    response = response_of(answer)
    return AgentChatResponse(
        response=_told(answer),
        sources=[_source(message, response)],
        source_nodes=response.source_nodes,
        metadata=response.metadata,
    )


def _in_pieces(message: str, answer: Answer) -> StreamingAgentChatResponse:
    response = response_of(answer)
    streamed = StreamingAgentChatResponse(
        response=_told(answer),
        sources=[_source(message, response)],
        source_nodes=response.source_nodes,
        chat_stream=_pieces(answer),
        achat_stream=_apieces(answer),
        is_function=False,
        # LlamaIndex's own writing would drop the citations; the message is in the memory already.
        is_writing_to_memory=False,
    )
    streamed.is_done = True
    return streamed


def _pieces(answer: Answer) -> Generator[ChatResponse, None, None]:
    """The text line by line, the last one with the message that is remembered."""
    lines = _told(answer).splitlines(keepends=True)
    dispatcher.event(StreamChatStartEvent())
    for number, line in enumerate(lines, start=1):
        so_far = ChatMessage(role=MessageRole.ASSISTANT, content="".join(lines[:number]))
        dispatcher.event(StreamChatDeltaReceivedEvent(delta=line))
        whole = number == len(lines)
        yield ChatResponse(message=message_of(answer) if whole else so_far, delta=line)
    dispatcher.event(StreamChatEndEvent())


async def _apieces(answer: Answer) -> AsyncGenerator[ChatResponse, None]:
    for piece in _pieces(answer):
        yield piece
