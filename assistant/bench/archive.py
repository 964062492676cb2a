"""A large library on servers of our own, PostgreSQL and Chroma: a million passages, many people.

The articles are made (`assistant.bench.made`). In a folder named by WHOSAID_ARCHIVE_FOLDER, which
the user `postgres` can reach, they are kept, and gone on with. WHOSAID_LARGE names the size, as for
`large`.
"""

import os
from contextlib import ExitStack, suppress
from itertools import islice
from pathlib import Path

from assistant.bench.figures import Figure
from assistant.bench.large import QUESTIONS, SIZES, ask_alone, build, made_questions
from assistant.bench.parallel import below
from assistant.bench.servers import Chroma, Postgres, Server
from assistant.bench.sharing import Shared, two_servers_asked
from assistant.bench.sizing import bytes_in
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
            library = assistant.library
            what = "passages, vectors made of sentences'"
            figures = [Figure("archive", what, library._catalog.passage_count(), "", 1)]
            questions = [question for question, _ in islice(made_questions(library), QUESTIONS)]
            figures += [
                Figure("archive", f"question, {share}", took, "ms", len(questions))
                for share, took in ask_alone(assistant, questions).items()
            ]
        figures += two_servers_asked("archive", questions, shared, work)
        for name, server in (("PostgreSQL", postgres), ("Chroma", chroma)):
            memory, disk = _resident(server) / 1e9, bytes_in(server.folder) / 1e9
            figures.append(Figure("archive", f"memory of {name}", memory, "GB", 1))
            figures.append(Figure("archive", f"disk of {name}", disk, "GB", 1))
    return figures


def _resident(server: Server) -> float:
    """Bytes of a server and its processes that are in memory, shared ones counted once each."""
    assert server.process  # noqa: S101
    pids = [server.process.pid, *below(server.process.pid)]
    found = []
    for pid in pids:
        with suppress(OSError):  # a process of a request may just have ended
            found.append(Path(f"/proc/{pid}/smaps_rollup").read_text())
    return sum(1024 * float(text.partition("Pss:")[2].split()[0]) for text in found)
