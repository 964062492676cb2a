"""Names in a text, whose they are, and where they stand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.names import (
    Entity,
    Mention,
    described,
    find_names,
    gender,
    is_person,
    roles_after,
    whole_name,
)
from index.sentences import split_sentences


def found(text: str) -> tuple[list[Entity], list[Mention]]:
    return find_names(text, split_sentences(text))


def named(text: str) -> list[str]:
    """The people and bodies of a text, by their fullest names."""
    return [entity.name for entity in found(text)[0]]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            "On Monday Ada Venn met Peter Orlo in Port Ellis.",
            ["Ada Venn", "Peter Orlo", "Port Ellis"],
        ),
        ("Yesterday the Foreign Ministry was shut.", ["Foreign Ministry"]),
        ("They saw Rurik van Sandal there.", ["Rurik van Sandal"]),
        ("They saw Ada F. Venn there.", ["Ada F. Venn"]),
        ("They saw J.B. Venn there.", ["J.B. Venn"]),
        ("They saw Ada Venn-Orlo there.", ["Ada Venn-Orlo"]),
        ("They read The Coast Courier’s Ada Venn.", ["Coast Courier", "Ada Venn"]),
        ("They went to St. Brannoc by boat.", ["St. Brannoc"]),
        ("The bridge was closed. Nobody came. It rained.", []),
        ("On Monday and in July they met.", []),
        ("", []),
    ],
)
def test_names_are_runs_of_capitals_that_do_not_just_begin_a_sentence(
    text: str, wanted: list[str]
) -> None:
    assert named(text) == wanted


@pytest.mark.parametrize(
    ("text", "name", "title"),
    [
        ("They met Mayor Rurik Sandal.", "Rurik Sandal", "Mayor"),
        ("They met Mr. Sandal.", "Sandal", "Mr."),
        ("They met Port Ellis Gov. Rurik Sandal.", "Rurik Sandal", "Gov."),
        ("They met Secretary of State Sandal.", "Sandal", "Secretary"),
        ("They met County Recorder Ada Venn.", "Ada Venn", ""),
    ],
)
def test_titles_are_no_part_of_a_name(text: str, name: str, title: str) -> None:
    _, mentions = found(text)
    assert (mentions[-1].text, mentions[-1].title) == (name, title)


@pytest.mark.parametrize(
    "text",
    [
        "On Monday Ada Venn came. Later Venn left.",
        "On Monday Venn came. Later Ada Venn left.",
        "On Monday Ada Venn came. Later Ms. Venn left.",
        "On Monday Ada F. Venn came. Later Ada Venn left.",
        "On Monday Ada Venn came. Later Ada left.",
        "On Monday Venn came. Besides Venn nobody left.",
        "On Monday Ada Venn came. Venn’s car was stolen.",
    ],
)
def test_a_part_of_a_name_is_the_same_person(text: str) -> None:
    entities, mentions = found(text)
    assert len(entities) == 1
    assert [mention.entity for mention in mentions] == [0, 0]
    assert entities[0].name == text[slice(*entities[0].span)]
    assert entities[0].name == max((m.text for m in mentions), key=len)


def test_of_two_with_one_surname_the_title_tells_whose_it_is() -> None:
    text = "They met Peter Venn and Mary Venn. Later Mrs. Venn spoke, and Mr. Venn left."
    entities, mentions = found(text)
    assert [entities[m.entity].name for m in mentions] == [
        *["Peter Venn", "Mary Venn", "Mary Venn", "Peter Venn"]
    ]


@pytest.mark.parametrize(
    ("text", "male"),
    [
        ("They met Peter Venn.", True),
        ("They met Mary Venn.", False),
        ("They met Mr. Venn.", True),
        ("They met spokeswoman Rurik Venn. Spokeswoman Venn left.", False),
        ("They met Rurik Venn.", None),
        ("They met Kim Venn.", None),
        ("They met Venn.", None),
    ],
)
def test_a_first_name_or_title_tells_he_from_she(text: str, male: bool | None) -> None:
    assert gender(found(text)[0][0]) is male


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("They met Mary Venn.", True),
        ("They met Mayor Sandal.", True),
        ("They met Kim Venn.", True),
        ("They met Rurik Sandal. Later Sandal left.", True),
        ("Then Sandal said so. Later Sandal left, and Sandal said no.", True),
        ("They met Rurik Sandal.", False),  # nothing tells: it might be a place
        ("They joined the Mary Venn Foundation.", False),
        ("They sued Sandal Terminals. Later Sandal left.", False),
        ("They sued Vell Sandal, which left. Later Sandal paid.", False),
        ("They live in Rurik Sandal. In Sandal it rained.", False),
        ("They went to North Korea.", False),
        ("They joined NATO.", False),
    ],
)
def test_who_is_a_person_as_far_as_the_article_tells(text: str, wanted: bool) -> None:
    assert is_person(found(text)[0][0], text, []) is wanted


def test_who_speaks_under_a_whole_name_is_a_person() -> None:
    text = "Then Rurik Sandal, the mayor, said so."
    (entity,) = found(text)[0]
    assert not is_person(entity, text, [])
    assert is_person(entity, text, [(5, 28)])


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("They met Ada Venn, diplomatic advisor to the king.", {"adviser"}),
        ("They met Ada Venn, the chairwoman of the board.", {"chairman"}),
        ("They met Ada Venn, who is a lawyer.", {"lawyer"}),
        ("They met Ada Venn.", set()),
        ("They met Ada Venn and a lawyer.", set()),
    ],
)
def test_an_apposition_tells_the_role(text: str, wanted: set[str]) -> None:
    assert roles_after(text, found(text)[1][0]) == wanted


@pytest.mark.parametrize(
    ("before", "head", "wanted"),
    [
        ("Money went to the Venn campaign. ", "campaign", "Venn campaign"),
        ("They read a report by the Dam Commission. ", "report", "a report by the Dam Commission"),
        ("They saw the Venn campaign and the Orlo campaign. ", "campaign", None),
        ("The campaign began. ", "campaign", None),
        ("Nothing. ", "", None),
        ("Nothing. ", "(", None),
    ],
)
def test_a_thing_is_called_by_the_one_name_it_had(
    before: str, head: str, wanted: str | None
) -> None:
    made = described(before, head)
    assert (made and made[0]) == wanted
    assert made is None or before[slice(*made[1])] == wanted


@given(
    st.lists(
        st.sampled_from(
            [
                *["Ada Venn", "Venn", "Ada", "Mayor", "Mrs.", "State", "Secretary of ", "Ministry"],
                *["Élan", "ǅ", "I", "The", "’s", "'", " ", " ", ". ", "“", ", ", "\n\n", "\u00a0"],
                *["\u2028", "\u0301", "\ud800", "語", "-", "van "],
            ]
        ),
        max_size=40,
    ).map("".join)
)
def test_every_name_stands_where_it_is_said_to(text: str) -> None:
    entities, mentions = found(text)
    for mention in mentions:
        assert text[mention.start : mention.stop] == mention.text
        assert mention in entities[mention.entity].mentions
    for entity in entities:
        assert text[slice(*entity.span)] == entity.name
        assert entity.mentions


@pytest.mark.parametrize(
    ("text", "part", "whole"),
    [
        ("According to Mayor Pia Lindqvist, it closes.", "Mayor", "Mayor Pia Lindqvist"),
        ("It closes, says Sen. Ada T. Venn of Elmaria.", "Ada", "Sen. Ada T. Venn"),
        ("Sen. Ada Venn denied it.", "Venn", "Sen. Ada Venn"),
        ("Yesterday Ada Venn denied it.", "Venn", "Ada Venn"),
        ("Likely Venn denied it.", "Venn", "Venn"),
        ("It was Venn Tuesday who denied it.", "Venn", "Venn"),
        ("She answered on Venn’s Facebook page.", "Venn’s", "Venn’s"),
        ("On Ada Venn’s Facebook page she denied it.", "Ada", "Ada Venn"),
        ("The mayor denied it.", "The mayor", "The mayor"),
        ("Ada", "Ada", "Ada"),
    ],
)
def test_what_is_part_of_a_name_becomes_the_whole_name(text: str, part: str, whole: str) -> None:
    start = text.index(part)
    found = whole_name(text, (start, start + len(part)))
    assert text[slice(*found)] == whole


def test_a_name_does_not_reach_into_what_is_taken() -> None:
    text = "Ada Venn Orlo denied it."
    assert whole_name(text, (0, 3), [(4, 8)]) == (0, 3)
    assert whole_name(text, (9, 13), [(0, 8)]) == (9, 13)


@given(st.text(alphabet="AaVen. ’'s-\n", max_size=40), st.data())
def test_a_whole_name_holds_its_part(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    stop = data.draw(st.integers(start, len(text)))
    found = whole_name(text, (start, stop))
    assert 0 <= found[0] <= start <= stop <= found[1] <= len(text)
