"""Large libraries: what is bounded in them gives what is found when everything is compared."""

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path

import httpx
import pytest

from assistant import disputes
from assistant import said as listing
from assistant.bench.harm import answers
from assistant.pipeline import Assistant
from assistant.server.api import api
from assistant.server.serving import listen
from conftest import BUDGET, FERRY, UNDATED, Run
from index import fulltext, narrowing, seal, sqlite
from index.errors import LibraryDamaged
from index.filters import Filters
from index.library import Library
from index.retrieve import DEPTH
from index.seal import Seal, State
from index.words import search_words

QUESTIONS = (
    "Who denied opening the dam without warning?",
    "What did the president say about the flood?",
    "How many people were killed in the city on Monday?",
)
SOME = Filters.of(since="2026-03-01", until="2026-04-30")


@pytest.fixture
def counted_as_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every library counts as a large one."""
    monkeypatch.setattr(narrowing, "LARGE", 0)


def found(library: Library, question: str, filters: Filters) -> tuple[list[str], list[str]]:
    words = search_words(question)
    return (
        library.search_words(words, DEPTH, filters),
        library.search_vectors(question, DEPTH, filters),
    )


def texts(library: Library, ids: list[str]) -> list[str]:
    """Of the first passages: copies of one report are equally near."""
    return [library.passage_text(passage) for passage in library.passages(ids[:20]).values()]


@pytest.mark.parametrize("narrow", ["nothing", "days", "outlet", "article", "no article"])
@pytest.mark.parametrize("question", QUESTIONS)
def test_a_large_library_finds_what_a_small_one_does(
    newsroom: Assistant, monkeypatch: pytest.MonkeyPatch, question: str, narrow: str
) -> None:
    library = newsroom.library
    first = next(library.articles())
    filters = {
        "nothing": Filters(),
        "days": SOME,
        "outlet": Filters.of(publishers=[first.publisher]),
        "article": Filters.of(articles=[first.id]),
        "no article": Filters.of(since="1990-01-01", until="1990-01-02"),
    }[narrow]
    small = found(library, question, filters)
    monkeypatch.setattr(narrowing, "LARGE", 0)
    monkeypatch.setattr(fulltext, "NARROW", 0)
    by_words, by_vectors = found(library, question, filters)
    assert sorted(by_words) == sorted(small[0])
    assert by_words[:10] == small[0][:10]
    assert texts(library, by_vectors) == texts(library, small[1])
    monkeypatch.setattr(narrowing, "BROAD", -1)  # not listed: what was found first is filtered
    by_words, by_vectors = found(library, question, filters)
    assert by_words[:10] == small[0][:10]
    assert texts(library, by_vectors) == texts(library, small[1])


@pytest.mark.usefixtures("counted_as_large")
def test_rare_words_bring_candidates_and_frequent_ones_rank_them(
    newsroom: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = newsroom.library
    whole = library.search_words(["ostrel", "dam", "said"], 5, Filters())
    monkeypatch.setattr(fulltext, "MATCHED", 5)
    assert library.search_words(["ostrel", "dam", "said"], 5, Filters())[0] == whole[0]
    only = library.search_words(["said"], 1_000, Filters())
    assert 0 < len(only) < 12, "of a word that is everywhere, some of the latest are looked at"


@pytest.mark.usefixtures("counted_as_large")
def test_few_passages_are_ranked_among_themselves(newsroom: Assistant) -> None:
    library = newsroom.library
    dam = Filters.of(articles=[library.search_words(["ostrel"], 1, Filters())[0].split("-")[0]])
    ids = library.search_words(["ostrel", "dam"], 5, dam)
    assert "Ostrel" in library.passage_text(library.passages(ids)[ids[0]])
    assert {passage_id.split("-")[0] for passage_id in ids} == dam.articles


def test_a_frequent_word_is_counted_nearly(
    newsroom: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = newsroom.library
    exact = library.rarity(["said", "ostrel"])
    monkeypatch.setattr(narrowing, "LARGE", 0)
    monkeypatch.setattr(fulltext, "COUNTED", 5)
    monkeypatch.setattr(fulltext, "WINDOW", 5)
    nearly = library.rarity(["said", "ostrel"])
    assert nearly == pytest.approx(exact, rel=0.5)


@pytest.mark.usefixtures("counted_as_large")
def test_answers_are_the_same(newsroom: Assistant, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = newsroom.library.folder
    there = answers(folder, QUESTIONS)
    monkeypatch.setattr(narrowing, "LARGE", 50_000)
    assert there == answers(folder, QUESTIONS)


def test_what_another_process_adds_is_counted(tmp_path: Path) -> None:
    with Library(tmp_path / "library") as library, Library(tmp_path / "library") as other:
        assert len(library) == 0
        other.add(FERRY)
        assert len(library) == 1
        library.add(BUDGET)
        assert (len(library), len(other)) == (2, 2)
        with suppress(KeyError), library._catalog.change() as db:
            library._catalog.delete(db, FERRY.id)
            assert len(library) == 1
            raise KeyError
        assert len(library) == 2


# Lists


def test_lists_are_read_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "PAGE", 2)
    made = [
        replace(FERRY, title=str(n), published=date(2026, 1, n % 3 + 1), source=str(n))
        for n in range(7)
    ]
    undated = [replace(UNDATED, title=f"u{n}", source=f"u{n}") for n in range(3)]
    with Library(tmp_path / "library") as library:
        library.add(*made, *undated)
        wanted = ["5", "2", "4", "1", "6", "3", "0", "u2", "u1", "u0"]
        assert [article.title for article in library.articles()] == wanted
        assert [title for _, title, _ in library.titles()] == wanted
        assert [t for _, t, _ in library.titles(Filters.of(since="2026-01-02"))] == wanted[:4]
        said = [library.article(a.article_id).title for a in library.attributions()]
        assert list(dict.fromkeys(said)) == wanted
        assert library.publishers() == [FERRY.publisher]


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch, counted_as_large: None) -> None:
    """Lists are short ones."""
    monkeypatch.setattr(listing, "MOST", 2)
    monkeypatch.setattr(disputes, "SIDES", 3)


@pytest.mark.usefixtures("few")
def test_a_long_list_says_what_it_leaves_out(newsroom: Assistant) -> None:
    assert [len(newsroom.said()), newsroom.said().note] == [2, "The newest 2 are listed."]
    note = newsroom.disputes().note
    assert note == "The newest 3 accusations and denials are compared."
    found = newsroom.said(about="dam", act="deny")
    assert found
    assert "1,000 passages that fit the words best" in found.note


@pytest.mark.usefixtures("few")
def test_the_note_is_on_every_surface(newsroom: Assistant, run: Run) -> None:
    printed = run("--library", newsroom.library.folder, "said", "--format", "json")
    assert "The newest 2 are listed." in printed.err
    with listen(api(newsroom), "127.0.0.1", 0) as server:
        get = httpx.Client(base_url=server.url, trust_env=False, timeout=60).get
        assert get("/api/said").json()["note"] == "The newest 2 are listed."
        assert "The newest 3" in get("/api/disputes").json()["note"]
        page = get("/api/articles", params={"limit": 2, "offset": 1}).json()
        everything = get("/api/articles").json()
    assert page["total"] == everything["total"] == len(newsroom.library)
    assert page["articles"] == everything["articles"][1:3]


def test_a_small_library_is_listed_whole_and_without_a_note(newsroom: Assistant) -> None:
    assert newsroom.said().note == newsroom.disputes().note == ""
    with listen(api(newsroom), "127.0.0.1", 0) as server:
        get = httpx.Client(base_url=server.url, trust_env=False, timeout=60).get
        assert [*get("/api/said").json()] == ["total", "said"]


# Files


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A closed library whose files count as large."""
    monkeypatch.setattr(seal, "HASHED", 0)
    with Library(tmp_path / "library") as library:
        library.add(FERRY, BUDGET, UNDATED)
    return tmp_path / "library"


