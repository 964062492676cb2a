"""Questions and requests made to break in or break down: inert, whatever they hold."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant.asked import asked
from assistant.markdown import answer_markdown
from assistant.mentions import mentions
from assistant.page.chat import launch
from assistant.page.html import answer_html
from assistant.pipeline import Assistant
from assistant.question import parts, understand
from assistant.render import answer_lines
from index.filters import Filters
from index.words import search_words

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
SYNTAX = [
    *(
        '"',
        '""',
        "' OR 1=1 --",
        "NEAR(dam gates, 2)",
        "title:dam",
        "dam*",
        "^dam",
        "dam AND",
        "NOT",
    ),
    *(
        "-dam",
        "(dam",
        '"dam" OR',
        "{text title} : dam",
        "dam + gates",
        "'; DROP TABLE articles; --",
    ),
    *(
        "1 UNION SELECT text FROM articles",
        "%",
        "_",
        "\\",
        "{{7*7}}",
        "${jndi:ldap://x}",
        "$(id)",
        "`id`",
    ),
    *(
        "\x00dam",
        "dam\x1b[2J\x1b[31m",
        "\x07\x08\x7f\x9b31m",
        "\u202eWho denied it?",
        "\u2066dam\u2069",
    ),
    *(
        "\ud800",
        "dam \udfff",
        "\ufeff",
        "\u2028dam\u2029",
        "\ufffe\uffff",
        "🏴\U000e0067\U000e007f",
    ),
    *(
        "谁否认打开了大坝？",
        "من نفى فتح السد؟",
        "Кто отрицал?",
        "ダムを開けたのは誰？",
        "מי הכחיש?",
        "ใคร",
    ),
    *(
        "A" * 200 + " and B",
        "A" * 100_000,
        "A " * 50_000,
        "who " * 25_000,
        '"' * 100_000,
        "(" * 100_000,
    ),
    *(
        "A.’-" * 5_000 + " and B each",
        "did " * 20_000,
        "and who " * 10_000,
        "\n" * 100_000,
        "ﷺ" * 3_000,
    ),
]


@pytest.mark.parametrize("question", SYNTAX, ids=lambda question: ascii(question[:20]))
def test_no_question_breaks_anything(newsroom: Assistant, question: str) -> None:
    count = len(newsroom.library)
    answer = newsroom.ask(question, [(question[:1_000], question[:1_000])])
    newsroom.library.search_words([question, *question.split()[:50]], 10, Filters())
    newsroom.said(speaker=question, about=question)
    shown(answer, newsroom)
    assert len(newsroom.library) == count
    assert not newsroom.library.check()


def shown(answer: Any, assistant: Assistant) -> None:
    """Nothing that a terminal or a page obeys is in what they show."""
    terminal = "\n".join(text.plain for _, text in answer_lines(answer, assistant.library.article))
    for text in (terminal, answer_html(answer, 0, assistant.library.article)):
        assert not CONTROL.search(text)
        text.encode("utf-8")
    assert not re.search(r"[\u202a-\u202e\u2066-\u2069]", terminal)
    answer_markdown(answer).encode("utf-8", "replace")


NASTY = st.text(st.characters(), max_size=300) | st.lists(
    st.sampled_from(
        [*SYNTAX[:36], "Who", "denied", "and", "each", "Karsovia", "the dam", ",", "?"]
    ),
    max_size=12,
).map(" ".join)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(question=NASTY, before=NASTY)
def test_any_question_is_understood_and_searched(
    newsroom: Assistant, question: str, before: str
) -> None:
    understood = understand(question, [(before, question)])
    for part in (question, *parts(understood)):
        asked(part)
        mentions(part)
    newsroom.library.search_words(search_words(understood), 10, Filters.of(None, [before]))
    newsroom.library.rarity(search_words(question))


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(question=NASTY)
def test_any_question_is_answered_or_refused(newsroom: Assistant, question: str) -> None:
    answer = newsroom.ask(question)
    shown(answer, newsroom)
    for c in answer.citations:
        assert newsroom.library.article(c.article_id).text[c.start : c.end] == c.sentence


# -- files of the server ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def page(newsroom: Assistant) -> Iterator[httpx.Client]:
    with (
        launch(newsroom, "127.0.0.1", 0) as server,
        httpx.Client(base_url=server.url, trust_env=False) as client,
    ):
        yield client


UP = [
    "..",
    "%2e%2e",
    "%252e%252e",
    "..%2f..",
    "%2e%2e%2f%2e%2e",
    "..%5c..",
    "....//",
    "..;",
    "%c0%ae%c0%ae",
]
ROOTS = [
    *(
        "/",
        "/assets/",
        "/static/",
        "/svelte/",
        "/theme.css/",
        "/gradio_api/file=",
        "/gradio_api/file/",
    ),
    *(
        "/file=",
        "/file/",
        "/gradio_api/custom_component/x/",
        "/custom_component/",
        "/gradio_api/deep_link/",
    ),
    *(
        "/api/articles/",
        "/api/",
        "/v1/models/",
        "/mcp/",
        "/gradio_api/stream/",
        "/gradio_api/proxy=",
    ),
]


def raw(client: httpx.Client, path: str) -> bytes:
    """What comes for a path that no client library tidied up."""
    host, port = client.base_url.host, client.base_url.port
    with socket.create_connection((host, port), 30) as connection:
        request = f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n"
        connection.sendall(request.encode("latin-1"))
        got = b""
        while piece := connection.recv(65536):
            got += piece
    return got


@pytest.mark.parametrize("root", ROOTS)
def test_no_file_outside_is_served(page: httpx.Client, newsroom: Assistant, root: str) -> None:
    catalog = next(newsroom.library.folder.glob("*.db*"), newsroom.library.folder)
    wanted = [
        "/etc/passwd",
        str(catalog),
        str(Path("pyproject.toml").resolve()),
        "/proc/self/environ",
    ]
    paths = [root + place for place in wanted] + [root + place.lstrip("/") for place in wanted]
    paths += [root + "/".join([up] * 8) + "/etc/passwd" for up in UP]
    paths += [
        root + "file:///etc/passwd",
        root + "http://127.0.0.1:1/",
        root + "/etc/passwd%00.png",
    ]
    for path in paths:
        got = raw(page, path)
        head, _, body = got.partition(b"\r\n\r\n")
        assert b"root:" not in body, path
        assert b"SQLite format" not in body, path
        assert b"[build-system]" not in body, path
        assert b"HOME=" not in body, path
        assert b"Traceback" not in body, path
        status = int(head.split()[1])
        if root != "/" and b"text/html" not in head:
            assert status >= 300, path


def test_the_page_says_what_browsers_may_do(page: httpx.Client) -> None:
    headers = page.get("/").headers
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "default-src 'self'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"


# -- the end ---------------------------------------------------------------------------------------


def test_a_server_that_is_told_to_end_answers_first(newsroom: Assistant) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    folder = str(newsroom.library.folder)
    process = subprocess.Popen(
        [sys.executable, "-m", "assistant", "--library", folder, "serve", "--port", str(port)]
        + ["--log", "json", "--rate", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    answers: list[httpx.Response] = []
    address = f"http://127.0.0.1:{port}/api/"

    def ask() -> None:
        text = "Who denied opening the dam without warning and who accused Karsovia of it?"
        json = {"question": text}
        answers.append(httpx.post(address + "ask", json=json, trust_env=False, timeout=60))

    try:
        assert process.stdout
        assert process.stdout.readline()
        ask()  # what the first question loads may take longer than there is left at the end
        answers.clear()
        asking = [Thread(target=ask) for _ in range(3)]
        for thread in asking:
            thread.start()
        while "in_flight 4" not in httpx.get(address + "metrics", trust_env=False).text:
            assert len(answers) < 3, "answered before it could be told"
        process.send_signal(signal.SIGTERM)
        for thread in asking:
            thread.join(60)
        _, errors = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 0, errors
    assert [answer.status_code for answer in answers] == [200] * 3, errors
    assert "Traceback" not in errors
    assert errors.count('"route": "/api/ask"') == 1 + 3
