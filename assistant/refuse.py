"""What a refusal says: which other act or speaker is reported, or what is not mentioned."""

from collections.abc import Iterator, Sequence

from assistant.answer import REFUSALS
from assistant.asked import Asked, asked
from assistant.checks import Checks
from assistant.demands import AnswerKind
from assistant.extract import Candidate
from assistant.gate import Verdict
from assistant.language import language
from assistant.orders import gives_orders
from assistant.said import charged
from assistant.spelling import did_you_mean
from assistant.statement import known_name
from index.acts import Act, load_acts
from index.article import Article, Attribution
from index.filters import Filters
from index.words import STOP_WORDS, stem, words

ABOUT = 0.5  # of the question's words, by rarity, that a sentence must have to be worth telling of
NEAR = 10  # sentences that are looked at
ALONE = frozenset(["apologise", "warn"])  # what makes a sentence with nothing behind it
VAGUE = frozenset(["", "say", "believe", "plan", "suggest"])
MOST_WORDS = 12  # of the question that are repeated
MOST_MENTIONS = 3
GIVES_NO: dict[AnswerKind, str] = {
    "length": "gives no such measure",
    "number": "gives no number",
    "time": "does not say when",
    "place": "does not say where",
    "money": "gives no sum of money",
    "year": "gives no year",
    "age": "gives no age",
    "duration": "does not say how long",
    "name": "gives no name",
}

LONGEST_QUESTION = 300  # words; what is longer was pasted by mistake
LONGEST = 120  # characters of a charge that is told


def unaskable(question: str) -> str:
    """Why a question is not worth looking for, "" where it is."""
    found = words(question)
    if len(found) > LONGEST_QUESTION:
        return (
            f"The articles don't say: this has {len(found):,} words, a question at most "
            f"{LONGEST_QUESTION}. Ask in fewer."
        )
    if gives_orders(question) and not question.rstrip().endswith("?"):
        return "The articles don't say: this is an order, and asks nothing of them."
    if STOP_WORDS.issuperset(found) and asked(question).wanted not in ("all", "story"):
        return "The articles don't say: this asks nothing."
    return ""


def nothing_read(question: str) -> str:
    """Why nothing was read for a question, "" where the articles have nothing about it."""
    if not unaskable(question) and language(question) not in ("", "english"):
        return "The articles don't say: nothing near this is in the language that you ask in."
    return unaskable(question)


def refusal_message(
    question: str, ranked: Sequence[Candidate], verdicts: Sequence[Verdict] = ()
) -> str:
    """What to say instead: "They report that Pashinyan accused Azerbaijan of ...; not that ...".

    Args:
        ranked: what was read, best first.
        verdicts: on the question, or on each that it holds.

    Returns:
        "" where nothing is known that would help.
    """
    days = any(m.kind != "name" for verdict in verdicts for m in verdict.lacking)
    return (
        (days and _lacking(verdicts, ranked))
        or _other_act(question, ranked)
        or _lacking(verdicts, ranked)
        or _fault(question, verdicts)
    )


def left_out(article: Article) -> str:
    """That an article which was not selected may answer."""
    day = f" ({article.published})" if article.published else ""
    return (
        f"{REFUSALS['filtered_out']} “{article.title}”{day}, which was left out, may answer this."
    )


def none_selected(filters: Filters, some: bool) -> str:
    """That the selected articles have nothing on a question, or that there are none.

    Args:
        some: there are articles that meet the conditions.
    """
    if some:
        return "The articles don't say: nothing in the articles that were selected is about this."
    conditions = [
        f"from {' or '.join(f'“{name}”' for name in sorted(filters.publishers or ()))}"
        if filters.publishers
        else "",
        f"on or after {filters.since}" if filters.since else "",
        f"on or before {filters.until}" if filters.until else "",
        "one of those selected" if filters.articles is not None else "",
    ]
    told = " and ".join(filter(None, conditions)) or "selected"
    return f"The articles don't say: no article is {told}."


def _fault(question: str, verdicts: Sequence[Verdict]) -> str:
    """Why the likeliest sentence, which the checks withhold, is no answer."""
    checks = Checks.of(question)
    act = load_acts().get(checks.slots.act)
    done = act.past if act else "did it"
    subject = checks.subject.text if checks.subject else "whom you name"
    aim = " ".join(checks.slots.about.split()[:MOST_WORDS])
    told = {
        "act": f"does not report that anybody {done}",
        "undone": f"tells that somebody has not {done}",
        "speaker": f"are others' words, not those of {checks.slots.speaker}",
        "subject": f"does not tell of {subject}",
        "aim": f"does not report that anybody {done} {aim}",
    }
    fault = next((verdict.fault for verdict in verdicts if verdict.fault), "")
    return f"The articles don't say: what comes nearest {told[fault]}." if fault else ""


