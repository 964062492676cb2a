"""The library: nothing lost, nothing twice, catalog and vectors in step, whatever happens."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path
from threading import Thread

import pytest

from assistant.bench.harm import contents
from conftest import BUDGET, FERRY, UNDATED, Saying, ScriptedTagger
from index.article import Article
from index.errors import LibraryBusy, LibraryError, LibraryMismatch, LoadError, NotInLibrary
from index.filters import Filters
from index.library import Library
from index.locks import exclusive
from index.passages import PassageSettings


def test_articles_come_back_as_they_were_added_newest_first(library: Library) -> None:
    assert list(library.articles()) == [BUDGET, FERRY, UNDATED]
    assert library.article(FERRY.id) == FERRY
    assert len(library) == 3
    assert library.check() == ()


def test_a_snapshot_keeps_what_is_replaced_meanwhile(library: Library) -> None:
    with library.snapshot(), library.snapshot():
        before = [article.id for article in library.articles()]
        with ThreadPoolExecutor(1) as other:
            other.submit(library.remove, FERRY.id).result()
            assert other.submit(len, library).result() == 2
        assert library.article(FERRY.id).text == FERRY.text
        assert library.sentences(FERRY.id)
        assert [article.id for article in library.articles()] == before
        assert FERRY.id not in {i[:20] for i in library.search_vectors("ferry", 9, Filters())}
    assert len(library) == 2
    with pytest.raises(NotInLibrary):
        library.article(FERRY.id)


def test_sentences_tile_the_text(library: Library) -> None:
    text = library.article(FERRY.id).text
    sentences = library.sentences(FERRY.id)
    assert "".join(text[s.start : s.end] for s in sentences) == text
    assert text[sentences[0].start : sentences[0].stop].endswith("killing nine people.")


def test_adding_again_changes_nothing(library: Library) -> None:
    report = library.add(FERRY, BUDGET)
    assert [item.article_id for item in report.unchanged] == [FERRY.id, BUDGET.id]
    assert not report.added
    assert not report.updated
    assert len(library) == 3


def test_an_article_that_changed_replaces_the_earlier_one(library: Library) -> None:
    corrected = replace(FERRY, text=FERRY.text.replace("Alba", "Morva"))
    report = library.add(corrected)
    assert [item.article_id for item in report.updated] == [corrected.id]
    with pytest.raises(NotInLibrary, match="whosaid list"):
        library.article(FERRY.id)
    assert library.search_words(["alba"], 10, Filters()) == []
    assert library.search_words(["morva"], 10, Filters()) == [f"{corrected.id}-0"]
    assert library.check() == ()


def test_two_versions_from_one_source_in_one_add_leave_the_later(library: Library) -> None:
    later = replace(BUDGET, text=BUDGET.text + " The vote was 31 to 20.")
    new = replace(UNDATED, source="new.txt", text="The dam at Olm is full. It was built in 1912.")
    newer = replace(new, text=new.text + " It leaks.")
    library.add(later, new, newer)
    assert {a.id for a in library.articles()} == {later.id, FERRY.id, UNDATED.id, newer.id}
    assert library.check() == ()


def test_an_article_with_two_sources_stays_until_both_are_gone(library: Library) -> None:
    copy = replace(FERRY, source="archive/ferry.txt")
    assert library.add(copy).unchanged
    changed = replace(FERRY, text="The ferry Alba was raised on Friday.")
    library.add(changed)
    assert library.article(FERRY.id) == FERRY
    library.add(replace(changed, source=copy.source))
    with pytest.raises(NotInLibrary):
        library.article(FERRY.id)


def test_removing_removes_all_of_an_article(library: Library) -> None:
    library.remove(FERRY.id)
    assert list(library.articles()) == [BUDGET, UNDATED]
    assert library.search_words(["ferry"], 10, Filters()) == []
    assert not any(i.startswith(FERRY.id) for i in library.search_vectors("ferry", 10, Filters()))
    assert library.check() == ()
    with pytest.raises(NotInLibrary):
        library.remove(FERRY.id)
    assert library.add(FERRY).added


def test_what_failed_is_listed_and_nothing_else_lost(tmp_path: Path, library: Library) -> None:
    (tmp_path / "good.txt").write_text("A fire at the mill\n\nThe old mill burnt down on Monday.")
    (tmp_path / "empty.txt").write_text("")
    seen: list[tuple[int, str]] = []
    report = library.add(
        tmp_path / "empty.txt", tmp_path / "good.txt", progress=lambda *item: seen.append(item)
    )
    assert [Path(f.source).name for f in report.failed] == ["empty.txt"]
    assert isinstance(report.failed[0], LoadError)
    assert [Path(i.source).name for i in report.added] == ["good.txt"]
    assert [count for count, _ in seen] == [1, 2]


def test_articles_made_by_programs_are_checked_too(library: Library) -> None:
    broken = Article(text="A lone \ud800 surrogate.", source="broken")
    empty = Article(text=" \n", title="Nothing")
    fine = Article(text="The mill at Olm reopened on Friday.")
    report = library.add(broken, empty, fine)
    assert [failure.source for failure in report.failed] == ["broken", "Nothing"]
    assert "surrogates" in report.failed[0].reason
    assert [item.article_id for item in report.added] == [fine.id]
    assert library.check() == ()


SAYINGS = (
    Saying(
        "Harbour chief Ines Tolland denied that the ship had been overloaded",
        *("Harbour chief Ines Tolland", "denied", ("that the ship", "had been overloaded")),
        *("Ines Tolland", "Harbour chief"),
    ),
    Saying("Farmers said that it was green", "", "said", "that it was green"),
)


@pytest.fixture
def spoken(tmp_path: Path) -> Iterator[Library]:
    """The three articles; two say who said what."""
    with Library(tmp_path / "spoken", tagger=ScriptedTagger(*SAYINGS)) as library:
        library.add(FERRY, BUDGET, UNDATED)
        yield library


def test_attributions_come_back_as_they_were_found(spoken: Library, tmp_path: Path) -> None:
    wanted = [SAYINGS[0].of(FERRY), SAYINGS[1].of(UNDATED)]
    assert list(spoken.attributions()) == wanted
    spoken.close()
    with Library(tmp_path / "spoken") as again:
        assert list(again.attributions()) == wanted
        assert list(again.attributions(acts=["deny", "accuse"])) == wanted[:1]
        assert list(again.attributions(acts=[])) == []
        assert list(again.attributions(Filters.of(articles=[UNDATED.id]))) == wanted[1:]
        assert list(again.attributions(Filters.of(since=date(2026, 3, 3)))) == []


def test_attributions_go_with_their_article(spoken: Library) -> None:
    spoken.remove(FERRY.id)
    assert [a.article_id for a in spoken.attributions()] == [UNDATED.id]
    corrected = replace(UNDATED, text="A comet was seen. " + UNDATED.text)
    spoken.add(corrected, FERRY)
    assert {a.article_id for a in spoken.attributions()} == {corrected.id, FERRY.id}
    for a in spoken.attributions():
        text = spoken.article(a.article_id).text
        assert text[slice(*a.cue)] in ("denied", "said")


def test_an_article_that_is_added_twice_is_tagged_once(spoken: Library) -> None:
    before = list(spoken.attributions())
    spoken.add(FERRY, replace(FERRY, source="copy.txt"))
    assert list(spoken.attributions()) == before


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


def test_a_library_is_the_same_when_opened_again(tmp_path: Path, library: Library) -> None:
    before = library.search_vectors("ferry disaster", 3, Filters())
    library.close()
    with Library(tmp_path / "library") as again:
        assert again.search_vectors("ferry disaster", 3, Filters()) == before
        assert again.check() == ()


def test_other_passage_settings_are_refused(tmp_path: Path, library: Library) -> None:
    library.close()
    with pytest.raises(LibraryMismatch, match=r"another passages: found .*225.*, wanted .*50"):
        Library(tmp_path / "library", settings=PassageSettings(max_tokens=50))


def test_a_folder_that_cannot_be_used_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(LibraryError, match="--library"):
        Library(tmp_path / "file")
    folder = tmp_path / "not-sqlite"
    folder.mkdir()
    (folder / "catalog.sqlite").write_bytes(b"this is no database" * 100)
    with pytest.raises(LibraryError, match="not a database"):
        Library(folder)


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (Filters.of(publishers=["coast courier"]), {FERRY.id}),
        (Filters.of(publishers="WEXHOLM POST"), {BUDGET.id}),
        (Filters.of(articles=[UNDATED.id, FERRY.id]), {UNDATED.id, FERRY.id}),
        (Filters.of(since=date(2026, 3, 2)), {FERRY.id, BUDGET.id}),
        (Filters.of(since=date(2026, 3, 3)), {BUDGET.id}),
        (Filters.of(until=date(2026, 3, 2)), {FERRY.id}),
        (Filters.of(since=date(2026, 3, 3), until=date(2026, 5, 18)), set()),
        (Filters.of(articles=[]), set()),
    ],
)
def test_filters_hold_for_words_vectors_and_articles(
    library: Library, filters: Filters, found: set[str]
) -> None:
    by_words = library.search_words(["the", "was", "that"], 10, filters)
    by_vector = library.search_vectors("news", 10, filters)
    assert {i.partition("-")[0] for i in by_words} == found
    assert {i.partition("-")[0] for i in by_vector} == found
    assert {a.id for a in library.articles() if filters.match(a)} == found


def test_search_words_are_never_query_syntax(library: Library) -> None:
    hostile = ['"', "NEAR(", "title:ferry", "ferry*", "AND", "'; DROP TABLE articles; --"]
    assert library.search_words(hostile, 10, Filters()) == []
    assert library.search_words(["ferry", *hostile], 10, Filters()) == [f"{FERRY.id}-0"]


def test_check_finds_vectors_that_are_missing_or_too_many(library: Library) -> None:
    library._vectors._up_to_date().delete([f"{FERRY.id}-0"])
    [problem] = library.check()
    assert problem == f"1 passages have no vector, {FERRY.id}-0 among them"


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


def test_an_interrupted_add_is_finished_at_the_next_open(tmp_path: Path) -> None:
    """As if killed between the catalog's transaction and the vectors."""
    folder = tmp_path / "library"
    with Library(folder) as library:
        library.add(BUDGET)
        write, library._vectors.write = library._vectors.write, lambda: None
        library.add(FERRY)
        library.remove(BUDGET.id)
        assert write is not library._vectors.write
        assert library.check() != ()
    with Library(folder) as library:
        assert library.check() == ()
        assert library.search_vectors("ferry", 10, Filters()) == [f"{FERRY.id}-0"]


def test_sigkill_during_an_add_leaves_a_library_that_the_next_add_completes(
    tmp_path: Path,
) -> None:
    texts = tmp_path / "texts"
    texts.mkdir()
    for n in range(150):
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


def test_threads_ask_while_one_adds(library: Library) -> None:
    articles = [
        Article(text=f"Ship {n} left Port Merrin with {n} tons of salt.", source=f"{n}")
        for n in range(60)
    ]

    def ask() -> None:
        for _ in range(20):
            assert library.search_vectors("the ferry Alba", 1, Filters()) == [f"{FERRY.id}-0"]
            assert library.search_words(["alba"], 1, Filters()) == [f"{FERRY.id}-0"]

    with ThreadPoolExecutor(3) as threads:
        asking = [threads.submit(ask) for _ in range(3)]
        library.add(*articles)
        for asked in asking:
            asked.result()
    assert len(library) == 63
    assert library.check() == ()


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
