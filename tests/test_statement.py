"""Whose statement an answer is; who said what is given, what is made of it is tested."""

from pathlib import Path

import pytest

from assistant.extract import Candidate
from assistant.statement import carrying, named_in, speaker
from conftest import Saying, ScriptedTagger, candidate
from index.article import Article
from index.library import Library

SAID = "The mayor said on Monday that 29 people were hurt near 23rd Street."
DENIED = "Karsovia denied opening the dam."
HE = "He said that 29 people were hurt."
LENZ_HE = Saying(HE, "He", "said", "that 29 people were hurt", speaker="Sera Lenz")


def read(folder: Path, text: str, answer: str, *sayings: Saying, more: str = "") -> Candidate:
    """The first sentence that holds the answer, of an article that says so."""
    article = Article(text=text + more, title="Title")
    with Library(folder / "library", tagger=ScriptedTagger(*sayings)) as library:
        library.add(article)
        return candidate(library, article, answer, answer)


@pytest.mark.parametrize(
    ("text", "answer", "parts", "wanted"),
    [
        (SAID, "29", ("The mayor", "said", "that 29 people were hurt"), "The mayor"),
        (SAID, "Monday", ("The mayor", "said", "that 29 people were hurt"), None),
        (SAID, "The mayor", ("The mayor", "said", "that 29 people were hurt"), None),
        (SAID, "29", ("", "said", "that 29 people were hurt"), ""),
        (DENIED, "opening the dam", ("Karsovia", "denied", "opening the dam"), ""),
        (HE, "29", ("He", "said", "that 29 people were hurt"), ""),
    ],
)
def test_only_what_somebody_asserts_is_according_to_them(
    tmp_path: Path, text: str, answer: str, parts: tuple[str, str, str], wanted: str | None
) -> None:
    assert speaker(read(tmp_path, text, answer, Saying(text, *parts))) == wanted


def test_without_an_attribution_it_is_the_articles_own_statement(tmp_path: Path) -> None:
    assert speaker(read(tmp_path, SAID, "29")) is None


def test_a_pronoun_stands_for_whom_it_means(tmp_path: Path) -> None:
    found = read(tmp_path, HE, "29", LENZ_HE, more=" Sera Lenz left.")
    assert speaker(found) == "Sera Lenz"
    assert found.said
    assert not named_in(found, found.said)


@pytest.mark.parametrize("cue", ["did not say", "promised", "asked", "accused them", "denied"])
def test_what_was_not_asserted_is_nobodys_statement(tmp_path: Path, cue: str) -> None:
    text = f"The mayor {cue} that 29 people were hurt."
    saying = Saying(text, "The mayor", cue, "that 29 people were hurt")
    assert speaker(read(tmp_path, text, "29", saying)) == ""


def test_what_is_reported_inside_a_report_is_the_inner_speakers(tmp_path: Path) -> None:
    text = "Karsovia said that Elmaria had confirmed that 29 people were hurt."
    outer = Saying(text, "Karsovia", "said", text[text.index("that Elm") : -1])
    inner = Saying(text, "Elmaria", "confirmed", "that 29 people were hurt")
    found = read(tmp_path, text, "29", outer, inner)
    assert speaker(found) == "Elmaria"
    assert len(found.sayings) == 2


def test_a_sentence_out_of_a_quotation_is_carried_by_its_speaker(tmp_path: Path) -> None:
    text = "“We swam for an hour. Nobody helped us. It was cold,” Orla Venn said."
    contents = ("“We swam for an hour. Nobody helped us. It was cold,”",)
    found = read(tmp_path, text, "Nobody helped us", Saying(text, "Orla Venn", "said", contents))
    said = carrying(found)
    assert said
    assert said.speaker == "Orla Venn"
    assert not named_in(found, said)
    assert speaker(found) == "Orla Venn"


def test_a_sentence_that_reports_nothing_is_carried_by_nobody(tmp_path: Path) -> None:
    assert carrying(read(tmp_path, SAID, "29")) is None


def test_a_sentence_names_its_speaker_by_the_last_name_alone(tmp_path: Path) -> None:
    text = "Lenz denied opening the dam."
    saying = Saying(text, "Lenz", "denied", "opening the dam", speaker="Sera Lenz")
    found = read(tmp_path, text, "opening", saying, more=" Sera Lenz left.")
    assert found.said
    assert named_in(found, found.said)
