"""The words of an article's head that give its day, where nothing else does, and its place.

PORT ANSEL, Ore., June 19, 2026 (Pacific Wire Desk) -- Dockworkers ...      a dateline
17 April 2026                                                               a line of its own
"""

import re
from collections.abc import Iterator

HEAD = 5  # lines in which it may stand
LONGEST = 60  # characters of a line that is a day and nothing else
_OWN_LINE = re.compile(
    r"(?:(?:published|posted|updated|date)(?: on)?:? )?(?:[a-z]+day,? )?"
    r"(\d{4}-\d\d-\d\d|\d{1,2} [a-z]+\.?,? \d{4}|[a-z]+\.? \d{1,2},? \d{4})"
    r"(?:(?:,| at| -| \|)? \d{1,2}[:.]\d\d(?: ?[ap]\.?m\.?)?(?: [a-z]{2,4})?)?\.?$",
    re.IGNORECASE,
)
_WORD = r"(?:[A-Z][\w.’'-]*|\d{1,4})"
_DATELINE = re.compile(
    rf"([A-Z][A-Z.’' -]{{2,}}(?:, {_WORD}(?: {_WORD})*)+)(?: \([^)\n]*\))? ?(?:--?|[—–]) "
)
# Also those without a day: "HALDER, Elmaria (Northline) — ".
_PLACE = re.compile(
    r"^[A-Z][A-Z.’' -]{2,}(?:,[^—–\n]{1,40}?)?(?: \([^)\n]*\))? ?(?:--?|[—–]) ", re.M
)


def without_dateline(text: str) -> str:
    """A text less its datelines: where it was written is no part of what it tells."""
    return _PLACE.sub("", text)


def datelines(text: str) -> Iterator[str]:
    """What may name the day, in the first lines of a normalised text."""
    for line in [line for line in text.split("\n", 2 * HEAD) if line][:HEAD]:
        found = _DATELINE.match(line) or (len(line) <= LONGEST and _OWN_LINE.match(line))
        if found:
            yield found[1]
