"""Accusations and claims beside the denials of the same; what the network would find is given."""

from pathlib import Path

import pytest

from assistant.disputes import Dispute
from assistant.pipeline import Assistant
from conftest import Saying, ScriptedTagger
from index.article import Article
from index.library import Library

ACCUSED = "Prime Minister Nikol Rovan accused Vardia of stealing grain from the silos at Orm."
CHARGE = Saying(ACCUSED, "Nikol Rovan", "accused", "Vardia of stealing grain from the silos at Orm")
ROAKE = "Daniel Roake accused the Karsovian government of “an act of madness”, citing the dam."
MADNESS = Saying(
    ROAKE, "Daniel Roake", "accused", "the Karsovian government of “an act of madness”"
)
CLAIMED = "Elmaria said that Karsovia had opened the dam at night."
CLAIM = Saying(CLAIMED, "Elmaria", "said", "that Karsovia had opened the dam at night")


def sides(folder: Path, *articles: tuple[str, ...], sayings: tuple[Saying, ...]) -> list[Dispute]:
    """The disputes of some articles, each given by its sentences."""
    with Library(folder / "library", tagger=ScriptedTagger(*sayings)) as library:
        library.add(*(Article(" ".join(text), source=text[0]) for text in articles))
        return list(Assistant(library).disputes())


def told(found: list[Dispute]) -> list[tuple[str, list[str], list[str]]]:
    return [
        (d.matter, [one.speaker for one in d.accusations], [one.speaker for one in d.denials])
        for d in found
    ]


def denial(source: str, cue: str, content: str, speaker: str = "", role: str = "") -> Saying:
    return Saying(f"{source} {cue} {content}.", source, cue, content, speaker, role)


# --- Accusations --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cue", "content"),
    [
        *[("denied", "the accusation"), ("denied", "it"), ("rejected", "the charges")],
        *[("denied", "any wrongdoing"), ("dismissed", "these allegations as baseless")],
        *[("said", "“We reject these accusations in full”"), ("denied", "all of it")],
    ],
)
def test_who_is_accused_answers_by_denying_whatever_was_said(
    tmp_path: Path, cue: str, content: str
) -> None:
    answer = denial("Vardia", cue, content)
    [dispute] = sides(tmp_path, (ACCUSED, answer.place), sayings=(CHARGE, answer))
    assert [one.speaker for one in dispute.denials] == ["Vardia"]


def test_a_whole_denial_may_begin_a_long_quotation(tmp_path: Path) -> None:
    quoted = "“We reject these accusations in full. The gates were opened because of the rain.”"
    answer = denial("Tomas Arnel", "said", quoted, role="envoy of Vardia")
    [dispute] = sides(tmp_path, (ACCUSED, answer.place), sayings=(CHARGE, answer))
    assert [one.speaker for one in dispute.denials] == ["Tomas Arnel"]


@pytest.mark.parametrize(
    ("source", "content"),
    [
        ("Elmaria", "the accusation"),  # is not accused
        ("Vardia", "an attack on the harbour"),  # denies something else
        ("Vardia", "accusations of blocking the harbour"),
    ],
)
def test_a_denial_of_another_or_by_another_is_no_answer(
    tmp_path: Path, source: str, content: str
) -> None:
    answer = denial(source, "denied", content)
    dispute = sides(tmp_path, (ACCUSED, answer.place), sayings=(CHARGE, answer))[0]
    assert dispute.denials == ()


def test_a_whole_denial_in_another_article_may_be_of_anything(tmp_path: Path) -> None:
    answer = denial("Vardia", "denied", "the accusation")
    [dispute] = sides(tmp_path, (ACCUSED,), (answer.place,), sayings=(CHARGE, answer))
    assert dispute.denials == ()


def test_a_country_answers_for_its_government(tmp_path: Path) -> None:
    whole = denial("The foreign ministry", "rejected", "the accusation", "", "Karsovia's ministry")
    told_of = denial("Karsovia", "denied", "opening the dam")
    place = (ROAKE, whole.place, told_of.place)
    [dispute] = sides(tmp_path, place, sayings=(MADNESS, whole, told_of))
    assert [one.speaker for one in dispute.denials] == ["The foreign ministry", "Karsovia"]


def test_another_government_does_not(tmp_path: Path) -> None:
    answer = denial("the Elmarian government", "rejected", "the accusation")
    [dispute] = sides(tmp_path, (ROAKE, answer.place), sayings=(MADNESS, answer))
    assert dispute.denials == ()


