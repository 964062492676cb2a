"""Documents made to do harm: an error each, in bounded time and memory; the next one is read."""

import os
import re
import signal
import socket
import subprocess
import sys
import zipfile
import zlib
from io import BytesIO
from pathlib import Path

import docx
import pytest

from assistant.bench.samples import pdf_of
from index import apart
from index.article import Article
from index.clean import Raw
from index.documents import READERS, Limits
from index.errors import LoadError
from index.load import load

GOOD = Raw(b"The council denied on Monday that the bridge was closed.", "good.txt")
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
LAUGHS = "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
LAUGHTER = f'<!DOCTYPE l [<!ENTITY a "haha haha">{LAUGHS}]>'


def read(suffix: str, data: bytes, **limits: float) -> Article:
    return apart.read_apart(suffix, Raw(data, f"bad{suffix}"), Limits(**limits))  # type: ignore[arg-type]


def failure(suffix: str, data: bytes, **limits: float) -> str:
    with pytest.raises(LoadError) as error:
        read(suffix, data, **limits)
    assert read(".txt", GOOD.data).text == GOOD.data.decode()
    return error.value.reason


def word(xml: str) -> bytes:
    """A Word file with this as its document."""
    whole, changed = BytesIO(), BytesIO()
    docx.Document().save(whole)
    with zipfile.ZipFile(whole) as parts, zipfile.ZipFile(changed, "w", 8) as out:
        for name in parts.namelist():
            out.writestr(name, xml if name == "word/document.xml" else parts.read(name))
    return changed.getvalue()


def pdf(content: bytes, pages: int = 1) -> bytes:
    """A PDF whose pages all show the same packed stream."""
    packed = zlib.compress(content, 9)
    kids = b" ".join(b"%d 0 R" % (4 + number) for number in range(pages))
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 3 0 R/Resources<<>>>>"
    font = b"<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>"
    page = page.replace(b"<<>>", font)
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count %d/Kids[%s]>>" % (pages, kids),
        b"<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream" % (len(packed), packed),
        *[page] * pages,
    ]
    return pdf_of(objects)


def test_an_article_is_the_same_as_read_here() -> None:
    raw = Raw(
        "---\ndate: 2026-03-01\ntitle: Ä\n---\nNo, he said.".encode(), "a\udce9.md", "http://a"
    )
    found, here = apart.read_apart(".md", raw, Limits()), READERS[".md"](raw)
    assert found == here
    assert (found.source, found.published) == (here.source, here.published)


def test_what_takes_too_long_is_ended() -> None:
    endless = ("<p " + " ".join(f"a{n}=1" for n in range(600_000)) + ">text</p>").encode()
    assert "takes more than 0.5 seconds" in failure(".html", endless, reading_s=0.5)


def test_many_pages_of_one_large_stream_are_ended() -> None:
    pages = pdf(b"BT /F1 12 Tf " + b"(ab) Tj 0 -14 Td " * 30_000 + b"ET", 2_000)
    assert "takes more than 2 seconds" in failure(".pdf", pages, reading_s=2)


@pytest.mark.skipif(os.uname().sysname != "Linux", reason="macOS does not limit memory")
def test_what_takes_too_much_memory_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    limit = "from index import apart; apart.MEMORY = 250_000_000; apart.serve()"
    monkeypatch.setattr(apart, "_PROGRAM", "import sys; sys.path[:] = {path!r}; " + limit)
    apart.end()
    try:
        reason = failure(".md", b"*a **a " * 400_000, reading_s=600)  # it is not time that ends it
        assert re.search("more than 0.25 GB of memory|crash", reason)  # where C notices it first
    finally:
        apart.end()


def test_a_packed_gigabyte_in_a_pdf() -> None:
    packer, bomb = zlib.compressobj(9), b""
    for _ in range(300):
        bomb += packer.compress(bytes(1_000_000))
    bomb += packer.flush()
    whole = pdf(b"")
    stream = b"<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream" % (len(bomb), bomb)
    start, end = whole.index(b"<</Length"), whole.index(b"\nendobj", whole.index(b"<</Length"))
    reason = failure(".pdf", whole[:start] + stream + whole[end:])
    assert re.search("broken PDF|no text", reason)


def test_a_reader_that_crashes_is_started_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "_PROGRAM", "import os; path = {path!r}; os.abort()")
    apart.end()
    with pytest.raises(LoadError, match="crash"):
        read(".txt", GOOD.data)
    monkeypatch.undo()
    assert read(".txt", GOOD.data).text


