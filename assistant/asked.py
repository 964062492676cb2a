"""What a question asks of somebody's words: whose, which act, about what; or nothing of the kind.

    Who denied opening the dam?      wanted speaker, act deny, about "opening the dam"
    What did Venn say of Elmaria?    wanted content, act say, speaker Venn, about "of Elmaria"
    Whom did Orlo accuse?            wanted target, act accuse, speaker Orlo
    Did Orlo deny it?                wanted whether, act deny, speaker Orlo
    Who denied what?                 wanted all, act deny

    Who is Ada Venn?                 wanted identity, about "Ada Venn"
    What happened in Port Ellis?     wanted story, about "Port Ellis"
    What's the latest news?          wanted story, about nothing: what the newest articles tell

A question that is not of this kind ("When did the dam open?") has no act; it may still name whose
doing it asks for.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from index.acts import cue_stems, load_acts, named_act
from index.words import content_stems

Wanted = Literal["", "speaker", "content", "target", "whether", "all", "identity", "story"]

HELPERS = (
    "did|does|do|has|have|had|is|are|was|were|will|would|can|could|should|"
    "didn['’]t|doesn['’]t|hasn['’]t|isn['’]t|wasn['’]t"
)
_DOING = frozenset(["did", "does", "do"])
_BEING = frozenset(["is", "are", "was", "were", "isn't", "wasn't"])
_HAVING = frozenset(["has", "have", "had"])
# "Can you tell me who denied it?", "So who denied it?"
_OPENING = re.compile(
    r"^(?:(?:and|so|but|then|please|(?:(?:can|could|would|will) you )?(?:please )?tell me|"
    r"do you know|i(?: would|['’]d)? (?:want|like) to know)\b,? ?)+",
    re.IGNORECASE,
)
_WHO = re.compile(
    r"^(?:who(?: else)?|whose [\w’'-]+)\b\s*"
    r"(?:has |have |had |also |publicly |once |later |first |repeatedly |openly |"
    r"it was (?:who|that) )*",
    re.IGNORECASE,
)
_WHICH = re.compile(r"^(?P<word>which|what) (?P<rest>.+)$", re.IGNORECASE)
_ASKED = re.compile(
    r"^(?:.*?\b)?(?P<word>what(?: else)?|whom|who|how (?:many|much)(?: [\w’'-]+){0,3}?|how|why|"
    r"when|where|(?:which|what)(?: [\w’'-]+){1,4}?)(?: exactly| else)? "
    rf"(?P<helper>{HELPERS}) (?P<rest>.+)$",
    re.IGNORECASE,
)
# "what Venn said", after "tell me".
_INDIRECT = re.compile(r"^(?:what|how|why|whether|if) (?P<rest>(?:[A-Z]|the |he |she |they ).+)$")
_WHETHER = re.compile(
    rf"^(?P<helper>{HELPERS}) (?P<true>it true that )?(?P<rest>.+)$", re.IGNORECASE
)
PROPER_NAME = r"[A-Z][\w.’'-]*(?: (?:of |de |van |von )?[A-Z][\w.’'-]*)*"
_NAME = rf"(?:(?:the|a|an) )?(?:{PROPER_NAME}|[\w’'-]+)"
_SOURCE = r"\b(?i:according to|in the (?:view|opinion|words) of|in the eyes of) "
_ACCORDING = (
    re.compile(rf"{_SOURCE}(?P<name>[^,]+)(?:,|$)"),
    re.compile(rf"{_SOURCE}(?P<name>{_NAME})"),
)
_WHO_IS = re.compile(rf"^[Ww]ho(?: is| was|['’]s) (?P<name>{PROPER_NAME})$")
# What asks for a story as a whole: "What's going on with the dam?", "Tell me about the dam".
_NEWS = r"(?:the |this )?(?:news|articles?|story|reports?|situation)"
_PLEASE = r"(?:(?:can|could|would|will) you )?(?:please )?(?:(?:give|show|tell) me )?"
_STORY = re.compile(
    rf"^{_PLEASE}(?:"
    r"(?:more )?about|"  # after "tell me"
    r"(?:(?:what|whats|what['’]s) )?(?:(?:is|was|has been) )?"
    r"(?:happened|happening|going on|new|(?:the )?(?:latest|news|story))"
    r" (?:in|at|with|about|on|over|around|from|behind)|"
    r"what (?:do (?:you|we|the articles) know|do the articles say|is known) about|"
    rf"(?:summari[sz]e|sum up)(?: {_NEWS} (?:of|about|on|in|at|with|from))?|"
    r"(?:an? |the )?(?:summary|overview) (?:of|about|on)"
    rf") (?!{_NEWS}$)(?P<about>.+)$",
    re.IGNORECASE,
)
# What asks for no story in particular: "What's the latest news?", "Summarise the articles".
_MINE = r"(?:(?:all|of|the|these|my|your|our|any|latest|newest|recent|top|main|today['’]?s) )*"
_WHATEVER_IS_NEW = re.compile(
    rf"^{_PLEASE}(?:"
    rf"(?:(?:what|whats|what['’]s|any|an?|anything)(?: is| are| was)? )?(?:in )?{_MINE}"
    r"(?:quick |short |brief )?(?:news|new|latest|headlines|stories|summary|overview)|"
    rf"(?:summari[sz]e|sum up|(?:(?:an?|the) )?(?:quick |short |brief )?(?:summary|overview) of) "
    rf"{_MINE}(?:news|articles|stories|everything|library)|"
    rf"what (?:are|is|do|does) {_MINE}(?:articles|news|stories|library) (?:about|say)"
    r")(?: today| lately| now| please)*$",
    re.IGNORECASE,
)
_LONGEST_NAME = 7  # words
LONGEST = 1000  # characters of a question that are taken apart
_ALL = re.compile(
    r"^who \w+ (?:for |to )?(?:what|whom|who)\b(?! (?:the|he|she|they|it|(?-i:[A-Z])))|"
    r"^who (?:has |have )?(?:said|says) what\b|^who is saying what\b|"
    r"^what (?:was|is|has been) (?:being )?(?:said|claimed|alleged|denied|promised)\b|"
    r"^what (?:are|do|did|is|has|have|had) (?:both|the two|all|the) (?:sides|parties)\b",
    re.IGNORECASE,
)
# "Who has denied what?", "Who was accused of what?": of a verb that reports an act only, others are
# no matter of words ("Who is married to whom?").
_ALL_DOING = re.compile(
    r"^who (?:has|have|had|is|are|was|were)(?: been| being)? (?P<verb>\w+(?: for| to)?)"
    r"(?: of| by| with)? (?:what|whom|who)\b",
    re.IGNORECASE,
)
# "What do both governments say about the dam?"
_BOTH = re.compile(
    r"^what (?:do|did|are|were|have|had) (?:both|the two) (?:[\w’'-]+ )?[\w’'-]+s (?P<rest>.+)$",
    re.IGNORECASE,
)
# "What promises did Venn make?", "What accusations were made?"
_ACTS_MADE = re.compile(
    r"^(?:what|which) (?:[\w’'-]+ )?"
    r"(?P<noun>accusations|denials|claims|promises|allegations|charges|warnings)\b(?P<rest>.*)$",
    re.IGNORECASE,
)
_MAKER = re.compile(
    r"^ (?:did|does|do|has|have|had) (?P<name>.+?) "
    r"(?:make|made|issue|issued|level|levelled|bring|brought|give|given)\b(?P<rest>.*)$"
)
# "Which accusations were denied by Venn?", "What accusations does Karsovia face?"
_ACTS_DONE = re.compile(
    r"^ (?:was|were|is|are|(?:has|have|had) been) (?:\w+ly |also )?(?P<verb>\w+)\b(?P<rest>.*)$"
)
_FACED = re.compile(r"^ (?:did|does|do|is|are|has|have) (?P<name>.+?) (?:face|faced|facing)\b")
_OTHERWISE = re.compile(r"^ (?:did|does|do) (?P<about>.+)$")
_FROM = re.compile(r"\b(?:for|from|to)\b")  # after "who blames whom"
_BY_WHOM = re.compile(r" by whom\b", re.IGNORECASE)
_ANYONE = frozenset(["whom", "who", "what"])
_TOPIC = re.compile(
    r"\b(?:about|of what|of|on|regarding|over|against|that|during|amid|(?:in|at)(?= the\b))\b"
)
_PASSIVE = re.compile(r"^(?:been |being )?(?P<verb>\w+(?:ed|en))\b(?P<rest>.*)$", re.IGNORECASE)
# Words like passives: "is opposed to" is somebody's own doing.
_STANCES = frozenset(["opposed", "agreed", "convinced", "worried", "prepared", "committed"])
_BY = re.compile(rf"\bby (?P<name>{_NAME})")
_FIRST_TO = re.compile(
    r"^(?:the|an?) (?:\w+ )?(?:first|last|only|one|person|people|\w+man) (?:\w+ )?(?:to|who|that) "
)
_FAVOUR = re.compile(r"(?:^| )in favou?r of\b ?")
_REACTION = re.compile(r"(?:[’']s?)? (?:react|reacted|reaction|justify|justified)\b")
_AT = frozenset(["in", "at", "from", "of", "on", "among", "within"])
_ADVERBS = frozenset(
    ["has", "have", "had", "also", "not", "never", "ever"]
    + ["first", "later", "once", "to", "be", "been"]
)
# What a subject does not end with: the verb is still to come.
_OPEN = frozenset(
    [
        *["the", "a", "an", "in", "of", "for", "to", "by", "at", "on", "and", "or", "that", "not"],
        *["after", "before", "when", "while", "do", "does", "have"],
    ]
)
_SUBJECTS = frozenset(
    ["the", "a", "an", "his", "her", "their", "both", "he", "she", "they", "it", "some"]
)
_DONE_TO = frozenset(["accuse", "criticise", "praise", "support", "oppose"])
_ANYBODY = frozenset(
    ["anyone", "anybody", "someone", "somebody", "everyone", "everybody", "no one", "nobody"]
)
_WORDS = frozenset(["say", "believe", "predict"])  # acts that are done to nobody
# Acts whose verbs are also much else: "who is expected", "what was planned".
_VAGUE = frozenset(["plan", "believe", "support", "oppose", "suggest"])


@dataclass(frozen=True)
class Asked:
    """What a question asks of somebody's words.

    Attributes:
        act: see `index/acts.toml`; "" when no speech act is asked for.
        speaker: whose words or doing are asked for, as the question has it; "" when open.
        about: the rest of the question.
    """

    wanted: Wanted = ""
    act: str = ""
    speaker: str = ""
    about: str = ""

    @property
    def attributed(self) -> bool:
        """Whether somebody's words are asked for."""
        return bool(self.act)

    @property
    def topic(self) -> frozenset[str]:
        """Stems of the content words of `about`."""
        return content_stems(self.about)

    @property
    def names(self) -> frozenset[str]:
        """Stems of the words that name the speaker."""
        return content_stems(self.speaker)


