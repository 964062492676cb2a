"""Who is asked: a library, an address or a function of yours."""

import asyncio
import inspect
import os
import re
import sys
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote, urlsplit

from assistant.grounded.case import Case
from assistant.grounded.checking import Told, folded
from assistant.grounded.reply import REFUSAL_PHRASES, Cited, Reply, reply_of
from index.address import is_address
from index.errors import NoAnswer, NotInLibrary, WhosaidError

if TYPE_CHECKING:
    import httpx

    from assistant.pipeline import Assistant

SECONDS = 120  # for one answer over HTTP
_FUNCTION = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*")


class System(Protocol):
    """Answers the questions of cases, and tells of what it cites as far as it can."""

    def ask(self, case: Case, refusal_phrases: Sequence[str]) -> Reply:
        """
        Raises:
            WhosaidError: nothing came that can be checked.
        """

    def text(self, article_id: str) -> str | None:
        """An article's text; None when this system cannot look it up."""

    def told(self, cited: Cited) -> Sequence[Told] | None:
        """Who does what in a cited sentence; None when this system cannot tell."""

    def close(self) -> None:
        """It is not asked again."""


def open_system(named: str, vectors: str = "", llm: str = "", judge: bool = False) -> System:
    """A library's folder or PostgreSQL address, the URL of an endpoint, or "module:function".

    Args:
        vectors: the Chroma server of a library in PostgreSQL.
        llm: the language model that words what a library's answers say; others have their own.
        judge: it judges its statements, too.

    Raises:
        WhosaidError: there is none.
    """
    if named.startswith(("http://", "https://")):
        return Endpoint(named)
    if is_address(named):
        from assistant.pipeline import Assistant

        return InProcess(Assistant.open(named, llm or None, vectors or None, judge))
    if _FUNCTION.fullmatch(named) and not Path(named).is_dir():
        return Function(named)
    if not Path(named).is_dir():
        raise NoAnswer(
            f"there is no {named!r} to ask; wanted a library's folder, a URL or module:function"
        )
    from assistant.pipeline import Assistant

    return InProcess(Assistant.open(named, llm or None, judge=judge))


class InProcess:
    """An `Assistant`, asked directly."""

    def __init__(self, assistant: "Assistant") -> None:
        self._assistant = assistant

    def ask(self, case: Case, refusal_phrases: Sequence[str] = REFUSAL_PHRASES) -> Reply:
        library = self._assistant.library
        ids = _ids(case.articles, ((a.id, a.title) for a in library.articles()))
        filters = _asked(case) | ({"articles": ids} if ids else {})
        filters.pop("question")
        return reply_of(self._assistant.ask(case.question, **filters), refusal_phrases)

    def text(self, article_id: str) -> str | None:
        try:
            return self._assistant.library.article(article_id).text
        except NotInLibrary:
            return ""  # where nothing stands

    def told(self, cited: Cited) -> Sequence[Told] | None:
        found = self._assistant.said(articles=[cited.article_id])
        return [
            (one.speaker, one.act)
            for one in found
            if not one.negated and (one.start, one.end) == (cited.start, cited.end)
        ]

    def close(self) -> None:
        self._assistant.close()


