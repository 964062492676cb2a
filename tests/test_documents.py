"""Each file type through `load`, as a user would add it."""

import logging
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path

import docx
import pytest
from fpdf import FPDF
from pypdf import PdfReader, PdfWriter

from index.article import Article
from index.errors import LoadError
from index.load import load
from index.pdf import paragraphs

FIRST = (
    "The bridge over the harbour was closed on Tuesday, the council said in a statement to the "
    "people of Wharfington. Mayor Alan Pike said that the closure would last three weeks at most, "
    "and that the well-known fish market would go on."
)
SECOND = (
    "“We were not told,” shop owner Mia Brand said. She denied that her bakery had asked for the "
    "works, and accused the council of choosing the busiest month of the whole year for them."
)


def one(path: Path) -> Article:
    (item,) = load(path)
    assert isinstance(item, Article), item
    assert item.source == str(path)
    return item


def failure(path: Path) -> str:
    (item,) = load(path)
    assert isinstance(item, LoadError), item
    assert item.source == str(path)
    return item.reason


# -- plain text ------------------------------------------------------------------------------------


def test_text_keeps_everything_and_its_first_line_is_the_title(tmp_path: Path) -> None:
    path = tmp_path / "bridge.txt"
    path.write_bytes(f"\ufeffBridge closes\r\n\r\n\r\n\r\n{FIRST}  \r\n".encode())
    article = one(path)
    assert article.title == "Bridge closes"
    assert article.text == f"Bridge closes\n\n{FIRST}"
    assert (article.url, article.publisher, article.published) == ("", "", None)


@pytest.mark.parametrize("content", [b"", b" \n\t\r\n ", b"\xef\xbb\xbf", b"\xff\xfe", b"---\n"])
def test_empty_text_is_an_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "empty.txt"
    path.write_bytes(content)
    assert "empty" in failure(path)


def test_binary_named_txt_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "photo.txt"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40)
    assert "binary" in failure(path)


# -- Markdown --------------------------------------------------------------------------------------

MARKDOWN = """---
title: "Bridge closes: three weeks"
publisher: The Daily Wharf
Author: Jane Doe
date: 20 September 2023
tags:
  - harbour
# a comment
url: https://wharf.example/bridge
---
# Bridge *closes*

The **bridge** over [the harbour](https://x.example "t") was
closed &amp; sealed  \non Tuesday.<br>At once.

## Reactions

> It is a shame.

- First `point`
- Second point ![a picture](p.png)

| who | said |
|-----|------|
| Pike | no |

<div><!-- hidden --><script>alert(1)</script>Boxed &lt;text&gt;</div>

```
1 < 2
```
"""


def test_markdown_becomes_plain_text(tmp_path: Path) -> None:
    path = tmp_path / "bridge.md"
    path.write_text(MARKDOWN, "utf-8")
    article = one(path)
    assert article.text.split("\n\n") == [
        "Bridge closes",
        "The bridge over the harbour was closed & sealed\non Tuesday.\nAt once.",
        "Reactions",
        "It is a shame.",
        "First point",
        "Second point a picture",
        "who | said",
        "Pike | no",
        "Boxed <text>",
        "1 < 2",
    ]
    assert article.title == "Bridge closes: three weeks"
    assert (article.publisher, article.author) == ("The Daily Wharf", "Jane Doe")
    assert article.published == date(2023, 9, 20)
    assert article.url == "https://wharf.example/bridge"


@pytest.mark.parametrize(
    ("content", "title", "begin"),
    [
        (f"{FIRST}\n\n# Bridge closes\n\nText.", "Bridge closes", "The bridge"),
        (f"---\n\nJust a rule: above.\n\n---\n\n{FIRST}", "", "Just a rule"),
        (f"---\nauthor: Jo\n---\nBridge closes\n\n{FIRST}", "Bridge closes", "Bridge closes"),
    ],
)
def test_markdown_titles(tmp_path: Path, content: str, title: str, begin: str) -> None:
    path = tmp_path / "x.markdown"
    path.write_text(content, "utf-8")
    article = one(path)
    assert article.title == title
    assert article.text.startswith(begin)


def test_markdown_with_front_matter_only_is_empty(tmp_path: Path) -> None:
    path = tmp_path / "x.md"
    path.write_text("---\ntitle: Nothing\n---\n", "utf-8")
    assert "empty" in failure(path)


# -- HTML ------------------------------------------------------------------------------------------

