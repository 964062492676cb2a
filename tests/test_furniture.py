"""What is recognised as not prose, and, as important, what is not."""

import pytest

from index.article import Kind
from index.furniture import kinds
from index.sentences import split_sentences

PROSE = "The council of the town met on Monday and talked about the harbour for hours."


def kind_of(line: str, title: str = "") -> Kind:
    """The kind of a line that stands as a paragraph between two paragraphs of prose."""
    return kinds([[PROSE], [line], [PROSE]], title)[1]


@pytest.mark.parametrize(
    "line",
    [
        *["3 min read", "Advertisement", "ADVERTISEMENT", "Live Story", "Share this", "Read more"],
        *["Read more: How the harbour was built", "Related:", "RELATED: Ten harbours to see"],
        *["Follow us on Twitter", "Follow Jane Roe on Twitter @janeroe.", "Share this article"],
        "Sign up for our daily newsletter and never miss a story.",
        *["Published 12:31 GMT", "Updated 5 hours ago", "Last updated: 3 May 2021", "3 May 2021"],
        *[
            "Tuesday, 4 June 2019, 5:30 p.m.",
            "By Jane Roe",
            "By Jane Roe and Al de Groot, Reporters",
        ],
        *["© 2023 The Harbour Post. All rights reserved.", "Copyright 2020 Harbour Media"],
        *["All rights reserved", "***", "___", "(Reporting by Jane Roe; Editing by Al Poe)"],
    ],
)
def test_furniture(line: str) -> None:
    assert kind_of(line) is Kind.FURNITURE


@pytest.mark.parametrize(
    "line",
    [
        "Photo: A fisherman mends his net",
        "Image source, Getty Images",
        "Photo by Jane Roe/Getty Images",
        "AP Photo/Jane Roe",
        "Jane Roe, head of the harbour, said: 'We cannot wait' [JANE ROE/AFP/Getty]",
        "The harbour in May. It was full. (Jane Roe/Reuters)",
    ],
)
def test_captions(line: str) -> None:
    assert kind_of(line) is Kind.CAPTION


@pytest.mark.parametrize("line", ["'Fair price' talks", "Harbour talks", "Why the Harbour Matters"])
def test_headings(line: str) -> None:
    assert kind_of(line) is Kind.HEADING


@pytest.mark.parametrize(
    "line",
    [
        *["He denied it.", '"Never," he said.', '"Never"', "Never!", "- 12 killed in Aleppo"],
        *["12 killed in Aleppo", "The mayor has resigned", "Jane Roe writes:", "Why not?"],
        "Updated figures show 3 dead in flood",
        "Published figures show that 3 May marches were banned.",
        "By Friday the army had left",
        "By Monday Paris Was Empty",
        "Photos by Greenpeace showed the spill.",
        "Photos of the harbour were shown in court.",
        "Share prices fell.",
        "Follow the money, she said.",
        "Follow-up talks on Facebook failed.",
        "Read more books, the minister told pupils.",
        "Related costs rose by half.",
        "Most read the news on their phones.",
        "Sign up for the army, he told them.",
        "The agency said it was over. (Reuters)",
        "Most voters are for it (AP/Ipsos poll).",
        "The firm posted a loss of 3 million (see table).",
        "Image is all, Roe said.",
        "CLEVELAND, July 19 (UPI) — Former mayor Jane Roe left.",
        "Переговоры о гавани",
        "港の会談",
        "@janeroe",
    ],
)
def test_in_doubt_it_is_prose(line: str) -> None:
    assert kind_of(line) is Kind.PROSE


def test_the_title_is_a_heading_however_it_is_punctuated() -> None:
    title = "Mayor: ‘No harbour’ before May"
    blocks = [["Mayor: 'No harbour' before May."], [title, "| Harbour Post"], [PROSE]]
    assert kinds(blocks, title)[:2] == [Kind.HEADING, Kind.HEADING]
    assert kind_of("MAYOR: “NO HARBOUR” BEFORE MAY", title) is Kind.HEADING


def test_title_and_subtitle_on_two_lines_are_headings() -> None:
    title = "Town waits for its harbour; Mayor says that May is too early"
    blocks = [["Town waits for its harbour;", "Mayor says that May is too early."], [PROSE]]
    assert kinds(blocks, title) == [Kind.HEADING, Kind.HEADING, Kind.PROSE]


def test_prose_that_uses_the_words_of_the_title_stays_prose() -> None:
    line = "The mayor denied on Monday that the harbour would close in May."
    assert kind_of(line, "Mayor denies that harbour will close in May") is Kind.PROSE


def test_a_section_label_next_to_furniture_is_furniture() -> None:
    assert kinds([[PROSE], ["World", "Live Story"], [PROSE]])[1:3] == [Kind.FURNITURE] * 2


def test_a_list_is_not_a_row_of_headings() -> None:
    blocks = [[PROSE], ["Jane Roe, 62", "Al Poe, 41"], [PROSE]]
    assert set(kinds(blocks)) == {Kind.PROSE}


@pytest.mark.parametrize("title", ["", "Harbour opens at last"])
def test_a_text_of_headings_only_is_prose_but_for_exact_furniture(title: str) -> None:
    blocks = [["Harbour opens at last"], ["Advertisement"]]
    assert kinds(blocks, title) == [Kind.PROSE, Kind.FURNITURE]


def test_every_sentence_of_a_caption_is_a_caption() -> None:
    text = f"{PROSE}\n\nThe harbour in May. It was full. [Jane Roe/AFP]\n\n{PROSE}"
    found = [sentence.kind for sentence in split_sentences(text)]
    assert found == [Kind.PROSE, Kind.CAPTION, Kind.CAPTION, Kind.PROSE]


def test_lines_are_paragraphs_in_a_text_without_blank_lines() -> None:
    text = f"{PROSE}\nHarbour talks\n{PROSE}"
    assert [s.kind for s in split_sentences(text)] == [Kind.PROSE, Kind.HEADING, Kind.PROSE]
