"""What PolNeAR gives to train on: tagged windows, and questions made from who said what."""

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.bench.data import read_lines
from assistant.train.examples import Example, grown
from index.attribution import Relation
from index.sentences import split_sentences
from index.speakers import Model, Speakers
from index.words import STOP_WORDS

Span = tuple[int, int]
LETTERS = 900  # of a window, about 200 tokens
ROLES = ("source", "cue", "content")
PRONOUNS = frozenset("he she it they we i you who that which this these those one".split())
NO_NAME = STOP_WORDS | frozenset(
    "according monday tuesday wednesday thursday friday saturday sunday jan feb march april june "
    "july aug sept oct nov dec january february august september october november december".split()
)
NAME = re.compile(r"(?<![.!?“\"] )(?<!^)\b[A-Z][\w’'-]+(?: [A-Z][\w’'-]+)*")
TOPIC = re.compile(
    r"\b(?:(?!(?:" + "|".join(sorted(STOP_WORDS)) + r")\b)[\w-]{3,} ?){1,3}(?:(?<=\w)\b|(?<= ))",
    re.I,
)

# Past form of a cue -> its base form, for "What did X deny?".
BASE = {
    "said": "say", "told": "tell", "called": "call", "argued": "argue", "announced": "announce",
    "denied": "deny", "accused": "accuse", "claimed": "claim", "added": "add", "wrote": "write",
    "warned": "warn", "promised": "promise", "vowed": "promise", "suggested": "suggest",
    "asked": "ask", "noted": "note", "explained": "explain", "insisted": "insist",
    "criticized": "criticize", "praised": "praise", "confirmed": "confirm", "admitted": "admit",
    "acknowledged": "acknowledge", "demanded": "demand", "urged": "urge", "proposed": "propose",
    "stated": "state", "declared": "declare", "tweeted": "tweet", "predicted": "predict",
    "pledged": "pledge", "rejected": "reject", "condemned": "condemn", "described": "describe",
    "believed": "believe", "believes": "believe", "says": "say", "thinks": "think",
    "found": "find", "reported": "report", "replied": "reply", "recalled": "recall",
}  # fmt: skip
# Acts that cannot be read into a cue of another line.
APART = {
    "deny": "denied dismissed rejected disputed refuted",
    "accuse": "accused blamed",
    "praise": "praised welcomed applauded hailed",
    "promise": "promised vowed pledged",
    "confirm": "confirmed admitted acknowledged conceded",
    "criticize": "criticized criticised condemned slammed attacked mocked",
    "warn": "warned",
    "apologize": "apologized apologised",
    "demand": "demanded urged",
}
QUESTIONED = {
    "deny": ["denied", "rejected"],
    "accuse": ["accused"],
    "praise": ["praised", "welcomed"],
    "promise": ["promised", "vowed"],
    "confirm": ["confirmed", "admitted"],
    "criticize": ["criticized", "condemned"],
    "warn": ["warned about"],
    "apologize": ["apologized for"],
    "demand": ["demanded"],
}


@dataclass(frozen=True)
class Window:
    """A run of sentences, and the (start, stop) spans of the attributions in it, by role."""

    text: str
    attributions: tuple[dict[str, tuple[Span, ...]], ...]


@dataclass(frozen=True)
class _News:
    text: str
    sentences: list[Span]
    attributions: list[dict[str, list[Span]]]


def read_news(path: Path) -> list[_News]:
    """The articles of a PolNeAR file, split as the product splits them."""
    news = []
    for row in read_lines(path):
        sentences = [(s.start, s.stop) for s in split_sentences(row["text"], row["title"])]
        attributions: list[dict[str, Any]] = [
            {role: [(s, e) for s, e in found[role]] for role in ROLES}
            for found in row["attributions"]
        ]
        news.append(_News(row["text"], sentences, attributions))
    return news


def labelled_speakers(
    row: dict[str, Any],
    source: Span,
    model: Model | None = None,
    of_roles: Model | None = None,
) -> tuple[Speakers, int]:
    """The speakers of an article's own attributions, and the number of the one with this source."""
    relations = sorted(
        (
            Relation(_spans(a["source"]), _spans(a["cue"])[0], _spans(a["content"]))
            for a in row["attributions"]
            if a["cue"]
        ),
        key=lambda r: min(s for s, _ in (*r.source, r.cue, *r.content)),
    )
    number = next(i for i, r in enumerate(relations) if source in r.source)
    sentences = split_sentences(row["text"], row["title"])
    return Speakers(row["text"], sentences, relations, row["title"], model, of_roles), number


