"""A turn of a conversation, taken apart: the phrases of its question, the names of its answer."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from assistant.wordlists import table
from index.dateline import without_dateline
from index.names import Entity, Mention, gender, is_body, is_place, is_title
from index.words import STOP_WORDS, words

TABLE = table("followup")
DO, BE = frozenset(TABLE["do"].split()), frozenset(TABLE["be"].split())
WH = frozenset(["who", "whom", "whose", "what", "which", "when", "where", "why", "how"])
_VERBS = frozenset(TABLE["verbs"].split())
EMPTY = STOP_WORDS | WH | DO | BE | frozenset(TABLE["function"].split())
FUNCTION = EMPTY | _VERBS
BODIES = frozenset(TABLE["bodies"].split())
READ = 4_000  # characters of an answer: whom one asks on about is named early
_PLURALS = frozenset(["people", "police", "men", "women", "children"])
_PAST = frozenset(TABLE["past"])
_DESCRIBING = tuple(TABLE["describing"].split())
_FORMAL = frozenset(TABLE["formal"].split())
_NO_NAME = FUNCTION | frozenset(TABLE["no_name"].split())
_TOKEN = re.compile(r"[\w][\w’'.-]*[\w]|\w")
_NAME = re.compile(r"(?<![\w’'-])[A-Z][\w’'.-]*(?: (?:(?:of|the|de|van|von|&) )?[A-Z][\w’'.-]*)*")
_CITED = re.compile(r"\s*\[\d+\]")
_REFUSED = re.compile(r"^the articles don['’]t say\b", re.IGNORECASE)
_AGE = re.compile(r"^\S+-year-old ")
_LOCATED = re.compile(r"\b(?:in|at|near|off|from|outside) (?:the )?$", re.IGNORECASE)
_BELONGING = re.compile(r"\b(?:of|for|to|with) (?:the )?$", re.IGNORECASE)
_MANY_OPEN = re.compile(r"^(?P<the>[Tt]he )?(?P<noun>[A-Z]?[\w-]*[a-z](?<!s)s)(?P<after> [a-z]+)")


@dataclass(frozen=True)
class Phrase:
    """What a question is about: "the Verrin Dam"; `start` is where in it."""

    text: str
    start: int
    subject: bool = False

    @property
    def name(self) -> bool:
        return bool(re.search(r"(?:^|\s)[A-Z]", self.text.removeprefix("The ")))

    @property
    def person(self) -> bool:
        """Probably a person's name: nothing says that it is a body's or a thing's."""
        own = self.text.split()
        return (
            self.name
            and own[0].lower() != "the"
            and not self.body
            and not is_place(self.text)
            and not any(word.islower() and not is_title(word) for word in own)
        )

    @property
    def body(self) -> bool:
        """Whether a word says that it is a company, a club, a party."""
        own = self.text.split()
        initials = any(word.isupper() and word.isalpha() and len(word) > 1 for word in own[:-1])
        return initials or not BODIES.isdisjoint(words(self.text)) or is_body(own[-1])

    @property
    def many(self) -> bool:
        last = self.text.split()[-1].lower()
        if last in _PLURALS:
            return True
        plural = last.endswith("s") and not last.endswith(("ss", "us", "is"))
        return plural or " and " in self.text

    @property
    def definite(self) -> bool:
        return self.name or self.text[:4].lower() == "the "


@dataclass(frozen=True)
class Told:
    """A name of an answer, and where it stands there."""

    text: str
    start: int
    stop: int
    located: bool = False  # after "in", "at", "off"
    belonging: bool = False  # after "of", "for": another's


