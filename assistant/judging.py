"""A claim that held, put to a language model with the sentences it cites, where the user allows it.

It comes after our own checks and can only withhold: what these refuse is never put to it. Whatever
is no plain "yes" counts as "no".
"""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from assistant.answer import Citation
from assistant.model_server import ModelError
from assistant.render import line
from assistant.verify import Support
from assistant.wording import fence, row, statements
from index.words import words
from prompts import Message, prompt

if TYPE_CHECKING:
    from assistant.llm import Model

LONGEST = 200  # characters of a reason that are kept


def judged(model: "Model", until: float, claim: str, citations: Sequence[Citation]) -> Support:
    """Whether the model says that a claim is borne out.

    Args:
        until: when it has to be done, as `time.perf_counter` counts (seconds).

    Raises:
        ModelError: it failed, or was not done in time.
    """
    try:
        pieces = model.written(judging(claim, citations), until - time.perf_counter())
        return verdict(list(statements(pieces)))
    except ModelError as error:
        raise ModelError(f"asked to judge a statement, {error}") from None


def judging(claim: str, citations: Sequence[Citation]) -> tuple[Message, ...]:
    """The prompt. A sentence that stands in several articles is told once."""
    cited: dict[str, Citation] = {}
    for citation in citations:
        cited.setdefault(citation.sentence, citation)
    sentences = "\n".join(map(row, cited.values()))
    claim = line(claim)
    return prompt("judge", fence=fence(f"{sentences}\0{claim}"), sentences=sentences, claim=claim)


def verdict(reply: Sequence[str]) -> Support:
    """What the lines of a reply say: "yes" or "no" on the first, perhaps a reason on the next."""
    first, *rest = [words(text) for text in reply] or [[]]
    if first == ["yes"] and ["no"] not in rest:
        return Support(True)
    if first[:1] != ["no"]:
        return Support(False, "asked to judge it, the model said neither yes nor no", "judge")
    reason = line(" ".join(reply[1:] if first == ["no"] else reply))[:LONGEST]
    why = f": {reason}" if reason else ""
    return Support(False, f"the model judges that the cited sentences do not say it{why}", "judge")
