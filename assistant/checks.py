"""Checks of a sentence against the question, independent of how much the two have in common.

"What did Pashinyan deny?" is answered neither by what he accused somebody of nor by what somebody
else denied, however many words they share. Which words name and report an act is data:
`index/acts.toml`. What each check withholds of our own questions' evidence, of answers and of near
misses, counts `python -m assistant.train checks`.
"""

import re
from dataclasses import dataclass
from typing import Literal

from assistant.asked import PROPER_NAME, Asked, asked
from assistant.mentions import GROUPS, TITLES, Mention, Told
from assistant.said import PRONOUNS
from index.acts import answers, load_acts, named_act, occurrences, occurs, stems
from index.article import Attribution
from index.dateline import without_dateline
from index.names import is_title, relatives
from index.words import words

# Acts that news reports by few words, or by words that the network finds: a sentence that has
# neither does not report them. Accusations, say, are made in so many ways that more is let through.
STRICT = frozenset(["deny", "admit", "confirm", "apologise"])
# Acts that do not tell of such an act, whatever words they share: who admits a failure does not
# deny it by saying that the siren "did not sound".
NO_REPORT = {
    "deny": frozenset(["admit", "confirm", "apologise", "promise"]),
    "admit": frozenset(["deny"]),
    "confirm": frozenset(["deny"]),
    "apologise": frozenset(["deny", "accuse"]),
}
# What somebody does who does the opposite: their sentence is no answer, whatever words it shares.
CONTRARY = {
    "accuse": frozenset(["deny", "praise", "apologise", "support"]),
    "criticise": frozenset(["praise", "support"]),
    "praise": frozenset(["criticise", "accuse", "oppose"]),
    "support": frozenset(["oppose", "criticise"]),
    "oppose": frozenset(["support", "praise"]),
}
# Who denies something does none of these by it, unless the words tell of it, too.
UNLIKE_DENIAL = frozenset(["promise", "warn", "threaten", "demand", "praise"])
# Acts that are done to somebody: "accused Karsovia of theft".
AIMED = frozenset(["accuse", "criticise", "praise", "support", "oppose"])
_AIM = re.compile(r"(?:the )?[A-Z][\w.’'-]*(?:\s[A-Z][\w.’'-]*)*\s?")
_ACCUSING = re.compile(r"\baccus(?:e|es|ed|ing|ations?)\b")
_ACCUSED = re.compile(
    r"\baccus(?:e|es|ed|ing) (?:the )?(?P<name>[A-Z][\w.’'-]*(?:\s[A-Z][\w.’'-]*)*) of\b"
)
# "Roake of Elmaria accused the Karsovian government of"
_DESCRIBED = re.compile(
    r"\baccus(?:e|es|ed|ing) (?:the |an? )?(?P<name>[A-Z][\w.’'-]*(?: [a-z][\w’'-]*){1,3}?) of\b"
)
# "Did Daniel Roake ...", "What does the NAACP ...": whose doing is asked. Or somebody else's: "Did
# the Halder police ...", "Did Roake's first lawyer ...".
_SUBJECT = re.compile(
    r"\b[Dd](?:id|oes|o)\s+(?:the\s+)?(?P<name>(?:[A-Z][\w.'’-]*\s+)+)"
    r"(?:(?:own|first|former|late|state|foreign|local|federal)\s)?(?P<after>[\w’'-]*)"
)
# Somebody named by a name alone: an office or a group ("Halder's mayor") may go by another.
_NAMED = re.compile(rf"(?:the )?{PROPER_NAME}")
_OWNED = re.compile(r"['’]s? ")
_AFTER = 3  # words from a name to what its bearer is told to do: "Lenz had repeatedly denied"
# Right before an act: it is not done.
_UNDONE = frozenset((word,) for word in stems("not nor neither never"))
_DECLINED = frozenset([stems("declined to"), stems("refused to")])
_PRONOUN = re.compile(r"\b(?:I|we|my|our|he|she|they|his|her|their)\b", re.IGNORECASE)


# Why a sentence does not answer: the act is not reported, or only that it was not done; somebody
# else speaks; it does not tell of whom the question names; it is done to somebody else, or the
# contrary is.
Fault = Literal["", "act", "undone", "speaker", "subject", "aim"]


