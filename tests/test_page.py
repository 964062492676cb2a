"""What the chat page does with what people enter, without a browser."""

import json
import tomllib
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from assistant.grounded.recording import rated_cases
from assistant.grounded.schema import read_suite
from assistant.incoming import pasted, uploaded
from assistant.page.conversation import TURNS, Turn, turns_of
from assistant.page.examples import example_questions
from assistant.page.handlers import Page, narrowed_label
from assistant.pipeline import Assistant
from assistant.ratings import NOTES, ratings
from index.article import Article
from index.errors import LibraryError, LoadError
from index.library import Library

QUESTION = "Who denied that the ship had been overloaded?"


@pytest.fixture
def page(library: Library) -> Page:
    return Page(Assistant(library))


def last(parts: object) -> str:
    """What is shown in the end."""
    return list(parts)[-1]  # type: ignore[call-overload, no-any-return]


def test_an_empty_library_has_no_examples_and_says_how_to_begin(tmp_path: Path) -> None:
    with Assistant.open(tmp_path / "library") as assistant:
        page = Page(assistant)
        assert page.examples() == []
        assert "add articles" in page.conversation(())
        assert "empty" in page.articles("")


def test_examples_are_made_of_the_articles_and_have_answers(newsroom: Assistant) -> None:
    questions = example_questions(newsroom)
    assert len(questions) == 4
    assert "Who denied what?" in questions
    for question in questions:
        assert not newsroom.ask(question).refused


def test_a_conversation_survives_the_browser(page: Page) -> None:
    turn = page.ask(QUESTION, ())
    assert turn.answer
    turns = (turn, Turn("And who warned?", error="no"), page.ask("What is tungsten?", ()))
    stored = json.loads(json.dumps([one.to_dict() for one in turns]))
    assert turns_of(stored) == turns
    shown = page.conversation(turns_of(stored))
    assert "Ines Tolland" in shown
    assert shown.count('data-do="retry"') == 1, "only the last turn is asked again"


@pytest.mark.parametrize("stored", [None, "x", 5, [5], [{}], [{"question": "q", "answer": {}}]])
def test_a_browser_that_kept_nonsense_has_no_conversation(stored: object) -> None:
    assert turns_of(stored) == ()


def test_of_a_long_conversation_the_end_is_kept() -> None:
    stored = [Turn(str(number)).to_dict() for number in range(TURNS + 5)]
    assert [turn.question for turn in turns_of(stored)][::49] == ["5", "54"]


def test_a_wrong_date_is_explained(page: Page) -> None:
    assert "“May” is no date" in page.ask(QUESTION, (), [], "May", None).error
    assert "no date" in page.said("", "", "", [], "May", None)
    assert "no date" in page.disputes("", [], None, "31.5.2024")


def test_filters_narrow_the_answer_and_say_so(page: Page) -> None:
    turn = page.ask(QUESTION, (), ["Wexholm Post"], None, None)
    assert turn.answer
    assert turn.answer.refused
    assert narrowed_label(["A", "B"], "2024-05-31 00:00:00", "") == "Only: A, B · from 2024-05-31"
    assert narrowed_label([], None, None) == "Filters: all outlets, all dates"


def test_evidence_of_a_turn_without_an_answer_is_empty(page: Page) -> None:
    assert "appear here" in page.evidence((Turn("Who?", error="no"),), 0)
    assert "appear here" in page.evidence((), -1)


def test_lists_are_cut_and_offer_more(newsroom: Assistant) -> None:
    page = Page(newsroom)
    few = page.said("", "", "", [], None, None, count=3)
    assert few.count("<tr>") == 1 + 3
    assert 'data-count="6"' in few
    assert page.articles("", count=2).count("<li>") == 2
    assert "1 of 15 articles" in page.articles("dam NORTHLINE denies")
    assert "No article has these words" in page.articles("zorblax")
    assert "no speech act" in page.said("", "juggle", "", [], None, None)
    denials = page.said("", "deny", "", None, None, None)
    assert set(_texts(denials, "tag deny")) == {"denied"}
    assert "Denied by" in page.disputes("crane", None, None, None)
    alone = page.disputes("knowingly", None, None, None)
    assert "Nobody is reported to claim it." in alone
    assert "1 matter, 0 with both sides" in alone
    assert "No accusation or denial" in page.disputes("zorblax", None, None, None)


def _texts(html: str, look: str) -> list[str]:
    return [part.split(">", 1)[1].split("<")[0] for part in html.split(f'class="{look}"')[1:]]


def test_adding_nothing_says_what_to_do(page: Page) -> None:
    assert "Choose files" in last(page.add_files(None))
    assert "addresses" in last(page.add_addresses(" "))
    assert "Paste" in last(page.add_text("t", "", "", "", " "))
    assert "no date" in last(page.add_text("t", "", "May", "", "Words."))


