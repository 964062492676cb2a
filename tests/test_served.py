"""A library on servers: shared by processes, whole after kills, back when a server is back."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Thread

import httpx
import pytest

from assistant.bench.harm import contents
from assistant.bench.servers import free_port, wait_for
from assistant.pipeline import Assistant
from conftest import ARTICLES, BUDGET, FERRY, UNDATED, Run, Servers, running_servers
from index.errors import LibraryDamaged, LibraryError, LibraryUnreachable, NotInLibrary
from index.filters import Filters
from index.library import Library

QUESTION = "Who denied that the ship had been overloaded?"
PATIENT = 30.0  # seconds: an error comes, however busy the machine is; `whosaid bench` measures


@pytest.fixture(scope="module")
def own() -> Iterator[Servers]:
    """Servers that tests may kill."""
    with running_servers() as found:
        yield found


@pytest.fixture
def place(servers: Servers) -> tuple[str, str]:
    """A new library: its address and that of its vectors."""
    return servers.database(), servers.vectors


def command(place: tuple[str, str], *arguments: str | Path) -> list[str]:
    library, vectors = place
    options = ["--library", library, "--vectors", vectors]
    return [sys.executable, "-m", "assistant", *options, *map(str, arguments)]


def texts(folder: Path, count: int) -> Path:
    folder.mkdir()
    for n in range(count):
        (folder / f"{n}.txt").write_text(
            f"Report {n} of the harbour board\n\n"
            + f"The board counted {n} ships in week {n}. Nobody denied that {n} were late. " * 8
        )
    return folder


def test_answers_are_those_of_a_library_in_a_folder(
    place: tuple[str, str], newsroom: Assistant
) -> None:
    with Assistant.open(place[0], vectors=place[1]) as served:
        served.add(ARTICLES)
        for question in (
            "Who denied opening the dam without warning?",
            "How many people were killed in Lower Brisk?",
            "Who denied what?",
            "What is the boiling point of tungsten?",
        ):
            there, here = served.ask(question), newsroom.ask(question)
            assert there.text == here.text
            assert [c.sentence for c in there.citations] == [c.sentence for c in here.citations]
        ids = [article.id for article in served.library.articles()]
        assert set(ids) == {article.id for article in newsroom.library.articles()}


def test_commands_work_with_addresses(
    run: Run, place: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WHOSAID_LIBRARY", place[0])
    monkeypatch.setenv("WHOSAID_VECTORS", place[1])
    assert run("ask", QUESTION).code == 3  # empty
    Path("ferry.txt").write_text(FERRY.text)
    assert run("add", "ferry.txt").code == 0
    assert "Ines Tolland" in run("ask", QUESTION).out
    assert "Tolland" in run("said", "--act", "deny").out
    assert run("check-library").out == "sound: 1 article\n"
    assert run("repair").out == "sound: 1 article\n"
    assert "exported 1 article" in run("export", "all.zip").out
    listed = run("list").out
    assert run("remove", listed.split()[0]).code == 0
    assert run("import", "all.zip").out == "added 1, unchanged 0, failed 0\n"
    assert run("list").out == listed


def test_repair_makes_vectors_that_are_missing(run: Run, place: tuple[str, str]) -> None:
    options = ["--library", place[0], "--vectors", place[1]]
    with Library(place[0], vectors=place[1]) as library:
        library.add(FERRY, BUDGET)
        library._vectors._connected().delete([f"{FERRY.id}-0"])
    checked = run(*options, "check-library")
    assert (checked.code, checked.out) == (
        1,
        f"1 passages have no vector, {FERRY.id}-0 among them\n",
    )
    done = run(*options, "repair")
    assert done.out.endswith("whole now: 2 articles\n")
    assert run(*options, "check-library").out == "sound: 2 articles\n"


def test_what_one_server_adds_the_other_tells(place: tuple[str, str], tmp_path: Path) -> None:
    (tmp_path / "ferry.txt").write_text(FERRY.text)
    ports = free_port(), free_port()
    processes = [
        subprocess.Popen(
            command(place, "serve", "--port", str(port)),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for port in ports
    ]
    one, other = (f"http://127.0.0.1:{port}/api" for port in ports)
    try:
        for address in (one, other):
            wait_for(f"{address}/health")
        assert httpx.post(f"{other}/ask", json={"question": QUESTION}, timeout=60).json()["refused"]
        with (tmp_path / "ferry.txt").open("rb") as file:
            added = httpx.post(f"{one}/articles/files", files={"files": file}, timeout=60).json()
        [item] = added["added"]
        answer = httpx.post(f"{other}/ask", json={"question": QUESTION}, timeout=60).json()
        assert "Tolland" in answer["short"]
        assert answer["citations"][0]["article_id"] == item["id"]
        assert httpx.delete(f"{other}/articles/{item['id']}", timeout=60).status_code == 204
        assert httpx.post(f"{one}/ask", json={"question": QUESTION}, timeout=60).json()["refused"]
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            assert process.wait(timeout=30) == 0


def test_many_make_a_library_at_once(servers: Servers) -> None:
    for _ in range(3):
        place = servers.database()
        with ThreadPoolExecutor(6) as threads:
            made = [threads.submit(Library, place, vectors=servers.vectors) for _ in range(6)]
        libraries = [one.result() for one in made]
        assert len({library.identity for library in libraries}) == 1
        for library in libraries:
            library.close()


def test_two_processes_add_the_same_articles_at_once(
    place: tuple[str, str], tmp_path: Path
) -> None:
    folder = texts(tmp_path / "texts", 20)
    adding = [
        subprocess.Popen(command(place, "add", folder), stdout=subprocess.DEVNULL) for _ in range(2)
    ]
    assert [process.wait(timeout=120) for process in adding] == [0, 0]
    with Library(place[0], vectors=place[1]) as library:
        assert len(library) == 20
        assert library.check() == ()


def test_a_later_version_wins_whoever_adds_it(place: tuple[str, str]) -> None:
    """Vectors of a passage that one process removes are not left behind by another."""
    corrected = replace(FERRY, text=FERRY.text.replace("Alba", "Morva"))
    with (
        Library(place[0], vectors=place[1]) as one,
        Library(place[0], vectors=place[1]) as other,
        ThreadPoolExecutor(2) as threads,
    ):
        for _ in range(5):
            work = [threads.submit(one.add, FERRY, BUDGET), threads.submit(other.add, corrected)]
            for done in work:
                done.result()
            [kept] = [a for a in one.articles() if a.source == FERRY.source]
            assert kept.id in (FERRY.id, corrected.id)
            assert other.check() == ()
            found = other.search_vectors("ferry", 9, Filters())
            assert sorted(found) == sorted([f"{kept.id}-0", f"{BUDGET.id}-0"])


def test_counts_of_words_follow_every_change(place: tuple[str, str]) -> None:
    """What BM25 is computed from, against what a count of all passages gives."""
    later = replace(FERRY, text=FERRY.text.replace("Alba", "Morva"))
    with Library(place[0], vectors=place[1]) as library:

        def counts(table: str) -> list[tuple[object, ...]]:
            with library._catalog.change() as db:
                return db.execute(table).fetchall()

        for change in (
            lambda: library.add(FERRY, BUDGET, UNDATED),
            lambda: library.add(later),
            lambda: library.add(FERRY, later, FERRY),  # versions that come and go in one add
            lambda: library.remove(BUDGET.id),
            lambda: library.add(BUDGET),
        ):
            change()
            assert counts("SELECT lexeme, passages, texts FROM lexemes ORDER BY 1") == counts(
                "SELECT lexeme, count(*), count(*) FILTER (WHERE 'D' = ANY(weights))"
                " FROM passages, unnest(words) GROUP BY lexeme ORDER BY 1"
            )
            assert counts("SELECT passages, tokens FROM totals") == counts(
                "SELECT count(*), sum(tokens) FROM passages"
            )


def test_a_kill_during_an_add_loses_nothing(servers: Servers, tmp_path: Path) -> None:
    folder = texts(tmp_path / "texts", 30)
    whole, killed = servers.database(), servers.database()
    with Library(whole, vectors=servers.vectors) as library:
        library.add(folder)
    process = subprocess.Popen(
        command((killed, servers.vectors), "add", folder), stdout=subprocess.DEVNULL
    )
    until = time.monotonic() + 60
    with Library(killed, vectors=servers.vectors) as other:
        while not len(other) and time.monotonic() < until:
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        other.add(folder)
    assert contents(killed, servers.vectors) == contents(whole, servers.vectors)


def test_a_database_that_is_away_is_told_of_and_found_again(own: Servers) -> None:
    with Assistant.open(own.database(), vectors=own.vectors) as assistant:
        assistant.add(FERRY, UNDATED)
        assert assistant.ask(QUESTION).short == "Ines Tolland"
        for server, named in ((own.postgres, "PostgreSQL"), (own.chroma, "Chroma")):
            server.kill()
            asking, adding = (lambda: assistant.ask(QUESTION)), (lambda: assistant.add(BUDGET))
            for attempt in (asking, adding, asking, asking):
                begun = time.monotonic()
                with pytest.raises(LibraryUnreachable, match=f"{named} server"):
                    attempt()
                assert time.monotonic() - begun < PATIENT
            server.start()
            assert assistant.ask(QUESTION).short == "Ines Tolland"
            assistant.add(BUDGET)
            assert assistant.library.check() == ()
            assistant.remove(BUDGET.id)


def test_a_chroma_that_hangs_is_told_of(own: Servers) -> None:
    with Assistant.open(own.database(), vectors=own.vectors) as assistant:
        assistant.add(FERRY)
        assert own.chroma.process
        os.killpg(own.chroma.process.pid, signal.SIGSTOP)
        try:
            begun = time.monotonic()
            with pytest.raises(LibraryUnreachable, match="it took too long"):
                assistant.ask(QUESTION)
            assert time.monotonic() - begun < PATIENT
        finally:
            os.killpg(own.chroma.process.pid, signal.SIGCONT)
        assert assistant.ask(QUESTION).short == "Ines Tolland"


def test_a_chroma_that_is_only_slow_is_waited_for(
    place: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one is that has just started, and reads an index of millions from its disk."""
    with Assistant.open(place[0], vectors=place[1]) as assistant:
        assistant.add(FERRY)
    monkeypatch.setattr("index.vectors.READING", 1e-5)
    with Assistant.open(place[0], vectors=place[1]) as assistant:
        assert assistant.ask(QUESTION).short == "Ines Tolland"
        assert assistant.library.check() == ()


