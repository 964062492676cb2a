"""A measured figure, and figures as a table."""

from collections.abc import Iterable
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

KEPT = "kept"  # what a section leaves in this folder of its own stays with the results


@dataclass(frozen=True)
class Figure:
    """One line of the results.

    Attributes:
        unit: "%" for shares (value 0 to 100), "ms", "x" (a ratio), "GB", "" for a count.
        rows: how many questions, articles or runs it is taken over.
        least, most: the target, when there is one.
    """

    section: str
    measure: str
    value: float
    unit: str
    rows: int
    least: float | None = None
    most: float | None = None
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the target is reached; None without a target."""
        if self.least is not None:
            return self.value >= self.least
        return self.value <= self.most if self.most is not None else None

    @property
    def target(self) -> str:
        if self.least is not None:
            return f"≥ {_plain(self.least)}"
        return f"≤ {_plain(self.most)}" if self.most is not None else ""


def show(figures: Iterable[Figure], console: Console) -> None:
    """Print figures as one table."""
    table = Table()
    for heading in ("section", "measure"):
        table.add_column(heading)
    for heading in ("value", "target", "rows"):
        table.add_column(heading, justify="right")
    table.add_column("note")
    for f in figures:
        style = "" if f.met is None else "green" if f.met else "red"
        value = f"[{style}]{shown(f)}[/]" if style else shown(f)
        table.add_row(f.section, f.measure, value, f.target, str(f.rows), f.note)
    console.print(table)


def markdown(figures: Iterable[Figure]) -> str:
    """Figures as a Markdown table, for the README."""
    lines = ["| measure | value | target | rows |", "|---|---:|---:|---:|"]
    lines += [f"| {f.section}: {f.measure} | {shown(f)} | {f.target} | {f.rows} |" for f in figures]
    return "\n".join(lines) + "\n"


def shown(figure: Figure) -> str:
    """The value with its unit."""
    return f"{_plain(figure.value)} {figure.unit}".strip()


def _plain(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}".rstrip("0").rstrip(".")
