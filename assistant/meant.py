"""Whom or what "he", "it", "they" and "there" mean: words of the question, or of earlier turns."""

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from assistant.turn import BE, BODIES, DO, TABLE, Phrase, Told, Turn, gender_of, is_past, phrases
from index.names import is_title
from index.words import words

Sort = Literal["person", "thing", "many"]
PERSON = {"he": "", "him": "", "she": "", "his": "'s", "her": "'s", "hers": "'s"}
THING = {"it": "", "its": "'s"}
MANY = {"they": "", "them": "", "their": "'s", "theirs": "'s"}
PRONOUN = re.compile(rf"\b(?:{'|'.join([*PERSON, *THING, *MANY])})\b(?!['’])", re.IGNORECASE)
_FEMALE = frozenset(["she", "her", "hers"])
HER = re.compile(  # as him, not as his
    r"\bher(?: (?:in|on|at|about|to|for|as|by|with|from|up|down|out|off|over|back)\b|\W*$)"
)
_OWNER = re.compile(r"^(.+?)['’]s? [a-z]")
_WITHIN = re.compile(r"^ (?:at|in|near|on|off|from) (?:the )?$")
_CLAUSE = re.compile(r"\b(?:that|if|whether|when|while|because|before|after|who|which|say|said)\b")
_NEAR = re.compile(r"\b(?:in|at|near|off|from) (?:the )?$", re.IGNORECASE)
# What says that a name is of somebody: ", the mayor, said", "said Ada Venn".
_SAYS = r"(?:said|says|told|added|wrote|warned|denied|admitted|announced|claimed|confirmed|argued)"
_SAYS_AFTER = re.compile(
    rf"^(?:,[^.;:]{{0,90}},)? (?:has |had |have |also |later |then )?{_SAYS}\b"
)
_SAYS_BEFORE = re.compile(rf"\b{_SAYS} $")
_ROLE_AFTER = re.compile(r"^, (?:the|a|an|its|his|her|their|who|whose|\d)\b")
_ASKED_BODY = re.compile(r"^(?:which|what) (?:[\w-]+ ){0,2}?(?P<noun>[\w-]+) ", re.IGNORECASE)
_PLACE = re.compile(
    r"\b(?P<place>(?:in|at|near|on|off) (?:the )?[A-Z][\w’'-]*(?: (?:of )?[A-Z][\w’'-]*){0,4}"
    rf"(?: (?:{'|'.join(TABLE['sites'].split())}))?)"
    r"(?= (?:in|on|at|by|for|since|after|and)\b|[ ,]*$|[,.;?])"
)
_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
_DAYS = "Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday"
_DAY = re.compile(rf"\bon (?:(?:{_MONTHS}) \d{{1,2}}|\d{{1,2}} (?:{_MONTHS})|(?:{_DAYS}))\b")
_TIME = re.compile(
    rf"\b(?:on|in|by|since) (?:(?:{_MONTHS}) \d{{1,2}}|\d{{1,2}} (?:{_MONTHS})|(?:{_DAYS})|"
    rf"(?:(?:{_MONTHS})(?: \d{{4}})?)|\d{{4}})\b"
)
_EMPTY = "|".join(TABLE["empty"].split())
_WEATHER = "|".join(TABLE["weather"].split())
_EVENTS = "|".join(TABLE["events"].split())
_EXPLETIVE = re.compile(
    rf"\b(?:is|was|isn['’]t|wasn['’]t|if|that|whether) (it) (?:is |was |also |really )*(?:{_EMPTY})"
    r" (?:that|if|whether|how|why|when|who|what|where)\b|"
    r"\b(?:is|was|be) (it) (?:not )?possible to\b|"
    r"\b(it) takes? (?:[a-z]+ )*?to\b|\b(it) costs? to\b|"
    rf"\b(?:did|does|do|will|would|has|is|can|could) (it) (?:{_WEATHER})\b|"
    r"\bwhat (?:time|day|date|year|month) (?:is|was|will) (it)\b|\bhow late is (it)\b|"
    r"\b(?:is|was|isn['’]t|wasn['’]t) (it) (?:really |not |only |just )*"
    r"(?:the |a )?[\w’'-]+(?: [\w’'-]+){0,4} (?:who|that)\b|"
    r"\b(?:who|what|where|when|why) (?:is|was) (it) that\b",
    re.IGNORECASE,
)


def sort_of(pronoun: str) -> Sort:
    word = pronoun.lower()
    return "person" if word in PERSON else "thing" if word in THING else "many"


def ending_of(pronoun: re.Match[str]) -> str:
    """ "'s" for a pronoun that owns something."""
    word = pronoun.group().lower()
    if word == "her" and HER.match(pronoun.string, pronoun.start()):
        return ""
    return {**PERSON, **THING, **MANY}[word]


def means_nothing(pronoun: re.Match[str]) -> bool:
    """Whether "it" is there for the grammar: "Is it true that", "does it take to"."""
    return any(
        pronoun.start() == found.start(found.lastindex or 0)
        for found in _EXPLETIVE.finditer(pronoun.string)
    )


