"""A follow-up made standalone from the conversation, by rules: no model is asked.

"Is it treatable?" after "What is throat cancer?" becomes "Is throat cancer treatable?"; "And
Armenia?" after "What did Azerbaijan say?" becomes "What did Armenia say?"; "Why?" after "Who leaked
it?", "Venn leaked it" becomes "Why did Venn leak it?". What is put in is always words that were
asked or answered before. A question that names what it asks about stays as it is. Where no rule
fits, the question before is put in front: what it names is searched for then, though the question
reads badly.
"""

import re
from collections.abc import Iterable, Sequence

from assistant.again import (
    ABOUT,
    BARE,
    CHAT,
    FRAGMENT,
    OPENING,
    asked_again,
    is_short,
    lowered,
    what_was_told,
)
from assistant.meant import (
    HER,
    PERSON,
    PRONOUN,
    agent,
    asked_body,
    ending_of,
    has_own,
    means_nothing,
    owner,
    person,
    place,
    several,
    sort_of,
    time,
    topic,
    where,
)
from assistant.turn import BE, DO, EMPTY, FUNCTION, TABLE, Phrase, Turn, phrases
from index.words import words

__all__ = ["FUNCTION", "History", "lowered", "points_back", "standalone", "turns", "with_person"]

History = Sequence[tuple[str, str]]  # (question, answer) of each turn, oldest first

TURNS = 20  # of the conversation that are looked at, the last ones
LONGEST = 1_000  # characters of a question that leaves something to the conversation
_RELATIONAL = "|".join(TABLE["relational"].split())
_ABSTRACT = "|".join(TABLE["abstract"].split())
_SORTS = "any|some|main|possible|common|best|different|other|are|were|two|three"
_SAYING = "|".join(TABLE["saying"].split())
_AGENT = re.compile(rf"\b(?:did|does|do|has|had|will|would) it (?:{_SAYING})\b", re.IGNORECASE)
_DOES = re.compile(
    r"\b(?:did|does|has|had|will|would) it (?!be\b|been\b|cost\b|happen\b)[a-z]", re.I
)
_SAID_IT = re.compile(rf"\b(?:{_SAYING}|about|to) (?:it|that|this|so)$", re.IGNORECASE)
_SAYS_THIS = re.compile(r"\b(?P<verb>[a-z]+) (?P<this>this|that|so)$", re.IGNORECASE)
_RELATED = re.compile(
    rf"\b(?:the|{_SORTS})(?: [a-z]+)? (?:{_RELATIONAL})\b(?! (?:of|for|between|that|in)\b)", re.I
)
_THIS = re.compile(
    rf"\b(?:this|these|those)(?! (?:of|who|that|{_ABSTRACT})\b)"
    r"(?: (?!time\b|year|week|month|day)[a-z]+)?",
    re.I,
)
_BACK = re.compile(
    r"\b(?:that|this|those|these|then|there)$|^(?:\w+ )?(?:is|are|was|were) (?:that|this)\b|"
    rf"\b(?:this|that|these|those) (?:{_ABSTRACT})\b|"
    r"\belse\b|\bsince when$|\b(?:that|this|it) happen",
    re.IGNORECASE,
)
_IS_THAT = re.compile(r"^(?:\w+ )?(?:is|are|was|were) (that)\b(?= (?!true|right|so)\w)", re.I)
_ORGANISED = re.compile(
    r"\b(?:is|was) it (?:founded|based|headquartered|owned|run|led)\b|"
    r"\bwho (?:owns|runs|leads|founded|heads|chairs) it\b",
    re.IGNORECASE,
)
_THERE = re.compile(
    r"(?<!are )(?<!is )(?<!were )(?<!was )(?<!will )(?<!has )(?<!have )(?<!not )\bthere\b"
    r"(?! (?:is|are|was|were|be|been|will|has|have|any|an?|no|some)\b)",
    re.IGNORECASE,
)
_THAT_DAY = re.compile(r"\b(?:on )?that day\b", re.IGNORECASE)
_THEN = re.compile(r"\b(?:back |(?P<before>(?:by|before|after|since|until) ))?then$", re.IGNORECASE)


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
    turns: list[Turn] = []
    for asked, answer in history[-TURNS:]:
        turns.append(Turn(_resolved(asked, turns), answer))
    return _resolved(question, turns)


def _resolved(question: str, turns: Sequence[Turn]) -> str:
    question = " ".join(question.split())
    if not turns or not turns[-1].plain or len(question) > LONGEST:
        return question  # nothing was asked before, or only "?"; or what needs no conversation
    plain = question.rstrip(" ?.!")
    done = asked_again(plain, turns)
    if done and plain == question:
        return f"{done}?"
    if done is None:
        done = _with_antecedents(plain, turns)
    if done is None:
        done = _behind(question, turns[-1]) if points_back(question) else _without_opening(plain)
    ending = question[len(plain) :]
    return done if done.endswith(question) else done + ending


def _behind(question: str, turn: Turn) -> str:
    """The question behind the one before; of one that stands behind another, that is left out."""
    return f"{turn.question.rsplit('? ', 1)[-1]} {question}"


def _without_opening(plain: str) -> str:
    """ "Who won?" of "So who won?"; "Ok" stays."""
    rest = OPENING.sub("", plain)
    return f"{rest[:1].upper()}{rest[1:]}" if rest and plain[:1].isupper() else rest or plain


