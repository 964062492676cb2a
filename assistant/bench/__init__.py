"""`whosaid bench`: the measures of the design, on data that is not in the repository.

Each section's figures are stored when it ends; a run that was interrupted goes on behind the last
finished section.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

from assistant.bench.confidence import Judgement, draw
from assistant.bench.figures import KEPT, Figure, markdown, show
from index.errors import WhosaidError

DIAGRAM = "confidence.png"  # beside the results, and in this folder for the README
MARKS = "<!-- figures -->", "<!-- /figures -->"
DEPLOYING, SIZING = "DEPLOYING.md", ("<!-- sizing -->", "<!-- /sizing -->")

Section = Callable[[Path, Path], list[Figure]]


def sections() -> dict[str, Section]:
    """What can be measured, in order. Each takes the data folder and a folder to work in."""
    from assistant.bench import (
        adding,
        archive,
        attribution,
        conversation,
        fuzzing,
        golden,
        harm,
        large,
        newsroom,
        off_topic,
        paragraphs,
        parallel,
        reading,
        serving,
        sharing,
        sizing,
        soaking,
        verifying,
    )

    return {
        "article": newsroom.real_article,
        "attribution": attribution.attribution,
        "newsroom": newsroom.newsroom,
        "off-topic": off_topic.off_topic,
        "reading": reading.reading,
        "encoder": paragraphs.precision,
        "qa": paragraphs.paragraphs,
        "refusal": paragraphs.refusal,
        "golden": golden.golden,
        "follow-ups": conversation.follow_ups,
        "verify": verifying.verifying,
        "add": adding.adding,
        "ask": adding.asking,
        "serve": serving.serving,
        "ray": parallel.parallel,
        "sizing": sizing.sizing,
        "kill": harm.killing,
        "servers": sharing.sharing,
        "damage": harm.damaging,
        "fuzz": fuzzing.fuzzing,
        "soak": soaking.soaking,
        "large": large.large,
        "archive": archive.archive,
        "package": adding.package,
    }


def run(
    data: Path,
    sections: list[str] | None,
    output: Path,
    fresh: bool = False,
    readme: Path | None = None,
) -> int:
    """Measure, print the table, and write it to `output` as results.json and results.md.

    Args:
        sections: names, all when None.
        fresh: measure again what `output` already has.
        readme: a file that gets the figures between its two `figures` marks. Those of sections that
            are not among `sections` stay.

    Returns:
        0; 1 when a target is missed.

    Raises:
        WhosaidError: a section that does not exist, or data that is not there.
    """
    from rich.console import Console

    os.environ.setdefault("TQDM_DISABLE", "1")  # the stock pipeline's model loader draws bars
    known = globals()["sections"]()
    unknown = set(sections or ()) - set(known)
    if unknown:
        raise WhosaidError(
            f"No section {', '.join(sorted(unknown))}. There are: {', '.join(known)}"
        )
    output.mkdir(parents=True, exist_ok=True)
    console = Console(stderr=True)
    for name in sections or known:
        stored = output / f"{name}.json"
        if stored.is_file() and not fresh:
            console.print(f"{name}: already measured ({stored}; --fresh measures again)")
            continue
        console.print(f"{name} ...")
        with tempfile.TemporaryDirectory(prefix="whosaid-bench-") as work:
            Path(work).chmod(0o711)  # PostgreSQL, another user for root, gets to its folder in it
            found = known[name](data, Path(work))
            for kept in Path(work, KEPT).glob("*"):
                shutil.copy(kept, output)
        stored.write_text(json.dumps([asdict(figure) for figure in found], indent=1) + "\n")
    figures = [
        Figure(**record)
        for name in known
        if (output / f"{name}.json").is_file() and (sections is None or name in sections)
        for record in json.loads((output / f"{name}.json").read_text())
    ]
    (output / "results.json").write_text(json.dumps([asdict(f) for f in figures], indent=1) + "\n")
    (output / "results.md").write_text(markdown(figures))
    judged = output / "confidence.json"
    if judged.is_file():
        draw([Judgement(**record) for record in json.loads(judged.read_text())], output / DIAGRAM)
    if readme:
        _put_into(readme, _among(_kept(readme, known), figures, known), MARKS)
        if (readme.parent / DEPLOYING).is_file() and "sizing" in {f.section for f in figures}:
            from assistant.bench.sizing import table

            _put_into(readme.parent / DEPLOYING, table(figures), SIZING)
        if judged.is_file():
            beside = readme.parent / "assistant" / "bench"
            beside.mkdir(parents=True, exist_ok=True)
            shutil.copy(output / DIAGRAM, beside)
    show(figures, Console(width=None))
    return int(any(figure.met is False for figure in figures))


def _kept(readme: Path, known: Iterable[str]) -> dict[str, list[str]]:
    """Rows that a page has, by section."""
    _, _, rest = readme.read_text(encoding="utf-8").partition(MARKS[0])
    rows = [line for line in rest.partition(MARKS[1])[0].splitlines() if line.startswith("| ")]
    return {name: [row for row in rows if row.startswith(f"| {name}: ")] for name in known}


def _among(rows: dict[str, list[str]], figures: Sequence[Figure], known: Iterable[str]) -> str:
    """The table with new figures in the place of old rows, in the order of the sections."""
    heading = markdown([]).splitlines()
    for name in {figure.section for figure in figures}:
        own = [figure for figure in figures if figure.section == name]
        rows[name] = markdown(own).splitlines()[len(heading) :]
    return "\n".join([*heading, *(row for name in known for row in rows[name])]) + "\n"


def _put_into(page: Path, table: str, marks: tuple[str, str]) -> None:
    begin, end = marks
    text = page.read_text(encoding="utf-8")
    before, _, rest = text.partition(begin)
    _, found, after = rest.partition(end)
    if not found:
        raise WhosaidError(f"{page} has no {begin} and {end} to put the figures between.")
    page.write_text(f"{before}{begin}\n{table}{end}{after}", encoding="utf-8")
