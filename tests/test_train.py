"""Training: what the network is shown is right, and a run that was killed goes on."""

import json
import random
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.reader import OnnxNetwork, Reader
from assistant.train.attributions import questions, read_news, windows
from assistant.train.batches import (
    IGNORED,
    batched,
    collate,
    question_rows,
    question_tokenizer,
    window_rows,
)
from assistant.train.examples import (
    HELD_OUT,
    Example,
    close_examples,
    crop,
    held_out,
    questions_to_read,
    read_questions,
    read_unanswerable,
    surround,
)
from assistant.train.export import export
from assistant.train.loop import Recipe, rate_at, train
from assistant.train.newsroom import NewsQuestion, news_examples, read_news_questions
from assistant.train.swaps import Swapper

TEXT = (
    "The ferry Alba sank off Port Merrin in 1931. Captain Ines Tolland denied that it had been "
    "overloaded. The largest insurer paid 212 crowns. Nobody at Wexholm was told. It rained."
)
NEWS = "“The pumps failed,” said engineer Orla Venn on Monday. She denied that she had been warned."


def example(question: str, answer: str) -> Example:
    start = TEXT.index(answer)
    return Example(question, TEXT, (start, start + len(answer)))


def test_an_example_has_the_answer_that_most_gave(tmp_path: Path) -> None:
    row = {"id": "1", "dataset": "d", "title": "t", "question": " Who? ", "context": TEXT}
    answers = [{"text": t, "start": TEXT.index(t)} for t in ("Ines", "Ines Tolland", "Ines")]
    wrong = row | {"id": "2", "answers": [{"text": "Ines", "start": 3}]}
    path = tmp_path / "q.jsonl"
    path.write_text("\n".join(json.dumps(r) for r in (row | {"answers": answers}, wrong)))
    (question,) = read_questions(path)
    assert question.example == example("Who?", "Ines")


@given(st.integers(0, 10_000), st.integers(1, 5), st.sampled_from(["1931", "Ines Tolland", "212"]))
def test_cropping_and_surrounding_keep_the_answer(seed: int, most: int, answer: str) -> None:
    draw = random.Random(seed)
    cut = crop(example("?", answer), draw, most)
    assert cut.answer
    assert cut.context[slice(*cut.answer)] == answer
    assert cut.context in TEXT
    around = surround(cut, ["One.", "Two two.", "Three.", "Four."], draw)
    assert around.answer
    assert around.context[slice(*around.answer)] == answer


@given(st.integers(0, 10_000))
def test_a_swapped_question_is_another_one_and_has_no_answer(seed: int) -> None:
    asked = example("What did the largest insurer of Port Merrin pay in 1931?", "212 crowns")
    swapper = Swapper(["What did the ferry insure?", "Who walked home?"], [TEXT, NEWS])
    swapped = swapper(asked, random.Random(seed))
    assert swapped
    assert swapped.answer is None
    assert swapped.context == TEXT
    assert swapped.question != asked.question
    assert "212" not in swapped.question


def test_every_kind_of_swap_occurs() -> None:
    asked = example("Which largest insurer of Port Merrin paid in 1931, and was ruined?", "212")
    swapper = Swapper(["Who was promoted?"], [TEXT, NEWS])
    made = {swapper(asked, random.Random(seed)) for seed in range(300)}
    found = " ".join(e.question for e in made if e)
    for change in ("smallest", "wasn't", "Wexholm", "193", "promoted"):
        assert change in found
    assert Swapper([], [])(Example("Why?", "It rained.", (0, 2)), random.Random(0)) is None


@pytest.fixture
def news(tmp_path: Path) -> Path:
    """One article in PolNeAR's format."""

    def spans(*texts: str) -> list[list[int]]:
        return [[NEWS.index(t), NEWS.index(t) + len(t)] for t in texts]

    said = {"source": spans("engineer Orla Venn"), "cue": spans("said")}
    said["content"] = spans("“The pumps failed,”")
    denied = {"source": spans("She"), "cue": spans("denied")}
    denied["content"] = spans("that she had been warned")
    row = {"id": "a", "title": "Pumps", "text": NEWS, "attributions": [said, denied]}
    other = {"id": "b", "title": "Other", "text": TEXT, "attributions": []}
    path = tmp_path / "news.jsonl"
    path.write_text(json.dumps(row) + "\n" + json.dumps(other) + "\n")
    return path


def test_tags_stand_on_the_tokens_of_their_spans(news: Path) -> None:
    first, second = windows(read_news(news))
    assert [first.text[s:e] for s, e in first.spans[1]] == ["said", "denied"]
    row, none = window_rows([first, second])
    assert row.tags is not None
    assert none.tags is not None
    tokens = question_tokenizer()
    sources = [int(row.ids[i]) for i in range(len(row.ids)) if row.tags[i, 0]]
    assert tokens.decode(sources) == "engineer orla venn she"
    assert row.tags[:, 3].sum() == 2  # two sources begin
    assert none.tags.sum() == 0


def test_questions_from_attributions_are_answered_by_source_or_content(news: Path) -> None:
    made = questions(read_news(news), 60, seed=1)
    answers = {e.context[slice(*e.answer)] for e in made if e.answer}
    assert "engineer Orla Venn" in answers
    assert "that she had been warned" in answers or "“The pumps failed,”" in answers
    assert any(e.answer is None for e in made)
    assert any(e.question.startswith("Who") for e in made)


