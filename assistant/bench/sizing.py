"""What an article takes: bytes of the catalog and of the vectors, seconds of a processor."""

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from assistant.bench.data import news_articles
from assistant.bench.figures import Figure
from assistant.bench.parallel import below
from assistant.bench.servers import Chroma, Postgres, postgres_programs
from index.article import Article
from index.encoder import DIMENSIONS
from index.library import Library

NEWS = "attribution_train"
# Articles that are there before it is measured: what an empty library takes is no matter.
FIRST = 280
MILLIONS = (1, 10, 100)
LINKS = 200  # bytes of a passage's links to others in Chroma's index, beside its vector
COLUMNS = ("disk", "memory of Chroma's index (computed)", "CPU time to add")
PARTS = ("catalog", "vectors")


@dataclass(frozen=True)
class Sizes:
    """Of all articles of a library, or of one: bytes, and seconds of a processor."""

    catalog: float
    vectors: float
    seconds: float  # of whoever adds
    served: float  # of the servers meanwhile
    passages: float


def sizing(data: Path, work: Path) -> list[Figure]:
    """A library in a folder, and one on servers where there is PostgreSQL."""
    articles = news_articles(data, NEWS)
    folder = work / "folder"
    figures = _figures("folder", _folder(folder, articles), articles)
    if postgres_programs():
        (work / "postgres").mkdir()
        (work / "chroma").mkdir()
        with Postgres(work / "postgres") as postgres, Chroma(work / "chroma") as chroma:
            figures += _figures("servers", _servers(postgres, chroma, articles), articles)
    return figures


def _folder(folder: Path, articles: Sequence[Article]) -> Sizes:
    def look() -> tuple[float, float, float]:
        return bytes_in(folder / "catalog.sqlite"), bytes_in(folder / "vectors"), 0

    return measure(str(folder), "", articles, look)


def _servers(postgres: Postgres, chroma: Chroma, articles: Sequence[Article]) -> Sizes:
    def look() -> tuple[float, float, float]:
        seconds = sum(_seconds(one.process.pid) for one in (postgres, chroma) if one.process)
        return bytes_in(postgres.folder / "data" / "base"), bytes_in(chroma.folder), seconds

    return measure(postgres.create("sizing"), chroma.address, articles, look)


def measure(
    place: str,
    vectors: str,
    articles: Sequence[Article],
    look: Callable[[], tuple[float, float, float]],
) -> Sizes:
    """What one more article takes in any library.

    Args:
        look: bytes of the catalog and of the vectors, seconds that servers have worked.
    """
    before = _after(place, vectors, articles[:FIRST], look)
    after = _after(place, vectors, articles[FIRST:], look)
    count = len(articles) - FIRST
    first, second = asdict(before), asdict(after)
    return Sizes(
        **{
            # Seconds are those of each add, the rest is what the library holds after it.
            name: (second[name] - (0 if name == "seconds" else first[name])) / count
            for name in first
        }
    )


def _after(
    place: str,
    vectors: str,
    articles: Sequence[Article],
    look: Callable[[], tuple[float, float, float]],
) -> Sizes:
    with Library(place, vectors=vectors or None) as library:
        library.encoder.encode(["warm"])
        library.tagger.relations("warm")
        started = os.times()
        library.add(*articles)
        ended = os.times()
        passages = len(library.passage_ids())
    catalog, stored, served = look()
    seconds = ended.user + ended.system - started.user - started.system
    return Sizes(catalog, stored, seconds, served, passages)


def _figures(where: str, one: Sizes, articles: Sequence[Article]) -> list[Figure]:
    count = len(articles) - FIRST
    characters = sum(len(a.text) for a in articles[FIRST:]) / count
    figures = [
        Figure("sizing", f"{where}: catalog, an article", one.catalog / 1e3, "kB", count),
        Figure("sizing", f"{where}: vectors, an article", one.vectors / 1e3, "kB", count),
        Figure("sizing", f"{where}: adding, an article", one.seconds, "CPU s", count),
        Figure("sizing", f"{where}: passages of an article", one.passages, "", count),
        Figure("sizing", f"{where}: characters of an article", characters, "", count),
    ]
    if one.served:
        measure = f"{where}: databases while adding, an article"
        figures.append(Figure("sizing", measure, one.served, "CPU s", count))
    return figures


def table(figures: Sequence[Figure]) -> str:
    """The figures, and what they mean for millions of articles, as Markdown."""
    values = {f.measure: f.value for f in figures if f.section == "sizing"}
    where = [name for name in ("folder", "servers") if f"{name}: catalog, an article" in values]
    lines = ["| articles | " + " | ".join(f"{COLUMNS[0]}, {name}" for name in where)]
    lines[0] += " | " + " | ".join(COLUMNS[1:]) + " |"
    lines.append("|---:" * (len(where) + len(COLUMNS)) + "|")
    best = where[-1]
    for millions in (1e-6, *MILLIONS):
        count = millions * 1e6
        disks = [
            _size(count * 1e3 * sum(values[f"{n}: {part}, an article"] for part in PARTS))
            for n in where
        ]
        memory = count * values[f"{best}: passages of an article"] * (DIMENSIONS * 4 + LINKS)
        seconds = count * values[f"{best}: adding, an article"]
        name = f"{millions:,} million" if count > 1 else "one"
        lines.append("| " + " | ".join([name, *disks, _size(memory), _time(seconds)]) + " |")
    return "\n".join(lines) + "\n"


def _size(count: float) -> str:
    for unit in ("bytes", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} TB"


def _time(seconds: float) -> str:
    hours = seconds / 3600
    return f"{seconds:.2g} s" if hours < 1 else f"{hours:,.0f} hours"


def bytes_in(path: Path) -> int:
    """Bytes of a file, or of all in a folder; those that go meanwhile are not counted."""
    total = 0
    for file in [path] if path.is_file() else path.rglob("*"):
        with suppress(FileNotFoundError):
            total += file.stat().st_size if file.is_file() else 0
    return total


def _seconds(pid: int) -> float:
    """Seconds that a process and those that it started have worked; Linux only."""
    ticks = 0
    for one in (pid, *below(pid)):
        try:
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        ticks += sum(int(fields[n]) for n in (11, 12, 13, 14))  # with those that have ended
    return ticks / os.sysconf("SC_CLK_TCK")
