"""What a claim reports of somebody's words, and whether attributions of an article bear it out.

The network that finds who said what in articles reads the claim, too; where it finds nothing, the
verb after the subject, or "according to", tells.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from assistant.polarity import turns
from assistant.said import PRONOUNS, act_in
from assistant.wordlists import verify_table
from index.acts import act_of, cue_stems, load_acts, named_act, occurs, spoken_by, stems
from index.article import Article, Attribution, Sentence
from index.attribution import shared_tagger
from index.words import STOP_WORDS, stem, words

# Acts whose verbs are also much else ("found", "wants", "backed"): the network decides on them.
_VAGUE = frozenset(["plan", "believe", "suggest", "support", "oppose", "predict", "ask"])
_BROAD = _VAGUE | {"say"}
_KEPT_TO_THEMSELVES = re.compile(r"\b(?:would|did|could|will|does|do) not (\w+)")
_SAYING = frozenset(map(stem, ["said", "say", "told", "tell", "state", "claim", "insist", "argue"]))
_ACCORDING = re.compile(r"\b(?i:according to) (?P<name>[^,;]+?)(?:,|[.;]?$)")
_CAPITAL = re.compile(r"\b[A-Z][\w’'-]*")
_NOT = re.compile(r"\b(?:not|never|cannot)\b|n[’']t\b")
_NO = re.compile(rf"{_NOT.pattern}|\b(?:no|nobody|nothing|none|neither|without)\b")
LONGEST = 12  # words of a subject
_DEMONYM = 5  # letters that "Karsovia" and "Karsovian" share at least


@dataclass(frozen=True)
class Report:
    """An act of speech that a claim reports; `speaker` in the claim's words, "" when unnamed."""

    speaker: str
    act: str
    negated: bool
    content: str


@dataclass(frozen=True)
class Saying:
    """An attribution as far as one cited sentence has it.

    Attributes:
        act, negated: of this sentence, see `said.act_in`.
        outside: the words of the sentence that are not what was said.
        person: who speaks is known to be one, and no body.
    """

    article: Article
    said: Attribution
    act: str
    negated: bool
    content: str
    source: str
    outside: str
    person: bool

    @classmethod
    def of(
        cls, article: Article, said: Attribution, sentence: Sentence, persons: frozenset[str]
    ) -> "Saying":
        act, negated = act_in(article, said, sentence)
        start, stop = sentence.start, sentence.stop
        inside = [(max(s, start), min(e, stop)) for s, e in said.content if s < stop and start < e]
        outside, at = [], start
        for s, e in inside:
            outside.append(article.text[at:s])
            at = e
        return cls(
            article,
            said,
            act,
            negated,
            " ".join(article.text[s:e] for s, e in inside),
            " ".join(article.text[s:e] for s, e in said.source),
            " ".join([*outside, article.text[at:stop]]),
            said.speaker in persons,
        )

    @property
    def unknown(self) -> bool:
        """Whether nothing but a pronoun tells who speaks."""
        return PRONOUNS.issuperset(words(self.said.speaker) or ["it"])


@lru_cache(maxsize=500)
def reports(claim: str) -> tuple[Report, ...]:
    """The acts of speech that a claim reports."""
    found = []
    for relation in shared_tagger().relations(claim):
        cue = claim[slice(*relation.cue)]
        content = " ".join(claim[s:e] for s, e in relation.content)
        teller = spoken_by(claim, relation.source)
        act, negated = act_of(_with_negation(claim, relation.cue), content, teller)
        act = "say" if act == "deny" and _says(cue) else act
        act = "criticise" if cue.startswith("complain") else act
        source = " ".join(claim[s:e] for s, e in relation.source)
        if act and (not source or _names_somebody(source)):
            found.append(Report(source, act, negated, content))
    spoken = [f for f in found if f.speaker] or list(_by_words(claim))
    return tuple(spoken)


