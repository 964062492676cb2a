"""Articles read and analysed by the workers of a Ray cluster. The only home of Ray.

The workers do what takes time: they read, split, tag and embed. Whoever adds stays the only writer,
in the order of the sources, so the library becomes what it becomes without them. A worker that is
killed is started again by Ray, and what it was at is done again.

They are Ray's actors, not Ray Data: only the writer knows what is in the library already, and that
is to be skipped after it is read and before it is analysed, between two stages; and an actor starts
once, where each run of a dataset starts its own. GPUs are left alone: the encoder's int8 weights
run on processors, and a library takes no vectors of other weights.
"""

import logging
import os
import socket
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from index.analysis import Analysed, analyse, embed
from index.article import Article
from index.attribution import Tagger, shared_tagger
from index.documents import Limits, split_suffix
from index.encoder import Embedder, shared_encoder
from index.errors import LoadError, WhosaidError
from index.load import RECORDS, entries, load
from index.passages import PassageSettings

if TYPE_CHECKING:
    from ray import ObjectRef

logger = logging.getLogger(__name__)

T = TypeVar("T")
Loaded = Article | LoadError

CHARACTERS, ITEMS = 16_000, 64  # analysed in one call, a quarter of a second: the larger ends it
FILES = 8  # read in one call
AHEAD = 4  # calls begun for each worker, so that none is idle while the library is written
RETRIES = 3  # of a call; an article that kills its worker each time is left to the writer
ANSWERS = 5  # seconds
OBJECTS = 256 << 20  # bytes of a local cluster's memory for what is under way


class Worker:
    """What runs on a worker; its networks are loaded once."""

    def __init__(
        self, encoder: Embedder | None, settings: PassageSettings, tagger: Tagger | None
    ) -> None:
        """Args: encoder, tagger: the shipped ones when None."""
        # A processor each: more threads would only take those of the other workers.
        os.environ["WHOSAID_THREADS"] = "1"
        os.environ["TOKENIZERS_PARALLELISM"] = "false"
        self._encoder = encoder or shared_encoder()
        self._settings = settings
        self._tagger = tagger or shared_tagger()

    def read(self, sources: Sequence[str | Path], limits: Limits) -> list[Loaded]:
        return list(chain.from_iterable(load(source, limits=limits) for source in sources))

    def analyse(self, articles: Sequence[Article]) -> list[Analysed]:
        return [
            embed(analyse(article, self._encoder, self._settings, self._tagger), self._encoder)
            for article in articles
        ]


class Workers:
    """One worker for each free processor of a cluster."""

    def __init__(
        self, address: str, encoder: Embedder, settings: PassageSettings, tagger: Tagger
    ) -> None:
        """Connect, and start the workers.

        Args:
            address: "ray://HOST:PORT", "HOST:PORT", or "auto": the cluster of RAY_ADDRESS or of
                `ray start`; where there is none, one is started on this machine for the time being.
                A program that has called `ray.init` itself uses that cluster.

        Raises:
            WhosaidError: Ray is not installed, or there is no cluster at the address.
        """
        self._ray, self._ours = connect(address)
        free = int(self._ray.available_resources().get("CPU", 0))
        make = self._ray.remote(concurrency_groups={"read": 1})(Worker).options(
            num_cpus=1, max_restarts=-1, max_task_retries=RETRIES
        )
        given = (
            encoder if encoder is not shared_encoder() else None,
            settings,
            tagger if tagger is not shared_tagger() else None,
        )
        self._workers: list[Any] = [make.remote(*given) for _ in range(max(1, free))]
        self._readers = cycle(self._workers)
        self._begun: list[list[ObjectRef[list[Analysed]]]] = [[] for _ in self._workers]

    def __len__(self) -> int:
        return len(self._workers)

    def __enter__(self) -> "Workers":
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            self._ray.kill(worker)
        if self._ours:
            self._ray.shutdown()

    def load(
        self,
        sources: Iterable[str | Path | Loaded],
        limits: Limits,
        known: Callable[[str], bool],
    ) -> Iterator[Loaded | Analysed]:
        """What `index.load.load` gives, in its order; analysed unless it is known by its id."""
        reading = self._reading(sources, limits)
        loaded = chain.from_iterable(_ahead(reading, AHEAD * len(self)))
        analysing = self._analysing(loaded, known)
        return chain.from_iterable(_ahead(analysing, AHEAD * len(self)))

    def _reading(
        self, sources: Iterable[str | Path | Loaded], limits: Limits
    ) -> Iterator[Iterable[Loaded]]:
        """Begin to read; records are read here, a line takes no time and a file can be endless."""
        files: list[Path] = []
        for source in sources:
            for entry in entries(source) if isinstance(source, str | Path) else [source]:
                if isinstance(entry, Path) and split_suffix(entry.name)[0] not in RECORDS:
                    files.append(entry)
                    if len(files) < FILES:
                        continue
                if files:
                    yield self._read(files, limits)
                    files = []
                if isinstance(entry, str):
                    yield self._read([entry], limits)
                elif isinstance(entry, Path):
                    if split_suffix(entry.name)[0] in RECORDS:
                        yield load(entry, limits=limits)
                else:
                    yield [entry]
        if files:
            yield self._read(files, limits)

    def _read(self, found: Sequence[str | Path], limits: Limits) -> Iterator[Loaded]:
        call = next(self._readers).read.options(concurrency_group="read")
        reply = call.remote(found, limits)

        def items() -> Iterator[Loaded]:
            if (read := self._reply(reply)) is not None:
                yield from read
                return
            for one in found:
                yield from load(one, limits=limits)

        return items()

    def _analysing(
        self, loaded: Iterable[Loaded], known: Callable[[str], bool]
    ) -> Iterator[Iterable[Loaded | Analysed]]:
        """Begin to analyse, some articles a call."""
        for items in _in_groups(loaded):
            articles = {item.id: item for item in items if isinstance(item, Article)}
            new = [article for article in articles.values() if not known(article.id)]
            yield self._analyse(items, new) if new else items

    def _analyse(
        self, items: Sequence[Loaded], new: Sequence[Article]
    ) -> Iterator[Loaded | Analysed]:
        begun = min(self._begun, key=self._unfinished)
        worker = self._workers[self._begun.index(begun)]
        reply = worker.analyse.remote(new)
        begun.append(reply)

        def made() -> Iterator[Loaded | Analysed]:
            """With the source of each item: two may give the same article."""
            found = {one.article.id: one for one in self._reply(reply) or ()}
            for item in items:
                one = found.get(item.id) if isinstance(item, Article) else None
                yield replace(one, article=item) if one else item

        return made()

    def _unfinished(self, begun: "list[ObjectRef[Any]]") -> int:
        if begun:
            _, begun[:] = self._ray.wait(begun, num_returns=len(begun), timeout=0)
        return len(begun)

    def _reply(self, reply: "ObjectRef[list[T]]") -> list[T] | None:
        """None when Ray gave up: it is done here then, as without Ray.

        Raises what the worker raised.
        """
        from ray.exceptions import RayError, RayTaskError

        try:
            found: list[T] = self._ray.get(reply)
        except RayTaskError as error:
            raise error.cause from None
        except RayError as error:
            logger.warning("a worker of Ray was lost: %s", error)
            return None
        return found


