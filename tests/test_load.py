"""Files that hold many articles, folders, limits, and sources that are none."""

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.article import Article
from index.errors import LoadError
from index.load import READABLE, Limits, load

TEXT = "The bridge over the harbour was closed on Tuesday, the council said."


def kinds(items: Iterator[Article | LoadError]) -> list[str]:
    """What came, in order: the text of an article, "!" and the source's end for a failure."""
    return [i.text if isinstance(i, Article) else f"!{Path(i.source).name}" for i in items]


def failure(source: str | Path, **limits: int) -> str:
    (item,) = load(source, limits=Limits(**limits))
    assert isinstance(item, LoadError), item
    return item.reason


# -- JSON ------------------------------------------------------------------------------------------


def test_json_lines_records_with_all_names_of_fields(tmp_path: Path) -> None:
    path = tmp_path / "news.jsonl"
    records = [
        {"id": "a1", "text": TEXT, "title": "Bridge", "publisher": "Wharf", "author": "Jo"}
        | {"date": "2023-09-20", "url": "https://wharf.example/1"},
        {"Content": TEXT, "headline": "Bridge", "outlet": "Wharf", "byline": "Jo"}
        | {"published": "20 September 2023", "link": "https://wharf.example/1"},
        {"id": 7, "body": TEXT, "title": "Bridge", "source": "Wharf", "authors": ["Jo"]}
        | {"date": "Wed, 20 Sep 2023 10:00:00 GMT", "url": "https://wharf.example/1"},
    ]
    path.write_text("\n".join(map(json.dumps, records)), "utf-8")
    articles = [item for item in load(path) if isinstance(item, Article)]
    assert [a.source for a in articles] == [f"{path}#a1", f"{path}#2", f"{path}#7"]
    assert len({a.id for a in articles}) == 1
    assert (articles[0].author, articles[0].published) == ("Jo", date(2023, 9, 20))


def test_bad_lines_are_named_and_the_others_still_come(tmp_path: Path) -> None:
    path = tmp_path / "news.ndjson"
    lines = [
        b"\xef\xbb\xbf" + json.dumps({"text": "One."}).encode(),
        b'{"text": "Two',
        b"",
        b'{"title": "no text"}',
        b'["a list"]',
        b'{"text": " \\u0000 "}',
        b"[" * 100_000,
        b'{"text": "' + b"x" * 2000 + b'"}',
        b"\x00\x01\x02\x03" * 40,
        b'{"text": "Caf\xe9."}',
        b'{"text": "Ten \\ud800."}',
    ]
    path.write_bytes(b"\r\n".join(lines))
    items = list(load(path, limits=Limits(max_bytes=1000)))
    assert kinds(iter(items)) == (
        ["One."] + [f"!news.ndjson#{n}" for n in (2, 4, 5, 6, 7, 8, 9)] + ["Café.", "Ten \ufffd."]
    )
    reasons = [item.reason for item in items if isinstance(item, LoadError)]
    assert "line 2 is not JSON" in reasons[0]
    assert "its fields are: title" in reasons[1]
    assert "longer than 1,000 bytes" in reasons[5]


def test_deep_nesting_is_a_bad_line(tmp_path: Path) -> None:
    path = tmp_path / "news.jsonl"
    path.write_bytes(b"[" * 100_000 + b"\n" + json.dumps({"text": "One."}).encode())
    assert kinds(load(path)) == ["!news.jsonl#1", "One."]


def test_records_with_the_same_id_stay_apart(tmp_path: Path) -> None:
    path = tmp_path / "news.jsonl"
    path.write_text('{"id": "a", "text": "One."}\n{"id": "a", "text": "Two."}\n', "utf-8")
    sources = [item.source for item in load(path)]
    assert sources == [f"{path}#a", f"{path}#a#2"]


def test_json_lines_are_read_as_they_are_asked_for_and_may_exceed_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "news.jsonl.gz"
    with gzip.open(path, "wt", encoding="utf-8") as stream:
        for number in range(200):
            stream.write(json.dumps({"text": f"Item {number}."}) + "\n")
    items = load(path, limits=Limits(max_bytes=100))
    assert [next(items) for _ in range(2)] == [Article("Item 0."), Article("Item 1.")]
    assert len(list(items)) == 198


