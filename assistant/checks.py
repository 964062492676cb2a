"""Checks of a sentence against the question, independent of how much the two have in common.

"What did Pashinyan deny?" is answered neither by what he accused somebody of nor by what somebody
else denied, however many words they share. Which words name and report an act is data: `acts.toml`.
"""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from index.words import stem, words

# "Did Daniel Roake ...", "What does the NAACP ...": whose doing is asked.
_SUBJECT = re.compile(r"\b[Dd](?:id|oes|o)\s+(?:the\s+)?((?:[A-Z][\w.'’-]*\s+)+)")
_WHETHER = re.compile(
    r"\s*(?:did|do|does|has|have|had|is|are|was|were|will|would)\b", re.IGNORECASE
)
# The subject may be meant by these; who "he" is, is not decided here.
_PRONOUN = re.compile(r"\b(?:I|we|my|our|he|she|they|his|her|their)\b", re.IGNORECASE)

Phrase = tuple[str, ...]  # of stems


@dataclass(frozen=True)
class Act:
    """A speech act.

    Attributes:
        asked: stems by which a question names it.
        reported: phrases by which a sentence reports it.
        refused: phrases that answer whether it was done: it was not.
    """

    name: str
    asked: frozenset[str]
    reported: tuple[Phrase, ...]
    refused: tuple[Phrase, ...] = ()


@cache
def load_acts() -> tuple[Act, ...]:
    """The acts of `acts.toml`."""
    stored = tomllib.loads(files("assistant").joinpath("acts.toml").read_text("utf-8"))
    return tuple(
        Act(
            name,
            frozenset(stem(word) for word in entry["asked"]),
            tuple(_stems(phrase) for phrase in entry["reported"]),
            tuple(_stems(phrase) for phrase in entry.get("refused", ())),
        )
        for name, entry in stored.items()
    )


@dataclass(frozen=True)
class Checks:
    """What a question demands of a sentence.

    Attributes:
        acts: stems of phrases; one of them has to occur. None for most questions.
        subject: stems of the name whose doing is asked; none for most questions.
    """

    acts: tuple[Phrase, ...]
    subject: frozenset[str]

    @classmethod
    def of(cls, question: str) -> "Checks":
        stems = set(_stems(question))
        subject = _SUBJECT.search(question)
        whether = _WHETHER.match(question) is not None
        return cls(
            acts=tuple(
                phrase
                for act in load_acts()
                if not act.asked.isdisjoint(stems)
                for phrase in act.reported + (act.refused if whether else ())
            ),
            subject=frozenset(_stems(subject[1])) if subject else frozenset(),
        )

    def pass_for(self, text: str, quoted: bool) -> bool:
        """Whether a sentence may answer.

        Args:
            quoted: all of it is somebody's words; the speaker is named elsewhere.
        """
        stems = _stems(text)
        acts = not self.acts or any(_occurs(phrase, stems) for phrase in self.acts)
        named = quoted or not self.subject.isdisjoint(stems) or bool(_PRONOUN.search(text))
        return acts and (named or not self.subject)


def _stems(text: str) -> Phrase:
    # "didn't" and "can't" are "did not" and "can not": the negation is what matters.
    spelled = text.replace("’", "'").casefold().replace("cannot", "can not").replace("n't", " not")
    return tuple(stem(word) for word in words(spelled))


def _occurs(phrase: Phrase, stems: Phrase) -> bool:
    size = len(phrase)
    return any(stems[n : n + size] == phrase for n in range(len(stems) - size + 1))
