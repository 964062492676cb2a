"""Who said what: attributions of an article, found by the trained network.

Each passage is tagged once. Every cue ("denied", "according to") then gathers its own source and
content: a token belongs to a cue when its vector and the cue's say so, which keeps apart what is
nested ("Karsovia said that Elmaria denied ...") and what stands side by side. A paragraph of
quotation that has no cue of its own belongs to the speaker of the quotation that it continues.
"""

import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from index.acts import act_of, spoken_by
from index.article import Article, Attribution, Kind, Sentence, Span
from index.clean import storable
from index.encoder import load_tokenizer, processors
from index.names import whole_name
from index.network import FIRST, INSIDE, LONGEST, Network, Output, Scores, shared_network
from index.speakers import Speakers
from index.words import STOP_WORDS, words

if TYPE_CHECKING:
    from tokenizers import Tokenizer

APART = 3  # tokens inside a cue that may lack the tag
POSSIBLE = -1.5  # mean log odds from which on the likeliest source or cue is taken
ELSEWHERE = 1.5  # log odds
LINKED = -0.7  # mean log odds over a run from which on it is a cue's: tried on attribution_train
TRIM = " \t\n,;:"
ENGLISH = 0.2  # share of function words; other languages have about one in twenty
OPENING, CLOSING = '"“', '"”'
LONG_WORD = 40  # characters
_WORD = re.compile(r"\w+(?:['’-]\w+)*")
AUXILIARIES = frozenset(
    """
    am and are be been being but can could did do does had has have is may might must neither no nor
    not of or should that the to was were will would
    """.split()  # noqa: SIM905 -- a paragraph of words reads better than quoted ones
)
CONTINUES = 3  # paragraphs of quotation without a cue that one speaker may go on for


@dataclass(frozen=True, slots=True)
class Relation:
    """A cue with its source and content: spans `[start, stop)` of the text that was tagged."""

    source: tuple[Span, ...]
    cue: Span
    content: tuple[Span, ...]


