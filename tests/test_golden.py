"""The golden suite: golden/*.grounded.toml over the sample articles, which the plugin runs.

Here is what concerns the suite as a whole. A case with `known_failure` is one that the present
implementation does not get right; when it does, the plugin fails it until the key is removed.
"""

from collections import Counter
from pathlib import Path

from assistant.grounded.checking import folded
from assistant.grounded.schema import read_suite
from assistant.pipeline import Assistant
from index.retrieve import retrieve

SUITES = [read_suite(p) for p in sorted((Path(__file__).parent / "golden").glob("*.grounded.toml"))]
CASES = [case for suite in SUITES for case in suite.cases]
KINDS = {
    *("attribution", "pronoun", "several answers", "two sentences", "number", "date", "follow-up"),
    *("filter", "near miss", "other language", "injection", "off topic"),
}


def test_ids_are_unique_and_all_kinds_are_there() -> None:
    assert [id_ for id_, count in Counter(case.id for case in CASES).items() if count > 1] == []
    kinds = Counter(case.kind for case in CASES)
    assert {kind for kind in KINDS if kinds[kind] < 5} == set()
    assert len(CASES) >= 150


def test_what_is_wanted_stands_in_the_articles(newsroom: Assistant) -> None:
    library = newsroom.library
    sentences = [
        folded(article.text[s.start : s.stop])
        for article in library.articles()
        for s in library.sentences(article.id)
    ]
    for case in CASES:
        for wanted in (*case.must_cite, *case.must_not_cite):
            start = folded(wanted.sentence)
            assert any(s.startswith(start) for s in sentences), f"{case.id}: {wanted}"


def test_retrieval_finds_the_evidence(newsroom: Assistant) -> None:
    """Among ten passages there is the evidence of at least 19 of 20 standalone questions."""
    asked = [case for case in CASES if case.must_cite and not case.history]
    found = 0
    for case in asked:
        hits = retrieve(newsroom.library, case.question, 10)
        texts = [
            folded(newsroom.library.article(p.article_id).text[p.start : p.end])
            for hit in hits
            for p in (hit.passage, *hit.copies)
        ]
        found += any(folded(w.sentence) in text for w in case.must_cite for text in texts)
    assert found >= 0.95 * len(asked)
