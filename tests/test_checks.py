"""Checks: the act that a question names is reported, by the one it is asked of."""

from pathlib import Path

import pytest

from assistant.checks import Checks
from assistant.pipeline import Assistant
from conftest import Saying, ScriptedTagger
from index.acts import load_acts, occurs
from index.article import Article, Attribution
from index.library import Library

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
        ("What did Lenz deny?", "Lenz neither confirmed nor denied the offer.", False),
        ("What did Lenz confirm?", "Lenz neither confirmed nor denied the offer.", False),
        ("Who confirmed the theft?", "Lenz declined to confirm the theft.", False),
        ("Who denied the theft?", "Lenz didn’t deny the theft, Vardia denied it.", True),
        ("Did Lenz deny the offer?", "Lenz neither confirmed nor denied the offer.", True),
        ("How much was stolen?", "About 40 tons were missing.", True),
        ("What did Rovan promise?", "He denied the theft.", True),
        ("", "Anything.", True),
    ],
)
def test_a_sentence_has_to_report_what_is_asked(question: str, sentence: str, passes: bool) -> None:
    assert Checks.of(question).passes(sentence, quoted=False) is passes


def test_words_of_a_quotation_need_not_name_their_speaker() -> None:
    checks = Checks.of("What did Lenz say about the silos?")
    assert not checks.passes("The silos are empty.", quoted=False)
    assert checks.passes("The silos are empty.", quoted=True)


def said(text: str, source: str, cue: str, content: str, speaker: str = "") -> Attribution:
    """The attribution in a sentence, the speaker of which is named before it."""
    found = Saying(text, source, cue, content, speaker).of(Article(f"{speaker}. {text}"))
    assert found
    return found


HE_DENIED = "He waved the charge away."
HE_NODDED = "She would neither say yes nor no."


@pytest.mark.parametrize(
    ("question", "text", "saying", "passes"),
    [
        # The network knows words that no list has; a cue that is in the list counts as it is.
        ("Who denied the theft?", HE_DENIED, ("He", "waved the charge away", ""), True),
        ("Who denied the theft?", "He called it a tale.", ("He", "called", "it a tale"), False),
        # Whose words they are is known where the sentence has a pronoun.
        ("Did Lenz deny it?", "He denied it.", ("He", "denied", "it", "Sera Lenz"), True),
        ("Did Rovan deny it?", "He denied it.", ("He", "denied", "it", "Sera Lenz"), False),
        ("What did Lenz deny?", "He denied it.", ("He", "denied", "it", "Sera Lenz"), True),
        ("What did Rovan deny?", "He denied it.", ("He", "denied", "it", "Sera Lenz"), False),
        ("What did Rovan deny?", "He denied it.", ("He", "denied", "it"), True),
        # "not" makes no denial of what somebody admits.
        (
            "Who denied it?",
            "He admitted it did not open.",
            ("He", "admitted", "it did not open"),
            False,
        ),
        ("Who denied it?", "He said it did not open.", ("He", "said", "it did not open"), True),
        # A denial promises nothing, nor does it warn.
        ("What did Lenz promise?", "Lenz denied it.", ("Lenz", "denied", "it"), False),
        (
            "What did Lenz promise?",
            "Lenz denied it and vowed to stay.",
            ("Lenz", "denied", "it"),
            True,
        ),
        # That it was not done answers whether it was.
        ("Did he deny it?", "He did not deny it.", ("He", "did not deny", "it"), True),
    ],
)
def test_what_is_known_of_the_attribution_counts(
    question: str, text: str, saying: tuple[str, ...], passes: bool
) -> None:
    attribution = said(text, *saying)
    assert Checks.of(question).passes(text, False, (attribution,)) is passes


@pytest.mark.parametrize(
    ("question", "passes"),
    [
        ("Who accused Livia Torrance?", False),  # she only speaks herself
        ("Who accused the club?", True),
        ("Who praised Torrance?", False),
    ],
)
def test_what_somebody_says_does_not_tell_who_accused_them(question: str, passes: bool) -> None:
    text = "Livia Torrance declined to comment on the fees."
    own = said(text, "Livia Torrance", "declined to comment", "on the fees")
    assert Checks.of(question).passes(text, False, (own,)) is passes


def test_who_tells_of_the_accusation_against_them_may_answer() -> None:
    text = "Livia Torrance said the club had accused her of theft."
    own = said(text, "Livia Torrance", "said", "the club had accused her of theft")
    assert Checks.of("Who accused Livia Torrance?").passes(text, False, (own,))


def test_a_quotation_whose_speaker_is_another_does_not_pass() -> None:
    text = "The silos are empty."
    lenz = said(f"“{text}” she said.", "she", "said", text, speaker="Sera Lenz")
    rovan = said(f"“{text}” he said.", "he", "said", text, speaker="Nikol Rovan")
    checks = Checks.of("What did Lenz say about the silos?")
    assert checks.passes(text, True, (lenz,))
    assert not checks.passes(text, True, (rovan,))
    assert checks.passes(text, True, (rovan, lenz))