@dataclass(frozen=True)
class Turn:
    """A question that stands alone, and its answer in words."""

    question: str
    answer: str = ""

    @cached_property
    def plain(self) -> str:
        return self.question.rstrip(" ?.!")

    @cached_property
    def phrases(self) -> tuple[Phrase, ...]:
        return tuple(phrases(self.question))

    @cached_property
    def text(self) -> str:
        """The answer without numbers and datelines; nothing where it was a refusal."""
        text = without_dateline(_CITED.sub("", self.answer[:READ])).strip()
        return "" if _REFUSED.match(text) else text

    @cached_property
    def names(self) -> tuple[Told, ...]:
        """The names of the answer, in their order."""
        return tuple(_names_told(self.text))

    @cached_property
    def told(self) -> tuple[Told, ...]:
        """Names of the answer that the question does not have."""
        asked = self.question.casefold()
        return tuple(name for name in self.names if name.text.casefold() not in asked)

    @cached_property
    def doer(self) -> str:
        """Who did what was asked, as far as the answer's first name tells."""
        fitting = [n for n in self.told if not n.located]
        first = next((n for n in fitting if not n.belonging), next(iter(fitting), None))
        return first.text if first else ""

    @cached_property
    def several(self) -> str:
        """The plural that an answer begins with: "investigators" of "Investigators said"."""
        found = _MANY_OPEN.match(self.text)
        if not found or found["noun"].lower() in FUNCTION or found["noun"].endswith(("us", "is")):
            return ""
        noun = found["noun"]
        return f"the {noun}" if found["the"] else f"the {noun[:1].lower()}{noun[1:]}"

    @property
    def asks_who(self) -> bool:
        return bool({"who", "whom", "whose"} & set(words(self.question)))


def is_past(word: str) -> bool:
    """Whether a word looks like a verb in the past: "denied", "won"."""
    return word in _PAST or (word.endswith("ed") and len(word) > len("shed"))


def _names_told(text: str) -> Iterator[Told]:
    for match in _NAME.finditer(text):
        start, stop = match.span()
        age = _AGE.match(match.group())
        start += age.end() if age else 0
        name = re.sub(r"['’]s?$", "", text[start:stop].rstrip(".,"))
        first, _, rest = name.partition(" ")
        opens = not text[:start].strip() or text[:start].rstrip()[-1] in '.!?:”"'
        trade = opens and " " in rest and _is_trade(first, rest)
        if rest and (trade or first.lower() in _NO_NAME - {"the"}):
            start, name = start + len(first) + 1, rest
        if name.lower() in _NO_NAME or _opens_only(text, start, name):
            continue
        yield _told(text, start, name)
        head, of, rest = name.partition(" of ")
        if of and Phrase(head, 0).body:
            yield _told(text, start + len(head) + len(of), rest)  # "the Party of Ada Venn"


def _is_trade(first: str, rest: str) -> bool:
    """Whether a sentence begins with what somebody is: "Playwright Ada Venn", "Lawyer Ada Venn"."""
    if is_title(first):
        return first.lower() not in _FORMAL
    return gender_of(rest) is not None and gender_of(f"{first} Venn") is None


def gender_of(name: str) -> bool | None:
    """True for a man's name, False for a woman's, None where neither title nor first name tells."""
    own = name.split()
    while len(own) > 1 and is_title(own[0]):
        own = own[1:]
    title = " ".join(name.split()[: -len(own)])
    plain = " ".join(own)
    return gender(Entity(plain, (0, 0), [Mention(0, 0, plain, title, 0)]))


def _told(text: str, start: int, name: str) -> Told:
    before = text[max(0, start - 12) : start]
    return Told(
        name[:1].lower() + name[1:] if name.startswith("The ") else name,
        start,
        start + len(name),
        bool(_LOCATED.search(before)),
        bool(_BELONGING.search(before)),
    )


def _opens_only(text: str, start: int, name: str) -> bool:
    """Whether one word has its capital from the sentence: "Former minister Ada Venn"."""
    before = text[:start].rstrip()
    if " " in name or (before and before[-1] not in '.!?:”"'):
        return False
    if re.search(rf"[a-z,] {re.escape(name)}\b", text):
        return False  # it has it within a sentence, too
    following = text[start + len(name) :]
    described = re.match(r" ([a-z-]+)(?: [a-z-]+){0,2} [A-Z]", following)
    if described and described[1] not in FUNCTION and not is_past(described[1]):
        return True
    return name.endswith("s") and not name.endswith(("ss", "us", "is")) and following[:1] == " "


# Taking a question apart


