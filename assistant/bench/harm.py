"""What a library survives: SIGKILL while it is changed, and damage to each of its files."""

import multiprocessing
import random
import shutil
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from assistant.bench.data import news_articles, read_rows
from assistant.bench.figures import Figure
from assistant.pipeline import Assistant
from index import vectors
from index.article import Article
from index.errors import LibraryError
from index.folder import CATALOG
from index.library import Library
from index.repair import repair
from index.seal import Seal, State

KILLS = 50  # of each operation
HARMS = 100  # of each kind, to each file
ARTICLES, QUESTIONS = 6, 2
LENGTH = 600  # characters that are kept of an article: a library is made again hundreds of times
LANES = 2  # processes at a time
SEED = 13  # so that a failure can be looked into
SMALL = {"batch_size": 2, "sync_threshold": 3}  # Chroma's files are all written, as in a large one

Answers = list[tuple[object, ...]]
Change = Callable[[Path, Sequence[Article]], None]


def killing(data: Path, work: Path) -> list[Figure]:
    """SIGKILL at random moments of four operations; then open, do it again, compare."""
    vectors.HNSW.update(SMALL)
    articles, questions = _material(data)
    figures, all_whole, all_equal = [], 0, 0
    for name, change in CHANGES.items():
        base = work / f"{name}-before"
        _prepare(name, base, articles)
        undisturbed = work / f"{name}-undisturbed"
        shutil.copytree(base, undisturbed)
        seconds = _run(change, undisturbed, articles)
        wanted = contents(undisturbed), answers(undisturbed, questions)
        moments = random.Random(SEED)  # noqa: S311
        tasks = [(number, moments.uniform(0, seconds)) for number in range(KILLS)]

        def one(
            task: tuple[int, float],
            name: str = name,
            seconds: float = seconds,
            change: Change = change,
            base: Path = base,
            wanted: object = wanted,
        ) -> tuple[bool, bool]:
            folder = work / f"{name}-{task[0]}"
            after = task[1]
            others = random.Random(f"{SEED}, {task[0]}")  # noqa: S311
            while True:
                shutil.copytree(base, folder)
                killed = _run(change, folder, articles, after) < 0
                begun = name != "repair" or any(folder.glob("catalog.[dr]*")) or _sound(folder)
                if killed and begun:
                    break
                shutil.rmtree(folder)  # it had ended, or not begun to repair: another moment
                after = others.uniform(0, seconds)
            with Library(folder) as library:
                whole = library.check() == ()
            change(folder, articles)
            equal = (contents(folder), answers(folder, questions)) == wanted
            shutil.rmtree(folder)
            return whole, equal

        with ThreadPoolExecutor(LANES) as lanes:
            found = list(lanes.map(one, tasks))
        whole, equal = (sum(part) for part in zip(*found, strict=True))
        all_whole, all_equal = all_whole + whole, all_equal + equal
        figures.append(
            Figure("kill", f"{name}: whole after the next open", whole, "", KILLS, KILLS)
        )
        measure = f"{name}: as undisturbed when done again"
        figures.append(Figure("kill", measure, equal, "", KILLS, KILLS))
    count = KILLS * len(CHANGES)
    figures.append(
        Figure("kill", "libraries whole after the next open", all_whole, "", count, count)
    )
    measure = "contents and answers equal to an undisturbed library"
    note = "vectors compared to 1e-6"
    return [*figures, Figure("kill", measure, all_equal, "", count, count, note=note)]


def damaging(data: Path, work: Path) -> list[Figure]:
    """Bit flips and truncation of each file: noticed or without effect? And does repair help?"""
    vectors.HNSW.update(SMALL)
    articles, questions = _material(data)
    sound = work / "sound"
    with Library(sound) as library:
        library.add(*articles)
    wanted = answers(sound, questions)
    draw = random.Random(SEED)  # noqa: S311
    tasks = [
        (number, file, *harm)
        for number, (file, harm) in enumerate(
            (file, harm)
            for file in sorted(p for p in sound.rglob("*") if p.is_file() and p.stat().st_size)
            for harm in _harms(file.stat().st_size, draw)
        )
    ]

    def one(task: tuple[int, Path, str, int]) -> tuple[str, str, str]:
        number, file, kind, place = task
        folder = work / f"harmed-{number}"
        shutil.copytree(sound, folder)
        _harm(folder / file.relative_to(sound), kind, place)
        outcome, after = _outcome(folder, questions, wanted)
        shutil.rmtree(folder)
        place_of = file.name if file.parent == sound else f"vectors/{file.name}"
        return f"{kind}, {place_of}", outcome, after

    with ThreadPoolExecutor(LANES) as lanes:
        found = list(lanes.map(one, tasks))
    figures = []
    for name in dict.fromkeys(name for name, _, _ in found):
        counts = Counter(outcome for one, outcome, _ in found if one == name)
        noticed = counts["detected"] + counts["harmless"]
        note = ", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items()))
        total = counts.total()
        share = 100 * noticed / total
        figures.append(
            Figure("damage", f"{name}: detected or harmless", share, "%", total, note=note)
        )
    noticed = sum(outcome != "undetected" for _, outcome, _ in found)
    share = 100 * noticed / len(found)
    figures.append(Figure("damage", "detected or harmless", share, "%", len(found), 100))
    after = Counter(result for _, _, result in found)
    readable = after["restored"] + after["other"]
    share = 100 * after["restored"] / max(readable, 1)
    note = f"articles lost in {after['lost']} others, whose text was hit; each was named"
    measure = "answers restored where all articles can be read"
    figures.append(Figure("damage", measure, share, "%", readable, 100, note=note))
    return figures


