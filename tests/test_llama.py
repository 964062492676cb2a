"""In LlamaIndex's own pipelines an answer keeps its sentences, and a refusal stays one."""

import asyncio
import json
from collections.abc import Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest
from llama_index.core.base.llms.types import ChatMessage, CitationBlock, TextBlock
from llama_index.core.base.response.schema import Response
from llama_index.core.callbacks import CallbackManager, CBEventType, LlamaDebugHandler
from llama_index.core.chat_engine.types import AgentChatResponse
from llama_index.core.instrumentation import root_dispatcher
from llama_index.core.instrumentation.event_handlers import BaseEventHandler
from llama_index.core.instrumentation.events import BaseEvent
from llama_index.core.memory import Memory
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.core.schema import NodeWithScore, QueryBundle
from llama_index.core.tools import QueryEngineTool

from assistant import Assistant
from assistant.answer import Answer
from assistant.followup import turns
from assistant.llama import AssistantChatEngine
from assistant.llm import model_of
from assistant.scripted import ScriptedLLM, key_of

OPENING = "Who denied opening the dam without warning?"
CONCEALED = "Who denied that anything had been concealed?"
TUNGSTEN = "What is the boiling point of tungsten?"
MORE, STANDALONE = "What else did he say?", "What else did Peter D. Lamb say?"


def holds_offset_law(assistant: Assistant, nodes: Sequence[NodeWithScore]) -> bool:
    for node in (found.node for found in nodes):
        article = assistant.library.article(node.metadata["article_id"])
        if article.text[node.start_char_idx : node.end_char_idx] != node.get_content():
            return False
        if node.ref_doc_id != article.id:
            return False
    return bool(nodes)


def understood(response: AgentChatResponse) -> str:
    assert response.metadata
    return str(response.metadata["whosaid"]["understood"])


@pytest.mark.parametrize("question", [OPENING, CONCEALED, "Who denied what?"])
def test_a_source_node_is_a_cited_sentence(newsroom: Assistant, question: str) -> None:
    answer = newsroom.ask(question)
    response = newsroom.as_query_engine().query(question)
    assert isinstance(response, Response)
    assert str(response) == response.response == answer.text
    assert holds_offset_law(newsroom, response.source_nodes)
    assert [n.node.get_content() for n in response.source_nodes] == [
        c.sentence for c in answer.citations
    ]
    assert [n.metadata["number"] for n in response.source_nodes] == [
        c.number for c in answer.citations
    ]
    assert {n.score for n in response.source_nodes} == {answer.confidence}
    for found, c in zip(response.source_nodes, answer.citations, strict=True):
        assert found.metadata == {
            "number": c.number,
            "article_id": c.article_id,
            "title": c.title,
            "url": c.url,
            "publisher": c.publisher,
            "published": c.published.isoformat() if c.published else "",
            "speaker": c.speaker,
            "quoted": c.quoted,
        }


def test_the_whole_answer_is_in_the_metadata(newsroom: Assistant) -> None:
    metadata = newsroom.as_query_engine().query(QueryBundle(OPENING)).metadata
    assert metadata
    assert Answer.from_dict(json.loads(json.dumps(metadata))["whosaid"]) == newsroom.ask(OPENING)
    assert (metadata["refused"], metadata["reason"]) == (False, "")


def test_a_refusal_has_no_sources(newsroom: Assistant) -> None:
    response = newsroom.as_query_engine().query(TUNGSTEN)
    assert str(response) == "The articles don't say: nothing in the library is about this."
    assert response.source_nodes == []
    assert response.metadata
    assert (response.metadata["refused"], response.metadata["reason"]) == (True, "no_evidence")
    [nearest, *_] = response.metadata["whosaid"]["refusal"]["nearest"]
    article = newsroom.library.article(nearest["article_id"])
    assert article.text[nearest["start"] : nearest["end"]] == nearest["sentence"]


def test_filters_hold_for_every_question(newsroom: Assistant) -> None:
    publishers = (name for name in ["Sports Standard"])  # can be gone through once
    engine = newsroom.as_query_engine(publishers=publishers)
    for _ in range(2):
        metadata = engine.query(OPENING).metadata
        assert metadata
        assert metadata["reason"] == "filtered_out"
    found = newsroom.as_query_engine(since="2026-03-15").query("Who denied what?")
    assert holds_offset_law(newsroom, found.source_nodes)
    assert all(n.metadata["published"] >= "2026-03-15" for n in found.source_nodes)
    passages = newsroom.as_retriever(3, publishers="sports standard").retrieve(OPENING)
    assert {found.metadata["publisher"] for found in passages} == {"Sports Standard"}
    asked = newsroom.as_chat_engine(until="2020-01-01").chat(OPENING)
    assert asked.metadata
    assert asked.metadata["reason"] == "filtered_out"