def test_requests_are_told_that_the_database_is_away(own: Servers) -> None:
    from assistant.server.api import api
    from assistant.server.serving import listen

    with (
        Assistant.open(own.database(), vectors=own.vectors) as assistant,
        listen(api(assistant), "127.0.0.1", 0) as server,
    ):
        assistant.add(FERRY)
        own.chroma.kill()
        try:
            reply = httpx.post(f"{server.url}/api/ask", json={"question": QUESTION}, timeout=30)
        finally:
            own.chroma.start()
        assert reply.status_code == 503
        assert "database does not answer" in reply.json()["error"]["message"]
        assert "127.0.0.1" not in reply.text
        own.postgres.kill()
        try:
            health = httpx.get(f"{server.url}/api/health", timeout=30).json()
            metrics = httpx.get(f"{server.url}/api/metrics", timeout=30).text
        finally:
            own.postgres.start()
        assert (health["status"], health["articles"]) == ("library away", None)
        assert "whosaid_requests_total" in metrics
        assert "whosaid_articles " not in metrics
        assert httpx.get(f"{server.url}/api/health", timeout=30).json()["articles"] == 1
        again = httpx.post(f"{server.url}/api/ask", json={"question": QUESTION}, timeout=30)
        assert again.json()["short"] == "Ines Tolland"


