"""What a refusal says: where the articles report another act, or another speaker, it says that."""

from collections.abc import Iterator, Sequence

from assistant.asked import Asked, asked
from assistant.extract import Candidate
from assistant.said import charged
from assistant.statement import known_name
from index.acts import load_acts
from index.words import stem, words

ABOUT = 0.5  # of the question's words, by rarity, that a sentence must have to be worth telling of
NEAR = 10  # sentences that are looked at
VAGUE = frozenset(["", "say", "believe", "plan", "suggest"])
MOST_WORDS = 12  # of the question that are repeated
LONGEST = 120  # characters of a charge that is told


def refusal_message(question: str, ranked: Sequence[Candidate]) -> str:
    """What to say instead: "They report that Pashinyan accused Azerbaijan of ...; not that ...".

    Args:
        ranked: what was read, best first.

    Returns:
        "" where nothing is known that would help.
    """
    slots = asked(question)
    act = load_acts().get(slots.act)
    if act is None or act.name in VAGUE:
        return ""
    told = next(_told(slots, ranked[:NEAR]), "")
    if not told:
        return ""
    about = " ".join(slots.about.split()[:MOST_WORDS])
    if not about or about.startswith(("about ", "on ", "of ", "in ", "to ")):
        about = f"anything {about}".strip() if slots.speaker else about
    wanted = f"that {slots.speaker} {act.past}" if slots.speaker else f"who {act.past}"
    return f"The articles don't say. They report that {told}; not {wanted} {about}".rstrip() + "."


def _told(slots: Asked, ranked: Sequence[Candidate]) -> Iterator[str]:
    """ "Nikol Pashinyan accused Azerbaijan of ethnic cleansing", in few words."""
    for candidate in ranked:
        for said in candidate.sayings:
            name, other = known_name(said), load_acts().get(said.act)
            if not name or other is None or other.name in VAGUE or said.negated:
                continue
            asked_of = bool(slots.names) and slots.names <= {stem(word) for word in words(name)}
            if not asked_of and (slots.names or candidate.features.coverage < ABOUT):
                continue
            first = candidate.article.text[slice(*said.content[0])] if said.content else ""
            target, charge = charged(" ".join(first.split()))
            short = 0 < len(target + charge) <= LONGEST
            if other.name == "accuse" and short:
                yield f"{name} {other.past} {target} of {charge}"
            else:
                yield f"{name} {other.past}"
