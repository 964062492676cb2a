"""The question before, asked again in another way: "Why?", "Who else?", "And Armenia?"."""

import re
from collections.abc import Sequence

from assistant.meant import PRONOUN, is_told_person, topic
from assistant.turn import BE, BODIES, DO, EMPTY, FUNCTION, TABLE, WH, Phrase, Turn, is_past
from index.acts import named_act
from index.names import is_place, is_title
from index.words import stem, words

SHORT = 4  # words of "in March 2014", "the race organisers" as a question
LONGEST = 24  # words of what an answer says that somebody denied
SHORT_OPENED = 8
CHAT = frozenset(TABLE["chat"].split())
_ORDERS = frozenset(TABLE["orders"].split())
_PAST: dict[str, str] = TABLE["past"]
OPENING = re.compile(r"^(?:(?:and|but|so|ok|okay|then|well)\b[, ]*)+", re.IGNORECASE)
ABOUT = re.compile(r"^(?:(?:and|but|so) )?(?:what|how) about\b *", re.IGNORECASE)
BARE = re.compile(
    r"^(?P<word>why|when|where|how come|how (?:long|often|soon)|how|"
    r"(?:by|for|from|since|to|until|with) (?:when|where|whom|how (?:long|much|many)))"
    r"(?: (?P<rest>not|so(?: [a-z]+)?|exactly|(?:was|is) that|was this|"
    r"did (?:that|this|it) happen))?$",
    re.IGNORECASE,
)
FRAGMENT = re.compile(
    r"^(?:(?P<word>who|what)(?P<else> else)?|(?P<asked>which|how many)(?: (?!of\b)"
    r"[a-z-]+){0,2})$",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"\d|\b(?:january|february|march|april|may|june|july|august|september|october|november|december|"
    r"\w+day|week|month|year|spring|summer|autumn|winter|morning|evening|night)\b",
    re.IGNORECASE,
)
_MORE = re.compile(r"^(?:please )?tell me more$", re.IGNORECASE)
_PLACED = re.compile(r"^(in|on|at|by|for|from|to|with|since|until|before|after|during) ", re.I)
_THE_ONE = re.compile(r"^the ones? (?=(?:in|on|at|of|from|with|near) )", re.IGNORECASE)
_ASKS_WHO = re.compile(
    r"^who (?:has |had |have )?(?P<verb>[a-z]+)(?: (?:that|of|about|for))? (?=\S)", re.I
)
_TOO = re.compile(r"^also |,? (?:too|as well|also)$", re.IGNORECASE)
_OWNED = re.compile(r"^[A-Z][\w-]*(?: [A-Z][\w-]*)?['’]s? [a-z]+$")
_OF_WHAT = re.compile(r"(?= (?:of|in|on|at|with|between|from|for)\b)")
_HELPERS = DO | BE
# With these nothing begins that somebody denied: "denied on Monday".
_VAGUE = EMPTY - {"that", "the", "a", "an", "no", "to", "his", "her", "its", "their"}
_ADVERBIAL = re.compile(
    r"^(?:(?:(?:by|for|from|since|to|until|with) )?"
    r"(?:when|where|whom|how (?:long|often|many|much))|how come|why|how|in which \w+)"
    r" (?P<aux>[a-z]+) (?P<rest>.+)$",
    re.IGNORECASE,
)
_OBJECT = re.compile(
    r"^(?:what|whom|who|(?P<asked>which|what|how many|how much)(?P<noun>(?: [\w-]+){1,3}?))"
    r" (?P<aux>[a-z]+) (?P<rest>.+)$",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r"^(?P<asked>who|what|which|how many)(?P<noun>(?: [\w-]+){0,3}?) (?P<verb>[a-z]+)"
    r"(?P<rest> .+)?$",
    re.IGNORECASE,
)
_CAUSE = re.compile(r"^what (?:caused|started|triggered|led to) ", re.IGNORECASE)
_DEGREE = re.compile(
    r"^how (?!many|much|long)(?P<how>[a-z]+) (?P<be>is|are|was|were) (?P<rest>.+)$", re.IGNORECASE
)
_HOW_MUCH = re.compile(r"^how much (?P<aux>did|does|do|will|would|has|have) (?P<rest>.+)$", re.I)
_NAMED = re.compile(r"^(?:[A-Z0-9]|the\b|an?\b)")
_LEFT = re.compile(r"\b(?:[a-z]{3,}ing|of|for|about|with|to|at|in|on|by)$")
_DOUBLED = re.compile(r"(?:([bdgmnprt])\1|[aeiou].*[aeiou]ll)$")
_SURELY_SILENT = re.compile(  # "created", "invited", "restored": against the rules below
    r"(?:e|(?:cre|[iu])at|[aeiou]b|(?:pl|gn|st|sc)or|postpon|quir|(?:compl|comp|del)et|"
    r"^(?:inv|c|un|exc|ign|inc|rec)it)$"
)
_SILENT = re.compile(  # before -ed stood an e: "accused", "invaded", "replaced", "fined"
    r"(?:[cuvz]|[^s]s|[aeiou][^aeiou]?g|[nrd]g|[^aeioul]l|[^e]at|[aeiou]d|[aiu]r|"
    r"^[^aeiou]*op|(?:^|[^aeiou])(?:[io]n|[aeou]m|ap|ok|ak|[iu]l|ut|ot|ag))$"
)
_NOT_SILENT = re.compile(
    r"(?:[aeiou]{2}[dlnrtmkgp]|[^aeiou]{2,}[ou]n|[a-z]{3,}on|it|rd|nd|[^c]en|sw)$"
)