def test_vectors_that_a_server_has_lost_are_made_again_at_the_next_open(own: Servers) -> None:
    place = own.database()
    with Library(place, vectors=own.vectors) as library:
        library.add(FERRY, BUDGET)
        store = library._vectors._connected()
        store._client.delete_collection(f"whosaid-{library.identity}")
        with pytest.raises(LibraryDamaged, match="whosaid repair"):
            library.search_vectors("ferry", 1, Filters())
    with Library(place, vectors=own.vectors) as library:
        assert library.mended == ("the vectors are missing",)
        assert library.check() == ()
        assert library.search_vectors("ferry", 1, Filters()) == [f"{FERRY.id}-0"]


def test_more_threads_than_connections_take_turns(place: tuple[str, str]) -> None:
    with Library(place[0], vectors=place[1]) as library:
        library.add(FERRY)

        def look() -> None:
            with library.snapshot():
                time.sleep(0.2)
                assert library.article(FERRY.id) == FERRY

        threads = [Thread(target=look) for _ in range(25)]
        with ThreadPoolExecutor(25) as pool:
            for done in [pool.submit(look) for _ in threads]:
                done.result()


def test_addresses_are_told_without_their_passwords(servers: Servers) -> None:
    address = servers.database().replace("whosaid@", "whosaid:open-sesame@")
    with Library(address, vectors=servers.vectors) as library:
        assert "sesame" not in library.name
        with pytest.raises(NotInLibrary):
            library.article("none")
        with pytest.raises(LibraryError, match="is not in a folder"):
            _ = library.folder
    missing = address.rpartition("/")[0] + "/nowhere"
    with pytest.raises(LibraryUnreachable, match='"nowhere" does not exist') as told:
        Library(missing, vectors=servers.vectors)
    assert "sesame" not in str(told.value)