def test_answers_become_tokens() -> None:
    asked = [
        example("Who denied it?", "Ines Tolland"),
        Example("Who knew?", TEXT, None),
        Example("Who?", "word " * 400 + "Ada", (2000, 2003)),
    ]
    found, none, cut = question_rows(asked)
    tokens = question_tokenizer()
    assert tokens.decode([int(i) for i in found.ids[found.start : found.end + 1]]) == "ines tolland"
    assert (none.start, none.end) == (0, 0)
    assert (cut.start, len(cut.ids)) == (0, 288)  # beyond the window: not answered in it


def test_batches_hold_every_row_once_a_pass_within_the_size() -> None:
    rows = question_rows([Example("Who?", "word " * n, None) for n in range(1, 60)])
    seen: list[int] = []
    for batch in batched(rows, tokens=300, seed=3):
        assert len(batch) * max(len(rows[i].ids) for i in batch) <= 300
        seen += batch
        if len(seen) >= len(rows):
            break
    assert sorted(seen) == list(range(len(rows)))


def test_padding_is_masked() -> None:
    batch = collate(question_rows([Example("Who?", "One.", None), Example("Who?", TEXT, None)]))
    assert batch.mask.sum(1).tolist() == [(batch.ids[i] != 0).sum().item() for i in (0, 1)]
    assert not batch.tagged.any()
    assert (batch.start != IGNORED).all()


def test_the_rate_rises_stays_and_falls_to_zero() -> None:
    recipe = Recipe(steps=100, warm_up=10, cooldown=20, rate=1.0)
    assert rate_at(0, recipe) == pytest.approx(0.1)
    assert rate_at(50, recipe) == 1
    assert rate_at(90, recipe) == pytest.approx(0.5)
    assert rate_at(99, recipe) == pytest.approx(0.05)


def test_a_run_that_was_stopped_ends_as_one_that_was_not(tmp_path: Path, news: Path) -> None:
    rows = question_rows([example("Who denied it?", "Ines Tolland"), Example("Who?", TEXT, None)])
    rows += window_rows(windows(read_news(news)))
    recipe = Recipe(steps=3, warm_up=1, cooldown=1, tokens=120)
    whole = train(rows, rows[:1], recipe, tmp_path / "whole", every=1)
    stopped = tmp_path / "stopped"
    train(rows, rows[:1], Recipe(steps=2, warm_up=1, cooldown=0, tokens=120), stopped, every=1)
    resumed = train(rows, rows[:1], recipe, stopped, every=1)
    ours, theirs = (torch.load(p, weights_only=True)["network"] for p in (whole, resumed))
    assert all(torch.allclose(ours[name], theirs[name], atol=1e-5) for name in ours)
    assert len((stopped / "log.jsonl").read_text().splitlines()) == 3
    reader = Reader(OnnxNetwork(export(resumed, tmp_path / "made.onnx").read_bytes()))
    (reading,) = reader.read("Who denied it?", [TEXT])
    assert reading.best()


@settings(deadline=None)
@given(st.sampled_from(read_news_questions()))
def test_our_news_questions_are_well_formed(question: NewsQuestion) -> None:
    spans = (*question.answers, *question.evidence)
    assert question.evidence
    assert all(0 <= start < stop for start, stop in spans)
    assert (question.kind == "unanswerable") == (not question.answers)
    for start, stop in question.answers:
        assert any(s <= start and stop <= e for s, e in question.evidence)


def test_news_questions_come_with_passages_that_do_not_answer(news: Path) -> None:
    name = NEWS.index("engineer Orla Venn")
    asked = NewsQuestion("a", "fact", "Who said it?", ((name, name + 18),), ((0, len(NEWS)),))
    made = news_examples([asked], news, seed=1)
    assert {e.context[slice(*e.answer)] if e.answer else "" for e in made} == {
        "engineer Orla Venn",
        "",
    }


def test_held_out_articles_are_not_trained_on(tmp_path: Path) -> None:
    row = {"dataset": "squad-2.0-dev", "answers": [{"text": "1931", "start": TEXT.index("1931")}]}
    rows = [
        row | {"id": str(n), "title": title, "question": f"When {n}?", "context": TEXT + str(n)}
        for n, title in enumerate([*sorted(HELD_OUT), "Other", "More", "Third", "Fourth"])
    ]
    path = tmp_path / "q.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    asked = read_questions(path)
    assert {q.title for q in held_out(asked)} == HELD_OUT
    kept = {e.context for e in questions_to_read(asked, lambda e, d: None, seed=1)}
    assert kept == {TEXT + str(n) for n in range(4, 8)}


def test_the_cool_down_sees_our_questions_beside_those_they_follow(tmp_path: Path) -> None:
    stored = read_first("unanswerable.jsonl")
    row = {"id": stored["paragraph"], "dataset": "d", "title": "t", "question": "When?"}
    row |= {"context": TEXT, "answers": [{"text": "1931", "start": TEXT.index("1931")}]}
    path, ours = tmp_path / "q.jsonl", tmp_path / "ours.jsonl"
    path.write_text(json.dumps(row))
    ours.write_text(json.dumps(stored))
    asked = read_questions(path)
    assert read_unanswerable(asked, ours) == [Example(stored["question"], TEXT, None)]
    made = close_examples(asked, seed=1, unanswerable=ours)
    assert {e.answer is None for e in made} == {True, False}


def read_first(name: str) -> dict[str, str]:
    import assistant.train

    path = Path(assistant.train.__file__).with_name(name)
    first: dict[str, str] = json.loads(path.read_text("utf-8").splitlines()[0])
    return first
