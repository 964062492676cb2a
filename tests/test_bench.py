"""`whosaid bench` on a small copy of the data's format: every section runs, and counts right."""

import json
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assistant.bench import (
    adding,
    attribution,
    harm,
    large,
    off_topic,
    run,
    sections,
    serving,
    sharing,
    sizing,
    soaking,
    verifying,
)
from assistant.bench.serving import chromium
from assistant.cli import main
from assistant.extract import Features
from assistant.gate import Signs
from assistant.reader import shared_reader
from assistant.train import fitted, gate, select
from assistant.train.newsroom import NewsQuestion
from conftest import BUDGET, FERRY
from index import vectors
from index.article import Article, Attribution
from index.attribution import Tagger
from index.errors import WhosaidError
from index.library import Library

DENIAL = "Harbour chief Ines Tolland denied that the ship had been overloaded."
QUESTIONS = [
    {
        "question": "Who denied that the ferry was overloaded?",
        "required": [["Tolland"]],
        "evidence": [DENIAL],
        "type": "attribution",
    },
    {
        "question": "How big is the budget of Wexholm?",
        "required": [["48 million"]],
        "evidence": ["The council of Wexholm approved a budget of 48 million crowns on Tuesday."],
        "type": "fact",
        "article": "budget.txt",
    },
    {"question": "Who is the captain of the Alba?", "answerable": False, "type": "unanswerable"},
    {
        "question": "What did she count?",
        "history": [{"question": "Who denied the overloading?", "answer": "Ines Tolland"}],
        "required": [["passenger"]],
        "evidence": ['"We counted every passenger.'],
        "type": "followup",
    },
]


def attributions(article: Article) -> list[dict[str, list[list[int]]]]:
    """Who said what in FERRY, as PolNeAR has it."""

    def spans(words: str) -> list[list[int]]:
        start = article.text.index(words)
        return [[start, start + len(words)]]

    said = (
        ("Harbour chief Ines Tolland", "denied", "that the ship had been overloaded"),
        ("The seamen's union", "accused", "the operator of ignoring two warnings"),
    )
    return [
        {"source": spans(source), "cue": spans(cue), "content": spans(content)}
        for source, cue, content in said
        if source in article.text
    ]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Two articles, four questions, two paragraphs, in the data's own formats."""
    folder = tmp_path / "shared" / "data"
    folder.mkdir(parents=True)
    news = [
        {"id": a.source, "publisher": a.publisher, "date": str(a.published)}
        | {"title": a.title, "text": a.text, "attributions": attributions(a)}
        for a in (FERRY, BUDGET)
    ]
    blank = {"history": [], "required": [], "evidence": [], "evidence_any": True}
    questions = [blank | {"answerable": True, "article": "ferry.txt"} | row for row in QUESTIONS]
    paragraph = {"context": FERRY.text, "title": "Ferry", "dataset": "made"}
    asked = [
        paragraph
        | {
            "question": "Who denied it?",
            "answers": [{"text": "Ines", "start": FERRY.text.index("Ines")}],
        },
        paragraph | {"question": "Who built it?", "answers": []},
    ]
    other = {"context": BUDGET.text, "title": "Budget", "question": "?", "answers": []}
    rows = {
        "attribution_train": news,
        "attribution_dev": news,
        "newsroom_dev": questions,
        "qa_dev": asked,
        "qa_train": [other],
        "followups_dev": [
            {"history": ["Who denied it?"], "question": "Why?", "rewritten": "Why deny it?"}
        ],
        "support_dev": [
            {"dataset": "made", "claim": claim, "label": label, "evidence": [BUDGET.text]}
            for claim, label in (
                ("Wexholm's council approved a budget of 48 million crowns.", "supported"),
                ("Wexholm's council approved a budget of 52 million crowns.", "not_supported"),
            )
        ],
    }
    for name, content in rows.items():
        lines = "\n".join(json.dumps(row) for row in content)
        (folder / f"{name}.jsonl").write_text(lines + "\n", encoding="utf-8")
    articles = folder.parent / "articles"
    articles.mkdir()
    (articles / "azerbaijan-denies-ethnic-cleansing.txt").write_text(FERRY.text)
    return folder


def stored(output: Path) -> dict[tuple[str, str], dict[str, Any]]:
    """The figures of a run, by section and measure."""
    figures = json.loads((output / "results.json").read_text())
    return {(figure["section"], figure["measure"]): figure for figure in figures}