class Endpoint:
    """A Whosaid server, or any address that takes a question as JSON and gives an answer's.

    What a Whosaid server offers beside it (articles, who said what) is used where it is there.
    """

    def __init__(self, url: str) -> None:
        self._url = url if urlsplit(url).path.strip("/") else url.rstrip("/") + "/api/ask"
        self._known: dict[str, Any] = {}

    @cached_property
    def _client(self) -> "httpx.Client":
        import httpx

        token = os.environ.get("WHOSAID_TOKEN", "")
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        local = urlsplit(self._url).hostname in ("localhost", "127.0.0.1", "::1")
        return httpx.Client(headers=headers, timeout=SECONDS, trust_env=not local)

    def ask(self, case: Case, refusal_phrases: Sequence[str] = REFUSAL_PHRASES) -> Reply:
        import httpx

        asked = _asked(case)
        asked |= {key: asked[key].isoformat() for key in ("since", "until") if key in asked}
        if case.articles:
            asked["articles"] = self._ids(case.articles)
        try:
            response = self._client.post(self._url, json=asked)
        except httpx.HTTPError as error:
            name = type(error).__name__
            raise NoAnswer(f"{self._url} cannot be reached: {name} {error}; is it up?") from error
        if response.is_error:
            status = f"{response.status_code} {response.reason_phrase}"
            raise NoAnswer(f"{self._url} answered {status}: {response.text[:200]}")
        try:
            found = response.json()
        except ValueError:
            start = " ".join(response.text[:80].split())
            raise NoAnswer(f"{self._url} gave no JSON but {start!r}; wanted an answer") from None
        try:
            return reply_of(found, refusal_phrases)
        except NoAnswer as error:
            raise NoAnswer(f"{self._url}: {error}") from None

    def text(self, article_id: str) -> str | None:
        found = self._look_up(f"articles/{quote(article_id, safe='')}") or {}
        text = found.get("text")
        return text if isinstance(text, str) else None

    def told(self, cited: Cited) -> Sequence[Told] | None:
        found = self._look_up(f"said?article={quote(cited.article_id, safe='')}&limit=500")
        if not found:
            return None
        try:
            return [
                (str(one["speaker"]), str(one["act"]))
                for one in found["said"]
                if not one["negated"] and (one["start"], one["end"]) == (cited.start, cited.end)
            ]
        except (KeyError, TypeError):
            return None  # another server, which means something else by this address

    def _ids(self, wanted: Sequence[str]) -> list[str]:
        found: list[tuple[str, str]] = []
        while page := self._look_up(f"articles?limit=500&offset={len(found)}"):
            try:
                new = [(str(a["id"]), str(a["title"])) for a in page["articles"]]
                total = int(page["total"])
            except (KeyError, TypeError, ValueError):
                break  # another server's list
            found += new
            if len(found) >= total or not new:
                return _ids(wanted, found)
        return list(wanted)  # it keeps no list of articles: it knows what is meant, or says so

    def _look_up(self, path: str) -> dict[str, Any] | None:
        """What the server says of something else than an answer; None when it does not."""
        import httpx

        base, found, _ = self._url.rpartition("/ask")
        if not found:
            return None
        if path not in self._known:
            try:
                response = self._client.get(f"{base}/{path}")
                plain = response.json() if response.is_success else None
            except (httpx.HTTPError, ValueError):
                plain = None
            self._known[path] = plain if isinstance(plain, dict) else None
        known: dict[str, Any] | None = self._known[path]
        return known

    def close(self) -> None:
        self._client.close()


class Function:
    """A function of yours: question in, answer out; or an object with `query`, as in LlamaIndex.

    It may be `async`: all its answers come from one event loop, to which its clients may be bound.
    """

    def __init__(self, named: str) -> None:
        self._named = named
        self._runner = asyncio.Runner()
        module, _, name = named.partition(":")
        if str(Path.cwd()) not in sys.path:
            sys.path.insert(0, str(Path.cwd()))  # as `python -m` has it
        try:
            found: Any = import_module(module)
            for part in name.split("."):
                found = getattr(found, part)
        except (ImportError, AttributeError) as error:
            raise NoAnswer(f"{named}: {error}; wanted module:function") from error
        self._function: Callable[..., object] = getattr(found, "query", found)
        if not callable(self._function):
            raise NoAnswer(f"{named} is a {type(found).__name__}; wanted a function")

    def ask(self, case: Case, refusal_phrases: Sequence[str] = REFUSAL_PHRASES) -> Reply:
        asked = _asked(case) | ({"articles": list(case.articles)} if case.articles else {})
        question = asked.pop("question")
        for name in asked:
            if not self._takes(name):
                raise NoAnswer(f"{self._named} takes no {name}, with which this case is asked")
        try:
            given = self._function(question, **asked)
            if inspect.isawaitable(given):
                given = self._runner.run(_awaited(given))
        except Exception as error:
            raise NoAnswer(f"{self._named} raised {type(error).__name__}: {error}") from error
        return reply_of(given, refusal_phrases)

    def _takes(self, name: str) -> bool:
        parameters = inspect.signature(self._function).parameters.values()
        return any(p.name == name or p.kind is p.VAR_KEYWORD for p in parameters)

    def text(self, _: str) -> str | None:
        return None

    def told(self, _: Cited) -> Sequence[Told] | None:
        return None

    def close(self) -> None:
        self._runner.close()


async def _awaited(given: Awaitable[object]) -> object:
    return await given


def _asked(case: Case) -> dict[str, Any]:
    """Question, history and filters but articles, those that the case has."""
    found = {
        "question": case.question,
        "history": [list(turn) for turn in case.history],
        "publishers": list(case.publishers),
        "since": case.since,
        "until": case.until,
    }
    return {name: value for name, value in found.items() if value}


def _ids(wanted: Iterable[str], articles: Iterable[tuple[str, str]]) -> list[str]:
    """The ids of the articles that are named by title or id.

    Raises:
        WhosaidError: one is not there.
    """
    names = list(wanted)
    known = list(articles) if names else []
    found = []
    for name in names:
        ids = [i for i, title in known if i == name or folded(title) == folded(name)]
        if not ids:
            raise WhosaidError(
                f"the library has no article {name!r}, to which this case is put; wanted the id or "
                "the title of one"
            )
        found += ids
    return found