def _spans(found: Sequence[Sequence[int]]) -> tuple[Span, ...]:
    return tuple((start, stop) for start, stop in found)


def windows(news: Sequence[_News], letters: int = LETTERS) -> list[Window]:
    """Articles in windows of whole sentences, some `letters` long (about 200 tokens)."""
    made = []
    for article in news:
        for begin, end in runs(article.sentences, letters):
            inside = tuple(
                {
                    role: tuple(
                        (max(s, begin) - begin, min(e, end) - begin)
                        for s, e in found[role]
                        if s < end and begin < e
                    )
                    for role in ROLES
                }
                for found in article.attributions
            )
            kept = tuple(found for found in inside if any(found.values()))
            made.append(Window(article.text[begin:end], kept))
    return made


def runs(sentences: Sequence[Span], letters: int) -> Iterator[Span]:
    """A text in windows of whole sentences, of up to `letters` where no sentence is longer."""
    begin = last = None
    for start, stop in sentences:
        if begin is not None and last is not None and stop - begin > letters:
            yield begin, last
            begin = None
        begin, last = start if begin is None else begin, stop
    if begin is not None and last is not None:
        yield begin, last


def questions(news: Sequence[_News], count: int, seed: int) -> list[Example]:
    """Questions about who said what, two in three of them answered by their passage."""
    draw = random.Random(seed)
    pool = [
        (article, found)
        for article in news
        for found in article.attributions
        if len(found["source"]) == 1 and found["cue"] and found["content"]
    ]
    made: list[Example] = []
    while len(made) < count:
        article, found = draw.choice(pool)
        begin, end = _around(article, found, draw)
        source, content = found["source"][0], found["content"][0]
        if not (
            begin <= source[0] and source[1] <= end and begin <= content[0] and content[1] <= end
        ):
            continue
        asker = _Asker(article, found, begin, end, draw)
        ways = [
            (0.38, asker.who),
            (0.28, asker.what),
            (0.14, asker.other_act),
            (0.2, asker.other_speaker),
        ]
        way = draw.choices([way for _, way in ways], [weight for weight, _ in ways])[0]
        example = way()
        if example:
            made.append(example)
            if example.answer and draw.random() < 0.3:  # the same question of another article
                other, elsewhere = draw.choice(pool)
                if other is not article:
                    start, stop = _around(other, elsewhere, draw)
                    made.append(Example(example.question, other.text[start:stop], None))
    return made[:count]


def _around(article: _News, found: dict[str, list[Span]], draw: random.Random) -> Span:
    """A window of sentences of random length around an attribution."""
    spans = [span for role in ROLES for span in found[role]]
    start, stop = min(s for s, _ in spans), max(e for _, e in spans)
    holding = [i for i, (s, e) in enumerate(article.sentences) if s < stop and start < e] or [0]
    first, last = holding[0], holding[-1]
    letters = draw.randint(250, 950)

    def enough(first: int, last: int) -> bool:
        return article.sentences[last][1] - article.sentences[first][0] >= letters

    first, last = grown(first, last, len(article.sentences), enough, draw)
    return article.sentences[first][0], min(
        article.sentences[last][1], article.sentences[first][0] + 1400
    )