# They start servers, kill them and wait for them, or import all of torch in processes of their own:
# some minutes, in `make test-slow`. What they stand on is tested in test_served.py,
# test_serving.py, test_library.py, test_fuzzing.py.
SLOW = ("add", "serve", "kill", "servers", "fuzz", "soak", "large", "archive")


@pytest.mark.slow
def test_sections_with_servers_run(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adding, "RUNS", 1)
    monkeypatch.setattr(harm, "KILLS", 1)
    for name, value in (("ADDED", 1), ("ASKING", 1), ("CROWD", 2), ("SECONDS", 2), ("PAGE", 1)):
        monkeypatch.setattr(serving, name, value)
    monkeypatch.setattr(large, "QUESTIONS", 2)
    monkeypatch.setenv("WHOSAID_LARGE", "10,20")
    monkeypatch.setenv("WHOSAID_LARGE_FOLDER", str(tmp_path / "large"))
    # Each part, killed once, is half a minute; tests/test_served.py kills all of them, too.
    monkeypatch.setattr(sharing, "PARTS", ("server",))
    monkeypatch.setattr(sharing, "KILLS", 1)
    monkeypatch.setattr(sharing, "CROWD", 2)
    monkeypatch.setattr(sharing, "SECONDS", 2)
    monkeypatch.setattr(sharing, "TEXTS", 2)
    monkeypatch.setattr(sharing, "TRIES", 1)
    monkeypatch.setenv("WHOSAID_FUZZ_SECONDS", "3")
    soak = {"MINUTES": 0.1, "WARM": 0.02, "PEOPLE": 2, "AT_FIRST": 1, "EVERY": 0.2, "LOOKED": 0.1}
    for name, value in soak.items():
        monkeypatch.setattr(soaking, name, value)
    wanted = [name for name in SLOW if name != "serve" or chromium()]
    output = tmp_path / "results"
    run(data, wanted, output)
    figures = stored(output)
    assert {section for section, _ in figures} == set(wanted)
    if "serve" in wanted:
        assert figures["serve", "2 people at once, errors"]["value"] == 0
    assert figures["soak", "2 people and a wire: errors of questions"]["value"] == 0
    assert figures["soak", "2 people and a wire: articles there"]["value"] > 1
    assert figures["kill", "libraries whole after the next open"]["value"] == 4
    assert figures["kill", "contents and answers equal to an undisturbed library"]["value"] == 4


