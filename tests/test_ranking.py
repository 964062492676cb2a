"""Ranking: what the signs count, by hand; what the shipped weights make of them."""

from math import log

import pytest

from index.library import Library
from index.ranking import PARAGRAPH, UNRANKED, Found, Terms
from index.retrieve import RANKED, fuse, retrieve, search

QUESTION = "How much did the court of Drenn fine Corvane in 2026?"
RARITY = {"court": 2.0, "drenn": 3.0, "fine": 1.0, "corvane": 4.0, "2026": 2.0}
SCATTERED = (
    f"A court sat. {'Nothing else was said. ' * 30}They drank fine wine in Drenn. {'Rain. ' * 70}"
)
TOGETHER = "The court of Drenn fined Corvane 212 crowns."


def test_signs_are_what_their_words_say() -> None:
    terms = Terms.of(QUESTION, RARITY)
    assert terms.names == {"drenn", "corvan", "2026"}
    assert terms.share(["court", "corvan", "court", "sea"]) == pytest.approx(6 / 12)
    searched = {
        "one-0": ("Corvane in court", TOGETHER),
        "two-1": ("Wine", SCATTERED),
        "two-2": ("Wine", "In 2026."),
    }
    fused = {"one-0": 0.5, "two-1": 0.25, "two-2": 0.125}
    one, two, three = Found(terms, ["two-1", "one-0"], ["one-0"], fused, searched).signs()
    assert one.dense == pytest.approx(log(2))
    assert one.bm25 == 0
    assert (two.not_dense, two.not_bm25) == (0, 1)
    assert two.bm25 == pytest.approx(log(1 + UNRANKED))
    assert one.coverage == one.lines == one.paragraph == pytest.approx(10 / 12)
    assert one.title == pytest.approx(6 / 12)
    assert (one.first, two.first) == (1, 0)
    assert one.names == pytest.approx(2 / 3)
    # Its court stands more than sixty words before the fine wine of Drenn.
    assert len(SCATTERED.split()) > PARAGRAPH
    assert two.coverage == pytest.approx(6 / 12)
    assert two.lines == two.paragraph == pytest.approx(4 / 12)
    # "court drenn", "drenn fine", "fine corvane" of four pairs; "fine Drenn" of the other.
    assert one.pairs == pytest.approx(3 / 5)
    assert two.pairs == pytest.approx(1 / 5)
    assert (one.others, two.others, three.others) == (0, 0.125, 0.25)
    assert two.article == three.article == pytest.approx(8 / 12)


def test_words_that_stand_together_come_before_words_that_are_scattered() -> None:
    searched = {"two-1": ("Wine", SCATTERED), "one-1": ("Court", TOGETHER)}
    names = list(searched)
    fused = fuse(names, names[::-1])
    found = Found(Terms.of(QUESTION, RARITY), names, names[::-1], fused, searched).ranked()
    assert list(found) == ["one-1", "two-1"]
    assert sum(found.values()) == pytest.approx(1)


def test_nothing_found_is_nothing_ranked() -> None:
    assert Found(Terms.of("???", {}), [], [], {}, {}).ranked() == {}


def test_passages_beyond_those_ranked_follow_where_these_are_copies(library: Library) -> None:
    found = search(library, "Who denied that the ferry was overloaded?", 1)
    assert len(found.searched) == 1
    assert len(found.fused) > 1
    hits = retrieve(library, "Who denied that the ferry was overloaded?", RANKED)
    assert {hit.passage.id for hit in hits} == set(found.fused)
    scores = [hit.score for hit in hits]
    assert scores == sorted(scores, reverse=True)
