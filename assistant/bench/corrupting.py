"""True claims made false by a program, one change each: what a careless or lying wording does.

Nothing here uses the tables that the checks use: the words that are swapped are written anew.
"""

import random
import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from assistant.answer import Citation
from assistant.compose import cite
from index.article import Article, Kind, Sentence
from index.filters import Filters
from index.library import Library
from index.names import find_names

KINDS = (
    *("polarity", "speaker", "act", "act dropped", "number", "date", "name"),
    *("merged quotes", "half-invented quote", "unknown key", "no key"),
)


@dataclass(frozen=True)
class Made:
    """A claim with the sentences that it cites; `kind` says how it was made false, "" for true."""

    text: str
    citations: tuple[Citation, ...]
    kind: str = ""


def corrupted(library: Library, claims: Sequence[Made]) -> Iterator[Made]:
    """Each claim in each way that it can be made false."""
    for claim in claims:
        draw = random.Random(zlib.crc32(claim.text.encode()))  # noqa: S311 -- the same each time
        around = Around(library, claim)
        for kind, make in _WAYS.items():
            text = make(claim.text, around, draw)
            if text and text != claim.text:
                yield Made(text, claim.citations, kind)
        yield Made(claim.text, (), "no key")
        yield Made(claim.text, _unknown(claim.citations, draw), "unknown key")


class Around:
    """What the article of a claim has that the cited sentences have not."""

    def __init__(self, library: Library, claim: Made) -> None:
        self.article = library.article(claim.citations[0].article_id)
        self.sentences = library.sentences(self.article.id)
        self.cited = " ".join(c.sentence for c in claim.citations)
        self.claim = claim
        entities, _ = find_names(self.article.text, self.sentences)
        said = list(library.attributions(Filters.of(articles=[self.article.id])))
        known = f"{self.cited} {claim.text} {' '.join(c.speaker for c in claim.citations)}"
        here = {
            name
            for c in claim.citations
            for name in (a.speaker for a in said if _meets(c, a.spans))
        }
        known += " ".join(here)
        self.names = [
            e.name
            for e in entities
            if not any(w.casefold() in known.casefold() for w in e.name.split())
        ]
        self.speakers = list(
            dict.fromkeys(
                a.speaker
                for a in said
                if a.speaker[:1].isupper()
                and a.speaker.casefold() not in ("he", "she", "it", "they", "we", "i")
                and not any(w in known for w in a.speaker.split())
            )
        )


def _meets(citation: Citation, spans: Sequence[tuple[int, int]]) -> bool:
    return any(s < citation.end and citation.start < e for s, e in spans)


# Polarity

_AUXILIARY = re.compile(
    r"\b(is|are|was|were|has|have|had|will|would|can|could|should|did|does|may|might)\b"
    r"(?! not| no\b)"
)
_NEGATION = (
    (re.compile(r"\b(did|does|do) not (\w+)"), r"\1 \2"),
    (re.compile(r"\b(is|are|was|were|has|have|had|will|would|can|could|should) not\b"), r"\1"),
    (re.compile(r"\bcannot\b"), "can"),
    (re.compile(r"\bnever\b"), "always"),
    (re.compile(r"\b[Nn]o one\b|\b[Nn]obody\b"), "somebody"),
    (re.compile(r"\bthere (was|were|is) no\b"), r"there \1 a"),
    (re.compile(r"\bwithout\b"), "with"),
    (re.compile(r"\bno (?!longer)(?=[a-z])"), "some "),
)
_OPPOSITE = {
    "rose": "fell", "rise": "fall", "raised": "lowered", "increased": "decreased", "more": "less",
    "fewer": "more", "before": "after", "after": "before", "won": "lost", "accepted": "rejected",
    "accept": "reject", "backed": "opposed", "opened": "closed", "open": "closed",
    "start": "end", "began": "ended", "largest": "smallest", "first": "last",
    "supports": "opposes", "supported": "opposed", "lost": "won", "increase": "decrease",
    "higher": "lower", "buy": "sell", "agreed": "refused", "passed": "failed",
}  # fmt: skip