@pytest.mark.parametrize(
    ("library", "vectors", "told"),
    [
        (
            "postgresql://x@127.0.0.1:1/news",
            "http://127.0.0.1:1",
            "Is the PostgreSQL server",
        ),
        ("postgresql://x@127.0.0.1:1/news", "", "needs a Chroma server .* --vectors"),
        ("news", "http://127.0.0.1:1", "A library in a folder .* keeps its vectors there"),
    ],
)
def test_addresses_that_cannot_be_used_are_clear_errors(
    library: str, vectors: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(LibraryError, match=told):
        Library(library, vectors=vectors)


@pytest.mark.parametrize("address", ["ftp://127.0.0.1", "127.0.0.1:8000", "http://"])
def test_an_address_of_no_chroma_server_is_a_clear_error(servers: Servers, address: str) -> None:
    with pytest.raises(LibraryError, match=r"wanted http://HOST:PORT"):
        Library(servers.database(), vectors=address)


def test_a_token_is_not_sent_in_the_open(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WHOSAID_CHROMA_TOKEN", "open-sesame")
    with pytest.raises(LibraryError, match="over plain http to another machine") as told:
        Library(servers.database(), vectors="http://chroma.example.org:8000")
    assert "sesame" not in str(told.value)
    with Library(servers.database(), vectors=servers.vectors) as library:  # to this machine it is
        assert library.check() == ()


def test_golden_cases_run_on_servers(run: Run, place: tuple[str, str]) -> None:
    Path("ferry.txt").write_text(FERRY.text)
    options = ["--library", place[0], "--vectors", place[1]]
    assert run(*options, "add", "ferry.txt").code == 0
    assert run(*options, "record", QUESTION, "--to", "new.grounded.toml", "--yes").code == 0
    assert "postgresql" not in Path("new.grounded.toml").read_text()
    assert run(*options, "check", "new.grounded.toml").code == 0


def test_a_port_where_nobody_answers_is_an_error_in_time(servers: Servers) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        place = f"127.0.0.1:{silent.getsockname()[1]}"
        for library, vectors in (
            (f"postgresql://x@{place}/news", servers.vectors),
            (servers.database(), f"http://{place}"),
        ):
            begun = time.monotonic()
            with pytest.raises(LibraryUnreachable):
                Library(library, vectors=vectors)
            assert time.monotonic() - begun < PATIENT