def borne_out(report: Report, sayings: Sequence[Saying], sentences: Sequence[str]) -> str:
    """Whether a report is that of an article.

    Returns:
        "" when it is; "act" when nobody does that in the cited sentences, "speaker" when another.
    """
    acts = may_tell(report.act)
    fitting = [s for s in sayings if s.act in acts and s.negated == report.negated]
    if report.act == "decline" or report.negated:
        fitting += [s for s in sayings if s.act == "decline" or s.negated]
    if report.act == "deny":  # "denied that it was not" is no denial that it was
        inner = _NOT.search(report.content) is not None
        same = [s for s in fitting if not inner or _NOT.search(s.content)]
        if fitting and not same:
            return "act"
        as_false = _calls_false(report.content, after="as")  # "dismissed the figure as invented"
        said_no = [
            s
            for s in sayings
            if s.act == "say"
            and (turns(report.content, s.content) or (as_false and _calls_false(s.content)))
        ]
        fitting = same or ([] if _NO.search(report.content) else said_no)
    worded = not fitting and _worded(report, sentences)
    if not fitting and not worded:
        return "act"
    known = [s for s in fitting if not s.unknown]
    if not report.speaker or len(known) < len(fitting):
        return ""
    if any(same_speaker(report.speaker, s, " ".join(sentences)) for s in fitting):
        return ""
    return "speaker" if known else ""


def same_speaker(name: str, saying: Saying, sentences: str) -> bool:
    """Whether a claim's words for who speaks can mean who speaks in the article."""
    said = saying.said
    ours = capitals(head(name)) or capitals(name)
    if name[:1].islower() or name.startswith("The "):  # "the Rovers chairman, Victor Sandell"
        ours |= capitals(head(name.partition(", ")[2]))
    theirs = capitals(f"{said.speaker} {saying.source}")
    if ours and said.speaker.split()[-1:] and said.speaker.split()[-1].islower():
        return True  # "the Elmarian runner" may be anybody
    if ours and theirs:
        return any(alike(a, b) for a in ours for b in theirs | capitals(said.role))
    told = set(stems(f"{said.speaker} {said.role} {saying.source} {sentences}")) - _function()
    own = set(stems(name)) - _function()
    if ours or not saying.person:  # a name for "the company", "the company" for a name
        return True
    return not own or not own.isdisjoint(told) or _called_so(own, saying)


def _called_so(own: set[str], saying: Saying) -> bool:
    """Whether the article has "the manager" near the name of who speaks."""
    text, last = saying.article.text, saying.said.speaker.split()[-1:]
    return any(
        not own.isdisjoint(stems(text[max(0, m.start() - _CALLED) : m.end() + _CALLED]))
        for word in last
        for m in re.finditer(re.escape(word), text)
    )


_CALLED = 60  # characters


def head(name: str) -> str:
    """ "lawyer Lamb" of "Venn's lawyer Lamb, of Drenn"."""
    return re.sub(r"\b[\w-]+[’']s? ", "", name.split(",")[0])


def tells_as_said(claim: str, saying: Saying) -> bool:
    """Whether a claim has words for what somebody did with theirs: "denied", "according to".

    The words of what was said do not count: "was warned" tells no denial of having been warned.
    """
    plain = set(words(claim)) - set(words(saying.content))
    table = verify_table()["says"]
    loose, nouns = table["words"].split(), table["nouns"].split()
    if not plain.isdisjoint(nouns) or not _SAYING.isdisjoint(map(stem, plain)):
        return True
    if saying.act == "say" and not plain.isdisjoint(loose):
        return True
    kept = _KEPT_TO_THEMSELVES.search(claim)
    if kept and stem(kept[1]) in _SAYING | set(map(stem, loose)):
        return True
    spoken, said = cue_stems(claim), frozenset(cue_stems(saying.content))
    return any(
        occurs(phrase, spoken) >= 0 and not said.issuperset(phrase)
        for name, act in load_acts().items()
        if name == saying.act or (name not in _BROAD and saying.act in may_tell(name))
        for phrase in act.cues
    )


def may_tell(act: str) -> frozenset[str]:
    """The acts that may be told as this one."""
    return frozenset(verify_table()["acts"].get(act, act).split())


def is_plain(act: str) -> bool:
    """Whether its verbs are of speech and hardly anything else."""
    return bool(act) and act not in _VAGUE


def is_factive(act: str) -> bool:
    """Whether who does so is taken by news to have the facts ("confirmed")."""
    return act in verify_table()["factive"]["acts"].split()


def _names_somebody(source: str) -> bool:
    """Whether there is more to it than "the" or "some"."""
    empty = verify_table()["subject"]["before_nouns"].split()
    return any(word not in empty for word in words(source))