class Tagger:
    """Finds attributions. Safe to use from several threads."""

    def __init__(self, network: Network | None = None) -> None:
        """Args: network: runs the weights; the shipped ones when None."""
        self._given = network

    @cached_property
    def _threads(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(processors(), thread_name_prefix="tagger")

    def relations(self, text: str) -> list[Relation]:
        """The attributions in a text of some sentences; beyond 288 tokens nothing is seen."""
        encoding = _tokenizer().encode(storable(text))
        ids = np.array([encoding.ids], dtype=np.int64)
        output = (self._given or shared_network())(ids, np.zeros_like(ids))
        return decode(text, np.array(encoding.offsets, dtype=np.int64), output)

    def find(
        self, article: Article, sentences: Sequence[Sentence], runs: Sequence[tuple[int, int]]
    ) -> tuple[Attribution, ...]:
        """All attributions of an article, in the order of the text; none where it is no English.

        Args:
            runs: sentences `[first, last)` to tag together, each up to 288 tokens of prose.
        """

        if not _is_english(article.text):
            return ()

        def in_run(run: tuple[int, int]) -> list[Relation]:
            return list(self._in_run(article, sentences, *run))

        found = list(chain.from_iterable(self._threads.map(in_run, runs)))
        found += running_quotations(article.text, sentences, found)
        found.sort(key=_first)
        speakers = Speakers(article.text, sentences, found, article.title)
        made = []
        for number, relation in enumerate(found):
            cue = article.text[slice(*relation.cue)]
            content = _text(article.text, relation.content)
            act, negated = act_of(cue, content, spoken_by(article.text, relation.source))
            speaker = speakers.of(number)
            made.append(
                Attribution(
                    article_id=article.id,
                    number=number,
                    source=relation.source,
                    cue=relation.cue,
                    content=relation.content,
                    act=act,
                    negated=negated,
                    speaker=speaker.name,
                    named=speaker.span,
                    role=speaker.role,
                )
            )
        return tuple(made)

    def _in_run(
        self, article: Article, sentences: Sequence[Sentence], first: int, last: int
    ) -> Iterator[Relation]:
        prose = [s for s in sentences[first:last] if s.kind is Kind.PROSE]
        text = " ".join(article.text[s.start : s.stop] for s in prose)
        starts = np.cumsum([0, *(s.stop - s.start + 1 for s in prose)])

        def placed(span: Span) -> list[Span]:
            """A span of the joined prose in the article's text, cut where a caption lies inside."""
            begin = int(np.searchsorted(starts, span[0], "right")) - 1
            end = int(np.searchsorted(starts, span[1] - 1, "right")) - 1
            found: list[Span] = []
            for n in range(begin, end + 1):
                moved = prose[n].start - int(starts[n])
                start = max(prose[n].start, span[0] + moved)
                stop = min(prose[n].stop, span[1] + moved)
                if found and prose[n - 1].end == prose[n].start:
                    found[-1] = (found[-1][0], stop)
                elif start < stop:
                    found.append((start, stop))
            return found

        for r in self.relations(text):
            source = tuple(chain.from_iterable(map(placed, r.source)))
            content = tuple(chain.from_iterable(map(placed, r.content)))
            yield Relation(source, placed(r.cue)[0], content)


def decode(text: str, offsets: NDArray[np.int64], output: Output) -> list[Relation]:
    """Cues, each with the source and the contents that are linked to it.

    The tags say where sources and contents begin and end, the links which of them are a cue's: the
    one source that fits best, and every content that fits well enough.

    Args:
        offsets: (tokens, 2) of `text`; special tokens have no width.
    """
    inside, first = output.tokens[:, INSIDE], output.tokens[:, FIRST]
    real = offsets[:, 1] > offsets[:, 0]
    opens = np.array([_opens_sentence(text, int(start)) for start in offsets[:, 0]])
    sources, cues, contents = (
        _runs((inside[:, role] > 0) & real, (first[:, role] > 0) | (opens & (role == 2)))
        for role in range(3)
    )
    cues = _whole_cues(text, offsets, cues, first[:, 1] > 0)
    number = np.cumsum(opens)  # of the sentence
    fits = [
        _fits(output.linked(start), sources, contents, number != number[start]) for start, _ in cues
    ]
    linked: list[list[Span]] = [[r for r in contents if fit[1][r] > LINKED] for fit in fits]
    for run in contents:  # what is tagged is somebody's words: the likeliest cue's, at least
        if fits and not any(run in own for own in linked):
            likeliest = max(range(len(fits)), key=lambda n: fits[n][1][run])
            if fits[likeliest][1][run] > POSSIBLE:
                linked[likeliest].append(run)
    for run in contents:  # what has a cue in its own sentence is nobody's words from before it
        near = {n for n, cue in enumerate(cues) if number[cue[0]] == number[run[0]]}
        if any(run in linked[n] for n in near):
            for n, own in enumerate(linked):
                if run in own and n not in near:
                    own.remove(run)
    found = []
    spoke: tuple[int, tuple[Span, ...]] | None = None  # sentence and source of the cue before
    for cue, (fit, _), own in zip(cues, fits, linked, strict=True):
        best = max(fit, key=lambda run: fit[run], default=None)
        source = _spans(text, offsets, [best] if best and fit[best] > POSSIBLE else [])
        if source:
            spoke = (number[cue[0]], source)
        elif spoke and spoke[0] == number[cue[0]]:
            source = spoke[1]  # "Karsovia denied it, and told reporters ..."
        content = _spans(text, offsets, _merged(sorted(own)))
        span = _span(text, offsets, cue)
        taken = (*content, *([span] if span else ()))
        source = tuple(whole_name(text, part, taken) for part in source)
        if span and (source or content):
            found.append(Relation(source, span, content))
    return found


def _opens_sentence(text: str, at: int) -> bool:
    """Whether a sentence or a quotation begins here: what follows may be somebody else's words."""
    if text[at - 1 : at].strip():
        return False
    before = text[max(0, at - 6) : at].rstrip()
    quotes = text[at : at + 1] in OPENING and before[-1:] in CLOSING
    return quotes or before.rstrip(CLOSING + "’')")[-1:] in tuple(".!?")


def _fits(
    scores: Scores,
    sources: Sequence[Span],
    contents: Sequence[Span],
    elsewhere: NDArray[np.bool_],
) -> tuple[dict[Span, float], dict[Span, float]]:
    """Mean log odds of each source, and of each content, to be a cue's.

    Args:
        elsewhere: tokens of other sentences: a source in one has to be much likelier.
    """
    return (
        {
            run: float(scores[slice(*run), 0].mean()) - ELSEWHERE * bool(elsewhere[run[0]])
            for run in sources
        },
        {run: float(scores[slice(*run), 1].mean()) for run in contents},
    )


def _whole_cues(
    text: str, offsets: NDArray[np.int64], cues: Sequence[Span], first: NDArray[np.bool_]
) -> list[Span]:
    """ "has several times accused" is one cue, though "several times" was not tagged.

    What has but auxiliaries ("has", "did not") is the beginning of a cue, or none.
    """

    def bare(cue: Span) -> bool:
        return AUXILIARIES.issuperset(words(text[offsets[cue[0], 0] : offsets[cue[1] - 1, 1]]))

    whole: list[Span] = []
    for cue in cues:
        near = whole and cue[0] - whole[-1][1] <= APART
        if near and (not first[cue[0]] or bare(whole[-1])):
            whole[-1] = (whole[-1][0], cue[1])
        else:
            whole.append(cue)
    return [cue for cue in whole if not bare(cue)]


def running_quotations(
    text: str, sentences: Sequence[Sentence], found: Sequence[Relation]
) -> list[Relation]:
    """Attributions for quoted paragraphs that no cue claims.

    By the conventions of news a quotation that runs over paragraphs opens each anew and closes only
    the last; loosely edited ones close each. In a paragraph with cues of its own the speaker is who
    ends the same quotation, else who spoke last, else who speaks first. In one of nothing but
    quotation it is that of the last quoting attribution before, if nothing but quotation lies
    between.

    Returns:
        Relations with the cue and source of the quotation that goes on.
    """
    claimed = sorted(span for relation in found for span in relation.content)
    added: list[Relation] = []
    for paragraph in _paragraphs(text, sentences):
        loose = [s for s in paragraph if s.quoted and not _covered(s, claimed)]
        if not loose:
            continue
        begin, end = paragraph[0].start, paragraph[-1].stop
        inside = [r for r in found if begin <= r.cue[0] < end and _quotes(text, r)]
        if inside:
            theirs: dict[Relation, list[Span]] = {}
            for s in loose:
                theirs.setdefault(_speaking(text, inside, s), []).append((s.start, s.stop))
            added += [Relation(r.source, r.cue, tuple(spans)) for r, spans in theirs.items()]
            continue
        if all(s.quoted for s in paragraph):
            before = [r for r in (*found, *added) if r.cue[1] <= begin and _quotes(text, r)]
            speaking = max(before, key=lambda r: r.content[-1][1], default=None)
            if speaking is not None and _goes_on(text, sentences, speaking, begin):
                spans = tuple((s.start, s.stop) for s in loose)
                added.append(Relation(speaking.source, speaking.cue, spans))
    return added


def _speaking(text: str, inside: Sequence[Relation], loose: Sentence) -> Relation:
    """Whose a quoted sentence is, of those who are quoted in its paragraph."""
    for relation in inside:  # the same quotation goes on, up to its cue
        start = min(start for start, _ in relation.content)
        between = text[loose.start + 1 : start]
        if loose.start < start and not any(mark in between for mark in OPENING + CLOSING):
            return relation
    ended = [relation for relation in inside if _end(relation) <= loose.start]
    return max(ended, key=_end, default=inside[0])


def _end(relation: Relation) -> int:
    return max(stop for _, stop in (relation.cue, *relation.content))


def _goes_on(text: str, sentences: Sequence[Sentence], speaking: Relation, begin: int) -> bool:
    """Whether a quotation reaches the paragraph at `begin`: nothing else is said in between."""
    last = _end(speaking)
    between = [s for s in sentences if s.start >= last and s.stop <= begin and s.kind is Kind.PROSE]
    gap = text[last:begin]
    return all(s.quoted for s in between) and gap.count("\n\n") <= CONTINUES


def _quotes(text: str, relation: Relation) -> bool:
    """Whether the content is, in part, in quotation marks."""
    return any(
        mark in text[max(0, start - 1) : stop + 2]  # "... ,” she said"
        for start, stop in relation.content
        for mark in '"“”«»„'
    )


def _covered(sentence: Sentence, claimed: Sequence[Span]) -> bool:
    shared = sum(
        max(0, min(sentence.stop, stop) - max(sentence.start, start)) for start, stop in claimed
    )
    return shared * 2 >= sentence.stop - sentence.start


def _paragraphs(text: str, sentences: Sequence[Sentence]) -> list[list[Sentence]]:
    """Prose sentences by line."""
    made: list[list[Sentence]] = []
    end = -1
    for sentence in sentences:
        if sentence.kind is not Kind.PROSE:
            continue
        if end < 0 or "\n" in text[end : sentence.start]:
            made.append([])
        made[-1].append(sentence)
        end = sentence.stop
    return made


def _is_english(text: str) -> bool:
    """Whether a text has as many English function words as English has, about two in five."""
    found = words(text[:5000])
    return sum(word in STOP_WORDS for word in found) >= ENGLISH * len(found)


def _first(relation: Relation) -> int:
    return min(s for s, _ in (*relation.source, relation.cue, *relation.content))


def _text(text: str, spans: Sequence[Span]) -> str:
    return " ".join(text[start:stop] for start, stop in spans)


def _spans(text: str, offsets: NDArray[np.int64], runs: Sequence[Span]) -> tuple[Span, ...]:
    found = (_span(text, offsets, run) for run in runs)
    return tuple(span for span in found if span)


def _span(text: str, offsets: NDArray[np.int64], run: Span) -> Span | None:
    """A run of tokens as a span of whole words, without commas and spaces around it."""
    start, stop = int(offsets[run[0], 0]), int(offsets[run[1] - 1, 1])
    for word in _WORD.finditer(text, max(0, start - LONG_WORD), stop + LONG_WORD):
        if word.start() < start < word.end():
            start = word.start()
        if word.start() < stop < word.end():
            stop = word.end()
    while stop > start and text[stop - 1] in TRIM:
        stop -= 1
    while start < stop and text[start] in TRIM:
        start += 1
    return (start, stop) if start < stop else None


def _merged(runs: Sequence[Span]) -> list[Span]:
    """Runs that follow each other at once as one."""
    merged: list[Span] = []
    for run in runs:
        if merged and merged[-1][1] == run[0]:
            merged[-1] = (merged[-1][0], run[1])
        else:
            merged.append(run)
    return merged


def _runs(inside: NDArray[np.bool_], first: NDArray[np.bool_]) -> list[Span]:
    """Runs of true values as `[start, stop)`, cut where `first` is true."""
    runs: list[Span] = []
    for number in np.flatnonzero(inside):
        at = int(number)
        if runs and runs[-1][1] == at and not first[at]:
            runs[-1] = (runs[-1][0], at + 1)
        else:
            runs.append((at, at + 1))
    return runs


@cache
def _tokenizer() -> "Tokenizer":
    tokenizer = load_tokenizer()
    tokenizer.enable_truncation(LONGEST)
    return tokenizer


@cache
def shared_tagger() -> Tagger:
    """The tagger of this process."""
    return Tagger()