NEWEST = Asked("story")  # no story in particular


def asked(question: str) -> Asked:
    """Take a question apart."""
    text = " ".join(question[:LONGEST].split()).rstrip("?!. ")
    opening = _OPENING.match(text)
    text = text[opening.end() :] if opening else text
    if identity := _WHO_IS.match(text):
        return Asked("identity", about=identity["name"])
    if _WHATEVER_IS_NEW.match(text):
        return NEWEST
    if story := _STORY.match(text):
        return Asked("story", about=story["about"])
    for kind in (_all, _according, _indirect, _which, _inverted):
        if (found := kind(text)) is not None:
            return found
    who = _WHO.match(text)
    return _who(text[who.end() :]) if who else Asked(about=text)


def by_whom(question: str) -> str:
    """ "Who accused Venn of it?", for "Was Venn accused of it?"; other questions as they are.

    Whoever did makes it a yes; that Venn denied it answers neither.
    """
    slots = asked(question)
    if slots.wanted != "whether" or slots.speaker or slots.act not in _DONE_TO:
        return question
    return f"Who {load_acts()[slots.act].past} {slots.about}?"


def _all(text: str) -> Asked | None:
    """ "Who denied what?", "What accusations were made?"."""
    text = _BY_WHOM.sub("", text)
    made = _ACTS_MADE.match(text)
    every = _ALL.match(text) or _all_doing(text)
    act = _act(text) or "say"
    if made:
        faced = _FACED.match(made["rest"])
        if faced:  # as "What is Karsovia accused of?"
            return Asked("content", _act(made["noun"]), "", faced["name"])
        done = _ACTS_DONE.match(made["rest"])
        act = _act(made["noun"])
        if done and _act(done["verb"]):
            act = _act(done["verb"])
        maker = _MAKER.match(made["rest"])
        if maker:
            return Asked("content", act, _known(maker["name"]), maker["rest"].strip())
        inverted = _inverted(text)
        if inverted and inverted.act and inverted.speaker:  # "What charges did Venn deny?"
            return inverted
        otherwise = _OTHERWISE.match(made["rest"])
        if otherwise:  # "Which warnings does the log record?"
            return Asked("all", act, "", otherwise["about"])
    elif not every:
        return _both(text)
    by = _BY.search(text)
    by = None if by and by["name"].casefold() in _ANYONE else by
    rest = text.replace(by.group(), "") if by else text
    about = _TOPIC.split(rest, maxsplit=1)[1:]
    if not about and every:
        about = _FROM.split(rest[every.end() :], maxsplit=1)[1:]
    topic = about[0].strip() if about else ""
    topic = "" if topic.casefold() in _ANYONE else topic
    return Asked("content" if by else "all", act, by["name"] if by else "", topic)


