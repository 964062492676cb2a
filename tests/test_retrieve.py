"""Retrieval: fusion as published, both searches count, copies do not crowd out others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import BUDGET, FERRY
from index.article import Article
from index.filters import Filters
from index.library import Library
from index.retrieve import RRF_K, fuse, retrieve
from index.words import STOP_WORDS, search_words, stem


def test_fusion_is_the_published_formula() -> None:
    fused = fuse(["a", "b", "c"], ["c", "a"])
    assert fused == pytest.approx(
        {
            "a": 1 / (RRF_K + 1) + 1 / (RRF_K + 2),
            "c": 1 / (RRF_K + 3) + 1 / (RRF_K + 1),
            "b": 1 / (RRF_K + 2),
        }
    )
    assert list(fused) == ["a", "c", "b"]


@given(st.lists(st.lists(st.sampled_from("abcdefgh"), unique=True), max_size=4))
def test_fusion_keeps_all_and_prefers_what_is_ranked_higher_everywhere(
    rankings: list[list[str]],
) -> None:
    fused = fuse(*rankings)
    assert set(fused) == {name for ranking in rankings for name in ranking}
    assert list(fused.values()) == sorted(fused.values(), reverse=True)
    for one in fused:
        for other in fused:
            if all(
                one in r and (other not in r or r.index(one) < r.index(other)) for r in rankings
            ):
                assert fused[one] > fused[other]


def test_a_paraphrase_is_found_and_so_is_a_rare_word(library: Library) -> None:
    assert retrieve(library, "maritime disaster casualties")[0].passage.article_id == FERRY.id
    assert retrieve(library, "Lindqvist")[0].passage.article_id == BUDGET.id


def test_filters_reach_both_searches(library: Library) -> None:
    hits = retrieve(library, "ferry sank", filters=Filters.of(publishers=["Wexholm Post"]))
    assert {hit.passage.article_id for hit in hits} == {BUDGET.id}


def test_wire_copies_are_folded_into_one_hit(library: Library) -> None:
    copies = [
        Article(
            text=FERRY.text.replace("nine", "at least nine"),
            title=FERRY.title,
            publisher=f"Wire {n}",
        )
        for n in range(12)
    ]
    library.add(*copies)
    hits = retrieve(library, "Who denied that the ferry was overloaded?", count=3)
    assert len(hits) == 3
    assert len({hit.passage.article_id for hit in hits}) == 3
    assert len(hits[0].copies) == 12
    assert not hits[1].copies


def test_a_long_article_may_fill_several_places(library: Library) -> None:
    paragraphs = [
        f"Ferry report {n}: the ferry company answered {n} letters. " * 8 for n in range(6)
    ]
    long = Article(text="\n\n".join(paragraphs), title="Ferry reports", source="long")
    library.add(long)
    hits = retrieve(library, "ferry company letters", count=4)
    assert [hit.passage.article_id for hit in hits].count(long.id) >= 3


@pytest.mark.parametrize(
    "question", ["", "???", "\x00", "' OR 1=1 --", "a" * 100_000, "谁否认了？"]
)
def test_any_question_is_a_question(library: Library, question: str) -> None:
    assert len(retrieve(library, question)) <= 10


def test_an_empty_library_gives_nothing(tmp_path: object) -> None:
    with Library(f"{tmp_path}/empty") as empty:
        assert retrieve(empty, "Who denied what?") == ()


def test_words_to_search_for() -> None:
    assert search_words("Who denied that Hajiyev denied it?") == ["denied", "hajiyev"]
    assert search_words("Who said what?") == ["who", "said", "what"]
    assert len(search_words(" ".join(f"w{n}" for n in range(500)))) == 64
    assert "not" not in STOP_WORDS


@pytest.mark.parametrize(
    "family",
    [
        ["deny", "denied", "denies", "denying", "denial", "denials"],
        ["accuse", "accused", "accuses", "accusing", "accusation", "accusations"],
        ["ferry", "ferries"],
        ["report", "reports", "reported", "reporting"],
    ],
)
def test_inflections_share_a_stem(family: list[str]) -> None:
    assert len({stem(word) for word in family}) == 1


def test_as_a_llama_index_retriever_offsets_are_the_articles(library: Library) -> None:
    from index.llama import LibraryRetriever

    found = LibraryRetriever(library, count=2).retrieve("Who denied the overloading?")
    assert len(found) == 2
    assert found[0].node.metadata["article_id"] == FERRY.id
    assert found[0].node.metadata["published"] == "2026-03-02"
    for node in (f.node for f in found):
        text = library.article(node.metadata["article_id"]).text
        assert text[node.start_char_idx : node.end_char_idx] == node.get_content()
