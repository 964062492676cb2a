"""A library on servers of our own (PostgreSQL and Chroma) against one in a folder.

The same answers; what kills of each part leave behind; how soon a part that is away is told of; 20
people at two servers behind a proxy (nginx).
"""

import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from assistant.answer import Answer
from assistant.bench.data import news_articles, read_rows
from assistant.bench.figures import Figure
from assistant.bench.harm import contents
from assistant.bench.newsroom import history_of
from assistant.bench.servers import Chroma, Postgres, Server, free_port, wait_for
from assistant.bench.serving import gather, resident
from assistant.pipeline import Assistant
from index.article import Article
from index.errors import LibraryUnreachable
from index.filters import Filters
from index.words import search_words

PARTS = ("server", "Chroma", "PostgreSQL")  # killed while articles are added
KILLS = 10  # of each part
TRIES = 5  # questions while a part is away
TEXTS = 24  # articles that are added meanwhile
CROWD, SECONDS = 20, 120  # people who ask at once, and for how long
DEPTH = 100
SEED = 29


def sharing(data: Path, work: Path) -> list[Figure]:
    """See the module."""
    with ExitStack() as stack:
        for name in ("postgres", "chroma"):
            (work / name).mkdir()
        postgres = stack.enter_context(Postgres(work / "postgres"))
        chroma = stack.enter_context(Chroma(work / "chroma"))
        return [
            *_same(data, work, postgres, chroma),
            *two_servers_asked(
                "servers",
                [row["question"] for row in read_rows(data, "newsroom_dev")],
                Shared(postgres.database("newsroom"), chroma.address),
                work,
            ),
            *_away(work, postgres, chroma),
            *_kills(data, work, postgres, chroma),
        ]


def _same(data: Path, work: Path, postgres: Postgres, chroma: Chroma) -> Iterator[Figure]:
    """newsroom_dev, asked of both."""
    articles = news_articles(data, "attribution_dev")
    rows = read_rows(data, "newsroom_dev")
    address = postgres.create("newsroom")
    with (
        Assistant.open(work / "folder") as folder,
        Assistant.open(address, vectors=chroma.address) as served,
    ):
        times = [_seconds(partial(one.add, *articles)) for one in (folder, served)]
        same = 0
        waits: tuple[list[float], list[float]] = ([], [])
        for row in rows:
            found = []
            for assistant, own in zip((folder, served), waits, strict=True):
                begun = time.perf_counter()
                found.append(_told(assistant.ask(row["question"], history_of(row))))
                own.append(time.perf_counter() - begun)
            same += found[0] == found[1]
        ranked = [
            [
                one.library.search_words(search_words(row["question"]), DEPTH, Filters())
                for one in (folder, served)
            ]
            for row in rows
        ]
        count = len(rows)
        share = 100 * same / count
        yield Figure("servers", "newsroom: same answer and citations", share, "%", count, 98)
        shared = np.mean([len({*a} & {*b}) / max(1, len({*a})) for a, b in ranked])
        equal = sum(a == b for a, b in ranked)
        note = f"in the same order for {equal} of {count} questions"
        measure = f"first {DEPTH} passages by words, also found in a folder"
        yield Figure("servers", measure, 100 * float(shared), "%", count, note=note)
        for name, seconds in zip(("folder", "servers"), waits, strict=True):
            middle = float(np.median(seconds)) * 1e3
            yield Figure("servers", f"question, p50, {name}", middle, "ms", count)
        for name, took in zip(("folder", "servers"), times, strict=True):
            rate = len(articles) / took
            yield Figure("servers", f"articles added a second, {name}", rate, "", len(articles))


def _told(answer: Answer) -> tuple[object, ...]:
    cited = [(c.article_id, c.start, c.end) for c in answer.citations]
    return answer.text, answer.short, answer.refused, cited


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _away(work: Path, postgres: Postgres, chroma: Chroma) -> Iterator[Figure]:
    """Each server is killed, asked of, and started again."""
    question = "Who denied that the ship had been overloaded?"
    ferry = Article("Harbour chief Ines Tolland denied that the ship had been overloaded.", "Ferry")
    with Assistant.open(postgres.create("away"), vectors=chroma.address) as assistant:
        assistant.add(ferry)
        wanted = _told(assistant.ask(question))
        for name, server in (("PostgreSQL", postgres), ("Chroma", chroma)):
            server.kill()
            told = 0

            def ask() -> None:
                nonlocal told
                try:
                    assistant.ask(question)
                except LibraryUnreachable:
                    told += 1

            slowest = max(_seconds(ask) for _ in range(TRIES))
            note = f"{told} of {TRIES} told as such"
            yield Figure(
                "servers",
                f"{name} away: error after, slowest of {TRIES}",
                slowest,
                "s",
                TRIES,
                most=5,
                note=note,
            )
            server.start()
            back = 100.0 * (_told(assistant.ask(question)) == wanted)
            measure = f"{name} back: answered without a restart"
            yield Figure("servers", measure, back, "%", 1, 100)