def _ahead(begun: Iterator[T], count: int) -> Iterator[T]:
    """The same, each taken when `count` more are begun."""
    waiting: deque[T] = deque()
    for one in begun:
        waiting.append(one)
        if len(waiting) > count:
            yield waiting.popleft()
    while waiting:
        yield waiting.popleft()


def _in_groups(items: Iterable[Loaded]) -> Iterator[list[Loaded]]:
    group: list[Loaded] = []
    size = 0
    for item in items:
        group.append(item)
        size += len(item.text) if isinstance(item, Article) else 0
        if size >= CHARACTERS or len(group) == ITEMS:
            yield group
            group, size = [], 0
    if group:
        yield group


def connect(address: str) -> tuple[Any, bool]:
    """Ray, and whether the connection is ours to end; see `Workers`."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"  # it would tell its makers
    place = _running() if address == "auto" else address
    if not place:
        # Despite its name: a local cluster listens to this machine only. Read at the import.
        os.environ.setdefault("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")
    try:
        import ray
    except ImportError:
        raise WhosaidError(
            "Adding with --ray needs Ray, which is not installed: pip install 'whosaid[ray]'"
        ) from None
    if ray.is_initialized():
        return ray, False
    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": "ERROR"}
    try:
        if place:
            _reach(place)  # Ray itself would try for minutes
            ray.init(place, **quiet)
        else:
            ray.init("local", include_dashboard=False, object_store_memory=OBJECTS, **quiet)
    except Exception as error:  # Ray raises bare ones, for a node that does not start
        raise WhosaidError(
            f"There is no Ray cluster at {place or 'this machine'}: {error}. Wanted "
            "ray://HOST:PORT, HOST:PORT, or auto for one on this machine; one that asks for a "
            "token wants RAY_AUTH_MODE=token, too."
        ) from error
    return ray, True


def _running() -> str:
    """The cluster that RAY_ADDRESS names, or that `ray start` has started here; "" for none."""
    if named := os.environ.get("RAY_ADDRESS"):
        return named
    # Not Ray's own "auto": it takes the private cluster of any other program, which may end.
    noted = Path(os.environ.get("RAY_TMPDIR", "/tmp"), "ray", "ray_current_cluster")  # noqa: S108
    try:
        found = noted.read_text().strip()
        _reach(found)
    except (OSError, ValueError):
        return ""  # it has ended
    return found


def _reach(address: str) -> None:
    """Raises OSError where nobody answers, ValueError where it is no address."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not (host and port.isdecimal()):
        raise ValueError("that is no address")
    socket.create_connection((host, int(port)), timeout=ANSWERS).close()
