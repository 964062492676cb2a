"""Language models: chosen by words, asked over HTTP, and whatever breaks, an answer in time."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import ModuleType
from typing import Any

import pytest

from assistant import Answer, Assistant
from assistant.llm import Model, ModelError, choose, model_of
from assistant.makers import MAKERS
from assistant.model_server import MOST_BYTES, ModelServer
from assistant.scripted import ScriptedLLM, key_of
from assistant.wording import NOT_USED
from index.errors import WhosaidError
from prompts import Message

KEY = "sk-very-secret-0123456789"
QUESTION = "Who denied opening the dam without warning?"
Behaviour = Callable[["Handler", dict[str, Any]], None]


class Handler(BaseHTTPRequestHandler):
    """One request to a server that behaves as the test wants it to."""

    server: "FakeServer"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append((self.path, dict(self.headers), body))
        with suppress(OSError):  # the client gave up
            self.server.behaviour(self, body)

    def begin(self, status: int = 200, content: str = "text/event-stream", **more: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": content, "Connection": "close", **more}.items():
            self.send_header(name, value)
        self.end_headers()

    def send(self, *pieces: str | bytes) -> None:
        for piece in pieces:
            self.wfile.write(piece if isinstance(piece, bytes) else piece.encode())
            self.wfile.flush()

    def log_message(self, *_: object) -> None:
        pass


class FakeServer(ThreadingHTTPServer):
    """Speaks OpenAI's chat completions, as far as its behaviour lets it."""

    daemon_threads = True
    requests: list[tuple[str, dict[str, str], dict[str, Any]]]
    behaviour: Behaviour

    @property
    def words(self) -> str:
        return f"openai-like:test-model@http://127.0.0.1:{self.server_port}/v1"


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with FakeServer(("127.0.0.1", 0), Handler) as server:
        server.requests = []
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


def chunk(text: str, finish: str | None = None) -> str:
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": finish}
    return f"data: {json.dumps({'choices': [choice]}, ensure_ascii=False)}\n\n"


def says(text: str, size: int = 5) -> Behaviour:
    def behave(request: Handler, _: dict[str, Any]) -> None:
        request.begin()
        for start in range(0, len(text), size):
            request.send(chunk(text[start : start + size]))
        request.send(chunk("", "stop"), "data: [DONE]\n\n")

    return behave


def sends(*pieces: str | bytes, **headers: Any) -> Behaviour:
    def behave(request: Handler, _: dict[str, Any]) -> None:
        request.begin(**headers)
        request.send(*pieces)

    return behave


def status(code: int, **headers: str) -> Behaviour:
    body = json.dumps({"error": {"message": f"Incorrect API key provided: {KEY}"}})
    return sends(body, status=code, content="application/json", **headers)


def endless(piece: str, pause: float = 0.0) -> Behaviour:
    def behave(request: Handler, _: dict[str, Any]) -> None:
        request.begin()
        while True:
            request.send(piece)
            time.sleep(pause)

    return behave


def silent(request: Handler, _: dict[str, Any]) -> None:
    time.sleep(3)


def resets(request: Handler, _: dict[str, Any]) -> None:
    request.begin(**{"Content-Length": "100000"})
    request.send(chunk("Karsovia denied it."))
    request.connection.close()


def written(server: FakeServer, behaviour: Behaviour, **known: Any) -> str:
    server.behaviour = behaviour
    url = f"http://127.0.0.1:{server.server_port}/v1"
    return "".join(ModelServer(url, "test-model", **known).written([("user", "Say so.")], 5))


# What works


def test_a_reply_is_streamed(server: FakeServer) -> None:
    assert written(server, says("The Örsted “dam” held.\nIt is open.")) == (
        "The Örsted “dam” held.\nIt is open."
    )
    [(path, headers, body)] = server.requests
    assert path == "/v1/chat/completions"
    assert "Authorization" not in headers
    assert body["messages"] == [{"role": "user", "content": "Say so."}]
    assert (body["model"], body["stream"], body["temperature"]) == ("test-model", True, 0)


def test_pieces_may_be_cut_anywhere(server: FakeServer) -> None:
    stream = (chunk("Ör") + ": alive\r\n\r\n" + chunk("sted", "stop")).encode()
    wide = stream.index("Ö".encode())
    for cut in (3, 20, wide, wide + 1, wide + 2, stream.index(b"alive"), len(stream) - 2):
        assert written(server, sends(stream[:cut], stream[cut:])) == "Örsted"


