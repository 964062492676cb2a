"""A large library on servers of our own, PostgreSQL and Chroma: a million passages, many people.

The articles are made (`assistant.bench.made`). In a folder named by WHOSAID_ARCHIVE_FOLDER, which
the user `postgres` can reach, they are kept, and gone on with. WHOSAID_LARGE names the size, as for
`large`.
"""

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path

import numpy as np

from assistant.bench.figures import Figure
from assistant.bench.large import QUESTIONS, SIZES, WARM, build, made_questions
from assistant.bench.parallel import below
from assistant.bench.servers import Chroma, Postgres, Server
from assistant.bench.sharing import Shared, crowd
from assistant.pipeline import Assistant

DATABASE = "archive"


def archive(data: Path, work: Path) -> list[Figure]:
    """One process alone, then 20 people at two servers behind a proxy."""
    size = max(int(size) for size in os.environ.get("WHOSAID_LARGE", SIZES).split(","))
    root = Path(os.environ.get("WHOSAID_ARCHIVE_FOLDER", work))
    with ExitStack() as stack:
        for name in ("postgres", "chroma"):
            (root / name).mkdir(parents=True, exist_ok=True)
        postgres, chroma = Postgres(root / "postgres"), Chroma(root / "chroma")
        new = not (postgres.folder / "data").exists()
        stack.enter_context(postgres)
        stack.enter_context(chroma)
        if new:
            postgres.create(DATABASE)
        shared = Shared(postgres.database(DATABASE), chroma.address)
        build(data, shared.database, size, shared.vectors)
        with Assistant.open(shared.database, vectors=shared.vectors) as assistant:
            questions = [q for q, _ in islice(made_questions(assistant.library), QUESTIONS)]
            figures = list(_alone(assistant, questions))
        figures += crowd("archive", questions, shared, work)
        for name, server in (("PostgreSQL", postgres), ("Chroma", chroma)):
            memory, disk = _resident(server) / 1e9, _on_disk(server.folder) / 1e9
            figures.append(Figure("archive", f"memory of {name}", memory, "GB", 1))
            figures.append(Figure("archive", f"disk of {name}", disk, "GB", 1))
    return figures


def _alone(assistant: Assistant, questions: list[str]) -> Iterator[Figure]:
    passages = assistant.library._catalog.passage_count()
    for question in questions[:WARM]:
        assistant.ask(question)
    seconds = []
    for question in questions:
        started = time.perf_counter()
        assistant.ask(question)
        seconds.append(time.perf_counter() - started)
    yield Figure("archive", "passages, vectors made of sentences'", passages, "", 1)
    for n in (50, 95):
        took = 1e3 * float(np.percentile(seconds, n))
        yield Figure("archive", f"question, p{n}", took, "ms", len(seconds))


def _resident(server: Server) -> float:
    """Bytes of a server and its processes that are in memory, shared ones counted once each."""
    assert server.process  # noqa: S101
    pids = [server.process.pid, *below(server.process.pid)]
    found = (Path(f"/proc/{pid}/smaps_rollup").read_text() for pid in pids)
    return sum(1024 * float(text.partition("Pss:")[2].split()[0]) for text in found)


def _on_disk(folder: Path) -> float:
    """Bytes of the files in a folder; those that go meanwhile are not counted."""
    sizes = []
    for path in folder.rglob("*"):
        try:
            sizes.append(path.stat().st_size if path.is_file() else 0)
        except OSError:
            continue
    return float(sum(sizes))
