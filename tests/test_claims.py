"""Our own claims: well formed, and read in the place of questions."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.train.batches import IGNORED, claim_rows, collate, question_tokenizer
from assistant.train.claims import NewsClaim, answered, claim_examples, read_news_claims
from assistant.train.loop import Recipe, loss_of
from assistant.train.network import Network
from assistant.train.newsroom import NewsQuestion, Texts, texts_of
from conftest import FERRY

FIRST, SECOND = (
    "Harbour chief Ines Tolland denied that the ship had been overloaded.",
    '"We counted every passenger.',
)
TRUE = NewsClaim(
    FERRY.source,
    "Tolland said it was not true that the ship carried too much.",
    True,
    tuple((FERRY.text.index(s), FERRY.text.index(s) + len(s)) for s in (FIRST, SECOND)),
)
FALSE = replace(TRUE, claim="Tolland admitted that the ship was overloaded.", supported=False)


@pytest.fixture
def texts(tmp_path: Path) -> Texts:
    path = tmp_path / "news.jsonl"
    row = {"id": FERRY.source, "title": FERRY.title, "text": FERRY.text}
    path.write_text(json.dumps(row) + "\n", encoding="utf-8")
    return texts_of(path)


def test_a_question_with_an_answer_behind_it_is_a_claim(texts: Texts) -> None:
    def asked(kind: str, question: str, answer: str, sentence: str) -> NewsQuestion:
        start, at = FERRY.text.index(sentence), FERRY.text.index(answer)
        answers = ((at, at + len(answer)),) if kind != "unanswerable" else ()
        return NewsQuestion(
            FERRY.source, kind, question, answers, ((start, start + len(sentence)),)
        )

    who = asked("attribution", "Who denied it?", "Ines Tolland", FIRST)
    what = asked("attribution", "What was counted?", "every passenger", SECOND)
    miss = asked("unanswerable", "Who admitted it?", "Ines Tolland", FIRST)
    made = [c for seed in range(20) for c in answered([who, what, miss], texts, seed)]
    told = {(claim.claim, claim.supported) for claim in made}
    assert told == {
        ("Who denied it? Ines Tolland", True),
        ("What was counted? every passenger", True),
        ("Who denied it? every passenger", False),
        ("What was counted? Ines Tolland", False),
        ("Who admitted it? Ines Tolland", False),
    }


def test_several_answers_stand_behind_a_question_together_or_one_of_them() -> None:
    text = "Ada Venn denied it. Rolf Lenz denied it, too. Venn was angry."
    texts = {"a": ("", text)}
    both = ((0, 8), (20, 29))
    who = NewsQuestion("a", "attribution", "Who denied it?", both, ((0, 19), (20, 45)))
    angry = NewsQuestion("a", "attribution", "Who was angry?", ((46, 50),), ((46, 61),))
    made = [c for seed in range(30) for c in answered([who, angry], texts, seed)]
    right = {c.claim for c in made if c.claim.startswith("Who denied") and c.supported}
    assert right == {
        "Who denied it? Ada Venn, Rolf Lenz",
        "Who denied it? Ada Venn",
        "Who denied it? Rolf Lenz",
    }
    # "Ada Venn" tells who was angry, from whatever sentence it is.
    assert not any(c.claim == "Who was angry? Ada Venn" for c in made)


@settings(deadline=None)
@given(st.sampled_from(read_news_claims()))
def test_our_claims_are_well_formed(claim: NewsClaim) -> None:
    assert claim.claim.strip() == claim.claim
    assert claim.evidence
    assert all(0 <= start < stop for start, stop in claim.evidence)
    assert list(claim.evidence) == sorted(set(claim.evidence))


def test_a_claim_comes_with_its_sentences_alone_or_in_their_passage(texts: Texts) -> None:
    made = [e for seed in range(20) for e in claim_examples([TRUE, FALSE], texts, seed)]
    assert len({e.context for e in made}) > 1
    for found in made:
        assert FIRST in found.context
        assert SECOND in found.context
        cited = [found.context[slice(*span)] for span in found.evidence]
        assert cited == ([FIRST, SECOND] if found.claim == TRUE.claim else [])


def test_a_claim_teaches_whether_it_holds_but_no_answer(texts: Texts) -> None:
    rows = claim_rows(claim_examples([TRUE, FALSE], texts, seed=1))
    batch = collate(rows)
    assert batch.answerable.tolist() == [1, 0]
    assert (batch.start == IGNORED).all()
    assert rows[0].support is not None
    tokens = [int(i) for i, kept in zip(rows[0].ids, rows[0].support, strict=True) if kept]
    assert "ines tolland denied" in question_tokenizer().decode(tokens)
    assert batch.support[1].sum() == 0
    torch.manual_seed(1)
    assert set(loss_of(Network(), batch, Recipe())) == {"answerable", "support"}
