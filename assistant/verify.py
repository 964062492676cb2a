"""A claim against the sentences it cites: supported, or why not.

The checks go from cheap to costly, each a function that gives a reason or nothing. They look at
what a wording of others' sentences gets wrong: quotations, numbers, days, names, negation, who said
it and whether it was said at all; last, whether the claim's words are borne out as a whole. What
they know of words is data: `verify.toml`.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from assistant.answer import Citation
from assistant.evidence import Evidence, Reason
from assistant.named import names
from assistant.polarity import opposed
from assistant.quantities import Quantity, quantities, told
from assistant.reported import Saying, borne_out, is_factive, is_plain, reports, tells_as_said
from index.acts import stems
from index.clean import storable
from index.errors import NotInLibrary
from index.library import Library
from index.words import STOP_WORDS, stem

# Set by hand, with the claims of `tests/verify` that were looked at in sight; not fitted yet.
LEAST_SHARED = 0.35  # weighted share of the claim's words that the cited sentences must have
LEAST_LIKE = 0.45  # cosine of claim and sentences from which on a paraphrase may share fewer
NEAR = 0.2  # of the best sentence's share: what another must have for its negations to count
INSIDE = 0.7  # share of a claim's words in what somebody said, to be taken from there
OUTSIDE = 0.45  # share of them beside what was said, from which on the article says it itself
MOSTLY, MORE = 0.5, 0.35  # the same where verbs of speech report it: so much, and so much more


@dataclass(frozen=True)
class Support:
    """Whether a claim is supported.

    Attributes:
        reason: one line for a person, "" when supported.
        check: which one failed: "uncited", "citation", "quotation", "number", "day", "name",
            "polarity", "speaker", "act", "words", or "judge" (a language model's no, see
            `assistant.judging`); "" when supported.
    """

    supported: bool
    reason: str = ""
    check: str = ""


def verify(library: Library, claim: str, citations: Sequence[Citation]) -> Support:
    """Check one statement against the sentences it cites."""
    failed = stands(library, citations)
    if failed:
        return Support(False, failed[1], failed[0])
    evidence = Evidence(library, tuple(citations))
    claim = storable(claim)  # what a language model wrote may hold anything
    for check in CHECKS:
        failed = check(claim, evidence)
        if failed:
            return Support(False, failed[1], failed[0])
    return Support(True)


def stands(library: Library, citations: Sequence[Citation]) -> Reason:
    """There are citations, and each is what stands in its article."""
    if not citations:
        return "uncited", "no sentence is cited"
    for c in citations:
        try:
            text = library.article(c.article_id).text
        except NotInLibrary:
            return "citation", f"the library has no article {c.article_id}"
        if not c.sentence or not c.stands_in(text):
            return "citation", f"“{_short(c.sentence)}” is not what stands at {c.start} to {c.end}"
    return None


_QUOTED = re.compile(
    r"“([^”]+)”|\"([^\"]+)\"|«([^»]+)»|(?<!\w)[‘']([^‘’']+(?:['’]\w[^‘’']*)*)[’'](?!\w)"
)
_GAP = re.compile(r"\s*(?:\.\.\.|…|\[[^\]]*\])\s*")


def quotations(claim: str, evidence: Evidence) -> Reason:
    """What stands in quotation marks is verbatim in one cited sentence, or in a run of them."""
    runs = [_plain(run) for run in _runs(evidence)]
    for match in _QUOTED.finditer(claim):
        quoted = next(filter(None, match.groups()))
        pieces = [p for p in map(_plain, _GAP.split(quoted)) if p]
        if pieces and not any(_in_order(pieces, run) for run in runs):
            return "quotation", f"“{_short(quoted)}” is not what a cited sentence says"
    return None


def _runs(evidence: Evidence) -> list[str]:
    """Cited sentences; those that follow one another, within one quotation, as one text."""
    runs: list[str] = []
    cited = sorted(evidence.citations, key=lambda c: (c.article_id, c.start))
    for number, c in enumerate(cited):
        before = cited[number - 1] if number else None
        between = ""
        if before and before.article_id == c.article_id and before.end <= c.start:
            between = evidence.articles[c.article_id].text[before.end : c.start]
        # Only an opening mark may stand between: a paragraph that continues the quotation.
        open_still = before and not _CLOSED.search(before.sentence)
        if open_still and between and not between.strip():
            runs[-1] += " " + c.sentence.lstrip("“\"‘'")
        else:
            runs.append(c.sentence)
    return runs


_CLOSED = re.compile(r"[”\"’']\W*$")


def _in_order(pieces: Sequence[str], run: str) -> bool:
    at = 0
    for piece in pieces:
        found = re.compile(rf"(?<!\w){re.escape(piece)}(?!\w)").search(run, at)
        if not found:
            return False
        at = found.end()
    return True


def _plain(text: str) -> str:
    """Case, white space, and the style of quotation marks folded."""
    folded = re.sub(r"[“”«»]", '"', text.casefold().replace("’", "'").replace("‘", "'"))
    return " ".join(folded.split()).strip(" ,.;:!?\"'")


def numbers(claim: str, evidence: Evidence) -> Reason:
    """Numbers, amounts, dates and times of the claim are told; so are its weekdays and months."""
    here = quantities(evidence.text)
    for wanted in quantities(claim):
        if wanted.loose or told(wanted, here):
            continue
        if wanted.kind == "weekday" and _published_then(wanted, here, evidence):
            continue
        check = "number" if wanted.kind in ("number", "time") else "day"
        what = {"number": "number", "time": "time"}.get(wanted.kind, "day")
        return check, f"the {what} “{wanted.text.strip()}” stands in none of the cited sentences"
    return None


def _published_then(wanted: Quantity, here: Sequence[Quantity], evidence: Evidence) -> bool:
    """Whether a weekday is that of publication, where the sentences tell no other."""
    if any(q.kind == "weekday" for q in here):
        return False
    days = (a.published for a in evidence.articles.values() if a.published)
    return any(f"{day:%A}".casefold() == wanted.value for day in days)


def polarity(claim: str, evidence: Evidence) -> Reason:
    """Negation and opposites of the claim are those of the sentences that say most of it."""
    shares = {s: evidence.share(claim, s) for s in evidence.sentences}
    best = max(shares.values())
    word = opposed(claim, [s for s, share in shares.items() if share >= NEAR * best])
    return ("polarity", f"the cited sentence says the opposite at “{word}”") if word else None


def speech(claim: str, evidence: Evidence) -> Reason:
    """What the claim says that somebody did with words was done, by them."""
    told_of = reports(claim)
    for report in told_of:
        failed = borne_out(report, evidence.sayings, evidence.sentences)
        who = report.speaker or "somebody"
        if failed == "act":
            return "act", f"no cited sentence says that {who} did so ({report.act})"
        if failed == "speaker":
            other = next(s.said.speaker for s in evidence.sayings if not s.unknown)
            return "speaker", f"it is not {who} who says so, but {other}"
    return None if told_of else bare(claim, evidence)


def bare(claim: str, evidence: Evidence) -> Reason:
    """The claim does not state as a fact what somebody said."""
    spoken = set(stems(claim))
    named: set[str] = set()  # words for who speaks, in the claim: whom a fact about them names, too
    for s in evidence.sayings:
        if is_factive(s.act) or not s.content:
            continue
        here = spoken & (set(stems(s.said.speaker)) - set(stems(s.content)) - _SMALL)
        if (here or s.unknown) and tells_as_said(claim, s):
            return None
        named |= here
    said = [s for s in evidence.sayings if s.act and not is_factive(s.act)]
    inside = evidence.share(claim, " ".join(s.content for s in said), named)
    plainly = evidence.share(claim, " ".join(s.content for s in said if is_plain(s.act)), named)
    outside = evidence.share(claim, _beside(said, evidence), named)
    quoted = all(c.quoted for c in evidence.citations)
    if (
        quoted
        or (said and inside >= INSIDE and outside < OUTSIDE)
        or (said and plainly >= MOSTLY and plainly >= outside + MORE)
    ):
        who = next((s.said.speaker for s in evidence.sayings if s.said.speaker), "somebody")
        return "speaker", f"states as a fact what {who} said"
    return None


def _beside(said: Sequence[Saying], evidence: Evidence) -> str:
    """The cited sentences without what anybody said in them."""
    pieces = []
    for c in evidence.citations:
        own = {span for s in said if s.article.id == c.article_id for span in s.said.content}
        text, at = evidence.articles[c.article_id].text, c.start
        for begin, end in sorted((b, e) for b, e in own if b < c.end and c.start < e):
            pieces.append(text[at:begin])  # empty where one is inside another
            at = max(at, end)
        pieces.append(text[at : c.end])
    return " ".join(pieces)


_SMALL = frozenset(map(stem, STOP_WORDS))


def content(claim: str, evidence: Evidence) -> Reason:
    """Enough of the claim's words are in the sentences, or it is near to them in meaning."""
    shared = evidence.share(claim, f"{evidence.text} {evidence.speakers}")
    if shared >= LEAST_SHARED:
        return None
    if likeness(claim, evidence) >= LEAST_LIKE:
        return None
    return "words", f"the cited sentences have only {shared:.0%} of what the claim says"


def likeness(claim: str, evidence: Evidence) -> float:
    """Cosine of the claim and the nearest of the cited sentences, or all of them."""
    vectors = evidence.library.encoder.encode([claim, evidence.text, *evidence.sentences])
    return max(float(vectors[0] @ vector) for vector in vectors[1:])


Check = Callable[[str, Evidence], Reason]
CHECKS: tuple[Check, ...] = (quotations, numbers, names, polarity, speech, content)


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:59] + "…"
