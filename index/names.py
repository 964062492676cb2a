"""Names in a text: people and bodies, each with all the places where it is named.

Nothing here is learned: a name is a run of capitalised words, less what begins a sentence, titles
and words that name nobody (`speakers.toml`). Mentions are put together by their last word, as news
does: "Ada Venn", later "Venn".
"""

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files

from index.article import Kind, Sentence, Span
from index.words import STOP_WORDS

NAME_REACH = 60  # characters before and after a span, in which its name is looked for
ROLE_REACH = 90  # characters after a name in which a role may stand

_PARTICLE = r"(?:de|da|di|del|della|der|den|du|la|le|van|von|ter|bin|ibn|al|el|dos|das)"
_SHORT = "St Mt Ft Dr Mr Mrs Ms Sen Rep Gov Gen Lt Col Sgt Capt Maj Rev Prof Hon Adm Sens Reps"
_WORD = rf"(?:(?:{_SHORT.replace(' ', '|')})\.|[A-Z][\w’'-]*[\w]|[A-Z]\.(?:[A-Z]\.)*|[A-Z])"
NAME = re.compile(rf"(?<![\w-]){_WORD}(?:[  ](?:{_PARTICLE}[  ]){{0,2}}{_WORD})*", re.UNICODE)
_POSSESSIVE = re.compile(r"[’']s?$")
_PARTIES = frozenset(
    ["democratic", "republican", "conservative", "labour", "liberal", "democrat", "home", "state"]
)
_TOKEN = re.compile(r"\S+")
_NO_NAME = STOP_WORDS | frozenset(
    """
    monday tuesday wednesday thursday friday saturday sunday january february march april may june
    july august september october november december jan feb mar apr jun jul aug sept sep oct nov dec
    yet still even now today yesterday tomorrow meanwhile however although though while since during
    earlier later last next many most some several two three four five asked although despite i
    according speaking other others another such both each every perhaps instead that's it's
    """.split()  # noqa: SIM905 -- a paragraph of words reads better than quoted ones
)
# Up to a name: what follows is no agent ("an aide to ").
PREPOSITION = re.compile(
    r"\b(?:of|for|to|at|from|with|by|in|on|against|about|behind|under|over|near|than|like|and|or)"
    r"(?: the| a| an| former)?(?: [a-z-]+)? $"
)
# From a name on: it does something ("said", ", the mayor, has told").
VERB_AFTER = re.compile(
    r"^(?:,[^.;:]{0,90},)? "
    r"(?:also |then |has |had |have |is |was |will |would |later |repeatedly )?"
    r"(?:[a-z]+ed|[a-z]+s|said|told|wrote|spoke|took|gave|made|went|was|has|had|is|will|would)\b"
)


@dataclass(frozen=True, slots=True)
class Mention:
    """A name in the text, titles before it left out.

    Attributes:
        title: the title words before it.
        entity: whose mention it is, a number.
    """

    start: int
    stop: int
    text: str
    title: str
    sentence: int
    entity: int = -1


@dataclass
class Entity:
    """All mentions of one name.

    Attributes:
        name: the fullest form, as `span` has it.
        span: where that stands first.
    """

    name: str
    span: Span
    mentions: list[Mention] = field(default_factory=list)

    @property
    def titles(self) -> set[str]:
        return {word for m in self.mentions for word in m.title.casefold().replace(".", "").split()}