def contents(place: Path | str, vectors: str | None = None) -> object:
    """All that a library holds, in an order of its own: articles, passages, vectors, problems."""
    with Library(place, vectors=vectors) as library:
        problems = library.check()
        articles = sorted(library.articles(), key=lambda a: a.id)
        ids = sorted(library.passage_ids())
        texts = [library.passage_text(p) for p in library.passages(ids).values()]
        found = library.vectors(ids)
        rounded = [[round(x, 6) for x in found[passage_id]] for passage_id in ids]
        sentences = [library.sentences(article.id) for article in articles]
        sources = [library.sources(article.id) for article in articles]
        said = sorted(library.attributions(), key=lambda a: (a.article_id, a.number))
    return problems, articles, sentences, ids, texts, rounded, sources, said


def answers(place: Path | str, questions: Sequence[str], vectors: str | None = None) -> Answers:
    """What a library answers, and the sentences that it cites."""
    with Assistant.open(place, vectors=vectors) as assistant:
        return _answers(assistant, questions)


def _answers(assistant: Assistant, questions: Sequence[str]) -> Answers:
    found = [assistant.ask(question) for question in questions]
    return [
        (a.text, a.short, a.refused, *((c.article_id, c.start, c.end) for c in a.citations))
        for a in found
    ]


def _material(data: Path) -> tuple[list[Article], list[str]]:
    """The beginnings of some articles, and questions that some of them answer."""
    news = {a.source: a for a in news_articles(data, "attribution_dev")}
    articles, questions = {}, []
    for row in read_rows(data, "newsroom_dev"):
        article = news.get(row["article"])
        if article is None or row["history"] or not row["answerable"]:
            continue
        cut = article.text[:LENGTH].rpartition("\n")[0]
        text = cut if cut and len(article.text) > LENGTH else article.text
        if article.source not in articles and all(words in text for words in row["evidence"]):
            articles[article.source] = replace(article, text=text)
            questions.append(row["question"])
    return list(articles.values())[:ARTICLES], questions[:QUESTIONS]


# What is done to a library, and killed


def _add(folder: Path, articles: Sequence[Article]) -> None:
    with Library(folder) as library:
        for article in articles:  # each a transaction of its own
            library.add(article)


def _update(folder: Path, articles: Sequence[Article]) -> None:
    _add(folder, [replace(a, text=a.text + "\n\nThis article was corrected.") for a in articles])


def _remove(folder: Path, articles: Sequence[Article]) -> None:
    with Library(folder) as library:
        there = {article.id for article in library.articles()}
        for article in articles[::2]:
            if article.id in there:
                library.remove(article.id)


def _repair(folder: Path, articles: Sequence[Article]) -> None:
    repair(folder)


CHANGES: dict[str, Change] = {
    "add": _add,
    "update": _update,
    "remove": _remove,
    "repair": _repair,
}


def _prepare(name: str, folder: Path, articles: Sequence[Article]) -> None:
    """The library before the change."""
    with Library(folder) as library:
        library.add(*(articles[:1] if name == "add" else articles))
    if name == "repair":
        db = sqlite3.connect(folder / CATALOG)
        with db:  # behind the library's back
            db.execute("UPDATE sentences SET stop = stop - 1 WHERE number = 1")
        db.close()


def _run(change: Change, folder: Path, articles: Sequence[Article], kill: float = -1) -> float:
    """Change a library in a process of its own.

    Args:
        kill: seconds after which it gets a SIGKILL, negative for none.

    Returns:
        How many seconds it took, -1 when it was killed.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__, "onnxruntime", "llama_index.vector_stores.chroma"])
    here, there = context.Pipe()
    process = context.Process(target=_work, args=(there, change, folder, articles))
    process.start()
    here.recv()
    started = time.perf_counter()
    process.join(None if kill < 0 else kill)
    seconds = time.perf_counter() - started
    ended = process.exitcode is not None
    process.kill()
    process.join()
    if ended and process.exitcode:
        raise RuntimeError(f"{change.__name__} failed by itself")
    return seconds if ended else -1


def _work(ready: Connection, change: Change, folder: Path, articles: Sequence[Article]) -> None:
    """What the process does, its networks loaded before the clock starts."""
    from index.attribution import shared_tagger
    from index.encoder import shared_encoder

    vectors.HNSW.update(SMALL)
    shared_encoder().encode(["warm"])
    shared_tagger().relations("warm")
    ready.send(None)
    change(folder, articles)


def _sound(folder: Path) -> bool:
    return Seal(folder, CATALOG).state() is not State.CHANGED


# What is done to files


def _harms(size: int, draw: random.Random) -> Iterator[tuple[str, int]]:
    yield from (("bit flip", draw.randrange(size * 8)) for _ in range(HARMS))
    yield from (("truncation", draw.randrange(size)) for _ in range(HARMS))


def _harm(file: Path, kind: str, place: int) -> None:
    content = bytearray(file.read_bytes())
    if kind == "truncation":
        content = content[:place]
    else:
        content[place // 8] ^= 1 << place % 8
    file.write_bytes(content)


def _outcome(folder: Path, questions: Sequence[str], wanted: Answers) -> tuple[str, str]:
    """(detected, harmless or undetected), and how the library is after a repair."""
    try:
        with Assistant.open(folder) as assistant:
            mended = assistant.library.mended
            same = _answers(assistant, questions) == wanted
    except LibraryError:
        outcome = "detected"
        try:
            lost: Any = repair(folder).lost
            same = answers(folder, questions) == wanted
        except LibraryError:
            lost, same = True, False
        return outcome, "restored" if same else "lost" if lost else "other"
    if mended:
        return "detected", "restored" if same else "other"
    return "harmless" if same else "undetected", ""


__all__ = ["answers", "contents", "damaging", "killing"]
