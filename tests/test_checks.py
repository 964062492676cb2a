"""Checks: the act that a question names is reported, by the one it is asked of."""

import pytest

from assistant.checks import Checks, load_acts
from assistant.pipeline import Assistant
from index.article import Article

ACCUSED = "Prime Minister Nikol Rovan accused the state of Vardia of theft."


@pytest.mark.parametrize(
    ("question", "sentence", "passes"),
    [
        ("Who denied the theft?", ACCUSED, False),
        ("Who denied the theft?", "Vardia rejected the accusation.", True),
        ("Who denied the theft?", '"We can’t accept that," the envoy said.', True),
        ("What did Rovan deny?", "Vardia denied the theft.", False),
        ("What did Rovan deny?", "He denied the theft.", True),
        ("What did Rovan say about Vardia?", ACCUSED, True),
        ("What did Lenz say about Vardia?", ACCUSED, False),
        ("Who confirmed the theft?", "Vardia denied the theft.", False),
        ("Who admitted the theft?", ACCUSED, False),
        ("Did Vardia confirm the theft?", "Vardia denied the theft.", True),
        ("Did Vardia apologise?", "Vardia declined to comment.", True),
        ("Who apologised?", "Vardia declined to comment.", False),
        ("How much was stolen?", "About 40 tons were missing.", True),
        ("", "Anything.", True),
    ],
)
def test_a_sentence_has_to_report_what_is_asked(question: str, sentence: str, passes: bool) -> None:
    assert Checks.of(question).pass_for(sentence, quoted=False) is passes


def test_words_of_a_quotation_need_not_name_their_speaker() -> None:
    checks = Checks.of("What did Lenz say about the silos?")
    assert not checks.pass_for("The silos are empty.", quoted=False)
    assert checks.pass_for("The silos are empty.", quoted=True)


def test_every_act_reports_itself() -> None:
    for act in load_acts():
        assert all((word,) in act.reported for word in act.asked), act.name


@pytest.mark.parametrize(
    "question",
    ["What did Rovan deny?", "Did Rovan deny it?", "Who admitted the theft?", "What did Lenz say?"],
)
def test_swapped_speakers_and_verbs_are_refused(
    question: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    article = Article(
        text=f"{ACCUSED}\n\nVardia denied on Monday that 40 tons of grain had been stolen.",
        title="Grain dispute",
    )
    with Assistant.open(tmp_path_factory.mktemp("grain")) as assistant:
        assistant.add(article)
        assert assistant.ask(question).refused
        assert not assistant.ask("Who denied the theft of grain?").refused
        assert not assistant.ask("What did Rovan accuse Vardia of?").refused
