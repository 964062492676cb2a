"""What a system gave, in the one shape that is checked, whoever answered.

Answer | JSON in the shape of an answer | LlamaIndex Response -> Reply
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assistant.answer import Answer
from assistant.score import normalize
from index.errors import NoAnswer

# What the text of a system that does not tell whether it refuses has when it does. A heuristic:
# name your system's own words with `refusal_phrases`.
REFUSAL_PHRASES = (
    "Empty Response",  # LlamaIndex's text when it retrieved nothing
    "I don't know",
    "I do not know",
    "not enough information",
    "no information about",
    "none of the sources",
)
_SOURCE = re.compile(r"\ASource \d+:\n")  # CitationQueryEngine puts it before each node's text
NUMBER = re.compile(r"\[(\d+(?:\s*,\s*\d+)*)\]")  # [1] and [1, 2]


@dataclass(frozen=True)
class Cited:
    """What an answer cites.

    Attributes:
        sentence: its text, or a passage of several sentences (`passage`).
        number: as in the answer's text, 0 when not numbered.
        start, end: offsets into the article's text, -1 when not known.
        speaker: whose words they are, "" when they are nobody's, None when the system cannot tell.
        passage: a sentence counts as cited when it stands in the text.
    """

    sentence: str
    article_id: str = ""
    title: str = ""
    number: int = 0
    start: int = -1
    end: int = -1
    speaker: str | None = None
    passage: bool = False


@dataclass(frozen=True)
class Reply:
    """An answer, or a refusal.

    Attributes:
        reason: why it refused, "" when the system does not say.
        short: the bare answer, None when the system has none.
        uncited: statements that the system itself gives without a citation.
        note: why the wording of a language model was not used, "" when it was, or there is none.
    """

    text: str
    citations: tuple[Cited, ...] = ()
    refused: bool = False
    reason: str = ""
    short: str | None = None
    uncited: tuple[str, ...] = ()
    note: str = ""

    @property
    def prose(self) -> str:
        """The text without its [numbers]."""
        return NUMBER.sub("", self.text)


def numbers_in(text: str) -> list[int]:
    """All that its [numbers] point to, in order."""
    return [int(one) for found in NUMBER.findall(text) for one in found.split(",")]


def reply_of(given: object, refusal_phrases: Sequence[str] = REFUSAL_PHRASES) -> Reply:
    """What any system gave: an Answer, its JSON, a LlamaIndex Response.

    Raises:
        NoAnswer: it is something else, or has not the shape.
    """
    if isinstance(given, Answer):
        return _of_json(given.to_dict(), refusal_phrases)
    if isinstance(given, Mapping):
        return _of_json(given, refusal_phrases)
    if hasattr(given, "source_nodes"):
        return _of_response(given, refusal_phrases)
    raise NoAnswer(
        f"the system gave a {type(given).__name__}; wanted an Answer, a dict of its shape "
        "(text, citations with sentence) or a LlamaIndex Response"
    )


def _of_json(plain: Mapping[str, Any], phrases: Sequence[str]) -> Reply:
    text, citations = plain.get("text"), plain.get("citations")
    if not isinstance(text, str) or not isinstance(citations, list | tuple):
        keys = ", ".join(map(str, plain)) or "none"
        raise NoAnswer(f'the answer has the keys {keys}; wanted "text" and a list "citations"')
    refusal, claims = plain.get("refusal"), plain.get("claims")
    refused = plain.get("refused")
    if refused is None:
        refused = bool(refusal) or None
    return Reply(
        text=text,
        citations=tuple(_cited(one) for one in citations),
        refused=_says_no(text, phrases) if refused is None else bool(refused),
        reason=str(refusal.get("reason") or "") if isinstance(refusal, Mapping) else "",
        short=plain["short"] if isinstance(plain.get("short"), str) else None,
        uncited=tuple(
            str(claim.get("text", claim))
            for claim in (claims if isinstance(claims, list | tuple) else ())
            if isinstance(claim, Mapping) and not claim.get("citations")
        ),
        note=str(plain.get("note") or ""),
    )


def _cited(one: object) -> Cited:
    if not isinstance(one, Mapping) or not isinstance(one.get("sentence"), str):
        raise NoAnswer(f'a citation is {str(one)[:80]!r}; wanted an object with a "sentence"')
    given = {key: value for key, value in one.items() if value is not None}  # null: not known
    try:
        start, end = int(given.get("start", -1)), int(given.get("end", -1))
        placed = min(start, end) >= 0
        return Cited(
            sentence=one["sentence"],
            article_id=str(given.get("article_id", "")),
            title=str(given.get("title", "")),
            number=int(given.get("number", 0)),
            start=start if placed else -1,
            end=end if placed else -1,
            speaker=str(given["speaker"]) if "speaker" in given else None,
        )
    except (TypeError, ValueError, OverflowError) as error:
        raise NoAnswer(f"a citation has a wrong number: {error}; wanted whole numbers") from error


def _of_response(response: Any, phrases: Sequence[str]) -> Reply:
    """LlamaIndex's `Response`. The text's [numbers] pick the nodes that count as cited.

    They count from 1, as `CitationQueryEngine` has them; without numbers all nodes are cited. A
    node is a passage: it may hold several sentences. Whosaid's own engines tell more, see
    `assistant.llama`.
    """
    ours = (getattr(response, "metadata", None) or {}).get("whosaid")
    if ours and isinstance(ours, Mapping):
        return _of_json(ours, phrases)
    text = str(response)
    if text == "None" and not getattr(response, "response", None):
        text = ""  # as LlamaIndex prints a response without words
    nodes = [_node(number, found.node) for number, found in enumerate(response.source_nodes, 1)]
    picked = set(numbers_in(text))
    refused = _says_no(text, phrases)
    return Reply(
        text=text,
        citations=tuple(n for n in nodes if not refused and (not picked or n.number in picked)),
        refused=refused,
    )


def _node(number: int, node: Any) -> Cited:
    metadata = node.metadata
    name = next((metadata[key] for key in ("title", "file_name") if metadata.get(key)), "")
    return Cited(
        sentence=_SOURCE.sub("", node.get_content()),
        article_id=str(metadata.get("article_id") or node.ref_doc_id or ""),
        title=str(name),
        number=number,
        passage=True,
    )


def _says_no(text: str, phrases: Sequence[str]) -> bool:
    bare = f" {normalize(text)} "
    return not text.strip() or any(f" {normalize(phrase)} " in bare for phrase in phrases)
