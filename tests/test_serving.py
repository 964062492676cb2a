"""Who may ask a server, and how it begins and ends."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from assistant.pipeline import Assistant
from assistant.server.serving import (
    ANY,
    LOOPBACK,
    App,
    Message,
    Receive,
    Scope,
    Secure,
    Send,
    Server,
    hosts_for,
    listen,
    refuse_exposed,
)
from index.errors import WhosaidError

TOKEN = "correct horse"  # noqa: S105 -- opens nothing


async def hello(scope: Scope, receive: Receive, send: Send) -> None:
    """Says hello to everybody."""
    if scope["type"] == "lifespan":
        while True:
            kind = (await receive())["type"]
            await send({"type": f"{kind}.complete"})
            if kind == "lifespan.shutdown":
                return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"hello"})


@pytest.fixture(scope="module")
def guarded() -> Iterator[Server]:
    with listen(Secure(hello, LOOPBACK, TOKEN), "127.0.0.1", 0) as server:
        yield server


def get(server: Server, path: str = "/", **headers: str) -> httpx.Response:
    return httpx.get(server.url + path, headers=headers, trust_env=False)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:7861", "LOCALHOST", "[::1]:7861"])
def test_names_of_this_machine_are_answered(guarded: Server, host: str) -> None:
    assert get(guarded, host=host).text == "hello"


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example:7861", "", "[::2]"]
)
def test_another_name_is_refused_whatever_address_it_leads_to(guarded: Server, host: str) -> None:
    answer = get(guarded, host=host)
    assert answer.status_code == 403
    assert answer.json()["error"]["type"] == "forbidden"


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://127.0.0.1:1", "http://[", "file://"]
)
def test_pages_of_other_sites_are_refused(guarded: Server, origin: str) -> None:
    assert get(guarded, origin=origin).status_code == 403


def test_pages_of_this_server_are_answered(guarded: Server) -> None:
    assert get(guarded, origin=guarded.url).text == "hello"


@pytest.mark.parametrize("path", ["/api/ask", "/api", "/v1/models", "/mcp", "/api/health/x"])
@pytest.mark.parametrize("given", ["", "Bearer", "Bearer wrong", f"Basic {TOKEN}", TOKEN])
def test_without_the_token_programs_are_refused(guarded: Server, path: str, given: str) -> None:
    answer = get(guarded, path, **({"authorization": given} if given else {}))
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert TOKEN not in answer.text


@pytest.mark.parametrize("kind", ["Bearer", "bearer"])
def test_the_token_opens(guarded: Server, kind: str) -> None:
    assert get(guarded, "/api/ask", authorization=f"{kind} {TOKEN}").text == "hello"


@pytest.mark.parametrize("path", ["/", "/api/health", "/apis", "/gradio_api/queue"])
def test_health_and_the_page_need_no_token(guarded: Server, path: str) -> None:
    assert get(guarded, path).text == "hello"


async def run(app: App, kind: str, host: bytes) -> list[Message]:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": f"{kind}.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    await app({"type": kind, "path": "/", "headers": [(b"host", host)]}, receive, send)
    return sent


def test_web_sockets_are_guarded_too() -> None:
    sent = asyncio.run(run(Secure(hello, LOOPBACK), "websocket", b"evil.example"))
    assert [message["type"] for message in sent] == ["websocket.close"]


def test_an_exposed_server_answers_to_every_name() -> None:
    assert hosts_for("0.0.0.0") == ANY  # noqa: S104 -- not listened on
    assert set(hosts_for("127.0.0.5")) == {*LOOPBACK, "127.0.0.5"}
    with listen(Secure(hello, ANY, TOKEN), "127.0.0.1", 0) as server:
        assert get(server, host="library.example").text == "hello"
        assert get(server, host="library.example", origin="https://evil.example").status_code == 403


def test_exposing_wants_secrets() -> None:
    for host in ("127.0.0.1", "localhost", "::1", "[::1]", "127.1.2.3"):
        refuse_exposed(host, "", "")
    refuse_exposed("0.0.0.0", TOKEN)  # noqa: S104
    refuse_exposed("192.168.1.2", TOKEN, "name:password")
    with pytest.raises(WhosaidError, match=r"--token SECRET.*127\.0\.0\.1"):
        refuse_exposed("0.0.0.0", "")  # noqa: S104
    with pytest.raises(WhosaidError, match=r"Set --auth NAME:PASSWORD"):
        refuse_exposed("127.0.0.1.example.org", TOKEN, "")
    with pytest.raises(WhosaidError, match=r"--token.* and --auth"):
        refuse_exposed("::", "", "")


def test_a_taken_port_is_told_at_once() -> None:
    with listen(hello, "127.0.0.1", 0) as server:
        port = int(server.url.rpartition(":")[2])
        with pytest.raises(WhosaidError, match=rf"cannot listen on 127.0.0.1:{port} \(.*--port"):
            listen(hello, "127.0.0.1", port)


@pytest.mark.parametrize(("host", "port"), [("203.0.113.7", 0), ("127.0.0.1", 70_000), ("..", 0)])
def test_an_unusable_address_is_told(host: str, port: int) -> None:
    with pytest.raises(WhosaidError, match="cannot listen on"):
        listen(hello, host, port)


def test_once_closed_the_port_is_free() -> None:
    server = listen(hello, "127.0.0.1", 0)
    port = int(server.url.rpartition(":")[2])
    assert get(server).text == "hello"
    server.close()
    server.wait()
    with socket.create_server(("127.0.0.1", port)):
        pass


def test_an_application_that_does_not_start_is_an_error() -> None:
    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no disk"})

    with pytest.raises(WhosaidError, match="did not start"):
        listen(broken, "127.0.0.1", 0)


def serve(folder: str, *options: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "assistant", "--library", folder, "serve", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )


def test_serve_answers_until_it_is_interrupted(newsroom: Assistant) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = serve(str(newsroom.library.folder), "--port", str(port), "--token", TOKEN)
    try:
        assert process.stdout
        greeting = process.stdout.readline()
        address = f"http://127.0.0.1:{port}"
        assert greeting == f"Whosaid serves {address}/api, /v1 and /mcp (Ctrl-C ends it)\n"
        health = httpx.get(f"{address}/api/health", trust_env=False).json()
        assert (health["status"], health["articles"]) == ("ok", 15)
        assert httpx.get(f"{address}/api/said", trust_env=False).status_code == 401
    finally:
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert output == ""
    assert "Traceback" not in errors


def test_serve_does_not_expose_what_has_no_token(tmp_path: Path) -> None:
    process = serve(str(tmp_path / "library"), "--host", "0.0.0.0")  # noqa: S104 -- refused
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "--token SECRET (or WHOSAID_TOKEN)" in errors
    assert not (tmp_path / "library").exists()