def find_names(text: str, sentences: Sequence[Sentence]) -> tuple[list[Entity], list[Mention]]:
    """All names of a text, those of one person or body together.

    Returns:
        The people and bodies, and all mentions in the order of the text.
    """
    raw = list(_mentions(text, sentences))
    inner = {m.text for m, begins in raw if not begins}
    last = {m.text.split()[-1] for m, _ in raw if " " in m.text}
    kept = [
        m
        for m, begins in raw
        if not begins
        or len(m.text.split()) > 1
        or m.text in inner
        or m.text in last
        or m.title
        or _first_names().get(m.text.casefold()) is not None
    ]
    kept = [_without_opener(m, inner) for m in kept]
    counts = Counter(m.text for m in kept)
    full: dict[str, list[str]] = {}  # last word -> full names, by how often
    for name in sorted(counts, key=lambda n: -counts[n]):
        parts = name.split()
        if len(parts) > 1:
            full.setdefault(parts[-1], []).append(name)
    given: dict[str, set[str]] = {}  # first word -> full names
    for name in (n for n in counts if " " in n):
        given.setdefault(name.split()[0], set()).add(name)
    entities: dict[str, Entity] = {}
    order: dict[str, int] = {}
    mentions = []
    for m in kept:
        parts = m.text.split()
        name = m.text
        if m.text.casefold() in listed("places"):
            pass  # "North Korea" and "Korea", "South Carolina" and "Carolina"
        elif len(parts) == 1 and m.text in full:
            name = _whose(m, full[m.text])
        elif len(parts) == 1 and len(given.get(m.text, ())) == 1:
            (name,) = given[m.text]  # "Ban Ki-moon", later "Ban"
        elif len(parts) > 1:
            longer = [n for n in full[parts[-1]] if set(parts) < set(n.split())]
            name = longer[0] if longer and _same_person(name, longer[0]) else name
        if name not in entities:
            order[name] = len(entities)
            entities[name] = Entity(name, (m.start, m.stop))
        if m.text == name and text[slice(*entities[name].span)] != name:
            entities[name].span = (m.start, m.stop)
        mention = Mention(m.start, m.stop, m.text, m.title, m.sentence, order[name])
        entities[name].mentions.append(mention)
        mentions.append(mention)
    for entity in entities.values():  # a name that only its last word stands for has no place
        if text[slice(*entity.span)] != entity.name:
            entity.name = text[slice(*entity.span)]
    return list(entities.values()), mentions


def _whose(mention: Mention, names: Sequence[str]) -> str:
    """Of several with one surname, the one of the title's gender that is named most often."""
    titles = set(mention.title.casefold().replace(".", "").split())
    for male in (True, False):
        if titles & listed("he" if male else "she"):
            fitting = [n for n in names if _first_names().get(n.split()[0].casefold()) == male]
            return (fitting or names)[0]
    return names[0]


def _without_opener(mention: Mention, known: set[str]) -> Mention:
    """ "Besides Venn" that begins a sentence without "Besides": "Venn" is a name elsewhere."""
    first, _, rest = mention.text.partition(" ")
    if (
        mention.text in known
        or rest not in known
        or mention.title
        or first.casefold() in _first_names()
    ):
        return mention
    return replace(mention, start=mention.start + len(first) + 1, text=rest)


def _same_person(short: str, long: str) -> bool:
    """ "Ada Venn" and "Ada F. Venn": the same first word."""
    return short.split()[0] == long.split()[0]


def _mentions(text: str, sentences: Sequence[Sentence]) -> Iterable[tuple[Mention, bool]]:
    """Names and whether they begin a sentence (where anything is a capital)."""
    for number, sentence in enumerate(sentences):
        if sentence.kind not in (Kind.PROSE, Kind.HEADING):
            continue
        heading = sentence.kind is Kind.HEADING
        for match in NAME.finditer(text, sentence.start, sentence.stop):
            if heading:
                continue
            start, stop = match.span()
            lead = text[sentence.start : start]
            begins = not re.search(r"\w", lead) or text[max(0, start - 2) : start].strip() in (
                "“",
                '"',
                "‘",
                ":",
            )
            for words in _between_possessives(list(_TOKEN.finditer(text, start, stop))):
                found = _mention(text, words, number)
                if found:
                    yield found, begins and words[0].start() == start and not found.title


def _between_possessives(words: Sequence[re.Match[str]]) -> Iterable[list[re.Match[str]]]:
    """ "The Coast Courier's Ada Venn" are two names."""
    run: list[re.Match[str]] = []
    for word in words:
        run.append(word)
        if _POSSESSIVE.search(word.group()):
            yield run
            run = []
    if run:
        yield run


def _mention(text: str, words: list[re.Match[str]], sentence: int) -> Mention | None:
    """The name in some capitalised words, its titles apart; None when there is none."""
    while words and words[0].group().casefold().strip(".") in _NO_NAME:
        words = words[1:]
    title: list[str] = []
    words = words[_name_begins(words) :]
    if listed("bodies").isdisjoint(_POSSESSIVE.sub("", w.group()).casefold() for w in words):
        while len(words) > 1 and is_title(words[0].group()):
            title.append(words[0].group())
            words = words[1:]
    if not words:
        return None
    start = words[0].start()
    name = _POSSESSIVE.sub("", text[start : words[-1].end()])
    alone = name.casefold().strip(".")
    if alone in _NO_NAME or alone in listed("titles") or len(name) < 2 or not name[:1].isupper():
        return None
    if name.startswith("State ") and text[max(0, start - 13) : start].endswith("Secretary of "):
        title, start, name = ["Secretary"], start + len("State "), name.removeprefix("State ")
    return Mention(start, start + len(name), name, " ".join(title), sentence)


