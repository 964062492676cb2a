"""Sentence boundaries: where each sentence of an article starts and ends, and what it is.

Rules for news prose, not a model: they are exact about offsets, need no data and read some
megabytes a second. A wrong split leaves a fragment that nobody can cite, a missed one only a longer
citation: in doubt there is no boundary.
"""

import re
from collections.abc import Iterator

from index.article import Kind, Sentence
from index.furniture import kinds
from index.lines import blocks, is_lower, split_lines
from index.quotations import Span, is_quoted, quotations

LONGEST_SENTENCE = 1200  # code points


def _words(table: str) -> frozenset[str]:
    return frozenset(table.split())


# --- Words before a full stop -------------------------------------------------------------------
# Something always follows these: the stop never ends a sentence.
BEFORE_MORE = _words(
    """
    Mr Mrs Ms Mx Messrs Mme Mlle Dr Drs Prof Gen Sen Sens Rep Reps Gov Govs Lt Col Capt Cpt Cmdr Sgt
    Maj Cpl Pvt Adm Rev Hon Pres Sec Supt Det Insp Amb Atty Fr Msgr Brig Mt Ft Spc Cllr Dep Asst
    Assoc vs Vs v cf viz i.e e.g I.e E.g approx ca
    """
)
# Part of a name or a date when a number follows.
BEFORE_NUMBER = _words(
    """
    No Nos no nos Art Fig Figs fig figs Vol vol Ch Op p pp par pt Pt
    Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec
    """
)
# May end a sentence, as may every initial and every acronym with stops: believed only when a word
# of STARTERS follows.
MAY_END = _words(
    """
    Inc Corp Co Cos Ltd Bros Jr Sr Esq etc St Ave Blvd Rd Hwy Dept Univ Assn est ft lb lbs oz al
    """
)
# The same, but after a comma and before a capital they end it: "in Tamarac, Fla. Trump said".
STATES = _words(
    """
    Ala Ariz Ark Calif Colo Conn Del Fla Ga Ill Ind Kan Ky La Md Mass Mich Minn Miss Mo Mont Neb Nev
    Okla Ore Pa Tenn Tex Vt Va Wash Wis Wisc Wyo Ont Que
    """
)
HOURS = frozenset(["a.m", "p.m", "A.M", "P.M"])
AFTER_HOURS = _words(
    """
    Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April May June
    July August September October November December Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec
    ET EST EDT CT CST CDT MT MST MDT PT PST PDT GMT UTC BST CET CEST IST Eastern Central Mountain
    Pacific Greenwich Paris London Moscow Beijing
    """
)
EXCLAIMED_NAMES = frozenset(["Yahoo", "Jeb", "Jeopardy", "Oklahoma", "Mamma", "Guess"])
DOMAIN_ENDINGS = frozenset(["Com", "Org", "Net", "Gov", "Edu", "Js", "Ai", "Io", "Tv", "Co"])
# "20. September": month names of English and of the languages that number days like this.
_MONTH = re.compile(
    r"(?:Jan|Feb|M[aä]r|Apr|Ma[iyj]|Jun|Jul|Aug|Sep|O[kc]t|Nov|De[cz])[^\W\d_]{0,7}\b"
)

# --- Words after a stop -------------------------------------------------------------------------
STARTERS = _words(
    """
    The A An He She It They We I You This That These Those There In On At By For From With As But
    And Or So If When While After Before Since Because Although Though However Meanwhile Still Yet
    Now Then Today His Her Its Their Our My Your What Who Why How Where Which Whether Some Many Most
    All Both Each Every Another Other Others No Not Nor Once Also Even Instead According Here Asked
    During Under Over Despite Until Unless Only Just Such More Among About Against Between Through
    Throughout Later Earlier Perhaps Maybe Yes Let Nobody Nothing Everyone Several Few Two Three
    Four Five Last Next Moreover Nevertheless Indeed Without Within Like Unlike Never Once Amid
    """
)
# '"Why?" Jane Doe, the minister, asked.' is one sentence: names, then such a word.
_ATTRIBUTION = re.compile(
    r"(?:[A-Z][\w.'’-]{0,30},?\s){1,5}(?:[^.!?\"“”]{1,80}, )?"
    r"(?:said|says|asked|asks|wrote|writes|told|tells|added|adds|tweeted|replied|replies|answered"
    r"|shouted|shouts|cried|demanded|exclaimed|wondered|continued|declared|responded|joked|quipped"
    r"|yelled|screamed|thundered|insisted|pressed|recalled|posted|thought|repeated|questioned"
    r"|remarked|mused|begged|pleaded|went on)\b"
)