def _polarity(text: str, around: Around, draw: random.Random) -> str:
    """A negation taken out or put in, or a word for its opposite; never inside a quotation."""
    ways = []
    bare, quotes = _masked(text)
    for pattern, by in _NEGATION:
        if pattern.search(bare):
            ways.append(pattern.sub(by, bare, count=1))
    if not ways:
        ways += [f"{bare[: m.end()]} not{bare[m.end() :]}" for m in _AUXILIARY.finditer(bare)]
    for word, other in _OPPOSITE.items():
        if re.search(rf"\b{word}\b", bare):
            ways.append(re.sub(rf"\b{word}\b", other, bare, count=1))
    return _unmasked(draw.choice(ways), quotes) if ways else ""


def _masked(text: str) -> tuple[str, list[str]]:
    quotes = re.findall(r"[“\"][^“”\"]+[”\"]|‘[^‘]+’(?!\w)", text)
    for number, quote in enumerate(quotes):
        text = text.replace(quote, f"\x00{number}\x00")
    return text, quotes


def _unmasked(text: str, quotes: list[str]) -> str:
    for number, quote in enumerate(quotes):
        text = text.replace(f"\x00{number}\x00", quote)
    return text


# Speaker and act

_SAYS = (
    r"said|says|told|denied|denies|confirmed|accused|accuse|admitted|promised|warned|demanded|"
    r"claimed|rejected|acknowledged|insisted|criticised|criticized|praised|apologised|declined|"
    r"estimated|urged|called|threatened|argued|conceded|blamed|dismissed|added|announced|believes|"
    r"disputes|disputed|stated|wrote|vowed|pledged"
)
_NAMED = r"(?:[A-Z][\w.’'-]*)(?: (?:[A-Z][\w.’'-]*|of|the|de|van))*? ?(?:[A-Z][\w’'-]*)?"
_BEFORE = re.compile(rf"(?P<who>{_NAMED})(?:, [^,]+,)? (?:had |has |have |also )?(?:{_SAYS})\b")
_AFTER = re.compile(rf"\b(?:(?:said|says|according to|added) )(?P<who>{_NAMED})(?=[,.]|$)")


def _speaker(text: str, around: Around, draw: random.Random) -> str:
    """Somebody else of the article says it."""
    found = _BEFORE.search(text) or _AFTER.search(text)
    if not found or not around.speakers:
        return ""
    return text[: found.start("who")] + draw.choice(around.speakers) + text[found.end("who") :]


_ACTS = (
    (r"denied (?:having|that|owing|knowingly|ignoring)?", "confirmed that"),
    (r"did not deny", "denied"),
    (r"denies", "confirms"),
    (r"rejected", "accepted"),
    (r"dismissed", "confirmed"),
    (r"disputes", "confirms"),
    (r"(?:admitted|acknowledged|conceded|confirmed)", "denied"),
    (r"accused? ([^.]+?) of", r"praised \1 for"),
    (r"(?:promised|vowed|pledged) to", "refused to"),
    (r"promised", "refused"),
    (r"(?:criticised|criticized|condemned)", "praised"),
    (r"praised|welcomed", "criticised"),
    (r"warned", "denied"),
    (r"demanded", "rejected"),
    (r"apologised (?:to|for)", "blamed"),
    (r"(?:declined to|would not) comment", "confirmed it"),
    (r"(?:said|says)(?! on| in|:)", "denied"),
    (r"urged", "forbade"),
    (r"threatened", "promised to drop"),
    (r"blamed", "praised"),
    (r"estimated", "denied"),
)


def _act(text: str, around: Around, draw: random.Random) -> str:
    """They do something else with their words."""
    bare, quotes = _masked(text)
    if bare.startswith("\x00") or "neither" in bare:  # “There was no offer,” she denied
        return ""
    for pattern, by in _ACTS:
        found = re.search(rf"\b(?:{pattern})\b", bare)
        if found:
            return _unmasked(re.sub(rf"\b(?:{pattern})\b", by, bare, count=1), quotes)
    return ""


