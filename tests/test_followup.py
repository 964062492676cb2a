"""Follow-ups stand alone afterwards, in words of the conversation; other questions stay."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.again import base_form
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
WARNING = [
    (
        "Who denied opening the dam without warning?",
        "Karsovia on Saturday denied opening the gates of its dam without warning. [1]",
    )
]
TOLL = [
    (
        "How many people died in the flood?",
        "At least 17 people died in Lower Brisk, mayor Ina Venn said. [1]",
    )
]
LEAK = [
    (
        "Who leaked the report?",
        "Former prison guard Delia Marsh admitted leaking the report to the Halder Post. [1]",
    )
]
DENIAL = [
    (
        "What did the general deny?",
        "The general denied that troops had crossed the border, Karsovian officers said. [1]",
    )
]
TALKS = [("Where were the talks held?", "The talks were held in Drenn on May 3. [1]")]
ARREST = [
    (
        "Who was arrested in Drenn?",
        "Police arrested the banker Jonas Keel in Drenn, prosecutor Ada Lind said. [1]",
    )
]
FINE = [
    ("How much did the regulator fine Corvane?", "The regulator fined Corvane 2.7 million. [1]")
]
CUP = [("Which team won the cup?", "Marlhaven Rovers won the cup, beating FC Drenn 2-1. [1]")]
RULING = [("How did Tom Ahmed react to the ruling?", "He said that it was wrong. [1]")]
LETTER = [("Who wrote a letter to the Wexholm board about its stance?", "A group of parents. [1]")]
ROWS = [
    json.loads(line)
    for line in Path(__file__).with_name("followups.jsonl").read_text("utf-8").splitlines()
]


@pytest.mark.parametrize(
    ("history", "question", "wanted"),
    [
        (RULING, "Will he appeal?", "Will Tom Ahmed appeal?"),
        (LETTER, "When did they send it?", "When did the Wexholm board send it?"),
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
        (RAID, "In March?", "What did Hikmet Hajiyev say about the raid in March?"),
        (RAID, "Did his party agree?", "Did Hikmet Hajiyev's party agree?"),
        ([("What did Ada Lind deny?", "")], "And the union?", "What did the union deny?"),
        (CHARGE, "Why?", "Why did Azerbaijan deny ethnic cleansing?"),
        (CHARGE, "And Armenia?", "Did Armenia deny ethnic cleansing?"),
        (CHARGE, "Armenia?", "Did Armenia deny ethnic cleansing?"),
        (CHARGE, "Hajiyev", "Did Hajiyev deny ethnic cleansing?"),
        (CHARGE, "Why not?", "Why did Azerbaijan not deny ethnic cleansing?"),
        (CHARGE, "Who is she?", f"{CHARGE[0][0]} Who is she?"),  # no country
        (WARNING, "What is it?", "What is the dam?"),
        (WARNING, "Why did they do that?", "Why did Karsovia do that?"),
        (WARNING, "Why?", "Why did Karsovia deny opening the dam without warning?"),
        (
            WARNING,
            "When did this happen?",
            "When did Karsovia deny opening the dam without warning?",
        ),
        (WARNING, "Who else?", "Who else denied opening the dam without warning?"),
        (WARNING, "Which party?", "Which party denied opening the dam without warning?"),
        (
            WARNING,
            "How about the mayor?",
            "What did the mayor say about opening the dam without warning?",
        ),
        (TOLL, "Who is he?", "Who is Ina Venn?"),  # and no place
        (TOLL, "What did he promise?", "What did Ina Venn promise?"),
        (TOLL, "When was that?", "When did people die in the flood?"),
        (TOLL, "Who?", "Who died in the flood?"),
        (TOLL, "In 2014?", "How many people died in the flood in 2014?"),
        (TOLL, "Armenia?", "How many people died in the flood in Armenia?"),
        (TOLL, "Venn?", f"{TOLL[0][0]} Venn?"),  # nobody dies in her
        (LEAK, "Why?", "Why did Delia Marsh leak the report?"),
        (LEAK, "Did she say why?", "Did Delia Marsh say why?"),
        (DENIAL, "Why?", "Why did the general deny that troops had crossed the border?"),
        (DENIAL, "Did they lie?", "Did the general lie?"),
        (TALKS, "What happened then?", "What happened on May 3?"),
        (ARREST, "Why?", "Why was Jonas Keel arrested in Drenn?"),
        (ARREST, "What did she say?", "What did Ada Lind say?"),
        (ARREST, "Was anyone injured there?", "Was anyone injured in Drenn?"),
        (FINE, "What did it say?", "What did the regulator say?"),
        (FINE, "And the hospital?", "How much did the regulator fine the hospital?"),
        (CUP, "Who is its owner?", "Who is Marlhaven Rovers' owner?"),
        (CUP, "How did they celebrate?", "How did Marlhaven Rovers celebrate?"),
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
        "Did Elmaria recall its ambassador?",
        "Which country held its election in May?",
        "What did the court say about its ruling on Venn?",
        "Did Roake say he would resign?",
        "Did the ministry in Halder deny that it had been phoned?",
        "did roake say he would resign",
        "When Venn resigned, did she say why?",
        "Is it true that Venn resigned?",
        "Was it Roake who resigned?",
        "What time is it in London?",
        "How long does it take to build a dam?",
        "Did it rain in Drenn?",
        "What do the new sirens cost?",
        "Who denied what?",
        "Thanks",
        "Ok",
        "Who warned that the dam would break?",
        "What did Ines Tolland deny?",
        "Did Pashinyan say that his government was warned?",
        "How many people died in the flood?",
    ],
)
def test_a_new_topic_is_not_dragged_into_the_old_one(question: str) -> None:
    for history in (RAID, WARNING, TOLL):
        assert standalone(question, history) == question


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("So who won the election in Vardia?", "Who won the election in Vardia?"),
        ("but why did Elmaria recall its ambassador?", "why did Elmaria recall its ambassador?"),
        ("And what happened to the ambassador?", "What happened to the ambassador?"),
        ("And who won?", f"{WARNING[0][0]} And who won?"),
    ],
)
def test_an_opening_word_makes_no_follow_up_of_a_whole_question(question: str, wanted: str) -> None:
    assert standalone(question, WARNING) == wanted


def test_what_no_rule_fits_keeps_the_question_before() -> None:
    assert standalone("And so?", DAM) == f"{DAM[0][0]} And so?"
    assert understand("Why?", []) == "Why?"


@given(st.text(), st.lists(st.tuples(st.text(), st.text()), max_size=3))
def test_whatever_was_asked_something_comes_back(
    question: str, history: list[tuple[str, str]]
) -> None:
    assert isinstance(standalone(question, history), str)
    if not history:
        assert standalone(question, history) == " ".join(question.split())


def test_conversations_read_as_a_person_would_have_asked() -> None:
    """160 conversations of our own: three in four are put as wanted, to the letter."""
    met = [
        _plain(standalone(r["question"], r["history"])) in map(_plain, r["rewritten"]) for r in ROWS
    ]
    assert len(ROWS) == 160
    assert sum(met) / len(ROWS) >= 0.72, [
        r["question"] for r, ok in zip(ROWS, met, strict=True) if not ok
    ]


def test_new_topics_of_the_conversations_stay() -> None:
    changed = [
        row["question"]
        for row in ROWS
        if row["kind"] == "new topic, unchanged"
        and _plain(standalone(row["question"], row["history"])) != _plain(row["question"])
    ]
    assert not changed


@pytest.mark.parametrize(
    "verbs",
    [
        "deny denied", "accuse accused", "open opened", "ban banned", "control controlled",
        "kill killed", "agree agreed", "create created", "fine fined", "join joined", "vote voted",
        "abandon abandoned", "restore restored", "sue sued", "win won", "shoot shot", "run runs",
    ],
)  # fmt: skip
def test_the_verb_of_an_answer_is_asked_about_in_its_base_form(verbs: str) -> None:
    base, inflected = verbs.split()
    assert base_form(inflected) == base


def _plain(question: str) -> str:
    return " ".join(question.casefold().rstrip(" ?.!").split())
