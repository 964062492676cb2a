"""A question in one language is not answered from articles in another."""

import pytest

from assistant.language import foreign, language
from assistant.pipeline import Assistant
from conftest import FERRY
from index.article import Article
from index.library import Library


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Who denied that the ferry was overloaded?", "english"),
        ("What did Venn say?", "english"),
        ("Qui a nié que le ferry était surchargé ?", "french"),
        ("Wer hat bestritten, dass die Fähre überladen war?", "german"),
        ("¿Quién negó que el ferry iba con demasiada gente?", "spanish"),
        ("Chi ha negato che il traghetto fosse sovraccarico?", "italian"),
        ("Wie zei dat de veerboot niet te zwaar was?", "dutch"),
        ("Кто отрицал это?", "cyrillic"),
        ("谁否认了这件事？", "cjk"),
        ("Venn denial ferry", ""),
        ("", ""),
        ("42?", ""),
    ],
)
def test_a_language_is_told_by_its_function_words(text: str, name: str) -> None:
    assert language(text) == name


def test_a_question_is_foreign_only_where_both_languages_are_known() -> None:
    assert foreign("Qui a nié que le ferry était surchargé ?", FERRY.text)
    assert foreign("Кто отрицал это?", FERRY.text)
    assert not foreign("Who denied that the ferry was overloaded?", FERRY.text)
    assert not foreign("ferry overloaded denial", FERRY.text)
    assert not foreign("Qui a nié que le ferry était surchargé ?", "Ines Tolland a nié les faits.")
    assert not foreign("Who said so?", "Ines Tolland a nié les faits et la presse est là.")


@pytest.mark.parametrize(
    "question",
    [
        "Qui a nié que le ferry était surchargé ?",
        "Wer hat bestritten, dass die Fähre Alba überladen war?",
        "Кто отрицал, что паром Alba был перегружен?",
    ],
)
def test_no_answer_across_languages(library: Library, question: str) -> None:
    answer = Assistant(library).ask(question)
    assert answer.refused
    assert answer.refusal
    assert "language" in answer.refusal.message


def test_of_articles_in_two_languages_an_english_question_gets_the_english_one(
    library: Library,
) -> None:
    french = Article(
        "Le ferry Alba a coulé dimanche. La directrice du port, Ines Tolland, a nié qu’il était "
        "surchargé. Elle a dit que les 212 passagers ont été comptés sur le quai.",
        title="Le ferry Alba a coulé",
    )
    assistant = Assistant(library)
    assistant.add(french)
    answer = assistant.ask("Who is Ines Tolland?")
    assert {c.article_id for c in answer.citations} == {FERRY.id}
    assistant.remove(FERRY.id)
    answer = assistant.ask("Who is Ines Tolland?")
    assert {c.article_id for c in answer.citations} <= {french.id}


def test_a_question_whose_language_nothing_tells_is_put_to_all(library: Library) -> None:
    assistant = Assistant(library)
    assistant.add(Article("Alba. Port Merrin. Tolland.", title="Ferry Alba, Port Merrin"))
    found = assistant._retrieve("ferry Alba overloaded denial Tolland")
    assert FERRY.id in {hit.passage.article_id for hit in found}


@pytest.mark.parametrize(
    ("question", "answered"),
    [
        ("Que recommande la commission ?", True),
        ("Quelle est la recette de la ratatouille ?", False),
    ],
)
def test_what_is_asked_in_another_language_shares_words_with_its_answer(
    newsroom: Assistant, question: str, answered: bool
) -> None:
    assert newsroom.ask(question).refused is not answered
