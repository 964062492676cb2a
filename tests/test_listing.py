"""Attributions and disputes as text: nothing in them is a formula, a command or a new line."""

import csv
import io
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.disputes import Dispute
from assistant.listing import COLUMNS, dispute_lines, said_csv
from assistant.said import Said

CHARGE = Said(
    speaker="Nikol Rovan",
    role="Prime Minister",
    act="accuse",
    negated=False,
    cue="accused",
    content="Vardia of stealing grain",
    target="Vardia",
    charge="stealing grain",
    sentence="Nikol Rovan accused Vardia of stealing grain.",
    article_id="0123456789abcdef0123",
    title="Grain dispute",
    url="https://post.example.org/grain",
    publisher="Wexholm Post",
    published=date(2026, 5, 19),
    start=10,
    end=55,
)
DENIAL = replace(
    CHARGE,
    speaker="Sera Lenz",
    role="envoy",
    act="deny",
    cue="denied",
    content="the theft",
    target="",
    charge="",
    sentence="Sera Lenz denied the theft.",
    article_id="ffff456789abcdef0123",
    publisher="Coast Courier",
    start=0,
    end=27,
)


def rows(*found: Said) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(said_csv(found), newline="")))


def lines(*found: Dispute) -> list[str]:
    return [" " * indent + text.plain for indent, text in dispute_lines(found)]


# --- CSV ----------------------------------------------------------------------------------------


def test_csv_has_a_header_and_a_line_for_each() -> None:
    assert said_csv([]).strip().replace('"', "").split(",") == list(COLUMNS)
    first, second = rows(CHARGE, DENIAL)
    assert (first["speaker"], second["speaker"]) == ("Nikol Rovan", "Sera Lenz")
    assert first["published"] == "2026-05-19"
    assert (first["start"], first["end"]) == ("10", "55")
    assert first["negated"] == "False"


def test_csv_has_all_that_json_has() -> None:
    assert set(COLUMNS) == set(CHARGE.to_dict())


def test_the_places_of_what_was_said_are_one_cell() -> None:
    [row] = rows(replace(CHARGE, spans=((25, 50), (80, 95))))
    assert row["spans"] == "25-50 80-95"


def test_what_is_not_known_is_an_empty_cell() -> None:
    [row] = rows(replace(CHARGE, published=None, speaker="", url=""))
    assert (row["published"], row["speaker"], row["url"]) == ("", "", "")


@pytest.mark.parametrize(
    "text",
    ["=1+2", "+1", "-1", "@SUM(A1)", "\tx", "\rx", '=HYPERLINK("http://x","y")', "=cmd|'/c'!A0"],
)
def test_a_formula_is_defused(text: str) -> None:
    for field in ("speaker", "role", "cue", "content", "sentence", "title", "publisher", "url"):
        [row] = rows(replace(CHARGE, **{field: text}))
        assert row[field] == "'" + text


@given(st.text(), st.text())
def test_csv_gives_every_text_back_and_no_cell_is_a_formula(content: str, title: str) -> None:
    written = said_csv([replace(CHARGE, content=content, title=title), DENIAL])
    first, second = csv.DictReader(io.StringIO(written, newline=""))
    assert first["content"].removeprefix("'") == content.removeprefix("'")
    assert first["title"].removeprefix("'") == title.removeprefix("'")
    assert second["speaker"] == "Sera Lenz"
    for cell in (*first.values(), *second.values()):
        assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))


# --- Disputes -----------------------------------------------------------------------------------


def test_a_dispute_shows_both_sides_with_their_sentences() -> None:
    shown = lines(Dispute("stealing grain", (CHARGE,), (DENIAL,)))
    assert shown == [
        "stealing grain",
        "    Accused by Nikol Rovan",
        "        “Nikol Rovan accused Vardia of stealing grain.”",
        "        Grain dispute, Wexholm Post, 2026-05-19, characters 10–55 of 0123456789abcdef0123",
        "    Denied by Sera Lenz",
        "        “Sera Lenz denied the theft.”",
        "        Grain dispute, Coast Courier, 2026-05-19, characters 0–27 of ffff456789abcdef0123",
    ]


def test_a_charge_that_nobody_denied_says_so() -> None:
    shown = lines(Dispute("stealing grain", (replace(CHARGE, speaker=""),), ()))
    assert "    Accused by (not named)" in shown
    assert "    No denial of it in the articles." in shown


def test_a_claim_is_no_accusation_and_a_denial_may_stand_alone() -> None:
    claim = replace(CHARGE, act="say", cue="said")
    assert "    Claimed by Nikol Rovan" in lines(Dispute("stealing grain", (claim,), (DENIAL,)))
    shown = lines(Dispute("the theft", (), (DENIAL,)))
    assert shown[1:3] == ["    Nobody is reported to claim it.", "    Denied by Sera Lenz"]


def test_disputes_are_kept_apart_by_an_empty_line() -> None:
    one = Dispute("stealing grain", (CHARGE,), ())
    assert lines(one, one).count("") == 1
    assert lines() == []


@given(st.text())
def test_no_control_character_of_an_article_is_shown(text: str) -> None:
    hostile = f"\x1b[2J\x9b[bold]{text}\n\u202e"
    one = replace(CHARGE, speaker=hostile, sentence=hostile, title=hostile, publisher=hostile)
    for shown in lines(Dispute(hostile, (one,), (one,))):
        assert not any(c in "\x1b\x9b\n\r\u202e" for c in shown)


def test_brackets_are_no_markup() -> None:
    shown = lines(Dispute("[bold]grain[/bold]", (replace(CHARGE, speaker="[red]Rovan"),), ()))
    assert shown[0] == "[bold]grain[/bold]"
    assert shown[1] == "    Accused by [red]Rovan"