class _Asker:
    """Questions about one attribution."""

    def __init__(
        self,
        article: _News,
        found: dict[str, list[Span]],
        begin: int,
        end: int,
        draw: random.Random,
    ) -> None:
        self.draw = draw
        self.context = article.text[begin:end]
        self.begin = begin
        self.source = found["source"][0]
        self.content = found["content"][0]
        text = article.text
        self.name = text[slice(*self.source)]
        self.cue = " ".join(text[s:e] for s, e in found["cue"]).lower()
        self.said = text[slice(*self.content)]
        inside = [
            a for a in article.attributions if any(begin <= s and e <= end for s, e in a["source"])
        ]
        self.speakers = [text[s:e] for a in inside for s, e in a["source"]]
        self.cues = " ".join(text[s:e].lower() for a in inside for s, e in a["cue"])

    def who(self) -> Example | None:
        """Who denied that ...? Answered by the source, a pronoun too: its sentence is cited."""
        topic = self._topic()
        if topic is None or len(self.name) > 120:
            return None
        answer = self._inside(self.source)
        clause = self._clause()
        about = [f"Who spoke about {topic}?", f"Who said something about {topic}?",
                 f"Who commented on {topic}?", f"Who talked about {topic}?"]  # fmt: skip
        cue = self.cue
        if clause and len(cue.split()) <= 3 and "to" not in cue.split():
            direct = [f"Who {cue} {clause}?", f"Who {cue} {clause}?", f"Who said {clause}?"]
            if cue.endswith("ed") or cue in BASE:
                direct.append(f"Which person {cue} {clause}?")
            return Example(self.draw.choice([*direct, *direct, *about]), self.context, answer)
        return Example(self.draw.choice(about), self.context, answer)

    def what(self) -> Example | None:
        """What did X say (about ...)? Answered by the content."""
        if self.name.lower() in PRONOUNS or len(self.name) > 70:
            return None
        name = self._name()
        base = BASE.get(self.cue.split()[-1] if self.cue.split() else "", "")
        topic = self._topic()
        asked = []
        if topic:
            asked += [f"What did {name} say about {topic}?"] * 3
            if base in ("warn", "ask", "tell", "think", "believe", "claim", "promise", "suggest"):
                asked.append(f"What did {name} {base} about {topic}?")
        alone = sum(speaker == self.name for speaker in self.speakers) == 1
        if base and alone:
            asked += [f"What did {name} {base}?"] * 2
        if not asked:
            return None
        return Example(self.draw.choice(asked), self.context, self._inside(self.content))

    def other_act(self) -> Example | None:
        """Who praised ...? where somebody only said so."""
        acts = [
            act
            for act, cues in APART.items()
            if not any(cue[:5] in self.cues for cue in cues.split())
        ]
        topic = self._topic()
        if not acts or not topic:
            return None
        act = self.draw.choice(acts)
        if self.draw.random() < 0.6 or self.name.lower() in PRONOUNS:
            verb = self.draw.choice(QUESTIONED[act])
            return Example(f"Who {verb} {topic}?", self.context, None)
        asked = [f"What did {self._name()} {act}?", f"Did {self._name()} {act} {topic}?"]
        return Example(self.draw.choice(asked), self.context, None)

    def other_speaker(self) -> Example | None:
        """What did Y say about ...? where X said it."""
        spoken = " ".join(self.speakers)
        names = [
            match.group()
            for match in NAME.finditer(self.context)
            if not any(part in spoken or part.lower() in NO_NAME for part in match.group().split())
        ]
        topic = self._topic()
        if not names or not topic:
            return None
        name = self.draw.choice(names)
        if name in topic or topic in name:
            return None
        asked = [f"What did {name} say about {topic}?", f"What did {name} say?",
                 f"What did {name} {BASE.get(self.cue, 'say')} about {topic}?"]  # fmt: skip
        return Example(self.draw.choice(asked), self.context, None)

    def _inside(self, span: Span) -> Span:
        return span[0] - self.begin, span[1] - self.begin

    def _name(self) -> str:
        """The speaker as somebody would ask for: not always with all titles."""
        name = self.name.strip(" ,")
        names = [m.group() for m in re.finditer(r"[A-Z][\w’'-]+(?: [A-Z][\w’'-]+)*", name)]
        if names and self.draw.random() < 0.6:
            last = names[-1]
            return last.split()[-1] if self.draw.random() < 0.5 else last
        return name.split(",")[0]

    def _clause(self) -> str:
        """The beginning of the content, up to a comma or some fourteen words."""
        clause = re.split(r"[,;:.?!”\"]", self.said.strip("“” \"'"))[0].strip()
        words = clause.split()
        if len(words) < 2:
            return ""
        return " ".join(words[: self.draw.randint(5, 14)])

    def _topic(self) -> str | None:
        """A few words of the content that say what it is about."""
        said = self.said.strip("“” \"'.,")
        names = [m.group() for m in NAME.finditer(said)]
        if names and self.draw.random() < 0.5:
            return re.sub(r"[’']s?$", "", self.draw.choice(names))
        runs = [
            run
            for run in map(str.strip, TOPIC.findall(said))
            if len(run) > 4 and run.lower() not in STOP_WORDS
        ]
        if not runs:
            return None
        topic: str = self.draw.choice(runs)
        return ("the " + topic) if topic.islower() and self.draw.random() < 0.4 else topic
