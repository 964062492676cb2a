"""Who said what: tags, relations and speakers against PolNeAR's and our own labels."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from assistant.bench.data import read_rows
from assistant.bench.figures import Figure
from assistant.train.attributions import labelled_speakers
from index.article import Article, Attribution, Span
from index.attribution import Tagger, shared_tagger
from index.encoder import shared_encoder
from index.passages import PassageSettings, split_passages
from index.sentences import split_sentences

ROLES = ("source", "cue", "content")
SPEAKERS = Path(__file__).with_name("speakers.jsonl")
_TOKEN = re.compile(r"\w+|[^\w\s]")


def attribution(data: Path, _: Path) -> list[Figure]:
    """attribution_dev: token F1 by role, relations, and the speakers that we labelled."""
    found = measure(shared_tagger(), data)
    rows = int(found.pop("attributions"))
    targets = {"source F1": 84, "cue F1": 74, "content F1": 90, "relation F1": 65}
    figures = [
        Figure("attribution", name, 100 * value, "%", rows, targets.get(name))
        for name, value in found.items()
    ]
    return figures + speakers(data)


def find(tagger: Tagger, row: dict[str, Any]) -> tuple[Attribution, ...]:
    """What adding the article would store."""
    article = Article(row["text"], row["title"])
    sentences = split_sentences(article.text, article.title)
    lengths = shared_encoder().count_tokens([article.text[s.start : s.stop] for s in sentences])
    passages = split_passages(article, sentences, lengths, PassageSettings())
    return tagger.find(article, sentences, [(p.first, p.last) for p in passages])


def measure(
    tagger: Tagger, data: Path, name: str = "attribution_dev", most: int | None = None
) -> dict[str, float]:
    """Token F1 (micro, tokens are words and punctuation marks) of each role; F1 of relations.

    A predicted relation counts when its cue overlaps that of a gold one, and it has at least half
    of the gold source and of the gold content (in characters); each gold one counts once. The
    strict figure also wants at least half of the predicted source and content to be gold.
    """
    counts = {role: Counter[str]() for role in ROLES}
    pairs: Counter[str] = Counter()
    for row in read_rows(data, name)[:most]:
        found = find(tagger, row)
        gold = row["attributions"]
        tokens = [m.span() for m in _TOKEN.finditer(row["text"])]
        for role in ROLES:
            ours = _members(tokens, (s for a in found for s in _of(a, role)))
            theirs = _members(tokens, (s for a in gold for s in a[role]))
            counts[role].update(both=len(ours & theirs), ours=len(ours), theirs=len(theirs))
        pairs.update(theirs=len(gold), ours=len(found))
        pairs["both"] += _matched(found, gold, strict=False)
        pairs["strict"] += _matched(found, gold, strict=True)
    figures = {f"{role} F1": _f1(c["both"], c["ours"], c["theirs"]) for role, c in counts.items()}
    figures["relation F1"] = _f1(pairs["both"], pairs["ours"], pairs["theirs"])
    figures["relation precision"] = pairs["both"] / max(1, pairs["ours"])
    figures["relation recall"] = pairs["both"] / max(1, pairs["theirs"])
    figures["relation F1, strict"] = _f1(pairs["strict"], pairs["ours"], pairs["theirs"])
    return figures | {"attributions": float(pairs["theirs"])}


def speakers(data: Path) -> list[Figure]:
    """80 pronoun and role speakers of attribution_dev that we labelled by reading.

    The relations given are PolNeAR's own, so that nothing but the resolution is measured. Left as
    the text has it: neither right nor wrong, unless the article names nobody.
    """
    texts = {row["id"]: row for row in read_rows(data, "attribution_dev")}
    outcomes: Counter[str] = Counter()
    for line in SPEAKERS.read_text("utf-8").splitlines():
        label = json.loads(line)
        outcomes[resolve_label(texts[label["article"]], label)] += 1
    count = sum(outcomes.values())
    return [
        Figure("attribution", "speakers right", 100 * outcomes["right"] / count, "%", count, 85),
        Figure(
            "attribution", "speakers wrong", 100 * outcomes["wrong"] / count, "%", count, most=5
        ),
    ]


def resolve_label(row: dict[str, Any], label: dict[str, Any]) -> str:
    """ "right", "wrong" or "left" for one labelled mention."""
    wanted = (label["source"][0], label["source"][1])
    resolved, number = labelled_speakers(row, wanted)
    name = resolved.of(number).name
    mention = " ".join(row["text"][slice(*wanted)].split())
    right = [row["text"][s:e] for s, e in label["speakers"]]
    if name == mention:
        return "left" if right else "right"
    return "right" if any(_same(name, other) for other in right) else "wrong"


def _same(name: str, other: str) -> bool:
    """The same but for spaces and a leading article."""
    plain = [
        re.sub(r"^(?:the|an?) ", "", " ".join(text.casefold().split())) for text in (name, other)
    ]
    return plain[0] == plain[1]


def _of(found: Attribution, role: str) -> Sequence[Span]:
    return {"source": found.source, "cue": (found.cue,), "content": found.content}[role]


def _members(tokens: Sequence[Span], spans: Iterable[Sequence[int]]) -> set[int]:
    """Numbers of the tokens that lie in any of the spans."""
    inside = set()
    for start, stop in spans:
        inside |= {n for n, (s, e) in enumerate(tokens) if start <= s and e <= stop}
    return inside


def _matched(
    found: Sequence[Attribution], gold: Sequence[dict[str, list[list[int]]]], strict: bool
) -> int:
    left = list(gold)
    count = 0
    for ours in found:
        for theirs in left:
            if all(_alike(_of(ours, role), theirs[role], role, strict) for role in ROLES):
                left.remove(theirs)
                count += 1
                break
    return count


def _alike(ours: Sequence[Span], theirs: Sequence[Sequence[int]], role: str, strict: bool) -> bool:
    shared = sum(max(0, min(e, f) - max(s, t)) for s, e in ours for t, f in theirs)
    size = sum(e - s for s, e in theirs)
    if role == "cue":
        return shared > 0
    if not size:
        return not ours
    return 2 * shared >= size and (not strict or 2 * shared >= sum(e - s for s, e in ours))


def _f1(both: float, ours: float, theirs: float) -> float:
    return 2 * both / (ours + theirs) if ours + theirs else 0.0
