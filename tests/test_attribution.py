"""Who said what, found in articles: from scores to spans, and from spans to attributions."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from index.article import Article, Kind, Sentence, Span
from index.attribution import Relation, Tagger, decode, running_quotations, shared_tagger
from index.encoder import load_tokenizer
from index.network import LINK, LONGEST, Linker, Output, shared_network
from index.passages import PassageSettings, split_passages
from index.sentences import split_sentences

SOURCE, CUE, CONTENT = 3, 4, 5  # columns of a token's scores: inside one
BEGINS = 7  # the first token of a cue

# --- From scores to relations -------------------------------------------------------------------


def tokens(text: str) -> NDArray[np.int64]:
    """Words and marks as tokens, one without width before and after: [CLS] and [SEP]."""
    found = [match.span() for match in re.finditer(r"\w+|[^\w\s]", text)]
    return np.array([(0, 0), *found, (0, 0)], np.int64)


def scored(text: str, *relations: tuple[str, ...]) -> Output:
    """What a sure network says of (source, cue, content ...), each a stretch of the text or "".

    Each cue has a column of its own in which its vector and those of its tokens have a one; the
    linker wants two of them.
    """
    offsets = tokens(text)
    inside = np.full((len(offsets), 9), -5, np.float32)
    links = np.zeros((len(offsets), 4, LINK), np.float32)
    for column, (source, cue, *contents) in enumerate(relations):
        stretches = [(SOURCE, source), (CUE, cue), *((CONTENT, content) for content in contents)]
        for role, words in stretches:
            place = numbers(text, words)
            inside[place, role] = 5
            inside[place[:1], role + 3] = 5
            if role == CUE:
                links[place[:1], :2, column] = 1
            else:
                links[place, 2 if role == SOURCE else 3, column] = 1
    linker = Linker(
        distance=np.full((5, 2, LINK), -1, np.float32),
        weight=np.full((2, LINK), 40, np.float32),
        bias=np.full(2, -20, np.float32),
    )
    return Output(inside, 0.0, links.reshape(len(offsets), -1), linker)


def numbers(text: str, words: str) -> list[int]:
    """Which tokens a stretch of the text has."""
    start = text.index(words)
    stop = start + len(words)
    return [n for n, (s, e) in enumerate(tokens(text)) if start <= s < e <= stop]


def spelled(text: str, relations: list[Relation]) -> list[tuple[list[str], str, list[str]]]:
    return [
        ([text[s:e] for s, e in r.source], text[slice(*r.cue)], [text[s:e] for s, e in r.content])
        for r in relations
    ]


def decoded(text: str, *relations: tuple[str, ...]) -> list[tuple[list[str], str, list[str]]]:
    return spelled(text, decode(text, tokens(text), scored(text, *relations)))


def test_what_stands_side_by_side_is_kept_apart() -> None:
    text = "Lenz denied the theft, and Rovan promised a bridge."
    assert decoded(text, ("Lenz", "denied", "the theft"), ("Rovan", "promised", "a bridge")) == [
        (["Lenz"], "denied", ["the theft"]),
        (["Rovan"], "promised", ["a bridge"]),
    ]


def test_what_is_nested_is_part_of_both() -> None:
    text = "Karsovia said that Elmaria denied opening the dam."
    inner = "that Elmaria denied opening the dam"
    assert decoded(text, ("Karsovia", "said", inner), ("Elmaria", "denied", "opening the dam")) == [
        (["Karsovia"], "said", [inner]),
        (["Elmaria"], "denied", ["opening the dam"]),
    ]


def test_what_somebody_says_in_a_sentence_is_not_whose_spoke_before() -> None:
    text = "Roake named a figure. Kovash dismissed it as a fantasy."
    shared = "it as a fantasy"
    relations = (("Roake", "named", "a figure", shared), ("Kovash", "dismissed", shared))
    output = scored(text, *relations)
    # Both cues claim it: its tokens look like a content of either.
    output.links[numbers(text, shared)] = 0
    place = output.links.reshape(len(tokens(text)), 4, LINK)
    place[numbers(text, shared), 3, :2] = 1
    assert spelled(text, decode(text, tokens(text), output)) == [
        (["Roake"], "named", ["a figure"]),
        (["Kovash"], "dismissed", [shared]),
    ]


def test_one_content_may_be_in_pieces() -> None:
    text = "The dam, Lenz said, was never opened."
    assert decoded(text, ("Lenz", "said", "The dam", "was never opened")) == [
        (["Lenz"], "said", ["The dam", "was never opened"])
    ]


def test_two_cues_that_touch_are_two() -> None:
    text = "Lenz said denied it."
    assert [
        cue for _, cue, _ in decoded(text, ("Lenz", "said", "it"), ("Lenz", "denied", "it"))
    ] == [
        "said",
        "denied",
    ]


def test_commas_and_spaces_around_a_span_are_left_out() -> None:
    text = "Sera Lenz, the envoy, said: nobody opened it;"
    assert decoded(text, ("Sera Lenz, the envoy,", "said:", "nobody opened it;")) == [
        (["Sera Lenz, the envoy"], "said", ["nobody opened it"])
    ]


def test_a_cue_that_leads_to_nothing_is_none() -> None:
    assert decoded("Nobody said a word.", ("", "said", "")) == []
    assert decoded("Lenz said, and left.", ("Lenz", ",", "left")) == []  # a comma is no word
    assert decoded("Nothing.") == []


def test_a_source_alone_or_a_content_alone_is_enough() -> None:
    assert decoded("Lenz declined to comment.", ("Lenz", "declined to comment", "")) == [
        (["Lenz"], "declined to comment", [])
    ]
    assert decoded("It was said that it rained.", ("", "said", "that it rained")) == [
        ([], "said", ["that it rained"])
    ]


def test_links_know_how_far_a_token_is_from_the_cue() -> None:
    """A linker that looks at nothing but distance, and likes what is far."""
    text = "a b c d e f g"
    offsets = tokens(text)
    distance = np.zeros((5, 2, LINK), np.float32)
    distance[0, 0] = 1  # two before, or farther
    distance[4, 1] = 1  # two after, or farther
    linker = Linker(distance, np.ones((2, LINK), np.float32), np.full(2, -9, np.float32))
    inside = np.full((len(offsets), 9), -9, np.float32)
    for role, words in ((SOURCE, "ac"), (CUE, "d"), (CONTENT, "eg")):
        for word in words:
            inside[numbers(text, word), role] = inside[numbers(text, word), role + 3] = 1
    output = Output(inside, 0.0, np.zeros((len(offsets), 4 * LINK), np.float32), linker)
    assert spelled(text, decode(text, offsets, output)) == [(["a"], "d", ["g"])]


# --- Quotations that run on ---------------------------------------------------------------------


def relation(text: str, source: str, cue: str, *content: str) -> Relation:
    def place(words: str) -> Span:
        return text.index(words), text.index(words) + len(words)

    return Relation((place(source),), place(cue), tuple(map(place, content)))


def run_on(text: str, *found: Relation) -> list[tuple[list[str], str, list[str]]]:
    return spelled(text, running_quotations(text, split_sentences(text), found))


FIRST = "“The pumps failed on Monday,” engineer Orla Venn said."
TOLD = ("engineer Orla Venn", "said", "“The pumps failed on Monday")


def test_a_quoted_paragraph_without_a_cue_goes_to_who_was_speaking() -> None:
    text = f"{FIRST}\n\n“Nobody had warned us. We had to swim.”\n\nThe ferry sank at noon."
    assert run_on(text, relation(text, *TOLD)) == [
        (["engineer Orla Venn"], "said", ["“Nobody had warned us.", "We had to swim.”"])
    ]


def test_it_goes_on_over_two_paragraphs_each_opened_anew() -> None:
    text = f"{FIRST}\n\n“Nobody had warned us.\n\n“We had to swim.”"
    assert [content for _, _, content in run_on(text, relation(text, *TOLD))] == [
        ["“Nobody had warned us."],
        ["“We had to swim.”"],
    ]


def test_not_when_the_article_says_something_in_between() -> None:
    text = f"{FIRST}\n\nThe ferry sank at noon.\n\n“Nobody had warned us.”"
    assert run_on(text, relation(text, *TOLD)) == []


def test_not_when_who_spoke_before_was_not_quoted() -> None:
    text = "Engineer Orla Venn denied a warning.\n\n“Nobody had told us.”"
    assert run_on(text, relation(text, "Engineer Orla Venn", "denied", "a warning")) == []


def test_not_for_ever() -> None:
    paragraphs = "\n\n".join(f"“We swam for {n} hours.”" for n in range(9))
    text = f"{FIRST}\n\n{paragraphs}"
    added = run_on(text, relation(text, *TOLD))
    assert all(source == ["engineer Orla Venn"] for source, _, _ in added)
    assert "“We swam for 0 hours.”" in [piece for _, _, content in added for piece in content]


def test_a_quotation_before_its_cue_belongs_to_who_ends_the_paragraph() -> None:
    text = "The ferry sank.\n\n“Nobody had warned us. We had to swim,” Orla Venn said."
    found = relation(text, "Orla Venn", "said", "We had to swim,”")
    assert run_on(text, found) == [(["Orla Venn"], "said", ["“Nobody had warned us."])]


def test_of_two_in_a_paragraph_the_one_who_spoke_last_goes_on() -> None:
    text = (
        "“The dam was safe,” Venn said. “It was new. They lied to us,” Orlo added. “Nobody called. "
        "We lost everything.”"
    )
    venn = relation(text, "Venn", "said", "“The dam was safe")
    orlo = relation(text, "Orlo", "added", "They lied to us")
    assert run_on(text, venn, orlo) == [
        (["Orlo"], "added", ["“It was new.", "“Nobody called.", "We lost everything.”"])
    ]


def test_a_quotation_that_a_cue_claims_is_nobody_elses() -> None:
    text = f"{FIRST}\n\n“Nobody had warned us,” said Ines Tolland."
    own = relation(text, "Ines Tolland", "said Ines", "“Nobody had warned us")
    assert run_on(text, relation(text, *TOLD), own) == []


# --- In an article ------------------------------------------------------------------------------


class Words:
    """A network that knows sources, cues and contents by their words alone."""

    def __init__(self, source: str, cue: str, content: str) -> None:
        self._tokenizer = load_tokenizer()
        self._words = {
            role: set(self._tokenizer.encode(text, add_special_tokens=False).tokens)
            for role, text in ((SOURCE, source), (CUE, cue), (CONTENT, content))
        }

    def __call__(self, ids: NDArray[np.int64], types: NDArray[np.int64]) -> Output:
        spoken = [self._tokenizer.id_to_token(int(i)) for i in ids[0]]
        inside = np.full((len(spoken), 9), -5, np.float32)
        for role, known in self._words.items():
            inside[[n for n, word in enumerate(spoken) if word in known], role] = 5
        inside[inside[:, CUE] > 0, BEGINS] = 5
        return Output(inside, 0.0, np.zeros((len(spoken), 4 * LINK), np.float32), indifferent())


def indifferent() -> Linker:
    """What a token is, it is of every cue."""
    zeros = np.zeros((3, 2, LINK), np.float32)
    return Linker(zeros, np.zeros((2, LINK), np.float32), np.zeros(2, np.float32))


def parts(text: str, *kinds: Kind) -> tuple[Sentence, ...]:
    """The lines of a text as sentences of these kinds."""
    starts = [0, *(match.end() for match in re.finditer(r"\n+", text)), len(text)]
    return tuple(
        Sentence(start, start + len(text[start:end].rstrip()), end, kind)
        for start, end, kind in zip(starts, starts[1:], kinds, strict=False)
    )


def test_offsets_are_the_articles_own_when_a_caption_stands_in_between() -> None:
    text = (
        "🚢 It was a ferry that sank near Merrin.\n\nPhoto: denied entry, Lenz at the dam\n\n"
        "On that day Ada Lenz, the envoy, denied theft."
    )
    article = Article(text, "Ferry")
    sentences = parts(text, Kind.PROSE, Kind.CAPTION, Kind.PROSE)
    tagger = Tagger(Words(source="ada lenz", cue="denied", content="theft"))
    [found] = tagger.find(article, sentences, [(0, 3)])
    assert text[slice(*found.cue)] == "denied"
    assert found.cue[0] > text.index("Ada")
    assert [text[s:e] for s, e in found.source] == ["Ada Lenz"]
    assert [text[s:e] for s, e in found.content] == ["theft"]
    assert (found.article_id, found.number, found.act) == (article.id, 0, "deny")
    assert (found.speaker, found.negated) == ("Ada Lenz", False)


def test_a_content_that_goes_on_behind_a_caption_is_in_two_pieces() -> None:
    text = (
        "On that day Ada Lenz denied theft\n\nPhoto: a fisherman mends his net\n\n"
        "murder, fraud, and that was all she had to say about it."
    )
    sentences = parts(text, Kind.PROSE, Kind.CAPTION, Kind.PROSE)
    tagger = Tagger(Words(source="ada lenz", cue="denied", content="theft murder fraud ,"))
    [found] = tagger.find(Article(text), sentences, [(0, 3)])
    assert [text[s:e] for s, e in found.content] == ["theft", "murder, fraud"]


def test_attributions_are_numbered_in_the_order_of_the_text() -> None:
    text = "\n\n".join(
        f"On that day {name} denied {what} and was not asked about it."
        for name, what in (("Ada Lenz", "theft"), ("Orla Venn", "murder"), ("Ida Holt", "fraud"))
    )
    sentences = split_sentences(text)
    names = "ada lenz orla venn ida holt"
    tagger = Tagger(Words(source=names, cue="denied", content="theft murder fraud"))
    found = tagger.find(Article(text), sentences, [(0, 1), (1, 2), (2, 3)])
    assert [a.number for a in found] == [0, 1, 2]
    assert [a.speaker for a in found] == ["Ada Lenz", "Orla Venn", "Ida Holt"]
    assert [a.named for a in found] == [a.source[0] for a in found]
    assert all(list(a.spans) == sorted(a.spans) for a in found)


def test_what_nobody_did_is_negated_though_the_no_is_not_tagged() -> None:
    text = "On that day no officials denied theft, and that was all there was to it."
    tagger = Tagger(Words(source="officials", cue="denied", content="theft"))
    [found] = tagger.find(Article(text), split_sentences(text), [(0, 1)])
    assert (found.act, found.negated) == ("deny", True)


def test_beyond_what_the_network_was_trained_on_nothing_is_seen() -> None:
    text = "ferry " * LONGEST + "Ada Lenz denied theft."
    tagger = Tagger(Words(source="ada lenz", cue="denied", content="theft"))
    assert tagger.relations(text) == []
    assert len(tagger.relations(text[6 * 20 :])) == 1


def test_what_is_not_english_is_left_alone() -> None:
    """The network learned from English news; of other languages it would make up things."""
    article = Article("Gestern dementierte Ada Lenz, Vertreterin jener Stadt, denied theft.")
    tagger = Tagger(Words(source="ada lenz", cue="denied", content="theft"))
    assert tagger.find(article, split_sentences(article.text), [(0, 1)]) == ()


def test_an_article_without_prose_has_no_attributions() -> None:
    article = Article("\n")
    tagger = Tagger(Words(source="ada", cue="denied", content="theft"))
    assert tagger.find(article, split_sentences(article.text), []) == ()


class Noise:
    """A network that says anything, sure of it."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def __call__(self, ids: NDArray[np.int64], types: NDArray[np.int64]) -> Output:
        draw = np.random.default_rng([self._seed, ids.shape[1]])
        distance, weight = draw.normal(size=(9, 2, LINK)), draw.normal(size=(2, LINK))
        linker = Linker(
            distance.astype(np.float32), weight.astype(np.float32), np.zeros(2, np.float32)
        )
        inside = draw.normal(0.5, 2, size=(ids.shape[1], 9)).astype(np.float32)
        links = draw.normal(size=(ids.shape[1], 4 * LINK)).astype(np.float32)
        return Output(inside, 0.0, links, linker)