def phrases(question: str) -> Iterator[Phrase]:
    """Runs of content words, an article before and "of" within included, in their order."""
    tokens = list(_TOKEN.finditer(question))
    at = 0
    while at < len(tokens):
        stop = at
        while stop < len(tokens) and _continues(question, tokens, at, stop):
            stop += 1
        if stop == at:
            at += 1
            continue
        before = tokens[at - 1].group().lower() if at else ""
        helper = _opens_clause(tokens, at)
        first, last = _without_verbs(tokens, at, stop, helper, before)
        if first < last:
            start = tokens[first].start()
            if first == at and before in ("the", "a", "an"):
                start = tokens[at - 1].start()
            yield Phrase(question[start : tokens[last - 1].end()], start, helper in DO | BE)
        at = last + 1 if first < last < stop else stop  # the verb is skipped


def _continues(question: str, tokens: Sequence[re.Match[str]], at: int, stop: int) -> bool:
    """Whether a token goes on with a run, which no comma may part."""
    word = tokens[stop].group()
    if stop > at and question[tokens[stop - 1].end() : tokens[stop].start()].strip() not in (
        "",
        "'",
        "’",
    ):
        return False
    if word.lower() not in FUNCTION:
        return True
    if word[:1].isupper() and stop and word.lower() not in STOP_WORDS | WH | DO | BE:
        return True  # a word of a name, whatever it means else
    following = tokens[stop + 1].group().lower() if stop + 1 < len(tokens) else ""
    if stop > at and tokens[stop - 1].group().lower() == "of" and word.lower() != "the":
        return True
    if stop > at and tokens[stop - 1].group()[:1].isupper() and following.endswith("ing"):
        return False  # "accused Karsovia of lying"
    inside = stop > at and word.lower() in ("of", "the")
    if inside and word.lower() == "the":
        return tokens[stop - 1].group().lower() == "of" and following not in STOP_WORDS
    return inside and bool(following) and (following not in STOP_WORDS or following == "the")


def _opens_clause(tokens: Sequence[re.Match[str]], at: int) -> str:
    """The helping verb right before a run, or before its article; the question word else."""
    before = [token.group().lower() for token in tokens[max(0, at - 2) : at]]
    while before and before[-1] in ("the", "a", "an", "some", "any"):
        before.pop()
    return before[-1] if before else ""


def _without_verbs(
    tokens: Sequence[re.Match[str]], at: int, stop: int, helper: str, before: str
) -> tuple[int, int]:
    """A run without the verb that closes or opens it, which no list can know."""
    own = [token.group() for token in tokens[at:stop]]
    following = tokens[stop].group().lower() if stop < len(tokens) else ""
    asking = tokens[at - 2].group().lower() if at > 1 else ""
    if helper in DO and asking == "who" and own[0].islower() and not helper.startswith("d"):
        return at + 1, stop  # "who will replace Venn"
    if helper in BE and asking == "who" and before == helper and own[0].endswith("ing"):
        return at + 1, stop
    for number in range(1, len(own)):
        if own[number - 1][:1].isupper() and own[number].islower() and is_past(own[number]):
            return at, at + number  # "when Venn resigned"; not "Jon Husted"
    if helper in DO and len(own) > 1:
        for number in range(1, len(own)):
            if own[number - 1][:1].isupper() and own[number].islower() and own[number] != "of":
                return at, at + number
        names = [number for number, word in enumerate(own) if word[:1].isupper()]
        if own[-1][:1].isupper() and names[0] > 1:
            return at, at + names[0] - 1  # "did the regulator fine Corvane"
        noun = Phrase(own[-1], 0).many or is_body(own[-1]) or is_title(own[-1])
        if own[-1].islower() and not noun and following not in _VERBS:
            return at, stop - 1
    describing = own[-1].lower().endswith(_DESCRIBING) or own[-1] in _PAST
    if helper in BE and len(own) > 1 and describing:
        return at, stop - 1
    if helper in ("who", "what") and before == helper and own[0].islower():
        return at + 1, stop
    if helper in ("which", "what", "many") and len(own) > 1 and is_past(own[1]):
        return at, at + 1  # "which club sold"
    if before == "to" and len(own) > 1 and own[0].islower() and own[1][:1].isupper():
        return at + 1, stop  # "to buy Nimbus Telecom"
    return at, stop