def test_filters_that_are_none_are_errors(newsroom: Assistant) -> None:
    for make in (newsroom.as_query_engine, newsroom.as_chat_engine, newsroom.as_retriever):
        with pytest.raises(ValueError, match="tomorrow"):
            make(since="tomorrow")
        with pytest.raises(TypeError, match="author"):
            make(author="Ada")


def test_asking_does_not_hold_up_the_event_loop(newsroom: Assistant) -> None:
    released = Event()

    class Waiting(Assistant):
        def ask(self, question: str, **kwargs: Any) -> Answer:
            assert released.wait(20)
            return super().ask(question, **kwargs)

    async def run(asked: Coroutine[Any, Any, Any]) -> str:
        released.clear()
        task = asyncio.create_task(asked)
        await asyncio.sleep(0.05)
        assert not task.done()
        released.set()
        return str(await task)

    assistant = Waiting(newsroom.library)
    text = newsroom.ask(OPENING).text
    assert asyncio.run(run(assistant.as_query_engine().aquery(OPENING))) == text
    assert asyncio.run(run(assistant.as_chat_engine().achat(OPENING))) == text
    assert asyncio.run(run(assistant.as_chat_engine().astream_chat(OPENING))) == text


def test_engines_can_be_shared_by_threads(newsroom: Assistant) -> None:
    engine, chat = newsroom.as_query_engine(), newsroom.as_chat_engine()
    questions = [OPENING, CONCEALED, TUNGSTEN] * 2
    with ThreadPoolExecutor(5) as pool:
        responses = list(pool.map(engine.query, questions))
        chatted = list(pool.map(chat.chat, questions))
    assert [str(r) for r in responses] == [newsroom.ask(q).text for q in questions]
    assert len(chatted) == 6
    roles = [message.role.value for message in chat.chat_history]
    assert roles == ["user", "assistant"] * 6


def test_a_follow_up_is_understood_from_the_chat(newsroom: Assistant) -> None:
    chat = newsroom.as_chat_engine()
    first = chat.chat(CONCEALED)
    second = chat.chat(MORE)
    assert understood(second) == STANDALONE
    assert str(second).startswith(f"Understood as: {STANDALONE}\n")
    assert holds_offset_law(newsroom, first.source_nodes)
    assert holds_offset_law(newsroom, second.source_nodes)
    assert [message.content for message in chat.chat_history] == [
        CONCEALED, str(first), MORE, str(second)
    ]  # fmt: skip
    chat.reset()
    assert chat.chat_history == []
    assert understood(chat.chat(MORE)) == MORE


def test_a_given_history_takes_the_place_of_the_chat(newsroom: Assistant) -> None:
    chat = newsroom.as_chat_engine()
    chat.chat(OPENING)
    history = [
        ChatMessage(role="system", content="Answer in verse."),
        ChatMessage(role="user", content="Who denied it?"),  # never answered
        ChatMessage(role="user", content=CONCEALED),
        ChatMessage(role="assistant", content="Peter D. Lamb: He denied it. [1]"),
    ]
    before = [message.model_copy(deep=True) for message in history]
    assert understood(chat.chat(MORE, chat_history=history)) == STANDALONE
    assert history == before
    assert chat.chat_history[:4] == history
    assert len(chat.chat_history) == 6
    chat.chat_history.clear()
    assert len(chat.chat_history) == 6
    assert understood(chat.chat(MORE, chat_history=[])) == MORE
    assert len(chat.chat_history) == 2


def test_an_answer_in_the_chat_carries_its_citations(newsroom: Assistant) -> None:
    answer = newsroom.ask(CONCEALED)
    chat = newsroom.as_chat_engine()
    chat.chat(CONCEALED)
    text, *cited = chat.chat_history[-1].blocks
    assert text == TextBlock(text=answer.text)
    assert len(cited) == len(answer.citations) == 2
    for block, c in zip(cited, answer.citations, strict=True):
        assert isinstance(block, CitationBlock)
        place = block.additional_location_info
        article = newsroom.library.article(block.source)
        assert isinstance(block.cited_content, TextBlock)
        assert block.cited_content.text == article.text[place["start"] : place["end"]] == c.sentence
        assert (block.title, place["number"]) == (article.title, c.number)
    refused = chat.chat(TUNGSTEN, chat_history=[])
    assert chat.chat_history[-1].blocks == [TextBlock(text=str(refused))]
    assert refused.source_nodes == []


def test_what_is_streamed_is_the_same_in_pieces(newsroom: Assistant) -> None:
    question = "Who denied what?"
    plain, streaming = newsroom.as_chat_engine(), newsroom.as_chat_engine()
    whole = plain.chat(question)
    streamed = streaming.stream_chat(question)
    assert streamed.source_nodes == whole.source_nodes
    assert str(streamed) == str(whole)
    pieces = list(streamed.response_gen)
    assert len(pieces) == str(whole).count("\n") + 1 > 2
    assert "".join(pieces) == streamed.response == str(whole)
    assert streaming.chat_history == plain.chat_history
    [source] = streamed.sources
    assert source.raw_output.metadata["refused"] is False