PAGE = f"""<!doctype html><html><head><meta charset="CHARSET"><title>Bridge | Wharf</title>
<meta property="og:title" content="Bridge closes">
<meta property="og:site_name" content="The Daily Wharf"><meta name="author" content="Jane Doe">
<meta property="article:published_time" content="2023-09-20T22:00:00Z">
<link rel="canonical" href="https://wharf.example/bridge"></head><body>
<nav><a href="/">Home</a> <a href="/s">Sport</a></nav><article><h1>Bridge closes</h1>
<p>{FIRST}</p><h2>Reactions</h2><p>{SECOND}<br>That was on Monday.</p>
<table><tr><td>Sold</td><td>12</td></tr></table></article>
<div id="comments"><p>First! I have never liked that bridge anyway, says a reader.</p></div>
<footer>Copyright 2019</footer></body></html>"""


@pytest.mark.parametrize("charset", ["utf-8", "windows-1252"])
def test_html_main_text_and_metadata(tmp_path: Path, charset: str) -> None:
    path = tmp_path / "bridge.html"
    path.write_bytes(PAGE.replace("CHARSET", charset).encode(charset))
    article = one(path)
    blocks = article.text.split("\n\n")
    assert blocks[-3:] == [FIRST, "Reactions", f"{SECOND}\nThat was on Monday."]
    assert article.title == "Bridge closes"
    assert (article.publisher, article.author) == ("The Daily Wharf", "Jane Doe")
    assert article.published == date(2023, 9, 20)
    assert article.url == "https://wharf.example/bridge"


