"""Ids, logs, numbers and headers of requests, and what never is in them."""

import io
import json
import logging
import time
from collections.abc import Iterator

import httpx
import pytest

from assistant.pipeline import Assistant
from assistant.server import watching
from assistant.server.api import api
from assistant.server.serving import listen

TOKEN = "correct horse"  # noqa: S105 -- opens nothing
QUESTION = "Who denied opening the dam without warning?"
SECRET = "swordfish"  # noqa: S105 -- neither


@pytest.fixture(scope="module")
def client(newsroom: Assistant) -> Iterator[httpx.Client]:
    with (
        listen(api(newsroom, TOKEN), "127.0.0.1", 0) as server,
        httpx.Client(base_url=server.url, trust_env=False) as client,
    ):
        client.headers["authorization"] = f"Bearer {TOKEN}"
        yield client


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What a server with `--log json` writes."""
    stream, root = io.StringIO(), logging.getLogger()
    monkeypatch.setattr("sys.stderr", stream)
    handlers, level = root.handlers[:], root.level
    watching.log("json")
    try:
        yield stream
    finally:
        root.handlers[:], root.level = handlers, level
        watching.logger.setLevel(logging.NOTSET)


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_each_request_has_an_id_and_a_sane_one_is_taken(client: httpx.Client) -> None:
    ids = {client.get("/api/health").headers["x-request-id"] for _ in range(3)}
    assert len(ids) == 3
    given = client.get("/api/health", headers={"x-request-id": "trace-1:a"})
    assert given.headers["x-request-id"] == "trace-1:a"
    for bad in ("a" * 65, "a b", "<script>", "ä".encode(), ""):
        found = client.get("/api/health", headers={b"x-request-id": bad}).headers["x-request-id"]  # type: ignore[dict-item]
        assert len(found) == 16


@pytest.mark.parametrize(
    ("path", "status"), [("/api/nothing", 404), ("/api/said?act=x", 422), ("/v1/x", 404)]
)
def test_errors_tell_the_id(client: httpx.Client, path: str, status: int) -> None:
    answer = client.get(path, headers={"x-request-id": "mine"})
    assert answer.status_code == status
    assert answer.json()["error"]["request_id"] == "mine"
    refused = client.get(path, headers={"x-request-id": "mine", "authorization": "Bearer no"})
    assert refused.status_code == 401
    assert refused.json()["error"]["request_id"] == refused.headers["x-request-id"] == "mine"


def test_an_unexpected_failure_tells_its_id_and_no_more(
    client: httpx.Client, newsroom: Assistant, monkeypatch: pytest.MonkeyPatch, written: io.StringIO
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("of our own")

    monkeypatch.setattr(newsroom, "ask", broken)
    answer = client.post("/api/ask", json={"question": QUESTION})
    assert answer.status_code == 500
    assert "own" not in answer.text
    assert "Traceback" not in answer.text
    identity = answer.headers["x-request-id"]
    assert answer.json()["error"]["request_id"] == identity
    while "of our own" not in written.getvalue():  # it is logged once the answer is sent
        time.sleep(0.05)
    told = [line for line in lines(written) if line.get("request_id") == identity]
    assert any("of our own" in str(line.get("error")) for line in told)
    assert any(line.get("status") == 500 for line in told)


def test_a_line_a_request_and_never_what_was_asked(
    client: httpx.Client, written: io.StringIO
) -> None:
    client.post("/api/ask", json={"question": f"Who denied {SECRET}?"})
    client.get(f"/api/said?speaker={SECRET}")
    client.get(f"/api/articles/{SECRET}")
    client.get(f"/api/{SECRET}", headers={"authorization": f"Bearer {SECRET}"})
    client.post("/v1/chat/completions", json={"messages": [{"role": "user", "content": SECRET}]})
    assert SECRET not in written.getvalue()
    assert TOKEN not in written.getvalue()
    found = [(line["method"], line["route"], line["status"]) for line in lines(written)]
    assert found == [
        ("POST", "/api/ask", 200),
        ("GET", "/api/said", 200),
        ("GET", "/api/articles/{article_id}", 404),
        ("GET", "(none)", 401),
        ("POST", "/v1/chat/completions", 200),
    ]
    assert all({"time", "level", "ms", "request_id"} <= line.keys() for line in lines(written))


def test_numbers_for_prometheus(client: httpx.Client) -> None:
    before = numbers(client)
    client.post("/api/ask", json={"question": QUESTION})
    client.post("/api/ask", json={"question": "What is the boiling point of tungsten?"})
    after = numbers(client)

    def gained(name: str) -> float:
        return after[name] - before.get(name, 0)

    assert gained('whosaid_questions_total{outcome="answered"}') == 1
    assert gained('whosaid_questions_total{outcome="refused"}') == 1
    assert gained('whosaid_requests_total{method="POST",route="/api/ask",status="200"}') == 2
    assert gained('whosaid_request_seconds_bucket{route="/api/ask",le="+Inf"}') == 2
    assert gained('whosaid_request_seconds_count{route="/api/ask"}') == 2
    assert after["whosaid_articles"] == 15
    assert after["whosaid_requests_in_flight"] == 1  # the one that asks
    assert client.get("/api/metrics", headers={"authorization": ""}).status_code == 401


def numbers(client: httpx.Client) -> dict[str, float]:
    answer = client.get("/api/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert answer.text.endswith("\n")
    told = [line for line in answer.text.splitlines() if not line.startswith("#")]
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in told}


def test_headers_for_browsers(client: httpx.Client) -> None:
    for path in ("/api/health", "/api/nothing", "/v1/models"):
        headers = client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == "no-store"
        assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
