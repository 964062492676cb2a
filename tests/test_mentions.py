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
        ("who denied it on friday in april?", ["Friday", "April"]),
        ("who may march on march 3", ["March 3"]),
        ("What did Jan Novak say on Sept. 4, 2019?", ["Jan Novak", "2019", "September 4"]),
        ("What did he say on the 4th of March?", ["March 4"]),
        ("What was advised in May?", ["May"]),
        ("How many of the March 12,000 fled?", ["12,000", "March"]),
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
        ("Iranian troops left.", "Iran"),
        ("Iraq's troops left.", "Iraqi"),
        ("Texans voted.", "Texas"),
        ("Ukrainians fled.", "Ukraine"),
        ("North Korean troops left.", "North Korea"),
        ("North and South Korea met.", "North Korea"),
        ("Southeast Asian leaders met.", "South East Asia"),
        ("Sri Lankan troops left.", "Sri Lanka"),
        ("Mr. Gray denied it.", "Robert Gray"),
        ("The United States left.", "U.S"),
        ("American troops left.", "US"),
        ("U.S. troops left.", "America"),
        ("Democratic voters stayed away.", "Democrats"),
        ("The camp at Guantánamo was shut.", "Guantanamo"),
    ],
)
def test_a_name_is_found_under_its_other_forms(text: str, name: str) -> None:
    assert Told(text).has(Mention("name", name))


def test_another_name_is_not() -> None:
    told = Told("Ines Tolland denied that the ferry was overloaded.")
    for name in ("Lindqvist", "Ines Venn", "FBI", "Port Merrin"):
        assert not told.has(Mention("name", name))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("It rained in the town, and it is wet.", "Ines Tolland"),
        ("He is here.", "Ivan Sokolov"),
        ("They told us.", "US"),
        ("They told us.", "American"),
        ("South Korea left.", "North Korea"),
        ("In South Carolina it rained.", "North Carolina"),
        ("Kathleen Gray denied it.", "Robert Gray"),
        ("Valentina Rossi denied it.", "Daniel Ross"),
        ("Austria voted.", "Australia"),
        ("Niger voted.", "Nigeria"),
        ("Nigerian troops left.", "Niger"),
    ],
)
def test_what_only_looks_like_a_name_is_another(text: str, name: str) -> None:
    assert not Told(text).has(Mention("name", name))


def test_numbers_and_days() -> None:
    told = Told("On Sept. 4 three of 1,200 passengers died.")
    assert told.has(Mention("day", "September"))
    assert told.has(Mention("number", "3"))
    assert told.has(Mention("number", "1200"))
    assert not told.has(Mention("number", "12"))
    assert not told.has(Mention("day", "October"))
    assert told.has(Mention("day", "September 4"))
    assert not told.has(Mention("day", "September 5"))
    for text in ("They sat down.", "They may go.", "The sun rose."):
        for day in ("Saturday", "May", "Sunday"):
            assert not Told(text).has(Mention("day", day))


def test_the_dateline_tells_the_day_too() -> None:
    article = Article(text="It rained.", title="Rain", published=date(2026, 3, 2))
    told = Told(article.text, article)
    for mention in (
        Mention("day", "Monday"),
        Mention("day", "March"),
        Mention("day", "March 2"),
        Mention("number", "2026"),
    ):
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
        ("who denied it on friday?", "He denied it on Saturday.", True),
        ("Who denied it on March 12?", "He denied it on March 14.", True),
        ("Who denied it on March 12?", "He denied it on 12 March.", False),
        ("Who denied it on March 12?", "He denied it in March.", False),
        ("Who denied it on March 12?", "He denied it in April.", True),
        ("Who ran the mill in the 1980s?", "He ran the mill from 1983 to 1986.", False),
    ],
)
def test_another_day_is_told_from_no_day(question: str, text: str, other: bool) -> None:
    assert any(another_day(mention, question, text) for mention in mentions(question)) is other


def test_a_weekday_is_the_date_that_it_was_when_the_article_was_published() -> None:
    saturday = Article(text="It rained.", title="Rain", published=date(2026, 3, 14))
    for asked, other in (("March 14", False), ("March 12", True)):
        question = f"Who denied it on {asked}?"
        (mention,) = mentions(question)
        assert another_day(mention, question, "He denied it on Saturday.", saturday) is other
        assert Told("He denied it on Thursday.", saturday).has(Mention("day", asked))
    assert not Told("He denied it on Friday.", saturday).has(Mention("day", "March 12"))
