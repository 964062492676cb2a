"""Who a source is; attributions are given by marks in the text, only their speakers are found."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.article import Span
from index.attribution import Relation
from index.sentences import split_sentences
from index.speakers import FEATURES, Speaker, Speakers, load_model

MARK = re.compile(r"(?P<open>[\[<{])(?P<number>\d)|[\]>}]")


def marked(text: str) -> tuple[str, list[Relation]]:
    """A text and its attributions, from "[0Ada Venn] <0said> {0it was over}"; marks may nest."""
    plain = ""
    at = 0
    opened: list[tuple[str, int, int]] = []
    spans: dict[tuple[str, int], list[Span]] = {}
    for mark in MARK.finditer(text):
        plain += text[at : mark.start()]
        at = mark.end()
        if mark["open"]:
            opened.append((mark["open"], int(mark["number"]), len(plain)))
        else:
            kind, number, start = opened.pop()
            spans.setdefault((kind, number), []).append((start, len(plain)))
    plain += text[at:]
    numbers = sorted(number for kind, number in spans if kind == "<")
    relations = [
        Relation(tuple(spans.get(("[", n), ())), spans["<", n][0], tuple(spans.get(("{", n), ())))
        for n in numbers
    ]
    return plain, relations


def speakers(text: str) -> list[Speaker]:
    """The speakers of a marked text, in the order of their numbers."""
    plain, relations = marked(text)
    found = Speakers(plain, split_sentences(plain), relations)
    return [found.of(number) for number in range(len(relations))]


def names(text: str) -> list[str]:
    return [speaker.name for speaker in speakers(text)]


def places(text: str) -> list[str]:
    """What stands where the speakers are named."""
    plain, _ = marked(text)
    return [plain[slice(*speaker.span)] for speaker in speakers(text) if speaker.span]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("[0Ada Venn] <0said> {0the bridge was safe}. [1Venn] <1denied> {1any fault}.", "Ada Venn"),
        ("[0Ada Venn] <0said> {0so}. “{1It is safe},” [1Ms Venn] <1added>.", "Ada Venn"),
        ("[0Ada Venn] <0said> {0so}. [1Mayor Venn] <1denied> {1any fault}.", "Ada Venn"),
        ("The mayor met Ada Venn. [0The council] <0agreed>. [1Venn] <1left>.", "Ada Venn"),
    ],
)
def test_a_surname_gets_the_fullest_name_of_the_article(text: str, wanted: str) -> None:
    assert names(text)[1] == wanted


@pytest.mark.parametrize(
    ("text", "name", "role"),
    [
        ("[0Mayor Ada Venn] <0said> {0so}.", "Ada Venn", "Mayor"),
        ("[0Ada Venn, the mayor of Port Ellis,] <0said> {0so}.", "Ada Venn", "mayor of Port Ellis"),
        ("[0Foreign Minister Rurik Sandal] <0said> {0so}.", "Rurik Sandal", None),
        ("[0Venn] <0said> {0so}.", "Venn", ""),
        ("Yesterday [0the ministry’s spokesman Ivo Orlo] <0said> {0so}.", "Ivo Orlo", None),
    ],
)
def test_a_title_or_apposition_is_the_role_and_no_part_of_the_name(
    text: str, name: str, role: str | None
) -> None:
    (speaker,) = speakers(text)
    assert speaker.name == name
    assert role is None or speaker.role == role


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("A claim by 830 patients, [0who] <0accuse> {0the hospital of neglect}.", "830 patients"),
        ("The mothers of two miners, [0who] <0deny> {0it}, left.", "The mothers of two miners"),
        ("The man told farmers, [0who] <0denied> {0it}.", "who"),
        ("In London, [0which] <0said> {0so}.", "which"),
    ],
)
def test_who_after_a_comma_is_who_stands_before_it(text: str, wanted: str) -> None:
    assert names(text) == [wanted]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            "[0Peter Orlo] <0said> {0the bridge was safe}. [1He] <1denied> {1any fault}.",
            "Peter Orlo",
        ),
        (
            "[0Mary Venn] <0said> {0the bridge was safe}. [1She] <1denied> {1any fault}.",
            "Mary Venn",
        ),
        (
            "[0Mary Venn] <0met the press and said> {0it was safe}. Peter Orlo did not attend. "
            "“{1We checked it},” [1she] <1added>.",
            "Mary Venn",
        ),
    ],
)
def test_a_pronoun_is_who_spoke_before(text: str, wanted: str) -> None:
    assert names(text)[1] == wanted


def test_a_pronoun_is_nobody_of_the_other_gender() -> None:
    text = "[0Mary Venn] <0said> {0the bridge was safe}. [1He] <1denied> {1any fault}."
    assert names(text)[1] == "He"


def test_a_pronoun_with_two_likely_names_is_one_of_them_or_stays_as_it_is() -> None:
    text = "Mary Venn met Anna Sandal at the bridge. [0She] <0said> {0it was safe}."
    (speaker,) = speakers(text)
    assert speaker.name in ("Mary Venn", "Anna Sandal", "She")
    assert speaker.name != "She" or places(text) == ["She"]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Ada Venn left. [0Venn’s lawyer] <0denied> {0any fault}.", "Venn’s lawyer"),
        ("Ada Venn left. [0Venn's lawyer] <0denied> {0any fault}.", "Venn's lawyer"),
        ("Mayor Ada Venn left. [0The mayor’s lawyer] <0denied> {0it}.", "The mayor’s lawyer"),
        ("Ada Venn left. [0An aide to Ada Venn] <0denied> {0it}.", "An aide to Ada Venn"),
        ("Ada Venn left. [0A spokesman for Venn] <0denied> {0it}.", "A spokesman for Venn"),
        ("Ada Venn left. [0Venn supporters] <0denied> {0it}.", "Venn supporters"),
    ],
)
def test_who_belongs_to_somebody_is_not_that_person(text: str, wanted: str) -> None:
    assert names(text) == [wanted]
    assert places(text) == [wanted]


def test_a_named_aide_is_the_aide() -> None:
    text = "Ada Venn left. [0Venn’s lawyer, Peter Orlo,] <0denied> {0any fault}."
    assert names(text) == ["Peter Orlo"]
    assert places(text) == ["Peter Orlo"]


def test_two_who_speak_together_are_one_source() -> None:
    text = "[0Ada Venn and Peter Orlo] <0said> {0the bridge was safe}. [1They] <1left>."
    assert names(text) == ["Ada Venn and Peter Orlo"] * 2
    assert places(text) == ["Ada Venn and Peter Orlo"] * 2


@pytest.mark.parametrize("first", ["I", "We", "My"])
def test_i_inside_a_quotation_is_its_speaker(first: str) -> None:
    text = f"“{{0[1{first}] <1believe> {{1it is safe}}}},” [0Ada Venn] <0said>."
    assert names(text) == ["Ada Venn", "Ada Venn"]


def test_i_of_an_unknown_quotation_stays_i() -> None:
    assert names("“[0I] <0believe> {0it is safe}.”") == ["I"]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Peter Orlo, an adviser to the king, came. [0The adviser] <0denied> {0it}.", "Peter Orlo"),
        ("Peter Orlo, an advisor, came. [0The adviser] <0denied> {0it}.", "Peter Orlo"),
        ("Mayor Rurik Venn came. Peter Orlo too. [0The mayor] <0denied> {0it}.", "Rurik Venn"),
        ("The Foreign Ministry was shut. [0The ministry] <0denied> {0it}.", "Foreign Ministry"),
        # Two of them: the text does not say which.
        ("Mayor Rurik Venn and Mayor Ivo Orlo met. [0The mayor] <0denied> {0it}.", "The mayor"),
        # Nobody so far; who is called so later is not meant.
        ("[0The adviser] <0denied> {0it}. Peter Orlo, an adviser, came.", "The adviser"),
        ("Mayor Rurik Venn came. [0The mayors] <0denied> {0it}.", "The mayors"),
    ],
)
def test_a_role_is_the_one_who_has_it(text: str, wanted: str) -> None:
    assert names(text) == [wanted]


@pytest.mark.parametrize(
    ("text", "wanted", "role"),
    [
        # Who is spoken of, and spoke last, though nothing calls them so.
        (
            "[0Rurik Venn] <0said> on Monday that {0the mine would stay open}. "
            "Venn, who turns 60 in May, told reporters so in Halder. "
            "[1The politician] <1added> that {1nobody would lose a job}.",
            "Rurik Venn",
            "The politician",
        ),
        (
            "A judge in Drenn wrote to Rurik Venn. [0The judge] <0denied> {0it}.",
            "A judge in Drenn",
            "The judge",
        ),
        ("A man in a hat met Rurik Venn. [0The man] <0denied> {0it}.", "The man", ""),
        ("[0The crowd] <0cheered> {0Rurik Venn}.", "The crowd", ""),
        (
            "A Northline/Courier poll came out. [0The poll] <0found> {0that Venn leads}.",
            "A Northline/Courier poll",
            "The poll",
        ),
        ("A poll came out. [0The poll] <0found> {0that Venn leads}.", "The poll", ""),
        # By another word for the same.
        (
            "A new Northline poll came out. [0The survey] <0found> {0that Venn leads}.",
            "A new Northline poll",
            "The survey",
        ),
        ("A new Northline poll came out. [0The law] <0found> {0that he led}.", "The law", ""),
        (
            "An article by the website Courier came out. [0The story] <0told> {0of a leak}.",
            "An article by the website Courier",
            "The story",
        ),
        # Several who have no name.
        (
            "It was told by several people close to the talks. [0Those people] <0denied> {0it}.",
            "several people close to the talks",
            "Those people",
        ),
        ("A summit of 27 leaders began. [0The leaders] <0denied> {0it}.", "The leaders", ""),
        ("Officials spoke. [0The officials] <0denied> {0it}.", "The officials", ""),
        ("The officials came in. [0The officials] <0denied> {0it}.", "The officials", ""),
        (
            "Rurik Venn spoke. Venn’s campaign paid. Venn left; [0his campaign] <0denied> {0it}.",
            "Venn’s campaign",
            "his campaign",
        ),
        ("Rurik Venn spoke. Venn left, and [0his campaign] <0denied> {0it}.", "his campaign", ""),
        ("Rurik Venn spoke to a spokesman. [0His spokesman] <0denied> {0it}.", "His spokesman", ""),
        # Nobody else is called a minister, whoever spoke last.
        (
            "Minister Ada Venn came. Peter Orlo was there. [0Orlo] <0said> {0the line was dead}. "
            "[1The minister] <1replied> that {1it was not}.",
            "Ada Venn",
            "The minister",
        ),
    ],
)
def test_a_role_nobody_is_called_by(text: str, wanted: str, role: str) -> None:
    found = speakers(text)[-1]
    assert (found.name, found.role) == (wanted, role)
    assert places(text)[-1] in (wanted, wanted.split()[-1])


def test_a_role_tells_who_and_where_that_is_named() -> None:
    text = "Peter Orlo, an adviser, came. Orlo sat down. [0The adviser] <0denied> {0it}."
    assert speakers(text) == [Speaker("Peter Orlo", (0, 10), "The adviser")]


@pytest.mark.parametrize(
    "mention", ["He", "They", "It", "The driver", "Officials", "Who", "Several people in the room"]
)
def test_what_nothing_tells_stays_what_the_text_says(mention: str) -> None:
    text = f"The bridge was closed at noon. [0{mention}] <0said> {{0it was safe}}."
    assert names(text) == [mention]
    assert places(text) == [mention]


def test_a_source_of_more_lines_is_told_in_one() -> None:
    assert names("[0The driver\nof the bus] <0said> {0it was safe}.") == ["The driver of the bus"]


def test_no_source_is_nobody() -> None:
    assert speakers("“{0It is safe},” it was <0said>.") == [Speaker()]


def test_a_body_that_spoke_is_it() -> None:
    text = "[0The Foreign Ministry] <0said> {0so}. [1It] <1denied> {1any fault}."
    assert names(text) == ["Foreign Ministry"] * 2


def test_a_speaker_is_placed_where_it_is_named_before() -> None:
    text = "Peter Orlo came. [0Orlo] <0said> {0so}. [1He] <1denied> {1it}."
    assert names(text) == ["Peter Orlo"] * 2
    assert places(text) == ["Orlo", "Peter Orlo"]


def test_the_shipped_model_has_a_weight_for_every_feature() -> None:
    weights, _, least = load_model()
    assert len(weights) == len(FEATURES)
    assert 0.0 < least < 1.0


PIECES = [
    *["Ada Venn", "Venn", "Peter Orlo", "Mayor", "Ms", "St.", "Ministry", "Port Ellis", "ÉMILE"],
    *["he", "She", "it", "they", "I", "who", "his", "The adviser", "the mayor’s lawyer"],
    *[" said", " denied", " and ", " of ", ", ", ". ", "? ", "“", "”", '"', "'", "’s", "\n\n"],
    *[
        "\u00a0",
        "\u2028",
        "\u200b",
        "\u0301",
        "ß",
        "語",
        "\U0001f600",
        "\ud800",
        "(",
        "[",
        "\\",
        "*",
    ],
]


@st.composite
def articles(draw: st.DrawFn) -> tuple[str, list[Relation]]:
    """A text of such pieces, and attributions whose spans are runs of its pieces."""
    pieces = draw(st.lists(st.sampled_from(PIECES), min_size=1, max_size=40))
    starts = [0]
    for piece in pieces:
        starts.append(starts[-1] + len(piece))
    text = "".join(pieces)

    def run(longest: int) -> Span:
        first = draw(st.integers(0, len(pieces) - 1))
        last = draw(st.integers(first + 1, min(len(pieces), first + longest)))
        return starts[first], starts[last]

    relations = []
    for _ in range(draw(st.integers(0, 6))):
        source = run(4)
        # The network never marks a source of spaces alone.
        sources = (source,) if draw(st.booleans()) and text[slice(*source)].strip() else ()
        relations.append(Relation(sources, run(1), (run(20),) if draw(st.booleans()) else ()))
    return text, relations


@given(articles())
def test_any_text_has_speakers_that_lie_in_it(article: tuple[str, list[Relation]]) -> None:
    text, relations = article
    found = Speakers(text, split_sentences(text), relations)
    for number, relation in enumerate(relations):
        speaker = found.of(number)
        assert bool(speaker.name) or not relation.source
        if speaker.span:
            start, stop = speaker.span
            assert 0 <= start < stop <= len(text)
            assert speaker.name.split()[-1].strip("’'s") in text
    for mention in found.mentions:
        assert text[mention.start : mention.stop] == mention.text
    for entity in found.entities:
        assert text[slice(*entity.span)] == entity.name
