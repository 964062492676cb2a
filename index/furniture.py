"""What of an article is not prose: headings, captions, and the furniture of the page around it.

A line is recognised by its form and its place only. Precision before recall: what is taken for
furniture can no longer be found, so in doubt a line is prose.
"""

import re
from collections.abc import Sequence

from index.article import Kind


def _entries(table: str, separator: str | None = None) -> frozenset[str]:
    return frozenset(" ".join(entry.split()) for entry in table.split(separator))


# Longer than any line that is furniture. It also bounds what the patterns below have to read.
LONGEST_FURNITURE = 400
LONGEST_CAPTION = 600
LONGEST_HEADING = 60
MOST_HEADING_WORDS = 8
LINES_AT_TOP = 12  # where a title is repeated and a byline stands

# A whole line, capitals and a closing colon, stop or dots aside.
FURNITURE_LINES = _entries(
    """
    ad; ads; advertisement; advertising; article continues below; advertisement - continue reading
    below; story continues below; story continues below advertisement; sponsored; sponsored content;
    promoted; promoted stories; paid content; recommended; recommended for you; recommended stories;
    read more; read more here; continue reading; keep reading; more; more news; more stories;
    more from this section; more on this story; more on this topic; most popular; most read;
    trending; trending now; top stories; top story; live; live story; live updates; breaking;
    breaking news; just in; editor's picks; editors' picks; related; related story; related stories;
    related articles; related content; related coverage; related topics; related links;
    related video; also read; see also; see more; you may also like; up next; tags; topics;
    share; share this; share this article; share this story; share this page; share this video;
    share on facebook; share on twitter; share via email; share article; copy link; copy url;
    link copied; save; saved; print; print this article; email; email this article; gift article;
    facebook; twitter; whatsapp; linkedin; comment; comments; view comments; show comments;
    leave a comment; leave a reply; post a comment; join the conversation; add a comment;
    subscribe; subscribe now; sign up; sign up now; sign in; log in; login; register; menu; search;
    skip to content; skip to main content; skip to navigation; jump to content; home; back to top;
    watch; watch live; watch now; listen; listen now; listen to this article; play; play video;
    video; photos; gallery; view gallery; show caption; hide caption; toggle caption;
    enlarge this image; loading; newsletter; newsletters; get the app; download the app;
    accept cookies; accept all cookies; cookie policy; privacy policy; terms of use;
    terms of service; terms and conditions; contact us; about us; about the author;
    report a typo; report an error; follow us; all rights reserved; getty images; reuters staff;
    abstract; full text
    """,
    separator=";",
)

_SOCIAL = r"(?:twitter|facebook|instagram|youtube|linkedin|telegram|whatsapp|tiktok|threads|x)\b"
_LETTERS = r"(?:newsletters?|e-?mails?|alerts?|updates|briefings?|digest|podcasts?|inbox)\b"
_NAMES = r"(?-i:(?:[A-Z@][\w.'’-]*|and|&)(?:,? |(?=\W)))"

# How a line of furniture begins; each is tried at the start of the line only.
FURNITURE_STARTS = (
    r"\d{1,3}[ -]min(?:ute)?s?\.?(?: (?:read|watch|listen|video))?\W*$",
    r"(?:read|see|watch|listen|view) (?:more|also|now|next)(?: here)?\s?[:|»>]",
    r"(?:also read|also see|must read|don't miss|recommended|related(?: \w+)?)\s?[:|»>]",
    r"read more (?:about|on|from|at) [^.!?]{1,80}$",
    r"(?:watch|listen to) (?:the|our) [^.!?]{1,80} (?:above|below|here)[.:]?$",
    r"share (?:this|on|via|your thoughts)\b[^.!?]{0,60}$",
    r"follow (?:us|me|@\w+|" + _NAMES + r"{1,8})\s?on " + _SOCIAL,
    r"follow (?:us|@\w+)\W*$",
    r"like us on " + _SOCIAL,
    r"(?:sign up|subscribe|register) (?:for|to|here|now|today)\b.{0,150}?\b" + _LETTERS,
    r"(?:get|want) .{0,100}?\b(?:in|to) your inbox\b",
    r"(?:download|get) (?:the|our) [\w ]{0,30}app\b",
    r"(?:click|tap) here\b",
    r"have (?:a )?(?:tips?|news tips?|a story)\?",
    r"©|\(c\) ?\d{4}\b|copyright (?:©|\(c\)|\d{4})",
    r"all rights reserved\b",
    r"this (?:website|site|page) uses cookies\b|we use cookies\b",
    r"\((?:additional )?(?:reporting|writing|editing) by ",
    r"(?:additional )?(?:reporting|writing) by " + _NAMES + r"{1,12}[^;]{0,80}; ?editing by ",
    r"\(h/t ",
    r"(?:<[^<>]{1,200}>\W*)+$",
    r"[^.!?]?[^!?]{0,80}\{$",
    r"[a-z-]{3,30}: ?[\w%#.()-]+(?: [\w%#.,()!-]+){0,4};$",
)
_FURNITURE = re.compile("|".join(FURNITURE_STARTS), re.IGNORECASE)