@pytest.mark.skipif(os.uname().sysname != "Linux", reason="/proc tells")
def test_a_reader_is_kept_whatever_its_parent_needs() -> None:
    """Found: the peak of the parent, which has models in memory, was taken for the reader's."""
    program = (
        "from index import apart; from index.clean import Raw; from index.documents import Limits;"
        "large = bytearray(700_000_000); large[::4096] = b'x' * len(large[::4096]); del large;"
        "read = lambda: apart.read_apart('.txt', Raw(b'He denied it.', 'a'), Limits());"
        "read(); first = apart._process; read(); print(bool(first) and first is apart._process)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "True\n", done.stderr


def test_a_reader_that_was_killed_is_started_anew() -> None:
    read(".txt", GOOD.data)
    assert apart._process
    os.kill(apart._process.pid, signal.SIGKILL)
    apart._process.wait()
    assert read(".txt", GOOD.data).text


def test_what_a_parser_leaks_is_an_error_of_its_document(monkeypatch: pytest.MonkeyPatch) -> None:
    def leaks(_: Raw) -> Article:
        raise ZeroDivisionError("of\nall things")

    monkeypatch.setitem(READERS, ".txt", leaks)
    asked = {"suffix": ".txt", "source": "a", "url": "", "charset": "", "bytes": 1}
    reply = apart._read(asked, BytesIO(b"x"))
    assert "ZeroDivisionError: of all things" in reply["reason"]


# -- XML -------------------------------------------------------------------------------------------


def test_billions_of_laughs_and_external_entities_in_word_files() -> None:
    body = f'<w:document xmlns:w="{W}"><w:body><w:p><w:r><w:t>No. %s</w:t></w:r></w:p></w:body>'
    body += "</w:document>"
    outside = '<!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    for xml in (LAUGHTER + body % "&j;", outside + body % "&x;"):
        try:
            text = read(".docx", word(xml)).text
        except LoadError as error:
            text = error.reason
        assert "root:" not in text
        assert len(text) < 1_000


def test_deep_xml_in_word_files_and_feeds(tmp_path: Path) -> None:
    deep = "<w:tbl><w:tr><w:tc>" * 20_000
    xml = f'<w:document xmlns:w="{W}"><w:body>{deep}</w:body></w:document>'
    assert "not a Word file" in failure(".docx", word(xml))
    feed = tmp_path / "deep.xml"
    for text in ("<rss>" * 500_000, LAUGHTER + "<rss><item><link>&j;</link></item></rss>"):
        feed.write_text(text, "utf-8")
        (item,) = load(feed)
        assert isinstance(item, LoadError)


def test_an_undeclared_prefix_is_no_crash(tmp_path: Path) -> None:
    feed = tmp_path / "a.rss"
    feed.write_text("<rdf:RDF><item><title>a</title></item></rdf:RDF>", "utf-8")
    (item,) = load(feed)
    assert isinstance(item, LoadError)
    assert "without a link" in item.reason


# -- names, links, pipes ---------------------------------------------------------------------------


def test_odd_names_are_read_and_can_be_stored(tmp_path: Path) -> None:
    names = [
        b"caf\xe9.txt",
        b"new\nline.txt",
        "a\u202etxt.md".encode(),
        b"\x1b[31m.txt",
        b"-rf.txt",
    ]
    for name in names:
        Path(os.fsdecode(bytes(tmp_path) + b"/" + name)).write_bytes(GOOD.data + b"\n\n" + name)
    items = list(load(tmp_path))
    assert all(isinstance(item, Article) for item in items)
    sources = {item.source.encode("utf-8").rpartition(b"/")[2] for item in items}
    assert len(sources) == len(names)
    assert b"caf\\xe9.txt" in sources


def test_links_pipes_and_sockets_in_a_folder(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    folder, secret = tmp_path / "in", tmp_path / "secret.txt"
    secret.write_text("The password is swordfish, the minister said.")
    (folder / "a.txt").symlink_to(secret)
    (folder / "b.txt").symlink_to("/dev/zero")
    (folder / "c.txt").symlink_to("c.txt")
    (folder / "d").symlink_to(tmp_path)
    (folder / "e.txt").symlink_to("good.txt")
    (folder / "good.txt").write_bytes(GOOD.data)
    os.mkfifo(folder / "pipe.txt")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(os.path.relpath(folder / "s.txt"))
    found = list(load(folder))
    texts = [item.text for item in found if isinstance(item, Article)]
    assert texts == [GOOD.data.decode()] * 2
    reasons = [item.reason for item in found if isinstance(item, LoadError)]
    assert reasons == ["is not a regular file"] * 2


def test_a_file_that_shrinks_or_goes_while_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "One word."}\n' * 200_000)
    items = load(path)
    assert isinstance(next(items), Article)
    path.write_text("")
    assert all(isinstance(item, Article | LoadError) for item in items)
    gone = load(tmp_path)
    path.unlink()
    (item,) = gone
    assert isinstance(item, LoadError)


def test_millions_of_records_that_are_none_are_given_up(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text("[" + "1," * 50_000 + "1]")
    items = list(load(path))
    assert len(items) == 1_001
    assert isinstance(items[-1], LoadError)
    assert "1,000 bad records in a row" in items[-1].reason


@pytest.mark.parametrize(
    "encoding", ["utf-16", "utf-32", "utf-16-le", "shift-jis", "koi8-r", "cp037"]
)
def test_wrong_encodings_are_read_or_an_error(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(("Он сказал: нет. The council denied it. " * 20).encode(encoding, "replace"))
    (item,) = load(path)
    assert isinstance(item, Article | LoadError)
