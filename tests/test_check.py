"""`whosaid check` and `whosaid record`, and other systems asked with the same cases."""

import json
import re
from datetime import date
from functools import partial
from pathlib import Path

import pytest

from assistant.grounded.case import Case
from assistant.grounded.reply import REFUSAL_PHRASES, reply_of
from assistant.grounded.running import Systems, run, run_case
from assistant.grounded.schema import read_suite
from assistant.grounded.systems import Endpoint, InProcess
from assistant.pipeline import Assistant
from assistant.ratings import NOTES, rate
from assistant.scripted import ScriptedLLM
from conftest import ARTICLES, FERRY, Run

QUESTION = "Who denied that his staff had been told to delay the warnings?"
MARICH = "Marich denied that his staff had been told to delay the warnings."
CASES = f"""
[[case]]
id = "met"
question = "{QUESTION}"
must_answer = ["Marich"]
must_cite = [{{article = "Verrin Dam log", sentence = "{MARICH}"}}]
speaker = "Marich"
act = "deny"

[[case]]
id = "filtered"
question = "{QUESTION}"
articles = ["Rovers agree to sell Castellan to FC Drenn"]
must_refuse = "filtered_out"

[[case]]
id = "follow-up"
question = "What did he deny?"
history = [["Who acknowledged a failure?", "Lev Marich, the chief engineer, acknowledged it. [1]"]]
must_cite = ["{MARICH}"]
"""
WRONG = """
[[case]]
id = "wrong|case"
question = "Who denied that dam workers were ordered to hold the warnings back?"
must_answer = ["Osei"]
"""

DAM = "Who denied opening the dam without warning?"
STOCK = f"""
[[case]]
id = "met"
question = "{DAM}"
must_answer = ["Karsovia"]
must_cite = ["Elmarian Prime Minister Daniel Roake has accused"]  # stands in the same chunk

[[case]]
id = "met-by-another"
question = "{DAM}"
must_answer = ["Karsovia"]
known_failure = "ours does not"

[[case]]
id = "another-sentence"
question = "{DAM}"
must_cite = ["Marich denied that"]

[[case]]
id = "another-answer"
question = "{DAM}"
must_answer = ["Osei"]

[[case]]
id = "refused"
question = "How many goals did Castellan score?"
must_refuse = true

[[case]]
id = "not-said"
question = "How many goals did Castellan score?"
must_answer = ["24"]

[[case]]
id = "follow-up"
question = "And Marich?"
history = [["{DAM}", "Karsovia. [1]"]]
must_cite = ["Marich denied that"]
"""


@pytest.fixture
def whosaid(newsroom: Assistant, tmp_path: Path, run: Run) -> Run:
    """Runs a command on the sample articles, in a folder with some cases."""
    (tmp_path / "dam.grounded.toml").write_text(CASES, encoding="utf-8")
    return partial(run, "--library", newsroom.library.folder)


def test_a_run_that_is_met_is_one_line(whosaid: Run) -> None:
    done = whosaid("check", ".")
    assert (done.code, done.out, done.err) == (0, "3 cases, 3 met, 0 failed\n", "")
    done = whosaid("check", "dam.grounded.toml", "--all")
    assert done.out.splitlines()[0] == "met\tdam.grounded.toml::met\t"
    assert Path(".whosaid-check.json").is_file()