def _all_doing(text: str) -> re.Match[str] | None:
    found = _ALL_DOING.match(text)
    return found if found and _act(found["verb"]) else None


def _both(text: str) -> Asked | None:
    """ "What do both governments say about the dam?": what all say of it, they among them.

    Without a matter it is theirs alone.
    """
    found = _BOTH.match(text)
    verb = _leading_act(found["rest"]) if found else None
    if verb is None:
        return None
    about = _TOPIC.match(verb[1])
    topic = verb[1][about.end() :].strip() if about else verb[1]
    return Asked("all", verb[0], "", topic) if content_stems(topic) else None


def _according(text: str) -> Asked | None:
    """ "Who opened the dam, according to Venn?"."""
    for pattern in _ACCORDING:
        found = pattern.search(text)
        if found and len(found["name"].split()) <= _LONGEST_NAME:
            rest = f"{text[: found.start()].strip(' ,')} {text[found.end() :].strip(' ,')}"
            return Asked("content", "say", found["name"].strip(), rest.strip())
    return None


def _inverted(text: str) -> Asked | None:
    """Questions with a helping verb before the subject: "Did Venn deny it?"."""
    whether = _WHETHER.match(text)
    if whether:
        helper = "" if whether["true"] else whether["helper"]
        return _with_subject("whether", whether["rest"], helper)
    found = _ASKED.match(text)
    if not found:
        return None
    word, helper = found["word"].casefold(), found["helper"].casefold().replace("’", "'")
    rest = found["rest"]
    if word.startswith("who"):
        if helper.endswith("n't"):
            return Asked(about=rest)  # who did not is more than articles tell
        if helper in _BEING | _HAVING:
            return _passive_or_who(rest, helper)
        if helper not in _DOING and (made := _who(rest)).act:
            return made  # "Who would deny it?"
        made = _with_subject("target", rest, helper)
        if made.act in _WORDS:  # "Who did Venn say opened the dam?"
            return replace(made, wanted="content")
        return made
    made = _with_subject("content", rest, helper)
    if word.startswith("how m"):
        if helper not in _DOING or made.act not in _WORDS:
            return None  # "How much was the shop fined?"
        counted = " ".join(found["word"].split()[2:])  # "how many people"
        return replace(made, about=f"{counted} {made.about}".strip())
    return made


