"""Markdown -> article: plain text, a blank line between blocks, front matter as fields."""

import html
import re
from itertools import pairwise
from typing import TYPE_CHECKING

from index.article import Article
from index.clean import Raw, decode, fields_of, make_article

if TYPE_CHECKING:
    from markdown_it.token import Token

_FRONT_MATTER = re.compile(r"---\n(?P<lines>.*?)\n(?:---|\.\.\.)(?:\n|\Z)", re.DOTALL)
_KEY_VALUE = re.compile(r"(?P<key>[A-Za-z][\w-]*):(?:\s+(?P<value>.*))?")
_NOT_TEXT = re.compile(r"<!--.*?-->|<(script|style)\b.*?</\1\s*>|<[^<>]+>", re.DOTALL | re.I)


def read_markdown(raw: Raw) -> Article:
    """Title: of the front matter, otherwise the first top heading, otherwise the first line."""
    from markdown_it import MarkdownIt

    # Not normalised yet: two spaces at the end of a line are a line break in Markdown.
    fields, body = _front_matter(decode(raw).lstrip("\ufeff").replace("\r\n", "\n"))
    tokens = MarkdownIt("commonmark").enable("table").parse(body)
    tops = [after for token, after in pairwise(tokens) if token.tag == "h1"]
    fields["title"] = fields["title"] or (_inline(tops[0]) if tops else "")
    fields["url"] = fields["url"] or raw.url
    fields["text"] = "\n\n".join(_blocks(tokens))
    return make_article(raw.source, **fields)


def _front_matter(text: str) -> tuple[dict[str, str], str]:
    """Fields and body. Two rules with prose between them are no front matter."""
    found = _FRONT_MATTER.match(text)
    # Continuation lines, list items and comments of richer YAML are passed over.
    lines = found["lines"].split("\n") if found else []
    pairs = [_KEY_VALUE.fullmatch(line) for line in lines if line[:1] not in ("", " ", "-", "#")]
    if not found or not pairs or None in pairs:
        return fields_of({}), text
    record: dict[str, object] = {
        pair["key"]: _unquoted((pair["value"] or "").strip()) for pair in pairs if pair
    }
    return fields_of(record) | {"text": ""}, text[found.end() :]


def _unquoted(value: str) -> str:
    """A front matter value without the quotation marks around all of it."""
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
    return value[1:-1] if quoted else value


def _blocks(tokens: list["Token"]) -> list[str]:
    blocks: list[str] = []
    row: list[str] | None = None  # the cells so far, inside a table's row
    for token in tokens:
        if token.type == "tr_open":
            row = []
        elif token.type == "tr_close":
            blocks.append(" | ".join(row or []))
            row = None
        elif token.type == "inline":
            (blocks if row is None else row).append(_inline(token))
        elif token.type == "html_block":
            blocks.append(html.unescape(_NOT_TEXT.sub("", token.content)))
        elif token.type in ("fence", "code_block"):
            blocks.append(token.content)
    return blocks


def _inline(token: "Token") -> str:
    parts = []
    for child in token.children or []:
        if child.type == "softbreak":
            parts.append(" ")  # where the editor wrapped the line
        elif child.type == "hardbreak" or child.content.lower().startswith("<br"):
            parts.append("\n")
        elif child.type != "html_inline":
            parts.append(child.content)
    return "".join(parts)
