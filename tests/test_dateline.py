"""The day in the head of an article: a full date, where datelines and bylines have it."""

from datetime import date

import pytest

from index.clean import make_article
from index.dateline import without_dateline


@pytest.mark.parametrize(
    ("head", "day"),
    [
        ("PORT ANSEL, Ore., June 19, 2026 (Pacific Wire Desk) -- Dockworkers left.", (2026, 6, 19)),
        ("HALDER, 14 March 2026 — Karsovia denied it.", (2026, 3, 14)),
        (
            "Strike ends\n\nBy Rosalind Keane, Evening Star\n17 April 2026\n\nIt is over.",
            (2026, 4, 17),
        ),
        ("Strike ends\nPublished: Friday, 17 Apr. 2026, 10:30 a.m.\nIt is over.", (2026, 4, 17)),
        ("Strike ends\n2026-04-17\nIt is over.", (2026, 4, 17)),
        # No year, no day of its own, no day at all.
        ("HALDER, March 14 (Northline) — Karsovia denied it.", None),
        ("The treaty of June 19, 1998 — it was signed in Drenn — has ended.", None),
        ("NATO has not met since June 19, 1998, when the treaty was signed in Drenn.", None),
        ("31 February 2026\nIt is over.", None),
        ("One.\nTwo.\nThree.\nFour.\nFive.\n17 April 2026\n", None),
        ("PORT ANSEL, Ore., May 35, 2026 -- Dockworkers left.", None),
    ],
)
def test_the_head_gives_the_day(head: str, day: tuple[int, int, int] | None) -> None:
    assert make_article("a", head).published == (date(*day) if day else None)


def test_a_day_that_is_given_counts() -> None:
    text = "HALDER, 14 March 2026 — Karsovia denied it."
    assert make_article("a", text).published == date(2026, 3, 14)
    assert make_article("a", text, published="2026-03-15").published == date(2026, 3, 15)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("HALDER, Elmaria, March 14 (Northline) — Karsovia denied it.", "Karsovia denied it."),
        ("PORT ANSEL (AP) -- Dockworkers left.", "Dockworkers left."),
        ("NEW YORK – Dockworkers left.", "Dockworkers left."),
        ("NATO has not met - it said so.", "NATO has not met - it said so."),
        ("Karsovia — with its dam — denied it.", "Karsovia — with its dam — denied it."),
    ],
)
def test_where_it_was_written_is_left_out(text: str, told: str) -> None:
    assert without_dateline(text) == told
