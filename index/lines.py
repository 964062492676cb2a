"""Lines of a text as its author meant them: single newlines of hard-wrapped text are none."""

import re
from dataclasses import dataclass
from itertools import pairwise

_NEWLINE = re.compile(r"\n\s*")
_STOPS_AT_END = frozenset('.!?…:;"”’»)]')


@dataclass(frozen=True, slots=True)
class Line:
    """`text[start:stop]`, stripped; `blank`: a blank line (or the end of the text) follows."""

    start: int
    stop: int
    blank: bool


def split_lines(text: str) -> list[Line]:
    """The stretches that a newline ends: lines, or whole paragraphs where text is hard-wrapped."""
    lines = []
    start = len(text) - len(text.lstrip())
    while start < len(text):
        newline = _NEWLINE.search(text, start)
        end = newline.start() if newline else len(text)
        stop = start + len(text[start:end].rstrip())
        blank = newline is None or newline.end() == len(text) or newline.group().count("\n") > 1
        lines.append(Line(start, stop, blank))
        start = newline.end() if newline else len(text)
    width = _wrap_width(text, lines)
    return _unwrapped(text, lines, width) if width else lines


def _runs_on(text: str, line: Line, following: Line) -> bool:
    return text[line.stop - 1] not in _STOPS_AT_END and is_lower(text[following.start])


def _wrap_width(text: str, lines: list[Line]) -> int:
    """The column at which the text was hard-wrapped; 0: it was not.

    Evidence is that at least half of the single newlines stand in the middle of a sentence, after
    lines about as long as a terminal or a printed mail is wide.
    """
    single = [pair for pair in pairwise(lines) if not pair[0].blank]
    lengths = sorted(a.stop - a.start for a, b in single if _runs_on(text, a, b))
    if not lengths or 2 * len(lengths) < len(single):
        return 0
    return lengths[len(lengths) * 9 // 10] if 40 <= lengths[len(lengths) // 2] <= 100 else 0


def _unwrapped(text: str, lines: list[Line], width: int) -> list[Line]:
    """Joins the lines that were broken only because the next word did not fit."""
    ragged = 10  # columns: few lines reach the very last one
    joined: list[Line] = []
    previous = None
    for line in lines:
        if previous is None or previous.blank:
            starts_anew = True
        else:
            word = text[line.start : line.start + width].split(None, 1)[0]
            would_fit = previous.stop - previous.start + 1 + len(word) <= width - ragged
            starts_anew = would_fit and not _runs_on(text, previous, line)
        if starts_anew:
            joined.append(line)
        else:
            joined[-1] = Line(joined[-1].start, line.stop, line.blank)
        previous = line
    return joined


def blocks(text: str, lines: list[Line]) -> list[list[str]]:
    """Lines between blank lines; each line by itself in a text that has no blank lines."""
    no_blanks = not any(line.blank for line in lines[:-1])
    found: list[list[str]] = []
    new = True
    for line in lines:
        if new:
            found.append([])
        found[-1].append(text[line.start : line.stop])
        new = line.blank or no_blanks
    return found


def is_lower(char: str) -> bool:
    # Georgian letters count as lower case in Unicode but start sentences.
    return char.islower() and (char < "\u0590" or "\u1e00" <= char < "\u2000")
