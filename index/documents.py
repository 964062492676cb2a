"""One file or page -> one article, by type."""

import gzip
import logging
import re
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import PurePath
from typing import Any, BinaryIO
from urllib.parse import urlsplit

from index.article import Article
from index.clean import Raw, decode, make_article
from index.errors import LoadError
from index.markdown import read_markdown
from index.pdf import read_pdf

# trafilatura logs each page that it gives up on; the LoadError says so already.
logging.getLogger("trafilatura").addHandler(logging.NullHandler())
logging.getLogger("htmldate").addHandler(logging.NullHandler())

MIN_PAGE_CHARACTERS = 150  # shorter than the briefest news item: a notice, a menu, an error page
MAX_DOCX_BYTES = 200_000_000  # unpacked, pictures included
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w-]+)", re.I)
_REFERENCE = re.compile(r"&#(?:(\d{1,7})|[xX]([0-9a-fA-F]{1,6}))(?![0-9a-fA-F]);?")
_INLINE = frozenset({"hi", "ref", "del", "code", "span", "graphic"})


@dataclass(frozen=True)
class Limits:
    """How much is read before an item is given up.

    Attributes:
        max_bytes: of one file, page or JSON record, unpacked.
        timeout_s: seconds without a sign of the server, and for the whole of one page's text.
        reading_s: seconds that making an article of one document may take.
        max_entries: pages fetched for one feed or sitemap.
        private: whether web addresses of this machine and its network are read, too.
    """

    max_bytes: int = 20_000_000
    timeout_s: float = 30.0
    reading_s: float = 60.0
    max_entries: int = 500
    private: bool = False


def split_suffix(name: str) -> tuple[str, bool]:
    """The ending that tells the type, in lower case, and whether the file is gzipped."""
    path = PurePath(name.lower())
    packed = path.suffix == ".gz"
    return PurePath(path.stem).suffix if packed else path.suffix, packed


def read_limited(stream: BinaryIO | gzip.GzipFile, source: str, limits: Limits) -> bytes:
    """All of an open file, plain or gzipped; LoadError when it is too large or badly packed."""
    try:
        data = stream.read(limits.max_bytes + 1)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise LoadError(source, f"is broken: {error}; pack it anew with gzip") from error
    if len(data) > limits.max_bytes:
        raise too_large(source, limits)
    return data


def too_large(source: str, limits: Limits) -> LoadError:
    reason = f"is larger than {limits.max_bytes / 1e6:g} MB, the most that is read: split it"
    return LoadError(source, reason)


def read_text(raw: Raw) -> Article:
    """Plain text. The title is the first line where that looks like a headline."""
    return make_article(raw.source, decode(raw), url=raw.url)


def read_html(raw: Raw) -> Article:
    """The main text of a page, without menus, comments and tables.

    Raises:
        LoadError: no article in it, or binary.
    """
    import trafilatura
    from lxml import etree  # type: ignore[import-untyped]  # ships no types

    try:
        page = trafilatura.bare_extraction(
            _decode_html(raw),
            url=raw.url or None,
            favor_precision=True,
            include_comments=False,
            include_tables=False,
            with_metadata=True,
            # The extensive search takes any date in the page for that of publication.
            date_extraction_params={"original_date": True, "extensive_search": False},
        )
    except (etree.LxmlError, AttributeError, LookupError, RuntimeError, TypeError, ValueError) as e:
        raise LoadError(raw.source, f"cannot be read as a page ({e}): save it anew") from e
    text = _page_text(page.body) if isinstance(page, trafilatura.settings.Document) else ""
    if not isinstance(page, trafilatura.settings.Document) or len(text) < MIN_PAGE_CHARACTERS:
        found = f"only {len(text)} characters of main text" if text else "no main text"
        reason = f"has {found}: no article (a start page, a notice, or text that a script loads)"
        raise LoadError(raw.source, reason)
    return make_article(
        raw.source,
        text,
        title=page.title or "",
        author=page.author or "",
        publisher=page.sitename or "",
        published=page.date,
        url=_address(page.url or "", raw.url),
    )


def _decode_html(raw: Raw) -> str:
    declared = _META_CHARSET.search(raw.data[:2048])
    charset = raw.charset or (declared[1].decode("ascii", "replace") if declared else "")
    return _REFERENCE.sub(_visible, decode(Raw(raw.data, raw.source, charset=charset)))


def _visible(reference: re.Match[str]) -> str:
    """Nothing for a reference to a control character: trafilatura finds no text beside one."""
    number = int(reference[1]) if reference[1] else int(reference[2], 16)
    return "" if number < 32 and chr(number) not in "\t\n\r" else reference[0]


def _page_text(body: Any) -> str:
    """Blank lines between trafilatura's blocks; a <br> inside a paragraph is one line end.

    Only read, not written to: a tree may hold characters that lxml does not let anybody put there.
    """
    from lxml import etree

    parts: list[str] = []
    for event, element in etree.iterwalk(body, events=("start", "end", "comment", "pi")):
        broken = "\n" if element.tag == "lb" else "" if element.tag in _INLINE else "\n\n"
        if event == "start":
            parts += ["" if element.tag == "lb" else broken, element.text or ""]
        elif element is not body:
            parts += [broken, element.tail or ""]
    return "".join(parts).strip()


def _address(canonical: str, fetched: str) -> str:
    """The address that the page gives itself, unless it claims to be on another host."""

    def host(url: str) -> str:
        return (urlsplit(url).hostname or "").removeprefix("www.")

    return canonical if not fetched or host(canonical) == host(fetched) else fetched


def read_docx(raw: Raw) -> Article:
    """Paragraphs, and tables as one line a row. Title, author and day from the properties."""
    import docx
    from docx.opc.exceptions import OpcError
    from docx.table import Table
    from lxml import etree

    try:
        with zipfile.ZipFile(BytesIO(raw.data)) as parts:
            size = sum(part.file_size for part in parts.infolist())
        if size > MAX_DOCX_BYTES:
            reason = f"unpacks to {size:,} bytes, at most {MAX_DOCX_BYTES:,} are read"
            raise LoadError(raw.source, reason)
        document = docx.Document(BytesIO(raw.data))
        blocks: list[str] = []
        for block in document.iter_inner_content():
            if isinstance(block, Table):
                blocks += (" | ".join(cell.text for cell in row.cells) for row in block.rows)
            else:
                blocks.append(block.text)
        core = document.core_properties
        # What python-docx puts into each new document says nothing about this one.
        known = core.author != "python-docx"
        title, author, created = core.title, core.author if known else "", core.created
    except (
        OpcError,
        zipfile.BadZipFile,
        zlib.error,
        etree.LxmlError,
        AttributeError,
        LookupError,
        OSError,
        RuntimeError,
        TypeError,
        ValueError,
    ) as error:
        reason = f"is not a Word file that can be read ({error}): save it anew as .docx"
        raise LoadError(raw.source, reason) from error
    return make_article(
        raw.source,
        "\n\n".join(blocks),
        title=title,
        author=author,
        published=created if known else None,
        url=raw.url,
    )


READERS: dict[str, Callable[[Raw], Article]] = {
    ".txt": read_text,
    ".text": read_text,
    ".md": read_markdown,
    ".markdown": read_markdown,
    ".html": read_html,
    ".htm": read_html,
    ".pdf": read_pdf,
    ".docx": read_docx,
}
