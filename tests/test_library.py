"""A library in a folder: what other processes, kills and lost files do to it."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from threading import Thread

import pytest

from assistant.bench.harm import contents
from conftest import BUDGET, FERRY
from index.errors import LibraryBusy, LibraryError, LibraryMismatch
from index.filters import Filters
from index.library import Library
from index.locks import exclusive


def test_a_library_without_attributions_is_of_an_older_format(
    library: Library, tmp_path: Path
) -> None:
    library.close()
    with sqlite3.connect(tmp_path / "library" / "catalog.sqlite") as db:
        db.execute("UPDATE manifest SET value = '1' WHERE key = 'format'")
    db.close()
    (tmp_path / "library" / "catalog.seal").unlink()  # that version made none
    with pytest.raises(LibraryMismatch, match="another format: found '1', wanted '2'"):
        Library(tmp_path / "library")


def test_a_folder_that_cannot_be_used_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(LibraryError, match="--library"):
        Library(tmp_path / "file")
    folder = tmp_path / "not-sqlite"
    folder.mkdir()
    (folder / "catalog.sqlite").write_bytes(b"this is no database" * 100)
    with pytest.raises(LibraryError, match="not a database"):
        Library(folder)


def test_vectors_that_were_deleted_are_made_again(tmp_path: Path, library: Library) -> None:
    library.close()
    shutil.rmtree(tmp_path / "library" / "vectors")
    with Library(tmp_path / "library") as again:
        assert again.check() == ()
        assert again.search_vectors("ferry", 1, Filters()) == [f"{FERRY.id}-0"]


def test_the_next_add_repairs_vectors_that_do_not_match(library: Library) -> None:
    library._vectors._up_to_date().delete([f"{FERRY.id}-0"])
    assert library.check() != ()
    library.add(BUDGET)
    assert library.check() == ()


def test_sigkill_during_an_add_leaves_a_library_that_the_next_add_completes(
    tmp_path: Path,
) -> None:
    texts = tmp_path / "texts"
    texts.mkdir()
    for n in range(50):
        (texts / f"{n}.txt").write_text(
            f"Report {n} of the harbour board\n\n"
            + f"The board counted {n} ships in week {n}. Nobody denied that {n} were late. " * 8
        )
    command = [sys.executable, "-m", "assistant", "--library"]
    whole = tmp_path / "whole"
    subprocess.run([*command, whole, "add", texts], check=True, capture_output=True)
    killed = tmp_path / "killed"
    process = subprocess.Popen(
        [*command, killed, "add", texts], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    while not (killed / "catalog.sqlite-wal").exists() and process.poll() is None:
        time.sleep(0.01)
    time.sleep(0.5)
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    with Library(killed) as library:
        assert library.check() == ()
    subprocess.run([*command, killed, "add", texts], check=True, capture_output=True)
    assert contents(killed) == contents(whole)


def test_another_process_sees_what_was_added(tmp_path: Path, library: Library) -> None:
    library.search_vectors("anything", 1, Filters())  # this process has its vectors open
    (tmp_path / "new.txt").write_text("Owls return to Harl\n\nOwls nest again in the Harl forest.")
    command = [sys.executable, "-m", "assistant", "--library", str(tmp_path / "library")]
    subprocess.run([*command, "add", str(tmp_path / "new.txt")], check=True, capture_output=True)
    [new] = [a for a in library.articles() if "Owls" in a.title]
    assert library.search_vectors("owls in the forest", 1, Filters()) == [f"{new.id}-0"]
    library.remove(new.id)
    assert library.check() == ()


def test_a_second_writer_is_told_to_wait(tmp_path: Path, library: Library) -> None:
    with library._home.writer():
        command = [sys.executable, "-m", "assistant", "--library", str(tmp_path / "library")]
        done = subprocess.run([*command, "remove", FERRY.id], capture_output=True, text=True)
    assert done.returncode == 3
    assert "Another process is changing the library" in " ".join(done.stderr.split())
    assert library.article(FERRY.id) == FERRY


def test_busy_is_an_error_of_its_own(library: Library) -> None:
    with (
        exclusive(library.folder / "some.lock", timeout=0),
        pytest.raises(LibraryBusy),
        exclusive(library.folder / "some.lock", timeout=0),
    ):
        pass


def test_threads_that_end_leave_no_file_open(library: Library) -> None:
    def open_files() -> int:
        folder = str(library.folder.resolve())
        links = [link for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]
        return sum(str(link.readlink()).startswith(folder) for link in links if link.exists())

    if not Path("/proc/self/fd").is_dir():
        pytest.skip("no /proc to look at")
    for _ in range(30):
        thread = Thread(target=lambda: len(library))
        thread.start()
        thread.join()
    assert open_files() < 30