# "Published 12:31 GMT": such a word, then a date or time: numbers, at least one of CALENDAR_WORDS,
# and nothing else but DATE_FILLERS.
_DATED = re.compile(
    r"(?:(?:first |originally |last )?(?:published|updated|modified|posted|edited)|date)"
    r"(?: at| on)?(?:\b|:)",
    re.IGNORECASE,
)
CALENDAR_WORDS = _entries(
    """
    january february march april may june july august september october november december
    jan feb mar apr jun jul aug sep sept oct nov dec
    monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur thurs fri sat
    sun am pm a.m p.m gmt utc est edt et cst cdt ct pst pdt pt mst mdt mt bst cet cest ist ago
    """
)
DATE_FILLERS = _entries(
    """
    at on of the and updated published modified last first second seconds minute minutes min mins
    hour hours hrs day days week weeks today yesterday
    """
)
_NUMBER_IN_DATE = re.compile(r"\d{1,4}(?:[:./-]\d{1,4}){0,2}(?:st|nd|rd|th|am|pm|h|z)?")

# "By Jane Doe", "By Jane Doe and John Roe, Staff Writers": capitalised words and these.
_BYLINE = re.compile(r"(?:by|BY|By|Words by|Story by|Written by|Text by) (?=[A-Z])")
BYLINE_WORDS = _entries("and & | / de la da di del der den van von al bin for in of the")

CAPTION_STARTS = (
    r"(?:file )?(?:photo|image|picture|photograph|illustration|graphic|video)s?"
    r"(?: (?:credit|source|caption|courtesy))?s?:",
    r"(?:image|photo|picture) (?:source|caption|credit)\b(?! (?:is|was|of|said)\b)",
    r"\(?(?:photo|photograph|image|picture|illustration)s? by [^.]{1,80}$",
    r"\(?(?:photo|photograph|image|picture)s? by [^/]{1,60}/.{1,40}\.?$",
    r"\(?AP Photo\b",
    r"file photo\b[^.]{0,40}$",
)
_CAPTION = re.compile("|".join(CAPTION_STARTS), re.IGNORECASE)

# A bracket that closes the line is a credit when it names one of these beside a photographer or
# another agency, or says what a picture is. "(Reuters)" alone may end a sentence of prose.
PHOTO_AGENCIES = (
    r"(?:AFP|AP|Reuters|Getty|EPA|EFE|TASS|Xinhua|Anadolu|AA|PA|ANSA|DPA|Bloomberg|UPI|Sputnik)\b"
)
PICTURE_WORDS = (
    r"(?:Getty Images|/ ?Getty|Getty ?/|via (?:Getty|AP|AFP|Reuters)|Shutterstock|iStock|Alamy"
    r"|Unsplash|Flickr|Wikimedia|handout (?:via|photo)|handout ?/|/ ?handout|AP Photo|file photo"
    r"|(?:photo|photograph|image|picture)s?(?: credit)?(?: by| courtesy| via|:))"
)
_LAST_BRACKET = re.compile(r"[\[(]([^\[\]()]{2,100})[\])]\W{0,2}$")
_CREDIT = re.compile(
    rf"(?<!\w)(?i:{PICTURE_WORDS})|/ ?{PHOTO_AGENCIES}|(?<![\w/]){PHOTO_AGENCIES} ?/"
)
# "(Reuters/Ipsos poll)" looks like a credit.
_POLL = re.compile(r"\b(?:poll|polls|survey|Ipsos|GfK|NORC|YouGov|ORC|Marist)\b", re.IGNORECASE)

# With one of these a short line states something, be it without a final stop.
STATEMENT_WORDS = _entries(
    """
    is are was were be been being has have had do does did will would can could may might must shall
    should isn't aren't wasn't weren't hasn't haven't hadn't doesn't don't didn't won't can't said
    says say told tells tell denied denies claimed claims added asked wrote confirmed announced
    killed died dead injured wounded arrested won lost resigned he she they we i it you
    """
)

_ENDS = re.compile(r"[.!?…。！？؟۔।։:;,][\"'”’»)\]\s]*$")
_HEADING_START = re.compile(r"[\"'“‘«]?[A-Z\u00c0-\u00de]")
_LIST_ITEM = re.compile(r"(?:[-–—•*·▪■►]|\(?\w{1,3}[.)])\s")
_LETTER = re.compile(r"[^\W\d_]")
_NON_LATIN = re.compile(r"[\u0370-\u1dff\u1f00-\u1fff\u2c00-\ua71f\ua800-\uffdc]|[^\x00-\uffff]")
_WHOLLY_QUOTED = re.compile(r"[\"“«„].*[\"”»“]$", re.DOTALL)


