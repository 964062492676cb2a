"""PDF -> article. The lines of a PDF are layout: here they become paragraphs again."""

import logging
import re
import struct
import zlib
from io import BytesIO
from typing import TYPE_CHECKING

from index.article import Article
from index.clean import Raw, make_article, one_line
from index.errors import LoadError

if TYPE_CHECKING:
    from pypdf import PdfReader

# pypdf warns of every oddity; without a handler Python would print that to the terminal.
logging.getLogger("pypdf").addHandler(logging.NullHandler())

# A paragraph's last line is shorter than the others; a headline is much shorter.
LAST_LINE, HEADLINE = 0.85, 0.6  # of a typical line's length
_SENTENCE_END = re.compile(r"""[.!?…:]["'”’»)\]]*$""")
_PAGE_NUMBER = re.compile(r"(?:page )?\W{0,2}\d{1,3}(?: ?(?:/|of) ?\d{1,3})?\W{0,2}", re.I)
_NO_TITLE = re.compile(
    r"\W*|untitled.*|microsoft (?:word|powerpoint) - .*|.*\.(?:docx?|pdf|indd|qxd|rtf|txt|html?)",
    re.I,
)

# What a broken file makes pypdf leak, besides its own errors.
_LEAKS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
)


def read_pdf(raw: Raw) -> Article:
    """Title, author and day of creation come from the document's properties where they are sane.

    Raises:
        LoadError: broken, protected by a password, or without text (scanned).
    """
    from pypdf import PdfReader
    from pypdf.errors import DependencyError, FileNotDecryptedError, PyPdfError

    try:
        reader = PdfReader(BytesIO(raw.data))
        # Many files are locked against editing only: an empty password opens those.
        if reader.is_encrypted and not reader.decrypt(""):
            raise FileNotDecryptedError
        pages = [page.extract_text() for page in reader.pages]
        title, author, created = _properties(reader)
    except FileNotDecryptedError as error:
        reason = "is protected by a password: save it without one and add it again"
        raise LoadError(raw.source, reason) from error
    except (PyPdfError, DependencyError, *_LEAKS) as error:
        reason = f"is a broken PDF ({one_line(str(error)) or type(error).__name__}): save it anew"
        raise LoadError(raw.source, reason) from error
    text = "\n\n".join(paragraphs(pages))
    if not text:
        reason = "holds no text, only pictures: run text recognition (OCR) on it and add the result"
        raise LoadError(raw.source, reason)
    return make_article(
        raw.source, text, title=title, author=author, published=created, url=raw.url
    )


def _properties(reader: "PdfReader") -> tuple[str, str, object]:
    properties = reader.metadata
    if properties is None:
        return "", "", None
    title = one_line(str(properties.title or ""))
    try:
        created = properties.creation_date
    except (ValueError, TypeError, AttributeError):
        created = None  # not a date: the text is worth having all the same
    return (
        "" if _NO_TITLE.fullmatch(title) else title,
        str(properties.author or ""),
        created,
    )


def paragraphs(pages: list[str]) -> list[str]:
    """Join the lines of each paragraph.

    A paragraph ends at a blank line, at a short line that ends a sentence, and after a very short
    line (a headline) unless the next one goes on in lower case.
    """
    lines = [line for page in pages for line in _page_lines(page)]
    lengths = sorted(len(line) for line in lines if line)
    typical = lengths[int(0.8 * len(lengths))] if lengths else 0
    joined: list[str] = []
    goes_on = False
    for number, line in enumerate(lines):
        following = lines[number + 1] if number + 1 < len(lines) else ""
        if line and goes_on:
            joined[-1] = _join(joined[-1], line)
        elif line:
            joined.append(line)
        short = LAST_LINE if _SENTENCE_END.search(line) else HEADLINE
        ends = len(line) < short * typical and not following[:1].islower()
        goes_on = bool(line) and not ends
    return joined


def _page_lines(page: str) -> list[str]:
    """The lines of one page, without its number; a sentence may go on on the next page."""
    lines = [line.strip() for line in page.strip().split("\n")]
    if len(lines) > 1 and _PAGE_NUMBER.fullmatch(lines[-1]):
        lines.pop()
    if len(lines) > 1 and _PAGE_NUMBER.fullmatch(lines[0]):
        lines.pop(0)
    return lines


def _join(left: str, right: str) -> str:
    if left.endswith("\u00ad"):
        return left[:-1] + right
    # "well-" + "known": whether the hyphen belongs to the word is not ours to say.
    return left + right if re.search(r"\w-$", left) else f"{left} {right}"