LINES = st.sampled_from(
    [
        "Mayor Pia Lindqvist denied that the school would close.",
        "“We swam,” he said. “Nobody, but nobody, helped. It was cold.",
        "“It was ‘hopeless’, they told us.”",
        "Photo: A fisherman mends his net",
        "The harbour in May. It was full. (Jane Roe/Reuters)",
        "Advertisement",
        "What we know so far",
        "🚢🚢 Ça va, dit-elle… — and\xa0left.\tAgain,  she  said :  no.",
        "港口罢工结束了。 Lenz, however, denied it.",
        "According to Mr. O’Neill, the U.S. “accused” them, of , ; : nothing.",
        "a\u0301e\u0301\u200b said \u202eevil\u202c.",
    ]
)


@settings(deadline=None, max_examples=60)
@given(st.lists(LINES, min_size=1, max_size=12), st.integers(0, 10_000), st.integers(5, 225))
def test_whatever_the_network_says_every_span_is_prose_of_the_article(
    lines: list[str], seed: int, most: int
) -> None:
    article = Article("\n\n".join(lines), "A title")
    text = article.text
    sentences = split_sentences(text, article.title)
    lengths = [len(text[s.start : s.stop].split()) for s in sentences]
    passages = split_passages(article, sentences, lengths, PassageSettings(most))
    found = Tagger(Noise(seed)).find(article, sentences, [(p.first, p.last) for p in passages])
    prose = {at for s in sentences if s.kind is Kind.PROSE for at in range(s.start, s.stop)}
    assert [a.number for a in found] == list(range(len(found)))
    for attribution in found:
        assert attribution.source or attribution.content
        for start, stop in attribution.spans:
            assert 0 <= start < stop <= len(text)
            assert all(at in prose or text[at].isspace() for at in range(start, stop))
        if attribution.named:
            start, stop = attribution.named
            assert 0 <= start < stop <= len(text)