ROVAN_SAID = "Rovan said on Monday that Lenz had gone."


@pytest.mark.parametrize(
    ("question", "text", "saying", "passes"),
    [
        ("What did Rovan say?", ROVAN_SAID, ("Rovan", "said", "that Lenz had gone"), True),
        ("What did Lenz say?", ROVAN_SAID, ("Rovan", "said", "that Lenz had gone"), False),
        ("What did Lenz say about Rovan?", ROVAN_SAID, ("Rovan", "said", "that Lenz"), False),
        # An office, or several, may go by another name.
        ("What did Lenz’s lawyer say?", ROVAN_SAID, ("Rovan", "said", "that Lenz had"), True),
        ("What did the mayor say?", "The mayor and Rovan said so.", ("Rovan", "said", "so"), True),
        (
            "Did Vardia deny it?",
            "Vardian police denied it.",
            ("Vardian police", "denied", ""),
            True,
        ),
        ("What did Vardia say?", "The mayor of Vardia said so.", ("The mayor", "said", "so"), True),
        # Whoever is described may be the one; somebody who is known by another name is not.
        ("What did Lenz vow?", "The candidate vowed it.", ("The candidate", "vowed", "it"), True),
        ("How much did Lenz pay?", "Rovan said 10.", ("Rovan", "said", "10"), False),
        (
            "How much did Vardia pay?",
            "Vardians paid 10, Rovan said.",
            ("Rovan", "said", "10"),
            True,
        ),
        # Nobody has to call a senator by the state, a lawyer by the client.
        ("Where did the Vardia senator go?", "Rovan said he went.", ("Rovan", "said", "he"), True),
        ("Where did Lenz’s first wife go?", "Rovan said she went.", ("Rovan", "said", "she"), True),
        ("What did the Lenz campaign pay?", "Rovan said 10.", ("Rovan", "said", "10"), True),
        # A husband's words are not his wife's; who goes by a surname may be either.
        ("What did Ann Venn say?", "Bill Venn said no.", ("Bill Venn", "said", "no"), False),
        ("What did Ann Venn say?", "Ann K. Venn said no.", ("Ann K. Venn", "said", "no"), True),
        ("What did Venn say?", "Bill Venn said no.", ("Bill Venn", "said", "no"), True),
        # What Rovan tells of is that Lenz did it.
        (
            "What did Lenz deny?",
            "Rovan said Lenz had repeatedly denied the theft.",
            ("Rovan", "said", "Lenz had repeatedly denied the theft"),
            True,
        ),
        # Where it was written is not who speaks.
        (
            "Did Elmaria deny it?",
            "HALDER, Elmaria, March 14 (Northline) — Vardia on Saturday denied it.",
            ("Vardia", "denied", "it"),
            False,
        ),
        ("Did Elmaria apologise?", "HALDER, Elmaria (Northline) - Vardia apologised.", (), False),
    ],
)
def test_others_words_do_not_answer_for_whom_they_name(
    question: str, text: str, saying: tuple[str, ...], passes: bool
) -> None:
    sayings = (said(text, *saying),) if saying else ()
    assert Checks.of(question).passes(text, False, sayings) is passes


def test_every_act_reports_itself() -> None:
    for act in load_acts().values():
        assert all(occurs(cue, cue) == 0 for cue in act.cues), act.name
        checks = Checks.of(f"Who {act.past or act.name} it?")
        assert checks.passes(f"Lenz {act.past or act.name} it.", quoted=False), act.name


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
    denied = article.text.splitlines()[-1]
    tagger = ScriptedTagger(
        Saying(ACCUSED, "Nikol Rovan", "accused", "the state of Vardia of theft"),
        Saying(denied, "Vardia", "denied", "that 40 tons of grain had been stolen"),
    )
    with Assistant(Library(tmp_path_factory.mktemp("grain"), tagger=tagger)) as assistant:
        assistant.add(article)
        assert assistant.ask(question).refused
        assert not assistant.ask("Who denied the theft of grain?").refused
        assert not assistant.ask("What did Rovan accuse Vardia of?").refused


def test_who_accused_somebody_is_not_answered_by_their_own_accusation(tmp_path: Path) -> None:
    text = (
        "Prime Minister Nikol Rovan accused Vardia of stealing grain on Monday.\n\n"
        "Vardia denied the accusation of theft and said its trucks were empty."
    )
    with Assistant.open(tmp_path / "library") as assistant:
        assistant.add(Article(text, "Grain dispute"))
        swapped = assistant.ask("Who accused Rovan of stealing grain?")
        right = assistant.ask("Who accused Vardia of stealing grain?")
    assert swapped.refused
    assert "Rovan" in right.short
