"""Whose statement an answer is; the tags are given, what is made of them is tested."""

from dataclasses import dataclass
from typing import cast

import pytest

from assistant.extract import Candidate, Features
from assistant.reader import Reader, Tagged
from assistant.statement import speaker
from index.article import Article, Passage, Sentence
from index.retrieve import Hit


@dataclass
class Tags:
    """A reader that has found these tags."""

    tagged: Tagged

    def tag(self, text: str) -> Tagged:
        return self.tagged


def asked(text: str, answer: str, source: str, cue: str, content: str) -> str | None:
    """Whose statement `answer` is. The sentence is all of the article, two characters in."""

    def spans(part: str) -> tuple[tuple[int, int], ...]:
        return ((text.index(part), text.index(part) + len(part)),) if part else ()

    article = Article(text="“ " + text)
    hit = Hit(Passage(article.id, 0, 0, 1, 2, len(article.text)), text, 1.0)
    start = article.text.index(answer)
    candidate = Candidate(
        hit,
        article,
        number=0,
        sentence=Sentence(2, len(article.text), len(article.text)),
        answer=(start, start + len(answer)),
        offset=2,
        features=Features(*[0.0] * 7),
        probability=1.0,
    )
    tags = Tags(Tagged(spans(source), spans(cue), spans(content)))
    return speaker(candidate, cast(Reader, tags))


SAID = "The mayor said on Monday that 29 people were hurt near 23rd Street."
DENIED = "Karsovia denied opening the dam."
HE = "He said that 29 people were hurt."


@pytest.mark.parametrize(
    ("text", "answer", "tags", "wanted"),
    [
        (SAID, "29", ("The mayor", "said", "that 29 people were hurt"), "The mayor"),
        (SAID, "Monday", ("The mayor", "said", "that 29 people were hurt"), None),
        (SAID, "The mayor", ("The mayor", "said", "that 29 people were hurt"), None),
        (SAID, "29", ("", "", ""), None),
        (SAID, "29", ("", "said", "that 29 people were hurt"), ""),
        (DENIED, "opening the dam", ("Karsovia", "denied", "opening the dam"), ""),
        (HE, "29", ("He", "said", "that 29 people were hurt"), ""),
    ],
)
def test_only_what_somebody_asserts_is_according_to_them(
    text: str, answer: str, tags: tuple[str, str, str], wanted: str | None
) -> None:
    assert asked(text, answer, *tags) == wanted
