"""An answer has what the question demands: money, a year, an age, a length of time, a name."""

import pytest

from assistant.checks import Checks
from assistant.demands import KINDS, AnswerKind, unmet
from assistant.pipeline import Assistant


@pytest.mark.parametrize(
    ("question", "told", "short", "lacks"),
    [
        ("How much did the strike cost?", "It lasted 26 days.", "26 days", "money"),
        ("How much did the strike cost?", "It cost $2.1 billion.", "$2.1 billion", ""),
        ("How much was the club fined?", "The fine is 40,000 crowns.", "40,000 crowns", ""),
        ("What is the price of Castellan?", "He is 24.", "24", "money"),
        ("In which year did the mill open?", "It opened in May.", "May", "year"),
        ("In which year did the mill open?", "It opened in 1912.", "1912", ""),
        ("How old is the dam?", "It is full.", "full", "age"),
        ("How old is the mayor?", "Lindqvist, 57, was elected.", "57", ""),
        ("How long did the strike last?", "It hurt the port.", "the port", "duration"),
        ("How long did the strike last?", "It lasted 26 days.", "26 days", ""),
        ("How long is the report?", "It has 400 footnotes.", "400", ""),
        ("What is the name of the officer?", "She sent a fax.", "a fax", "name"),
        ("What is the name of the officer?", "It was Irena Kovash.", "Irena Kovash", ""),
        ("Who denied it?", "Nobody did.", "Nobody", ""),
    ],
)
def test_what_a_question_demands(question: str, told: str, short: str, lacks: AnswerKind) -> None:
    assert unmet(question, told, short) == lacks


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("How many people were killed?", "Seventeen people were killed."),
        ("How many villagers drowned?", "Fifteen villagers drowned."),
        ("How often does the council meet?", "The council meets weekly."),
        ("How often does the council meet?", "It meets rarely."),
        ("What percentage voted?", "A fifth of the voters came."),
        ("How many were hurt?", "A handful were hurt."),
        ("How much grain was sold?", "It sold 30,000 tonnes of grain."),
        ("How much land was lost?", "The sea took 40 hectares."),
        ("How much was the fine?", "The fine was 5,000 manat."),
        ("How much was the fine?", "The fine was 5,000 zloty."),
        ("How long is the tunnel?", "It is a 57-kilometre tunnel."),
        ("How long is the tunnel?", "It is 57 km long."),
        ("How long will it last?", "It will last until the harvest."),
        ("How old is the bridge?", "It was built in 1912."),
        ("What was Venn called to explain?", "She explained the accounts."),
        ("When will they be paid?", "They will be paid by Easter."),
        ("Where did they flee?", "They fled across the river."),
        ("Where did they flee?", "They reached Halder."),
    ],
)
def test_a_plain_answer_is_not_withheld(question: str, told: str) -> None:
    assert not unmet(question, told, told, KINDS)
    assert not unmet(question, told, told)


@pytest.mark.parametrize(
    ("question", "told", "lacks"),
    [
        ("Where did it rain?", "Rain fell.", "place"),
        ("How often does the council meet?", "The council meets.", "number"),
        ("How much did the club raise?", "It raised 26 flags.", "money"),
        ("How much tax did the bank pay?", "It paid on 26 days.", "money"),
        ("What was the ship called before?", "The ship sailed.", "name"),
    ],
)
def test_what_is_no_answer_of_the_kind_is_withheld(
    question: str, told: str, lacks: AnswerKind
) -> None:
    assert (unmet(question, told, "ships", KINDS) or unmet(question, told, "ships")) == lacks


def test_a_refusal_says_what_is_lacking(newsroom: Assistant) -> None:
    answer = newsroom.ask("How much did the strike of 2009 cost?")
    assert answer.refused
    assert answer.refusal
    assert "no sum of money" in answer.refusal.message or "2009" in answer.refusal.message


@pytest.mark.parametrize(
    ("question", "passes"),
    [
        ("Who accused Karsovia of opening the dam?", True),
        ("Who accused Elmaria of opening the dam?", False),
        ("Who accused Elmaria?", False),
        ("Who accused Elmaria's neighbour of opening the dam?", True),
        ("Who accused the country of opening the dam?", True),
    ],
)
def test_who_accused_somebody_is_not_who_accused_somebody_else(question: str, passes: bool) -> None:
    sentence = "Daniel Roake accused Karsovia of opening the gates."
    assert Checks.of(question).passes(sentence, quoted=False) == passes


@pytest.mark.parametrize(
    ("question", "passes"),
    [
        ("Who accused Karsovia of recklessness?", True),
        ("Who accused Elmaria of recklessness?", False),  # its own prime minister, of the other
        ("Who accused Vardia of recklessness?", True),  # may well be who is described
    ],
)
def test_whoever_is_described_beside_the_accuser_is_another(question: str, passes: bool) -> None:
    sentence = (
        "Elmarian Prime Minister Daniel Roake accused the Karsovian government of recklessness."
    )
    assert Checks.of(question).passes(sentence, quoted=False) == passes


def test_the_target_of_an_accusation_is_not_swapped(newsroom: Assistant) -> None:
    answer = newsroom.ask("Who accused Elmaria of opening the dam?")
    assert answer.refused
