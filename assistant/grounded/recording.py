"""Answers -> cases, for a person to review."""

from collections.abc import Sequence
from dataclasses import replace

from assistant.answer import Answer
from assistant.grounded.case import Case, Turn, Wanted
from assistant.grounded.schema import slug
from assistant.grounded.writing import cases_toml
from assistant.ratings import Rating
from assistant.score import answer_hit


def case_of(answer: Answer, history: tuple[Turn, ...] = ()) -> Case:
    """What keeps an answer as it is: the same sentences, the same short answer; or refused."""
    case = Case(id=slug(answer.question), question=answer.question, history=history)
    return _right(case, answer)


def rated_case(rating: Rating) -> Case:
    """An answer that was found right has to come again, one that was found wrong must not.

    What should come instead of a wrong one is for a person to add.
    """
    answer = rating.answer
    case = Case(
        id=f"{slug(answer.understood)}-{rating.day}",
        question=answer.understood,
        note=f"rated {rating.vote} on {rating.day}",
    )
    if rating.vote == "up":
        return _right(case, answer)
    if answer.refused:
        return replace(case, must_refuse=False)
    return replace(case, must_not_answer=(answer.text,))


def _right(case: Case, answer: Answer) -> Case:
    if answer.refusal:
        return replace(case, must_refuse=answer.refusal.reason)
    short = ((answer.short,),) if answer.short else ()
    return replace(
        case,
        must_answer=short if answer_hit(answer.text, short) else (),
        must_cite=tuple(Wanted(c.sentence) for c in answer.citations),
        cite="all" if len(answer.citations) > 1 else "any",
    )


def rated_cases(found: Sequence[Rating]) -> str:
    """All rated answers as a file of cases."""
    top = (
        "# Answers that readers rated in the chat page. Review each case before you keep it.\n"
        "# Run them: whosaid --library FOLDER check FILE\n"
    )
    return cases_toml(map(rated_case, found), top)