def test_a_failure_is_listed_compared_and_reported(whosaid: Run, tmp_path: Path) -> None:
    assert whosaid("check", ".").code == 0
    changed = CASES.replace(f'"{MARICH}"}}', '"The minister"}')
    (tmp_path / "dam.grounded.toml").write_text(changed + WRONG, encoding="utf-8")
    done = whosaid("check", ".", "--json", "r.json", "--markdown", "r.md", "--no-save")
    assert done.code == 1
    worse, asked, new, _, summary = done.out.splitlines()
    assert asked == f"failed, worse\tdam.grounded.toml::met\tasked: {QUESTION}"
    assert worse == (
        "failed, worse\tdam.grounded.toml::met\twanted a citation of “The minister” of Verrin Dam "
        f"log; cited was, nearest to it: “{MARICH}”"
    )
    assert new.startswith("failed, new\tdam.grounded.toml::wrong|case\twanted “Osei” in the answer")
    assert summary == "4 cases, 2 met, 2 failed, 1 worse, 1 new"
    report = json.loads((tmp_path / "r.json").read_text())
    assert report["summary"]["worse"] == 1
    assert report["cases"][0]["problems"][0]["check"] == "must_cite"
    assert report["cases"][0]["answer"]["citations"][0]["sentence"] == MARICH
    assert r"dam.grounded.toml::wrong\|case" in (tmp_path / "r.md").read_text()
    assert whosaid("check", ".").out.splitlines()[-1] == summary  # the last run was not kept


