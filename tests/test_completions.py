"""What OpenAI's own client gets from a real server."""

from collections.abc import Iterator, Sequence

import httpx
import openai
import pytest
from openai.types.chat import ChatCompletionMessageParam

from assistant.llm import ModelError, model_of
from assistant.markdown import TAKEN_BACK, answer_markdown
from assistant.pipeline import Assistant
from assistant.scripted import ScriptedLLM, key_of
from assistant.server.api import api
from assistant.server.serving import listen
from index.article import Article
from index.library import Library
from prompts import Message

QUESTION = "Who denied opening the dam without warning?"


def asked(*texts: str) -> list[ChatCompletionMessageParam]:
    """A conversation: questions and answers in turn."""
    messages: list[ChatCompletionMessageParam] = [{"role": "system", "content": "Be brief."}]
    for number, text in enumerate(texts):
        if number % 2:
            messages.append({"role": "assistant", "content": text})
        else:
            messages.append({"role": "user", "content": text})
    return messages


def client_of(address: str, key: str = "unused") -> openai.OpenAI:
    http = httpx.Client(trust_env=False, timeout=60)
    return openai.OpenAI(base_url=f"{address}/v1", api_key=key, max_retries=0, http_client=http)


@pytest.fixture(scope="module")
def client(address: str) -> Iterator[openai.OpenAI]:
    with client_of(address) as client:
        yield client


def test_there_is_one_model(client: openai.OpenAI) -> None:
    assert [model.id for model in client.models.list()] == ["whosaid"]


def test_an_answer_comes_with_its_sources(client: openai.OpenAI, newsroom: Assistant) -> None:
    wanted = newsroom.ask(QUESTION)
    found = client.chat.completions.create(
        model="whosaid", messages=asked(QUESTION), temperature=0.7, seed=5
    )
    [choice] = found.choices
    assert choice.finish_reason == "stop"
    assert choice.message.content == answer_markdown(wanted)
    assert found.model_dump()["whosaid"] | {"timings": 0} == wanted.to_dict() | {"timings": 0}


def test_annotations_stand_at_the_numbers(client: openai.OpenAI, newsroom: Assistant) -> None:
    found = client.chat.completions.create(model="whosaid", messages=asked("Who denied what?"))
    message = found.choices[0].message
    citations = {f"[{c.number}]": c for c in newsroom.ask("Who denied what?").citations}
    assert message.content
    assert message.annotations
    for annotation in message.annotations:
        place = annotation.url_citation
        citation = citations[message.content[place.start_index : place.end_index]]
        assert (place.url, place.title) == (citation.url, citation.title)


def test_a_stream_says_the_same(client: openai.OpenAI) -> None:
    whole = client.chat.completions.create(model="whosaid", messages=asked(QUESTION))
    chunks = list(
        client.chat.completions.create(
            model="whosaid",
            messages=asked(QUESTION),
            stream=True,
            stream_options={"include_usage": True},
        )
    )
    *spoken, last, usage = chunks
    assert spoken[0].choices[0].delta.role == "assistant"
    content = "".join(chunk.choices[0].delta.content or "" for chunk in spoken)
    assert content == whole.choices[0].message.content
    assert last.choices[0].finish_reason == "stop"
    annotations = last.model_dump()["choices"][0]["delta"]["annotations"]
    assert annotations == [a.model_dump() for a in whole.choices[0].message.annotations or ()]
    answers = [one.model_dump()["whosaid"] | {"timings": 0} for one in (last, whole)]
    assert answers[0] == answers[1]
    assert not usage.choices
    assert usage.usage
    assert len({chunk.id for chunk in chunks}) == 1


class Wording(ScriptedLLM):
    """Writes one statement that holds."""

    def written(self, messages: Sequence[Message]) -> Iterator[str]:
        prompt = "\n\n".join(text for _, text in messages)
        key = key_of(prompt, "denied opening the gates")
        yield f"Karsovia denied opening the gates of its largest dam without warning. [{key}]\n"


class Failing(Wording):
    """Breaks off after it."""

    def written(self, messages: Sequence[Message]) -> Iterator[str]:
        yield from super().written(messages)
        raise ModelError("it broke off")