def test_truncated_gzip_gives_what_it_holds_and_an_error(tmp_path: Path) -> None:
    whole = gzip.compress(b"".join(b'{"text": "%x."}\n' % (7**n) for n in range(300)))
    path = tmp_path / "news.jsonl.gz"
    path.write_bytes(whole[: len(whole) // 2])
    *articles, last = load(path)
    assert articles
    assert all(isinstance(item, Article) for item in articles)
    assert isinstance(last, LoadError)
    assert "broken" in last.reason
    path.write_bytes(b"not gzip at all")
    assert "broken" in failure(path)
    text = tmp_path / "x.txt.gz"
    text.write_bytes(whole[:40])
    assert "broken" in failure(text)


def test_json_list_and_single_object(tmp_path: Path) -> None:
    path = tmp_path / "news.json"
    path.write_text(json.dumps([{"text": "One."}, 5, {"id": "x", "text": "Three."}]), "utf-8")
    assert kinds(load(path)) == ["One.", "!news.json#2", "Three."]
    path.write_text(json.dumps({"text": "One."}), "utf-8")
    assert kinds(load(path)) == ["One."]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"[]", "empty"),
        (b"", "not JSON"),
        (b'{"text": "One."}\n{"text": "Two."}', "name it .jsonl"),
        (b"\x00\x01" * 100, "binary"),
    ],
)
def test_json_files_without_records(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "news.json"
    path.write_bytes(content)
    assert reason in failure(path)


@pytest.mark.parametrize("content", [b"", b"\n \n"])
def test_empty_json_lines(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "news.jsonl"
    path.write_bytes(content)
    assert "empty" in failure(path)


# -- folders ---------------------------------------------------------------------------------------


def test_folder_is_read_sorted_with_folders_in_it(tmp_path: Path) -> None:
    for name in ("b.txt", "a.md", "sub/c.TXT", "sub/deep/d.txt", "e.xyz", ".hidden.txt"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{name} holds words.", "utf-8")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "f.txt").write_text("Hidden.", "utf-8")
    (tmp_path / "bad.pdf").write_bytes(b"no PDF")
    assert kinds(load(tmp_path)) == [
        "a.md holds words.",
        "b.txt holds words.",
        "!bad.pdf",
        "sub/c.TXT holds words.",
        "sub/deep/d.txt holds words.",
    ]


def test_links_out_of_the_folder_are_not_followed(tmp_path: Path) -> None:
    folder, outside = tmp_path / "news", tmp_path / "private"
    folder.mkdir()
    outside.mkdir()
    (outside / "secret.txt").write_text("Secret.", "utf-8")
    (folder / "a.txt").write_text("Open.", "utf-8")
    (folder / "out.txt").symlink_to(outside / "secret.txt")
    (folder / "out").symlink_to(outside)
    (folder / "gone.txt").symlink_to(tmp_path / "gone.txt")
    (folder / "round").symlink_to(folder)
    (folder / "self.txt").symlink_to(folder / "self.txt")
    assert kinds(load(folder)) == ["Open."]


def test_folder_without_anything_to_read_says_what_can_be_read(tmp_path: Path) -> None:
    (tmp_path / "x.xyz").write_text(TEXT, "utf-8")
    assert all(suffix in failure(tmp_path) for suffix in READABLE)


# -- limits and sources that are none --------------------------------------------------------------


def test_fifty_megabytes_are_an_error(tmp_path: Path) -> None:
    for name in ("x.txt", "x.pdf", "x.json"):
        path = tmp_path / name
        with path.open("wb") as stream:
            stream.truncate(50_000_000)
        assert "larger than 20 MB" in failure(path)


def test_the_limit_holds_for_what_gzip_unpacks(tmp_path: Path) -> None:
    path = tmp_path / "x.txt.gz"
    path.write_bytes(gzip.compress(b"word " * 1000))
    assert "larger than" in failure(path, max_bytes=4999)
    assert len(kinds(load(path, limits=Limits(max_bytes=5000)))[0]) == 4999


@pytest.mark.parametrize("source", ["nothing/here.txt", "www.example.com/x", "nul\0byte.txt"])
def test_missing_path(source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert "no such" in failure(source)


@pytest.mark.parametrize("source", ["word " * 3000, "~nobody-here/x"])
def test_text_that_can_be_no_path(source: str) -> None:
    assert "neither a file nor a URL" in failure(source)


def test_unknown_types_name_what_can_be_read(tmp_path: Path) -> None:
    for name in ("x.exe", "noending", "x.gz"):
        (tmp_path / name).write_text(TEXT, "utf-8")
        reason = failure(tmp_path / name)
        assert all(suffix in reason for suffix in READABLE)


def test_pipes_are_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x.txt")
    assert "regular file" in failure(tmp_path / "x.txt")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_unreadable_files_and_folders(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(TEXT, "utf-8")
    (tmp_path / "locked.txt").write_text(TEXT, "utf-8")
    (tmp_path / "locked.txt").chmod(0)
    (tmp_path / "shut").mkdir(0)
    assert kinds(load(tmp_path)) == [TEXT, "!locked.txt", "!shut"]
    assert "permission" in failure(tmp_path / "locked.txt")


def test_a_file_that_the_system_cannot_read(tmp_path: Path) -> None:
    # The first page of a process's memory is never mapped: reading it is an error even for root.
    # Above all, a link counts by its own name: what it leads to has no ending.
    path = tmp_path / "x.txt"
    path.symlink_to("/proc/self/mem")
    assert "check the disk" in failure(path)


def test_nothing_given_is_not_the_current_folder() -> None:
    assert "nothing was given" in failure(" ")


def test_relative_paths_become_absolute_sources(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "x.txt").write_text(TEXT, "utf-8")
    monkeypatch.chdir(tmp_path / "sub")
    assert [item.source for item in load("../x.txt")] == [str(tmp_path / "x.txt")]
    assert [item.source for item in load("..")] == [str(tmp_path / "x.txt")]


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.binary(max_size=300), st.sampled_from([s for s in READABLE if s not in (".pdf", ".docx")])
)
def test_no_content_raises(tmp_path: Path, content: bytes, suffix: str) -> None:
    path = tmp_path / f"x{suffix}"
    path.write_bytes(content)
    items = list(load(path))
    assert items
    assert all(isinstance(item, Article | LoadError) for item in items)


def test_importing_is_quick() -> None:
    heavy = {"trafilatura", "pypdf", "docx", "httpx", "lxml", "markdown_it", "charset_normalizer"}
    code = f"import sys, index.load; print({heavy} & set(sys.modules))"
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert output.stdout.strip() == b"set()"