def _name_begins(words: Sequence[re.Match[str]]) -> int:
    """Where the name of a person begins: "New York Gov. Ada Venn", "County Recorder Ada Venn".

    At a first name after what is none, or at the last title; titles before that belong to it.
    """
    plain = [_POSSESSIVE.sub("", word.group()).casefold().strip(".") for word in words]
    if not listed("bodies").isdisjoint(plain[-1:]):
        return 0
    for at in range(len(plain) - 2, 0, -1):
        given = plain[at] in _first_names() and plain[at - 1] not in _first_names()
        if given or (is_title(plain[at]) and plain[at] not in _PARTIES):
            return next((n for n in range(at, 0, -1) if not is_title(plain[n - 1])), 0)
    return 0


def whole_name(text: str, span: Span, taken: Sequence[Span] = ()) -> Span:
    """A span that begins or ends inside of a name, with all of that name: "Mayor" of "Mayor Venn".

    Of words that begin a sentence, where anything is a capital, only titles are taken for a part
    of a name. What is another's ("Venn's Facebook") is another name.

    Args:
        taken: what is not to be reached into.
    """
    start, stop = span
    for run in NAME.finditer(text, max(0, start - NAME_REACH), stop + NAME_REACH):
        if run.start() < stop < run.end() and not _POSSESSIVE.search(text[start:stop]):
            after = _TOKEN.finditer(text, stop, run.end()) if text[stop].isspace() else ()
            for word in after:
                end = word.start() + len(_POSSESSIVE.sub("", word.group()))
                if _no_part(word.group()) or _meets((stop, end), taken):
                    break
                stop = end
                if end < word.end():
                    break
        if run.start() < start < run.end() and text[start - 1].isspace():
            for word in reversed(list(_TOKEN.finditer(text, run.start(), start))):
                begins = word.start() == run.start() and _begins_sentence(text, run.start())
                another = _no_part(word.group()) or _POSSESSIVE.search(word.group())
                loose = begins and not is_title(word.group().strip("."))
                if another or loose or _meets((word.start(), start), taken):
                    break
                start = word.start()
    return start, stop


def _no_part(word: str) -> bool:
    initial = len(word) == 2 and word.endswith(".")  # "T." is no "t" of "don't"
    return not initial and word.casefold().strip(".,") in _NO_NAME


def _meets(span: Span, taken: Sequence[Span]) -> bool:
    return any(start < span[1] and span[0] < stop for start, stop in taken)


def _begins_sentence(text: str, at: int) -> bool:
    before = text[:at].rstrip()
    return not before or before[-1] in '.!?:”"’—-)' or "\n" in text[len(before) : at]


def relatives(one: str, other: str) -> bool:
    """Whether two full names are a man's and a woman's of one surname: "Bill", "Ann Venn"."""
    first, second = one.casefold().split(), other.casefold().split()
    if len(first) < 2 or len(second) < 2 or first[-1] != second[-1]:
        return False
    known = _first_names()
    return {known.get(first[0]), known.get(second[0])} == {True, False}


def gender(entity: Entity) -> bool | None:
    """True for he, False for she, None when nothing tells."""
    titles = entity.titles
    if titles & listed("he"):
        return True
    if titles & listed("she"):
        return False
    parts = entity.name.casefold().split()
    return _first_names().get(parts[0]) if len(parts) > 1 else None


_LOCATED = re.compile(
    r"\b(?:in|near|at|outside|across|throughout|around|town of|city of) $", re.IGNORECASE
)


def is_person(entity: Entity, text: str, sources: Sequence[Span]) -> bool:
    """Whether a name is of a person, as far as the article tells.

    Args:
        sources: who speaks in the article's attributions.
    """
    parts = entity.name.casefold().split()
    if not listed("bodies").isdisjoint(parts) or entity.name.isupper():
        return False
    if gender(entity) is not None or entity.titles & listed("titles"):
        return True
    if len(parts) > 1 and parts[0] in listed("either"):
        return True
    if not listed("places").isdisjoint(parts):
        return False
    if _is_place(entity, text) or _is_thing(entity, text):
        return False
    # Two or three words, later called by the last alone: that is how people are named.
    if len(parts) in (2, 3):
        alone = {m.text.casefold() for m in entity.mentions}
        return not alone.isdisjoint((parts[0], parts[-1])) or _speaks(entity, text, sources)
    return len(parts) == 1 and _acts(entity, text)


