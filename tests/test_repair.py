"""Damage is found when a library is opened, never cited, and repaired; nothing readable is lost."""

import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.pipeline import Assistant
from conftest import BUDGET, FERRY, UNDATED
from index import repair as repairing
from index.article import Article
from index.errors import LibraryBusy, LibraryDamaged, LibraryError, LibraryMismatch
from index.filters import Filters
from index.folder import REBUILDING, REBUILT
from index.keeper import Keeper
from index.library import Library
from index.locks import Presence
from index.repair import repair
from index.salvage import Salvage
from index.seal import Seal, State
from index.sqlite import SqliteCatalog

ALL = {FERRY.id, BUDGET.id, UNDATED.id}
WHO = "Who denied that the ship had been overloaded?"
# Of format 1, before attributions (git show 9b310b1:index/catalog.py).
FORMAT_1 = """
CREATE TABLE manifest (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE articles (
    key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, title TEXT NOT NULL, url TEXT NOT NULL,
    publisher TEXT NOT NULL, publisher_folded TEXT NOT NULL, author TEXT NOT NULL, day INTEGER,
    text TEXT NOT NULL);
CREATE INDEX articles_by_day ON articles (day);
CREATE TABLE sources (
    source TEXT PRIMARY KEY,
    article_id TEXT NOT NULL REFERENCES articles (id) ON DELETE CASCADE) WITHOUT ROWID;
CREATE INDEX sources_by_article ON sources (article_id);
CREATE TABLE sentences (
    article_id TEXT NOT NULL REFERENCES articles (id) ON DELETE CASCADE, number INTEGER NOT NULL,
    start INTEGER NOT NULL, stop INTEGER NOT NULL, end INTEGER NOT NULL, kind TEXT NOT NULL,
    quoted INTEGER NOT NULL, PRIMARY KEY (article_id, number)) WITHOUT ROWID;
CREATE TABLE passages (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    article_id TEXT NOT NULL REFERENCES articles (id) ON DELETE CASCADE, number INTEGER NOT NULL,
    first INTEGER NOT NULL, last INTEGER NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL,
    UNIQUE (article_id, number));
CREATE VIRTUAL TABLE passage_words USING fts5 (
    title, text, tokenize = "porter unicode61 remove_diacritics 2");
CREATE TABLE pending (passage_id TEXT PRIMARY KEY, remove INTEGER NOT NULL) WITHOUT ROWID;
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("repair") / "library"
    with Library(folder) as library:
        library.add(FERRY, BUDGET, UNDATED)
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """A closed library of three articles."""
    return shutil.copytree(made, tmp_path / "library")


def ids(folder: Path) -> set[str]:
    with Library(folder) as library:
        assert library.check() == ()
        return {article.id for article in library.articles()}


@contextmanager
def behind_its_back(folder: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(folder / "catalog.sqlite")) as db, db:
        yield db


def flip(path: Path, place: int) -> None:
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)


def test_files_at_rest_are_sealed_and_a_reader_changes_nothing(folder: Path) -> None:
    for name in ("catalog.sqlite", "vectors"):
        assert Seal(folder, name).state() is State.SOUND
    before = (folder / "catalog.seal").stat()
    with Library(folder) as library:
        assert library.search_vectors("ferry", 1, Filters())
        assert library.mended == ()
    assert (folder / "catalog.seal").stat() == before
    assert Seal(folder, "vectors").state() is State.SOUND


def test_a_changed_catalog_is_refused_with_what_to_do_and_repaired(folder: Path) -> None:
    with behind_its_back(folder) as db:
        db.execute("UPDATE attributions SET act = 'accuse'")
    with pytest.raises(LibraryDamaged, match=r"not as it was written.*whosaid repair"):
        Library(folder)
    report = repair(folder)
    assert report.problems == ("the catalog is not as it was written",)
    assert (report.kept, report.lost) == (3, ())
    assert report.aside
    assert report.aside.is_file()
    assert ids(folder) == ALL
    assert repair(folder).problems == ()


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ("UPDATE articles SET text = replace(text, 'nine', 'ten')", "when it was added"),
        ("UPDATE articles SET day = 'soon' WHERE title LIKE 'Wex%'", "article"),
        ("UPDATE articles SET publisher_folded = 'x'", "publisher is not indexed"),
        ("UPDATE sentences SET end = end + 1 WHERE number = 0", "do not tile"),
        ("UPDATE sentences SET kind = 'prosa'", "a sentence is no sentence"),
        ("UPDATE passages SET last = 99", "does not lie in its text"),
        ("UPDATE passage_words SET text = 'x'", "not indexed as it is written"),
        ("UPDATE attributions SET content = '[[1, 99999]]'", "attribution does not lie"),
        ("UPDATE attributions SET content = '[[1, '", "an attribution is none"),
        ("DELETE FROM passage_words WHERE rowid = 1", "1 missing"),
        ("DELETE FROM passage_words_data WHERE id > 10", "malformed"),
        ("DROP INDEX attributions_by_act", "'attributions_by_act' is not as it was made"),
        ("INSERT INTO sources VALUES ('x', 'y')", "belong to no article"),
    ],
)
def test_without_a_seal_every_row_is_checked(folder: Path, change: str, problem: str) -> None:
    """As after a kill: the seal is broken, so only the content can tell."""
    with behind_its_back(folder) as db:
        db.execute(change)
    (folder / "catalog.seal").unlink()
    with pytest.raises(LibraryDamaged, match=problem):
        Library(folder)
    report = repair(folder)
    assert report.problems
    found = ids(folder)
    assert found | {article_id for article_id, _ in report.lost} == ALL
    assert bool(report.lost) == change.startswith(
        ("UPDATE articles SET text", "UPDATE articles SET day")
    )


def test_text_that_is_not_what_was_added_is_never_cited(folder: Path) -> None:
    """Damage while the library is in use: no check at the opening could find it."""
    with Assistant.open(folder) as assistant:
        with behind_its_back(folder) as db:
            db.execute("UPDATE articles SET text = replace(text, 'overloaded', 'inspected!')")
        with pytest.raises(LibraryDamaged, match="not what it was when it was added"):
            assistant.ask(WHO)


def test_a_page_that_cannot_be_read_is_an_error_that_says_what_to_do(folder: Path) -> None:
    catalog = SqliteCatalog(folder / "catalog.sqlite")
    with closing(catalog):
        content = bytearray((folder / "catalog.sqlite").read_bytes())
        content[4096:] = b"\xff" * (len(content) - 4096)
        (folder / "catalog.sqlite").write_bytes(content)
        with pytest.raises(LibraryDamaged, match=r"cannot be read: .*malformed"):
            list(catalog.articles())


def test_articles_are_salvaged_from_pages_without_their_tree(folder: Path) -> None:
    long = Article("A long report. " * 900, title="Long", source="long.txt")
    with Library(folder) as library:
        library.add(long)
    path = folder / "catalog.sqlite"
    content = path.read_bytes()
    path.write_bytes(bytes(100) + content[100:])  # the header, the schema's root among it
    salvage = Salvage(path)
    assert {article for _, article in salvage.articles()} == {FERRY, BUDGET, UNDATED, long}
    assert not salvage.complete
    assert salvage.sources[FERRY.id] == [FERRY.source]
    assert repair(folder).kept == 4
    assert ids(folder) == {*ALL, long.id}


def test_what_was_removed_does_not_come_back(folder: Path) -> None:
    with Library(folder) as library:
        library.remove(FERRY.id)
    path = folder / "catalog.sqlite"
    assert b"killing nine people" not in path.read_bytes().split(b"passage_words")[0]
    path.write_bytes(bytes(100) + path.read_bytes()[100:])
    assert repair(folder).kept == 2
    assert ids(folder) == {BUDGET.id, UNDATED.id}


def test_an_article_whose_text_is_hit_is_lost_by_name(folder: Path) -> None:
    path = folder / "catalog.sqlite"
    place = path.read_bytes().index(b"Mayor Pia Lindqvist promised")
    flip(path, place)
    other = path.read_bytes().find(b"Mayor Pia Lindqvist promised")  # its copy for searching
    report = repair(folder)
    assert report.lost in (((BUDGET.id, BUDGET.title),), ()), other
    assert ids(folder) | {i for i, _ in report.lost} == ALL


def test_articles_that_were_cut_off_are_named_by_their_vectors(folder: Path) -> None:
    more = [Article(f"Ship {n} sank off Port Merrin. " * 30, source=f"{n}") for n in range(9)]
    with Library(folder) as library:
        library.add(*more)
    path = folder / "catalog.sqlite"
    content = path.read_bytes()
    path.write_bytes(content[: content.index(b"Ship 8 sank")])
    report = repair(folder)
    lost = {article_id for article_id, _ in report.lost}
    assert 0 < report.kept < 12
    assert ids(folder) | lost == {*ALL, *(article.id for article in more)}
    assert len(lost) + report.kept == 12


@pytest.mark.parametrize("keep", [0, 50, 5000])
def test_where_nothing_can_be_read_nothing_is_changed(folder: Path, keep: int) -> None:
    path = folder / "catalog.sqlite"
    path.write_bytes(path.read_bytes()[:keep])
    for _ in range(2):
        with pytest.raises(LibraryDamaged):
            Library(folder)
        with pytest.raises(LibraryDamaged, match="none of its articles can be read"):
            repair(folder)
    assert path.stat().st_size == keep
    assert not (folder / REBUILDING).exists()


def test_a_catalog_that_is_gone_is_no_new_library(folder: Path) -> None:
    (folder / "catalog.sqlite").unlink()
    for attempt in (Library, repair):
        with pytest.raises(LibraryDamaged, match="catalog"):
            attempt(folder)
    assert not (folder / "catalog.sqlite").exists()


@pytest.mark.parametrize("harmed", ["flip", "truncate", "delete", "folder", "seal"])
def test_vectors_are_made_again_when_opened(folder: Path, harmed: str) -> None:
    with Library(folder) as library:
        before = library.search_vectors("budget", 3, Filters())
    path = folder / "vectors" / "chroma.sqlite3"
    if harmed == "flip":
        flip(path, 30_000)
    elif harmed == "truncate":
        path.write_bytes(path.read_bytes()[:9_000])
        (folder / "vectors.seal").unlink()
    elif harmed == "delete":
        path.unlink()
    elif harmed == "folder":
        shutil.rmtree(folder / "vectors")
    else:
        flip(folder / "vectors.seal", 100)
    with Library(folder) as library:
        assert len(library.mended) == 1
        assert library.search_vectors("budget", 3, Filters()) == before
        assert library.check() == ()


def test_repair_tells_of_vectors(folder: Path) -> None:
    shutil.rmtree(folder / "vectors")
    report = repair(folder)
    assert report.problems == ("the vectors are missing",)
    assert report.aside is None


@pytest.mark.parametrize("moment", ["insert", "checkpoint", "replace", "write"])
def test_a_repair_that_is_killed_goes_on_at_the_next_open(
    folder: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    with behind_its_back(folder) as db:
        db.execute("UPDATE sentences SET stop = stop - 1 WHERE number = 1")

    class Killed(BaseException):
        pass

    def killed(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        # What a kill leaves behind: nothing is tidied up.
        patch.setattr(repairing, "_files", lambda path: [])
        if moment == "replace":
            patch.setattr(repairing, "_take_place", killed)
        elif moment == "write":
            patch.setattr(Keeper, "write", killed)
        else:
            patch.setattr(SqliteCatalog, moment, killed)
        with pytest.raises(Killed):
            repair(folder)
    left = {path.name for path in folder.glob("catalog.reb*.sqlite")}
    assert left == {"insert": {REBUILDING}, "checkpoint": {REBUILDING}, "replace": {REBUILT}}.get(
        moment, set()
    )
    assert ids(folder) == ALL
    assert len(list(folder.glob("catalog.damaged-*.sqlite"))) == (moment != "write")


def test_an_earlier_format_is_migrated_by_repair(tmp_path: Path) -> None:
    folder = tmp_path / "old"
    folder.mkdir()
    with behind_its_back(folder) as db:
        db.executescript(FORMAT_1)
        rows = [("format", "1"), ("encoder", "other"), ("passages", "other"), ("generation", "7")]
        db.executemany("INSERT INTO manifest VALUES (?, ?)", rows)
        for a in (UNDATED, FERRY, BUDGET):
            day = a.published.toordinal() if a.published else None
            db.execute(
                "INSERT INTO articles (id, title, url, publisher, publisher_folded, author, day,"
                " text) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (a.id, a.title, a.url, a.publisher, a.publisher.casefold(), a.author, day, a.text),
            )
            db.execute("INSERT INTO sources VALUES (?, ?)", (a.source, a.id))
    with pytest.raises(LibraryMismatch, match=r"found '1', wanted '2'.*whosaid repair"):
        Library(folder)
    report = repair(folder)
    assert "made with another format: found '1', wanted '2'" in report.problems
    assert (report.kept, report.lost) == (3, ())
    with Library(folder) as library:
        assert list(library.articles()) == [BUDGET, FERRY, UNDATED]
        assert library.sources(FERRY.id) == [FERRY.source]
        assert any(a.act == "deny" for a in library.attributions())
        assert library.add(FERRY).unchanged
        assert library.check() == ()
    assert report.aside
    with closing(sqlite3.connect(report.aside)) as db:
        assert db.execute("SELECT count(*) FROM articles").fetchone() == (3,)


def test_a_newer_format_is_refused(folder: Path) -> None:
    with behind_its_back(folder) as db:
        db.execute("UPDATE manifest SET value = '3' WHERE key = 'format'")
    (folder / "catalog.seal").unlink()
    for attempt in (Library, repair):
        with pytest.raises(LibraryMismatch, match=r"(?i)newer Whosaid.*update"):
            attempt(folder)


def test_repair_wants_the_library_for_itself(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.locks.PATIENCE", 0.1)
    with Library(folder), pytest.raises(LibraryBusy, match="End that process"):
        repair(folder)
    with closing(Presence(folder, sole=True)), pytest.raises(LibraryBusy, match="is repairing"):
        Library(folder)


def test_only_the_last_one_seals(folder: Path) -> None:
    with Library(folder) as one:
        one.search_vectors("ferry", 1, Filters())
        with Library(folder) as other:
            other.search_vectors("ferry", 1, Filters())
        assert Seal(folder, "vectors").state() is State.UNSEALED
        with Library(folder) as third:
            assert third.mended == ()
    assert Seal(folder, "vectors").state() is State.SOUND


def test_a_folder_that_cannot_be_written_answers_still(folder: Path) -> None:
    """In a process of its own that has no right to write, root or not."""
    program = (
        "import sys; from assistant import Assistant; from index.errors import LibraryError\n"
        "with Assistant.open(sys.argv[1]) as a:\n"
        "    print(a.library.read_only, [c.article_id for c in a.ask(sys.argv[2]).citations][0])\n"
        "    try: a.add(sys.argv[0])\n"
        "    except LibraryError as error: print(error)\n"
    )
    command = [sys.executable, "-c", program, str(folder), WHO]
    if shutil.which("setpriv"):
        drop = "-dac_override"
        command = ["setpriv", f"--bounding-set={drop}", f"--inh-caps={drop}", *command]
    places = [folder, *folder.rglob("*")]
    for path in places:
        path.chmod(0o555 if path.is_dir() else 0o444)
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    for path in places:
        path.chmod(0o755 if path.is_dir() else 0o644)
    if "Operation not permitted" in done.stderr:
        pytest.skip("root that cannot give up its rights")
    assert done.stdout, done.stderr
    answered, refused = done.stdout.splitlines()
    assert answered == f"True {FERRY.id}"
    assert "cannot be changed" in refused
    assert ids(folder) == ALL


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 12 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", disk], capture_output=True
    )
    if mounted.returncode:
        pytest.skip("only root can make a small disk")
    yield disk
    subprocess.run(["umount", "--lazy", disk], check=True)


def test_a_full_disk_loses_nothing_and_answers_still(small_disk: Path, made: Path) -> None:
    folder = shutil.copytree(made, small_disk / "library")
    many = [Article(f"Ship {n} sank. " + f"{n} went down. " * 1000) for n in range(20)]
    with Library(folder) as library:
        free = shutil.disk_usage(small_disk).free
        (small_disk / "filler").write_bytes(bytes(free - 400_000))
        with pytest.raises(LibraryError, match=r"disk"):
            library.add(*many)
        assert {article.id for article in library.articles()} >= ALL
    with (small_disk / "filler").open("ab") as filler:
        filler.write(bytes(shutil.disk_usage(small_disk).free))
    with Assistant.open(folder) as assistant:
        assert assistant.ask(WHO).citations[0].article_id == FERRY.id
    (small_disk / "filler").unlink()
    shutil.rmtree(folder / "lost", ignore_errors=True)


def test_an_opening_on_a_full_disk_reads(small_disk: Path, made: Path) -> None:
    folder = shutil.copytree(made, small_disk / "library")
    filler = small_disk / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            pass
    with Assistant.open(folder) as assistant:
        assert assistant.ask(WHO).citations[0].article_id == FERRY.id
        with pytest.raises(LibraryError, match=r"(?i)full"):
            assistant.add(replace(FERRY, text=FERRY.text + " More."))
    filler.unlink()
    assert ids(folder) == ALL


def test_threads_that_write_and_ask_leave_a_sealed_library(folder: Path) -> None:
    with Assistant.open(folder) as assistant:
        done = threading.Event()

        def ask() -> None:
            while not done.is_set():
                assert assistant.ask(WHO).citations

        asking = threading.Thread(target=ask)
        asking.start()
        for n in range(5):
            assistant.add(Article(f"Ship {n} left Port Merrin with {n} tons of salt."))
        done.set()
        asking.join()
    assert Seal(folder, "catalog.sqlite").state() is State.SOUND
    assert len(ids(folder)) == 8