def has_own(pronoun: re.Match[str], turns: Sequence[Turn]) -> bool:
    """Whether a pronoun means somebody or something that its own question names before it.

    "Did Venn say he would resign?", "Which country recalled its ambassador?"; not "What did Venn
    say about it?", where whoever does something is another than whom it is done to.
    """
    text, word = pronoun.string, pronoun.group().lower()
    before = text[: pronoun.start()]
    found = [p for p in phrases(text) if p.start + len(p.text) <= pronoun.start()]
    found = [p for p in found if _fits(p, word, text, turns)]
    if not found:
        return False
    if ending_of(pronoun):
        return True
    last = words(before)[-1:]
    if not last or last[0] in DO | BE:
        return bool(re.search(r"[,;.?!] ", before))  # "When Venn resigned, did he say why?"
    following = words(text[pronoun.end() :])[:1]
    acts = word in ("he", "she", "they") or bool(following and _is_verb(following[0]))
    if word == "it" and following and following[0] in BE:
        return any(p.text[:4].lower() == "the " for p in found) and "," in before
    return acts or any(_CLAUSE.search(before, p.start + len(p.text)) for p in found)


def _is_verb(word: str) -> bool:
    return word in DO | BE or is_past(word) or word.endswith("s")


def _fits(phrase: Phrase, word: str, text: str, turns: Sequence[Turn]) -> bool:
    """Whether a pronoun can mean a phrase of its own question."""
    if _NEAR.search(text[: phrase.start]):
        return False
    head = words(phrase.text)[-1]
    asked = bool(re.search(r"\b(?:which|what|whose) $", text[: phrase.start], re.IGNORECASE))
    sort = sort_of(word)
    if sort == "person":
        other = gender_of(phrase.text) == (word in _FEMALE)
        typed_small = (
            phrase.subject and text[1:].islower() and text[phrase.start - 4 :][:4] != "the "
        )
        somebody = phrase.person or is_title(head) or typed_small
        return not other and somebody and not phrase.many
    if sort == "many":
        return phrase.many or (phrase.subject and not phrase.person and not is_title(head))
    if is_title(head) or (phrase.many and not phrase.name):
        return False
    if phrase.person and (gender_of(phrase.text) is not None or _is_somebody(phrase.text, turns)):
        return False
    return asked or phrase.definite or phrase.subject


def _is_somebody(name: str, turns: Sequence[Turn]) -> bool:
    """Whether the conversation shows that a name is a person's."""
    last = name.split()[-1]
    return any(
        told.text.split()[-1] == last and _evidence(told, turn.text) > 1
        for turn in turns
        for told in turn.names
    )


# Persons


def person(turns: Sequence[Turn], word: str = "he") -> str:
    """Whom "he" or "she" means: who the last turn speaks of, and a name of a person it must be."""
    for turn in reversed(turns):
        found = sorted(_people(turn, word), key=lambda one: -one[0])
        if found:
            return found[0][1]
    return ""


def _people(turn: Turn, word: str) -> Iterator[tuple[float, str]]:
    """How likely each name of a turn is meant, and its text."""
    female = word in _FEMALE
    asked = [p for p in turn.phrases if p.person]
    used = set()
    for told in turn.names:
        sex = gender_of(told.text)
        if sex is not None and sex == female:
            continue  # a man's name for "she"
        score = _evidence(told, turn.text)
        same = next((p for p in asked if p.text.split()[-1] == told.text.split()[-1]), None)
        if same:
            used.add(same.text)
            score += 3 if same.subject else 0
        elif turn.asks_who:
            score += 3
        if score > 0:
            yield score, same.text if same and " " in same.text else told.text
    for number, phrase in enumerate(asked):
        sex = gender_of(phrase.text)
        if phrase.text in used or (sex is not None and sex == female):
            continue
        located = bool(_NEAR.search(turn.question[: phrase.start]))
        score = (3 if phrase.subject else 1) + (1 if " " in phrase.text else 0)
        score += (3 if sex is not None or is_title(words(phrase.text)[0]) else 0) - 3 * located
        if score > 0:
            yield score + number / 10, phrase.text


def _evidence(told: Told, text: str) -> float:
    """How much an answer tells that a name is of a person who is spoken of."""
    before, after = text[: told.start], text[told.stop :]
    own = told.text.split()
    if not Phrase(told.text, 0).person:
        return 0
    titled = is_title(own[0]) and len(own) > 1
    role = re.search(r"(\w+),? $", before)
    titled = titled or bool(role and is_title(role[1]))
    known = titled or gender_of(told.text) is not None
    score = 4.0 * known + 1.0 * (len(own) in (2, 3))
    if _SAYS_AFTER.match(after) or _SAYS_BEFORE.search(before):
        score += 3
    elif _ROLE_AFTER.match(after):
        score += 2
    if told.located:
        score -= 6
    if told.belonging:
        score -= 0.5
    return score if known or not told.located else 0


# Things


