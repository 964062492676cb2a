"""What an answer says: chosen sentences as claims, whose words they are, and where they stand."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.answer import Claim
from assistant.asked import asked
from assistant.compose import compose, grouped, nearest
from assistant.extract import Candidate
from assistant.short import short_answer, side_by_side, yes_or_no
from conftest import Saying, ScriptedTagger, candidate
from index.article import Article
from index.library import Library

FERRY = Article(
    text=(
        "The ferry Alba sank off Port Merrin on Sunday, killing nine people.\n\n"
        "Harbour chief Ines Tolland denied that the ship had been overloaded.\n\n"
        "“We counted every passenger on the quay. There were 212 on board. Nobody was left "
        "behind,” Tolland said.\n\n"
        "The engineer, Orla Venn, did not confirm that the pumps had failed. "
        "She promised a report by May.\n\n"
        "He said that the rain was heavy. "
        "“It was cold,” she said.\n\n"
        "“Nobody had warned anybody.”"
    ),
    title="Nine dead as ferry sinks",
    publisher="Coast Courier",
    source="ferry.txt",
)
QUOTE = (
    "“We counted every passenger on the quay.",
    "There were 212 on board.",
    "Nobody was left behind,”",
)
SAYINGS = (
    Saying(
        "Harbour chief Ines Tolland denied that the ship had been overloaded",
        *("Harbour chief Ines Tolland", "denied", "that the ship had been overloaded"),
        *("Ines Tolland", "Harbour chief"),
    ),
    Saying(
        "“We counted every passenger on the quay. There were 212 on board. Nobody was left "
        "behind,” Tolland said",
        *("Tolland", "said", QUOTE, "Ines Tolland"),
    ),
    Saying(
        "The engineer, Orla Venn, did not confirm that the pumps had failed",
        *("The engineer, Orla Venn", "did not confirm", "that the pumps had failed"),
        *("Orla Venn", "The engineer"),
    ),
    Saying(
        "She promised a report by May",
        *("She", "promised", "a report by May", "Orla Venn"),
    ),
    Saying("He said that the rain was heavy", "He", "said", "that the rain was heavy"),
    Saying("“It was cold,” she said", "she", "said", "“It was cold,”"),
)
DENIAL = "Harbour chief Ines Tolland denied that the ship had been overloaded."
SANK = "The ferry Alba sank off Port Merrin on Sunday, killing nine people."


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library(tmp_path / "library", tagger=ScriptedTagger(*SAYINGS)) as library:
        library.add(FERRY)
        yield library


def read(library: Library, sentence: str, answer: str = "", **features: float) -> Candidate:
    return candidate(library, FERRY, sentence, answer, **features)


def only(library: Library, *chosen: Candidate) -> Claim:
    [claim] = compose(library, chosen)
    return claim


def cited(claim: Claim) -> list[str]:
    return [c.sentence for c in claim.citations]


# --- Claims -------------------------------------------------------------------------------------


@pytest.mark.parametrize("sentence", [SANK, DENIAL])
def test_a_sentence_that_can_stand_alone_is_shown_verbatim(library: Library, sentence: str) -> None:
    claim = only(library, read(library, sentence))
    assert claim.text == sentence
    assert cited(claim) == [sentence]


def test_a_sentence_that_names_its_speaker_tells_it_with_the_citation(library: Library) -> None:
    [citation] = only(library, read(library, DENIAL)).citations
    assert citation.speaker == "Ines Tolland"
    [plain] = only(library, read(library, SANK)).citations
    assert plain.speaker == ""


def test_the_middle_of_a_quotation_is_led_in_by_its_speaker(library: Library) -> None:
    claim = only(library, read(library, "There were 212 on board."))
    assert claim.text == "Ines Tolland: “There were 212 on board.”"
    assert claim.citations[0].sentence == "There were 212 on board."
    assert claim.citations[0].quoted
    assert claim.citations[0].speaker == "Ines Tolland"


def test_beside_it_stand_the_sentences_that_say_who_speaks(library: Library) -> None:
    claim = only(library, read(library, "There were 212 on board."))
    assert cited(claim)[1:] == [DENIAL, "Nobody was left behind,” Tolland said."]
    assert any("Ines Tolland" in sentence for sentence in cited(claim))
    assert [c.speaker for c in claim.citations[1:]] == ["", ""]


def test_the_first_sentence_of_a_quotation_gets_its_closing_mark(library: Library) -> None:
    claim = only(library, read(library, "“We counted every passenger"))
    assert claim.text == "Ines Tolland: “We counted every passenger on the quay.”"


def test_straight_quotation_marks_are_not_doubled(tmp_path: Path) -> None:
    text = '"We counted everyone. Nobody was left behind," Orla Venn said.'
    article, saying = Article(text), Saying(text, "Orla Venn", "said", text[: text.index(" Orla")])
    with Library(tmp_path / "straight", tagger=ScriptedTagger(saying)) as library:
        library.add(article)
        [claim] = compose(library, [candidate(library, article, '"We counted')])
    assert claim.text == "Orla Venn: “We counted everyone.”"
    assert claim.citations[0].sentence == '"We counted everyone.'


def test_the_end_of_a_quotation_names_its_speaker_itself(library: Library) -> None:
    claim = only(library, read(library, "Nobody was left behind,”"))
    assert claim.text == "Nobody was left behind,” Tolland said."


def test_a_pronoun_is_led_in_by_whom_it_means(library: Library) -> None:
    claim = only(library, read(library, "She promised a report by May."))
    assert claim.text == "She [Orla Venn] promised a report by May."
    assert cited(claim)[0] == "She promised a report by May."
    assert any("Orla Venn" in sentence for sentence in cited(claim)[1:])


def test_a_company_is_named_by_a_part_of_its_name(tmp_path: Path) -> None:
    text = "Fennaby rejected the charge. Fennaby Foods makes powder."
    saying = Saying(text, "Fennaby", "rejected", "the charge", speaker="Fennaby Foods")
    article = Article(text)
    with Library(tmp_path / "named", tagger=ScriptedTagger(saying)) as library:
        library.add(article)
        [claim] = compose(library, [candidate(library, article, "Fennaby rejected")])
    assert claim.text == "Fennaby rejected the charge."
    assert len(claim.citations) == 1


@pytest.mark.parametrize(
    ("sentence", "alone"),
    [
        ("It had left an hour before.", False),
        ("Its owner has fled.", False),
        ("Both were sold abroad.", False),
        ("On Monday he resigned.", False),
        ("It is possible that nobody knew.", True),
        ("This week the council meets.", True),
    ],
)
def test_what_points_back_is_shown_with_what_stands_before(
    sentence: str, alone: bool, tmp_path: Path
) -> None:
    article = Article(f"The ferry Alba sank. {sentence}")
    with Library(tmp_path / "back", tagger=ScriptedTagger()) as library:
        library.add(article)
        [claim] = compose(library, [candidate(library, article, sentence)])
    assert claim.text == (sentence if alone else article.text)
    assert claim.citations[0].sentence == sentence
    assert len(claim.citations) == (1 if alone else 2)


def test_a_pronoun_that_means_nobody_known_is_shown_with_what_stands_before(
    library: Library,
) -> None:
    claim = only(library, read(library, "He said that the rain was heavy."))
    assert not claim.text.startswith("He: ")
    assert claim.text.endswith("He said that the rain was heavy.")
    assert cited(claim)[0] == "He said that the rain was heavy."
    assert len(cited(claim)) == 2
    assert all(c.speaker == "" for c in claim.citations)


def test_a_quotation_that_nobody_is_known_to_say_is_marked_as_one(library: Library) -> None:
    claim = only(library, read(library, "“Nobody had warned anybody.”"))
    assert claim.citations[0].quoted
    assert "Tolland" not in claim.text


def test_citations_point_at_exactly_their_sentences(library: Library) -> None:
    every = [read(library, FERRY.text[s.start : s.stop]) for s in library.sentences(FERRY.id)]
    claims = compose(library, every)
    assert claims
    for claim in claims:
        for c in claim.citations:
            assert FERRY.text[c.start : c.end] == c.sentence
            assert (c.article_id, c.title, c.publisher) == (FERRY.id, FERRY.title, "Coast Courier")


def test_a_sentence_has_one_number_in_the_whole_answer(library: Library) -> None:
    chosen = [read(library, "There were 212"), read(library, "“We counted"), read(library, SANK)]
    claims = compose(library, chosen)
    numbers: dict[int, str] = {}
    for citation in (c for claim in claims for c in claim.citations):
        assert numbers.setdefault(citation.number, citation.sentence) == citation.sentence
    assert sorted(numbers) == list(range(1, len(numbers) + 1))
    assert len(set(numbers.values())) == len(numbers)


def test_a_sentence_that_an_earlier_claim_shows_is_not_said_again(library: Library) -> None:
    claims = compose(library, [read(library, DENIAL), read(library, DENIAL)])
    assert len(claims) == 1


def test_a_chosen_sentence_is_said_even_if_it_was_cited_as_a_witness(library: Library) -> None:
    """The denial names the speaker of the quotation; it is an answer of its own, too."""
    claims = compose(library, [read(library, "There were 212"), read(library, DENIAL)])
    said = " ".join(claim.text for claim in claims)
    assert "There were 212 on board." in said
    assert DENIAL in said


def test_what_one_speaker_says_stands_together(library: Library) -> None:
    venn = read(library, "She promised")
    chosen = [read(library, DENIAL), venn, read(library, "There were 212"), read(library, SANK)]
    assert [c.text for c in grouped(chosen)] == [
        DENIAL,
        "There were 212 on board.",
        "She promised a report by May.",
        SANK,
    ]


def test_the_articles_own_statements_keep_their_order(library: Library) -> None:
    nobody = read(library, "“Nobody had warned")
    assert grouped([read(library, SANK), nobody]) == [read(library, SANK), nobody]


def test_the_same_sentence_of_another_outlet_is_cited_beside_it(tmp_path: Path) -> None:
    from dataclasses import replace

    wire = Article("Update.\n\n" + FERRY.text, FERRY.title, publisher="Wire", source="wire.txt")
    with Library(tmp_path / "library", tagger=ScriptedTagger(*SAYINGS)) as library:
        library.add(FERRY, wire)
        own, other = (candidate(library, article, DENIAL) for article in (FERRY, wire))
        copied = replace(own, hit=replace(own.hit, copies=(other.hit.passage,)))
        claim = only(library, copied)
        assert [c.publisher for c in claim.citations] == ["Coast Courier", "Wire"]
        for c in claim.citations:
            assert library.article(c.article_id).text[c.start : c.end] == c.sentence == DENIAL


def test_nearest_sentences_are_numbered_and_no_more_than_asked_for(library: Library) -> None:
    ranked = [read(library, s) for s in (DENIAL, SANK, "There were 212", "She promised")]
    found = nearest(ranked, count=2)
    assert [(c.number, c.sentence) for c in found] == [(1, DENIAL), (2, SANK)]
    assert [c.speaker for c in found] == ["Ines Tolland", ""]
    # The other part of a question has its turn; what stands there twice is shown once.
    both = nearest(ranked, [ranked[0], ranked[-1]], count=2)
    assert [c.sentence for c in both] == [DENIAL, SANK]
    assert nearest([]) == ()


# --- The short answer ---------------------------------------------------------------------------


def short(library: Library, question: str, *chosen: Candidate) -> str:
    return short_answer(asked(question), chosen)


def test_who_is_answered_by_the_fullest_name(library: Library) -> None:
    denial = read(library, DENIAL, "Harbour chief Ines Tolland", act=1, topic=1, role=1)
    assert short(library, "Who denied the overloading?", denial) == "Ines Tolland"
    she = read(library, "She promised", "She", act=1, topic=1, role=1)
    assert short(library, "Who promised a report?", she) == "Orla Venn"


def test_what_somebody_asserts_is_according_to_them(library: Library) -> None:
    counted = read(library, "There were 212", "212")
    assert short(library, "How many were on board?", counted) == "212, according to Ines Tolland"


def test_what_the_article_states_is_a_bare_answer(library: Library) -> None:
    assert short(library, "How many died?", read(library, SANK, "nine people")) == "nine people"


def test_what_was_denied_is_never_a_bare_answer(library: Library) -> None:
    """ "the ship had been overloaded" alone would be the opposite of what she said."""
    denial = read(library, DENIAL, "the ship had been overloaded")
    assert short(library, "What did Tolland deny?", denial) == DENIAL


def test_a_pronoun_is_no_answer(library: Library) -> None:
    he = read(library, "He said that the rain", "He")
    assert short(library, "Who sat in the rain?", he) == "He said that the rain was heavy."


def alone(
    folder: Path, sentence: str, answer: str, *sayings: Saying, **features: float
) -> Candidate:
    """The only sentence of an article, as if it was read with this answer."""
    article = Article(sentence)
    with Library(folder / "alone", tagger=ScriptedTagger(*sayings)) as library:
        library.add(article)
        return candidate(library, article, sentence, answer, **features)


@pytest.mark.parametrize(
    ("question", "sentence", "short"),
    [
        ("Who is Orla Venn?", "The engineer, Orla Venn, left.", "The engineer"),
        ("Who is Venn?", "On Monday, Orla Venn, the first engineer, left.", "the first engineer"),
        ("Who’s Orla Venn?", "Venn, who won 10,000 crowns, left.", "who won 10,000 crowns"),
        ("Who was Orla Venn?", "They buried their engineer Orla Venn.", "their engineer"),
        (
            "Who is Orla Venn?",
            "Ada Roe, the mayor, Orla Venn, the engineer, and others left.",
            "the engineer",
        ),
        # Nothing beside the name: the whole sentence.
        ("Who is Orla Venn?", "Orla Venn left.", "Orla Venn left."),
        ("Who is Orla Venn?", "On Monday, Orla Venn, 41, left.", "On Monday, Orla Venn, 41, left."),
    ],
)
def test_who_somebody_is_stands_beside_the_name(
    question: str, sentence: str, short: str, tmp_path: Path
) -> None:
    found = alone(tmp_path, sentence, "Venn")
    assert short_answer(asked(question), [found]) == short


def test_who_a_speaker_is_is_their_role(tmp_path: Path) -> None:
    sentence = "Energy Minister Irena Kovash said so."
    saying = Saying(sentence, "Energy Minister Irena Kovash", "said", "so")
    saying = replace(saying, speaker="Irena Kovash", role="Minister")
    found = alone(tmp_path, sentence, "so", saying)
    assert short_answer(asked("Who is Kovash?"), [found]) == "Energy Minister"


@pytest.mark.parametrize(
    ("sentence", "answer", "short"),
    [
        ("It was a “very large” leak.", "a “very large”", "a “very large”"),
        ("It was a “very large leak”.", "very large leak", "very large leak"),
        ("It was a “very large leak”.", "a “very large", "a “very large”"),
        ("It was a “very large” leak.", "very large” leak", "“very large” leak"),
        ('It was a "very large" leak.', 'a "very large"', 'a "very large"'),
        ('It was a "very large" leak.', 'very large" leak', '"very large" leak'),
    ],
)
def test_a_short_answer_has_all_its_quotation_marks(
    sentence: str, answer: str, short: str, tmp_path: Path
) -> None:
    found = alone(tmp_path, sentence, answer)
    assert short_answer(asked("What was it?"), [found]) == short


def test_whom_is_answered_by_the_accused_alone(tmp_path: Path) -> None:
    sentence = "Rovan has accused the Vardian government of “theft”."
    saying = Saying(sentence, "Rovan", "has accused", "the Vardian government of “theft”")
    found = alone(tmp_path, sentence, "theft", saying, act=1)
    assert short_answer(asked("Whom did Rovan accuse?"), [found]) == "the Vardian government"


def test_several_answers_are_given_each_once(library: Library) -> None:
    chosen = [read(library, SANK, answer) for answer in ("nine people", "nine", "Sunday")]
    assert short(library, "Who, and when?", *chosen) == "nine people; Sunday"
    assert short(library, "Who?") == ""


def test_a_short_word_is_not_repeated_by_a_longer_one(tmp_path: Path) -> None:
    text = "Of the 17 crews, 7 left, ninety sailors and nine cooks."
    chosen = [alone(tmp_path, text, answer) for answer in ("17", "7", "ninety", "nine")]
    assert short_answer(asked("How many?"), chosen) == "17; 7; ninety; nine"


@pytest.mark.parametrize(
    ("sentence", "answer", "short"),
    [
        ("Blue Line Inc. paid for it.", "Blue Line Inc.", "Blue Line Inc."),
        ("It was paid by Blue Line Inc.", "Blue Line Inc.", "Blue Line Inc."),
        ("It sank at 9 a.m.", "9 a.m.", "9 a.m."),
        ("It sank at noon.", "noon.", "noon"),
    ],
)
def test_an_abbreviation_keeps_its_full_stop(
    sentence: str, answer: str, short: str, tmp_path: Path
) -> None:
    assert short_answer(asked("What?"), [alone(tmp_path, sentence, answer)]) == short


def test_a_list_names_all_who_have_a_name(library: Library) -> None:
    chosen = [
        read(library, DENIAL, act=1),
        read(library, "He said that the rain", act=1),
        read(library, "She promised", act=1),
    ]
    assert short(library, "Who said what?", *chosen) == "Ines Tolland; Orla Venn"


def test_the_answers_to_two_questions_stand_side_by_side() -> None:
    assert side_by_side(["Yes", "", "nine", "Yes"]) == "Yes; nine"
    assert side_by_side(["It sank.", "nine"]) == "It sank. nine"
    assert side_by_side([]) == ""


def test_that_anybody_did_it_is_a_yes(library: Library) -> None:
    denial = read(library, DENIAL, act=1, topic=1)
    question = "Did anyone deny that the ship was overloaded?"
    assert short(library, question, denial) == "Yes, Ines Tolland denied it"
    pumps = read(library, "The engineer, Orla Venn, did not", act=1, topic=1)
    assert not yes_or_no(asked("Did anyone confirm that the pumps failed?"), pumps)


def test_who_denies_it_does_not_admit_it(library: Library) -> None:
    denial = read(library, DENIAL, speaker=1, topic=1)
    question = "Did Tolland admit that the ship was overloaded?"
    assert short(library, question, denial) == "No, Ines Tolland denied it"
    assert not yes_or_no(asked(question), read(library, DENIAL, speaker=1, topic=0.6))
    assert not yes_or_no(asked(question), read(library, DENIAL, speaker=0, topic=1))


def test_whether_somebody_did_it_is_yes_or_no(library: Library) -> None:
    denial = read(library, DENIAL, act=1, speaker=1, topic=1)
    question = "Did Tolland deny that the ship was overloaded?"
    assert short(library, question, denial) == "Yes, Ines Tolland denied it"
    pumps = read(library, "The engineer, Orla Venn, did not", act=1, speaker=1, topic=1)
    assert short(library, "Did Venn confirm it?", pumps) == "No, Orla Venn did not"


@pytest.mark.parametrize(
    ("question", "features"),
    [
        ("Did Tolland deny that the ship was overloaded?", {"act": 1, "speaker": 0, "topic": 1}),
        ("Did Tolland deny that the ship was overloaded?", {"act": 0, "speaker": 1, "topic": 1}),
        ("Did Tolland deny that the pumps failed?", {"act": 1, "speaker": 1, "topic": 0.1}),
        ("Did Tolland say that the pumps failed?", {"act": 1, "speaker": 1, "topic": 1}),
        ("Did the ship sink?", {"act": 1, "speaker": 1, "topic": 1}),
    ],
)
def test_what_the_sentence_does_not_decide_is_neither(
    library: Library, question: str, features: dict[str, float]
) -> None:
    assert yes_or_no(asked(question), read(library, DENIAL, **features)) == ""


def test_where_nobody_is_known_to_speak_there_is_no_yes_or_no(library: Library) -> None:
    assert yes_or_no(asked("Did Venn deny it?"), read(library, SANK, act=1, speaker=1)) == ""


def test_a_quotation_never_becomes_a_bare_fact(library: Library) -> None:
    whole = "“Nobody had warned anybody.”"
    nobody = read(library, whole, "Nobody")
    assert short(library, "Who was warned?", nobody) == whole