def _is_place(entity: Entity, text: str) -> bool:
    """Whether most of its mentions stand after "in", "near" and the like."""
    located = [m for m in entity.mentions if _LOCATED.search(text[max(0, m.start - 20) : m.start])]
    return 2 * len(located) > len(entity.mentions)


def _is_thing(entity: Entity, text: str) -> bool:
    """Whether the article says ", which" of it."""
    return any(text.startswith(", which ", m.stop) for m in entity.mentions)


def _speaks(entity: Entity, text: str, sources: Sequence[Span]) -> bool:
    """Whether the whole name is, or begins, a source of words."""
    whole = [m for m in entity.mentions if " " in m.text]
    return any(
        start <= m.start < stop and text[m.stop : stop][:1] in ("", ",")
        for m in whole
        for start, stop in sources
    )


def _acts(entity: Entity, text: str) -> bool:
    """Whether a name is an agent before a verb, twice ("Venn said")."""
    acting = [m for m in entity.mentions if VERB_AFTER.match(text[m.stop : m.stop + 120])]
    return len(acting) > 1


def roles_after(text: str, mention: Mention) -> set[str]:
    """The last word of an apposition: "Ada Venn, diplomatic advisor to ..."."""
    after = text[mention.stop : mention.stop + ROLE_REACH]
    found = re.match(r", (?:the |a |an |who is )?([^,.;:“”\"]+)", after)
    if not found:
        return set()
    clause = re.split(r"\b(?:of|to|for|in|at|from|who|and)\b", found[1])[0]
    words = clause.casefold().replace("’s", " ").split()
    return {role_word(word) for word in words[-1:]}


def role_word(word: str) -> str:
    """Spellings and genders of a role as one."""
    word = word.strip(".,’'\"“”")
    for ending in ("woman", "person"):
        word = word.removesuffix(ending) + ("man" if word.endswith(ending) else "")
    return {"advisor": "adviser", "organiser": "organizer", "attorney": "lawyer"}.get(word, word)


def described(before: str, head: str) -> tuple[str, Span] | None:
    """The one name by which a text calls "the campaign": "Venn campaign", and where.

    Args:
        before: the text up to "the campaign".
        head: its last word.
    """
    head = re.escape(head)
    names = rf"(?:{_WORD} ){{1,4}}"
    found = {
        " ".join(match[1].split()): match.span(1)
        for match in re.finditer(rf"(?<![\w/])(?:The )?({names}{head})\b", before)
        if match[1].split()[0].casefold() not in _NO_NAME | listed("places") | listed("titles")
    }
    if not found:
        by = (
            rf"\b((?:[Tt]he|[Aa]n?) (?:[\w-]+ ){{0,2}}{head}"
            rf" (?:by|from|of) (?:the )?{_WORD}(?: {_WORD}){{0,3}})"
        )
        found = {m[1].strip(): m.span(1) for m in re.finditer(by, before)}
    if len(found) != 1:
        return None
    name, (start, stop) = next(iter(found.items()))
    return name, (start, start + len(before[start:stop].rstrip()))


@cache
def _data() -> dict[str, str]:
    return tomllib.loads(files("index").joinpath("speakers.toml").read_text("utf-8"))


@cache
def listed(name: str) -> frozenset[str]:
    """The words of a list of `speakers.toml`."""
    return frozenset(_data()[name].split())


@cache
def alike(document: str) -> frozenset[str]:
    """A word for a document, and those by which the same may be called: "poll", "survey"."""
    groups = [frozenset(line.split()) for line in _data()["same_documents"].splitlines()]
    return frozenset([document]).union(*(group for group in groups if document in group))


def is_title(word: str) -> bool:
    """Whether a word is a title or an office: "Senator", "spokesman"."""
    return word.casefold().strip(".") in listed("titles")


def is_place(word: str) -> bool:
    """Whether a word names a country, its people, a city: "Armenia", "Armenian"."""
    return word.casefold() in listed("places")


def is_body(word: str) -> bool:
    """Whether a word makes a name that of a body: "Committee", "Oil"."""
    return word.casefold() in listed("bodies")


@cache
def _first_names() -> dict[str, bool]:
    return dict.fromkeys(listed("male"), True) | dict.fromkeys(listed("female"), False)