def _indirect(text: str) -> Asked | None:
    """ "what Venn said about it", after "tell me"."""
    found = _INDIRECT.match(text)
    if not found:
        return None
    wanted: Wanted = "whether" if text.startswith(("whether", "if")) else "content"
    made = _with_subject(wanted, found["rest"], "")
    return made if made.act else None


def _which(text: str) -> Asked | None:
    """ "Which of the ministers denied it?", "What country accused them?"."""
    found = _WHICH.match(text)
    if not found:
        return None
    parts = found["rest"].split()
    for count in range(1, min(5 if found["word"].casefold() == "which" else 3, len(parts))):
        last = parts[count - 1]
        if last.endswith("ed") or last in _OPEN - {"of", "the"} or _WHETHER.match(f"{last} it"):
            return None
        made = _who(" ".join(parts[count:]))
        if made.act and not _WHETHER.match(made.about):
            return made
    return None


def _who(rest: str) -> Asked:
    """ "denied that ..." after "who"."""
    parts = rest.split()
    if not parts or parts[0].casefold() in ("not", "never"):
        return Asked(about=rest)
    verb = _leading_act(rest)
    if verb is None and parts[0] in _AT:  # "Who at the ministry denied it?"
        later = (_leading_act(" ".join(parts[at:])) for at in range(2, min(7, len(parts))))
        verb = next((found for found in later if found), None)
    return Asked("speaker", verb[0], "", verb[1]) if verb else Asked(about=rest)


