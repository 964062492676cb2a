"""What people hand in through the page or the API -> articles.

Files that were uploaded lie in temporary folders under names that mean nothing later: an article
keeps the name that its sender gave, and where two files share a name, each stays an article of its
own.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from index.article import Article
from index.clean import make_article
from index.errors import LoadError
from index.load import load

SHORT = 12  # hexadecimal digits of a hash
_OURS = re.compile(r"^(upload|pasted)/[0-9a-f]{12}/")


def shown_name(source: str) -> str:
    """A source as its sender knows it."""
    return _OURS.sub("", source)


def uploaded(path: Path, name: str = "") -> Iterator[Article | LoadError]:
    """The articles of an uploaded file, `source` being "upload/HASH/NAME", `#RECORD` after it.

    Args:
        name: what its sender called it; the last part of `path` when "".
    """
    name = name or path.name
    with path.open("rb") as file:
        digest = sha256()
        while piece := file.read(1 << 20):
            digest.update(piece)
    source = f"upload/{digest.hexdigest()[:SHORT]}/{name}"
    for item in load(path):
        if isinstance(item, Article):
            yield replace(item, source=source + item.source.removeprefix(str(path.resolve())))
        else:
            yield LoadError(name + item.source.removeprefix(str(path.resolve())), item.reason)


def pasted(
    text: str,
    title: str = "",
    url: str = "",
    publisher: str = "",
    author: str = "",
    published: str = "",
) -> Article | LoadError:
    """An article from its fields; LoadError when it has no words."""
    digest = sha256(text.encode("utf-8", "replace")).hexdigest()[:SHORT]
    source = f"pasted/{digest}/{' '.join(title.split()) or 'text'}"
    try:
        return make_article(
            source,
            text,
            title=title,
            url=url,
            publisher=publisher,
            author=author,
            published=published or None,
        )
    except LoadError as error:
        return LoadError(title or "pasted text", error.reason)