def test_a_server_that_does_not_stream_will_do(server: FakeServer) -> None:
    reply = {"choices": [{"message": {"content": "It held."}, "finish_reason": "stop"}]}
    body = json.dumps(reply, indent=2)
    assert written(server, sends(body, content="application/json; charset=utf-8")) == "It held."


def test_a_model_that_wants_its_own_temperature_gets_it(server: FakeServer) -> None:
    def picky(request: Handler, body: dict[str, Any]) -> None:
        (status(400) if "temperature" in body else says("It held."))(request, body)

    assert written(server, picky) == "It held."


def test_the_key_goes_to_the_server_only(
    server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WHOSAID_LLM_KEY", KEY)
    server.behaviour = says("It held.")
    model = choose(server.words)
    assert list(model.written([("user", "?")], 5))
    assert server.requests[0][1]["Authorization"] == f"Bearer {KEY}"
    assert KEY not in repr(vars(model)) + repr(model._llm) + str(model._llm.to_dict())


# What breaks

BROKEN = {
    "silent": silent,
    "slow": endless(chunk("a"), 0.1),
    "alive and nothing else": endless(": alive\n\n", 0.05),
    "a byte at a time": endless(" ", 0.05),
    "blank pieces": endless(chunk(""), 0.05),
    "refuses the key": status(401),
    "forbidden": status(403),
    "not found": status(404),
    "busy": status(429, **{"Retry-After": "3600"}),
    "bad request": status(400),
    "failed": status(500),
    "overloaded": status(503),
    "redirect": status(307, Location="/elsewhere"),
    "cut off": resets,
    "ends in the middle": sends(chunk("Karsovia denied opening the da")),
    "no words": sends(chunk("", "stop"), "data: [DONE]\n\n"),
    "nothing at all": sends(),
    "too long": sends(chunk("Karsovia denied it. " * 20_000), chunk("", "stop")),
    "token limit": sends(chunk("Karsovia denied"), chunk("", "length"), "data: [DONE]\n\n"),
    "huge output": endless(chunk("dam " * 500)),
    "huge line": sends(b"data: " + b"x" * (MOST_BYTES + 1)),
    "invalid UTF-8": sends(b'data: {"choices": [{"delta": {"content": "\xff\xfe"}}]}\n\n'),
    "not JSON": sends("data: {oops\n\n"),
    "deep JSON": sends("data: " + "[" * 100_000 + "\n\n"),
    "a list": sends("data: [1, 2]\n\n"),
    "choices of another kind": sends('data: {"choices": "all"}\n\n'),
    "content of another kind": sends('data: {"choices": [{"delta": {"content": 7}}]}\n\n'),
    "an error in the stream": sends(f'data: {{"error": {{"message": "{KEY}"}}}}\n\n'),
    "a web page": sends("<html><body>Welcome to nginx</body></html>", content="text/html"),
    "wrong JSON": sends('{"detail": "no"}', content="application/json"),
    "compressed": sends(b"\x1f\x8b\x08\x00rubbish", **{"Content-Encoding": "gzip"}),
    "nonsense": says("Colourless green ideas sleep furiously.\n\n[[[]]] ] [k\n```\n"),
    "an old number": says("Karsovia denied opening the dam. [1]"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_whatever_breaks_the_extractive_answer_stands(
    name: str, server: FakeServer, newsroom: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WHOSAID_LLM_KEY", KEY)
    monkeypatch.setenv("WHOSAID_LLM_SECONDS", "1")
    server.behaviour = BROKEN[name]
    plain = newsroom.ask(QUESTION)
    answer = Assistant(newsroom.library, model=choose(server.words)).ask(QUESTION)
    assert answer.note.startswith(NOT_USED), answer.note
    assert answer.timings["word"] < 1.5
    assert replace(answer, note="", withheld=()) == plain
    assert KEY not in json.dumps(answer.to_dict())
    assert "sk-" not in answer.note
    assert len(server.requests) == (2 if name == "bad request" else 1)
    assert Answer.from_dict(answer.to_dict()) == answer


def test_a_server_that_is_not_there(newsroom: Assistant) -> None:
    model = choose("openai-like:m@http://127.0.0.1:9/v1")
    answer = Assistant(newsroom.library, model=model).ask(QUESTION)
    assert answer.note == f"{NOT_USED}its server cannot be used (ConnectError)."
    assert answer.claims == newsroom.ask(QUESTION).claims


def test_a_model_that_hangs_is_left_alone_in_time() -> None:
    start = time.monotonic()
    with pytest.raises(ModelError, match=r"^it wrote nothing within 0.2 seconds \("):
        list(Model(ScriptedLLM(["never"], pause=30), patience=0.2).written([], 60))
    with pytest.raises(ModelError, match=r"^it was not done within 0.3 seconds \("):
        list(Model(ScriptedLLM(["x" * 1000], piece=1, pause=0.05)).written([], 0.3))
    assert time.monotonic() - start < 2


def test_a_slow_model_gets_more_time_where_it_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    words = "openai-like:m@http://127.0.0.1/v1"
    for seconds, limit, patience in (("600", 600, 300), ("", 60, 30), ("5", 5, 5)):
        monkeypatch.setenv("WHOSAID_LLM_SECONDS", seconds)
        model = choose(words)
        assert (model.limit, model.patience) == (limit, patience)
    hanging = Model(ScriptedLLM(["never"], pause=30), patience=0.1)
    with pytest.raises(ModelError, match="a slow model: set WHOSAID_LLM_SECONDS above 60"):
        list(hanging.written([], 60))


def test_a_model_that_thinks_is_not_silent() -> None:
    class Thinking(ScriptedLLM):
        def written(self, messages: Sequence[Message]) -> Iterator[str]:
            for piece in ["", "", "", "", "Done."]:
                time.sleep(0.1)
                yield piece

    assert list(Model(Thinking([]), patience=0.3).written([], 60)) == ["Done."]


def test_what_a_client_says_of_an_error_is_not_repeated() -> None:
    class RateLimitError(Exception):
        status_code = 429

    with pytest.raises(ModelError, match=r"^it failed \(RateLimitError 429\)$"):
        list(Model(ScriptedLLM([RateLimitError(KEY)])).written([], 5))


# Which model


def test_a_model_is_named_by_words() -> None:
    model = choose("openai-like:@cf/meta/llama@3@https://api.example.org:8443/v1")
    assert model._llm.metadata.model_name == "@cf/meta/llama@3"
    assert model._llm._server.url == "https://api.example.org:8443/v1"


def stand_in(monkeypatch: pytest.MonkeyPatch, maker: str) -> list[dict[str, Any]]:
    """A package of LlamaIndex's that is not installed; what its models are made with."""
    of, given = MAKERS[maker], []

    class Made(ScriptedLLM):
        def __init__(self, **arguments: Any) -> None:
            if arguments["model"] == "none":
                raise RuntimeError(KEY)
            given.append(arguments)
            super().__init__(["Done."])

    module = ModuleType(of.module)
    setattr(module, of.name, Made)
    monkeypatch.setitem(sys.modules, of.module, module)
    return given


def test_a_maker_is_named_by_words(monkeypatch: pytest.MonkeyPatch) -> None:
    claude, local = stand_in(monkeypatch, "anthropic"), stand_in(monkeypatch, "ollama")
    monkeypatch.setenv("WHOSAID_LLM_KEY", KEY)
    model = choose("anthropic:claude-x")
    assert list(model.written([("user", "?")], 5)) == ["Done."]
    choose("anthropic:claude-x@https://proxy.example.org")
    assert [g.get("base_url") for g in claude] == [None, "https://proxy.example.org"]
    assert {g["api_key"] for g in claude} == {KEY}
    assert claude[0]["timeout"] == model.limit == 60
    monkeypatch.delenv("WHOSAID_LLM_KEY")
    choose("ollama:llama3.2:3b@http://10.0.0.7:11434")
    [made] = local
    assert (made["model"], made["base_url"]) == ("llama3.2:3b", "http://10.0.0.7:11434")
    assert "api_key" not in made


def test_a_key_is_not_sent_to_a_maker_over_plain_http(monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(monkeypatch, "anthropic")
    monkeypatch.setenv("WHOSAID_LLM_KEY", KEY)
    with pytest.raises(WhosaidError, match="plain http"):
        choose("anthropic:claude-x@http://proxy.example.org")


def test_what_a_maker_needs_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, MAKERS["ollama"].module, None)  # as if it were not installed
    with pytest.raises(WhosaidError, match=r"pip install 'whosaid\[ollama\]'"):
        choose("ollama:llama3.2")
    stand_in(monkeypatch, "anthropic")
    with pytest.raises(WhosaidError, match="its name right") as raised:
        choose("anthropic:none")
    assert KEY not in str(raised.value)


@pytest.mark.parametrize(
    "words",
    [
        "",
        "gpt-4",
        "ollama:",
        "ollama:m@ftp://127.0.0.1",
        f"ollama:m@http://user:{KEY}@127.0.0.1",
        "openai-like:m",
        "openai-like:@http://127.0.0.1/v1",
        "openai-like:m@ftp://127.0.0.1/v1",
        "openai-like:m@http://",
        "openai-like:m@http://host:port/v1",
        "openai-like:m@http://[::1/v1",
        f"openai-like:m@http://user:{KEY}@127.0.0.1/v1",
        f"openai-like:m@http://127.0.0.1/v1?key={KEY}",
        KEY,
    ],
)
def test_other_words_are_refused_and_not_repeated(words: str) -> None:
    with pytest.raises(WhosaidError) as raised:
        choose(words)
    assert KEY not in str(raised.value)
    assert "wanted" in str(raised.value) or "WHOSAID_LLM_KEY" in str(raised.value)


@pytest.mark.parametrize("seconds", ["0", "-1", "soon", "nan", "inf"])
def test_seconds_are_seconds(seconds: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WHOSAID_LLM_SECONDS", seconds)
    with pytest.raises(WhosaidError, match="WHOSAID_LLM_SECONDS"):
        choose("openai-like:m@http://127.0.0.1/v1")


def test_any_llm_of_llamaindex_will_do(newsroom: Assistant) -> None:
    from llama_index.core.llms.mock import MockLLM

    model = model_of(MockLLM())  # repeats the prompt
    answer = Assistant(newsroom.library, model=model).ask(QUESTION)
    assert answer.note.startswith(NOT_USED)
    assert not answer.refused


def test_a_scripted_model_is_an_llm() -> None:
    llm = ScriptedLLM(["one", "two", "three", RuntimeError("no")], piece=2)
    assert llm.complete("a").text == "one"
    assert [r.delta for r in llm.stream_complete("b")] == ["tw", "o"]
    assert "".join(model_of(llm).written([("system", "s"), ("user", "u")], 5)) == "three"
    assert llm.prompts == ["a", "b", "s\n\nu"]
    for _ in range(2):  # raised, then nothing left
        with pytest.raises(ModelError, match="RuntimeError"):
            list(model_of(llm).written([], 5))


def test_no_model_no_cost() -> None:
    program = (
        "import sys; import assistant.cli, assistant.pipeline;"
        "print([m for m in ('assistant.llm', 'assistant.wording') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "[]\n", done.stderr


# From the command line


def test_the_command_line_takes_a_model(
    server: FakeServer, newsroom: Assistant, capsys: pytest.CaptureFixture[str]
) -> None:
    from assistant.cli import main

    def words(request: Handler, body: dict[str, Any]) -> None:
        key = key_of(body["messages"][1]["content"], "denied opening the gates")
        says(f"Karsovia denied opening the gates of its largest dam. [{key}]")(request, body)

    server.behaviour = words
    library = str(newsroom.library.folder)
    with pytest.raises(SystemExit) as ended:
        main(["--library", library, "ask", QUESTION, "--llm", server.words])
    shown = capsys.readouterr().out
    assert ended.value.code == 0
    assert "\nKarsovia denied opening the gates of its largest dam. [1]\n" in f"\n{shown}"
    server.behaviour = status(500)
    with pytest.raises(SystemExit) as ended:
        main(["--library", library, "ask", QUESTION, "--llm", server.words])
    assert ended.value.code == 0
    assert f"{NOT_USED}its server answered 500: it failed." in capsys.readouterr().out


def test_the_command_line_lets_it_judge(
    server: FakeServer, newsroom: Assistant, capsys: pytest.CaptureFixture[str]
) -> None:
    from assistant.cli import main

    claim = "Karsovia denied opening the gates of its largest dam."

    def judging(verdict: Behaviour) -> Behaviour:
        def behave(request: Handler, body: dict[str, Any]) -> None:
            rules, asked = (message["content"] for message in body["messages"])
            if "statement is borne out" in rules:
                verdict(request, body)
            else:
                says(f"{claim} [{key_of(asked, 'denied opening the gates')}]")(request, body)

        return behave

    def shown(verdict: Behaviour) -> str:
        server.behaviour = judging(verdict)
        server.requests.clear()
        library = str(newsroom.library.folder)
        with pytest.raises(SystemExit) as ended:
            main(["--library", library, "ask", QUESTION, "--judge", "--llm", server.words])
        assert ended.value.code == 0
        assert len(server.requests) == 2
        return " ".join(capsys.readouterr().out.split())

    assert f"{claim} [1]" in shown(says("Yes"))
    denied = shown(says("No\nIt was another dam."))
    assert f"{NOT_USED}none of its statements held (judge)." in denied
    failed = shown(status(500))
    assert f"{NOT_USED}asked to judge a statement, its server answered 500: it failed." in failed
    assert f"{claim} [1]" not in denied + failed
