"""What a question mentions, and whether a text has it under any of its forms."""

from datetime import date

import pytest

from assistant.mentions import Mention, Told, another_day, mentions
from index.article import Article


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("Who denied what?", []),
        ("Why did Ines Tolland resign?", ["Ines Tolland"]),
        ("Tolland's reason for Friday's strike?", ["Tolland", "Friday"]),
        ("Number of victims in Port Merrin?", ["Port Merrin"]),
        ("Did Venn and Orlo vote in May 2016?", ["Venn", "Orlo", "2016", "May"]),
        ("may Venn go?", ["Venn"]),
        ("May it rain?", []),
        ("Which of Coast Courier's 1,200 readers wrote?", ["Coast Courier", "1,200"]),
        ("How many of the two President Orlo?", ["President Orlo", "two"]),
        ("What did the President say?", []),
        ("what did venn say", []),
    ],
)
def test_names_numbers_and_days(question: str, found: list[str]) -> None:
    assert [mention.text for mention in mentions(question)] == found


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Tolland denied it.", "Ines Tolland"),
        ("The Karsovian army left.", "Karsovia"),
        ("French farmers protested.", "France"),
        ("They came from Britain.", "British"),
        ("The Department of Justice sued.", "DOJ"),
        ("The U.N. sent troops.", "UN"),
        ("The EMU sued.", "Elmaria Maritime Union"),
        ("Port Merrin was shut.", "Port Merrin University"),
        ("A spokesman for Orlo.", "President Orlo"),
    ],
)
def test_a_name_is_found_under_its_other_forms(text: str, name: str) -> None:
    assert Told(text).has(Mention("name", name))


def test_another_name_is_not() -> None:
    told = Told("Ines Tolland denied that the ferry was overloaded.")
    for name in ("Lindqvist", "Ines Venn", "FBI", "Port Merrin"):
        assert not told.has(Mention("name", name))


def test_numbers_and_days() -> None:
    told = Told("On Sept. 4 three of 1,200 passengers died.")
    assert told.has(Mention("day", "September"))
    assert told.has(Mention("number", "3"))
    assert told.has(Mention("number", "1200"))
    assert not told.has(Mention("number", "12"))
    assert not told.has(Mention("day", "October"))


def test_the_dateline_tells_the_day_too() -> None:
    article = Article(text="It rained.", title="Rain", published=date(2026, 3, 2))
    told = Told(article.text, article)
    for mention in (Mention("day", "Monday"), Mention("day", "March"), Mention("number", "2026")):
        assert told.has(mention)
        assert not Told(article.text).has(mention)
    assert not told.has(Mention("day", "Tuesday"))
    assert not Told("", Article(text="It rained.", title="")).has(Mention("day", "Monday"))


@pytest.mark.parametrize(
    ("question", "text", "other"),
    [
        ("Who denied it on Friday?", "He denied it on Saturday.", True),
        ("Who denied it on Friday?", "He denied on Friday what he had said on Saturday.", False),
        ("Who denied it on Friday?", "He denied it in March.", False),
        ("Who denied it in May 2014?", "He denied it in 2015.", True),
        ("Who ran the mill in the 1980s?", "He ran the mill from 1983 to 1986.", False),
    ],
)
def test_another_day_is_told_from_no_day(question: str, text: str, other: bool) -> None:
    assert any(another_day(mention, question, text) for mention in mentions(question)) is other