@dataclass(frozen=True)
class Checks:
    """What a question demands of a sentence.

    Attributes:
        slots: what is asked of somebody's words.
        subject: the name whose doing is asked; None for most questions.
        speaker: the name whose words are asked for; None where they go by no name, or not by one
            alone.
    """

    slots: Asked
    subject: Mention | None
    speaker: Mention | None

    @classmethod
    def of(cls, question: str) -> "Checks":
        slots = asked(question)
        return cls(slots, _subject(question, slots), _speaker(slots))

    def passes(self, text: str, quoted: bool, sayings: tuple[Attribution, ...] = ()) -> bool:
        """Whether a sentence may answer.

        Args:
            quoted: all of it is somebody's words; the speaker is named elsewhere.
            sayings: the attributions that it is part of.
        """
        return not self.fault(text, quoted, sayings)

    def fault(self, text: str, quoted: bool, sayings: tuple[Attribution, ...] = ()) -> Fault:
        """The first reason why a sentence may not answer, "" for none; see `passes`."""
        spoken = stems(text)
        if self._leaves_undone(spoken, sayings):
            return "undone"
        if not self._reports(spoken, sayings):
            return "act"
        if self._another_speaks(text, sayings):
            return "speaker"
        if not self._names(text, quoted, sayings):
            return "subject"
        return "" if self._aims(text, sayings) else "aim"

    def _aims(self, text: str, sayings: tuple[Attribution, ...]) -> bool:
        """Whether nobody in the sentence does the opposite, or does it to themselves.

        "Who accused Pashinyan?" is answered neither by what Pashinyan accuses others of, nor by
        somebody's denial.
        """
        act = self.slots.act
        if self.slots.wanted != "speaker" or act not in AIMED:
            return True
        if act == "accuse" and self._accuses_another(text):
            return False
        if not sayings:
            return True
        best = sayings[0]
        if best.act in CONTRARY[act]:
            return False
        target = self.target
        if not target.isdisjoint(stems(best.speaker)) and answers(act, best.act):
            return False
        # Where only they themselves speak, and not of it, nobody does it to them.
        if any(target.isdisjoint(stems(a.speaker)) for a in sayings):
            return True
        found = load_acts()[act]
        return any(occurs(cue, stems(text)) >= 0 for cue in found.cues + found.within)

    @property
    def target(self) -> frozenset[str]:
        """Stems of the name of whom something is done to; none where it is not named."""
        aim = _AIM.match(self.slots.about) if self.slots.act in AIMED else None
        return frozenset(stems(aim.group())) - {"the"} if aim else frozenset()

    def _accuses_another(self, text: str) -> bool:
        """Whether all who are accused in a sentence are named, and none is who was asked for.

        "Who accused Elmaria?" is not answered by "Roake accused Karsovia of opening the dam".
        Countries and their capitals, people and their offices, are told apart nowhere: only names
        that stand alone, before "of", are compared. Whoever is described by a name ("the Karsovian
        government") is another when the name that was asked for stands with the accuser.
        """
        aim = _AIM.match(self.slots.about)
        if aim is None or not re.match(r"(?:of|for)\b|$", self.slots.about[aim.end() :]):
            return False  # "Florida's governor" may well be called by another name
        wanted = Mention("name", re.sub(r"^the | $", "", aim.group()))
        for described in _DESCRIBED.finditer(text):
            if not Told(described["name"]).has(wanted) and Told(text[: described.start()]).has(
                wanted
            ):
                return True
        named = [match["name"] for match in _ACCUSED.finditer(text)]
        every = len(named) == len(_ACCUSING.findall(text))
        return bool(named) and every and all(self.target.isdisjoint(stems(n)) for n in named)

    def _reports(self, spoken: tuple[str, ...], sayings: tuple[Attribution, ...]) -> bool:
        act = load_acts().get(self.slots.act)
        if act is None:
            return True
        if act.name in UNLIKE_DENIAL and {a.act for a in sayings if not a.negated} == {"deny"}:
            return any(occurs(cue, spoken) >= 0 for cue in act.cues + act.within)
        if act.name not in STRICT:
            return True
        whether = self.slots.wanted == "whether"
        if any(answers(act.name, a.act) and (whether or not a.negated) for a in sayings):
            return True
        if not whether and any(a.act in NO_REPORT[act.name] and not a.negated for a in sayings):
            return False
        phrases = act.cues + act.within + act.loose + (act.undone if whether else ())
        return any(occurs(phrase, spoken) >= 0 for phrase in phrases)

    def _leaves_undone(self, spoken: tuple[str, ...], sayings: tuple[Attribution, ...]) -> bool:
        """Whether the act is only told not to be done: "neither confirmed nor denied it".

        That is an answer to whether somebody did it.
        """
        act = load_acts().get(self.slots.act)
        if act is None or act.name not in STRICT or self.slots.wanted == "whether":
            return False
        doing = [a.negated for a in sayings if answers(act.name, a.act)]
        if doing:
            return all(doing)
        places = [at for cue in act.cues for at in occurrences(cue, spoken)]
        return bool(places) and all(
            spoken[max(0, at - 1) : at] in _UNDONE or spoken[max(0, at - 2) : at] in _DECLINED
            for at in places
        )

    def _names(self, text: str, quoted: bool, sayings: tuple[Attribution, ...]) -> bool:
        """Whether a sentence may tell of the doings of whom the question names."""
        if self.subject is None or _is_named(self.subject, without_dateline(text)):
            return True
        known = [a for a in sayings if not PRONOUNS.issuperset(words(a.speaker) or ["it"])]
        if any(_is_named(self.subject, f"{a.speaker} {a.role}") for a in known):
            return True
        if known:  # "the candidate" may be anybody
            return not all(_goes_by_name(a.speaker) for a in known)
        return quoted or bool(_PRONOUN.search(text))

    def _another_speaks(self, text: str, sayings: tuple[Attribution, ...]) -> bool:
        """Whether those who do in a sentence what is asked are known, and are others.

        "What did Lenz say?" is not answered by what Rovan says of Lenz.
        """
        if self.speaker is None:
            return False
        doing = [
            a
            for a in sayings
            if answers(self.slots.act, a.act) and not PRONOUNS.issuperset(words(a.speaker))
        ]
        if not doing or not all(_goes_by_name(a.speaker) for a in doing):
            return False
        others = [a for a in doing if relatives(self.speaker.text, a.speaker)]
        if any(_is_named(self.speaker, f"{a.speaker} {a.role}") for a in doing if a not in others):
            return False
        return bool(others) or not self._acts(stems(text))

    def _acts(self, spoken: tuple[str, ...]) -> bool:
        """Whether an act that answers follows the name closely: "she said Lenz had denied it"."""
        for at, word in enumerate(spoken):
            if word not in self.slots.names:
                continue
            found = named_act(spoken[at + 1 : at + 1 + _AFTER])
            if found and answers(self.slots.act, found[0]):
                return True
        return False


def _is_named(name: Mention, text: str) -> bool:
    """Whether a text has a name, or some word of it; "Vardian police" go by "Vardia"."""
    own = frozenset(stems(name.text)) - {"the"}
    return Told(text).has(name) or not own.isdisjoint(stems(text))


def _subject(question: str, slots: Asked) -> Mention | None:
    found = _SUBJECT.search(question)
    if found is None:
        strict = slots.wanted == "whether" and slots.act in STRICT
        return Mention("name", slots.speaker) if strict and slots.names else None
    name, after = found["name"].strip(), found["after"].casefold()
    if _OWNED.search(f"{name} ") or is_title(after) or after in GROUPS:
        return None  # the senator from Vardia is not called by its name
    return Mention("name", name)


def _goes_by_name(speaker: str) -> bool:
    """Whether somebody is called by a name: "the senator", "Pennsylvania Gov." may be anybody."""
    return bool(_NAMED.fullmatch(speaker)) and words(speaker)[-1] not in TITLES


def _speaker(slots: Asked) -> Mention | None:
    name = slots.speaker
    if not slots.act or not _NAMED.fullmatch(name) or _OWNED.search(name):
        return None
    return Mention("name", re.sub(r"^the ", "", name))