@pytest.mark.parametrize(
    "content", ["<html><body><p>Not found.</p></body></html>", "", "<p></p>", "no html at all"]
)
def test_a_page_without_article_is_an_error(
    tmp_path: Path, content: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    path = tmp_path / "x.htm"
    path.write_text(content, "utf-8")
    assert "no article" in failure(path)


@pytest.mark.parametrize("character", ["&#1;", "&#x7;", "&#1", "&#0;", "\x07"])
def test_a_page_with_a_control_character_is_read(tmp_path: Path, character: str) -> None:
    """Found by fuzzing: one such reference, and nothing of the page was read."""
    path = tmp_path / "ferry.html"
    page = f"<article><p>{FIRST}</p><div>{SECOND} {character}</div></article>"
    path.write_text(f"<html><head><title>Ferry</title></head><body>{page}</body></html>", "utf-8")
    article = one(path)
    assert FIRST in article.text
    assert SECOND in article.text
    assert all(c.isprintable() or c == "\n" for c in article.text)


def test_deeply_nested_html_is_read_or_an_error(tmp_path: Path) -> None:
    path = tmp_path / "deep.html"
    path.write_text("<html><body>" + "<div>" * 5000 + FIRST + "</div>" * 5000, "utf-8")
    (item,) = load(path)
    assert isinstance(item, Article | LoadError)


# -- PDF -------------------------------------------------------------------------------------------


def pdf(path: Path, *blocks: str, **properties: str) -> Path:
    page = FPDF()
    page.set_creation_date(datetime(2023, 9, 20, tzinfo=UTC))
    page.set_title(properties.get("title", ""))
    page.set_author(properties.get("author", ""))
    page.add_page()
    page.set_font("Helvetica", size=12)
    for block in blocks:
        page.multi_cell(0, 6, block, align="L", new_x="LMARGIN", new_y="NEXT")
        page.ln(4)
    page.output(str(path))
    return path


PLAIN = SECOND.replace("“", '"').replace("”", '"')


def test_pdf_lines_become_paragraphs(tmp_path: Path) -> None:
    path = pdf(tmp_path / "x.pdf", "Bridge closes", FIRST, PLAIN, title="Bridge", author="Jane Doe")
    article = one(path)
    assert article.text.split("\n\n") == ["Bridge closes", FIRST, PLAIN]
    assert (article.title, article.author) == ("Bridge", "Jane Doe")
    assert article.published == date(2023, 9, 20)


@pytest.mark.parametrize(
    "title", ["", "Microsoft Word - bridge_v2.doc", "bridge.indd", "Untitled 1"]
)
def test_pdf_titles_that_programs_made_up_are_not_used(tmp_path: Path, title: str) -> None:
    path = pdf(tmp_path / "x.pdf", "Bridge closes", FIRST, title=title)
    assert one(path).title == "Bridge closes"


def test_pdf_sentences_go_on_over_pages_and_page_numbers_go(tmp_path: Path) -> None:
    page = FPDF()
    page.set_font("Helvetica", size=12)
    half = FIRST.index("Mayor") + len("Mayor Alan Pike said")
    for number, part in enumerate([FIRST[:half], FIRST[half + 1 :]], 1):
        page.add_page()
        page.multi_cell(0, 6, part, align="L", new_x="LMARGIN", new_y="NEXT")
        page.cell(0, 10, f"Page {number} of 2")
    page.output(str(tmp_path / "x.pdf"))
    assert one(tmp_path / "x.pdf").text == FIRST


def test_pdf_lines_are_joined_without_changing_words() -> None:
    lines = ["A headline", "The council said the well-", "known bridge in Whar\u00adf\u00ad"]
    lines += ["ington was", "old.", "Another paragraph starts in this line", "", "And a third."]
    assert paragraphs(["\n".join(lines), "7"]) == [
        "A headline",
        "The council said the well-known bridge in Whar\u00adfington was old.",
        "Another paragraph starts in this line",
        "And a third.",
        "7",
    ]


def test_pdf_with_a_senseless_date_is_read(tmp_path: Path) -> None:
    writer = PdfWriter(clone_from=PdfReader(pdf(tmp_path / "x.pdf", FIRST)))
    writer.add_metadata({"/CreationDate": "last week"})
    writer.write(tmp_path / "x.pdf")
    assert one(tmp_path / "x.pdf").published is None
    writer.metadata = None
    writer.write(tmp_path / "x.pdf")
    assert one(tmp_path / "x.pdf").text == FIRST


def encrypted(path: Path, user_password: str) -> Path:
    writer = PdfWriter(clone_from=PdfReader(pdf(path, FIRST)))
    writer.encrypt(user_password, "owner", algorithm="AES-256")
    writer.write(path)
    return path


def test_pdf_with_a_password_is_an_error(tmp_path: Path) -> None:
    assert "password" in failure(encrypted(tmp_path / "x.pdf", "secret"))


def test_pdf_locked_only_against_editing_is_read(tmp_path: Path) -> None:
    assert one(encrypted(tmp_path / "x.pdf", "")).text == FIRST


def test_scanned_pdf_needs_text_recognition(tmp_path: Path) -> None:
    assert "OCR" in failure(pdf(tmp_path / "x.pdf"))


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7\n", b"%PDF-1.7\n%%EOF", b"Hello, I am a PDF."])
def test_broken_pdf_is_an_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.pdf"
    path.write_bytes(content)
    assert "broken PDF" in failure(path)


def test_damaged_pdf_never_raises(tmp_path: Path) -> None:
    whole = pdf(tmp_path / "x.pdf", FIRST, PLAIN).read_bytes()
    path = tmp_path / "y.pdf"
    for place in range(9, len(whole), 97):
        path.write_bytes(whole[:place] + b"9(<</" + whole[place + 5 :])
        (item,) = load(path)
        assert isinstance(item, Article | LoadError)


# -- Word ------------------------------------------------------------------------------------------


def test_docx_paragraphs_tables_and_properties(tmp_path: Path) -> None:
    document = docx.Document()
    document.core_properties.title = "Bridge"
    document.core_properties.author = "Jane Doe"
    document.core_properties.created = datetime(2023, 9, 20, 8, 0)
    document.add_heading("Bridge closes", 0)
    document.add_paragraph(FIRST)
    table = document.add_table(1, 2)
    table.cell(0, 0).text, table.cell(0, 1).text = "Pike", "no"
    document.add_paragraph(SECOND)
    document.save(str(tmp_path / "x.docx"))
    article = one(tmp_path / "x.docx")
    assert article.text.split("\n\n") == ["Bridge closes", FIRST, "Pike | no", SECOND]
    assert (article.title, article.author) == ("Bridge", "Jane Doe")
    assert article.published == date(2023, 9, 20)


def test_docx_without_properties_has_no_made_up_ones(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph(FIRST)
    document.save(str(tmp_path / "x.docx"))
    article = one(tmp_path / "x.docx")
    assert (article.title, article.author, article.published) == ("", "", None)


def test_docx_that_is_broken_or_something_else(tmp_path: Path) -> None:
    path = tmp_path / "x.docx"
    path.write_bytes(b"PK\x03\x04 broken")
    assert "not a Word file" in failure(path)
    with zipfile.ZipFile(path, "w") as parts:
        parts.writestr("hello.txt", "hello")
    assert "not a Word file" in failure(path)
    docx.Document().save(str(path))
    assert "empty" in failure(path)


def test_docx_that_unpacks_to_far_too_much(tmp_path: Path) -> None:
    path = tmp_path / "x.docx"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as parts,
        parts.open("word/document.xml", "w") as part,
    ):
        for _ in range(201):
            part.write(bytes(1_000_000))
    assert "unpacks to" in failure(path)


def test_quotation_marks_of_a_title_stay(tmp_path: Path) -> None:
    path = tmp_path / "quoted.md"
    path.write_text(
        "---\ntitle: \"'Nobody called': a flood\"\nauthor: 'A. B.'\n---\n\nText here.\n"
    )
    [article] = load(path)
    assert isinstance(article, Article)
    assert (article.title, article.author) == ("'Nobody called': a flood", "A. B.")