# --- Stops --------------------------------------------------------------------------------------
_STOP = re.compile(
    r"""(?P<stops>[.!?…‽](?:[.!?…‽]|[ \xa0]{1,2}\.(?!\w))*|(?P<unspaced>[。！？｡؟۔।॥።។։]+))"""
    r"""(?P<closers>(?:["'”’)\]}»›」』）》]|[“‘«](?=\s|$)|[ \xa0\u202f]»(?=[\s,.)]|$)"""
    r"""|\[\d{1,3}\])*)"""
)
_OPENING = re.compile(r"""\s*(?P<dash>[-–—]*\s*)(?P<marks>[•·*]*\s*["'“‘«‹„»`(\[{¿¡「『]*)""")
_FIRST_WORD = re.compile(r"[^\W\d_]{1,20}(?!\w)")
_LAST_PART = re.compile(r"[-–—/<>(\[{\"“”„«‘']")
_ACRONYM = re.compile(r"(?:[^\W\d_]{1,3}\.&?)+[^\W\d_]{1,3}|[^\W\d_]")
_ROMAN = re.compile(r"[IVXLC]{1,6}")
_GLUED = re.compile(r"[\"“]?([A-Z][a-z]*)[ '’,]")
_SOURCE_TAG = re.compile(
    r"\s*(?:\[\d|[\[(][A-Z])(?:[^\[\]().!?]{1,40}|[^\[\]().!?\s]{1,20}\.)[\])]\.?$"
)
_CLAUSE = re.compile(r"[,;:–—)\]\"”»]\s")
_QUOTES = frozenset("\"'”’»›“‘«」』")


def split_sentences(text: str, title: str = "") -> tuple[Sentence, ...]:
    """The sentences of `text`, in order; together they tile it.

    The first starts at 0, each ends where the next starts, the last ends at `len(text)`. White
    space goes with the sentence before it; white space that opens the text is a stretch of
    furniture of its own. No sentence proper is longer than `LONGEST_SENTENCE`.

    Args:
        text: an article's text. A newline ends a sentence, unless the text is hard-wrapped.
        title: the article's title: where the text repeats it, it is a heading.

    Returns:
        () for an empty text; one stretch of furniture for nothing but white space.
    """
    lines = split_lines(text)
    first = lines[0].start if lines else len(text)
    found = [(0, 1, Kind.FURNITURE, False)] if first else []
    for line, kind in zip(lines, kinds(blocks(text, lines), title), strict=True):
        following = text[line.stop : line.stop + 80].lstrip()[:1]
        quoted_spans = quotations(text, line.start, line.stop, following)
        for start, stop in _sentences(text, line.start, line.stop):
            found.append((start, stop, kind, is_quoted(text, start, stop, quoted_spans)))
    ends = [*(start for start, *_ in found), len(text)][1:]
    return tuple(
        Sentence(start, stop, end, kind, quoted)
        for (start, stop, kind, quoted), end in zip(found, ends, strict=True)
    )


# --- Boundaries ---------------------------------------------------------------------------------


def _sentences(text: str, start: int, stop: int) -> Iterator[Span]:
    """The sentences of one line, white space after each left out."""
    for found in _STOP.finditer(text, start, stop):
        end = found.end()
        if end < stop and _ends_sentence(text, start, stop, found):
            yield from _shortened(text, start, end)
            start = end
            while text[start].isspace():
                start += 1
    yield from _shortened(text, start, stop)