_WHO = (
    rf"(?P<who>^(?:The )?{_NAMED}|^The (?:[a-z’'-]+ ?){{1,3}}?)(?:, [^,]+,)? (?:also |has |had )?"
)
_SAID = r"(?:said|says|insisted|claimed|maintained|argued|stated|alleged|warned)(?: on \w+)?"
_DROPPED = (
    (r"(?:denied|denies) (?:ever |knowingly )?having (?P<rest>\w.*)", "{who} had not {rest}"),
    (
        r"(?:denied|denies) (?:ever |knowingly )?(?P<doing>[a-z]+ing\b)(?P<rest>.*)",
        "{who} did not {do}{rest}",
    ),
    (
        r"(?:promised|promises|vowed|pledged|threatened|threatens) (?:on \w+ )?to (?P<rest>\w.*)",
        "{who} will {rest}",
    ),
    (
        r"(?:accused|accuses|blamed) (?P<whom>[^.]+?) (?:of|for) "
        r"(?P<doing>[a-z]+ing\b)(?P<rest>.*)",
        "{whom} kept {doing}{rest}",
    ),
    (rf"{_SAID}(?: that)? (?:he|she|they|it(?! is| was)) (?P<rest>[a-z].*)", "{who} {rest}"),
    (rf"{_SAID}(?: that)? (?:his|her|their|its) (?P<rest>[a-z].*)", "{who}’s {rest}"),
    (rf"{_SAID} that (?P<rest>\w.*)", "{rest}"),
)


def _act_dropped(text: str, around: Around, draw: random.Random) -> str:
    """What they denied, promised or said is a fact: "denied paying" -> "did not pay"."""
    bare, quotes = _masked(text)
    for pattern, by in _DROPPED:
        found = re.match(_WHO + pattern, bare)
        if not found:
            continue
        parts = found.groupdict()
        if re.search(rf"\b(?:{_SAYS}|that|\w+ing to|not true)\b", parts["rest"]):
            return ""  # it reports more
        made = by.format(**parts, do=_base(parts.get("doing") or ""))
        return _unmasked(made[:1].upper() + made[1:], quotes)
    return ""


def _base(doing: str) -> str:
    """ "ignore" of "ignoring"; not of every verb."""
    root = doing.removesuffix("ing")
    if root[-1:] == root[-2:-1] and root[-1:] not in ("l", "s"):
        return root[:-1]
    return root + "e" if re.search(r"(?:[cgsvz]|[aiou]r|at|id|ak|as|us)$", root) else root


# Numbers and days

_NUMBER = re.compile(r"(?<![\w.,])\d[\d,]*(?:\.\d+)?(?!\w|[.,:]\d|[ap]\.m)")
_YEAR = re.compile(r"(?:19|20)\d\d$")
_WORDS = "two three four five six seven eight nine ten eleven twelve fourteen twenty thirty".split()  # noqa: SIM905
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def _number(text: str, around: Around, draw: random.Random) -> str:
    """Another number: half of the time one that the article has elsewhere."""
    bare, quotes = _masked(text)
    found = [m for m in _NUMBER.finditer(bare) if not _YEAR.match(m.group())]
    found = [m for m in found if not re.search(r"\x00$", bare[: m.start()])]
    month = "|".join(m[:3] for m in _MONTHS)
    found = [
        m
        for m in found
        if not re.match(rf" (?:{month})", bare[m.end() :])
        and not re.search(rf"(?:{month})[a-z]*\.? $", bare[: m.start()])
    ]
    spelled = list(re.finditer(r"\b(?:{})\b".format("|".join(_WORDS)), bare))
    if spelled and (not found or draw.random() < 0.3):
        match = draw.choice(spelled)
        others = [w for w in _WORDS if not re.search(rf"\b{w}\b", around.cited, re.IGNORECASE)]
        return _unmasked(_swap(bare, match, draw.choice(others)), quotes)
    if not found:
        return ""
    match = draw.choice(found)
    elsewhere = {m.group() for m in _NUMBER.finditer(around.article.text)}
    elsewhere = {n for n in elsewhere if n not in around.cited and not _YEAR.match(n)}
    if elsewhere and draw.random() < 0.5:
        return _unmasked(_swap(bare, match, draw.choice(sorted(elsewhere))), quotes)
    value = match.group().replace(",", "")
    made = f"{float(value) * draw.choice([2, 3, 0.5]):,.10g}"
    return "" if made in around.cited else _unmasked(_swap(bare, match, made), quotes)