@pytest.mark.parametrize("kind", [Wording, Failing])
def test_claims_are_streamed_as_they_are_checked(
    newsroom: Assistant, kind: type[ScriptedLLM]
) -> None:
    assistant = Assistant(newsroom.library, model=model_of(kind([])))
    with listen(api(assistant), "127.0.0.1", 0) as server, client_of(server.url) as client:
        chunks = list(
            client.chat.completions.create(model="whosaid", messages=asked(QUESTION), stream=True)
        )
    spoken = [chunk.choices[0].delta.content or "" for chunk in chunks]
    content = "".join(spoken)
    assert spoken[1].startswith("Karsovia denied opening the gates of its largest dam without")
    last = chunks[-1].model_dump()["choices"][0]["delta"]
    for annotation in last["annotations"]:
        place = annotation["url_citation"]
        assert content[place["start_index"] : place["end_index"]].startswith("[")
    whole = answer_markdown(assistant.ask(QUESTION))
    if kind is Failing:  # what was told before is taken back, and the answer follows
        assert content == f"{spoken[1]}\n\n{TAKEN_BACK}\n\n{whole}"
        assert "it broke off" in whole
    else:
        assert content == whole


def test_a_follow_up_says_how_it_was_understood(client: openai.OpenAI) -> None:
    messages = asked("Who is Tomas Arnel?", "A spokesman. [1]", "What did he reject?")
    found = client.chat.completions.create(model="whosaid", messages=messages)
    told = found.choices[0].message.content or ""
    assert told.startswith("Understood as: What did Tomas Arnel reject?\n\n")


def test_earlier_messages_are_history(client: openai.OpenAI) -> None:
    messages = asked("Who is Tomas Arnel?", "A spokesman. [1]", "What did he reject?")
    found = client.chat.completions.create(model="whosaid", messages=messages)
    answer = found.model_dump()["whosaid"]
    assert answer["question"] == "What did he reject?"
    assert answer["understood"] == "What did Tomas Arnel reject?"
    again = client.chat.completions.create(
        model="whosaid", messages=[*messages, {"role": "assistant", "content": "That."}]
    )
    assert again.model_dump()["whosaid"]["understood"] == answer["understood"]


def test_content_may_be_in_parts(client: openai.OpenAI) -> None:
    messages: list[ChatCompletionMessageParam] = [
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "Who denied opening the dam"},
                {"type": "image_url", "image_url": {"url": "https://evil.example/x.png"}},
                {"type": "text", "text": "without warning?"},
            ],
        }
    ]
    found = client.chat.completions.create(model="whosaid", messages=messages)
    assert found.model_dump()["whosaid"]["short"] == "Karsovia"


def test_a_refusal_is_an_answer(client: openai.OpenAI) -> None:
    messages = asked("What is the boiling point of tungsten?")
    found = client.chat.completions.create(model="whosaid", messages=messages)
    assert (found.choices[0].message.content or "").startswith("The articles don't say")
    assert not found.choices[0].message.annotations


@pytest.mark.parametrize("messages", [[], asked(), asked("  "), asked("a" * 10_001)])
def test_without_a_question_the_request_is_bad(
    client: openai.OpenAI, messages: list[ChatCompletionMessageParam]
) -> None:
    for stream in (False, True):
        with pytest.raises(openai.BadRequestError) as caught:
            client.chat.completions.create(model="whosaid", messages=messages, stream=stream)
        assert "messages" in str(caught.value.message)
        assert caught.value.type == "invalid_request"


def test_the_key_is_the_token(library: Library) -> None:
    token = "s3cret"  # noqa: S105 -- opens nothing
    with listen(api(Assistant(library), token), "127.0.0.1", 0) as server:
        with client_of(server.url, token) as known:
            assert known.models.list().data
        with client_of(server.url, "guess") as unknown, pytest.raises(openai.AuthenticationError):
            unknown.models.list()


def test_failures_are_told_in_a_stream(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("secret place")

    monkeypatch.setattr(library, "search_vectors", broken)
    with (
        listen(api(Assistant(library)), "127.0.0.1", 0) as server,
        client_of(server.url) as client,
    ):
        with pytest.raises(openai.APIError, match="its log says why"):
            list(
                client.chat.completions.create(
                    model="whosaid", messages=asked(QUESTION), stream=True
                )
            )
        with pytest.raises(openai.InternalServerError):
            client.chat.completions.create(model="whosaid", messages=asked(QUESTION))


def test_articles_cannot_format_the_message(library: Library) -> None:
    title = "[Free](https://evil.example) <img src=x>"
    text = (
        "Vet Ida Moen **denied** that the <b>horse</b> of [Merrin](https://evil.example) was ill."
    )
    library.add(Article(text=text, title=title, url="https://coast.example.org/horse"))
    with (
        listen(api(Assistant(library)), "127.0.0.1", 0) as server,
        client_of(server.url) as client,
    ):
        question = "Who denied that the horse was ill?"
        found = client.chat.completions.create(model="whosaid", messages=asked(question))
    content = found.choices[0].message.content or ""
    assert r"\*\*denied\*\*" in content
    for live in ("[Merrin](", "<b>", "<img", "[Free]("):
        assert live not in content.replace("\\" + live[0], "")
    [annotation] = found.choices[0].message.annotations or ()
    assert annotation.url_citation.title == title