def points_back(question: str) -> bool:
    """Whether a question has nothing to search for, or a pronoun and no name."""
    plain = question.rstrip(" ?.!")
    opened = OPENING.match(plain)
    rest = plain[opened.end() :] if opened else plain
    found = words(rest)
    if ABOUT.match(question):
        return True
    if not CHAT.isdisjoint(words(plain)) and CHAT.issuperset(words(plain)):
        return {"and", "but", "so", "more"}.issuperset(words(plain))
    if EMPTY.issuperset(found) or BARE.match(rest) or FRAGMENT.match(rest):
        return True
    if is_short(rest, bool(opened)):
        return True
    if _names(rest):
        return False
    if re.match(rf"(?:how many|which) (?:{'|'.join(DO | BE)})\b", rest, re.I):
        return True  # "How many were injured?"
    if opened and " the " not in rest and sum(word not in FUNCTION for word in found) < 2:
        return True  # "And who won?"
    return bool(PRONOUN.search(rest)) or bool(_BACK.search(rest))


def with_person(question: str, before: str) -> str:
    """A question with a name for its first "he", "she", "his" or "her", from the one before.

    Itself where it has a name of its own, or the one before names nobody.
    """
    found = re.search(rf"\b(?:{'|'.join(PERSON)})\b(?!['’])", question, re.IGNORECASE)
    if not found or _names(question):
        return question
    owner = PERSON[found.group().lower()] and not HER.match(question, found.start())
    if owner and (DO | BE).isdisjoint(words(question[: found.start()])):
        return question  # "which member wanted his dues back": the member's own
    people = [phrase for phrase in phrases(before) if phrase.person]
    if not people:
        return question
    name = next((p for p in people if p.subject), people[-1]).text
    name = re.sub(r"['’]s?$", "", name)
    ending = ("'" if name.endswith("s") else "'s") if owner else ""
    return f"{question[: found.start()]}{name}{ending}{question[found.end() :]}"


# Pronouns


def _with_antecedents(plain: str, turns: Sequence[Turn]) -> str | None:
    """The question with names for its pronouns; None when it has none, or nobody is meant."""
    plain = _without_opening(plain)
    # "it" is all that was said: only the question before tells what.
    whole = bool(_SAID_IT.search(plain)) and not _names(plain)
    done, stays, meant_before = plain, False, set()
    places: list[tuple[re.Match[str], str]] = []
    for pronoun in PRONOUN.finditer(plain):
        sort = sort_of(pronoun.group())
        last = whole and pronoun.group().lower() == "it" and pronoun.end() == len(plain)
        if last or sort in meant_before:
            continue
        if means_nothing(pronoun) or has_own(pronoun, turns):
            stays = True
            continue
        meant = _meant(pronoun, turns)
        if not meant:
            return None
        if any(meant in other for _, other in places):
            stays = True  # "When did the board send it?": not itself
            continue
        meant_before.add(sort)
        ending = ending_of(pronoun)
        places.append((pronoun, meant + ("'" if ending and meant.endswith("s") else ending)))
    for pronoun, new in reversed(places):
        done = _put(new, [pronoun], done)
    if whole:
        return _behind(done, turns[-1])
    if done == plain:
        done = _with_topic(done, turns)
    if done == plain and not stays:
        return None
    return done[:1].upper() + done[1:] if plain[:1].isupper() else done


def _meant(pronoun: re.Match[str], turns: Sequence[Turn]) -> str:
    sort, plain = sort_of(pronoun.group()), pronoun.string
    if sort == "person":
        return person(turns, pronoun.group().lower())
    if sort == "many":
        return several(turns)
    at = max(0, pronoun.start() - len("would "))
    if _AGENT.match(plain, plain.rfind(" ", 0, pronoun.start() - 1) + 1):
        return agent(turns)
    if _DOES.search(plain, at):
        return asked_body(turns) or topic(turns)
    if _ORGANISED.search(plain):
        return asked_body(turns) or topic(turns, attached=True)
    if pronoun.group().lower() == "its":
        return owner(turns, plain[pronoun.end() :])
    return topic(turns)


def _with_topic(plain: str, turns: Sequence[Turn]) -> str:
    """ "These symptoms", "Is that legal?", "The causes?": the topic in its place."""
    day = time(turns, day=True) if _THAT_DAY.search(plain) else ""
    when = time(turns) if _THEN.search(plain) else ""
    then = _THEN.search(plain)
    if day:
        return _THAT_DAY.sub(day, plain)
    if when and then:
        new = f"{then['before']}{when.split(' ', 1)[1]}" if then["before"] else when
        return f"{plain[: then.start()]}{new}"
    there = _THERE.search(plain)
    about = topic(turns)
    ends = there and plain[there.end() :][:6] in ("", " now", " still")
    if there and (place(turns) or (ends and about)):
        return _put(place(turns) or where(turns), [there], plain)
    said = _SAYS_THIS.search(plain)
    told = what_was_told(turns[-1], said["verb"].lower()) if said else ""
    if said and told:
        return f"{plain[: said.start('this')]}{told}"
    if not about or _names(plain):
        return plain
    for pattern in (_THIS, _IS_THAT):
        found = pattern.search(plain)
        if found:
            return _put(about, [found], plain)
    related = _RELATED.search(plain)
    if related and not (Phrase(about, 0).person or _asks_cost(related)):
        return f"{plain[: related.end()]} of {about}{plain[related.end() :]}"
    return plain


def _asks_cost(related: re.Match[str]) -> bool:
    """Whether a noun is a verb here: "What does the strike cost?"."""
    *before, last = words(related.group())
    asked = words(related.string[: related.start()])
    return last in ("cost", "costs", "cause", "price") and bool(before[1:] and DO & set(asked))


def _put(new: str, places: Iterable[re.Match[str]], text: str) -> str:
    """The text with something else in each place: the group of a match, where it has one."""
    for found in reversed(list(places)):
        start, stop = found.span(found.lastindex or 0)
        text = text[:start] + new + text[stop:]
    return text


def _names(text: str) -> bool:
    return any(word[:1].isupper() for word in text.split()[1:])
