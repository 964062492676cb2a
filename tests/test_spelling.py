"""Names that are spelled like one that is found nowhere."""

import pytest

from assistant.pipeline import Assistant
from assistant.spelling import did_you_mean

TEXTS = ["Craig W. Lindholm met Ana García-Ruiz in Port Ansel.", "The Ostrel’s flood hit Elmaria."]


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("Lindhom", "Lindholm"),
        ("lindholn", "Lindholm"),
        ("Craig Lindhom", "Craig Lindholm"),
        ("Lindhom’s", "Lindholm"),
        ("Garcia-Ruiz", "García-Ruiz"),
        ("Lindholm", ""),
        ("Boris Lindhom", ""),  # somebody else
        ("Vardia", ""),
        ("Ann", ""),  # too short to tell
        ("", ""),
    ],
)
def test_a_name_as_the_texts_spell_it(name: str, wanted: str) -> None:
    assert did_you_mean([name], TEXTS) == (f"Did you mean “{wanted}”?" if wanted else "")


def test_a_refusal_and_an_empty_list_say_what_may_be_meant(newsroom: Assistant) -> None:
    answer = newsroom.ask("What did Lindhom deny?")
    assert answer.refusal
    assert answer.refusal.message.endswith("mention “Lindhom”. Did you mean “Lindholm”?")
    listing = newsroom.said(speaker="Lindhom")
    assert not listing
    assert listing.note == "Did you mean “Lindholm”?"
    assert newsroom.said(speaker="Quillfeather").note == ""
