"""Questions over a real news library: retrieval, answers, refusals, the offset law."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from html import unescape
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from assistant import score
from assistant.answer import Answer
from assistant.bench import stock
from assistant.bench.confidence import Judgement, area, expected_error
from assistant.bench.data import Row, news_articles, read_rows
from assistant.bench.figures import KEPT, Figure
from assistant.gate import load_gate
from assistant.page.html import highlight
from assistant.pipeline import Assistant
from assistant.question import understand
from assistant.render import shown_citations
from index.article import Article
from index.retrieve import retrieve

if TYPE_CHECKING:
    from llama_index.core.base.base_retriever import BaseRetriever

FIRST = 10
_MARK = re.compile(r"<mark[^>]*>(.*?)</mark>", re.DOTALL)


def real_article(data: Path, work: Path) -> list[Figure]:
    """The shared real article alone, "Who denied what?"."""
    path = data.parent / "articles" / "azerbaijan-denies-ethnic-cleansing.txt"
    with Assistant.open(work / "article") as assistant:
        assistant.add(path)
        answer = assistant.ask("Who denied what?")
        disputes = assistant.disputes()
    first = answer.citations[0].sentence if answer.citations else ""
    right = first.startswith("Azerbaijan denied accusations of ethnic cleansing")
    note = f"first citation: {first[:60]}..." if first else "refused"
    texts = [claim.text for claim in answer.claims]
    denials = ("Azerbaijan denied accusations", "We cannot accept", "There was no single case")
    found = sum(any(denial in text for text in texts) for denial in denials)
    speakers = {c.speaker for claim in answer.claims for c in claim.citations[:1]}
    sides = [
        ({one.speaker for one in d.accusations}, {one.speaker for one in d.denials})
        for d in disputes
    ]
    beside = [denied for accused, denied in sides if "Nikol Pashinyan" in accused]
    answered = bool(beside) and {"Azerbaijan", "Hikmet Hajiyev"} <= set().union(*beside)
    charged = any("Armenia" in accused for accused, _ in sides)

    def whole(measure: str, value: float, rows: int = 1) -> Figure:
        return Figure("article", measure, 100.0 * value, "%", rows, 100)

    return [
        Figure("article", "first citation is the denial", 100.0 * right, "%", 1, 100, note=note),
        whole('"Who denied what?", denials shown', found / len(denials), len(denials)),
        whole(
            "all of them Azerbaijan's and Hajiyev's",
            speakers <= {"Azerbaijan", "Hikmet Hajiyev"},
        ),
        whole("dispute: Pashinyan's accusation beside both denials", answered),
        whole("dispute: Armenia's charge of illegal arrests is listed", charged),
    ]


def newsroom(data: Path, work: Path) -> list[Figure]:
    """newsroom_dev over all articles of attribution_dev, against the stock pipeline."""
    articles = news_articles(data, "attribution_dev")
    rows = read_rows(data, "newsroom_dev")
    by_source = {article.source: article for article in articles}
    with Assistant.open(work / "newsroom") as assistant:
        assistant.add(*articles)
        asked = [_ask(assistant, row, by_source[row["article"]]) for row in rows]
        bold = Assistant(assistant.library, replace(load_gate(), least=0.0, lowest=0.0))
        ungated = [_ask(bold, row, by_source[row["article"]]) for row in rows]
        plain = stock.build(articles, work / "newsroom-stock", FIRST)
        return [
            *_retrieval(assistant, plain, asked),
            *_answers(asked),
            *_refusals(asked),
            *_confidence(asked, ungated, work / KEPT),
            _offset_law(assistant, asked),
        ]


@dataclass(frozen=True)
class _Asked:
    """A row, its article, where its evidence stands in it, and what was answered."""

    row: Row
    article: Article
    evidence: tuple[score.Span, ...]
    answer: Answer

    @property
    def cited(self) -> list[tuple[score.Span, str]]:
        """Spans of the citations; (-1, -1) for those of other articles."""
        return [
            ((c.start, c.end) if c.article_id == self.article.id else (-1, -1), c.sentence)
            for c in self.answer.citations
        ]


def _ask(assistant: Assistant, row: Row, article: Article) -> _Asked:
    evidence = tuple(_find(article.text, sentence) for sentence in row["evidence"])
    return _Asked(row, article, evidence, assistant.ask(row["question"], history_of(row)))


def history_of(row: Row) -> list[tuple[str, str]]:
    return [(turn["question"], turn["answer"]) for turn in row["history"]]


def _find(text: str, sentence: str) -> score.Span:
    """Where a sentence stands in a text, whatever the white space."""
    found = re.search(r"\s+".join(map(re.escape, sentence.split())), text)
    if not found:
        raise ValueError(f"evidence that is not in its article: {sentence!r}")
    return found.span()


def _retrieval(
    assistant: Assistant, plain: "BaseRetriever", asked: list[_Asked]
) -> Iterator[Figure]:
    single = _single_turn(asked)

    def ours(a: _Asked) -> bool:
        question = understand(a.row["question"], history_of(a.row))
        hits = retrieve(assistant.library, question, FIRST)
        return any(
            h.passage.article_id == a.article.id
            and h.passage.start <= start
            and end <= h.passage.end
            for h in hits
            for start, end in a.evidence
        )

    def theirs(a: _Asked) -> bool:
        found = plain.retrieve(a.row["question"])
        texts = [" ".join(n.node.get_content().split()) for n in found]
        return any(" ".join(e.split()) in text for e in a.row["evidence"] for text in texts)

    answerable = [a for a in asked if a.row["answerable"]]
    name = f"evidence in the first {FIRST}"
    yield _share(f"{name}, single-turn", map(ours, single), least=97)
    yield _share(f"{name}, single-turn, stock pipeline", map(theirs, single))
    yield _share(f"{name}, follow-ups included", map(ours, answerable))


def _single_turn(asked: list[_Asked]) -> list[_Asked]:
    return [a for a in asked if a.row["answerable"] and not a.row["history"]]


# Least answer hit, citation recall and citation precision of each group.
_LEAST: dict[str, tuple[float | None, float | None, float | None]] = {
    "all": (84, 84, 80),
    "fact": (95, 95, 90),
    "attribution": (92, 90, 88),
    "follow-ups": (80, 80, None),
}


def _answers(asked: list[_Asked]) -> Iterator[Figure]:
    single = _single_turn(asked)

    def kind(a: _Asked) -> str:
        return str(a.row["type"])

    groups = [("all", single)]
    groups += [(k, list(g)) for k, g in groupby(sorted(single, key=kind), kind)]
    groups.append(("follow-ups", [a for a in asked if a.row["answerable"] and a.row["history"]]))
    for name, group in groups:
        hits = [_hit(a) for a in group]
        recalls = [
            score.citation_recall([s for s, _ in a.cited], a.evidence, a.row["evidence_any"])
            for a in group
        ]
        precisions = [
            score.citation_precision(a.cited, a.evidence, a.row["required"], a.row["question"])
            for a in group
            if not a.answer.refused
        ]
        hit, recall, precision = _LEAST.get(name, (None, None, None))
        yield _share(f"answer hit, {name}", hits, hit)
        yield _share(f"citation recall, {name}", recalls, recall)
        yield _share(f"citation precision of answers given, {name}", precisions, precision)


def _hit(a: _Asked) -> bool:
    return score.answer_hit(a.answer.text, a.row["required"])


def _refusals(asked: list[_Asked]) -> Iterator[Figure]:
    outcomes = [(a.row["answerable"], a.answer.refused) for a in asked]
    figures = score.Refusals.of(outcomes)
    unanswerable = sum(not answerable for answerable, _ in outcomes)
    recall, over = 100 * figures.recall, 100 * figures.over_refusal
    answerable = len(outcomes) - unanswerable
    yield Figure("newsroom", "unanswerable refused", recall, "%", unanswerable, least=90)
    yield Figure("newsroom", "answerable refused", over, "%", answerable, most=5)
    refused = sum(refused for _, refused in outcomes)
    yield Figure("newsroom", "refusal precision", 100 * figures.precision, "%", refused)


def _confidence(asked: list[_Asked], ungated: list[_Asked], kept: Path) -> Iterator[Figure]:
    """What refusing costs, and whether the confidence says how often an answer is right.

    Args:
        ungated: the same questions, with an answer wherever there was any sentence to give.
        kept: folder for the judgements, which the diagram is drawn from.
    """
    single, bold = _single_turn(asked), _single_turn(ungated)
    lost = 100 * (score.mean(map(_hit, bold)) - score.mean(map(_hit, single)))
    yield Figure("newsroom", "answer hit lost by refusing", lost, "points", len(single), most=2)
    judgements = [
        Judgement(other.answer.confidence, _right(other), not a.answer.refused)
        for a, other in zip(asked, ungated, strict=True)
        if not other.answer.refused
    ]
    given = sum(j.given for j in judgements)
    error = expected_error(judgements)
    yield Figure("newsroom", "calibration error of the confidence", error, "", given, most=0.08)
    yield Figure("newsroom", "area under risk and coverage", area(judgements), "", len(judgements))
    kept.mkdir(exist_ok=True)
    (kept / "confidence.json").write_text(json.dumps([asdict(j) for j in judgements]))


def _right(a: _Asked) -> bool:
    """Whether what is cited first supports the answer, as for citation precision."""
    if not a.row["answerable"]:
        return False
    first, evidence, required = a.cited[:1], a.evidence, a.row["required"]
    return score.citation_precision(first, evidence, required, a.row["question"]) == 1


def _offset_law(assistant: Assistant, asked: list[_Asked]) -> Figure:
    """Every citation, also of a refusal, is the article's text: in Python, JSON and page."""
    kept = []
    for answer in (a.answer for a in asked):
        stored = json.loads(json.dumps(answer.to_dict()))
        plain = (stored["refusal"] or {}).get("nearest") or stored["citations"]
        for citation, record in zip(shown_citations(answer), plain, strict=True):
            text = assistant.library.article(citation.article_id).text
            marks = _MARK.findall(highlight(text, [citation], turn=0))
            kept.append(
                [citation.sentence] * 3
                == [text[citation.start : citation.end], record["sentence"], *map(unescape, marks)]
                and (citation.start, citation.end) == (record["start"], record["end"])
            )
    return _share("offset law (Python, JSON, page)", kept, least=100)


def _share(measure: str, values: Iterable[float], least: float | None = None) -> Figure:
    found = list(values)
    return Figure("newsroom", measure, 100 * score.mean(found), "%", len(found), least)