def test_what_cannot_be_run_is_wrong_usage(whosaid: Run, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = whosaid("check", "empty")
    assert done.code == 2
    assert "empty: there is no *.grounded.toml in it" in done.err
    done = whosaid("check", ".", "--system", "nowhere")
    assert done.code == 2
    assert "there is no 'nowhere' to ask" in " ".join(done.err.replace("│", " ").split())
    done = whosaid("--library", tmp_path / "library", "check", ".")
    assert done.code == 2
    assert "dam.grounded.toml: nothing says who is asked, and there is no" in done.err
    assert 'articles = ["folder"]' in done.err
    assert "whosaid --library FOLDER add" in done.err
    (tmp_path / "bad.grounded.toml").write_text("[[case]]\nquestion = 1\n")
    done = whosaid("check", ".")
    assert done.code == 2
    assert "bad.grounded.toml: case number 1: question: found 1, wanted a string" in done.err


def test_some_of_the_cases_can_be_chosen(whosaid: Run) -> None:
    assert whosaid("check", ".", "--only", "FILTER").out == "1 case, 1 met, 0 failed\n"
    done = whosaid("check", ".", "--only", "nothing")
    assert done.code == 2
    assert "there is no case whose id or kind has 'nothing'" in done.err


def test_a_language_model_words_the_answers(
    whosaid: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One whose name is wrong, or that is away, is not passed over in silence."""
    record = ("record", QUESTION, "--to", "new.grounded.toml", "--yes")
    for done in (whosaid("check", ".", "--llm", "none"), whosaid(*record, "--llm", "none")):
        assert done.code == 1
        assert "the language model is not named as wanted" in done.err
    (tmp_path / "s.toml").write_text('llm = "none"\n')
    assert "not named as wanted" in whosaid("--settings", "s.toml", "check", ".").err
    monkeypatch.setenv("WHOSAID_LLM", "openai-like:m@http://127.0.0.1:9/v1")
    done = whosaid("check", ".", "--only", "met")
    assert "met\tdam.grounded.toml::met\tnot checkable: the wording of the language" in done.out


def test_cases_are_added_as_their_file_is_asked(whosaid: Run, tmp_path: Path) -> None:
    """The articles that it names are asked, and not --library, with the filters of each case."""
    (tmp_path / "ferry.txt").write_text(f"{FERRY.title}\n\n{FERRY.text}")
    file = tmp_path / "ferry.grounded.toml"
    file.write_text('articles = ["ferry.txt"]\n')
    question = "Who denied that the ship had been overloaded?"
    for filters in ((), ("--since", "2026-03-02"), ("--article", FERRY.title)):
        done = whosaid("record", question, "--to", file.name, "--yes", *filters)
        assert done.out.endswith("1 written\n"), done.err
    first, since, article = read_suite(file).cases
    assert first.short == (("Ines Tolland",),)
    assert since.since == date(2026, 3, 2)
    assert since.must_refuse == "filtered_out", "the article has no date"
    assert article.articles == (FERRY.title,)
    assert whosaid("check", file.name).code == 0
    wrong = whosaid("record", question, "--to", file.name, "--yes", "--article", "none")
    assert "the library has no article 'none'" in wrong.err


def test_another_system_becomes_cases(whosaid: Run, address: str, tmp_path: Path) -> None:
    to = ("--to", "new.grounded.toml", "--yes", "--system", address)
    assert whosaid("record", QUESTION, *to).out.endswith("1 written\n")
    suite = read_suite(tmp_path / "new.grounded.toml")
    assert suite.library is None
    assert suite.cases[0].must_cite[0].sentence == MARICH


def test_questions_become_cases_once(whosaid: Run, tmp_path: Path) -> None:
    done = whosaid("record", QUESTION, "What is tungsten?", "--to", "new.grounded.toml", "--yes")
    assert done.code == 0, done.err
    assert done.out.count("[[case]]") == 2
    assert done.out.endswith("2 written\n")
    again = whosaid("record", QUESTION, "--to", "new.grounded.toml", "--yes")
    assert "left out: new.grounded.toml has this question" in again.out
    assert whosaid("check", "new.grounded.toml").code == 0
    assert whosaid("record", "--to", "new.grounded.toml").code == 2
    assert whosaid("record", QUESTION, "--to", "new.toml").code == 2


def test_a_conversation_becomes_cases_with_their_history(whosaid: Run, tmp_path: Path) -> None:
    follow_up = "What else did he say?"
    to = ("--to", "talk.grounded.toml", "--yes")
    done = whosaid("record", QUESTION, follow_up, "--conversation", *to)
    assert done.out.endswith("2 written\n"), done.err
    first, second = read_suite(tmp_path / "talk.grounded.toml").cases
    assert first.history == ()
    assert second.question == follow_up
    [(asked, answered)] = second.history
    assert asked == QUESTION
    assert "Marich" in answered
    assert whosaid("check", "talk.grounded.toml").code == 0


def test_a_case_that_is_not_agreed_to_is_left_out(
    whosaid: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("typer.confirm", lambda _: False)
    done = whosaid("record", QUESTION, "--to", "new.grounded.toml")
    assert done.out.endswith("left out\n0 written\n")
    assert not (tmp_path / "new.grounded.toml").exists()


def test_rated_answers_become_cases(whosaid: Run, newsroom: Assistant, tmp_path: Path) -> None:
    folder = newsroom.library.folder
    try:
        for question, vote in (
            (QUESTION, "up"),
            ("Who accused Karsovia of opening the dam?", "down"),
        ):
            rate(newsroom.library, newsroom.ask(question), vote)  # type: ignore[arg-type]
        done = whosaid("record", "--rated", "--to", "rated.grounded.toml", "--yes")
    finally:
        (folder / f"{NOTES}.jsonl").unlink()
    assert done.out.endswith("2 written\n"), done.err
    right, wrong = read_suite(tmp_path / "rated.grounded.toml").cases
    assert right.must_cite[0].sentence == MARICH
    assert wrong.must_not_answer
    outcome = run_case(read_suite(tmp_path / "rated.grounded.toml"), wrong, InProcess(newsroom))
    assert outcome.lines[0].startswith("wanted no “")


def test_a_server_is_asked_with_the_same_cases(whosaid: Run, address: str) -> None:
    done = whosaid("check", ".", "--system", address)
    assert (done.code, done.out) == (0, "3 cases, 3 met, 0 failed\n"), done.out + done.err


def test_another_server_answers_with_text_and_sentences(address: str, tmp_path: Path) -> None:
    """What only a Whosaid server tells cannot be checked elsewhere, and that is said."""
    (tmp_path / "dam.grounded.toml").write_text(CASES)
    suite = read_suite(tmp_path / "dam.grounded.toml")
    ours = Endpoint(address).ask(suite.cases[0])
    plain = {"text": ours.text, "citations": [{"sentence": MARICH, "title": "Verrin Dam log"}]}

    class Other(Endpoint):
        def ask(self, case: Case, phrases: object = ()) -> object:
            return reply_of(plain)

    outcome = run_case(suite, suite.cases[0], Other("http://127.0.0.1:9/answer"))
    assert outcome.status == "met"
    (unchecked,) = outcome.unchecked
    assert str(unchecked).startswith("not checkable: wanted a cited sentence with the act “deny”")


def test_the_stock_llamaindex_pipeline_runs_the_same_cases(
    newsroom: Assistant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A CitationQueryEngine whose model finds one sentence among its sources, or none."""
    from llama_index.core.query_engine import CitationQueryEngine

    from assistant.bench.stock import build

    def reply(prompt: str) -> str:
        for number, text in re.findall(
            r"Source (\d+):\n(.*?)(?=\nSource|\n---)", prompt, re.DOTALL
        ):
            if "Karsovia on Saturday denied" in text:
                return f"Karsovia denied it. [{number}]"
        return "None of the sources is helpful."

    retriever = build(newsroom.library.articles(), tmp_path / "chroma", count=6)
    engine = CitationQueryEngine(retriever, llm=ScriptedLLM(reply))
    module = type(re)("stock_engine")
    module.engine = engine  # type: ignore[attr-defined]
    monkeypatch.setitem(__import__("sys").modules, "stock_engine", module)
    dam = tmp_path / "dam.grounded.toml"
    dam.write_text(STOCK, encoding="utf-8")
    outcomes = run([read_suite(dam)], Systems(named="stock_engine:engine"))
    lines = {one.case.id: one.lines for one in outcomes}
    assert lines["met"] == lines["refused"] == ()
    (missing,) = lines["another-sentence"]
    assert missing.startswith(
        "wanted a citation of “Marich denied that”; cited was, nearest to it: “HALDER,"
    )
    assert lines["met-by-another"] == (), "known_failure is of the system that the file names"
    assert lines["another-answer"] == ("wanted “Osei” in the answer, got: Karsovia denied it.",)
    assert lines["not-said"] == (
        "wanted an answer, got a refusal: None of the sources is helpful.",
    )
    assert lines["follow-up"] == (
        "no answer: stock_engine:engine takes no history, with which this case is asked",
    )


def test_llamaindex_numbers_pick_the_nodes() -> None:
    from llama_index.core.base.response.schema import Response
    from llama_index.core.schema import NodeWithScore, TextNode

    nodes = [
        NodeWithScore(node=TextNode(text=f"Source {n}:\n{text}", metadata={"title": "Log"}))
        for n, text in enumerate((f"Before. {MARICH}", "The minister."), 1)
    ]
    one = reply_of(Response("He denied it [2].", source_nodes=nodes))
    assert [c.sentence for c in one.citations] == ["The minister."]
    two = reply_of(Response("He denied it [1, 2].", source_nodes=[*nodes, nodes[0]]))
    assert [c.number for c in two.citations] == [1, 2]
    both = reply_of(Response("He denied it.", source_nodes=nodes))
    assert [c.sentence for c in both.citations] == [f"Before. {MARICH}", "The minister."]
    assert both.citations[0].title == "Log"
    assert reply_of(Response("Empty Response")).refused
    assert reply_of(Response("", source_nodes=nodes)).refused
    assert reply_of(Response("I do not know.", source_nodes=nodes)).citations == ()
    assert "Empty Response" in REFUSAL_PHRASES


def test_articles_are_read_once_and_again_when_they_change(tmp_path: Path) -> None:
    from assistant.grounded.cached import library_of
    from index.errors import CaseError

    article = tmp_path / "a.txt"
    article.write_text((ARTICLES / "verrin-dam-log.md").read_text("utf-8"), encoding="utf-8")
    first = library_of([article], tmp_path / "cache")
    inside = {path: path.stat().st_mtime_ns for path in first.rglob("*.sqlite*")}
    assert library_of([article], tmp_path / "cache") == first
    assert inside == {path: path.stat().st_mtime_ns for path in first.rglob("*.sqlite*")}
    article.write_text("The ferry sank on Sunday, the harbour chief said.", encoding="utf-8")
    second = library_of([article], tmp_path / "cache")
    assert second != first
    (tmp_path / "empty").mkdir()
    with pytest.raises(CaseError, match="holds no file of a known type"):
        library_of([tmp_path / "empty"], tmp_path / "cache")
