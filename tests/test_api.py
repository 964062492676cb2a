"""The REST interface, as a client sees it: a real server on this machine."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from assistant.pipeline import Assistant
from assistant.server.api import api
from assistant.server.articles import safe_name
from assistant.server.replies import AnswerOut, SaidList
from assistant.server.serving import ANY, listen
from conftest import BUDGET, FERRY
from index.errors import LibraryBusy, LoadError
from index.library import Library

QUESTION = "Who denied opening the dam without warning?"
MAX_UPLOAD = 100_000
ALL = list(HealthCheck)


@pytest.fixture(scope="module")
def news(address: str) -> Iterator[httpx.Client]:
    """A client of the sample articles, which nobody changes."""
    with httpx.Client(base_url=address, trust_env=False, timeout=60) as client:
        yield client


@pytest.fixture
def desk(library: Library) -> Iterator[httpx.Client]:
    """A client of a library of its own with three articles."""
    with (
        listen(api(Assistant(library), max_upload=MAX_UPLOAD), "127.0.0.1", 0) as server,
        httpx.Client(base_url=server.url, trust_env=False, timeout=60) as client,
    ):
        yield client


def refused(answer: httpx.Response, status: int, kind: str = "invalid_request") -> str:
    """The message of an error, once its shape is proved."""
    assert answer.status_code == status, answer.text
    error = answer.json()["error"]
    assert answer.json() == {"error": error}
    assert error["type"] == kind
    assert "Traceback" not in answer.text
    return str(error["message"])


def upload(client: httpx.Client, *files: tuple[str, bytes]) -> dict[str, list[dict[str, str]]]:
    answer = client.post("/api/articles/files", files=[("files", file) for file in files])
    assert answer.status_code == 200, answer.text
    found: dict[str, list[dict[str, str]]] = answer.json()
    return found


# Questions


def test_an_answer_has_the_shape_of_to_dict(news: httpx.Client, newsroom: Assistant) -> None:
    found = news.post("/api/ask", json={"question": QUESTION}).json()
    wanted = newsroom.ask(QUESTION).to_dict()
    assert found.keys() == wanted.keys() == AnswerOut.model_fields.keys()
    assert found | {"timings": 0} == wanted | {"timings": 0}
    AnswerOut.model_validate(found)


def test_each_citation_points_to_its_sentence(news: httpx.Client) -> None:
    found = news.post("/api/ask", json={"question": QUESTION}).json()
    assert found["citations"]
    for citation in found["citations"]:
        article = news.get(f"/api/articles/{citation['article_id']}").json()
        assert article["text"][citation["start"] : citation["end"]] == citation["sentence"]


def test_a_refusal_is_an_answer(news: httpx.Client) -> None:
    found = news.post("/api/ask", json={"question": "What is the boiling point of tungsten?"})
    assert found.status_code == 200
    assert found.json()["refused"]
    assert found.json()["refusal"]["reason"] == "no_evidence"


@pytest.mark.parametrize(
    "turn",
    [["Who is Tomas Arnel?", "x"], {"question": "Who is Tomas Arnel?", "answer": "x"}],
    ids=["pair", "object"],
)
def test_a_follow_up_is_understood_from_its_history(news: httpx.Client, turn: object) -> None:
    wanted = {"question": "What did he reject?", "history": [turn]}
    found = news.post("/api/ask", json=wanted).json()
    assert found["understood"] == "What did Tomas Arnel reject?"


@pytest.mark.parametrize(
    "filters",
    [
        {"publishers": ["Nobody"]},
        {"articles": []},
        {"until": "1990-01-01"},
        {"since": "2999-01-01"},
    ],
)
def test_filters_leave_articles_out(news: httpx.Client, filters: dict[str, object]) -> None:
    found = news.post("/api/ask", json={"question": QUESTION} | filters).json()
    assert found["refusal"]["reason"] == "filtered_out"


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ({}, "question: is missing"),
        ({"question": ""}, "question: is empty"),
        ({"question": " \n\t"}, "question: is empty"),
        ({"question": "a" * 10_001}, "question: string should have at most 10000 characters"),
        ({"question": 5}, "question: input should be a valid string (found 5)"),
        ({"question": "a\ud800"}, "question: "),
        ({"question": "Who?", "publisher": ["x"]}, "publisher: is not known here"),
        ({"question": "Who?", "since": "tomorrow"}, "since: is no date; wanted year-month-day"),
        ({"question": "Who?", "since": 1}, "since: is no date"),
        ({"question": "Who?", "since": "2026-02-30"}, "(found '2026-02-30')"),
        ({"question": "Who?", "since": "2026-03-02", "until": "2026-03-01"}, "comes after until"),
        ({"question": "Who?", "history": [["a"]]}, "history.0"),
    ],
)
def test_a_wrong_question_is_told_what_is_wrong(
    news: httpx.Client, wanted: dict[str, object], told: str
) -> None:
    body = json.dumps(wanted)
    answer = news.post("/api/ask", content=body, headers={"Content-Type": "application/json"})
    assert told in refused(answer, 422)


def test_what_is_no_json_is_refused(news: httpx.Client) -> None:
    headers = {"Content-Type": "application/json"}
    assert "not JSON" in refused(news.post("/api/ask", content="{", headers=headers), 422)
    refused(news.post("/api/ask", content=b'{"question": "\xff"}', headers=headers), 400)
    # A form on another site's page can send this without being asked about it.
    plain = {"Content-Type": "text/plain"}
    refused(news.post("/api/ask", content='{"question": "Who?"}', headers=plain), 422)


def events(answer: httpx.Response) -> list[tuple[str, dict[str, object]]]:
    assert answer.headers["content-type"].startswith("text/event-stream")
    blocks = answer.text.split("\n\n")
    assert blocks.pop() == ""
    pairs = [block.split("\n") for block in blocks]
    return [(e.removeprefix("event: "), json.loads(d.removeprefix("data: "))) for e, d in pairs]


def test_a_stream_has_the_short_answer_first(news: httpx.Client) -> None:
    found = events(news.post("/api/ask/stream", json={"question": QUESTION}))
    *_, (_, answer) = found
    assert found[0] == ("short", {"text": "Karsovia", "refused": False})
    assert [name for name, _ in found[1:]] == ["claim"] * len(answer["claims"]) + ["answer"]
    assert [claim for _, claim in found[1:-1]] == answer["claims"]
    whole = news.post("/api/ask", json={"question": QUESTION}).json()
    assert answer | {"timings": 0} == whole | {"timings": 0}


def test_a_stream_tells_a_refusal(news: httpx.Client) -> None:
    (name, short), (_, answer) = events(
        news.post("/api/ask/stream", json={"question": "What is the boiling point of tungsten?"})
    )
    assert (name, short["refused"]) == ("short", True)
    assert short["text"] == answer["text"]


def test_a_stream_checks_its_question_before_it_begins(news: httpx.Client) -> None:
    refused(news.post("/api/ask/stream", json={"question": " "}), 422)


# Lists


def test_said_points_into_articles(news: httpx.Client, newsroom: Assistant) -> None:
    found = news.get("/api/said", params={"act": "denied", "speaker": "Arnel"}).json()
    wanted = newsroom.said(act="deny", speaker="Arnel")
    assert found == {"total": len(wanted), "said": [one.to_dict() for one in wanted]}
    SaidList.model_validate(found)
    for one in found["said"]:
        text = newsroom.library.article(one["article_id"]).text
        assert text[one["start"] : one["end"]] == one["sentence"]


def test_lists_are_given_in_parts(news: httpx.Client) -> None:
    for name, key in (("said", "said"), ("disputes", "disputes"), ("articles", "articles")):
        whole = news.get(f"/api/{name}", params={"limit": 500}).json()
        part = news.get(f"/api/{name}", params={"limit": 2, "offset": 1}).json()
        assert part == {"total": len(whole[key]), key: whole[key][1:3]}


def test_disputes_and_filters(news: httpx.Client, newsroom: Assistant) -> None:
    found = news.get("/api/disputes", params={"about": "dam"}).json()
    assert found["disputes"] == [one.to_dict() for one in newsroom.disputes(about="dam")]
    publishers = ["Northline News Agency", "nobody"]
    filtered = news.get("/api/disputes", params={"about": "dam", "publisher": publishers}).json()
    assert 0 < filtered["total"] <= found["total"]
    assert news.get("/api/disputes", params={"until": "1990-01-01"}).json()["total"] == 0


def test_search_gives_what_stands_there(news: httpx.Client, newsroom: Assistant) -> None:
    found = news.get("/api/search", params={"q": "the dam on the Ostrel", "count": 3}).json()
    assert len(found["passages"]) == 3
    for one in found["passages"]:
        text = newsroom.library.article(one["article_id"]).text
        assert text[one["start"] : one["end"]] == one["text"] != ""
        only = {"q": "dam", "article": one["article_id"]}
        own = news.get("/api/search", params=only).json()["passages"]
        assert {passage["article_id"] for passage in own} == {one["article_id"]}


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/api/said?act=flurb", "act: 'flurb' is no speech act"),
        ("/api/said?limit=0", "limit: input should be greater"),
        ("/api/said?speakers=x", "speakers: is not known here"),
        ("/api/search?q=dam&count=51", "count: "),
        ("/api/search", "q: is missing"),
        ("/api/articles?since=3", "since: is no date"),
    ],
)
def test_wrong_parameters_are_told(news: httpx.Client, path: str, told: str) -> None:
    assert told in refused(news.get(path), 422)


def test_articles_are_found_by_title_day_and_publisher(desk: httpx.Client) -> None:
    def titles(**query: str) -> list[str]:
        return [a["title"] for a in desk.get("/api/articles", params=query).json()["articles"]]

    assert titles() == [BUDGET.title, FERRY.title, "Comet over the Tarn valley"]
    assert titles(q="FERRY merr") == [FERRY.title]
    assert titles(publisher="wexholm post") == [BUDGET.title]
    assert titles(since="2026-03-02", until="2026-03-02") == [FERRY.title]
    assert titles(q="erry") == []


def test_an_article_is_given_whole(desk: httpx.Client) -> None:
    found = desk.get(f"/api/articles/{FERRY.id}").json()
    assert found == {
        "id": FERRY.id,
        "title": FERRY.title,
        "url": FERRY.url,
        "publisher": FERRY.publisher,
        "author": "",
        "published": "2026-03-02",
        "characters": len(FERRY.text),
        "text": FERRY.text,
    }
    assert "nothing" in refused(desk.get("/api/articles/nothing"), 404, "not_found")


# Changes


def test_an_article_is_added_asked_changed_and_removed(desk: httpx.Client) -> None:
    article = {
        "title": "Bridge closed",
        "text": "The Ansel bridge was closed on Monday, engineer Olga Brandt said.",
        "url": "https://coast.example.org/bridge",
        "published": "2026-06-01",
    }
    [added] = desk.post("/api/articles", json={"articles": [article]}).json()["added"]
    assert added["source"] == article["url"]
    found = desk.post("/api/ask", json={"question": "When was the Ansel bridge closed?"}).json()
    assert found["short"].startswith("Monday")
    again = desk.post("/api/articles", json={"articles": [article]}).json()
    assert [one["id"] for one in again["unchanged"]] == [added["id"]]
    changed = article | {"text": article["text"].replace("Monday", "Friday")}
    [new] = desk.post("/api/articles", json={"articles": [changed]}).json()["updated"]
    refused(desk.get(f"/api/articles/{added['id']}"), 404, "not_found")
    assert desk.delete(f"/api/articles/{new['id']}").status_code == 204
    refused(desk.delete(f"/api/articles/{new['id']}"), 404, "not_found")
    assert desk.get("/api/health").json()["articles"] == 3


def test_one_bad_article_costs_nothing_else(desk: httpx.Client) -> None:
    articles = [{"text": "..."}, {"text": "It rained in Wexholm, farmers said.", "title": "Rain"}]
    urls = ["http://127.0.0.1:1/nothing"]
    report = desk.post("/api/articles", json={"articles": articles, "urls": urls}).json()
    assert [one["title"] for one in report["added"]] == ["Rain"]
    assert [one["source"] for one in report["failed"]] == ["articles[0]", urls[0]]
    assert report["failed"][0]["reason"] == "is empty: it holds no words"


@pytest.mark.parametrize(
    "wanted",
    [
        {"urls": ["/etc/hostname"]},
        {"urls": ["file:///etc/hostname"]},
        {"urls": ["ftp://127.0.0.1/x"]},
        {"urls": ["http://"]},
        {"articles": [{"text": "Words.", "url": "javascript:alert(1)"}]},
        {"articles": [{"text": "Words.", "source": "/etc/hostname"}]},
        {"articles": [{"title": "no text"}]},
        {"articles": [{"text": "Words.", "published": "yesterday"}]},
        {},
    ],
)
def test_files_of_the_server_are_never_read(desk: httpx.Client, wanted: object) -> None:
    refused(desk.post("/api/articles", json=wanted), 422)
    assert desk.get("/api/health").json()["articles"] == 3


def test_files_of_one_name_stay_two_articles(
    desk: httpx.Client, library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    lines = b"\n".join(
        json.dumps({"title": f"Storm {n}", "text": f"A storm hit village {n}."}).encode()
        for n in range(3)
    )
    report = upload(
        desk,
        ("report.txt", b"The mill of Wexholm burned down on Sunday, police said."),
        ("report.txt", b"The mill of Merrin reopened on Monday, its owner said."),
        ("../../etc/storms.jsonl", lines + b'\n{"text": ""}\n'),
        ("tool.exe", b"MZ"),
        ("broken.pdf", b"%PDF-1.7 nothing"),
    )
    assert [one["source"] for one in report["added"]] == [
        "report.txt",
        "report.txt",
        *(f"storms.jsonl#{number}" for number in (1, 2, 3)),
    ]
    names = [one["source"] for one in report["failed"]]
    assert names == ["storms.jsonl#4", "tool.exe", "broken.pdf"]
    assert not list(tmp_path.glob("whosaid-*"))
    assert str(tmp_path) not in json.dumps(report)
    for article in library.articles():
        assert str(tmp_path) not in article.source
    again = upload(desk, ("report.txt", b"The mill of Wexholm burned down on Sunday, police said."))
    assert len(again["unchanged"]) == 1


def test_of_a_file_that_holds_too_many_the_first_are_added(
    desk: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistant.server.articles.MOST_ARTICLES", 2)
    lines = [json.dumps({"text": f"A storm hit village {n}."}).encode() for n in range(4)]
    report = upload(desk, ("storms.jsonl", b"\n".join(lines)))
    assert len(report["added"]) == 2
    [failure] = report["failed"]
    assert failure == {
        "source": "storms.jsonl",
        "reason": "holds more than 2 articles, the others were left out",
    }


def test_a_long_change_ends_when_the_server_does(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = api(Assistant(library))
    find = library.tagger.find

    def closing(*given: Any) -> Any:
        app.state.desk.closing.set()
        return find(*given)

    monkeypatch.setattr(library.tagger, "find", closing)
    with listen(app, "127.0.0.1", 0) as server:
        body = {"articles": [village(number, "Monday") for number in range(3)]}
        for _ in range(2):
            answer = httpx.post(f"{server.url}/api/articles", json=body, trust_env=False)
            refused(answer, 503, "busy")
    assert len(library) == 3
    assert not library.check()


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("report 2026 (final).pdf", "report 2026 (final).pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\files\\story.docx", "story.docx"),
        ("Überschwemmung.txt", "Überschwemmung.txt"),
        ("a\x00b\n<script>.html", "a_b__script_.html"),
        (".hidden", "hidden"),
        ("..", "upload"),
        ("", "upload"),
        ("x" * 300 + ".jsonl.gz", "x" * 111 + ".jsonl.gz"),
    ],
)
def test_file_names_are_kept_as_far_as_they_are_safe(given: str, kept: str) -> None:
    assert safe_name(given) == kept


def test_too_much_is_refused_while_it_is_read(desk: httpx.Client) -> None:
    large = b"x" * (MAX_UPLOAD + 1)

    def pieces() -> Iterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\n'
        for _ in range(40):
            yield b"x" * 10_000

    told = refused(
        desk.post("/api/articles/files", files={"files": ("a.txt", large)}), 413, "too_large"
    )
    assert told == "the request is larger than 0.1 MB"
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    answer = desk.post("/api/articles/files", content=pieces(), headers=headers)
    refused(answer, 413, "too_large")
    text = large.decode()
    answer = desk.post("/api/articles", json={"articles": [{"text": text}]})
    refused(answer, 413, "too_large")
    assert desk.get("/api/health").json()["articles"] == 3


def test_no_file_is_no_request(desk: httpx.Client) -> None:
    refused(desk.post("/api/articles/files", data={"x": "y"}), 422)
    refused(desk.post("/api/articles/files", files={"files": (None, "no file")}), 422)


def test_hostile_articles_come_back_as_they_are(desk: httpx.Client) -> None:
    text = 'The <script>alert("x")</script> trial began, lawyer Eva Lund said: "{{7*7}} & \\u0000".'
    body = {"articles": [{"title": "<b>Trial</b>", "text": text}]}
    [added] = desk.post("/api/articles", json=body).json()["added"]
    found = desk.get(f"/api/articles/{added['id']}")
    assert found.headers["content-type"] == "application/json"
    assert found.json()["text"] == text
    answer = desk.post("/api/ask", json={"question": "What did Eva Lund say began?"})
    assert answer.headers["content-type"] == "application/json"
    for citation in answer.json()["citations"]:
        assert text[citation["start"] : citation["end"]] == citation["sentence"]


# Many at once


def village(number: int, day: str) -> dict[str, str]:
    fields = [
        f"Mayor {name} of Vale {number} said it was safe." for name in ("Ost", "Pell", "Quay")
    ]
    text = f"The bridge of Vale {number} was closed on {day}. " + " ".join(fields)
    return {"title": f"Vale {number}", "text": text, "url": f"https://vale.example/{number}"}


def test_questions_are_answered_from_whole_articles_while_others_are_added(
    desk: httpx.Client, library: Library
) -> None:
    done = Event()

    def ask(number: int) -> int:
        asked = 0
        while not done.is_set() or not asked:
            question = f"When was the bridge of Vale {number} closed?"
            answer = desk.post("/api/ask", json={"question": question})
            assert answer.status_code == 200, answer.text
            for citation in answer.json()["citations"]:
                found = desk.get(f"/api/articles/{citation['article_id']}")
                if found.status_code == 200:  # or replaced since
                    text = found.json()["text"]
                    assert text[citation["start"] : citation["end"]] == citation["sentence"]
                    assert "Quay" in text
            asked += 1
        return asked

    with ThreadPoolExecutor(5) as people:
        asking = [people.submit(ask, number) for number in range(5)]
        try:
            for day in ("Monday", "Tuesday", "Friday"):  # each replaces the last
                body = {"articles": [village(number, day) for number in range(10)]}
                report = desk.post("/api/articles", json=body).json()
                assert len(report["added"]) + len(report["updated"]) == 10
                assert desk.get("/api/health").status_code == 200
        finally:
            done.set()
        assert all(asked.result() for asked in asking)
    assert desk.get("/api/health").json()["articles"] == 13
    assert not library.check()


def test_a_busy_library_asks_to_try_again(
    desk: httpx.Client, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: object, **__: object) -> None:
        raise LibraryBusy("Another process is changing /home/ann/library")

    monkeypatch.setattr(library, "add", busy)
    answer = desk.post("/api/articles", json={"articles": [{"text": "Words."}]})
    told = refused(answer, 503, "busy")
    assert "/home" not in told
    assert answer.headers["retry-after"] == "5"


def test_failures_of_the_server_are_not_shown_but_logged(
    desk: httpx.Client,
    library: Library,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("secret place")

    monkeypatch.setattr(library, "search_vectors", broken)
    told = refused(desk.post("/api/ask", json={"question": QUESTION}), 500, "server_error")
    assert "secret" not in told
    [(name, data)] = events(desk.post("/api/ask/stream", json={"question": QUESTION}))
    assert name == "error"
    assert data["error"]["type"] == "server_error"
    assert desk.get("/api/health").status_code == 200
    assert caplog.text.count("secret place") >= 2  # of each request


def test_who_hangs_up_keeps_nobody_waiting(
    desk: httpx.Client, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Questions of clients that are gone are not read, once the threads are free again."""
    free, searched = Event(), []
    search = library.search_vectors

    def slow(text: str, *rest: object) -> list[str]:
        searched.append(text)
        assert free.wait(30)
        return search(text, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(library, "search_vectors", slow)
    try:
        for number in range(20):
            body = {"question": f"When was bridge {number} closed?"}
            with pytest.raises(httpx.ReadTimeout):
                desk.post("/api/ask", json=body, timeout=0.05)
        taken = len(searched)
        assert taken < 20
    finally:
        free.set()
    answer = desk.post("/api/ask", json={"question": "Who denied that the ship was overloaded?"})
    assert answer.json()["short"].endswith("Tolland")
    assert len(searched) == taken + 1


# The document


def test_nothing_is_served_that_loads_from_elsewhere(news: httpx.Client) -> None:
    for path in ("/docs", "/redoc", "/api/docs", "/nothing"):
        refused(news.get(path), 404, "not_found")
    answer = news.put("/api/ask")
    assert answer.headers["allow"] == "POST"
    refused(answer, 405, "method_not_allowed")


def test_the_document_describes_everything(news: httpx.Client) -> None:
    document = news.get("/api/openapi.json").json()
    for operations in document["paths"].values():
        for operation in operations.values():
            assert operation["summary"]
            assert operation["description"]
            assert "500" in operation["responses"]
    assert document["components"]["schemas"]["Ask"]["examples"][0]["question"] == QUESTION


def test_a_document_with_a_token_says_so(library: Library) -> None:
    document = api(Assistant(library), "token").openapi()
    assert document["components"]["securitySchemes"]
    assert "security" in document["paths"]["/api/ask"]["post"]
    assert "security" not in document["paths"]["/api/health"]["get"]


@pytest.fixture
def described(library: Library, monkeypatch: pytest.MonkeyPatch) -> schemathesis.BaseSchema:
    def offline(url: str, _: object) -> Iterator[LoadError]:
        yield LoadError(url, "is not fetched in tests")

    monkeypatch.setattr("index.load.load_url", offline)
    return schemathesis.openapi.from_asgi("/api/openapi.json", api(Assistant(library), hosts=ANY))


def test_whatever_is_sent_the_document_tells_what_comes(
    described: schemathesis.BaseSchema,
) -> None:
    operations = [found.ok() for found in described.get_all_operations()]
    assert len(operations) == 14
    for operation in operations:

        @settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=ALL)
        @given(case=st.one_of(*(operation.as_strategy(generation_mode=m) for m in GenerationMode)))
        def holds(case: schemathesis.Case) -> None:
            # A schema cannot tell which acts are known, nor that since comes before until.
            case.call_and_validate(excluded_checks=[positive_data_acceptance])

        holds()
