"""Articles over HTTP: list, get, add, upload, remove."""

import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request, UploadFile
from starlette.datastructures import UploadFile as Uploaded

from assistant.incoming import pasted, shown_name, uploaded
from assistant.server.asking import AtDesk
from assistant.server.desk import Desk, unless_gone
from assistant.server.faults import responses
from assistant.server.replies import (
    ArticleList,
    ArticleOut,
    FailureOut,
    ItemOut,
    Report,
    WholeArticle,
)
from assistant.server.schema import Add, ArticleIn, ArticlesQuery
from index.article import Article
from index.errors import LibraryBusy, LoadError
from index.filters import Filters
from index.library import AddReport, Library
from index.words import words

router = APIRouter(prefix="/api/articles", tags=["articles"])

MAX_UPLOAD = 50_000_000  # bytes of one request
MOST_ARTICLES = 5_000  # of one file: a few packed megabytes can hold millions
TOGETHER = 20  # articles that are in memory at once
LONGEST_NAME = 120  # characters of a file's name

_UNSAFE = re.compile(r"[^\w .,()+-]")


@router.get("", response_model=ArticleList, responses=responses(422, 503))
async def list_articles(
    query: Annotated[ArticlesQuery, Query()], desk: AtDesk, request: Request
) -> ArticleList:
    """List articles, newest first, without their texts."""
    library = desk.assistant.library
    return await unless_gone(request.receive, desk.read(lambda: _matching(library, query)))


def _matching(library: Library, query: ArticlesQuery) -> ArticleList:
    filters = Filters.of(None, query.publisher or None, query.since, query.until)
    wanted = words(query.q)

    def titled(title: str) -> bool:
        own = words(title)
        return all(any(word.startswith(part) for word in own) for part in wanted)

    with library.snapshot():
        shown, total, end = [], 0, query.offset + query.limit
        for article_id, title, _ in library.titles(filters):
            if titled(title):
                if query.offset <= total < end:
                    shown.append(ArticleOut.of(library.article(article_id)))
                total += 1
            if total == end and not wanted and not filters:
                total = len(library)  # all are wanted: no need to go through them
                break
        return ArticleList(total=total, articles=shown)


@router.get("/{article_id}", response_model=WholeArticle, responses=responses(404, 422, 503))
async def get_article(article_id: str, desk: AtDesk) -> WholeArticle:
    """Get an article with its text, which the offsets of citations refer to."""
    article = desk.assistant.library.article(article_id)  # one look-up: no work for a thread
    return WholeArticle(text=article.text, **ArticleOut.of(article).model_dump())


@router.delete("/{article_id}", status_code=204, responses=responses(404, 422, 503))
async def remove_article(article_id: str, desk: AtDesk) -> None:
    """Remove an article, and all that is known from it."""
    await desk.change(lambda: desk.assistant.remove(article_id))


@router.post("", response_model=Report, responses=responses(400, 413, 422, 503))
async def add_articles(wanted: Add, desk: AtDesk) -> Report:
    """Add articles, whole or by the addresses of pages, feeds and sitemaps.

    What cannot be read is listed with the reason, and costs nothing else. An article that is there
    already is left as it is.
    """
    if not wanted.articles and not wanted.urls:
        raise HTTPException(422, "nothing was given: articles or urls are wanted")
    given = [_article(one, number) for number, one in enumerate(wanted.articles)]
    return await desk.change(lambda: _report([_add(desk, [*given, *wanted.urls])]))


def _article(given: ArticleIn, number: int) -> Article | LoadError:
    day = given.published.isoformat() if given.published else ""
    made = pasted(given.text, given.title, given.url or "", given.publisher, given.author, day)
    if isinstance(made, LoadError):
        return LoadError(given.title or f"articles[{number}]", made.reason)
    # What comes from an address again replaces what came from it before.
    return replace(made, source=made.url) if made.url else made


@router.post(
    "/files",
    response_model=Report,
    responses=responses(400, 413, 422, 503),
)
async def add_files(files: list[UploadFile], desk: AtDesk) -> Report:
    """Upload files: text, Markdown, HTML, PDF, Word, JSON lines, feeds, each also with .gz."""
    return await desk.change(lambda: _add_files(desk, files))


def _add_files(desk: Desk, files: Sequence[Uploaded]) -> Report:
    reports = []
    with TemporaryDirectory(prefix="whosaid-") as folder:
        for number, file in enumerate(files):
            name = safe_name(file.filename or "")
            # In a folder of its own: two files of one name do not meet.
            path = Path(folder, str(number), name)
            path.parent.mkdir()
            with path.open("wb") as copy:
                shutil.copyfileobj(file.file, copy)
            items = _limited(uploaded(path, name), name)
            while some := list(islice(items, TOGETHER)):
                reports.append(_add(desk, some))
            path.unlink()
    return _report(reports)


def safe_name(given: str) -> str:
    """The last part of a file's name, short enough, with nothing that a file system obeys.

    Its ending, which tells the type, stays.
    """
    name = _UNSAFE.sub("_", re.split(r"[/\\]", given)[-1]).strip(" .")
    return name[-LONGEST_NAME:].lstrip(" .") or "upload"


def _limited(items: Iterable[Article | LoadError], name: str) -> Iterator[Article | LoadError]:
    for number, item in enumerate(items):
        if number == MOST_ARTICLES:
            yield LoadError(
                name, f"holds more than {MOST_ARTICLES:,} articles, the others were left out"
            )
            return
        yield item


def _add(desk: Desk, items: Sequence[Article | LoadError | str]) -> AddReport:
    def progress(_: int, __: str) -> None:
        if desk.closing.is_set():
            raise LibraryBusy("the server is closing")

    return desk.assistant.add(*items, progress=progress)


def _report(reports: Sequence[AddReport]) -> Report:
    """All reports as one; where something came from is told as whoever sent it called it."""
    changed: dict[str, list[ItemOut]] = {
        state: [
            ItemOut(id=item.article_id, title=item.title, source=_called(item.source))
            for report in reports
            for item in getattr(report, state)
        ]
        for state in ("added", "updated", "unchanged")
    }
    failed = [
        FailureOut(source=failure.source, reason=failure.reason)
        for report in reports
        for failure in report.failed
    ]
    return Report(**changed, failed=failed)


def _called(source: str) -> str:
    return "" if source.startswith("pasted/") else shown_name(source)