# --- On the shipped weights ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "source", "cue", "content"),
    [
        (
            "Mayor Pia Lindqvist denied that the school would close.",
            "Mayor Pia Lindqvist",
            "denied",
            "that the school would close",
        ),
        (
            "According to Mayor Pia Lindqvist, the plant will close in May.",
            "Mayor Pia Lindqvist",
            "According to",
            "the plant will close in May",
        ),
        (
            "According to Governor Orla Venn, the plant will close in May.",
            "Governor Orla Venn",
            "According to",
            "the plant will close in May",
        ),
    ],
)
def test_a_plain_attribution_is_found(text: str, source: str, cue: str, content: str) -> None:
    [found] = spelled(text.removesuffix("."), shared_tagger().relations(text))
    assert found == ([source], cue, [content])


def test_a_plain_denial_is_hers() -> None:
    article = Article("Mayor Pia Lindqvist denied that the school would close.")
    [found] = shared_tagger().find(article, split_sentences(article.text), [(0, 1)])
    assert (found.speaker, found.role, found.act) == ("Pia Lindqvist", "Mayor", "deny")
    assert not found.negated


def test_prose_that_reports_nobodys_words_has_no_attributions() -> None:
    assert shared_tagger().relations("The ferry Alba sank off Port Merrin on Sunday.") == []


def test_the_shipped_network_gives_scores_of_every_token() -> None:
    ids = np.array([load_tokenizer().encode("Lenz denied it.").ids], np.int64)
    output = shared_network()(ids, np.zeros_like(ids))
    assert output.tokens.shape == (ids.shape[1], 9)
    assert output.links.shape == (ids.shape[1], 4 * LINK)
    assert output.linked(2).shape == (ids.shape[1], 2)
    assert np.isfinite(output.linked(2)).all()