def _passive_or_who(rest: str, helper: str) -> Asked:
    """What follows "who was" and "who has"."""
    been = rest.startswith("been ")
    if helper in _HAVING and not been:
        return _who(rest)
    first = _FIRST_TO.match(rest)
    if first:
        made = _who(rest[first.end() :])
        return made if made.act else Asked(about=rest)
    favour = _FAVOUR.match(rest)
    if favour or rest.startswith("against "):
        act = "support" if favour else "oppose"
        return Asked("speaker", act, "", rest[favour.end() if favour else len("against ") :])
    passive = _PASSIVE.match(rest)
    act = _act(passive["verb"]) if passive else ""
    if passive and act and act not in _VAGUE:
        by = _BY.search(passive["rest"])
        about = passive["rest"].replace(by.group(), "") if by else passive["rest"]
        return Asked("target", act, by["name"] if by else "", " ".join(about.split()))
    own = rest.split()[0].endswith("ing") or rest.split()[0] in _STANCES
    return _who(rest) if own else Asked(about=rest)


def _with_subject(wanted: Wanted, rest: str, helper: str) -> Asked:
    """ "Venn say about Elmaria": the subject goes up to the verb.

    Args:
        helper: the verb before the subject.
    """
    for noun, act in ((_REACTION, "say"), (_FAVOUR, "support")):
        found = noun.search(rest)
        if found and _subject(rest[: found.start()].split()):
            speaker = _known(rest[: found.start()])
            return Asked(wanted, act, speaker, rest[found.end() :].strip())
    parts = rest.split()
    for count in range(1, min(len(parts), 12)):
        verb = _leading_act(" ".join(parts[count:]))
        if verb is None or not _subject(parts[:count]):
            continue
        act, about = verb
        subject = " ".join(parts[:count])
        if wanted == "content" and helper in _BEING and not _may_follow_is(parts[count - 1 :]):
            continue  # "What was the improved offer?"
        if _is_passive(parts[count:], helper):  # the subject is spoken of
            by = _BY.search(about)
            about = about.replace(by.group(), "") if by else about
            spoken_of = " ".join(f"{subject} {about}".split())
            return Asked(wanted, act, by["name"] if by else "", spoken_of)
        return Asked(wanted, act, _known(subject), about)
    capital = re.match(r"(?:the )?[A-Z][\w.’'-]*(?:\s[A-Z][\w.’'-]*)*\s?", rest)
    return Asked(
        "whether" if wanted == "whether" else "",
        speaker=capital.group().strip() if capital else "",
        about=rest,
    )


def _is_passive(verbs: Sequence[str], helper: str) -> bool:
    """Whether "accused of" after "is Venn", or "been accused of" after "has Venn", is passive."""
    plain = [verb.casefold() for verb in verbs]
    verb = next((word for word in plain if word not in _ADVERBS), "")
    if verb in _STANCES or not (_PASSIVE.match(verb) or verb in ("said", "told")):
        return False
    return helper.casefold() in _BEING or "been" in plain[:2]


def _may_follow_is(parts: Sequence[str]) -> bool:
    """Whether words from the end of a subject on fit "what is": "Venn saying", "Venn's view"."""
    before, verb = parts[0].casefold(), parts[1].casefold()
    own = before.endswith(("'s", "’s", "s'", "s’")) or before in ("his", "her", "their", "its")
    return own or verb.endswith("ing") or verb in _STANCES or _is_passive([verb], "is")


def _subject(parts: Sequence[str]) -> bool:
    """Whether some words can be a subject: a name, "the mayor", "he", "both sides"."""
    if not parts or parts[-1].casefold() in _OPEN:
        return False
    return parts[0][:1].isupper() or parts[0].casefold() in _SUBJECTS or len(parts) <= 2


def _leading_act(text: str) -> tuple[str, str] | None:
    """The act that the first word or two name, and what follows it."""
    parts = text.split()
    for skip in range(min(3, len(parts))):
        lead = [p.casefold() for p in parts[:skip]]
        if any(p not in _ADVERBS and not p.endswith("ly") for p in lead):
            return None
        for size in (3, 2, 1):
            phrase = cue_stems(" ".join(parts[skip : skip + size]))
            found = named_act(phrase) if phrase else None
            if found and found[1] == 0 and (size == 1 or phrase in load_acts()[found[0]].cues):
                return found[0], " ".join(parts[skip + size :])
    return None


def _act(text: str) -> str:
    """The act that some words name, "" if none."""
    found = named_act(cue_stems(text))
    return found[0] if found else ""


def _known(name: str) -> str:
    """Who is named; "" for "anyone"."""
    return "" if name.casefold() in _ANYBODY else name
