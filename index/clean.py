"""Bytes and loose fields in, a clean `Article` out.

The only place where text is normalised: what `normalise` returns is final, and every offset of
every later stage counts in it.
"""

import codecs
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from index.article import Article
from index.dateline import datelines
from index.errors import LoadError

MAX_HEADLINE = 150  # characters; longer first lines are paragraphs
MAX_CONTROL_SHARE = 0.02  # of all characters; more of them, and it is no text
MAX_ACCENT_SHARE = 0.2  # of all characters; Western European languages stay below 0.1
FIRST_NEWSPAPER = 1605  # the year; earlier dates are placeholders such as 0001-01-01

# What the fields of an article are called in JSON records and in front matter, first come first.
FIELDS = {
    "text": ("text", "content", "body", "article"),
    "title": ("title", "headline"),
    "publisher": ("publisher", "source", "outlet"),
    "author": ("author", "byline", "authors"),
    "published": ("published", "date"),
    "url": ("url", "link"),
}


@dataclass(frozen=True)
class Raw:
    """What a file or a web server gave, before anybody understood it.

    Attributes:
        source: becomes `Article.source`.
        url: the page's address after redirects, "" for a file.
        charset: the encoding that the server declared, "" when it did not.
    """

    data: bytes
    source: str
    url: str = ""
    charset: str = ""


# -- text ------------------------------------------------------------------------------------------

_LINE_ENDS = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_BLANK_LINES = re.compile("\n{3,}")
# Category Cc but for \t and \n, and the byte order mark.
_REMOVED = dict.fromkeys(
    [*(c for c in range(0x20) if c not in (0x09, 0x0A)), *range(0x7F, 0xA0), 0xFEFF]
)


def normalise(text: str) -> str:
    """The form in which text is kept: idempotent, and the words stay as they are.

    Line ends become \\n, control characters and byte order marks go, Unicode is NFC, no line ends
    in white space, at most one blank line in a row, none at either end.
    """
    text = _LINE_ENDS.sub("\n", text).translate(_REMOVED)
    text = unicodedata.normalize("NFC", storable(text))
    text = "\n".join(line.rstrip() for line in text.split("\n"))
    return _BLANK_LINES.sub("\n\n", text).strip()


def storable(text: str) -> str:
    """The text, as long as before, without halves of surrogate pairs.

    JSON can hold them, the names of files too; no database, tokenizer or file takes them.
    """
    return _SURROGATE.sub("\ufffd", text)


def one_line(value: str) -> str:
    """A title or a name: normalised, all white space runs are one space."""
    return " ".join(normalise(value).split())


def headline(text: str) -> str:
    """The first line of normalised text when it looks like a headline, otherwise ""."""
    first, _, rest = text.partition("\n")
    if not rest or len(first) > MAX_HEADLINE or first.endswith((".", ",", ";", ":")):
        return ""
    # A line that goes on in lower case was broken by an editor: it is half a sentence.
    return "" if rest[0].islower() else one_line(first)


# -- encodings -------------------------------------------------------------------------------------

# UTF-32 before UTF-16: its mark begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WESTERN = frozenset("‘’‚“”„–—…•€£§°«»©®™ªº¿¡·´\xa0ŠšŽžŒœŸ") | frozenset(
    map(chr, range(0xC0, 0x100))
)
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f]")


def decode(raw: Raw) -> str:
    """The text of a file in whatever encoding; LoadError when it is binary.

    Tried in order: a byte order mark, what the server or the page declares, UTF-8, Windows-1252
    where it reads like a Western European language, and what charset-normalizer finds.
    """
    for mark, encoding in _MARKS:
        if raw.data.startswith(mark):
            return raw.data.decode(encoding, "replace")
    for encoding in (raw.charset, "utf-8"):
        text = _try(raw.data, encoding)
        if text is not None and not _binary(text):
            return text
    broken = raw.data.decode("utf-8", "replace")
    wrong, other = broken.count("\ufffd"), len(re.findall(r"[^\x00-\x7f]", broken))
    if 0 < 10 * wrong < other - wrong and not _binary(broken):
        return broken  # UTF-8 with a few spoilt bytes: another encoding would spoil every accent
    western = _try(raw.data, "cp1252")
    # charset-normalizer takes short Western text for cp1250 or Big5.
    if western is not None and _reads_western(western) and not _binary(western):
        return western
    from charset_normalizer import from_bytes

    best = from_bytes(raw.data).best()
    text = str(best) if best else ""
    if not best or _binary(text):
        raise LoadError(raw.source, "holds binary data, not text: check what kind of file it is")
    return text