def kinds(blocks: Sequence[Sequence[str]], title: str = "") -> list[Kind]:
    """The kind of every line, in order.

    Args:
        blocks: the lines of an article, stripped, none of them empty. Blank lines separate blocks.
        title: the article's title, "" when unknown.

    An article in which no line is prose is short rather than empty (a post, say): then all that
    is not furniture beyond doubt counts as prose.
    """
    found: list[Kind] = []
    key = _key(title)
    for block in blocks:
        at_top = len(found) < LINES_AT_TOP
        block_kinds = [_kind(line, key, at_top) for line in block]
        # A section label ("World") stands next to furniture, and says nothing itself.
        if Kind.FURNITURE in block_kinds and len(block) <= 6 and all(map(_is_label, block)):
            block_kinds = [Kind.FURNITURE] * len(block)
        found += block_kinds
    _find_headings(blocks, found)
    if Kind.PROSE not in found:
        found = [kind if kind is Kind.FURNITURE else Kind.PROSE for kind in found]
    return found


def _kind(line: str, title_key: str, at_top: bool) -> Kind:
    if len(line) > LONGEST_CAPTION:
        return Kind.PROSE
    if title_key and _repeats(line, title_key, at_top):
        return Kind.HEADING
    if _is_caption(line):
        return Kind.CAPTION
    if len(line) <= LONGEST_FURNITURE and _is_furniture(line, at_top):
        return Kind.FURNITURE
    return Kind.PROSE


def _key(text: str) -> str:
    """Letters and digits only: the title is repeated with other quotes, dashes and stops."""
    return " ".join(re.findall(r"\w+", text.casefold()))


def _repeats(line: str, title_key: str, at_top: bool) -> bool:
    if len(line) > 1.5 * len(title_key) + 10:
        return False
    key = _key(line)
    if key == title_key:
        return True
    # What only comes near to the title may be prose, but for where a title stands.
    if not at_top:
        return False
    words, title_words = set(key.split()), set(title_key.split())
    if len(words) >= 4 and (title_key.startswith(key) or title_key.endswith(key)):
        return True  # a title and subtitle, a line each
    # "Title | Publisher", or a word changed.
    common = len(words & title_words)
    return not _ENDS.search(line) and common >= 0.8 * len(words | title_words)


def _is_furniture(line: str, at_top: bool) -> bool:
    if _FURNITURE.match(line):
        return True
    if len(line) > 100:
        return False
    if line.rstrip(" .:…>»").casefold().replace("’", "'") in FURNITURE_LINES:
        return True
    if not _LETTER.search(line):
        return not any(map(str.isdigit, line))  # "***"; a bare number may be a result
    dated = _DATED.match(line)
    if _is_date(line[dated.end() :] if dated else line):
        return True
    return at_top and _is_byline(line)


def _is_date(text: str) -> bool:
    """Nothing but a date or a time, and at least one number in it."""
    if text.endswith(":"):
        return False  # it introduces what happened then
    words = re.findall(r"[^\s,|·•()–—:;-][^\s,|·•()–—]*", text.casefold())
    others = {
        word.rstrip(".:") for word in words if not _NUMBER_IN_DATE.fullmatch(word.rstrip("."))
    }
    return (
        any(map(str.isdigit, text))
        and not CALENDAR_WORDS.isdisjoint(others)
        and others <= CALENDAR_WORDS | DATE_FILLERS
    )


def _is_byline(line: str) -> bool:
    by = _BYLINE.match(line)
    if not by or _ENDS.search(line):
        return False
    words = line[by.end() :].replace(",", " ").split()
    return 2 <= len(words) <= 14 and all(
        word in BYLINE_WORDS or (word[0].isupper() and word.casefold() not in CALENDAR_WORDS)
        for word in words
    )


def _is_caption(line: str) -> bool:
    if _CAPTION.match(line):
        return True
    if line.rstrip(".")[-1:] not in ("]", ")"):
        return False
    bracket = _LAST_BRACKET.search(line[-110:])
    return bool(bracket and _CREDIT.search(bracket[1]) and not _POLL.search(bracket[1]))


def _is_label(line: str) -> bool:
    return len(line) <= 30 and len(line.split()) <= 3 and not _ENDS.search(line)


def _find_headings(blocks: Sequence[Sequence[str]], found: list[Kind]) -> None:
    """Turn into headings, in `found`, the short lines that stand alone over a line of prose."""
    number = 0
    previous_ends = True
    for index, block in enumerate(blocks):
        line = block[0]
        following = blocks[index + 1] if index + 1 < len(blocks) else ()
        if (
            len(block) == 1
            and following
            and previous_ends
            and found[number] is Kind.PROSE
            and found[number + 1] is Kind.PROSE
            and _looks_like_heading(line)
            and (len(following[0]) > LONGEST_HEADING or _ENDS.search(following[0]))
        ):
            found[number] = Kind.HEADING
        last = number + len(block) - 1
        previous_ends = found[last] is not Kind.PROSE or bool(_ENDS.search(block[-1][-10:]))
        number = last + 1


def _looks_like_heading(line: str) -> bool:
    if len(line) > LONGEST_HEADING or _ENDS.search(line) or not _HEADING_START.match(line):
        return False
    words = line.replace("’", "'").casefold().split()
    return (
        len(words) <= MOST_HEADING_WORDS
        and STATEMENT_WORDS.isdisjoint(words)
        and not _LIST_ITEM.match(line)
        and not _WHOLLY_QUOTED.match(line)
        and not _NON_LATIN.search(line)
        and not any(mark in line for mark in "@#/")
    )
