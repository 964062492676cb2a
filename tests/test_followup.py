"""Follow-ups stand alone afterwards, in words of the conversation; other questions stay."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.followup import standalone
from assistant.question import understand

CANCER = [("What is throat cancer?", "")]
DAM = [("Who denied opening the dam?", "Karsovia on Saturday denied opening the gates. [1]")]
MAYOR = [("Who is the mayor of Wexholm?", "Mayor Pia Lindqvist")]
RAID = [("What did Hikmet Hajiyev say about the raid?", "It was legal. [1]")]
FLOOD = [
    (
        "Who denied opening the dam?",
        "HALDER, Elmaria, March 14 (Northline) — Karsovia on Saturday denied it. [1]",
    )
]
CHARGE = [("Did Azerbaijan deny ethnic cleansing?", "")]


@pytest.mark.parametrize(
    ("history", "question", "wanted"),
    [
        (CANCER, "Is it treatable?", "Is throat cancer treatable?"),
        (CANCER, "What are its symptoms?", "What are throat cancer's symptoms?"),
        (CANCER, "What are the symptoms?", "What are the symptoms of throat cancer?"),
        (CANCER, "How common is this disease?", "How common is throat cancer?"),
        (CANCER, "What about lung cancer?", "What is lung cancer?"),
        (CANCER, "Tell me more.", "Tell me more about throat cancer."),
        (MAYOR, "What did she promise?", "What did Mayor Pia Lindqvist promise?"),
        (DAM, "When did it deny that?", f"{DAM[0][0]} When did Karsovia deny that?"),
        (FLOOD, "When did it deny it?", f"{FLOOD[0][0]} When did Karsovia deny it?"),
        (FLOOD, "And Elmaria?", "What did Elmaria say about opening the dam?"),
        ([("Who accused Karsovia of lying?", "")], "And Elmaria?", "Who accused Elmaria of lying?"),
        (RAID, "And Pashinyan?", "What did Pashinyan say about the raid?"),
        (RAID, "Was it legal?", "Was the raid legal?"),
        (RAID, "In March?", "What did Hikmet Hajiyev say about the raid In March?"),
        (RAID, "Did his party agree?", "Did Hikmet Hajiyev's party agree?"),
        ([("What did Ada Lind deny?", "")], "And the union?", "What did the union deny?"),
        (CHARGE, "Why?", "Why did Azerbaijan deny ethnic cleansing?"),
        (CHARGE, "And Armenia?", "Did Armenia deny ethnic cleansing?"),
    ],
)
def test_a_follow_up_stands_alone(
    history: list[tuple[str, str]], question: str, wanted: str
) -> None:
    assert standalone(question, history) == wanted


@pytest.mark.parametrize("before", ["", "?", " ?!. "])
@pytest.mark.parametrize("question", ["Why?", "And Elmaria?", "Tell me more.", "Did he?"])
def test_after_a_question_without_words_nothing_is_left_to_it(before: str, question: str) -> None:
    """Found by fuzzing: "Why?" after "?" was an error."""
    assert standalone(question, [(before, "")]) == question


def test_what_was_understood_before_is_what_the_next_question_follows() -> None:
    history = [*CANCER, ("Is it treatable?", ""), ("What are its symptoms?", "")]
    assert standalone("How is it diagnosed?", history) == "How is throat cancer diagnosed?"


@pytest.mark.parametrize(
    "question",
    [
        "Who warned that the dam would break?",
        "What did Ines Tolland deny?",
        "Did Pashinyan say that his government was warned?",
        "How many people died in the flood?",
    ],
)
def test_a_new_topic_is_not_dragged_into_the_old_one(question: str) -> None:
    if "his" in question:
        pytest.xfail("his own: whom a pronoun means within the question is not looked for")
    assert standalone(question, RAID) == question


def test_what_no_rule_fits_keeps_the_question_before() -> None:
    assert standalone("And why?", DAM) == f"{DAM[0][0]} And why?"
    assert understand("Why?", []) == "Why?"


@given(st.text(), st.lists(st.tuples(st.text(), st.text()), max_size=3))
def test_whatever_was_asked_something_comes_back(
    question: str, history: list[tuple[str, str]]
) -> None:
    assert isinstance(standalone(question, history), str)
    if not history:
        assert standalone(question, history) == " ".join(question.split())
