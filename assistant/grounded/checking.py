"""A case against a reply: what is wrong, a line each.

White space and curly quotes make no difference to sentences; case, punctuation and articles none to
words of the answer (`assistant.score.answer_hit`).
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from assistant.grounded.case import Case, Either, Wanted
from assistant.grounded.reply import NUMBER, Cited, Reply, numbers_in
from assistant.score import answer_hit, normalize
from index.words import words

LONGEST = 240  # characters of a sentence or an answer that a line shows
_POSSESSIVE = re.compile(r"['’]s\b")
_STRAIGHT = str.maketrans("“”„‟‘’‚‛", "\"\"\"\"''''")

Told = tuple[str, str]  # speaker, act: what a sentence is said to report
Texts = Callable[[str], str | None]  # article id -> its text, None when the system cannot tell
Sayings = Callable[[Cited], Sequence[Told] | None]  # None likewise


@dataclass(frozen=True)
class Problem:
    """What was wanted and what came, in one line.

    Attributes:
        check: the key of the case, or the name of what is always checked.
        failed: False when the system cannot tell, and nothing is known.
    """

    check: str
    line: str
    failed: bool = True

    def __str__(self) -> str:
        return self.line if self.failed else f"not checkable: {self.line}"


def _nothing(_: object) -> None:
    return None


def check(
    case: Case, reply: Reply, texts: Texts = _nothing, sayings: Sayings = _nothing
) -> tuple[Problem, ...]:
    """All that is wrong with a reply; none when the case is met.

    Args:
        texts: looks an article up, for the law of offsets.
        sayings: who does what in a cited sentence, for `speaker` and `act`.
    """
    return (*_always(reply, texts), *_asked(case, reply, sayings))


def _asked(case: Case, reply: Reply, sayings: Sayings) -> Iterator[Problem]:
    if reply.refused:
        why = f" ({reply.reason})" if reply.reason else ""
        if case.answer_wanted:
            line = f"wanted an answer, got a refusal{why}: {_cut(reply.text)}"
            yield Problem("must_refuse", line)
        elif isinstance(case.must_refuse, str) and reply.reason != case.must_refuse:
            wanted = f"wanted a refusal for the reason {case.must_refuse}"
            line = f"{wanted}, got {reply.reason or 'one without a reason'}"
            yield Problem("must_refuse", line, failed=bool(reply.reason))
        return
    if case.refusal_wanted:
        yield Problem("must_refuse", f"wanted a refusal, got: {_cut(reply.text)}")
        return
    yield from _worded("must_answer", "the answer", case.must_answer, reply.prose)
    if case.short and reply.short is None:
        yield Problem("short", "the system gives no short answer", failed=False)
    else:
        yield from _worded("short", "the short answer", case.short, reply.short or "")
    for words_ in case.must_not_answer:
        if answer_hit(reply.prose, [[NUMBER.sub("", words_)]]):
            line = f"wanted no “{_cut(words_)}” in the answer, got: {_cut(reply.text)}"
            yield Problem("must_not_answer", line)
    yield from _citing(case, reply.citations)
    if case.speaker or case.act:
        yield from _saying(case, reply.citations, sayings)


def _worded(key: str, where: str, wanted: Sequence[Either], text: str) -> Iterator[Problem]:
    for either in wanted:
        if not answer_hit(text, [either]):
            names = " or ".join(f"“{word}”" for word in either)
            line = f"wanted {names} in {where}, got: {_cut(text) or 'nothing'}"
            yield Problem(key, line)


def _citing(case: Case, cited: Sequence[Cited]) -> Iterator[Problem]:
    missing = [w for w in case.must_cite if not any(matches(w, c) for c in cited)]
    if case.cite == "all" or len(case.must_cite) == 1:
        for one in missing:
            yield Problem("must_cite", f"wanted a citation of {one}; {_nearest([one], cited)}")
    elif missing and len(missing) == len(case.must_cite):
        names = ", ".join(map(str, missing))
        line = f"wanted a citation of one of {names}; {_nearest(missing, cited)}"
        yield Problem("must_cite", line)
    for one in case.must_not_cite:
        if any(matches(one, c) for c in cited):
            yield Problem("must_not_cite", f"wanted no citation of {one}, and it is cited")


def matches(wanted: Wanted, cited: Cited) -> bool:
    """Whether this is what is wanted: the sentence by its beginning, the article likewise."""
    if wanted.article:
        name = folded(wanted.article).casefold()
        names = (folded(cited.title).casefold(), cited.article_id.casefold())
        if not any(known.startswith(name) for known in names):
            return False
    sentence, found = folded(wanted.sentence), folded(cited.sentence)
    return sentence in found if cited.passage else found.startswith(sentence)


def folded(text: str) -> str:
    """The text with straight quotes and single spaces."""
    return " ".join(text.translate(_STRAIGHT).split())


def _nearest(wanted: Iterable[Wanted], cited: Sequence[Cited]) -> str:
    """The cited sentence that shares most words with one that is wanted."""
    if not cited:
        return "nothing is cited"
    missed = [set(words(w.sentence)) for w in wanted]

    def likeness(one: Cited) -> float:
        own = set(words(one.sentence))
        return max(len(own & m) / max(1, len(own | m)) for m in missed)

    best = max(cited, key=likeness)
    return f"cited was, nearest to it: “{_cut(best.sentence)}”"


def _saying(case: Case, cited: Sequence[Cited], sayings: Sayings) -> Iterator[Problem]:
    """One cited sentence has to be the speaker's, and to report the act, both at once."""
    came: list[str] = []
    blind = False  # of one sentence, what is wanted cannot be told
    for one in cited:
        told = sayings(one)
        if _says(case, one, told or ()):
            return
        blind |= told is None and (bool(case.act) or one.speaker is None)
        named = [f"{who or 'nobody named'}: {act or 'words'}" for who, act in told or ()]
        came += [f"{one.speaker}: shown as the speaker"] * bool(one.speaker) + named
    key = "speaker" if case.speaker else "act"
    of = f" of {case.speaker}" if case.speaker else ""
    line = f"wanted a cited sentence with the {f'act “{case.act}”' if case.act else 'words'}{of}"
    if blind:
        yield Problem(key, f"{line}; the system does not tell", failed=False)
    else:
        yield Problem(key, f"{line}, got {', '.join(dict.fromkeys(came)) or 'nobody’s words'}")