def _lacking(verdicts: Sequence[Verdict], ranked: Sequence[Candidate]) -> str:
    """ "What comes nearest does not mention “Friday”", or "gives no number"."""
    mentions = (f"“{mention.text}”" for verdict in verdicts for mention in verdict.lacking)
    named = list(dict.fromkeys(mentions))[:MOST_MENTIONS]
    if named:
        listed = " or ".join(filter(None, (", ".join(named[:-1]), named[-1])))
        told = f"The articles don't say: what comes nearest does not mention {listed}."
        return " ".join(filter(None, [told, _meant_names(verdicts, ranked)]))
    kind: AnswerKind = next((verdict.kind for verdict in verdicts if verdict.kind), "")
    return f"The articles don't say: what comes nearest {GIVES_NO[kind]}." if kind else ""


def _meant_names(verdicts: Sequence[Verdict], ranked: Sequence[Candidate]) -> str:
    """ "Did you mean “Lindholm”?", where the nearest articles have a name spelled like it."""
    near = {c.article.id: f"{c.article.title} {c.article.text}" for c in ranked[:NEAR]}
    lacking = [m.text for verdict in verdicts for m in verdict.lacking if m.kind == "name"]
    return did_you_mean(lacking, near.values()) if lacking else ""


def _other_act(question: str, ranked: Sequence[Candidate]) -> str:
    """That the articles report another act, or another speaker."""
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
    if slots.wanted == "all":
        topic = f" about {slots.about}" if slots.about else ""
        return f"The articles don't say. They report that {told}; nothing of that kind{topic}."
    wanted = f"that {slots.speaker} {act.past}" if slots.speaker else f"who {act.past}"
    return f"The articles don't say. They report that {told}; not {wanted} {about}".rstrip() + "."


def _told(slots: Asked, ranked: Sequence[Candidate]) -> Iterator[str]:
    """ "Nikol Pashinyan accused Azerbaijan of ethnic cleansing", in few words."""
    for candidate in ranked:
        for said in candidate.sayings:
            name, other = known_name(said), load_acts().get(said.act)
            if not name or other is None or other.name in VAGUE or said.negated:
                continue
            if not _beside_its_verb(candidate.article.text, said):
                continue
            if other.name == slots.act:
                continue  # "They report that Venn denied; not that Venn denied" makes no sense
            asked_of = bool(slots.names) and slots.names <= {stem(word) for word in words(name)}
            if not asked_of and (slots.names or candidate.features.coverage < ABOUT):
                continue
            first = candidate.article.text[slice(*said.content[0])] if said.content else ""
            target, charge = charged(" ".join(first.split()))
            short = 0 < len(target + charge) <= LONGEST
            if other.name == "accuse" and short:
                yield f"{name} {other.past} {target} of {charge}"
                continue
            what = _said(candidate, said, other)
            if what or other.name in ALONE:
                yield f"{name} {other.past} {what}".rstrip()


def _beside_its_verb(text: str, said: Attribution) -> bool:
    """Whether who speaks stands before the verb, or right behind it.

    Of "Karsovia warned Elmaria, Venn said" the network may give the warning to Venn.
    """
    start, stop = said.cue
    return any(end <= start or not text[stop:begin].strip() for begin, end in said.source)


def _said(candidate: Candidate, said: Attribution, act: Act) -> str:
    """What somebody denied, as it follows the verb; "" where it is long, or does not follow."""
    text, (start, stop) = candidate.article.text, said.cue
    if not said.content or said.content[0][0] < stop:
        return ""
    if {stem(act.name), stem(act.past)}.isdisjoint(stem(word) for word in words(text[start:stop])):
        return ""
    between = text[stop : said.content[0][0]]
    what = " ".join(text[stop : said.content[0][1]].split()).rstrip(".,;")
    balanced = what.count("“") == what.count("”") and what.count('"') % 2 == 0
    near = len(words(between)) <= 1 and not set(between) & set(",:;.")
    return what if near and balanced and len(what) <= LONGEST else ""
