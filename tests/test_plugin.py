"""The pytest plugin, in projects of its own."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from conftest import FERRY, project_environment

CASES = """
articles = ["articles"]

[[case]]
id = "denied"
question = "Who denied that the ferry had been overloaded?"
must_answer = ["Tolland"]
must_cite = ["Harbour chief Ines Tolland denied that the ship"]
speaker = "Tolland"
act = "deny"
kind = "a denial"

[[case]]
id = "wrong-sentence"
question = "Who denied that the ferry had been overloaded?"
must_cite = ["The seamen's union accused the operator"]

[[case]]
id = "not-yet"
question = "Who denied that the ferry had been overloaded?"
must_answer = ["the mayor"]
known_failure = "the article does not name the mayor"

[[case]]
id = "by-now"
question = "What is the boiling point of tungsten?"
must_refuse = true
known_failure = "it answered once"
"""
Pytest = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    (folder / "articles").mkdir()
    (folder / "articles" / "ferry.txt").write_text(f"{FERRY.title}\n\n{FERRY.text}")
    (folder / "ferry.grounded.toml").write_text(CASES)
    return folder


@pytest.fixture(scope="module")
def run_pytest(project: Path) -> Pytest:
    """Runs pytest in the project, with a cache of its own."""

    def run(*arguments: str, folder: Path = project) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments],
            cwd=folder,
            env=project_environment(project) | {"COLUMNS": "300"},
            capture_output=True,
            text=True,
            timeout=120,
        )

    return run


def test_each_case_is_a_test_and_fails_with_a_line(run_pytest: Pytest) -> None:
    done = run_pytest("-rxf", "--junitxml=report.xml", "-n", "2")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "2 failed, 1 passed, 1 xfailed" in done.stdout
    wanted = (
        "wanted a citation of “The seamen's union accused the operator”; cited was, nearest to it: "
        "“Harbour chief Ines Tolland denied that the ship had been overloaded.”"
    )
    assert wanted in done.stdout
    assert "is met now: remove known_failure" in done.stdout
    assert "XFAIL ferry.grounded.toml::not-yet - the article does not name the mayor" in done.stdout
    assert "Traceback" not in done.stdout
    assert "checking.py" not in done.stdout


def test_junit_has_the_lines(run_pytest: Pytest, project: Path) -> None:
    done = run_pytest("-k", "a-denial or wrong", "--junitxml=one.xml")
    assert "1 failed, 1 passed, 2 deselected" in done.stdout, done.stdout + done.stderr
    found = {c.get("name"): c for c in ElementTree.parse(project / "one.xml").iter("testcase")}
    assert set(found) == {"denied", "wrong-sentence"}
    (failure,) = found["wrong-sentence"]
    line, asked = (failure.text or "").splitlines()
    assert asked == "asked: Who denied that the ferry had been overloaded?"
    assert line.startswith("wanted a citation of “The seamen's union")


def test_what_is_wrong_with_a_file_is_one_line(run_pytest: Pytest, tmp_path: Path) -> None:
    (tmp_path / "x.grounded.toml").write_text('[[case]]\nquestion = "Q"\nmust_cit = ["x"]\n')
    done = run_pytest(folder=tmp_path)
    assert done.returncode == 2
    assert "case number 1: there is no key 'must_cit'; did you mean 'must_cite'?" in done.stdout
    assert "Traceback" not in done.stdout


def test_somebody_has_to_be_asked(run_pytest: Pytest, tmp_path: Path) -> None:
    (tmp_path / "x.grounded.toml").write_text('[[case]]\nquestion = "Q"\nmust_refuse = true\n')
    done = run_pytest(folder=tmp_path)
    assert (
        'nothing says who is asked; put articles = ["folder"] or library = "folder"' in done.stdout
    )


def test_a_function_of_the_project_is_asked(run_pytest: Pytest, tmp_path: Path) -> None:
    (tmp_path / "rag.py").write_text(
        "def ask(question):\n    return {'text': 'No idea, sorry.', 'citations': []}\n"
    )
    cases = 'refusal_phrases = ["no idea"]\n[[case]]\nid = "a"\nquestion = "Q"\n'
    (tmp_path / "x.grounded.toml").write_text(cases + 'must_refuse = "no_evidence"\n')
    (tmp_path / "pytest.ini").write_text("[pytest]\ngrounded_system = rag:ask\n")
    done = run_pytest(folder=tmp_path)
    assert "1 passed, 1 warning" in done.stdout, done.stdout
    assert "a: not checkable: wanted a refusal for the reason no_evidence" in done.stdout
    done = run_pytest("--grounded-system", "http://127.0.0.1:9", folder=tmp_path)
    assert "no answer: http://127.0.0.1:9/api/ask cannot be reached" in done.stdout


def test_a_language_model_words_the_answers(
    run_pytest: Pytest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One whose name is wrong is not passed over in silence."""
    done = run_pytest("-k", "denial", "--grounded-llm", "no such model")
    assert "the language model is not named as wanted" in done.stdout
    done = run_pytest("-k", "denial", "--grounded-judge")
    assert "there is no language model to judge" in done.stdout
    monkeypatch.setenv("WHOSAID_LLM", "no such model")
    assert "the language model is not named as wanted" in run_pytest("-k", "denial").stdout


def test_projects_without_cases_pay_nothing(run_pytest: Pytest, tmp_path: Path) -> None:
    (tmp_path / "test_free.py").write_text(
        "import sys\n\n\ndef test_free():\n"
        "    ours = {m for m in sys.modules if m.split('.')[0] in ('assistant', 'index')}\n"
        "    assert ours == {'assistant', 'assistant.grounded', 'assistant.grounded.plugin'}\n"
        "    assert not {'chromadb', 'gradio', 'llama_index', 'filelock'} & set(sys.modules)\n"
    )
    done = run_pytest(folder=tmp_path)
    assert "1 passed" in done.stdout, done.stdout