def asked_again(plain: str, turns: Sequence[Turn]) -> str | None:
    """The question before with a few words changed; None where this is no short form of it."""
    last = turns[-1]
    opened = OPENING.match(plain)
    rest = plain[opened.end() :] if opened else plain
    if plain[:1].isupper():
        rest = rest[:1].upper() + rest[1:]
    if _MORE.match(rest):
        about = topic(turns)
        return f"{rest} about {about}" if about else None
    bare = BARE.match(rest)
    if bare:
        return _bare(bare, turns)
    fragment = FRAGMENT.match(rest)
    if fragment:
        return _fragment(fragment, last)
    about_it = ABOUT.match(plain)
    dropped = about_it or opened
    new = plain[dropped.end() :] if dropped else plain
    new = _TOO.sub("", _THE_ONE.sub("", new))
    if not new or not (about_it or is_short(new, bool(opened))):
        return None
    return _exchanged(new, last)


def is_short(new: str, opened: bool) -> bool:
    """Whether something is no sentence: "Armenia", "the race organisers", "in March"."""
    found = words(new)
    if _PLACED.match(new):
        return len(found) <= SHORT and WH.isdisjoint(found)
    if not found or found[0] in WH | DO | BE | _ORDERS or CHAT.issuperset(found):
        return False
    if opened:
        return len(found) <= SHORT_OPENED and not PRONOUN.search(new)
    named = all(
        word[:1].isupper() or word in ("of", "the", "de", "van", "von") for word in new.split()
    )
    if len(found) > SHORT or not CHAT.isdisjoint(found):
        return False
    if new[:4].lower() == "the ":
        return not any(word in FUNCTION or is_past(word) for word in found[1:])
    if _OWNED.match(new):
        return True
    plural = len(found) == 1 and new.endswith(("s", "ing", "ed", "ly", "tion", "ment"))
    return named and found[0] not in FUNCTION and not plural


# "Why?", "When did that happen?"


def _bare(bare: re.Match[str], turns: Sequence[Turn]) -> str | None:
    last, rest = turns[-1], (bare["rest"] or "").lower()
    word = "why" if bare["word"].lower() == "how come" else bare["word"]
    if bare["word"][:1].isupper():
        word = word.capitalize()
    clause = inverted(last)
    degree = _DEGREE.match(last.plain)
    if degree and word.lower() == "why":
        clause = f"{degree['be']} {degree['rest']} so {degree['how']}"
    if rest == "not":
        clause = _negated(last, clause)
    event = topic(turns)
    happens = rest.endswith(("happen", "was that")) and event and event.split()[-1].islower()
    if word.lower() != "why":
        clause = clause.removesuffix(" that much")
    if clause and not (happens and _CAUSE.match(last.plain)):
        return f"{word} {clause}{' ' + rest if rest.startswith('so ') else ''}"
    if happens:
        within = re.search(rf"{re.escape(event)} in [A-Z]\S*", last.plain)
        return f"{word} did {within.group() if within else event} happen"
    return None


def _negated(turn: Turn, clause: str) -> str:
    subject = next((p.text for p in turn.phrases if p.subject), "")
    helper, _, rest = clause.partition(" ")
    if not subject or not rest.startswith(subject):
        return ""
    return f"{helper} {subject} not{rest[len(subject) :]}"


def inverted(turn: Turn) -> str:
    """What was asked, as it follows "why": "did Karsovia deny opening the dam"; "" where unknown.

    What the question asked for comes from the answer.
    """
    before = OPENING.sub("", turn.plain)
    helper = before.split()[0].lower() if before else ""
    if helper in _HELPERS:
        return lowered(before)
    much = _HOW_MUCH.match(before)
    if much:
        return f"{much['aux'].lower()} {much['rest']} that much"
    adverbial = _ADVERBIAL.match(before)
    if adverbial and adverbial["aux"].lower() in _HELPERS:
        return f"{adverbial['aux'].lower()} {adverbial['rest']}"
    object_ = _OBJECT.match(before)
    if object_ and object_["aux"].lower() in _HELPERS:
        found = _of_object(object_, turn)
        if found is not None:
            return found
    return _of_subject(before, turn)


