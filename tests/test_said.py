"""Who said what, listed and set against each other; what the network would find is given."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from assistant.asked import asked
from assistant.pipeline import Assistant
from assistant.said import act_in, charged, match, pronominal, speaker_share, touching
from conftest import Saying, ScriptedTagger, span
from index.acts import load_acts
from index.article import Article, Attribution, Sentence
from index.library import Library

GRAIN = Article(
    text=(
        "Prime Minister Nikol Rovan accused Vardia of stealing grain from the silos at Orm.\n\n"
        "Sera Lenz, the envoy of Vardia, denied the theft of grain on Monday. “We never touched "
        "the silos. Our trucks were empty,” Lenz said.\n\n"
        "He did not confirm that the army would be sent. "
        "“We are\nready,” the Karsovian leader warned."
    ),
    title="Grain dispute at Orm",
    publisher="Wexholm Post",
    published=date(2026, 5, 19),
    url="https://post.example.org/grain",
    source="grain.txt",
)
ANSWER = Article(
    text=(
        "The foreign ministry of Vardia rejected accusations of stealing grain. "
        "It accused Karsovia of blocking the harbour of Merrin."
    ),
    title="Vardia answers",
    publisher="Coast Courier",
    published=date(2026, 5, 21),
    source="answer.txt",
)
SAYINGS = (
    Saying(
        "Prime Minister Nikol Rovan accused Vardia of stealing grain from the silos at Orm",
        *("Prime Minister Nikol Rovan", "accused"),
        "Vardia of stealing grain from the silos at Orm",
        *("Nikol Rovan", "Prime Minister"),
    ),
    Saying(
        "Sera Lenz, the envoy of Vardia, denied the theft of grain on Monday",
        *("Sera Lenz, the envoy of Vardia", "denied", "the theft of grain"),
        *("Sera Lenz", "the envoy of Vardia"),
    ),
    Saying(
        "“We never touched the silos. Our trucks were empty,” Lenz said",
        *("Lenz", "said", "“We never touched the silos. Our trucks were empty,”", "Sera Lenz"),
    ),
    Saying(
        "He did not confirm that the army would be sent",
        *("He", "did not confirm", "that the army would be sent", "Nikol Rovan"),
    ),
    Saying(
        "“We are\nready,” the Karsovian leader warned",
        *("the Karsovian leader", "warned", "“We are\nready,”", "Nikol Rovan"),
        "the Karsovian leader",
    ),
    Saying(
        "The foreign ministry of Vardia rejected accusations of stealing grain",
        *("The foreign ministry of Vardia", "rejected", "accusations of stealing grain"),
    ),
    Saying(
        "It accused Karsovia of blocking the harbour of Merrin",
        *("It", "accused", "Karsovia of blocking the harbour of Merrin"),
        "foreign ministry of Vardia",
    ),
)


@pytest.fixture
def assistant(tmp_path: Path) -> Iterator[Assistant]:
    with Library(tmp_path / "library", tagger=ScriptedTagger(*SAYINGS)) as library:
        library.add(GRAIN, ANSWER)
        yield Assistant(library)


def listed(found: list[Attribution]) -> list[tuple[str, str, bool]]:
    return [(a.speaker, a.act, a.negated) for a in found]


# --- Listing ------------------------------------------------------------------------------------


def test_everything_is_listed_newest_article_first_in_the_order_of_the_text(
    assistant: Assistant,
) -> None:
    assert [(one.speaker, one.act) for one in assistant.said()] == [
        ("The foreign ministry of Vardia", "deny"),
        ("foreign ministry of Vardia", "accuse"),
        ("Nikol Rovan", "accuse"),
        ("Sera Lenz", "deny"),
        ("Sera Lenz", "say"),
        ("Nikol Rovan", "confirm"),
        ("Nikol Rovan", "warn"),
    ]


def test_an_attribution_is_listed_with_its_sentence_and_article(assistant: Assistant) -> None:
    [one] = assistant.said(speaker="Rovan", act="accuse")
    assert one.sentence == GRAIN.text.partition("\n")[0]
    assert assistant.library.article(one.article_id).text[one.start : one.end] == one.sentence
    assert (one.role, one.cue, one.negated) == ("Prime Minister", "accused", False)
    assert one.content == "Vardia of stealing grain from the silos at Orm"
    assert (one.target, one.charge) == ("Vardia", "stealing grain from the silos at Orm")
    assert (one.title, one.url) == (GRAIN.title, GRAIN.url)
    assert (one.publisher, one.published) == (GRAIN.publisher, GRAIN.published)


def test_every_listed_sentence_is_verbatim_and_holds_the_cue(assistant: Assistant) -> None:
    for one in assistant.said():
        text = assistant.library.article(one.article_id).text
        assert text[one.start : one.end] == one.sentence
        assert one.cue in one.sentence


def test_as_json_the_date_is_iso(assistant: Assistant) -> None:
    import json

    for one in assistant.said():
        plain = json.loads(json.dumps(one.to_dict()))
        assert plain["published"] == str(one.published)
        assert plain["sentence"] == one.sentence


def test_the_places_of_what_was_said_are_given_where_it_runs_on(tmp_path: Path) -> None:
    text = "“We are ready,” Lenz said. They left. “Nobody called.”"
    saying = Saying(text, "Lenz", "said", ("“We are ready,”", "“Nobody called.”"))
    with Library(tmp_path / "library", tagger=ScriptedTagger(saying)) as library:
        library.add(Article(text))
        [one] = Assistant(library).said()
    assert [text[start:stop] for start, stop in one.spans] == [
        "“We are ready,”",
        "“Nobody called.”",
    ]
    assert one.to_dict()["spans"] == [list(span) for span in one.spans]
    assert "Nobody" not in one.sentence


def test_who_refused_to_do_something_declined(tmp_path: Path) -> None:
    text = "Venn refused to confirm the report. Holt could not confirm the report."
    sayings = [
        Saying(text, name, cue, "the report")
        for name, cue in (("Venn", "refused to confirm"), ("Holt", "could not confirm"))
    ]
    with Library(tmp_path / "library", tagger=ScriptedTagger(*sayings)) as library:
        library.add(Article(text))
        assistant = Assistant(library)
        assert [one.speaker for one in assistant.said(act="decline")] == ["Venn"]
        assert [one.speaker for one in assistant.said(act="refused", about="report")] == ["Venn"]
        assert len(assistant.said(act="confirm")) == 2
        slots, place = asked("Who refused to confirm the report?"), Sentence(0, 35, 36)
        fits = [
            match(slots, a, library.article(a.article_id), {}, place).act
            for a in library.attributions()
        ]
    assert fits == [1, 0]


def test_a_content_over_two_lines_is_one_line(assistant: Assistant) -> None:
    assert [one.content for one in assistant.said(act="warn")] == ["“We are ready,”"]


@pytest.mark.parametrize(
    ("speaker", "count"),
    [("Rovan", 3), ("rovan", 3), ("Nikol Rovan", 3), ("prime minister", 1), ("leader", 1)]
    + [("the leader", 1), ("an envoy of Vardia", 1)]
    + [("Lenz", 2), ("envoy", 1), ("ministry Vardia", 2), ("Lenz Rovan", 0), ("Nobody", 0)],
)
def test_a_speaker_is_found_by_any_part_of_name_or_role(
    assistant: Assistant, speaker: str, count: int
) -> None:
    assert len(assistant.said(speaker=speaker)) == count


@pytest.mark.parametrize(
    ("act", "count"),
    [("deny", 2), ("rejected", 2), ("denied", 2), ("blames", 2), ("accuse", 2), ("confirm", 1)]
    + [("say", 1), ("praise", 0)],
)
def test_an_act_is_found_by_its_name_or_by_any_verb_for_it(
    assistant: Assistant, act: str, count: int
) -> None:
    assert len(assistant.said(act=act)) == count


def test_an_act_that_is_none_is_an_error_that_names_those_there_are(assistant: Assistant) -> None:
    with pytest.raises(ValueError, match=r"'walked' is no speech act .* deny, .*accuse"):
        assistant.said(act="walked")


@pytest.mark.parametrize(
    ("about", "count"),
    [("grain", 3), ("stolen grain", 0), ("stealing grain", 2), ("the silos", 2), ("harbours", 1)]
    + [("comet", 0), ("of the", 7)],
)
def test_what_it_is_about_has_all_the_words_in_any_inflection(
    assistant: Assistant, about: str, count: int
) -> None:
    assert len(assistant.said(about=about)) == count


@pytest.mark.parametrize(
    ("filters", "articles"),
    [
        ({"since": "2026-05-20"}, {ANSWER.id}),
        ({"since": date(2026, 5, 19)}, {GRAIN.id, ANSWER.id}),
        ({"until": date(2026, 5, 20)}, {GRAIN.id}),
        ({"until": "2026-05-18"}, set()),
        ({"publishers": ["wexholm post"]}, {GRAIN.id}),
        ({"publishers": ["Nobody"]}, set()),
        ({"articles": [ANSWER.id]}, {ANSWER.id}),
        ({"articles": []}, set()),
    ],
)
def test_dates_publishers_and_articles_narrow_it(
    assistant: Assistant, filters: dict[str, object], articles: set[str]
) -> None:
    assert {one.article_id for one in assistant.said(**filters)} == articles


def test_conditions_hold_together(assistant: Assistant) -> None:
    [one] = assistant.said("Vardia", "deny", "accusations", publishers=["Coast Courier"])
    assert one.cue == "rejected"
    assert assistant.said("Rovan", "deny") == []


def test_a_removed_article_says_nothing_any_more(assistant: Assistant) -> None:
    assistant.remove(GRAIN.id)
    assert {one.article_id for one in assistant.said()} == {ANSWER.id}
    assistant.library.add(GRAIN)
    assert len(assistant.said()) == len(SAYINGS)


def test_attributions_are_the_same_when_the_library_is_opened_again(
    assistant: Assistant, tmp_path: Path
) -> None:
    before = list(assistant.library.attributions())
    assistant.close()
    with Library(tmp_path / "library") as again:
        assert list(again.attributions()) == before
        assert listed(list(again.attributions(acts=["confirm"]))) == [
            ("Nikol Rovan", "confirm", True)
        ]
        assert list(again.attributions(acts=[])) == []


# --- A charge in two ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "target", "charge"),
    [
        ("Vardia of stealing grain.", "Vardia", "stealing grain"),
        ("the operator for the leak", "the operator", "the leak"),
        ("the mayor, of fraud", "the mayor", "fraud"),
        ("the government of Karsovia of opening it", "the government of Karsovia", "opening it"),
        ("the Bank of England of negligence", "the Bank of England", "negligence"),
        (
            "the Ministry of Trade and Defence of theft",
            "the Ministry of Trade and Defence",
            "theft",
        ),
        ("Venn of the death of nine people", "Venn", "the death of nine people"),
        ("Vardia of the killing of Ada Holt", "Vardia", "the killing of Ada Holt"),
        ("nobody", "", ""),
        ("", "", ""),
        ("a b c d e f g h i of theft", "", ""),  # too long for a name
    ],
)
def test_a_charge_is_told_from_its_target(content: str, target: str, charge: str) -> None:
    assert charged(content) == (target, charge)


def test_one_blames_for_something_never_of_it() -> None:
    assert charged("the wind for the loss of the mill", "blamed") == (
        "the wind",
        "the loss of the mill",
    )
    assert charged("a powder made by one of her sponsors", "blamed") == ("", "")


# --- Matching a question ------------------------------------------------------------------------


def found(text: str) -> tuple[Attribution, Sentence]:
    """The attribution in a sentence of GRAIN, and the sentence."""
    sentence = Sentence(*span(GRAIN, text), span(GRAIN, text)[1])
    inside = (sentence.start, sentence.stop)
    sayings = [a for a in (saying.of(GRAIN) for saying in SAYINGS) if a]
    return touching(sayings, inside)[0], sentence


ACCUSED = GRAIN.text.partition("\n")[0]
CONFIRMED = "He did not confirm that the army would be sent."


@pytest.mark.parametrize(
    ("question", "sentence", "wanted"),
    [
        ("Who accused Vardia of stealing grain?", ACCUSED, (1, 0, 1)),
        ("Who denied stealing grain?", ACCUSED, (0, 0, 1)),
        ("What did Rovan accuse Vardia of?", ACCUSED, (1, 1, 1)),
        ("What did Rovan say?", ACCUSED, (1, 1, 0)),
        ("What did Lenz say about grain?", ACCUSED, (1, 0, 1)),
        ("What did Anton Rovan say about bread and grain?", ACCUSED, (1, 0.5, 0.5)),
        ("Did Rovan confirm it?", CONFIRMED, (1, 1, 0)),
        ("Who confirmed that the army would be sent?", CONFIRMED, (0, 0, 1)),
    ],
)
def test_act_speaker_and_topic_are_compared_each_for_itself(
    question: str, sentence: str, wanted: tuple[float, float, float]
) -> None:
    attribution, place = found(sentence)
    fit = match(asked(question), attribution, GRAIN, {}, place)
    assert (fit.act, fit.speaker, fit.topic) == wanted
    assert fit.total == sum(wanted)


def test_rare_words_of_the_topic_weigh_more() -> None:
    attribution, place = found(ACCUSED)
    slots = asked("Who accused somebody of stealing bread?")
    common, rare = ({"steal": weight, "bread": 1.0} for weight in (0.5, 4.0))
    assert (
        match(slots, attribution, GRAIN, common, place).topic
        < match(slots, attribution, GRAIN, rare, place).topic
        < 1
    )


def test_of_a_long_quotation_each_sentence_reports_its_own_act() -> None:
    first, never = found("“We never touched the silos.")
    assert act_in(GRAIN, first, never) == ("say", False)
    text = "“We cannot accept these accusations. The trucks were empty,” Lenz said."
    article = Article(text)
    attribution = Saying(text, "Lenz", "said", text[: text.index(" Lenz")]).of(article)
    assert attribution
    assert attribution.act == "deny"
    denial = Sentence(0, text.index(" The"), text.index("The"))
    rest = Sentence(text.index("The"), len(text), len(text))
    assert act_in(article, attribution, denial) == ("deny", False)
    assert act_in(article, attribution, rest) == ("say", False)


def test_what_was_not_done_is_negated_where_the_cue_stands() -> None:
    attribution, place = found(CONFIRMED)
    assert act_in(GRAIN, attribution, place) == ("confirm", True)


def test_a_sentence_apart_from_the_attribution_reports_nothing() -> None:
    attribution, _ = found(CONFIRMED)
    elsewhere = Sentence(*span(GRAIN, ACCUSED), span(GRAIN, ACCUSED)[1])
    assert act_in(GRAIN, attribution, elsewhere) == ("", False)


def test_a_denial_that_goes_on_is_not_denied_twice() -> None:
    """What follows "denied" in the next sentence is no denial of its own."""
    text = "Lenz denied the theft. The trucks were empty."
    article = Article(text)
    attribution = Saying(text, "Lenz", "denied", ("the theft", "The trucks were empty")).of(article)
    assert attribution
    second = Sentence(text.index("The t"), len(text), len(text))
    assert act_in(article, attribution, second)[0] in ("deny", "say")
    assert act_in(article, attribution, second) != act_in(
        article, attribution, Sentence(0, second.start - 1, second.start)
    )


def test_who_speaks_fits_by_name_role_or_the_sources_own_words() -> None:
    attribution, _ = found(ACCUSED)
    for name, share in (("Rovan", 1), ("the prime minister", 1), ("Minister Lenz", 0.5)):
        assert speaker_share(asked(f"What did {name} say?"), attribution, GRAIN) == share
    assert speaker_share(asked("Who said it?"), attribution, GRAIN) == 0


def test_a_pronoun_or_nobody_is_no_name() -> None:
    assert pronominal(GRAIN, found(CONFIRMED)[0])
    assert not pronominal(GRAIN, found(ACCUSED)[0])
    bare = Saying(ACCUSED, "", "accused", "Vardia of stealing").of(GRAIN)
    assert bare
    assert pronominal(GRAIN, bare)


def test_touching_are_those_with_any_part_in_a_span() -> None:
    sayings = [a for a in (saying.of(GRAIN) for saying in SAYINGS) if a]
    assert touching(sayings, (0, len(GRAIN.text))) == sayings
    assert touching(sayings, (0, 0)) == []
    assert [a.act for a in touching(sayings, span(GRAIN, "Our trucks were empty"))] == ["say"]
    assert [a.act for a in touching(sayings, span(GRAIN, "Sera"))] == ["deny"]


# --- Disputes -----------------------------------------------------------------------------------


def test_a_charge_stands_beside_its_denials_of_all_outlets(assistant: Assistant) -> None:
    answered, open_ = assistant.disputes()
    assert [one.speaker for one in answered.accusations] == ["Nikol Rovan"]
    assert {one.speaker for one in answered.denials} == {
        "Sera Lenz",
        "The foreign ministry of Vardia",
    }
    assert {one.publisher for one in answered.denials} == {"Wexholm Post", "Coast Courier"}
    assert answered.matter == "stealing grain from the silos at Orm"
    assert open_.matter == "blocking the harbour of Merrin"
    assert open_.denials == ()


def test_disputes_can_be_asked_for_by_topic_date_and_outlet(assistant: Assistant) -> None:
    assert [d.matter for d in assistant.disputes("harbour")] == ["blocking the harbour of Merrin"]
    assert assistant.disputes("comet") == []
    assert [len(d.denials) for d in assistant.disputes(publishers=["Wexholm Post"])] == [1]
    later, unclaimed = assistant.disputes(since="2026-05-20")
    assert later.denials == ()  # of the harbour; the other charge is in the older article
    assert (unclaimed.matter, unclaimed.accusations) == ("accusations of stealing grain", ())
    assert assistant.disputes(until="2026-05-18") == []


def test_disputes_as_json_have_both_sides(assistant: Assistant) -> None:
    import json

    plain = json.loads(json.dumps([d.to_dict() for d in assistant.disputes()]))
    assert plain[0]["accusations"][0]["speaker"] == "Nikol Rovan"
    assert len(plain[0]["denials"]) == 2
    assert plain[1]["denials"] == []


def test_the_same_charge_by_two_is_one_dispute(tmp_path: Path) -> None:
    texts = [
        "Rovan accused Vardia of stealing grain from the silos.",
        "Ida Holt accused Vardia of stealing grain.",
        "Ida Holt accused Elmaria of stealing grain.",
    ]
    sayings = [
        Saying(t, t[: t.index(" accused")], "accused", t[t.index("accused") + 8 : -1])
        for t in texts
    ]
    with Library(tmp_path / "library", tagger=ScriptedTagger(*sayings)) as library:
        library.add(*(Article(text, source=text) for text in texts))
        disputes = Assistant(library).disputes()
    assert sorted(len(d.accusations) for d in disputes) == [1, 2]  # Elmaria is somebody else


def test_who_accuses_does_not_deny_their_own_charge(tmp_path: Path) -> None:
    text = "Rovan accused Vardia of stealing grain. Rovan denied stealing grain himself."
    sayings = (
        Saying(text, "Rovan", "accused", "Vardia of stealing grain"),
        Saying("Rovan denied stealing grain himself", "Rovan", "denied", "stealing grain himself"),
    )
    with Library(tmp_path / "library", tagger=ScriptedTagger(*sayings)) as library:
        library.add(Article(text))
        dispute, _ = Assistant(library).disputes()
    assert dispute.denials == ()


def test_an_accusation_that_was_not_made_is_no_dispute(tmp_path: Path) -> None:
    text = "Rovan did not accuse Vardia of stealing grain."
    saying = Saying(text, "Rovan", "did not accuse", "Vardia of stealing grain")
    with Library(tmp_path / "library", tagger=ScriptedTagger(saying)) as library:
        library.add(Article(text))
        assert Assistant(library).disputes() == []


def test_every_act_can_be_asked_for(assistant: Assistant) -> None:
    for act in load_acts().values():
        assistant.said(act=act.name)
        assert all(one.act == act.name for one in assistant.said(act=act.past or act.name))
