"""Passages: whole sentences, each prose sentence once, none too long, no stubs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.article import Article, Kind, Sentence
from index.passages import PassageSettings, passage_text, split_passages

SETTINGS = PassageSettings(max_tokens=50)


def cut(lengths: list[int], kinds: list[Kind]) -> tuple[Article, list[Sentence], list[range]]:
    """An article whose sentences are as long as told; the runs that become passages."""
    sentences, text = [], ""
    for length, kind in zip(lengths, kinds, strict=True):
        start = len(text)
        text += "x" * length + ". "
        sentences.append(Sentence(start, len(text) - 1, len(text), kind))
    article = Article(text)
    passages = split_passages(article, sentences, lengths, SETTINGS)
    assert [p.number for p in passages] == list(range(len(passages)))
    assert all(p.start == sentences[p.first].start for p in passages)
    assert all(p.end == sentences[p.last - 1].stop for p in passages)
    return article, sentences, [range(p.first, p.last) for p in passages]


@given(st.lists(st.tuples(st.integers(1, 80), st.sampled_from(Kind)), max_size=60))
def test_each_prose_sentence_is_in_exactly_one_passage(parts: list[tuple[int, Kind]]) -> None:
    lengths, kinds = [n for n, _ in parts], [kind for _, kind in parts]
    _, _, runs = cut(lengths, kinds)
    prose = [n for n, kind in enumerate(kinds) if kind is Kind.PROSE]
    assert [n for run in runs for n in run if kinds[n] is Kind.PROSE] == prose
    for run in runs:
        own = [lengths[n] for n in run if kinds[n] is Kind.PROSE]
        assert sum(own) <= SETTINGS.max_tokens or len(own) == 1
        assert kinds[run[0]] is kinds[run[-1]] is Kind.PROSE


def test_an_article_does_not_end_in_a_stub() -> None:
    _, _, runs = cut([10] * 11, [Kind.PROSE] * 11)
    assert [len(run) for run in runs] == [4, 4, 3]


def test_furniture_is_not_embedded() -> None:
    article, sentences, [run] = cut([3, 4, 5], [Kind.PROSE, Kind.FURNITURE, Kind.PROSE])
    assert passage_text(article.text, sentences[run[0] : run[-1] + 1]) == "xxx. xxxxx."


@pytest.mark.parametrize("kind", [Kind.HEADING, Kind.CAPTION, Kind.FURNITURE])
def test_an_article_without_prose_has_no_passages(kind: Kind) -> None:
    assert cut([5, 5], [kind, kind])[2] == []
