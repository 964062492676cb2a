"""Which words report which speech act, and which act answers a question for another."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.acts import act_of, answers, declines, load_acts, named_act, occurs, stems


@pytest.mark.parametrize(
    ("cue", "act"),
    [
        *[("said", "say"), ("told reporters", "say"), ("according to", "say"), ("noted", "say")],
        *[("stressed", "say"), ("revealed", "say"), ("referred to", "say"), ("discussed", "say")],
        *[("denied", "deny"), ("rejected", "deny"), ("dismissed", "deny"), ("dismisses", "deny")],
        *[("brushed the charge aside", "deny"), ("pleaded not guilty", "deny")],
        *[("accused", "accuse"), ("blames", "accuse"), ("held responsible", "accuse")],
        *[("admitted", "admit"), ("confessed", "admit"), ("took responsibility", "admit")],
        *[("confirmed", "confirm"), ("verifies", "confirm")],
        *[("demanded", "demand"), ("called for", "demand"), ("ordered", "demand")],
        *[("appealed to", "demand"), ("sought", "demand"), ("insisted on", "demand")],
        *[("promised", "promise"), ("vows", "promise"), ("committed to", "promise")],
        *[("threatened", "threaten"), ("warned", "warn"), ("raised concerns", "warn")],
        *[("asked", "ask"), ("wondered", "ask"), ("praised", "praise"), ("hailed", "praise")],
        *[("criticised", "criticise"), ("criticized", "criticise"), ("condemned", "criticise")],
        *[("apologised", "apologise"), ("apologized", "apologise"), ("predicts", "predict")],
        *[("suggested", "suggest"), ("offered", "suggest"), ("offers", "suggest")],
        *[("supports", "support"), ("stood by", "support"), ("opposed", "oppose")],
        *[("believes", "believe"), ("considered", "believe"), ("planned", "plan")],
        *[("declined to comment", "decline"), ("did not respond", "decline")],
        *[("walked", ""), ("laid off", ""), ("", ""), ("’", "")],
    ],
)
def test_a_cue_reports_an_act(cue: str, act: str) -> None:
    assert act_of(cue) == (act, False)


@pytest.mark.parametrize(
    ("cue", "act"),
    [
        *[("did not deny", "deny"), ("didn’t deny", "deny"), ("never denied", "deny")],
        *[("refused to confirm", "confirm"), ("declined to confirm", "confirm")],
        *[("could not confirm", "confirm"), ("cannot confirm", "confirm")],
        *[("without admitting", "admit"), ("has yet to apologise", "apologise")],
        *[("failed to apologise", "apologise"), ("never promised", "promise")],
        *[("stopped short of accusing", "accuse"), ("was unable to confirm", "confirm")],
        *[("avoided blaming", "accuse"), ("withdrew the accusation", "accuse")],
        *[("did not believe", "believe"), ("does not want", "plan"), ("did not note", "say")],
    ],
)
def test_what_was_not_done_is_told_apart(cue: str, act: str) -> None:
    assert act_of(cue) == (act, True)


@pytest.mark.parametrize(
    ("cue", "content", "act"),
    [
        ("said", "“We cannot accept these accusations.”", "deny"),
        ("said", "that there was no single case of violence", "deny"),
        ("said", "he never took a bribe", "deny"),
        ("said", "there was nothing improper about it", "deny"),
        ("believes", "that this is not true", "deny"),
        ("said", "“I am sorry.”", "apologise"),
        ("said", "that the rain never stopped", "say"),
        ("said", "that the dam was safe", "say"),
        ("accused", "them of saying what is not true", "accuse"),
        ("“", "“It is not true.”", "deny"),
        ("said", "“We reject these accusations in full. It had rained.”", "deny"),
        ("said", "that the claims were “false and absurd”", "deny"),
        ("said", "“This is nonsense,”", "deny"),
        ("called", "the charge absurd", "deny"),
        ("called the charge absurd", "", "deny"),
        ("said", "“I have never lied,”", "deny"),
        ("said", "there was no evidence of fraud", "deny"),
        ("said", "that Venn had denied the charge", "say"),  # Venn did
        ("said", "police had rejected the claim", "say"),
        ("said", "the union rejected the offer", "say"),
        ("said", "no one was injured in the attack", "say"),
        ("said", "there was no threat to the public", "say"),
        ("said", "its invention will save water", "say"),
        ("said", "the false alarm was caused by a cat", "say"),
        ("said", "the label was false", "say"),
        ("said", "shops do not accept cash", "say"),
        ("said", "“Six days is not a delay, it is a scandal,”", "say"),
        ("said", "“We elect people who reject these claims,”", "say"),
        ("said", "“We must never steal,”", "say"),
        ("found", "the driver not guilty", "say"),
    ],
)
def test_a_plain_saying_is_the_act_of_what_is_said(cue: str, content: str, act: str) -> None:
    assert act_of(cue, content) == (act, False)


@pytest.mark.parametrize(
    ("source", "negated"),
    [
        *[("No one", True), ("Nobody", True), ("None of the ministers", True), ("no police", True)],
        *[("No. 10", False), ("No 10", False), ("Norway", False), ("the No camp", False)],
    ],
)
def test_what_nobody_does_is_not_done(source: str, negated: bool) -> None:
    assert act_of("accused", "Venn of theft", source) == ("accuse", negated)


@pytest.mark.parametrize(
    ("cue", "wanted"),
    [
        *[("refused to confirm", True), ("declined", True), ("would not say", True)],
        *[("could not confirm", False), ("denied", False), ("", False)],
    ],
)
def test_who_would_not_declines(cue: str, wanted: bool) -> None:
    assert declines(cue) is wanted


def test_not_to_say_something_is_no_denial() -> None:
    assert act_of("did not say that", "it was not true")[0] != "deny"


@pytest.mark.parametrize(
    ("asked", "reported", "wanted"),
    [
        *[("say", "deny", True), ("", "deny", True), ("deny", "deny", True), ("say", "", True)],
        *[("deny", "say", False), ("deny", "accuse", False), ("deny", "", False)],
        *[("accuse", "criticise", True), ("threaten", "warn", True), ("warn", "threaten", False)],
        *[("no such act", "say", False)],
    ],
)
def test_which_act_answers_for_which(asked: str, reported: str, wanted: bool) -> None:
    assert answers(asked, reported) is wanted


def test_there_are_acts() -> None:
    assert {"say", "deny", "accuse", "admit", "promise"} <= set(load_acts())


@pytest.mark.parametrize("name", load_acts())
def test_every_act_names_itself(name: str) -> None:
    act = load_acts()[name]
    assert act_of(name) == (name, False)
    assert act_of(act.past) == (name, False)
    assert act.also <= set(load_acts())


@pytest.mark.parametrize(
    ("phrase", "text", "at"),
    [
        ("brush aside", "they brushed the charge aside", 1),
        ("brush aside", "they brushed the crumbs from the table aside", -1),
        ("not true", "it is true", -1),
        ("not true", "it isn’t true", 2),
        ("deny", "", -1),
    ],
)
def test_few_words_may_stand_inside_a_phrase(phrase: str, text: str, at: int) -> None:
    assert occurs(stems(phrase), stems(text)) == at


@given(st.text(), st.text())
def test_any_cue_has_an_act_or_none(cue: str, content: str) -> None:
    act, negated = act_of(cue, content)
    assert act in load_acts() or act == ""
    assert act or not negated
    found = named_act(stems(cue))
    assert found is None or 0 <= found[1] < len(stems(cue))