def test_what_fails_is_listed_beside_what_was_added(page: Page, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("The mill of Tarn burnt down on Friday night.")
    (tmp_path / "b.exe").write_bytes(b"MZ\0\0")
    shown = last(page.add_files([str(tmp_path / "b.exe"), str(tmp_path / "a.txt")]))
    assert "<b>added</b> a&#46;txt" in shown
    assert "<b>failed</b> b&#46;exe&#58;" in shown
    assert str(tmp_path).replace("/", "&#47;") not in shown


def test_files_of_one_name_stay_two_articles_and_one_file_is_added_once(
    library: Library, tmp_path: Path
) -> None:
    for folder, words in (("one", "The mill burnt."), ("two", "The mill stands.")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "mill.txt").write_text(words)
    both = [tmp_path / "one" / "mill.txt", tmp_path / "two" / "mill.txt"]
    items = [item for path in both for item in uploaded(path)]
    assert len(library.add(*items).added) == 2
    assert len(library.add(*items).unchanged) == 2
    records = tmp_path / "x.jsonl"
    records.write_text('{"text": "The mill turns."}\n{"id": 7}\n')
    found, failed = uploaded(records, "records.jsonl")
    assert isinstance(found, Article)
    assert found.source.startswith("upload/")
    assert found.source.endswith("/records.jsonl#1")
    assert isinstance(failed, LoadError)
    assert failed.source == "records.jsonl#7"


def test_a_pasted_text_without_words_is_no_article() -> None:
    found = pasted("…", title="Dots")
    assert isinstance(found, LoadError)
    assert found.source == "Dots"


def test_removing_says_what_was_removed(page: Page) -> None:
    article = next(page.library.articles())
    assert f"Removed&#58; {article.title}" in page.remove(article.id)
    assert "No article" in page.remove(article.id)


# Ratings


def test_the_last_opinion_of_an_answer_counts_and_becomes_a_case(page: Page) -> None:
    turns: tuple[Turn, ...] = (page.ask(QUESTION, ()), page.ask("What is tungsten?", ()))
    for turn, vote in ((0, "down"), (1, "up"), (0, "up"), (0, "sideways"), (9, "up")):
        turns = page.rate(turns, turn, vote)
    assert [turn.vote for turn in turns] == ["up", "up"]
    assert 'aria-pressed="true"' in page.conversation(turns)
    count, path = page.cases()
    refused, answered = tomllib.loads(Path(path).read_text("utf-8"))["case"]
    assert count == 2
    assert refused["must_refuse"] == "no_evidence"
    assert answered["question"] == QUESTION
    assert turns[0].answer
    assert answered["must_cite"] == [c.sentence for c in turns[0].answer.citations]
    assert answered["must_answer"] == [turns[0].answer.short]
    assert Path(path).name.endswith(".grounded.toml")
    assert len(read_suite(Path(path)).cases) == 2


def test_a_wrong_answer_must_not_come_again(page: Page) -> None:
    turns = page.rate((page.ask(QUESTION, ()), page.ask("What is tungsten?", ())), 0, "down")
    page.rate(turns, 1, "down")
    answered, refused = tomllib.loads(rated_cases(ratings(page.library)))["case"]
    assert turns[0].answer
    assert answered["must_not_answer"] == [turns[0].answer.text]
    assert refused["must_refuse"] is False


def test_a_case_is_asked_with_the_filters_of_the_answer(page: Page) -> None:
    turn = page.ask(QUESTION, (), ["Wexholm Post"], "2026-01-01", None)
    stored = json.loads(json.dumps([turn.to_dict()]))
    page.rate(turns_of(stored), 0, "up")
    (case,) = tomllib.loads(rated_cases(ratings(page.library)))["case"]
    assert case["must_refuse"] == "filtered_out"
    assert case["publishers"] == ["wexholm post"]
    assert case["since"] == date(2026, 1, 1)


@pytest.mark.parametrize("filters", [5, {"publishers": [5]}, {"since": "May"}, {"since": 5}])
def test_filters_that_are_none_cost_their_turn_only(page: Page, filters: object) -> None:
    stored = page.ask(QUESTION, ()).to_dict()
    older = {key: value for key, value in stored.items() if key != "filters"}
    assert len(turns_of([stored | {"filters": filters}, older])) == 1


def test_what_cites_other_sentences_than_the_library_has_is_not_kept(page: Page) -> None:
    turn = page.ask(QUESTION, ())
    assert turn.answer
    (claim, *_) = turn.answer.claims
    forged = replace(claim.citations[0], sentence="I never said that.")
    answer = replace(turn.answer, claims=(replace(claim, citations=(forged,)),))
    with pytest.raises(LibraryError, match="no longer in the library"):
        page.rate((replace(turn, answer=answer),), 0, "up")
    assert page.cases() == (0, "")


def test_half_a_line_costs_only_itself(page: Page) -> None:
    page.rate((page.ask(QUESTION, ()),), 0, "up")
    file = page.library.folder / f"{NOTES}.jsonl"
    file.write_text('{"vote": "up", "ans\n[]\n\n' + file.read_text())
    assert len(ratings(page.library)) == 1