def _date(text: str, around: Around, draw: random.Random) -> str:
    """Another weekday, month, day of the month, year or time of day."""
    bare, quotes = _masked(text)
    ways = []
    for listed in (_DAYS, _MONTHS):
        for m in re.finditer(r"\b(?:{})\b".format("|".join(listed)), bare):
            others = [d for d in listed if d[:3] not in around.cited]
            ways.append(_swap(bare, m, draw.choice(others)))
    for m in re.finditer(r"\b(?:19|20)\d\d\b(?! (?:euros|people|of))", bare):
        ways.append(_swap(bare, m, str(int(m.group()) + draw.choice([-3, -1, 1, 2]))))
    for m in re.finditer(r"\b\d{1,2}(?=:\d\d| [ap]\.m)", bare):
        ways.append(_swap(bare, m, str(int(m.group()) % 12 + 1)))
    months = "|".join(m[:3] for m in _MONTHS)
    for m in re.finditer(rf"\b\d{{1,2}}(?= (?:{months}))", bare):
        ways.append(_swap(bare, m, str(int(m.group()) % 28 + 1)))
    return _unmasked(draw.choice(ways), quotes) if ways else ""


def _swap(text: str, match: re.Match[str], by: str) -> str:
    return text[: match.start()] + by + text[match.end() :]


# Names

_ANY = re.compile(r"(?<![.!?“\"] )\b[A-Z][\w’-]+(?: [A-Z][\w’-]+)*")


def _name(text: str, around: Around, draw: random.Random) -> str:
    """Another name of the article, where the claim has one that is not whose words it reports."""
    bare, quotes = _masked(text)
    found = [
        m
        for m in _ANY.finditer(bare)
        if m.start() and not re.match(rf"(?:{'|'.join(_DAYS + _MONTHS)})", m.group())
    ]
    if not found or not around.names:
        return ""
    match = draw.choice(found)
    return _unmasked(_swap(bare, match, draw.choice(around.names)), quotes)


# Quotations

_QUOTE = re.compile(r"[“\"]([^“”\"]{25,300})[”\"]")
_INVENTED = (
    "and everybody at the top knew it",
    "because we were told to keep quiet",
    "and we would do exactly the same again",
    "which is why the money has to be paid back",
    "and nobody will ever be able to prove it",
)


def quotations(library: Library, article: Article) -> Iterator[Made]:
    """Merged and half-invented quotations, of the sentences of an article that quote."""
    draw = random.Random(zlib.crc32(article.id.encode()))  # noqa: S311 -- the same each time
    sentences = [s for s in library.sentences(article.id) if s.kind is Kind.PROSE]
    quoting = [(s, m[1]) for s in sentences if (m := _QUOTE.search(_text(article, s)))]
    speaker = {
        s.start: a.speaker
        for a in library.attributions(Filters.of(articles=[article.id]))
        for s, _ in quoting
        if s.start <= a.cue[0] < s.stop
    }
    for number, (sentence, quote) in enumerate(quoting):
        who = speaker.get(sentence.start) or "the speaker"
        spoken = quote.strip(" ,.").split()
        half = " ".join(spoken[: max(3, len(spoken) // 2)])
        one = cite(article, sentence, 1)
        text = f"According to {who}, “{half} {draw.choice(_INVENTED)}.”"
        yield Made(text, (one,), "half-invented quote")
        if number + 1 < len(quoting):
            other, second = draw.choice(quoting[number + 1 :])
            rest = " ".join(second.strip(" ,.").split()[-5:])
            text = f"According to {who}, “{half} {rest}.”"
            yield Made(text, (one, cite(article, other, 2)), "merged quotes")


def _text(article: Article, sentence: Sentence) -> str:
    return article.text[sentence.start : sentence.stop]


def _unknown(citations: tuple[Citation, ...], draw: random.Random) -> tuple[Citation, ...]:
    """A citation of what is not there: another article, other characters, other words."""
    first = citations[0]
    wrong = draw.choice(
        (
            replace(first, article_id="0" * 20),
            replace(first, start=first.start + 3, end=first.end + 3),
            replace(first, sentence=first.sentence[:-1] + " indeed."),
            replace(first, start=10**7, end=10**7 + len(first.sentence)),
        )
    )
    return (*citations[1:], wrong)


_WAYS: dict[str, Callable[[str, Around, random.Random], str]] = {
    "polarity": _polarity,
    "speaker": _speaker,
    "act": _act,
    "number": _number,
    "date": _date,
    "name": _name,
    "act dropped": _act_dropped,
}
