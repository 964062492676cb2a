"""Normalisation as laws; encodings and dates as cases."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.clean import Raw, decode, headline, make_article, normalise, parse_date
from index.errors import LoadError

nasty = st.text(
    st.one_of(st.characters(), st.sampled_from("\r\n\t \x00\x85\u2028\ufeff\u0301e\u00e9\xa0")),
    max_size=60,
)


@given(nasty)
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@given(nasty)
def test_normalised_text_is_tidy(text: str) -> None:
    tidy = normalise(text)
    tidy.encode("utf-8")
    assert not set(tidy) & set(map(chr, [*range(9), *range(11, 32), *range(127, 160), 0xFEFF]))
    assert "\n\n\n" not in tidy
    assert tidy == tidy.strip()
    assert all(line == line.rstrip() for line in tidy.split("\n"))


def test_words_and_quotes_stay_as_they_are() -> None:
    text = "“Well-known,” he said – it’s …\u00adfine; 'so be it'.\tYes."
    assert normalise(text) == text


@pytest.mark.parametrize("end", ["\r\n", "\r", "\f", "\x85", "\u2028"])
def test_line_ends_of_all_systems_keep_words_apart(end: str) -> None:
    assert normalise(f"one{end}two") == "one\ntwo"


ENGLISH = "The café’s owner said “no” – twice – to the mayor’s naïve plan for Façade Street."
GERMAN = "Bürgermeister Müller sagte am Dienstag, die Straße bleibe drei Wochen gesperrt."
RUSSIAN = "Мэр города заявил во вторник, что мост будет закрыт на три недели для ремонта."
GREEK = "Ο δήμαρχος είπε την Τρίτη ότι η γέφυρα θα κλείσει για τρεις εβδομάδες."


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (ENGLISH, "utf-8"),
        (ENGLISH, "utf-8-sig"),
        (ENGLISH, "utf-16"),
        (ENGLISH, "utf-32"),
        (ENGLISH, "utf-16-le"),
        (ENGLISH, "cp1252"),
        ("It’s over, the mayor said.", "cp1252"),
        (GERMAN, "latin-1"),
        (GERMAN, "cp1252"),
        (RUSSIAN, "cp1251"),
        (GREEK, "cp1253"),
    ],
)
def test_encodings_are_recognised(text: str, encoding: str) -> None:
    assert normalise(decode(Raw(text.encode(encoding), "x.txt"))) == text


def test_a_declared_encoding_is_believed_unless_it_is_wrong() -> None:
    polish = "Burmistrz powiedział, że most zostanie zamknięty."
    assert decode(Raw(polish.encode("iso8859-2"), "x", charset="iso-8859-2")) == polish
    assert decode(Raw(ENGLISH.encode("cp1252"), "x", charset="ISO-8859-1")) == ENGLISH
    assert decode(Raw(ENGLISH.encode(), "x", charset="ascii")) != ENGLISH[:5]
    assert decode(Raw(ENGLISH.encode(), "x", charset="no-such-encoding")) == ENGLISH
    assert decode(Raw(RUSSIAN.encode("cp1251"), "x", charset="utf-8")) == RUSSIAN


def test_one_spoilt_byte_does_not_spoil_the_accents() -> None:
    data = RUSSIAN.encode() + b"\xff" + RUSSIAN.encode()
    assert decode(Raw(data, "x.txt")) == f"{RUSSIAN}\ufffd{RUSSIAN}"


@pytest.mark.parametrize(
    "data",
    [bytes(range(256)) * 8, b"\x7fELF" + bytes(60), b"\x89PNG\r\n\x1a\n" + bytes(range(256))],
)
def test_binary_data_is_no_text(data: bytes) -> None:
    with pytest.raises(LoadError, match="binary"):
        decode(Raw(data, "x.txt"))


@pytest.mark.parametrize(
    "written",
    [
        "2023-09-20",
        "2023-09-20T23:59:00-08:00",
        "2023/9/20 10:00",
        "20 September 2023",
        "20th Sept. 2023",
        "September 20, 2023",
        "Wednesday, Sep 20 2023 at 9 a.m.",
        "Wed, 20 Sep 2023 22:10:00 GMT",
        date(2023, 9, 20),
        datetime(2023, 9, 20, 12, tzinfo=UTC),
    ],
)
def test_dates_are_understood(written: object) -> None:
    assert parse_date(written) == date(2023, 9, 20)


@pytest.mark.parametrize(
    "written",
    ["", "yesterday", "03/04/2023", "2023", "31 February 2023", "20 Smarch 2023", 1695168000, None]
    + ["0001-01-01T00:00:00", "2023-13-01", "soon, 2023-09-20"],
)
def test_what_is_no_certain_date_is_none(written: object) -> None:
    assert parse_date(written) is None


@given(st.text(max_size=30))
def test_any_text_is_a_date_or_none(text: str) -> None:
    assert parse_date(text) is None or isinstance(parse_date(text), date)


def test_headlines() -> None:
    assert headline("Bridge closes\n\nThe bridge was closed.") == "Bridge closes"
    assert headline("Bridge closes\nThe bridge was closed.") == "Bridge closes"
    assert headline("The bridge was\nclosed on Tuesday.") == ""
    assert headline("The bridge was closed.\nSo it was.") == ""
    assert headline("Bridge closes") == ""
    assert headline("Long " * 40 + "\n\nText.") == ""


def test_fields_are_cleaned_and_dangerous_links_dropped() -> None:
    article = make_article(
        "x", "Text.\r\n", title=" A\n title\0 ", author="Jo\tDoe", url="javascript:alert(1)"
    )
    assert (article.text, article.title, article.author, article.url) == (
        "Text.",
        "A title",
        "Jo Doe",
        "",
    )