def _of_object(asked: re.Match[str], turn: Turn) -> str | None:
    """ "did Venn deny that" of "what did Venn deny"; None where what was asked for did it."""
    aux, rest = asked["aux"].lower(), asked["rest"]
    word = asked.group().split()[0].lower()
    if word == "who" and aux not in ("did", "does", "do"):
        return None
    if asked["noun"] and not _NAMED.match(rest):
        return None
    if aux in BE:
        return f"{aux} {rest} that" if _LEFT.search(rest) and not asked["noun"] else ""
    subject = next((p for p in turn.phrases if p.subject and rest.startswith(p.text)), None)
    acted = re.match(r"(.+?) ([a-z]+)$", rest)
    if asked["noun"]:
        verb = re.match(r" [a-z]+", rest[len(subject.text) :]) if subject else None
        if not subject or not verb:
            return ""
        at = len(subject.text) + verb.end()
        return f"{aux} {rest[:at]} the{asked['noun']}{rest[at:]}"
    if word in ("who", "whom"):
        return f"{aux} {rest} {turn.doer}" if turn.doer and acted else ""
    if acted and subject and acted[1] == subject.text:
        return f"{aux} {rest} {what_was_told(turn, acted[2]) or 'that'}"
    return f"{aux} {rest}"


def what_was_told(turn: Turn, verb: str) -> str:
    """ "that troops had crossed the border" of an answer to "What did the general deny?".

    Args:
        verb: in its base form, "deny".
    """
    for found in re.finditer(r"\b([a-z]+) (?=([^“”\",;:.]+)(?:[,;.]|$))", turn.text):
        told = found[2].split()
        first = told[0].lower() if told else ""
        begun = base_form(found[1]) == verb and first not in _VAGUE
        if begun and told[1:] and len(told) <= LONGEST:
            return " ".join(told)
    return ""


def _of_subject(before: str, turn: Turn) -> str:
    """ "did Venn leak the report" of "who leaked the report"; who did comes from the answer."""
    asked = _SUBJECT.match(before)
    while asked and not _is_finite(asked["verb"]):
        longer = re.match(
            rf"^(?P<asked>who|what|which|how many)(?P<noun>{re.escape(asked['noun'])} "
            rf"{re.escape(asked['verb'])}) (?P<verb>[a-z]+)(?P<rest> .+)?$",
            before,
            re.IGNORECASE,
        )
        asked = longer if longer and len(longer["noun"].split()) <= SHORT else None
    if not asked:
        return ""
    word, noun, verb = asked["asked"].lower(), asked["noun"].strip(), asked["verb"].lower()
    rest = (asked["rest"] or "").strip()
    if (word in ("who", "what")) == bool(noun) or (
        word == "who" and verb in BE and _NAMED.match(rest)
    ):
        return ""
    counted = noun if noun == "people" else f"the {noun}"
    who = counted if word == "how many" else ("" if word == "what" else turn.doer)
    if verb in BE and rest and is_past(rest.split()[0]) and word != "how many":
        who = _done_to(turn, rest.split()[0])
    who = who or _subject_told(turn, verb)
    if not who:
        return ""
    if verb in _HELPERS:
        return f"{verb} {who} {rest}".strip()
    if is_past(verb):
        return f"did {who} {base_form(verb)} {rest}".strip()
    return f"does {who} {base_form(verb)} {rest}".strip()


def _done_to(turn: Turn, verb: str) -> str:
    """Who was arrested: "Venn was arrested", "police arrested the banker Venn"."""
    found = re.search(rf"\b(?P<passive>(?:is|are|was|were|been) )?{re.escape(verb)}\b", turn.text)
    if not found or found["passive"]:
        return turn.doer
    return next((n.text for n in turn.told if n.start > found.end() and not n.located), "")


def _subject_told(turn: Turn, verb: str) -> str:
    """ "a storage tank" of "A storage tank exploded at the refinery"."""
    found = re.match(rf"^((?:[A-Z][\w’'-]*)(?: [\w’'-]+){{0,5}}?) {re.escape(verb)}\b", turn.text)
    if not found:
        return ""
    first = found[1].split()[0].lower()
    return lowered(found[1]) if first in ("a", "an", "the") else ""


def _is_finite(verb: str) -> bool:
    verb = verb.lower()
    if verb in _HELPERS or is_past(verb):
        return True
    return verb in ("runs", "owns", "leads", "wants", "says", "denies", "plans", "makes", "pays")