def spoil(path: Path, words: bytes, other: bytes) -> None:
    """Change a file without a trace."""
    before = path.stat()
    content = path.read_bytes()
    assert words in content
    path.write_bytes(content.replace(words, other))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def test_large_files_are_sealed_and_not_read_to_be_opened(folder: Path) -> None:
    for _ in range(2):
        assert [Seal(folder, n).state() for n in ("catalog.sqlite", "vectors")] == [State.SOUND] * 2
        with Library(folder) as library:
            assert library.check() == ()
    assert "bytes, changed at" in (folder / "catalog.seal").read_text()


def test_what_was_sealed_as_a_small_library_is_still_sound(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Earlier versions hashed files of any size."""
    with monkeypatch.context() as earlier:
        earlier.setattr(seal, "HASHED", 2**40)
        with Library(folder) as library:
            library.remove(UNDATED.id)
    for name in ("catalog.sqlite", "vectors"):
        assert Seal(folder, name).state() is State.SOUND
    spoil(folder / "catalog.sqlite", b"nine people", b"five people")
    with pytest.raises(LibraryDamaged):
        Library(folder)


def test_damage_to_a_large_file_is_never_cited_and_found_by_check_library(
    folder: Path, run: Run
) -> None:
    spoil(folder / "catalog.sqlite", b"nine people", b"five people")
    with Assistant.open(folder) as assistant, pytest.raises(LibraryDamaged):
        assistant.ask("How many people died on the ferry Alba?")
    checked = run("--library", folder, "check-library")
    assert checked.code == 1
    assert checked.out


def test_a_large_file_that_lost_its_end_is_refused(folder: Path) -> None:
    path = folder / "catalog.sqlite"
    path.write_bytes(path.read_bytes()[:-4096])
    with pytest.raises(LibraryDamaged):
        Library(folder)


def test_a_copy_of_a_large_library_is_looked_at_and_opened(folder: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(folder, tmp_path / "copy", copy_function=shutil.copyfile)
    assert Seal(copy, "catalog.sqlite").state() is State.UNSEALED
    with Library(copy) as library:
        assert library.mended == ()
        assert library.check() == ()
    spoil(copy / "catalog.sqlite", b"nine people", b"five people")
    (copy / "catalog.seal").unlink()  # as after a kill
    with pytest.raises(LibraryDamaged, match=FERRY.id):
        Library(copy)


def test_lost_vectors_of_a_large_library_are_made_again(folder: Path) -> None:
    with Library(folder) as library:
        library._vectors._up_to_date().delete([f"{FERRY.id}-0"])
    (folder / "vectors.seal").unlink()
    with Library(folder) as library:
        assert library.mended == ("vectors are missing",)
        assert library.check() == ()


def test_a_library_without_some_indexes_gets_them_when_it_is_changed(folder: Path) -> None:
    with Library(folder) as library, library._catalog.change() as db:
        db.execute("DROP INDEX articles_by_publisher")
        db.execute("DROP INDEX articles_listed")
    with Library(folder) as library:
        made = "SELECT 1 FROM sqlite_master WHERE name = 'articles_listed'"
        assert library.check() == ()
        assert not library._catalog.rows(made)
        library.remove(UNDATED.id)
        assert library._catalog.rows(made)
