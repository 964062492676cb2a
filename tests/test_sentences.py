"""Boundaries, quotations and the laws of `index.sentences`."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from index.article import Kind, Sentence
from index.sentences import LONGEST_SENTENCE, split_sentences

PIECES = [
    *["He left", "the mayor", "Mr", "U.S", "J", "3.5", "20", "September", "said", "No", "p.m"],
    *[". ", ".", "! ", "?", "...", " … ", ". . . ", "。", "؟", "।", ", ", ": ", " — ", "- "],
    *['"', " “", "”", "'", "‘", "’", "«", "» ", "''", "(", ")", "[1]", "[", "]", "{", "`", "``"],
    *[" ", "  ", "\t", "\n", "\n\n", "\r\n", "\u00a0", "\u2028", "\x1c", "\x85", "\u200b"],
    *["Advertisement", "By Jane Doe", "© 2024", "[A/AFP]", "é", "ß", "語", "\U0001f600", "\ud800"],
    "a" * 700,
]
NASTY = st.one_of(
    st.lists(st.sampled_from(PIECES), max_size=40).map("".join),
    st.text(alphabet=st.characters(codec=None), max_size=200),
)


def texts(text: str, title: str = "") -> list[str]:
    return [text[s.start : s.stop] for s in split_sentences(text, title)]


def quoted(text: str) -> list[str]:
    return [text[s.start : s.stop] for s in split_sentences(text) if s.quoted]


def check_laws(text: str, sentences: tuple[Sentence, ...]) -> None:
    assert "".join(text[s.start : s.end] for s in sentences) == text
    at = 0
    for sentence in sentences:
        assert sentence.start == at < sentence.stop <= sentence.end
        assert sentence.stop - sentence.start <= LONGEST_SENTENCE
        rest = text[sentence.stop : sentence.end]
        assert not rest or rest.isspace()
        if sentence.kind is Kind.PROSE:
            assert not text[sentence.start].isspace()
            assert not text[sentence.stop - 1].isspace()
        at = sentence.end
    assert at == len(text)


@given(NASTY, NASTY)
@example("", "")
@example(" \n\t ", "")
@example("\n\n He left. ", "He left")
@example("word " * 600, "")
def test_sentences_tile_the_text(text: str, title: str) -> None:
    sentences = split_sentences(text, title)
    check_laws(text, sentences)
    assert bool(sentences) == bool(text)
    assert sentences == split_sentences(text, title)


@pytest.mark.parametrize("piece", ["x", "a. ", '"'])
def test_a_megabyte_of_one_paragraph(piece: str) -> None:
    text = piece * (1_000_000 // len(piece))
    check_laws(text, split_sentences(text))


@pytest.mark.parametrize(
    "piece",
    [
        *[
            "“",
            "'",
            "''",
            " ",
            "\n",
            "a\n",
            ".",
            ". . ",
            "!",
            "[",
            ". (Aaa ",
            '?" Aaa ',
            "。",
            "A.",
        ],
        *["“We go. We stay.” ", ".[1", "Photo: ", "the grey cat sat on the mat and slept\n", "<a"],
    ],
)
def test_text_that_makes_careless_patterns_hang(piece: str) -> None:
    text = piece * (200_000 // len(piece))
    check_laws(text, split_sentences(text, "A title"))


def test_a_sentence_that_is_too_long_is_cut_after_a_clause() -> None:
    clause = "the council met again, "
    parts = texts(clause * 100)
    assert len(parts) > 1
    assert all(part.endswith("again,") for part in parts)


# One list a case: the sentences, which a space joins. Each must come out as it is here.
SPLITS = [
    # Abbreviations, initials, acronyms
    ["Mr. Ames met Dr. Bell and Gen. Cole.", "Sen. Dow and Lt. Col. Eames stayed away."],
    ["George W. Hill and J. K. Lowe flew to St. Ives.", "They left on Friday."],
    ["The U.S. Senate and the U.N. Security Council met.", "Nobody spoke."],
    ["It happened in the U.S. and in the U.K. too.", "The U.S.", "He was there."],
    ["She runs Acme Corp. and Bolt Inc. from Leeds.", "Acme Inc.", "The firm lost money."],
    ["He lives in Ida, Fla.", "Ames won."],
    ["PORT ROSE, N.H. (AP) — He may win.", "PORT ROSE, N.H. — He may win."],
    ["Bring tools, e.g. Stanley knives, i.e. Blades.", "Smith et al. disagree."],
    # Dates, times, numbers
    ["They met at 3 p.m. Monday.", "It ended at 5 p.m.", "Police came."],
    ["It starts at 9 a.m. Eastern.", "It rained on Jan. 5 and Sept. 9.", "It was wet."],
    ["Der Bau begann am 20. September.", "It ended on June 20.", "September was dry."],
    ["Prices rose 3.5 percent to $4.20.", "He is No. 1 here.", "Is he?", "No.", "He lost."],
    ["1. The first item.", "2. The second item.", "See example.com for more.", "Then wait."],
    # Dots
    ["He paused ... and went on.", "We waited…", "The end came.", "I ... I forgot."],
    ["It is so. . . .", "Honestly, it is.", "America first! ...", "There will be none."],
    # Quotations
    ['"Why?" he asked.', '"Stop!" said the minister.', '"Now?" Jane Roe asked.'],
    ['"Stop!" Jane Roe, the minister, said.', '"Is it?" I asked.'],
    ['"I did not.', 'I would not," he said.'],
    ["“We won.”", "The crowd cheered.", "“Ready?”", "The crowd roared."],
    ["He said: 'No.'", "Then ‘Yes.’", "«Non.»", "Il partit.", "„Nein.“", "Er ging."],
    ["“He told us: ‘Go home.’", "“We went.”", "(It was late.)", "[The end.]"],
    ["Il a dit : « Bonjour ! »", "« Pourquoi ? » demanda Marie."],
    ['"It is bad, [which is] so," he said.', '"[The state] is bad."', "[the state] is not."],
    # What sticks to the sentence before it
    ["It opened in 1999.[12]", "It closed in 2001.[3][4]", "It was over. [Newswire]"],
]


@pytest.mark.parametrize("sentences", SPLITS, ids=lambda sentences: str(sentences[0][:30]))
def test_boundaries_in_news_prose(sentences: list[str]) -> None:
    assert texts(" ".join(sentences)) == sentences


@pytest.mark.parametrize(
    "sentences",
    [
        ["他说了。", "她也说了！", "“真的吗？”", "是的。"],
        ["「行く。」と言った。", "彼は去った。"],
        ["he said.", "The mayor left."],
    ],
)
def test_boundaries_without_a_space(sentences: list[str]) -> None:
    assert texts("".join(sentences)) == sentences


def test_stops_of_other_scripts_end_sentences() -> None:
    assert texts("هل جاء؟ لا. ذهب۔ عاد") == ["هل جاء؟", "لا.", "ذهب۔", "عاد"]
    assert texts("यह है। वह था।") == ["यह है।", "वह था।"]


def test_a_domain_name_is_no_lost_space() -> None:
    assert len(texts("Shares of Bazaar.Com fell.")) == 1


def test_a_newline_ends_a_sentence() -> None:
    assert texts("Storm hits coast\nThe storm came at night") == [
        "Storm hits coast",
        "The storm came at night",
    ]


def test_in_hard_wrapped_text_a_newline_is_a_space() -> None:
    text = (
        "The mayor of the small town on the coast said on Tuesday that she\n"
        "would not sign the contract with the harbour company. The company,\n"
        "which owns three other harbours, did not reply to\n"
        "Greenwich Weekly.\n"
        "The council votes next week, and most of its members have said that\n"
        "they will support her.\n"
    )
    assert [" ".join(sentence.split()) for sentence in texts(text)] == [
        "The mayor of the small town on the coast said on Tuesday that she would not sign the "
        "contract with the harbour company.",
        "The company, which owns three other harbours, did not reply to Greenwich Weekly.",
        "The council votes next week, and most of its members have said that they will support "
        "her.",
    ]


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        (
            '"But it doesn\'t mean that. There was no case. They know," Lind said.',
            ["\"But it doesn't mean that.", "There was no case."],
        ),
        ("“It was a theft, 30 years ago.”", ["“It was a theft, 30 years ago.”"]),
        ("''We won. We did,'' she said. ''Go.''", ["''We won.", "''Go.''"]),
        ("« On a gagné. C'est tout », dit-elle.", ["« On a gagné."]),
        ("„Wir gehen. Alle“, sagte sie.", ["„Wir gehen."]),
        ("'We won. It's the boys' win. We did,' he said.", ["'We won.", "It's the boys' win."]),
        ("“She said ‘Go.’ I went. I did,” he said.", ["“She said ‘Go.’", "I went."]),
        ('He said: "I saw it. I was there."', ['I was there."']),
        # Not quotations
        ("The '90s were good. The states' rights matter. It's over.", []),
        ('The board was 5" wide. It held. He said "no" twice. It broke.', []),
        ("The “old” way is gone. It was bad.", []),
    ],
)
def test_what_stands_wholly_in_a_quotation(text: str, inside: list[str]) -> None:
    assert quoted(text) == inside


def test_a_quotation_over_paragraphs_is_opened_anew_in_each() -> None:
    text = '"The first. The second.\n\n"The third. The fourth," Roe said.\n\nHe left. He did.'
    assert quoted(text) == ['"The first.', "The second.", '"The third.']


def test_a_quotation_that_nobody_closes_ends_with_its_paragraph() -> None:
    text = "Roe said: “We won. We did.\n\nThe firm denied that. It has not replied."
    assert quoted(text) == ["We did."]


def test_white_space_before_the_text_is_no_part_of_its_first_sentence() -> None:
    first, second = split_sentences("\n\n He left.")
    assert (first.start, first.end, first.kind) == (0, 3, Kind.FURNITURE)
    assert (second.start, second.stop, second.kind) == (3, 11, Kind.PROSE)


def test_nothing_but_white_space_is_one_stretch_of_furniture() -> None:
    (only,) = split_sentences(" \n ")
    assert (only.start, only.end, only.kind) == (0, 3, Kind.FURNITURE)
    assert split_sentences("") == ()