def agent(turns: Sequence[Turn]) -> str:
    """Who "it" is that said something: who the last answer names, or a name of the question."""
    last = turns[-1]
    if last.asks_who and last.doer and _evidence_of(last, last.doer) < 2:
        return last.doer
    for turn in reversed(turns):
        doers = [p for p in turn.phrases if p.subject and p.definite]
        if doers and not is_title(words(doers[0].text)[-1]):
            return doers[0].text
        names = [p for p in turn.phrases if p.name and not _NEAR.search(turn.plain[: p.start])]
        if names:
            return names[0].text
    return topic(turns)


def _evidence_of(turn: Turn, name: str) -> float:
    return next((_evidence(t, turn.text) for t in turn.told if t.text == name), 0)


def is_told_person(name: str, turn: Turn) -> bool:
    """Whether an answer shows that a name is a person's."""
    return any(t.text.endswith(name) and _evidence(t, turn.text) > 2 for t in turn.names)


def owner(turns: Sequence[Turn], owned: str) -> str:
    """Whose "its" is: a company's that was asked for; with a minister or a head, a doer's."""
    last = turns[-1]
    if asked_body(turns):
        return asked_body(turns)
    heads = any(is_title(word) for word in words(owned)[:2])
    if heads and last.asks_who and last.doer and not is_told_person(last.doer, last):
        return last.doer
    return topic(turns)


def asked_body(turns: Sequence[Turn]) -> str:
    """The company that answers "Which company ...?"."""
    asked = _ASKED_BODY.match(turns[-1].question)
    bodies = {*BODIES, *TABLE["asked"].split()}
    return turns[-1].doer if asked and asked["noun"].lower() in bodies else ""


def topic(turns: Sequence[Turn], attached: bool = False) -> str:
    """What "it" means: what the last question with a thing in it is about.

    Args:
        attached: of "the fire at the plant" the plant, not the fire.
    """
    for turn in reversed(turns):
        things = [p for p in turn.phrases if not p.person]
        if things:
            subject = next((p for p in things if p.subject), None)
            return narrowed((subject or _head(things, turn.question, attached)).text)
        if turn.phrases:
            name = turn.phrases[0].text
            somebody = gender_of(name) is not None or is_title(name.split()[0])
            return "" if somebody or is_told_person(name, turn) else name
    return ""


def _head(things: Sequence[Phrase], question: str, attached: bool) -> Phrase:
    """The last of some things that has "the" or a name; of "the fire at the plant" the fire."""
    definite = [p for p in things if p.definite] or list(things)
    at = len(definite) - 1
    while at and not attached and definite[at - 1].text[:4].lower() == "the ":
        before = definite[at - 1]
        if not _WITHIN.match(question[before.start + len(before.text) : definite[at].start]):
            break
        at -= 1
    return definite[at]


def several(turns: Sequence[Turn]) -> str:
    """Whom "they" means: several, or a body; else what "it" would."""
    for turn in reversed(turns):
        if turn.asks_who and turn.several:
            return turn.several
        found = [p for p in turn.phrases if p.many]
        meant = next((p for p in found if p.subject), found[-1] if found else None)
        who = asked_body([turn]) or (turn.doer if turn.asks_who else "")
        if not meant and who:
            return who
        named = [p for p in turn.phrases if p.name and not p.person]
        meant = meant or next((p for p in named if p.subject), named[-1] if named else None)
        if meant and (meant.many or not turn.several):
            counted = re.search(r"\bhow many $", turn.question[: meant.start], re.IGNORECASE)
            return f"the {meant.text}" if counted else narrowed(meant.text)
        if turn.several:
            return turn.several
    return topic(turns)


def place(turns: Sequence[Turn]) -> str:
    """ "at Wexcombe school" for "there", or nothing."""
    for turn in reversed(turns):
        for text in (turn.question, turn.text):
            found = [match["place"] for match in _PLACE.finditer(text)]
            found = [one for one in found if not _TIME.match(one)]
            if found:
                return found[-1]
    return ""


def time(turns: Sequence[Turn], day: bool = False) -> str:
    """ "on November 5" for "that day" or "then", or nothing."""
    for text in (turns[-1].text, turns[-1].plain):
        found = (_DAY if day else _TIME).search(text)
        if found:
            return found.group()
    return ""


def where(turns: Sequence[Turn]) -> str:
    """ "in the Verrin Dam" for "there", where no words name a place; of a flood, its place."""
    about = topic(turns)
    event = re.match(rf"^(?:the )?((?:[A-Z][\w’'-]* ?)+) (?:[a-z]+ )?(?:{_EVENTS})$", about)
    return f"in {event[1] if event else about}" if about else ""


def narrowed(text: str) -> str:
    """ "sharks" of "types of sharks", "cancer" of "cancer's symptoms"."""
    owner = _OWNER.match(text)
    if owner and not Phrase(text, 0).body:
        return owner[1]
    head, of, rest = text.rpartition(" of ")
    return rest if of and not re.search(r"[A-Z]", head) else text