def _shortened(text: str, start: int, stop: int) -> Iterator[Span]:
    """Cuts what is too long after the last clause, else the last word, that fits."""
    while stop - start > LONGEST_SENTENCE:
        limit = start + LONGEST_SENTENCE
        cut = limit
        for clause in _CLAUSE.finditer(text, start + LONGEST_SENTENCE // 2, limit):
            cut = clause.end() - 1
        if cut == limit and not text[limit].isspace():
            while cut > start + 1 and not text[cut - 1].isspace():
                cut -= 1
            cut = cut if cut > start + 1 else limit
        yield start, start + len(text[start:cut].rstrip())
        start = cut
        while text[start].isspace():
            start += 1
    yield start, stop


def _ends_sentence(text: str, start: int, stop: int, found: re.Match[str]) -> bool:
    """Whether the stop `found` ends the sentence that began at `start`, before the line's end."""
    stops, closers = found["stops"], found["closers"]
    end = found.end()
    if found["unspaced"]:
        return not (closers and text[end] == "と")  # 「...。」と述べた: "..., he said"
    if not text[end].isspace():
        return _is_glued(text, found, stop)
    opening = _OPENING.match(text, end, stop)
    if not opening or opening.end() >= stop:
        return False
    at = opening.end()
    if text[at] in ",;:.!?…)]}%&/’”":
        return False
    marks = opening["marks"]
    if marks in ("[", "(") and _SOURCE_TAG.match(text, end, stop):
        return False  # "... on Monday. [Reuters]"
    if "[" not in marks and is_lower(text[at]) and not text[at + 1 : at + 2].isupper():
        return False
    after_quote = not _QUOTES.isdisjoint(closers)
    if opening["dash"].strip() and after_quote:
        return False  # '"We won." - Jane Doe'
    dots = stops.count(".") + 3 * stops.count("…")
    if dots >= 3:
        word = _starter(text, at)
        return after_quote or dots >= 4 or len(stops.strip(" .…")) > 0 or word not in ("", "I")
    if stops != ".":
        if after_quote:
            speaker = _starter(text, at) in ("", "I") and _ATTRIBUTION.match(text, at, stop)
            return not speaker
        return _last_word(text, start, found.start()) not in EXCLAIMED_NAMES or bool(
            _starter(text, at)
        )
    return after_quote or _period_ends(text, start, found.start(), opening)


def _period_ends(text: str, start: int, period: int, opening: re.Match[str]) -> bool:
    """Whether a single full stop at `period` ends the sentence, when `opening` may start one."""
    at = opening.end()
    word = _last_word(text, start, period)
    if period - start == len(word) and (
        len(word) == 1 or _ROMAN.fullmatch(word) or (word.isdigit() and len(word) < 4)
    ):
        return False  # the number of a list item: "1. Item"
    if word in BEFORE_MORE:
        return False
    if word in BEFORE_NUMBER:
        return not text[at].isdigit()
    if word.isdigit() and len(word) < 3 and _MONTH.match(text, at):
        before = _last_word(text, start, period - len(word) - 1)
        return bool(_MONTH.match(before))  # "on June 20. September was dry."
    if word in HOURS:
        following = _FIRST_WORD.match(text, at)
        return not (following and following.group() in AFTER_HOURS)
    if word in STATES or word in MAY_END or _ACRONYM.fullmatch(word):
        if opening["dash"] or "(" in opening["marks"]:
            return False  # a dateline: "PORTSMOUTH, N.H. (AP) - He may be"
        after_comma = text[max(start, period - 24) : period - len(word)].rstrip().endswith(",")
        return (word in STATES and after_comma) or bool(_starter(text, at))
    return True


def _last_word(text: str, start: int, stop: int) -> str:
    """The word that ends at `stop`, without marks before it: "Md" of "(D-Md"."""
    words = text[max(start, stop - 24) : max(start, stop)].split()
    return _LAST_PART.split(words[-1])[-1] if words else ""


def _starter(text: str, at: int) -> str:
    """The word at `at` if sentences often start with it, else ""."""
    word = _FIRST_WORD.match(text, at)
    if not word or word.group() not in STARTERS or text[word.end() : word.end() + 1] == ".":
        return ""  # "No. 10" starts nothing
    return word.group()


def _is_glued(text: str, found: re.Match[str], stop: int) -> bool:
    """Whether the space after a stop was lost, "he said.The", as it is in scraped text."""
    before = text[found.start() - 3 : found.start()] if found.start() > 2 else ""
    following = _GLUED.match(text, found.end(), stop)
    return bool(
        following
        and before.isalpha()
        and before.islower()
        and following[1] not in DOMAIN_ENDINGS
        and found.group() in (".", "?", "!", ".”", "?”", "!”", '."', '?"', '!"')
    )
