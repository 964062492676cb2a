"""What every library does, in a folder and on servers: nothing lost, nothing twice."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path

import pytest

from conftest import BUDGET, FERRY, UNDATED, Saying, ScriptedTagger, Servers
from index.analysis import analyse, embed
from index.article import Article
from index.attribution import shared_tagger
from index.encoder import Encoder, Vectors, shared_encoder
from index.errors import LibraryMismatch, LoadError, NotInLibrary
from index.filters import Filters
from index.library import Library
from index.passages import PassageSettings

Opened = Callable[..., Library]


@pytest.fixture(params=["folder", "servers"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Opened:
    """Opens one and the same library, in a folder or on servers."""
    if request.param == "folder":
        return partial(Library, tmp_path / "library")
    servers: Servers = request.getfixturevalue("servers")
    return partial(Library, servers.database(), vectors=servers.vectors)


@pytest.fixture
def library(opened: Opened) -> Iterator[Library]:
    """Three articles: two outlets with dates, one without either."""
    with opened() as library:
        library.add(FERRY, BUDGET, UNDATED)
        yield library


def test_articles_come_back_as_they_were_added_newest_first(library: Library) -> None:
    assert list(library.articles()) == [BUDGET, FERRY, UNDATED]
    assert library.article(FERRY.id) == FERRY
    assert len(library) == 3
    assert library.check() == ()


def test_a_snapshot_keeps_what_is_replaced_meanwhile(library: Library) -> None:
    with library.snapshot(), library.snapshot():
        before = [article.id for article in library.articles()]
        with ThreadPoolExecutor(1) as other:
            other.submit(library.remove, FERRY.id).result()
            assert other.submit(len, library).result() == 2
        assert library.article(FERRY.id).text == FERRY.text
        assert library.sentences(FERRY.id)
        assert [article.id for article in library.articles()] == before
        assert FERRY.id not in {i[:20] for i in library.search_vectors("ferry", 9, Filters())}
    assert len(library) == 2
    with pytest.raises(NotInLibrary):
        library.article(FERRY.id)


def test_sentences_tile_the_text(library: Library) -> None:
    text = library.article(FERRY.id).text
    sentences = library.sentences(FERRY.id)
    assert "".join(text[s.start : s.end] for s in sentences) == text
    assert text[sentences[0].start : sentences[0].stop].endswith("killing nine people.")


def test_no_vectors_are_none_and_no_damage(opened: Opened) -> None:
    with opened() as library:
        assert library.vectors([]) == {}
        assert library.mended == ()


def test_adding_again_changes_nothing(library: Library) -> None:
    report = library.add(FERRY, BUDGET)
    assert [item.article_id for item in report.unchanged] == [FERRY.id, BUDGET.id]
    assert not report.added
    assert not report.updated
    assert len(library) == 3


def test_an_article_that_changed_replaces_the_earlier_one(library: Library) -> None:
    corrected = replace(FERRY, text=FERRY.text.replace("Alba", "Morva"))
    report = library.add(corrected)
    assert [item.article_id for item in report.updated] == [corrected.id]
    with pytest.raises(NotInLibrary, match="whosaid list"):
        library.article(FERRY.id)
    assert library.search_words(["alba"], 10, Filters()) == []
    assert library.search_words(["morva"], 10, Filters()) == [f"{corrected.id}-0"]
    assert library.check() == ()


def test_two_versions_from_one_source_in_one_add_leave_the_later(library: Library) -> None:
    later = replace(BUDGET, text=BUDGET.text + " The vote was 31 to 20.")
    new = replace(UNDATED, source="new.txt", text="The dam at Olm is full. It was built in 1912.")
    newer = replace(new, text=new.text + " It leaks.")
    library.add(later, new, newer)
    assert {a.id for a in library.articles()} == {later.id, FERRY.id, UNDATED.id, newer.id}
    assert library.check() == ()


def test_an_article_with_two_sources_stays_until_both_are_gone(library: Library) -> None:
    copy = replace(FERRY, source="archive/ferry.txt")
    assert library.add(copy).unchanged
    changed = replace(FERRY, text="The ferry Alba was raised on Friday.")
    library.add(changed)
    assert library.article(FERRY.id) == FERRY
    library.add(replace(changed, source=copy.source))
    with pytest.raises(NotInLibrary):
        library.article(FERRY.id)


def test_removing_removes_all_of_an_article(library: Library) -> None:
    library.remove(FERRY.id)
    assert list(library.articles()) == [BUDGET, UNDATED]
    assert library.search_words(["ferry"], 10, Filters()) == []
    assert not any(i.startswith(FERRY.id) for i in library.search_vectors("ferry", 10, Filters()))
    assert library.check() == ()
    with pytest.raises(NotInLibrary):
        library.remove(FERRY.id)
    assert library.add(FERRY).added


def test_what_failed_is_listed_and_nothing_else_lost(tmp_path: Path, library: Library) -> None:
    (tmp_path / "good.txt").write_text("A fire at the mill\n\nThe old mill burnt down on Monday.")
    (tmp_path / "empty.txt").write_text("")
    seen: list[tuple[int, str]] = []
    report = library.add(
        tmp_path / "empty.txt", tmp_path / "good.txt", progress=lambda *item: seen.append(item)
    )
    assert [Path(f.source).name for f in report.failed] == ["empty.txt"]
    assert isinstance(report.failed[0], LoadError)
    assert [Path(i.source).name for i in report.added] == ["good.txt"]
    assert [count for count, _ in seen] == [1, 2]


def test_articles_made_by_programs_are_checked_too(library: Library) -> None:
    broken = Article(text="A lone \ud800 surrogate.", source="broken")
    empty = Article(text=" \n", title="Nothing")
    fine = Article(text="The mill at Olm reopened on Friday.")
    report = library.add(broken, empty, fine)
    assert [failure.source for failure in report.failed] == ["broken", "Nothing"]
    assert "surrogates" in report.failed[0].reason
    assert [item.article_id for item in report.added] == [fine.id]
    assert library.check() == ()


SAYINGS = (
    Saying(
        "Harbour chief Ines Tolland denied that the ship had been overloaded",
        *("Harbour chief Ines Tolland", "denied", ("that the ship", "had been overloaded")),
        *("Ines Tolland", "Harbour chief"),
    ),
    Saying("Farmers said that it was green", "", "said", "that it was green"),
)


@pytest.fixture
def spoken(opened: Opened) -> Iterator[Library]:
    """The three articles; two say who said what."""
    with opened(tagger=ScriptedTagger(*SAYINGS)) as library:
        library.add(FERRY, BUDGET, UNDATED)
        yield library


def test_attributions_come_back_as_they_were_found(spoken: Library, opened: Opened) -> None:
    wanted = [SAYINGS[0].of(FERRY), SAYINGS[1].of(UNDATED)]
    assert list(spoken.attributions()) == wanted
    spoken.close()
    with opened() as again:
        assert list(again.attributions()) == wanted
        assert list(again.attributions(acts=["deny", "accuse"])) == wanted[:1]
        assert list(again.attributions(acts=[])) == []
        assert list(again.attributions(Filters.of(articles=[UNDATED.id]))) == wanted[1:]
        assert list(again.attributions(Filters.of(since=date(2026, 3, 3)))) == []


def test_attributions_go_with_their_article(spoken: Library) -> None:
    spoken.remove(FERRY.id)
    assert [a.article_id for a in spoken.attributions()] == [UNDATED.id]
    corrected = replace(UNDATED, text="A comet was seen. " + UNDATED.text)
    spoken.add(corrected, FERRY)
    assert {a.article_id for a in spoken.attributions()} == {corrected.id, FERRY.id}
    for a in spoken.attributions():
        text = spoken.article(a.article_id).text
        assert text[slice(*a.cue)] in ("denied", "said")


def test_an_article_that_is_added_twice_is_tagged_once(spoken: Library) -> None:
    before = list(spoken.attributions())
    spoken.add(FERRY, replace(FERRY, source="copy.txt"))
    assert list(spoken.attributions()) == before


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (Filters.of(publishers=["coast courier"]), {FERRY.id}),
        (Filters.of(publishers="WEXHOLM POST"), {BUDGET.id}),
        (Filters.of(articles=[UNDATED.id, FERRY.id]), {UNDATED.id, FERRY.id}),
        (Filters.of(since=date(2026, 3, 2)), {FERRY.id, BUDGET.id}),
        (Filters.of(since=date(2026, 3, 3)), {BUDGET.id}),
        (Filters.of(until=date(2026, 3, 2)), {FERRY.id}),
        (Filters.of(since=date(2026, 3, 3), until=date(2026, 5, 18)), set()),
        (Filters.of(articles=[]), set()),
    ],
)
def test_filters_hold_for_words_vectors_and_articles(
    library: Library, filters: Filters, found: set[str]
) -> None:
    by_words = library.search_words(["the", "was", "that"], 10, filters)
    by_vector = library.search_vectors("news", 10, filters)
    assert {i.partition("-")[0] for i in by_words} == found
    assert {i.partition("-")[0] for i in by_vector} == found
    assert {a.id for a in library.articles() if filters.match(a)} == found


def test_search_words_are_never_query_syntax(library: Library) -> None:
    hostile = ['"', "NEAR(", "title:ferry", "ferry*", "AND", "'; DROP TABLE articles; --"]
    assert library.search_words(hostile, 10, Filters()) == []
    assert library.search_words(["ferry", *hostile], 10, Filters()) == [f"{FERRY.id}-0"]


def test_threads_ask_while_one_adds(library: Library) -> None:
    articles = [
        Article(text=f"Ship {n} left Port Merrin with {n} tons of salt.", source=f"{n}")
        for n in range(60)
    ]

    def ask() -> None:
        for _ in range(20):
            assert library.search_vectors("the ferry Alba", 1, Filters()) == [f"{FERRY.id}-0"]
            assert library.search_words(["alba"], 1, Filters()) == [f"{FERRY.id}-0"]

    with ThreadPoolExecutor(3) as threads:
        asking = [threads.submit(ask) for _ in range(3)]
        library.add(*articles)
        for asked in asking:
            asked.result()
    assert len(library) == 63
    assert library.check() == ()


def test_a_library_is_the_same_when_opened_again(opened: Opened, library: Library) -> None:
    before = library.search_vectors("ferry disaster", 3, Filters())
    identity = library.identity
    library.close()
    with opened() as again:
        assert again.search_vectors("ferry disaster", 3, Filters()) == before
        assert again.identity == identity
        assert again.check() == ()


def test_other_passage_settings_are_refused(opened: Opened, library: Library) -> None:
    library.close()
    with pytest.raises(LibraryMismatch, match=r"another passages: found .*225.*, wanted .*50"):
        opened(settings=PassageSettings(max_tokens=50))


def test_a_rare_word_weighs_more_than_a_common_one(library: Library) -> None:
    rarity = library.rarity(["the", "alba", "Überladung"])
    assert rarity["the"] < rarity["alba"] < rarity["Überladung"]


def test_what_is_searched_of_a_passage_comes_with_its_title(library: Library) -> None:
    ids = sorted(library.passage_ids())
    found = library.searched([*ids, "unknown-0", "nonsense"])
    assert set(found) == set(ids)
    for name, passage in library.passages(ids).items():
        title = library.article(passage.article_id).title
        assert found[name] == (title, library.passage_text(passage))


def test_words_are_found_in_any_inflection_and_without_diacritics(library: Library) -> None:
    accented = Article(text="Café owners protested. The cafés of Zürich stay open.", source="café")
    library.add(accented)
    for word in ("cafe", "CAFÉ", "protests", "zurich"):
        assert library.search_words([word], 3, Filters()) == [f"{accented.id}-0"]


def test_notes_are_kept_in_order(opened: Opened, library: Library) -> None:
    for line in ("one", 'two "2"', "drei ü"):
        library.note("remarks", line)
    library.close()
    with opened() as again:
        assert list(again.notes("remarks")) == ["one", 'two "2"', "drei ü"]
        assert list(again.notes("others")) == []


def test_check_finds_vectors_that_are_missing(library: Library) -> None:
    store = getattr(library._vectors, "_up_to_date", None) or library._vectors._connected
    store().delete([f"{FERRY.id}-0"])
    [problem] = library.check()
    assert problem == f"1 passages have no vector, {FERRY.id}-0 among them"


def test_an_interrupted_add_is_finished_at_the_next_open(opened: Opened) -> None:
    """As if killed between the catalog's transaction and the vectors."""
    with opened() as library:
        library.add(BUDGET)
        library._vectors.write = lambda *_: None
        library.add(FERRY)
        library.remove(BUDGET.id)
        assert library.check() != ()
    with opened() as library:
        assert library.check() == ()
        assert library.search_vectors("ferry", 10, Filters()) == [f"{FERRY.id}-0"]


class Silent(Encoder):
    """Embeds nothing."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        assert not texts
        return super().encode(texts)


def test_vectors_that_come_with_an_article_are_stored_as_they_are(opened: Opened) -> None:
    made = analyse(FERRY, shared_encoder(), PassageSettings(), shared_tagger())
    made = embed(made, shared_encoder())
    with opened(encoder=Silent()) as library:
        assert library.add_loaded([made]).added
        assert library.check() == ()
        [passage_id] = library.passage_ids()
        assert library.vectors([passage_id])[passage_id] == pytest.approx(made.vectors[0])
        assert FERRY.id in library
        assert BUDGET.id not in library
    with opened() as library:
        library.remove(FERRY.id)
        library.add(FERRY)
        assert library.vectors([passage_id])[passage_id] == pytest.approx(made.vectors[0])
