"""From a question to an answer: what is cited, what is refused, and that pointers point."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from assistant import Assistant
from assistant.answer import Answer, Citation, Claim, Refusal
from assistant.asked import asked
from assistant.extract import MOST_LISTED, Candidate, candidates, tells_story
from assistant.gate import load_gate
from assistant.question import understand
from conftest import BUDGET, FERRY, UNDATED, Saying, ScriptedTagger
from index.article import Article
from index.library import Library
from index.retrieve import retrieve

DENIAL = "Harbour chief Ines Tolland denied that the ship had been overloaded."
COUNTED = '"We counted every passenger. There were 212 on board," Tolland said.'
ACCUSED = "The seamen's union accused the operator of ignoring two warnings about the pumps."
PROMISED = "Mayor Pia Lindqvist promised that no school would close."
WARNED = "The opposition warned that the reserve would be used up by 2028."
SAYINGS = (
    Saying(DENIAL, "Harbour chief Ines Tolland", "denied", "that the ship had been overloaded",
           "Ines Tolland", "Harbour chief"),
    Saying(COUNTED, "Tolland", "said", COUNTED[: COUNTED.index(" Tolland")], "Ines Tolland"),
    Saying(ACCUSED, "The seamen's union", "accused", ACCUSED[ACCUSED.index("the op") : -1]),
    Saying(PROMISED, "Mayor Pia Lindqvist", "promised", "that no school would close",
           "Pia Lindqvist", "Mayor"),
    Saying(WARNED, "The opposition", "warned", "that the reserve would be used up by 2028"),
    Saying("Farmers said that it was green", "Farmers", "said", "that it was green"),
)  # fmt: skip


@pytest.fixture
def assistant(tmp_path: Path) -> Iterator[Assistant]:
    """The three articles, with all that is said in them."""
    with Library(tmp_path / "library", tagger=ScriptedTagger(*SAYINGS)) as library:
        library.add(FERRY, BUDGET, UNDATED)
        yield Assistant(library)


def read(assistant: Assistant, question: str) -> list[Candidate]:
    return candidates(assistant.library, question, retrieve(assistant.library, question, 10))


def holds_offset_law(assistant: Assistant, answer: Answer) -> bool:
    nearest = answer.refusal.nearest if answer.refusal else ()
    return all(
        assistant.library.article(c.article_id).text[c.start : c.end] == c.sentence
        for c in (*answer.citations, *nearest)
    )


def test_an_answer_cites_the_sentence_that_states_it(assistant: Assistant) -> None:
    answer = assistant.ask("Who denied that the ferry was overloaded?")
    assert not answer.refused
    assert answer.citations[0].sentence == (
        "Harbour chief Ines Tolland denied that the ship had been overloaded."
    )
    assert answer.text.splitlines()[0].endswith("denied that the ship had been overloaded. [1]")
    assert answer.short in answer.text
    assert answer.citations[0].title == FERRY.title
    assert answer.citations[0].published == date(2026, 3, 2)
    assert holds_offset_law(assistant, answer)
    assert 0 < answer.confidence < 1


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("What happened off Port Merrin?", ""),
        ("What happened to the ferry off Port Merrin?", ""),
        ("Tell me about the ferry off Port Merrin", FERRY.title),
        ("What's going on in Wexholm?", BUDGET.title),
        ("Tell me about the ferry off Wexholm", ""),
        ("What happened on Tuesday?", ""),
    ],
)
def test_a_story_is_told_by_how_its_article_begins(
    assistant: Assistant, question: str, title: str
) -> None:
    answer = assistant.ask(question)
    assert holds_offset_law(assistant, answer)
    opens = [c for c in answer.citations if c.start == 0]
    if title:
        [claim] = answer.claims
        assert [c.title for c in opens] == [title]
        assert answer.short == claim.text == opens[0].sentence
        assert answer.confidence > 0
    else:  # the reader may find an answer; it is not taken for a story
        slots = asked(question)
        assert not any(tells_story(slots, c) for c in read(assistant, question))


def test_whatever_is_new_is_how_the_newest_articles_begin(assistant: Assistant) -> None:
    answer = assistant.ask("What's the latest news?")
    assert [c.title for c in answer.citations] == [BUDGET.title, FERRY.title, UNDATED.title]
    assert {c.start for c in answer.citations} == {0}
    assert answer.short == answer.claims[0].text
    assert holds_offset_law(assistant, answer)
    [only] = assistant.ask("Summarise the news", until="2026-03-31").citations
    assert only.title == FERRY.title


def test_nothing_new_is_no_answer(assistant: Assistant) -> None:
    answer = assistant.ask("What's the latest news?", since="2030-01-01")
    assert answer.refusal
    assert answer.refusal.reason == "filtered_out"


def test_a_caption_does_not_tell_a_story(tmp_path: Path) -> None:
    article = Article(
        "The harbour of Port Merrin [Jo Ray/Coast Courier]\n\n" + FERRY.text, FERRY.title
    )
    with Assistant.open(tmp_path) as assistant:
        assistant.add(article)
        answer = assistant.ask("Tell me about the ferry off Port Merrin")
    assert answer.short.startswith("The ferry Alba sank")


def test_what_the_articles_do_not_say_is_refused_with_the_nearest_sentences(
    assistant: Assistant,
) -> None:
    answer = assistant.ask("What is the boiling point of tungsten?")
    assert answer.refused
    assert answer.refusal
    assert answer.refusal.reason == "no_evidence"
    assert answer.refusal.nearest
    assert answer.short == ""
    assert answer.citations == ()
    assert answer.text == answer.refusal.message
    assert holds_offset_law(assistant, answer)


def test_what_only_other_articles_say_is_refused_as_filtered_out(assistant: Assistant) -> None:
    question = "Who denied that the ferry was overloaded?"
    for filters in (
        {"publishers": ["Wexholm Post"]},
        {"since": date(2026, 4, 1)},
        {"until": "2026-01-01"},
        {"articles": [BUDGET.id, UNDATED.id]},
    ):
        answer = assistant.ask(question, **filters)
        assert answer.refusal
        assert answer.refusal.reason == "filtered_out"
        assert all(c.article_id != FERRY.id for c in answer.refusal.nearest)
    assert not assistant.ask(question, publishers=["Coast Courier"]).refused


def test_a_date_that_is_none_is_an_error(assistant: Assistant) -> None:
    with pytest.raises(ValueError, match="tomorrow"):
        assistant.ask("Who denied it?", since="tomorrow")


def test_an_empty_library_refuses(tmp_path: Path) -> None:
    with Assistant.open(tmp_path / "new" / "library") as assistant:
        answer = assistant.ask("Who denied what?")
        assert answer.refusal
        assert answer.refusal.reason == "no_evidence"
        assert answer.refusal.nearest == ()


def test_a_sentence_out_of_a_quotation_is_shown_with_its_speaker(assistant: Assistant) -> None:
    answer = assistant.ask("How many passengers were on board?")
    [claim] = [c for c in answer.claims if "212" in c.text]
    assert "Tolland said" in claim.text
    answer = assistant.ask("Did anybody count the passengers?")
    [counted] = [c for c in answer.claims if "We counted every passenger." in c.text]
    assert counted.text == "Ines Tolland: “We counted every passenger.”"
    assert counted.citations[0].quoted
    assert counted.citations[0].speaker == "Ines Tolland"
    assert any("Tolland" in c.sentence for c in counted.citations[1:])
    assert holds_offset_law(assistant, answer)


def test_a_sentence_with_a_pronoun_is_shown_with_who_is_meant(newsroom: Assistant) -> None:
    """Led in by the name, or with the sentence before: it depends on what was found."""
    answer = newsroom.ask("Who denied that anything had been concealed?")
    claim = next(c for c in answer.claims if "anything had been concealed" in c.text)
    assert claim.text == "He [Peter D. Lamb] denied that anything had been concealed."
    assert {c.sentence for c in claim.citations} == {
        "Corvane's lawyer, Peter D. Lamb, said the company would appeal.",
        "He denied that anything had been concealed.",
    }


def test_asked_for_all_the_answer_lists_all(assistant: Assistant) -> None:
    denied = assistant.ask("Who denied what?")
    assert [c.text for c in denied.claims] == [DENIAL]
    assert denied.short == "Ines Tolland"
    promised = assistant.ask("Who promised what?")
    assert [c.text for c in promised.claims] == [PROMISED]
    assert assistant.ask("Who confirmed what?").refused
    for answer in (denied, promised):
        assert holds_offset_law(assistant, answer)


def test_what_each_speaker_said_is_told_with_the_citation(assistant: Assistant) -> None:
    answer = assistant.ask("Who accused whom?")
    assert [c.text for c in answer.claims] == [ACCUSED]
    assert answer.citations[0].speaker == "The seamen's union"


def test_swapped_speakers_and_acts_are_refused(assistant: Assistant) -> None:
    for question in (
        "Did the seamen's union deny it?",
        "What did Lindqvist deny?",
        "Who admitted that the ship had been overloaded?",
        "Who confirmed that no school would close?",
    ):
        answer = assistant.ask(question)
        assert answer.refused, question
        assert answer.refusal
        assert answer.refusal.reason == "unsupported"
        assert answer.text.startswith("The articles don't say")
        assert holds_offset_law(assistant, answer)


def test_what_was_said_can_be_listed(assistant: Assistant) -> None:
    assert [one.sentence for one in assistant.said("Tolland", "deny")] == [DENIAL]
    assert {one.publisher for one in assistant.said(publishers=["wexholm post"])} == {
        "Wexholm Post"
    }
    [dispute, lone] = assistant.disputes()
    assert [one.speaker for one in lone.denials] == ["Ines Tolland"]
    assert not lone.accusations
    assert dispute.matter == "ignoring two warnings about the pumps"
    for call in (assistant.said, assistant.disputes):
        with pytest.raises(ValueError, match="tomorrow"):
            call(since="tomorrow")


def test_the_same_sentence_of_another_outlet_is_cited_beside_it(assistant: Assistant) -> None:
    wire = Article(
        text="Updated report.\n\n" + FERRY.text, title="Ferry: nine dead", publisher="Wire Service"
    )
    assistant.add(wire)
    answer = assistant.ask("Who denied that the ferry was overloaded?")
    assert {c.publisher for c in answer.claims[0].citations} == {"Coast Courier", "Wire Service"}
    assert {c.sentence for c in answer.claims[0].citations} == {
        "Harbour chief Ines Tolland denied that the ship had been overloaded."
    }
    assert holds_offset_law(assistant, answer)


def test_a_follow_up_is_understood_from_the_conversation(assistant: Assistant) -> None:
    history = [("Who is the mayor of Wexholm?", "Mayor Pia Lindqvist")]
    answer = assistant.ask("What did she promise?", history=history)
    assert answer.understood == "What did Mayor Pia Lindqvist promise?"
    assert any("no school would close" in c.sentence for c in answer.citations)


@pytest.mark.parametrize(
    ("question", "understood"),
    [
        ("What did he say?", "What did Tolland say?"),
        ("And what about Armenia?", "Who sank? Who denied it in Armenia?"),
        ("Why?", "Who denied it? Why?"),
        ("How tall is the Verrin Dam?", "How tall is the Verrin Dam?"),
        ("Did Pia Lindqvist say that?", "Did Pia Lindqvist say that?"),
        ("Is that true?", "Who denied it? Is that true?"),
        ("When was that?", "Who denied it? When was that?"),
        ("Who denied that the council plans cuts?", "Who denied that the council plans cuts?"),
    ],
)
def test_only_what_points_back_is_put_behind_the_last_question(
    question: str, understood: str
) -> None:
    assert understand(question, [("Who sank?", "The Alba."), ("Who denied it?", "Tolland.")]) == (
        understood
    )
    assert understand(question) == question


@pytest.mark.parametrize(
    "question",
    [
        "",
        " ",
        "?",
        "\x00\x1b[31m",
        "'; DROP TABLE articles; --",
        "x" * 100_000,
        "谁否认了？",
        "\u202eevil",
    ],
)
def test_any_question_gets_an_answer_or_a_refusal(assistant: Assistant, question: str) -> None:
    answer = assistant.ask(question)
    assert answer.refused or answer.claims
    assert holds_offset_law(assistant, answer)


def test_to_dict_is_json_ready_and_complete(assistant: Assistant) -> None:
    import json

    answer = assistant.ask("Who denied that the ferry was overloaded?")
    plain = json.loads(json.dumps(answer.to_dict()))
    assert plain["text"] == answer.text
    assert plain["refused"] is False
    assert plain["refusal"] is None
    assert plain["citations"][0]["published"] == "2026-03-02"
    assert plain["claims"][0]["citations"][0]["sentence"] == answer.citations[0].sentence
    refused = assistant.ask("What is the boiling point of tungsten?").to_dict()
    assert json.loads(json.dumps(refused))["refusal"]["reason"] == "no_evidence"


def test_neither_a_claim_without_a_citation_nor_an_answer_without_both_can_be_made() -> None:
    with pytest.raises(ValueError, match="needs a citation"):
        Claim("The dam broke.", ())
    with pytest.raises(ValueError, match="either claims or a refusal"):
        Answer("Who?", "Who?")
    citation = Citation(1, "x", "a", "", "", "", None, 0, 1)
    with pytest.raises(ValueError, match="either claims or a refusal"):
        Answer("?", "?", (Claim("x", (citation,)),), refusal=Refusal("unsupported", "no"))


def test_importing_the_package_is_light() -> None:
    import subprocess
    import sys

    code = (
        "import sys, assistant, assistant.cli; "
        "print([m for m in ('torch', 'chromadb', 'gradio', 'llama_index') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_half_of_a_question_that_the_articles_do_not_answer_is_named(
    assistant: Assistant,
) -> None:
    answer = assistant.ask(
        "Who denied that the ferry was overloaded, and how many moons does Jupiter have?"
    )
    assert [claim.citations[0].sentence for claim in answer.claims] == [DENIAL]
    assert answer.unanswered == ("how many moons does Jupiter have?",)
    assert answer.text.endswith("The articles don't say: how many moons does Jupiter have?")
    whole = assistant.ask("Who denied that the ferry was overloaded?")
    assert (whole.unanswered, whole.gap) == ((), "")
    neither = assistant.ask("What is tungsten made of, and how many moons does Jupiter have?")
    assert neither.refused
    assert neither.unanswered == ()


@pytest.mark.parametrize("question", ["", "   ", "?", "the of and", "\u0000", "why " * 5000])
def test_what_is_no_question_is_refused(assistant: Assistant, question: str) -> None:
    answer = assistant.ask(question)
    assert answer.refusal
    assert answer.refusal.reason == "no_evidence"
    assert answer.refusal.message.startswith("The articles don't say")


def test_a_gate_can_be_given(library: Library) -> None:
    """The more cautious the gate, the fewer questions are answered."""
    question = "Who denied that the ferry was overloaded?"
    never = Assistant(library, replace(load_gate(), least=1.1)).ask(question)
    always = Assistant(library, replace(load_gate(), least=0.0)).ask(question)
    assert never.refused
    assert not always.refused


def test_an_open_question_is_answered_whatever_the_gate_makes_of_it(library: Library) -> None:
    never = Assistant(library, replace(load_gate(), least=1.1))
    answer = never.ask("Who denied what?")
    assert [c.sentence for c in answer.citations[:1]] == [DENIAL]
    assert never.ask("Who praised whom?").refused


def test_who_denied_what_is_answered_from_many_articles(newsroom: Assistant) -> None:
    answer = newsroom.ask("Who denied what?")
    assert len(answer.claims) > 2


@pytest.mark.parametrize(
    "question",
    [
        "Who accused Daniel Roake of recklessness?",  # he accused Karsovia of it
        "What did Lindholm apologise for?",
        "What did Marlene Dupont say about the dam?",
    ],
)
def test_swapped_roles_acts_and_names_are_refused(newsroom: Assistant, question: str) -> None:
    """Where the sentence that comes nearest fails the checks, no distant one takes its place."""
    assert newsroom.ask(question).refused


def test_all_that_was_denied_about_a_matter_is_listed(newsroom: Assistant) -> None:
    """From the whole of the articles that are about it, not from the passages that come first."""
    answer = newsroom.ask("Who denied what in the port strike?")
    speakers = " ".join(c.speaker for c in answer.citations)
    assert all(name in f"{speakers} {answer.text}" for name in ("Cormorant", "Dutton", "Lindholm"))
    assert "Karsovia" not in answer.text
    assert not any(
        "Roake" in c.speaker for c in newsroom.ask("Who denied what about the dam?").citations
    )
    refused = newsroom.ask("Who apologised for what about the dam?")
    assert refused.refusal


def test_each_half_of_a_double_question_gets_its_answer(newsroom: Assistant) -> None:
    who = newsroom.ask("Who is Lev Marich, and what did he say about the gates?")
    assert who.short.startswith("the chief engineer of the state operator; ")
    both = newsroom.ask(
        "Did Karsovia deny opening the dam, and how many people were killed in Lower Brisk?"
    )
    assert both.short.startswith("Yes, Karsovia denied it; ")
    assert "17" in both.short
    denied = newsroom.ask("Who accused Karsovia, and did Karsovia deny it?")
    assert denied.short == "Daniel Roake; Yes, Karsovia denied it"


@pytest.mark.parametrize(
    ("question", "short"),
    [
        ("Did anyone deny opening the dam?", "Yes, Karsovia denied it"),
        ("Did Karsovia admit opening the dam?", "No, Karsovia denied it"),
        ("Was Cormorant accused of ignoring complaints?", "Yes, Teresa Maldonado accused it"),
        ("Was Karsovia accused of opening the dam?", "Daniel Roake"),
    ],
)
def test_whether_is_answered_by_yes_or_no(newsroom: Assistant, question: str, short: str) -> None:
    assert newsroom.ask(question).short == short


def test_a_denial_of_something_else_is_no_answer(newsroom: Assistant) -> None:
    assert newsroom.ask("Did Karsovia deny poisoning the river?").refused
    not_denied = newsroom.ask("Did the interior ministry in Halder deny that it had been phoned?")
    assert "did not deny" in not_denied.short


def test_a_list_has_each_article_and_says_what_it_leaves_out(newsroom: Assistant) -> None:
    answer = newsroom.ask("Who denied what?")
    assert len(answer.claims) == MOST_LISTED
    assert len({claim.citations[0].article_id for claim in answer.claims}) > MOST_LISTED // 2
    assert answer.more in answer.remark
    assert answer.more.startswith(f"{MOST_LISTED} of 2")
    assert "`whosaid said --act deny`" in answer.more
    assert Answer.from_dict(answer.to_dict()).more == answer.more
    for question in ("Who has denied what?", "Who is denying what?"):
        assert newsroom.ask(question).claims == answer.claims
    assert newsroom.ask("Who denied what in the port strike?").more == ""


def test_whom_somebody_blames_for_something_is_not_all_that_anybody_is_blamed_for(
    newsroom: Assistant,
) -> None:
    assert "Karsovian government" not in newsroom.ask("Who blames whom for the strike?").text


def test_a_refusal_tells_what_a_selection_leaves_out(newsroom: Assistant) -> None:
    question = "Who denied opening the dam without warning?"
    late = newsroom.ask(question, since="2030-01-01").refusal
    assert late
    assert late.reason == "filtered_out"
    assert "“Karsovia denies opening dam" in late.message
    assert "which was left out, may answer this" in late.message


def test_a_refusal_does_not_give_somebody_another_ones_act(newsroom: Assistant) -> None:
    # "Karsovia warned its downstream neighbour three times ..., Irena Kovash said"
    refusal = newsroom.ask("Did Irena Kovash deny opening the gates?").refusal
    assert refusal
    assert "Kovash warned" not in refusal.message


def test_an_empty_selection_is_told_as_one(newsroom: Assistant) -> None:
    question = "What is the boiling point of tungsten?"
    nobody = newsroom.ask(question, publishers=["Nortline"]).refusal
    assert nobody
    assert nobody.message == "The articles don't say: no article is from “nortline”."
    late = newsroom.ask(question, since="2030-01-01").refusal
    assert late
    assert late.message == "The articles don't say: no article is on or after 2030-01-01."


@pytest.mark.parametrize(
    "question",
    [
        "who denied opening the dam on friday?",
        "What did Karsovia deny on March 12?",
        "Who denied what in 2019?",
    ],
)
def test_another_day_than_the_articles_tell_is_refused(newsroom: Assistant, question: str) -> None:
    refusal = newsroom.ask(question).refusal
    assert refusal
    assert "does not mention" in refusal.message
    assert not newsroom.ask("Who denied opening the dam on saturday?").refused