def _try(data: bytes, encoding: str) -> str | None:
    try:
        # As browsers do: what is declared as Latin-1 is Windows-1252 in truth.
        latin = codecs.lookup(encoding).name in ("iso8859-1", "ascii")
        return data.decode("cp1252" if latin else encoding)
    except (LookupError, ValueError):
        return None


def _binary(text: str) -> bool:
    return len(_CONTROLS.findall(text)) > MAX_CONTROL_SHARE * len(text)


def _reads_western(text: str) -> bool:
    foreign = re.findall(r"[^\x00-\x7f]", text)
    return len(foreign) < MAX_ACCENT_SHARE * len(text) and _WESTERN.issuperset(foreign)


# -- fields ----------------------------------------------------------------------------------------

_MONTHS = "january february march april may june july august september october november december"
_DAY_MONTH = re.compile(
    r"\b(?P<day>\d{1,2})(?:st|nd|rd|th)? +(?P<month>[A-Za-z]{3,9})\.?,? +(?P<year>\d{4})\b"
)
_MONTH_DAY = re.compile(
    r"\b(?P<month>[A-Za-z]{3,9})\.? +(?P<day>\d{1,2})(?:st|nd|rd|th)?,? +(?P<year>\d{4})\b"
)
_YEAR_FIRST = re.compile(r"(?P<year>\d{4})[-/](?P<month>\d{1,2})[-/](?P<day>\d{1,2})(?!\d)")


def parse_date(value: object) -> date | None:
    """The day that an ISO, RFC 822 or written-out English date names; None for all else.

    Ambiguous forms (03/04/2023) and relative ones (yesterday) are None: never a guess. The day is
    the one that is written, time zones do not move it.
    """
    if isinstance(value, date):
        return value.date() if isinstance(value, datetime) else value
    if not isinstance(value, str):
        return None
    text = " ".join(value.split())
    found = _YEAR_FIRST.match(text) or _DAY_MONTH.search(text) or _MONTH_DAY.search(text)
    if not found:
        return None
    name = found["month"].lower()
    months = [number for number, full in enumerate(_MONTHS.split(), 1) if full.startswith(name)]
    month = int(name) if name.isdigit() else (months or [0])[0]
    try:
        day = date(int(found["year"]), month, int(found["day"]))
    except ValueError:
        return None
    return day if day.year >= FIRST_NEWSPAPER else None


def fields_of(record: Mapping[str, object]) -> dict[str, str]:
    """The fields of an article by our names, from a record that may use others; "" when absent."""
    lower = {key.lower(): value for key, value in record.items()}
    return {
        name: next((text for key in keys if (text := _as_text(lower.get(key)))), "")
        for name, keys in FIELDS.items()
    }


def _as_text(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(item for item in value if isinstance(item, str))
    return value if isinstance(value, str) else ""


def make_article(
    source: str,
    text: str,
    *,
    title: str = "",
    url: str = "",
    publisher: str = "",
    author: str = "",
    published: object = None,
) -> Article:
    """Normalise every field; a missing title is the text's headline, a missing day its dateline's.

    Raises:
        LoadError: the text holds no words.
    """
    text = normalise(text)
    if not any(character.isalnum() for character in text):
        raise LoadError(source, "is empty: it holds no words")
    address = one_line(url)
    return Article(
        text=text,
        title=one_line(title) or headline(text),
        # An address is shown as a link: "javascript:..." must never become one.
        url=address if address.lower().startswith(("http://", "https://")) else "",
        publisher=one_line(publisher),
        author=one_line(author),
        published=parse_date(published)
        or next(filter(None, map(parse_date, datelines(text))), None),
        source=source,
    )