def base_form(verb: str) -> str:
    """ "deny" of "denied", "win" of "won", "accuse" of "accused"."""
    if verb in _PAST:
        return _PAST[verb]
    if verb.endswith("ied"):
        return f"{verb[:-3]}y"
    if verb.endswith("ed"):
        cut = verb[:-2]
        if _DOUBLED.search(cut):
            return cut[:-1]
        silent = _SILENT.search(cut) and not _NOT_SILENT.search(cut)
        return f"{cut}e" if silent or _SURELY_SILENT.search(cut) else cut
    return f"{verb[:-3]}y" if verb.endswith("ies") else verb.removesuffix("s")


# "Who else?", "Which party?"


def _fragment(new: re.Match[str], turn: Turn) -> str | None:
    """The question before with another question word; None where the two do not go together."""
    before = OPENING.sub("", turn.plain)
    first, _, rest = before.partition(" ")
    first, second = first.lower(), rest.split(" ")[0].lower()
    if new["else"] and first == new["word"].lower():
        return f"{new.group()} {rest}"
    if new["asked"] and first == "who":
        return None if second in ("is", "was", "did", "does", "do") else f"{new.group()} {rest}"
    people = re.match(r"^how many (?:people|others|men|women) (?P<rest>.+)$", before, re.IGNORECASE)
    if people and (new["word"] or "").lower() == "who":
        done_to = re.match(r"(?:did|do|does|have|had|will) (?:[A-Z]|the )", people["rest"])
        return None if done_to else f"{new.group()} {people['rest']}"
    return None


# "And Armenia?", "In March?"


def _exchanged(new: str, turn: Turn) -> str | None:
    """The question before with another name, day or thing in the place of its own."""
    before = turn.plain
    placed = _PLACED.match(new)
    if placed:
        new = lowered(new)
        old = re.search(rf"\b{placed[1]}\b(?P<what>(?: [\w’'.-]+)+)$", before, re.IGNORECASE)
        if old and _kind(old["what"]) == _kind(new[len(placed[1]) :]):
            return f"{before[: old.start()]}{new}"
        return f"{before} {new}"
    wanted = Phrase(new, 0)
    like = _same_head(new, turn)
    if like:
        return before[: like.start] + new + before[like.start + len(like.text) :]
    who = _ASKS_WHO.match(before)
    named = any(phrase.name for phrase in turn.phrases)
    speaks = wanted.name or _may_speak(new)
    if speaks and not named and who and named_act((stem(who["verb"]),)):
        return f"What did {new} say about {before[who.end() :]}"
    if not wanted.name and _may_speak(new) and not any(p.subject for p in turn.phrases):
        return None  # "What about the mayor?" after "How many people died in the flood?"
    similar = [p for p in turn.phrases if p.name == wanted.name]
    if wanted.name and not similar and not any(p.subject for p in turn.phrases):
        return f"{before} in {new}" if is_place(new) else None
    similar = similar or list(turn.phrases)
    if not similar or (
        is_told_person(new, turn) and not any(p.person or p.subject for p in similar)
    ):
        return None
    subject = next((p for p in similar if p.subject), None)
    old_phrase = subject or similar[-1]
    if not wanted.name and not _may_speak(new):
        objects = [p for p in similar if not p.subject] or [
            p for p in turn.phrases if not p.subject and p.name
        ]
        old_phrase = [*similar, *objects][-1]
    text = old_phrase.text
    shared = re.search(r"^(.+ of )", text)
    start = old_phrase.start + (shared.end() if shared and not wanted.name else 0)
    return _agreeing(before[:start], new) + new + before[old_phrase.start + len(text) :]


def _same_head(new: str, turn: Turn) -> Phrase | None:
    """ "train drivers" for "the bus drivers"."""
    head = words(_OF_WHAT.split(new)[0])[-1:]
    if not head or Phrase(_OF_WHAT.split(new)[0].split()[-1], 0).name:
        return None
    return next((p for p in turn.phrases if words(p.text)[-1] == head[0]), None)


def _kind(what: str) -> str:
    """Whether "in ..." is a time, a name or something else: one takes the place of its like."""
    if _TIME.search(what):
        return "time"
    return "name" if what.strip()[:1].isupper() else "else"


def _may_speak(new: str) -> bool:
    """Whether something without a name is somebody: "the mayor", "the police"."""
    head = words(new)[-1]
    return is_title(head) or head in BODIES or head.endswith(("ers", "ors", "ists", "ees"))


def _agreeing(before: str, new: str) -> str:
    """ "Was " for "Were " before one name."""
    many = Phrase(_OF_WHAT.split(new)[0], 0).many
    if not many and re.search(r"\bwere $", before, re.IGNORECASE):
        return before[:-4] + "as "
    return before


def lowered(question: str) -> str:
    return question[:1].lower() + question[1:]
