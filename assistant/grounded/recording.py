"""Answers -> cases, for a person to review."""

from collections.abc import Sequence
from dataclasses import replace

from assistant.answer import REFUSALS, Answer
from assistant.grounded.case import Case, Turn, Wanted
from assistant.grounded.reply import Reply, reply_of
from assistant.grounded.schema import slug
from assistant.grounded.writing import cases_toml
from assistant.ratings import Rating
from assistant.score import answer_hit


def case_of(answer: Answer, history: tuple[Turn, ...] = ()) -> Case:
    """What keeps an answer as it is: the same sentences, the same short answer; or refused."""
    case = Case(id=slug(answer.question), question=answer.question, history=history)
    return kept(case, reply_of(answer))


def rated_case(rating: Rating) -> Case:
    """An answer that was found right has to come again, one that was found wrong must not.

    What should come instead of a wrong one is for a person to add.
    """
    answer, filters = rating.answer, rating.filters
    case = Case(
        id=f"{slug(answer.understood)}-{rating.day}",
        question=answer.understood,
        publishers=tuple(sorted(filters.publishers or ())),
        articles=tuple(sorted(filters.articles or ())),
        since=filters.since,
        until=filters.until,
        note=f"rated {rating.vote} on {rating.day}",
    )
    if rating.vote == "up":
        return kept(case, reply_of(answer))
    if answer.refused:
        return replace(case, must_refuse=False)
    return replace(case, must_not_answer=(answer.text,))


def kept(case: Case, reply: Reply) -> Case:
    """The case with all that the reply has: the same has to come again, whoever answered."""
    if reply.refused:
        known = next((reason for reason in REFUSALS if reason == reply.reason), True)
        return replace(case, must_refuse=known)
    short = ((reply.short,),) if reply.short and answer_hit(reply.short, [[reply.short]]) else ()
    cited = dict.fromkeys(c.sentence for c in reply.citations if c.sentence.strip())
    found = replace(
        case,
        must_answer=short if answer_hit(reply.prose, short) else (),
        short=short,
        must_cite=tuple(map(Wanted, cited)),
        cite="all" if len(cited) > 1 else "any",
    )
    return found if found.details_wanted else replace(found, must_refuse=False)


def rated_cases(found: Sequence[Rating]) -> str:
    """All rated answers as a file of cases."""
    top = (
        "# Answers that readers rated in the chat page. Review each case before you keep it.\n"
        "# Run them: whosaid --library FOLDER check FILE\n"
    )
    return cases_toml(map(rated_case, found), top)