def test_it_can_be_awaited(newsroom: Assistant) -> None:
    chat = newsroom.as_chat_engine()

    async def run() -> tuple[AgentChatResponse, str]:
        await chat.achat(CONCEALED)
        streamed = await chat.astream_chat(TUNGSTEN)
        text = "".join([piece async for piece in streamed.async_response_gen()])
        assert streamed.source_nodes == []
        passages = await newsroom.as_retriever(2).aretrieve(OPENING)
        assert holds_offset_law(newsroom, passages)
        return await chat.achat("What else did Peter D. Lamb say?"), text

    last, text = asyncio.run(run())
    assert text == "The articles don't say: nothing in the library is about this."
    assert holds_offset_law(newsroom, last.source_nodes)
    assert len(chat.chat_history) == 6


def test_a_turn_that_fails_is_not_remembered(newsroom: Assistant) -> None:
    class Failing(Assistant):
        def ask(self, question: str, **_: Any) -> Answer:
            raise OSError("disk full")

    chat = Failing(newsroom.library).as_chat_engine()
    for ask in (chat.chat, chat.stream_chat):
        with pytest.raises(OSError, match="disk full"):
            ask(OPENING)
    assert chat.chat_history == []


def test_another_memory_can_be_given(newsroom: Assistant) -> None:
    chat = AssistantChatEngine(newsroom, memory=Memory.from_defaults())
    chat.chat(CONCEALED)
    assert understood(asyncio.run(chat.achat(MORE))) == STANDALONE
    assert isinstance(chat.chat_history[1].blocks[1], CitationBlock)


def test_an_engine_is_a_tool(newsroom: Assistant) -> None:
    tool = QueryEngineTool.from_defaults(newsroom.as_query_engine(), name="news")
    text = newsroom.ask(OPENING).text
    done = tool.call(OPENING)
    assert (done.content, done.is_error) == (text, False)
    assert holds_offset_law(newsroom, done.raw_output.source_nodes)
    assert asyncio.run(tool.acall(input=OPENING)).content == text


def test_a_language_model_can_answer_from_the_retriever(newsroom: Assistant) -> None:
    llm = ScriptedLLM(["Karsovia denied it."])
    engine = RetrieverQueryEngine.from_args(newsroom.as_retriever(2), llm=llm)
    response = engine.query(OPENING)
    assert str(response) == "Karsovia denied it."
    assert "Karsovia on Saturday denied opening the gates" in llm.prompts[0]
    assert len(response.source_nodes) == 2
    assert holds_offset_law(newsroom, response.source_nodes)


def test_what_a_language_model_words_is_checked_here_too(newsroom: Assistant) -> None:
    def reply(prompt: str) -> str:
        key = key_of(prompt, "denied opening the gates")
        return f"Karsovia denied opening the dam without warning. [{key}]\nIt rained. [{key}]"

    response = Assistant(newsroom.library, model=model_of(ScriptedLLM(reply))).as_query_engine()
    answered = response.query(OPENING)
    assert str(answered) == "Karsovia denied opening the dam without warning. [1]"
    assert holds_offset_law(newsroom, answered.source_nodes)


def test_callbacks_and_events_are_llamaindexs_own(newsroom: Assistant) -> None:
    seen: list[str] = []

    class Watching(BaseEventHandler):
        def handle(self, event: BaseEvent, **_: Any) -> None:
            seen.append(type(event).__name__)

    debug = LlamaDebugHandler(print_trace_on_end=False)
    engine, chat = newsroom.as_query_engine(), newsroom.as_chat_engine()
    engine.callback_manager = CallbackManager([debug])
    watching = Watching()
    root_dispatcher.add_event_handler(watching)
    try:
        response = engine.query(OPENING)
        list(chat.stream_chat(OPENING).response_gen)
    finally:
        root_dispatcher.event_handlers.remove(watching)
    [(start, end)] = debug.get_event_pairs(CBEventType.QUERY)
    assert start.payload == {"query_str": OPENING}
    assert end.payload == {"response": response}
    assert seen == [
        "QueryStartEvent", "QueryEndEvent",
        "StreamChatStartEvent", "StreamChatDeltaReceivedEvent", "StreamChatEndEvent",
    ]  # fmt: skip
    assert engine.get_prompts() == {}


def test_only_what_was_answered_is_a_turn() -> None:
    said = [("assistant", "Hello."), ("user", "Who?"), ("user", "When?"), ("tool", "x")]
    assert turns(said) == []
    assert turns([*said, ("assistant", "Now."), ("user", "Why?")]) == [("When?", "Now.")]