def test_the_other_sections_run_and_are_stored(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(harm, "HARMS", 1)
    monkeypatch.setattr(vectors, "HNSW", dict(vectors.HNSW))
    monkeypatch.setattr(verifying, "SAMPLES", tmp_path)  # without our own claims: they take long
    monkeypatch.setattr(sizing, "FIRST", 1)
    # Not "ray": seven clusters take a minute. What it stands on is tested in test_parallel.py.
    wanted = [name for name in sections() if name not in (*SLOW, "ray")]
    speakers = tmp_path / "speakers.jsonl"
    monkeypatch.setattr(attribution, "SPEAKERS", speakers)
    harbour, union = (found["source"][0] for found in attributions(FERRY))
    tolland = FERRY.text.index("Ines Tolland")
    labels = [
        {"article": FERRY.source, "source": harbour, "speakers": [[tolland, tolland + 12]]},
        {"article": FERRY.source, "source": union, "speakers": []},
    ]
    speakers.write_text("".join(json.dumps(label) + "\n" for label in labels))
    (tmp_path / "golden").mkdir()
    case = 'question = "Who denied that the ship was overloaded?"\nmust_cite = ["Harbour chief"]'
    (tmp_path / "golden" / "ferry.grounded.toml").write_text(
        f"articles = ['{data.parent / 'articles'}']\n[[case]]\n{case}\n"
    )
    readme = tmp_path / "README.md"
    readme.write_text("Before\n<!-- figures -->\noutdated\n<!-- /figures -->\nAfter\n")
    output = tmp_path / "results"
    assert (
        run(data, wanted, output, readme=readme) == 1
    )  # the article is another one: target missed
    figures = stored(output)
    assert {section for section, _ in figures} == set(wanted)
    newsroom = {measure: f["value"] for (s, measure), f in figures.items() if s == "newsroom"}
    assert newsroom["evidence in the first 10, single-turn"] == 100
    assert newsroom["offset law (Python, JSON, page)"] == 100
    assert newsroom["answer hit, attribution"] == 100
    assert newsroom["answer hit, fact"] == 100
    assert newsroom["citation recall, all"] == 100
    assert newsroom["answer hit lost by refusing"] == 0
    assert 0 <= newsroom["calibration error of the confidence"] <= 1
    diagram = tmp_path / "assistant" / "bench" / "confidence.png"
    assert diagram.read_bytes() == (output / "confidence.png").read_bytes()
    assert figures["off-topic", "refused, nothing"]["value"] == 100
    assert figures["off-topic", "refused, 5,000 words"]["value"] == 100
    assert figures["verify", "support, made, balanced accuracy, verifier"]["value"] == 100
    assert figures["attribution", "speakers right"]["value"] == 100
    assert figures["golden", "cases met"]["value"] == 100
    assert figures["attribution", "speakers wrong"]["value"] == 0
    assert figures["attribution", "relation F1"]["rows"] == 2
    assert figures["qa", "qa_dev, recall@1"]["value"] == 100
    assert figures["qa", "qa_dev, recall@1, stock"]["value"] == 100
    assert figures["damage", "detected or harmless"]["value"] == 100
    assert figures["damage", "answers restored where all articles can be read"]["value"] == 100
    assert figures["refusal", "qa_dev, answerable refused"]["rows"] == 1
    f1 = {measure: f["value"] for (s, measure), f in figures.items() if s == "follow-ups"}
    # "who denied it why" shares two of its four words with "why deny it", and they two of three.
    assert f1["unigram F1"] == pytest.approx(100 * 4 / 7)
    assert f1["unigram F1, raw question"] == 50
    shown = readme.read_text()
    assert "outdated" not in shown
    assert "| newsroom: answer hit, fact | 100 % |" in shown
    assert shown.startswith("Before")
    assert shown.endswith("After\n")
    run(data, ["newsroom"], output, readme=readme)
    assert readme.read_text() == shown  # the rows of other sections stay, in their order


class Told(Tagger):
    """Finds what is labelled, but for the first attribution of all."""

    def find(self, article: Article, *_: object) -> tuple[Attribution, ...]:
        return tuple(
            Attribution(
                article_id=article.id,
                number=number,
                source=tuple((s, e) for s, e in found["source"]),
                cue=(found["cue"][0][0], found["cue"][0][1]),
                content=tuple((s, e) for s, e in found["content"]),
                act="",
                negated=False,
                speaker="",
                named=None,
                role="",
            )
            for number, found in enumerate(attributions(article))
            if number
        )


def test_attributions_are_scored_against_the_labels(data: Path) -> None:
    """One of two relations, "The seamen's union accused ...", is found, and nothing else."""
    figures = attribution.measure(Told(), data)
    assert figures["attributions"] == 2
    assert figures["relation precision"] == 1
    assert figures["relation recall"] == 0.5
    assert figures["relation F1"] == figures["relation F1, strict"] == pytest.approx(2 / 3)
    # Tokens of sources: "Harbour chief Ines Tolland" and "The seamen ' s union".
    assert figures["source F1"] == pytest.approx(2 * 5 / (5 + 9))
    assert figures["cue F1"] == pytest.approx(2 / 3)


def test_a_relation_counts_when_half_of_it_is_there(data: Path) -> None:
    gold = attributions(FERRY)
    found = Told().find(FERRY)[0]
    start, stop = found.content[0]
    for end, wanted in ((stop, 1), (start + 30, 1), (start + 5, 0)):
        part = replace(found, content=((start, end),))
        assert attribution._matched([part], gold, strict=False) == wanted
    wide = replace(found, content=((0, len(FERRY.text)),))
    assert attribution._matched([wide], gold, strict=False) == 1
    assert attribution._matched([wide], gold, strict=True) == 0
    assert attribution._matched([found, found], gold, strict=True) == 1
    bare = replace(found, source=())
    assert attribution._matched([bare], gold, strict=False) == 0


def test_a_finished_section_is_not_measured_again(data: Path, tmp_path: Path) -> None:
    output = tmp_path / "results"
    run(data, ["article"], output)
    (data.parent / "articles" / "azerbaijan-denies-ethnic-cleansing.txt").unlink()
    assert run(data, ["article"], output) == 1


def test_what_cannot_be_measured_is_a_clear_error(
    data: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(
        WhosaidError, match=r"No section nonsense\. There are: article, attribution"
    ):
        run(data, ["nonsense"], tmp_path / "results")
    (data / "qa_dev.jsonl").unlink()
    with pytest.raises(SystemExit):
        main(
            ["bench", "--data", str(data), "--section", "encoder", "--output", str(tmp_path / "r")]
        )
    assert "No qa_dev.jsonl" in " ".join(capfd.readouterr().err.split())
    bare = tmp_path / "README.md"
    bare.write_text("no marks")
    with pytest.raises(WhosaidError, match="to put the figures between"):
        run(data, ["article"], tmp_path / "results", readme=bare)


def test_the_choice_among_sentences_is_fitted_to_questions(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fitted, "FOLDS", 2)

    def question(article: Article, asked: str, answer: str, sentence: str) -> NewsQuestion:
        spans = [
            (article.text.index(t), article.text.index(t) + len(t)) for t in (answer, sentence) if t
        ]
        kind = "fact" if answer else "unanswerable"
        return NewsQuestion(article.source, kind, asked, tuple(spans[:-1]), (spans[-1],))

    asked = [
        question(FERRY, "Who denied that the ferry was overloaded?", "Ines Tolland", DENIAL),
        question(FERRY, "How many people died on the Alba?", "nine", "The ferry Alba sank off"),
        question(FERRY, "Who is the captain of the Alba?", "", "The ferry Alba sank off"),
        question(BUDGET, "How big is the budget of Wexholm?", "48 million", "The council of"),
        question(BUDGET, "Who promised to keep the schools?", "Pia Lindqvist", "Mayor Pia Lindq"),
        question(BUDGET, "Who voted against it?", "", "The council of"),
        question(BUDGET, "Who promised or warned of what?", "Pia Lindqvist", "Mayor Pia Lindq"),
    ]
    asked = [
        NewsQuestion(q.article, q.kind, q.question, q.answers, q.answers or q.evidence)
        for q in asked
    ]
    found = select.ask_all(library, asked, shared_reader())
    assert all(len(one.labels) == len(one.features) for one in found)
    assert [bool((one.labels == 1).any()) for one in found] == [bool(q.answers) for q in asked]
    model = select.fit_choice(found)
    for one in found:
        each = model.probabilities(one.features)
        assert each.sum() < 1  # what is left is for none of them
        assert (each > 0).all()
    report = select.report(found)
    assert all(0 <= value <= 1 for value in report.values())
    stored = tmp_path / "extract.json"
    select.write(model, report, len(found), stored)
    written = json.loads(stored.read_text())
    assert written["features"] == list(Features.__dataclass_fields__)
    assert np.allclose(written["hidden"], model.hidden, atol=1e-4)

    judged = gate.judge_all(found, shared_reader())
    assert {one.question for one in judged} == set(asked)
    assert not any(one.right and not one.answerable for one in judged)
    made = gate.fit(judged)
    assert 0 < made.least < 1
    report = gate.report(judged)
    assert all(0 <= value <= 1 for value in report.values())
    gate.write(made, report, len(judged), stored)
    written = json.loads(stored.read_text())
    assert written["signs"] == list(Signs.__dataclass_fields__)
    assert np.allclose(written["weights"], made.weights, atol=1e-4)


def test_the_same_answer_elsewhere_is_not_called_wrong() -> None:
    assert select.same_words("212 crowns", "It paid 212 crowns, the insurer said.")
    assert not select.same_words("212 crowns", "It paid 350 crowns.")
    assert not select.same_words("he", "He said so.")  # says nothing by itself


def test_what_is_off_topic_is_no_question_of_the_bench() -> None:
    """What the gate is fitted to is not what it is measured on."""
    ours = {one.question.casefold().strip(" ?.!") for one in select.our_off_topic()}
    table = tomllib.loads(Path(off_topic.__file__).with_suffix(".toml").read_text("utf-8"))
    measured = {q.casefold().strip(" ?.!") for group in table.values() for q in group}
    assert len(ours) > 300
    assert ours.isdisjoint(measured - {""})


def test_a_made_library_is_whole_and_is_gone_on_with(data: Path, tmp_path: Path) -> None:
    """In two steps or in one, it is the same library."""
    large.build(data, tmp_path / "steps", 5)
    large.build(data, tmp_path / "steps", 12)
    large.build(data, tmp_path / "once", 12)
    with Library(tmp_path / "steps") as steps, Library(tmp_path / "once") as once:
        assert steps.check() == ()
        assert steps.passage_ids() == once.passage_ids()
        assert list(steps.attributions()) == list(once.attributions()) != []
        text = next(steps.articles()).text
        assert any(sentence in text for sentence in FERRY.text.split("\n\n"))
