"""What a question mentions, and whether a text has it under any of its forms."""

from datetime import date

import pytest

from assistant.mentions import Mention, Told, mentions
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