def _says(case: Case, one: Cited, told: Sequence[Told]) -> bool:
    """Whether one sentence is what is wanted; the speaker that it is shown with has to fit, too."""

    wanted = _name(case.speaker)

    def fits(who: str) -> bool:
        return not case.speaker or f" {wanted} " in f" {_name(who)} "

    if one.speaker and not fits(one.speaker):
        return False
    if not case.act and one.speaker:
        return True
    return any(fits(who) and (not case.act or act == case.act) for who, act in told)


def _name(speaker: str) -> str:
    """The words of a name, without the mark of the possessive."""
    return normalize(_POSSESSIVE.sub("", speaker))


def _always(reply: Reply, texts: Texts) -> Iterator[Problem]:
    """What every answer owes, whatever is asked."""
    if reply.note:
        line = f"the wording of the language model, which was not used: {_cut(reply.note)}"
        yield Problem("note", line, failed=False)
    if reply.refused:
        return
    if not reply.citations:
        yield Problem(
            "citations", f"every statement needs a citation, none came: {_cut(reply.text)}"
        )
    for claim in reply.uncited:
        yield Problem(
            "citations", f"every statement needs a citation, this has none: {_cut(claim)}"
        )
    numbers = {one.number for one in reply.citations}
    if 0 not in numbers:
        for number in _pointing(reply) - numbers:
            yield Problem(
                "citations", f"the text points to [{number}], and nothing has that number"
            )
    for one in reply.citations:
        text = texts(one.article_id) if one.start >= 0 else None
        if text is not None and text[one.start : one.end] != one.sentence:
            line = (
                f"the offsets {one.start} to {one.end} of {one.title or one.article_id} give "
                f"“{_cut(text[one.start : one.end])}”, and not the sentence “{_cut(one.sentence)}”"
            )
            yield Problem("offsets", line)


def _pointing(reply: Reply) -> set[int]:
    """The numbers in the text, but for those that stand in a cited sentence itself."""
    quoted = {n for one in reply.citations for n in numbers_in(one.sentence)}
    return set(numbers_in(reply.text)) - quoted


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else line[: LONGEST - 4] + " ..."