def _kills(data: Path, work: Path, postgres: Postgres, chroma: Chroma) -> Iterator[Figure]:
    """SIGKILL of each part while `whosaid add` adds; then it is added again."""
    texts = work / "texts"
    texts.mkdir()
    for number, article in enumerate(news_articles(data, "attribution_train")[:TEXTS]):
        (texts / f"{number:02}.txt").write_text(f"{article.title}\n\n{article.text[:1_500]}")
    undisturbed = postgres.create("undisturbed")
    begun = time.perf_counter()
    _add(undisturbed, chroma.address, texts).wait()
    took = time.perf_counter() - begun
    wanted = contents(undisturbed, chroma.address)
    draw = random.Random(SEED)  # noqa: S311
    whole = 0
    servers: dict[str, Server] = {"Chroma": chroma, "PostgreSQL": postgres}
    for part in PARTS:
        server = servers.get(part)
        equal = 0
        for number in range(KILLS):
            address = postgres.create(f"{part.lower()}{number}")
            adding = _add(address, chroma.address, texts)
            time.sleep(draw.uniform(0.4, 1.0) * took)
            _kill(server, adding)
            _add(address, chroma.address, texts).wait()
            equal += contents(address, chroma.address) == wanted
        measure = f"{part} killed during an add, then added again: whole and equal"
        yield Figure("servers", measure, equal, "", KILLS, KILLS)
        whole += equal
    kills = len(PARTS) * KILLS
    yield Figure("servers", "kills: libraries whole and equal", whole, "", kills, kills)


def _add(address: str, vectors: str, texts: Path) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "assistant", "--library", address, "--vectors", vectors]
    return subprocess.Popen(  # noqa: S603 -- our own program
        [*command, "add", str(texts)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def _kill(server: Server | None, adding: "subprocess.Popen[bytes]") -> None:
    """Kill a database server and start it again, or the process that adds."""
    if server is None:
        adding.kill()
        adding.wait()
        return
    server.kill()
    adding.wait()  # it fails, or had ended
    server.start()


@dataclass(frozen=True)
class Shared:
    """Where a library on servers is."""

    database: str
    vectors: str


def two_servers_asked(
    section: str, questions: Sequence[str], shared: Shared, work: Path
) -> Iterator[Figure]:
    """20 people at two servers behind nginx, where there is one."""
    nginx = shutil.which("nginx")
    if nginx is None:
        return
    with _two_servers(nginx, shared, work) as (url, servers):
        crowd = gather(url, questions, CROWD, SECONDS, lambda: max(map(resident, servers)))
    told, count = "two servers behind a proxy", len(crowd.seconds)
    single = float(np.median(crowd.alone)) * 1e3
    half, late = (float(np.percentile(crowd.seconds, n)) * 1e3 for n in (50, 95))
    memory = crowd.memory / 1e9
    yield Figure(section, f"{told}: one person, p50", single, "ms", len(crowd.alone))
    yield Figure(section, f"{told}: {CROWD} people, errors", crowd.errors, "", count, most=0)
    yield Figure(section, f"{told}: {CROWD} people, p50", half, "ms", count)
    yield Figure(section, f"{told}: {CROWD} people, p95", late, "ms", count)
    yield Figure(section, f"{told}: memory of a server, the larger one", memory, "GB", count)


@contextmanager
def _two_servers(
    nginx: str, shared: Shared, work: Path
) -> "Iterator[tuple[str, list[subprocess.Popen[bytes]]]]":
    """Two `whosaid serve` on one library, and nginx before them; its URL, and the two."""
    ports = [free_port(), free_port()]
    place = ["--library", shared.database, "--vectors", shared.vectors]
    command = [sys.executable, "-m", "assistant", *place]
    front = free_port()
    settings = work / "nginx.conf"
    settings.write_text(
        f"daemon off; pid {work}/nginx.pid; error_log {work}/nginx.log; events {{}}\n"
        f"http {{ access_log off; client_body_temp_path {work}; proxy_temp_path {work};\n"
        f"fastcgi_temp_path {work}; uwsgi_temp_path {work}; scgi_temp_path {work};\n"
        "upstream whosaid { least_conn;"
        + "".join(f" server 127.0.0.1:{port};" for port in ports)
        + f" }}\nserver {{ listen 127.0.0.1:{front};"
        " location / { proxy_pass http://whosaid; proxy_read_timeout 300s;"
        " proxy_set_header Host $host; } } }\n"
    )
    started = []
    with ExitStack() as stack:
        for own in (
            *([*command, "serve", "--port", str(port)] for port in ports),
            [nginx, "-c", str(settings)],
        ):
            process = subprocess.Popen(  # noqa: S603 -- commands made here
                own, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            started.append(process)
            stack.callback(process.wait, 60)
            stack.callback(process.terminate)
        for port in (*ports, front):
            wait_for(f"http://127.0.0.1:{port}/api/health")
        yield f"http://127.0.0.1:{front}", started[:2]
