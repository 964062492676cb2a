"""What questions ask of somebody's words."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from assistant.asked import NEWEST, Asked, asked, by_whom
from index.acts import load_acts


@pytest.mark.parametrize(
    ("question", "act", "about"),
    [
        ("Who denied opening the dam?", "deny", "opening the dam"),
        ("Who has repeatedly denied it?", "deny", "it"),
        ("Who dismissed the claims?", "deny", "the claims"),
        ("Who said that the bridge was unsafe?", "say", "that the bridge was unsafe"),
        ("Who else said the bridge was unsafe?", "say", "the bridge was unsafe"),
        ("Who accused Karsovia of opening the dam?", "accuse", "Karsovia of opening the dam"),
        ("Who called for an inquiry?", "demand", "an inquiry"),
        ("Who took responsibility for the flood?", "admit", "for the flood"),
        ("Who refused to comment?", "decline", "to comment"),
        ("Who would deny it?", "deny", "it"),
        ("Who is against the plan?", "oppose", "the plan"),
        ("Who is in favour of the plan?", "support", "the plan"),
        ("Who was the first to deny the report?", "deny", "the report"),
        ("Who at the ministry denied it?", "deny", "it"),
        ("Whose lawyer denied the charges?", "deny", "the charges"),
        ("Which minister denied the report?", "deny", "the report"),
        ("Which foreign minister denied the report?", "deny", "the report"),
        ("Which of the ministers denied the report?", "deny", "the report"),
        ("Which official said the dam was safe?", "say", "the dam was safe"),
        ("What country accused Karsovia?", "accuse", "Karsovia"),
        ("Can you tell me who denied the report?", "deny", "the report"),
        ("  so who   denied it ??", "deny", "it"),
    ],
)
def test_who_asks_for_the_speaker(question: str, act: str, about: str) -> None:
    assert asked(question) == Asked("speaker", act, "", about)


@pytest.mark.parametrize(
    ("question", "act", "speaker", "about"),
    [
        ("What did Venn say about the dam?", "say", "Venn", "about the dam"),
        ("What did the mayor of Port Ellis say?", "say", "the mayor of Port Ellis", ""),
        ("What did a spokesman for Venn say?", "say", "a spokesman for Venn", ""),
        ("What did Venn’s lawyer say?", "say", "Venn’s lawyer", ""),
        ("What did she say about it?", "say", "she", "about it"),
        ("What did Venn and Orlo say?", "say", "Venn and Orlo", ""),
        ("What do experts say about the dam?", "say", "experts", "about the dam"),
        ("What does the report say about the dam?", "say", "the report", "about the dam"),
        ("What has Karsovia denied?", "deny", "Karsovia", ""),
        ("What will Venn promise?", "promise", "Venn", ""),
        ("What did Venn accuse Karsovia of?", "accuse", "Venn", "Karsovia of"),
        ("What was Karsovia accused of?", "accuse", "", "Karsovia of"),
        ("What was Karsovia accused of by Elmaria?", "accuse", "Elmaria", "Karsovia of"),
        ("What has Karsovia been accused of?", "accuse", "", "Karsovia of"),
        ("What promises did Venn make?", "promise", "Venn", ""),
        ("What charges does Venn deny?", "deny", "Venn", ""),
        ("Which accusations were denied by Venn?", "deny", "Venn", ""),
        ("What accusations were made by Venn?", "accuse", "Venn", ""),
        ("What accusations does Venn face?", "accuse", "", "Venn"),
        ("What did both ministers promise?", "promise", "both ministers", ""),
        ("What is Venn's view of the plan?", "believe", "Venn's", "of the plan"),
        ("What was Venn's reaction to the report?", "say", "Venn", "to the report"),
        ("How did the mayor react to the report?", "say", "the mayor", "to the report"),
        ("How did residents react?", "say", "residents", ""),
        ("How did Venn respond?", "say", "Venn", ""),
        ("Why does Venn oppose the plan?", "oppose", "Venn", "the plan"),
        ("When did Venn say the dam would open?", "say", "Venn", "the dam would open"),
        ("How many people did Venn say were hurt?", "say", "Venn", "people were hurt"),
        ("Who did Venn say opened the dam?", "say", "Venn", "opened the dam"),
        ("According to Venn, who opened the dam?", "say", "Venn", "who opened the dam"),
        ("Who opened it, according to the foreign ministry?", "say", "the foreign ministry",
         "Who opened it"),
        ("How many were hurt according to the police?", "say", "the police", "How many were hurt"),
        ("In the view of Venn, is it safe?", "say", "Venn", "is it safe"),
        ("Tell me what Venn said about the dam.", "say", "Venn", "about the dam"),
    ],
)  # fmt: skip
def test_what_somebody_said_is_content(question: str, act: str, speaker: str, about: str) -> None:
    assert asked(question) == Asked("content", act, speaker, about)


@pytest.mark.parametrize(
    ("question", "act", "speaker", "about"),
    [
        ("Whom did Venn accuse?", "accuse", "Venn", ""),
        ("Who did Venn blame for the flood?", "accuse", "Venn", "for the flood"),
        ("Who does Venn support?", "support", "Venn", ""),
        ("Who was accused of opening the dam?", "accuse", "", "of opening the dam"),
        ("Who has been accused of opening it?", "accuse", "", "of opening it"),
        ("Who was criticised by Ada Venn?", "criticise", "Ada Venn", ""),
        ("Who is accused by the mayor of fraud?", "accuse", "the mayor", "of fraud"),
    ],
)
def test_whom_asks_for_the_target(question: str, act: str, speaker: str, about: str) -> None:
    assert asked(question) == Asked("target", act, speaker, about)


@pytest.mark.parametrize(
    ("question", "act", "speaker", "about"),
    [
        ("Did Venn deny it?", "deny", "Venn", "it"),
        ("Didn’t Venn deny it?", "deny", "Venn", "it"),
        ("Did Karsovia not deny opening the dam?", "deny", "Karsovia", "opening the dam"),
        ("Has the mayor of Port Ellis apologised?", "apologise", "the mayor of Port Ellis", ""),
        ("Has anyone denied the report?", "deny", "", "the report"),
        ("Was the report denied by Venn?", "deny", "Venn", "the report"),
        ("Was Venn accused of fraud?", "accuse", "", "Venn of fraud"),
        ("Has it been confirmed?", "confirm", "", "it"),
        ("Are residents opposed to the plan?", "oppose", "residents", "to the plan"),
        ("Is Venn in favour of the plan?", "support", "Venn", "the plan"),
        ("Is it true that Venn denied the report?", "deny", "Venn", "the report"),
        ("Did Karsovia open the dam?", "", "Karsovia", "Karsovia open the dam"),
    ],
)
def test_yes_or_no_asks_whether(question: str, act: str, speaker: str, about: str) -> None:
    assert asked(question) == Asked("whether", act, speaker, about)


@pytest.mark.parametrize(
    ("question", "act", "about"),
    [
        ("Who denied what?", "deny", ""),
        ("Who said what about the dam?", "say", "the dam"),
        ("Who denied what in the port strike?", "deny", "the port strike"),
        ("Who denied what in March?", "deny", ""),
        ("Who accuses whom?", "accuse", ""),
        ("What was said about the dam?", "say", "the dam"),
        ("What do both sides say about the dam?", "say", "the dam"),
        ("Who apologised for what about the dam?", "apologise", "the dam"),
        ("What accusations were made against Venn?", "accuse", "Venn"),
        ("Who has denied what?", "deny", ""),
        ("Who is accusing whom?", "accuse", ""),
        ("Who was accused of what?", "accuse", ""),
        ("Who has been accused of what by whom?", "accuse", ""),
        ("Who blames whom for the strike?", "accuse", "the strike"),
        ("Who demanded what from the ministry?", "demand", "the ministry"),
        ("Who said what to whom?", "say", ""),
        ("Which accusations were denied?", "deny", ""),
        ("What have both sides said about the dam?", "say", "the dam"),
        ("What do both governments say about the dam?", "say", "the dam"),
        ("What did both clubs say Castellan cost?", "say", "Castellan cost"),
        ("Which warnings does the log record?", "warn", "the log record"),
    ],
)
def test_who_said_what_asks_for_all(question: str, act: str, about: str) -> None:
    assert asked(question) == Asked("all", act, "", about)


def test_what_follows_a_question_word_may_be_one_thing() -> None:
    found = asked("Who called what Karsovia did reckless?")
    assert found.wanted != "all"


@pytest.mark.parametrize(
    ("question", "by"),
    [
        ("Was Venn accused of fraud?", "Who accused Venn of fraud?"),
        ("Did anyone criticise the plan?", "Who criticised the plan?"),
        ("Was Venn accused of fraud by Orlo?", "Was Venn accused of fraud by Orlo?"),
        ("Did anyone deny it?", "Did anyone deny it?"),
        ("Who accused Venn?", "Who accused Venn?"),
    ],
)
def test_whether_something_was_done_to_somebody_is_who_did_it(question: str, by: str) -> None:
    assert by_whom(question) == by


@pytest.mark.parametrize(
    "question",
    [
        *["Who opened the dam?", "Who is the mayor?", "Who was hurt?", "Who has won?"],
        *["When did the dam open?", "What is the plan?", "What happened?", "Where is the dam?"],
        *["How many people were hurt?", "What time did the shop open?", "What did Venn buy?"],
        *["Why did Venn resign?", "What did Venn do about the report?", "Summarise the article."],
        *["What kind of information was in the files?", "What was the improved offer?"],
        *["Who didn’t deny it?", "What did Venn build after the warning?", ""],
        *["Who is married to whom?", "Who has been paid what?", "What did both clubs pay?"],
    ],
)
def test_other_questions_ask_for_no_speech_act(question: str) -> None:
    found = asked(question)
    assert not found.attributed
    assert found.wanted == ""


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("Who is Ada Venn?", "Ada Venn"),
        ("who was Ludwig van Aarle", "Ludwig van Aarle"),
        ("And who’s Venn?", "Venn"),
    ],
)
def test_who_somebody_is_is_asked(question: str, name: str) -> None:
    assert asked(question) == Asked("identity", about=name)


@pytest.mark.parametrize(
    ("question", "about"),
    [
        ("What happened in Port Ellis?", "Port Ellis"),
        ("So what happened at the dam on Monday", "the dam on Monday"),
        ("What's going on with the dam?", "the dam"),
        ("whats the latest on the strike", "the strike"),
        ("What is the story behind the strike?", "the strike"),
        ("Tell me about the dam", "the dam"),
        ("Please tell me more about Ada Venn.", "Ada Venn"),
        ("What do the articles say about the dam?", "the dam"),
        ("what do we know about the dam?", "the dam"),
        ("Summarise the news about the dam", "the dam"),
        ("Could you sum up the news about the dam?", "the dam"),
        ("Can you give me an overview of the strike?", "the strike"),
        ("What's new in Port Ellis?", "Port Ellis"),
        ("Give it a rest", ""),
        ("What happened to Venn?", ""),
        ("What news did Venn bring?", ""),
        ("Tell me who denied it", ""),
    ],
)
def test_a_story_as_a_whole_is_asked_for(question: str, about: str) -> None:
    found = asked(question)
    assert (found.wanted == "story") == bool(about)
    if about:
        assert found == Asked("story", about=about)


@pytest.mark.parametrize(
    "question",
    [
        *["What's the latest news?", "what is new", "News", "any news today?", "Anything new?"],
        *["Summarise the articles.", "Please summarize all of my articles", "sum up everything"],
        *["Give me a quick overview", "Can you give me a summary of the news?", "headlines please"],
        *["What are these articles about?", "What do the articles say?", "what's in the news"],
    ],
)
def test_the_newest_is_asked_for(question: str) -> None:
    assert asked(question) == NEWEST


@pytest.mark.parametrize(
    "question",
    ["What is new about the plan?", "Who wrote the news?", "What's the summary of the report?"],
)
def test_a_question_that_has_a_topic_does_not_ask_for_whatever_is_new(question: str) -> None:
    assert asked(question) != NEWEST


def test_names_and_topic_are_compared_without_function_words() -> None:
    found = asked("What did the mayor of Port Ellis say about the dams?")
    assert found.names == asked("What did Port Ellis’ mayor say?").names
    assert found.topic == {"dam"}


PIECES = [
    *["Who", "what", "Whom", "which", "whose", "how many", "did", "is", "was", "has", "Didn’t"],
    *["Venn", "the", "mayor’s", "anyone", "said", "denied", "accused", "been", "by", "of", "about"],
    *["according to", "Tell me", "it true that", "in favour of", "against", "reaction", "in", "?"],
    *[",", ".", "’s", "\u00a0", "\u2028", "\ud800", "語", "promises", "made", "the first to"],
]


@given(st.one_of(st.text(), st.lists(st.sampled_from(PIECES), max_size=12).map(" ".join)))
@example("according to ,")
@example("Who has been")
@example("Who at the")
@example("which of the")
def test_any_text_is_taken_apart(question: str) -> None:
    found = asked(question)
    assert found.act in load_acts() or found.act == ""
    assert found.wanted or not found.act
    assert found.speaker in " ".join(question.split())