def test_who_is_blamed_without_a_charge_answers_by_what_is_blamed(tmp_path: Path) -> None:
    text = "Bram Okker blamed a powder made by Fennaby Foods, one of her sponsors."
    blame = Saying(text, "Bram Okker", "blamed", text[18:-1])
    answer = denial("Fennaby", "rejected", "the allegation that its powder was to blame")
    [dispute] = sides(tmp_path, (text, answer.place), sayings=(blame, answer))
    assert dispute.matter == "a powder made by Fennaby Foods, one of her sponsors"
    assert [one.speaker for one in dispute.denials] == ["Fennaby"]


@pytest.mark.parametrize(
    ("accuser", "denier"), [("he", "The foreign ministry"), ("it", "the United States")]
)
def test_a_pronoun_is_nobody_in_particular(tmp_path: Path, accuser: str, denier: str) -> None:
    text = f"In Orm {accuser} accused the police of theft of grain."
    charge = Saying(text, accuser, "accused", "the police of theft of grain")
    answer = denial(denier, "denied", "the theft of grain")
    [dispute] = sides(tmp_path, (text, answer.place), sayings=(charge, answer))
    assert [one.speaker for one in dispute.denials] == [denier]


# --- Claims -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content", ["it", "the claim", "opening the dam", "that it opened the dam"]
)
def test_a_claim_stands_beside_its_denial(tmp_path: Path, content: str) -> None:
    answer = denial("Karsovia", "denied", content)
    [(_, claimed, denied)] = told(sides(tmp_path, (CLAIMED, answer.place), sayings=(CLAIM, answer)))
    assert (claimed, denied) == (["Elmaria"], ["Karsovia"])


def test_what_was_denied_is_headed_by_the_claim_where_it_is_but_it(tmp_path: Path) -> None:
    answer = denial("Karsovia", "denied", "it")
    [dispute] = sides(tmp_path, (CLAIMED, answer.place), sayings=(CLAIM, answer))
    assert dispute.matter == "Karsovia had opened the dam at night"


def test_a_claim_in_another_article_counts_too(tmp_path: Path) -> None:
    answer = denial("Karsovia", "denied", "opening the dam")
    [dispute] = sides(tmp_path, (CLAIMED,), (answer.place,), sayings=(CLAIM, answer))
    assert [one.speaker for one in dispute.accusations] == ["Elmaria"]


@pytest.mark.parametrize(
    ("source", "content"),
    [
        ("Karsovia", "that the dam was opened at night"),  # the denier's own words
        ("It", "that the dam was opened at night"),  # may be the denier
        ("Elmaria", "that nobody opened the dam"),  # says the same as the denial
        ("Elmaria", "that the dam was old"),
    ],
)
def test_what_is_no_claim_of_another_is_not_set_against_a_denial(
    tmp_path: Path, source: str, content: str
) -> None:
    text = f"{source} said {content}."
    saying = Saying(text, source, "said", content)
    answer = denial("Karsovia", "denied", "opening the dam")
    [dispute] = sides(tmp_path, (text, answer.place), sayings=(saying, answer))
    assert told([dispute]) == [("opening the dam", [], ["Karsovia"])]


def test_what_nobody_claims_stands_last_and_rejected_offers_nowhere(tmp_path: Path) -> None:
    answers = (
        denial("Lenz", "denied", "knowing the pilot"),
        denial("The union", "rejected", "the offer"),
        denial("Ida Holt", "denied", "it"),
    )
    text = (*(one.place for one in answers), ACCUSED, "And then, at last:", CLAIMED)
    counter = denial("Karsovia", "denied", "opening the dam")
    found = sides(tmp_path, (*text, counter.place), sayings=(*answers, CHARGE, CLAIM, counter))
    assert told(found) == [
        ("opening the dam", ["Elmaria"], ["Karsovia"]),
        ("stealing grain from the silos at Orm", ["Nikol Rovan"], []),
        ("knowing the pilot", [], ["Lenz"]),
    ]


def test_two_denials_of_one_thing_are_one_dispute(tmp_path: Path) -> None:
    answers = (
        denial("Lenz", "denied", "selling the harbour"),
        denial("Ida Holt", "denied", "selling the harbour of Orm"),
    )
    found = sides(tmp_path, tuple(one.place for one in answers), sayings=answers)
    assert told(found) == [("selling the harbour", [], ["Lenz", "Ida Holt"])]
