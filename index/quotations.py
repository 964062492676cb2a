"""Quotations of a paragraph, and which sentences lie wholly inside one."""

import re
from bisect import bisect_right

Span = tuple[int, int]

CLOSED_BY = {
    '"': '"”',
    "''": "''",
    "``": "''",
    "“": "”",
    "”": "”",
    "„": "“”",
    "«": "»",
    "»": "«»",
    "‹": "›",
    "「": "」",
    "『": "』",
}
_MARK = re.compile(r"""["“”„«»‹›「」『』]|''|``|(?<!\w)['‘](?=[\w\[…"“])|['’](?!\w)""")
_APOSTROPHE_WORD = re.compile(r"['‘’](?:\d0s|em|n|til|tis|twas|cause|bout|round)\b", re.IGNORECASE)
_LETTER = re.compile(r"[^\W\d_]")


def quotations(text: str, start: int, stop: int, following: str) -> list[Span]:
    """What of a line stands in quotation marks, the marks included; nested ones are not listed.

    A quotation that nobody closes runs to the end of the line. It never runs on into the next
    paragraph, which by the conventions of news opens the quotation anew.
    """
    spans: list[Span] = []
    opened, closers = -1, ""  # of the outermost double quotation
    single, tentative = -1, -1  # where a single one may have opened, and closed
    for found in _MARK.finditer(text, start, stop):
        mark, at, end = found.group(), found.start(), found.end()
        before = text[at - 1] if at > start else " "
        after = text[end] if end < stop else " "
        opens = (before.isspace() or before in "([{—–-:/“‘'") and not after.isspace()
        if mark in "'‘’":
            if opened >= 0:
                continue
            if mark != "’" and opens and not _APOSTROPHE_WORD.match(text, at, stop):
                if tentative >= 0:
                    spans.append((single, tentative))
                single, tentative = at, -1
            elif single >= 0 and not before.isspace() and not opens:
                tentative = end
                # The s' of "the states' rights" may be a plural: wait for a better one.
                if before not in "sS":
                    spans.append((single, end))
                    single, tentative = -1, -1
        elif opened >= 0:
            closes = mark in closers or (mark == "“" and after.isspace())
            if closes and not (opens and mark in ('"', "''")):
                spans.append((opened, end))
                opened = -1
            elif mark in CLOSED_BY and CLOSED_BY[mark] == closers and mark != "”":
                spans.append((opened, at))  # opened again, so somebody forgot to close it
                opened = at
        elif mark in CLOSED_BY and (
            opens or mark in "“„«‹「『``" or (mark in ('"', "''") and after.isalnum())
        ):
            if mark == '"' and before.isdigit() and not after.isalpha():
                continue  # inches
            opened, closers = at, CLOSED_BY[mark]
    if opened >= 0:
        spans.append((opened, stop))
    elif single >= 0 and tentative >= 0:
        spans.append((single, tentative))
    elif single == start and following and following in "'‘":
        spans.append((single, stop))
    spans.sort()
    merged = spans[:1]
    for span in spans[1:]:
        if span[0] < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(span[1], merged[-1][1]))
        else:
            merged.append(span)
    return merged


def is_quoted(text: str, start: int, stop: int, spans: list[Span]) -> bool:
    """Whether there are letters in `text[start:stop]`, all of them inside `spans`."""
    at = start
    first = bisect_right(spans, start, key=lambda span: span[1])
    for index in range(first, len(spans)):
        opened, closed = spans[index]
        if opened >= stop:
            break
        if _LETTER.search(text, at, max(at, opened)):
            return False
        at = closed
    return at > start and not _LETTER.search(text, at, max(at, stop))
