"""The fuzzer itself, and what it found."""

import random
from pathlib import Path

import pytest

from assistant.bench import fuzzing
from assistant.bench.samples import claim, document, text
from assistant.llm import choose
from assistant.pipeline import Assistant
from assistant.question import parts
from assistant.verify import verify
from index.attribution import shared_tagger
from index.errors import WhosaidError


def test_an_input_can_be_made_again() -> None:
    for make in (document, text, claim):
        first, second = (make(random.Random("7-3")) for _ in range(2))
        assert first == second


def test_some_seconds_find_nothing(tmp_path: Path) -> None:
    figures = {figure.measure: figure for figure in fuzzing.fuzz(6, 11, tmp_path)}
    finds = [path.read_text("utf-8") for path in tmp_path.iterdir()]
    assert not finds, finds[0]
    assert figures["inputs"].value > 10
    assert all(figure.met is not False for figure in figures.values())


def test_a_broken_law_is_a_find(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuzzing, "split_sentences", lambda *_: ())
    with pytest.raises(fuzzing.Broken, match="tile"):
        fuzzing._tiled("One. Two.", "")


def test_capitals_without_end_are_no_names_without_end() -> None:
    """Found: a name that could be cut in 2 ** 60 ways."""
    question = "A" * 60 + "! " + "B.’-" * 2_000 + " and C?"
    assert parts(question) == (question,)
    both = "What did Ann Lee and Bo Cho each say?"
    assert parts(both) == ("What did Ann Lee say?", "What did Bo Cho say?")


def test_a_question_of_signs_leaves_room_for_a_passage(newsroom: Assistant) -> None:
    """Found: of one word, but of more tokens than the network reads."""
    assert newsroom.ask("Who denied " + "(dam)" * 200 + "?").question


def test_half_a_surrogate_pair_is_read_over(newsroom: Assistant) -> None:
    """Found: tokenizers and databases refuse it."""
    shared_tagger().relations("Karsovia \ud800 denied it.")
    cited = newsroom.ask("Who denied opening the dam without warning?").citations
    verify(newsroom.library, "Karsovia denied \ud800 a \udfff dam.", cited)
    answer = newsroom.ask("Who denied \udfff it?", [("\ud800", "\ud800")], publishers=["\ud800"])
    answer.question.encode("utf-8")


def test_a_key_is_not_sent_in_clear_to_another_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WHOSAID_LLM_KEY", "swordfish")
    for host in ("models.example:80", "192.0.2.7", "127.0.0.1.example.org"):
        with pytest.raises(WhosaidError, match="plain http") as error:
            choose(f"openai-like:m@http://{host}/v1")
        assert "swordfish" not in str(error.value)
    for place in (
        "https://models.example",
        "http://127.0.0.1:1",
        "http://[::1]:1",
        "http://localhost",
    ):
        choose(f"openai-like:m@{place}/v1")
    monkeypatch.delenv("WHOSAID_LLM_KEY")
    choose("openai-like:m@http://models.example/v1")