def _by_words(claim: str) -> Iterable[Report]:
    """ "Venn denied ..." and "according to Venn", by the words alone."""
    according = _ACCORDING.search(claim)
    if according:
        rest = claim[: according.start()] + claim[according.end() :]
        yield Report(according["name"], "say", False, rest.strip(" ,"))
        return
    parts = claim.split()
    auxiliaries = verify_table()["subject"]["auxiliaries"].split()
    for at in range(1, min(LONGEST, len(parts))):
        lead = [p.casefold() for p in parts[at : at + 3]]
        for size in (3, 2, 1):
            phrase = cue_stems(" ".join(parts[at : at + size]))
            found = named_act(phrase) if phrase else None
            if not found or found[1] != 0 or found[0] in _VAGUE:
                continue
            act = found[0]
            if size > 1 and phrase not in load_acts()[act].cues:
                continue
            if act == "say" and not _SAYING.intersection(phrase):
                continue
            if not lead[0].endswith(("ed", "s", "said", "told")) or not parts[0][:1].isupper():
                continue
            if not _is_subject(parts[:at], lead[0]):
                continue
            subject = [p for p in parts[:at] if p.casefold() not in auxiliaries]
            _, negated = act_of(" ".join(parts[max(0, at - 3) : at + size]))
            yield Report(" ".join(subject), act, negated, " ".join(parts[at + size :]))
            return


def _is_subject(before: Sequence[str], cue: str) -> bool:
    """Whether the words before a cue are its subject: of "received 40 complaints" they are not."""
    table = verify_table()["subject"]
    plain = [word.casefold() for word in before]
    last = before[-1]
    if plain[-1] in table["before_nouns"].split() or last[0].isdigit():
        return False
    plural = cue.endswith("s")
    if plural and (plain[-1] in table["before_base"].split() or last.endswith(("’s", "'s"))):
        return False
    beside = re.sub(r", [^,]*,", "", " ".join(before)).split()  # "Pennick, who runs Corvane, said"
    if re.search(r", an? [^,]*$", " ".join(beside)):
        return False  # "Joe Arpaio, a sheriff noted for"
    if not set(table["relative"].split()).isdisjoint(w.casefold() for w in beside):
        return False
    verbs = table["verbs"].split()
    for number, word in enumerate(beside[1:], 1):
        if word.casefold() in verbs:
            return False
        adjective = beside[number - 1].casefold() in table["before_nouns"].split()
        if word.islower() and word.endswith("ed") and not adjective:
            return False
    return True


def _with_negation(claim: str, cue: tuple[int, int]) -> str:
    """The cue with the words before it that turn it, which are not always tagged with it."""
    before = re.search(
        r"(?:\b(?:did|does|has|have|had|would|will|could|is|was)\s+)?"
        r"\b(?:not|never|neither|nor|refused to|declined to|failed to)\s+(?:\w+ly\s+)?$|"
        r"\b\w+n['’]t\s+$",
        claim[: cue[0]],
    )
    return (before.group() if before else "") + claim[slice(*cue)]


def _worded(report: Report, sentences: Iterable[str]) -> bool:
    """Whether a cited sentence has words for the act."""
    act = load_acts().get(report.act)
    if act is None:
        return True
    loose = frozenset(verify_table()["says"]["words"].split())
    for sentence in sentences:
        spoken = cue_stems(sentence)
        if report.act == "say" and not loose.isdisjoint(words(sentence)):
            return not report.negated
        for phrase in act.cues:
            at = occurs(phrase, spoken)
            if at >= 0:
                _, negated = act_of(" ".join(spoken[max(0, at - 3) : at + len(phrase)]))
                if negated == report.negated:
                    return True
    return False


def _calls_false(text: str, after: str = "") -> bool:
    spoken = words(text)
    wrong = verify_table()["negation"]["after"].split()
    before = [""] + spoken
    return any(
        w in wrong and (not after or b == after) for b, w in zip(before, spoken, strict=False)
    )


def _says(cue: str) -> bool:
    return not _SAYING.isdisjoint(stems(cue))


def capitals(text: str) -> frozenset[str]:
    """The capitalised words of a text, case-folded, but for titles and function words."""
    titles = verify_table()["subject"]["titles"].split()
    found = (re.sub(r"['’]s?$", "", name).casefold() for name in _CAPITAL.findall(text))
    return frozenset(n for n in found if n not in STOP_WORDS and n not in titles and len(n) > 1)


def alike(one: str, other: str) -> bool:
    """Whether two names are the same, or one is the other's demonym: "Karsovia", "Karsovian"."""
    short, long = sorted((one, other), key=len)
    return one == other or (len(short) >= _DEMONYM and long.startswith(short[: len(short) - 1]))


@cache
def _function() -> frozenset[str]:
    return frozenset(map(stem, STOP_WORDS))
