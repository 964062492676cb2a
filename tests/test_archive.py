"""All articles as one file, and back: the same ids, nothing unpacked, nothing trusted."""

import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from conftest import BUDGET, FERRY, UNDATED
from index import archive
from index.archive import LINES, MANIFEST, export_to, import_from, read_archive
from index.article import Article
from index.errors import LibraryError, LoadError
from index.library import Library


@pytest.fixture
def exported(library: Library, tmp_path: Path) -> Path:
    library.add(replace(FERRY, source="copy.txt"))
    path = tmp_path / "articles.zip"
    assert export_to(library, path) == 3
    return path


def rewritten(path: Path, change: Callable[[dict[str, bytes]], object]) -> Path:
    """The file with its entries changed."""
    with zipfile.ZipFile(path) as old:
        entries = {name: old.read(name) for name in old.namelist()}
    change(entries)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in entries.items():
            new.writestr(name, content)
    return path


def test_what_is_exported_comes_back_with_ids_and_sources(exported: Path, tmp_path: Path) -> None:
    with Library(tmp_path / "other") as other:
        report = import_from(other, exported)
        assert {item.article_id for item in report.added} == {FERRY.id, BUDGET.id, UNDATED.id}
        assert report.failed == ()
        assert list(other.articles()) == [BUDGET, FERRY, UNDATED]
        assert other.sources(FERRY.id) == ["copy.txt", "ferry.txt"]
        assert other.check() == ()
        assert not import_from(other, exported).added


def test_the_file_says_what_it_is(exported: Path) -> None:
    with zipfile.ZipFile(exported) as file:
        manifest = json.loads(file.read(MANIFEST))
        lines = [json.loads(line) for line in file.read(LINES).splitlines()]
    assert (manifest["kind"], manifest["version"], manifest["articles"]) == (archive.KIND, 1, 3)
    assert {line["id"] for line in lines} == {FERRY.id, BUDGET.id, UNDATED.id}


def test_an_article_that_was_changed_is_among_the_failed(exported: Path, tmp_path: Path) -> None:
    def change(entries: dict[str, bytes]) -> None:
        entries[LINES] = entries[LINES].replace(b"killing nine", b"killing ten") + b"{\n[]\n"

    with Library(tmp_path / "other") as other:
        report = import_from(other, rewritten(exported, change))
        assert {item.article_id for item in report.added} == {BUDGET.id, UNDATED.id}
    reasons = [failure.reason for failure in report.failed]
    assert f"not that of the id {FERRY.id}" in reasons[0]
    assert len(reasons) == 4
    assert "sha256" in reasons[-1]


def test_a_missing_line_is_noticed(exported: Path) -> None:
    def change(entries: dict[str, bytes]) -> None:
        entries[LINES] = b"".join(entries[LINES].splitlines(keepends=True)[1:])

    *articles, failure = read_archive(rewritten(exported, change))
    assert all(isinstance(article, Article) for article in articles)
    assert "found 2 articles, wanted 3" in str(failure)


@pytest.mark.parametrize(
    ("manifest", "reason"),
    [
        (b'{"kind": "whosaid articles", "version": 2}', "found version 2, wanted 1"),
        (b'{"kind": "other"}', "no file of articles"),
        (b"[" * 70_000, "cannot be read"),
    ],
)
def test_other_files_are_refused(exported: Path, manifest: bytes, reason: str) -> None:
    path = rewritten(exported, lambda entries: entries.update({MANIFEST: manifest}))
    [failure] = read_archive(path)
    assert isinstance(failure, LoadError)
    assert reason in failure.reason


def test_files_that_are_no_zip_or_cut_off_are_failures(exported: Path, tmp_path: Path) -> None:
    (tmp_path / "text.zip").write_text("no zip")
    exported.write_bytes(exported.read_bytes()[:-200])
    (tmp_path / "folder.zip").mkdir()
    for path in (tmp_path / "text.zip", exported, tmp_path / "folder.zip", tmp_path / "none.zip"):
        [failure] = read_archive(path)
        assert "cannot be read" in str(failure)


def test_a_bomb_ends_early(exported: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "LINE", 1 << 16)
    monkeypatch.setattr(archive, "RATIO", 4)
    bombs = (b"[" * (5 << 20), b"[]\n" * (1 << 20))
    for bomb in bombs:
        *_, failure = read_archive(
            rewritten(exported, lambda e, bomb=bomb: e.update({LINES: bomb}))
        )
        assert "unpacks to more than" in str(failure)


def test_names_in_the_file_lead_nowhere(exported: Path, tmp_path: Path) -> None:
    path = rewritten(
        exported, lambda entries: entries.update({"../../evil": b"x", "/etc/evil": b"x"})
    )
    before = sorted(tmp_path.rglob("*"))
    assert sum(isinstance(item, Article) for item in read_archive(path)) == 4  # FERRY twice
    assert sorted(tmp_path.rglob("*")) == before


def test_a_failed_export_leaves_no_file(library: Library, tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match="cannot be written to"):
        export_to(library, tmp_path / "none" / "articles.zip")
    before = sorted(tmp_path.iterdir())
    with library._catalog.change() as db:
        db.execute("UPDATE articles SET title = 'x'")
    with pytest.raises(LibraryError, match="not what it was"):
        export_to(library, tmp_path / "articles.zip")
    assert sorted(tmp_path.iterdir()) == before
