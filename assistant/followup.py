"""A follow-up made standalone from the conversation, by rules: no model is asked.

"Is it treatable?" after "What is throat cancer?" becomes "Is throat cancer treatable?"; "And
Armenia?" after "What did Azerbaijan say?" becomes "What did Armenia say?". What is put in is always
words that were asked or answered before. Where no rule fits, the question before is put in front:
what it names is searched for then, though the question reads badly.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files

from index.acts import named_act
from index.dateline import without_dateline
from index.words import STOP_WORDS, stem, words

History = Sequence[tuple[str, str]]  # (question, answer) of each turn, oldest first

_TABLE = tomllib.loads(files("assistant").joinpath("followup.toml").read_text("utf-8"))
_DO, _BE = frozenset(_TABLE["do"].split()), frozenset(_TABLE["be"].split())
_WH = frozenset(["who", "whom", "whose", "what", "which", "when", "where", "why", "how"])
FUNCTION = STOP_WORDS | _WH | _DO | _BE | frozenset(_TABLE["function"].split())
_RELATIONAL = frozenset(_TABLE["relational"].split())
_SAYING = "|".join(_TABLE["saying"].split())
_DESCRIBING = tuple(_TABLE["describing"].split())
_BODIES = frozenset(_TABLE["bodies"].split())

SHORT = 4  # words of "in March 2014" as a question
_PERSON = {"he": "", "him": "", "she": "", "his": "'s", "her": "'s", "hers": "'s"}
_THING = {"it": "", "its": "'s"}
_MANY = {"they": "", "them": "", "their": "'s", "theirs": "'s"}
_TOKEN = re.compile(r"[\w][\w’'.-]*[\w]|\w")
_OPENING = re.compile(r"^(?:and|but|so|ok|okay|then)\b[, ]*", re.IGNORECASE)
_ABOUT = re.compile(r"^(?:(?:and|but|so) )?(?:what|how) about\b *", re.IGNORECASE)
_BARE = re.compile(r"^(?:and |but )?(why|when|where|how)(?: (?:not|so|exactly|was that|is that|"
                   r"did that happen))?$", re.IGNORECASE)  # fmt: skip
_MORE = re.compile(r"^(?:please )?tell me more$", re.IGNORECASE)
_AGENT = re.compile(rf"\b(?:did|does|do|has|had|will|would) it (?:{_SAYING})\b", re.IGNORECASE)
_SAID_IT = re.compile(rf"\b(?:{_SAYING}|about|to) (?:it|that|this|so)$", re.IGNORECASE)
_OWNER = re.compile(r"^(.+?)['’]s? [a-z]")
_RELATED = re.compile(rf"\b(?:{'|'.join(_RELATIONAL)})\b(?! (?:of|for|between|that|in)\b)", re.I)
_THIS = re.compile(r"\b(?:this|these|those)(?: (?!time\b|year|week|month|day)[a-z]+)?", re.I)
_THAT = re.compile(
    r"\b(?:that|this|those|these|then|there)$|^(?:\w+ )?(?:is|are|was|were) (?:that|this)\b",
    re.IGNORECASE,
)
_IS_THAT = re.compile(r"^(?:\w+ )?(?:is|are|was|were) (that)\b(?= (?!true|right|so)\w)", re.I)
_THERE = re.compile(r"\bthere$", re.IGNORECASE)
_PLACED = re.compile(r"^(in|on|at|by|for|from|to|with|since|until|before|after|during) ", re.I)
_HER = re.compile(  # as him, not as his
    r"\bher(?: (?:in|on|at|about|to|for|as|by|with|from|up|down|out|off|over|back)\b|\W*$)"
)
_CITED = re.compile(r"\[\d+\]")
_ASKS_WHO = re.compile(
    r"^who (?:has |had |have )?(?P<verb>[a-z]+)(?: (?:that|of|about|for))? (?=\S)", re.I
)
_NAME = re.compile(r"(?<![\w’'-])[A-Z][\w’'.-]*(?: (?:(?:of|the|de|van|von) )?[A-Z][\w’'.-]*)*")


@dataclass(frozen=True)
class _Phrase:
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
            and not _BODIES & set(words(self.text))
            and not any(word.islower() for word in own)
        )

    @property
    def many(self) -> bool:
        last = self.text.split()[-1].lower()
        plural = last.endswith("s") and not last.endswith(("ss", "us", "is"))
        return plural or " and " in self.text


@dataclass(frozen=True)
class _Turn:
    """A question that stands alone, and its answer in words."""

    question: str
    answer: str = ""

    @cached_property
    def phrases(self) -> tuple[_Phrase, ...]:
        return tuple(_phrases(self.question))

    @cached_property
    def told(self) -> tuple[str, ...]:
        """Names of the answer that the question does not have."""
        text = without_dateline(_CITED.sub("", self.answer))
        found = (match.group().strip(".") for match in _NAME.finditer(text))
        asked = self.question.casefold()
        return tuple(n for n in found if n.casefold() not in asked and n.lower() not in FUNCTION)

    @property
    def asks_who(self) -> bool:
        return bool({"who", "whom", "whose"} & set(words(self.question)))


def turns(messages: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """The (question, answer) pairs of a chat's (role, text) messages, oldest first.

    What was asked without an answer is left out, and so are other roles than user and assistant.
    """
    asked, found = "", []
    for role, text in messages:
        if role == "user":
            asked = text
        elif role == "assistant" and asked.strip():
            found.append((asked, text))
    return found


def standalone(question: str, history: History) -> str:
    """The question with what it leaves to the conversation; itself where it leaves nothing.

    Args:
        history: (question, answer in words) of earlier turns, oldest first.
    """
    turns: list[_Turn] = []
    for asked, answer in history:
        turns.append(_Turn(_resolved(asked, turns), answer))
    return _resolved(question, turns)


def _resolved(question: str, turns: Sequence[_Turn]) -> str:
    question = " ".join(question.split())
    if not turns or not turns[-1].question.rstrip(" ?.!"):
        return question  # nothing was asked before, or only "?"
    plain = question.rstrip(" ?.!")
    done = _elliptic(plain, turns)
    if done is None:
        done = _with_antecedents(plain, turns)
    if done is None:
        done = _behind(question, turns[-1]) if points_back(question) else plain
    ending = question[len(plain) :]
    return done if done.endswith(question) else done + ending


def _behind(question: str, turn: _Turn) -> str:
    """The question behind the one before; of one that stands behind another, that is left out."""
    return f"{turn.question.rsplit('? ', 1)[-1]} {question}"


def points_back(question: str) -> bool:
    """Whether a question has nothing to search for, or a pronoun and no name."""
    found = words(question)
    content = [word for word in found if word not in STOP_WORDS]
    if not content or _OPENING.match(question) or _ABOUT.match(question):
        return True
    back = _has_pronoun(question) or bool(_THAT.search(question.rstrip(" ?.")))
    return back and not _names(question)


def _has_pronoun(question: str) -> bool:
    """Whether somebody or something is only "he", "it", "their"."""
    return not {*_PERSON, *_THING, *_MANY}.isdisjoint(words(question))


def with_person(question: str, before: str) -> str:
    """A question with a name for its first "he", "she", "his" or "her", from the one before.

    Itself where it has a name of its own, or the one before names nobody.
    """
    found = re.search(rf"\b(?:{'|'.join(_PERSON)})\b(?!['’])", question, re.IGNORECASE)
    if not found or _names(question):
        return question
    owner = _PERSON[found.group().lower()] and not _HER.match(question, found.start())
    if owner and (_DO | _BE).isdisjoint(words(question[: found.start()])):
        return question  # "which member wanted his dues back": the member's own
    people = [phrase for phrase in _phrases(before) if phrase.person]
    if not people:
        return question
    name = next((p for p in people if p.subject), people[-1]).text
    name = re.sub(r"['’]s?$", "", name)
    ending = ("'" if name.endswith("s") else "'s") if owner else ""
    return f"{question[: found.start()]}{name}{ending}{question[found.end() :]}"


# Short forms


def _elliptic(plain: str, turns: Sequence[_Turn]) -> str | None:
    """ "And Armenia?", "Why?", "Tell me more": the question before, changed."""
    before = turns[-1].question.rstrip(" ?.!")
    if _MORE.match(plain):
        topic = _topic(turns)
        return f"{plain} about {topic}" if topic else None
    bare = _BARE.match(plain)
    if bare:
        first = before.split()[0].lower()
        return f"{bare[1]} {lowered(before)}" if first in _DO | _BE else None
    about = _ABOUT.match(plain)
    rest = plain[about.end() :] if about else _OPENING.sub("", plain)
    if not about and not _PLACED.match(rest):
        if rest == plain or set(words(rest)[:1]) & (_WH | _DO | _BE):
            return None
    elif not about and (len(words(rest)) > SHORT or not _WH.isdisjoint(words(rest))):
        return None
    if not rest or _has_pronoun(rest):
        return None
    return _exchanged(rest, turns[-1])


def _exchanged(new: str, turn: _Turn) -> str | None:
    """The question before with another name, day or thing in the place of its own."""
    before = turn.question.rstrip(" ?.!")
    placed = _PLACED.match(new)
    if placed:
        old = re.search(rf"\b{placed[1]}\b(?: [\w’'.-]+)+$", before, re.IGNORECASE)
        return f"{before[: old.start()]}{new}" if old else f"{before} {new}"
    wanted = _Phrase(new, 0)
    who = _ASKS_WHO.match(before)
    named = any(phrase.name for phrase in turn.phrases)
    if wanted.name and not named and who and named_act((stem(who["verb"]),)):
        return f"What did {new} say about {before[who.end() :]}"
    like = [p for p in turn.phrases if p.name == wanted.name] or list(turn.phrases)
    if not like:
        return None
    old_phrase = next((p for p in like if p.subject), like[-1]) if wanted.name else like[-1]
    text = old_phrase.text
    shared = re.search(r"^(.+ of )", text)
    start = old_phrase.start + (shared.end() if shared and not wanted.name else 0)
    return before[:start] + new + before[old_phrase.start + len(text) :]


# Pronouns


def _with_antecedents(plain: str, turns: Sequence[_Turn]) -> str | None:
    """The question with names for its pronouns; None when it has none, or nobody is meant."""
    plain = _OPENING.sub("", plain)
    # "it" is all that was said: only the question before tells what.
    whole = bool(_SAID_IT.search(plain)) and not _names(plain)
    find_thing = _agent if _AGENT.search(plain) else _topic
    done = plain
    for pronouns, find in ((_PERSON, _person), (_THING, find_thing), (_MANY, _several)):
        for word, ending in pronouns.items():
            pattern = re.compile(rf"\b{word}\b(?!['’])", re.IGNORECASE)
            if not pattern.search(done) or (whole and word == "it" and find is _topic):
                continue
            meant = find(turns)
            if not meant:
                return None
            if word == "her" and _HER.search(done):
                ending = ""
            owned = meant + ("'" if ending and meant.endswith("s") else ending)
            places = list(pattern.finditer(done))
            # "When did it deny it?": who said it, and what was said.
            done = _put(owned, places[:1] if find is _agent else places, done)
    if whole:
        return _behind(done, turns[-1])
    if done == plain:
        done = _with_topic(done, _topic(turns))
    if done == plain:
        return None
    return done[:1].upper() + done[1:] if plain[:1].isupper() else done


def _with_topic(plain: str, topic: str) -> str:
    """ "These symptoms", "Is that legal?", "The causes?": the topic in its place."""
    if not topic or _names(plain):
        return plain
    for pattern, new in ((_THIS, topic), (_IS_THAT, topic), (_THERE, f"in {topic}")):
        found = pattern.search(plain)
        if found:
            return _put(new, [found], plain)
    related = _RELATED.search(plain)
    if related:
        return f"{plain[: related.end()]} of {topic}{plain[related.end() :]}"
    return plain


def _put(new: str, places: Iterable[re.Match[str]], text: str) -> str:
    """The text with something else in each place: the group of a match, where it has one."""
    for place in reversed(list(places)):
        start, stop = place.span(place.lastindex or 0)
        text = text[:start] + new + text[stop:]
    return text


def _names(text: str) -> bool:
    return any(word[:1].isupper() for word in text.split()[1:])


def _person(turns: Sequence[_Turn]) -> str:
    """Whom "he" or "she" means: who the last answer names, or the last question."""
    for turn in reversed(turns):
        if turn.asks_who and turn.told:
            return turn.told[0]
        people = [p for p in turn.phrases if p.person]
        if people:
            return next((p for p in people if p.subject), people[-1]).text
        if turn.told:
            return turn.told[0]
    return ""


def _agent(turns: Sequence[_Turn]) -> str:
    """Who "it" is that said something: who the last answer names, or a name of the question."""
    last = turns[-1]
    if last.asks_who and last.told:
        return last.told[0]
    names = [p for turn in reversed(turns) for p in turn.phrases if p.name]
    return next((p.text for p in names if p.subject), names[0].text) if names else _topic(turns)


def _topic(turns: Sequence[_Turn]) -> str:
    """What "it" means: what the last question with a thing in it is about."""
    for turn in reversed(turns):
        things = [p for p in turn.phrases if not p.person]
        if things:
            return _narrowed(next((p for p in things if p.subject), things[-1]).text)
        if turn.phrases:
            return turn.phrases[0].text
    return ""


def _several(turns: Sequence[_Turn]) -> str:
    """Whom "they" means: several, or a body; else what "it" would."""
    for turn in reversed(turns):
        found = [p for p in turn.phrases if p.many or (p.name and not p.person)]
        if found:
            return _narrowed(next((p for p in found if p.subject), found[-1]).text)
    return _topic(turns)


def _narrowed(text: str) -> str:
    """ "sharks" of "types of sharks", "cancer" of "cancer's symptoms"."""
    owner = _OWNER.match(text)
    if owner:
        return owner[1]
    head, of, rest = text.rpartition(" of ")
    return rest if of and not re.search(r"[A-Z]", head) else text


def lowered(question: str) -> str:
    return question[:1].lower() + question[1:]


# Taking a question apart


def _phrases(question: str) -> Iterator[_Phrase]:
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
            yield _Phrase(question[start : tokens[last - 1].end()], start, helper in _DO | _BE)
        at = stop


def _continues(question: str, tokens: Sequence[re.Match[str]], at: int, stop: int) -> bool:
    """Whether a token goes on with a run, which no comma may part."""
    word = tokens[stop].group()
    if stop > at and question[tokens[stop - 1].end() : tokens[stop].start()].strip():
        return False
    if word.lower() not in FUNCTION:
        return True
    if word[:1].isupper() and stop and word.lower() not in STOP_WORDS | _WH | _DO | _BE:
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
    if helper in _DO and len(own) > 1:
        for number in range(1, len(own)):
            if own[number - 1][:1].isupper() and own[number].islower() and own[number] != "of":
                return at, at + number
        if own[-1].islower():
            return at, stop - 1
    if helper in _BE and len(own) > 1 and own[-1].lower().endswith(_DESCRIBING):
        return at, stop - 1
    if helper in ("who", "what") and before == helper and own[0].islower():
        return at + 1, stop
    return at, stop
