"""Adding with Ray: a real cluster of two workers, and the library that the plain command makes."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest

from assistant.bench.harm import contents
from assistant.bench.parallel import below, workers
from conftest import ARTICLES, BUDGET, FERRY, UNDATED, Run
from index import parallel
from index.article import Article, Attribution, Sentence
from index.attribution import Tagger
from index.errors import LoadError
from index.library import AddReport, Library


@pytest.fixture(scope="module")
def cluster() -> Iterator[None]:
    """As `--ray auto` starts it, with two processors wherever the tests run."""
    if not find_spec("ray"):
        pytest.skip("Ray is not installed")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_OVERRIDE_RESOURCES", json.dumps({"CPU": 2}))
        patch.delenv("RAY_ADDRESS", raising=False)
        ray, ours = parallel.connect("auto")
        assert ours
        yield
        ray.shutdown()


@pytest.fixture
def sources(tmp_path: Path) -> list[Path | Article | LoadError]:
    """Of each kind, some that cannot be read, and the same article twice."""
    folder = tmp_path / "articles"
    folder.mkdir()
    for path in sorted(ARTICLES.iterdir())[:12]:
        (folder / path.name).write_bytes(path.read_bytes())
    (folder / "empty.txt").write_text("")
    (folder / "again.txt").write_bytes((folder / "empty.txt").read_bytes() + b"One. Two.")
    records = [
        {"title": f"Dam {n}", "text": f"The dam at Olm is full. {n} said so."} for n in "abc"
    ]
    lines = [json.dumps(record) for record in records]
    (folder / "many.jsonl").write_text("\n".join([*lines, "{", lines[0]]) + "\n")
    refused = LoadError("letter.txt", "was refused")
    copy = replace(FERRY, source="copy.txt")
    changed = replace(BUDGET, text=BUDGET.text + " The vote was 31 to 20.")
    return [FERRY, folder, tmp_path / "missing.txt", refused, copy, BUDGET, changed, UNDATED]


def told(report: AddReport) -> object:
    failed = [(error.source, error.reason) for error in report.failed]
    return report.added, report.updated, report.unchanged, failed


def test_the_library_is_what_it_is_without(
    cluster: None, sources: list[Path | Article | LoadError], tmp_path: Path
) -> None:
    made = {}
    for ray in (None, "auto"):
        seen: list[tuple[int, str]] = []
        with Library(tmp_path / str(ray)) as library:
            report = library.add(
                *sources, ray=ray, progress=lambda *item, seen=seen: seen.append(item)
            )
            order = [article.id for article in library.articles()]
        made[ray] = told(report), seen, order, contents(tmp_path / str(ray))
    assert made[None] == made["auto"]
    assert len(report.added) > 12
    assert len(report.updated) == 1
    assert {Path(error.source).name for error in report.failed} == {
        "empty.txt",
        "many.jsonl#4",
        "missing.txt",
        "letter.txt",
    }


class NeverAgain(Tagger):
    """For articles that must not be analysed."""

    def find(
        self, article: Article, sentences: Sequence[Sentence], runs: Sequence[tuple[int, int]]
    ) -> tuple[Attribution, ...]:
        raise RuntimeError(f"{article.title} is looked at again")


def test_what_is_there_is_not_analysed_and_errors_of_workers_are_raised(
    cluster: None, library: Library, tmp_path: Path
) -> None:
    library.close()
    with Library(tmp_path / "library", tagger=NeverAgain()) as same:
        assert len(same.add(FERRY, BUDGET, UNDATED, ray="auto").unchanged) == 3
        with pytest.raises(RuntimeError, match="New is looked at again"):
            same.add(FERRY, replace(FERRY, title="New"), ray="auto")
        assert same.check() == ()
        assert len(same) == 3


def test_a_worker_that_is_killed_costs_nothing(cluster: None, tmp_path: Path) -> None:
    articles = [replace(FERRY, title=f"{n}", source=f"{n}") for n in range(150)]
    killed = []

    def kill(count: int, source: str) -> None:
        if count in (1, 60):
            killed.append(workers()[-1])
            os.kill(killed[-1], signal.SIGKILL)

    with Library(tmp_path / "killed") as library:
        assert len(library.add(*articles, ray="auto", progress=kill).added) == 150
    with Library(tmp_path / "plain") as library:
        library.add(*articles)
    assert len(set(killed)) == 2
    assert contents(tmp_path / "killed") == contents(tmp_path / "plain")


class Deadly(Tagger):
    """Kills each worker that reads of the ferry."""

    def __init__(self, home: int) -> None:
        super().__init__()
        self.home = home

    def find(
        self, article: Article, sentences: Sequence[Sentence], runs: Sequence[tuple[int, int]]
    ) -> tuple[Attribution, ...]:
        if os.getpid() != self.home and article.title == FERRY.title:
            os.kill(os.getpid(), signal.SIGKILL)
        return ()


def test_what_kills_its_workers_is_left_to_the_writer(
    cluster: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parallel, "RETRIES", 1)
    with Library(tmp_path / "library", tagger=Deadly(os.getpid())) as library:
        assert len(library.add(BUDGET, FERRY, UNDATED, ray="auto").added) == 3
        assert library.check() == ()


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_a_cluster_of_our_own_is_nobody_elses(cluster: None) -> None:
    from ray._common.usage.usage_lib import usage_stats_enabled

    assert not usage_stats_enabled()
    found = list(listening([os.getpid(), *below(os.getpid())]))
    assert len(found) > 3
    assert all(address.endswith("0100007F") for address in found), found


def listening(pids: Sequence[int]) -> Iterator[str]:
    """The addresses on which processes listen, in hexadecimal."""
    sockets = {opened for pid in pids for opened in opened_by(pid)}
    for table in ("tcp", "tcp6"):
        for row in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = row.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in sockets:
                yield fields[1].partition(":")[0]


def opened_by(pid: int) -> Iterator[str]:
    """What a process has open; nothing of one that ends meanwhile, as a cluster's helpers do."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        for link in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(FileNotFoundError):
                yield str(link.readlink())


def test_without_ray_it_says_what_to_install(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    result = run("add", ARTICLES, "--ray", "auto")
    assert result.code == 1
    assert "pip install 'whosaid[ray]'" in result.err


@pytest.mark.parametrize("address", ["127.0.0.1:1", "ray://127.0.0.1:1", "nowhere"])
def test_a_cluster_that_is_not_there_is_an_error_at_once(address: str, tmp_path: Path) -> None:
    # A process of its own: this one may have a cluster.
    command = [
        sys.executable,
        "-m",
        "assistant",
        "--library",
        str(tmp_path),
        "add",
        "missing.txt",
        "--ray",
        address,
    ]
    started = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1
    assert f"There is no Ray cluster at {address}" in done.stderr
    assert time.monotonic() - started < 120  # Ray itself tries for many minutes
