"""How often a client may ask."""

import asyncio
from collections.abc import Iterator

import pytest

from assistant.server import rating
from assistant.server.rating import Rate
from assistant.server.serving import Message, Receive, Scope, Send


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


async def served(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})


@pytest.fixture
def clock() -> Iterator[Clock]:
    return Clock()


def ask(app: Rate, client: str = "192.0.2.1", path: str = "/api/ask") -> Message:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {}

    scope = {"type": "http", "path": path, "client": (client, 1), "headers": []}
    asyncio.run(app(scope, receive, send))
    return sent[0]


def test_a_minute_is_filled_and_fills_again(clock: Clock) -> None:
    app = Rate(served, 60, clock)
    assert [ask(app)["status"] for _ in range(61)] == [200] * 60 + [429]
    assert dict(ask(app)["headers"])[b"retry-after"] == b"1"
    clock.now += 2
    assert [ask(app)["status"] for _ in range(3)] == [200, 200, 429]


def test_each_client_has_its_own(clock: Clock) -> None:
    app = Rate(served, 1, clock)
    assert ask(app)["status"] == 200
    assert ask(app)["status"] == 429
    assert ask(app, "192.0.2.2")["status"] == 200
    assert ask(app, "2001:db8::1")["status"] == 200
    assert ask(app, "2001:db8::2")["status"] == 429  # of the same network


def test_health_and_the_files_of_the_page_are_free(clock: Clock) -> None:
    app = Rate(served, 1, clock)
    for path in ("/api/health", "/", "/assets/index.js"):
        assert [ask(app, path=path)["status"] for _ in range(3)] == [200] * 3
    assert [ask(app, path="/login")["status"] for _ in range(2)] == [200, 429]


def test_clients_are_forgotten(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rating, "MOST_CLIENTS", 10)
    app = Rate(served, 60, clock)
    for number in range(50):
        ask(app, f"192.0.2.{number}")
    assert len(app._clients) == 10
