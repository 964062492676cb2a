"""The reader, on its shipped weights."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from assistant.reader import ANSWER, BOUND, Reader, Reading, _best, _Window
from assistant.reader import shared_reader as shared
from index import network
from index.network import NetworkError, OnnxNetwork, load_card

FERRY = (
    "The ferry Alba sank off Port Merrin on Sunday, killing nine people. Harbour chief Ines "
    "Tolland denied that the ship had been overloaded."
)


def test_a_short_answer_is_found_where_it_stands() -> None:
    (reading,) = shared().read("How many people died when the Alba sank?", [FERRY])
    span = reading.best()
    assert span
    assert "nine" in FERRY[span.start : span.stop]


def test_an_answer_is_looked_for_inside_a_sentence_only() -> None:
    (reading,) = shared().read("How many people died?", [FERRY])
    second = FERRY.index("Harbour")
    span = reading.best(second, len(FERRY))
    assert span
    assert second <= span.start < span.stop <= len(FERRY)
    assert reading.best(5, 5) is None


def test_a_passage_that_answers_scores_above_one_that_does_not() -> None:
    other = "The council of Wexholm approved a budget of 48 million crowns on Tuesday."
    one, two = shared().read("How many people died when the ferry sank?", [FERRY, other])
    first, second = one.best(), two.best()
    assert first
    assert second
    assert first.score > second.score
    assert one.answerable > two.answerable


def test_scores_do_not_depend_on_what_is_read_beside() -> None:
    question = "Who denied it?"
    alone = shared().read(question, [FERRY])[0].best()
    beside = shared().read(question, ["Something else entirely, and longer than that.", FERRY])[1]
    assert alone == beside.best()


def test_a_long_passage_is_read_to_its_end() -> None:
    filler = "The committee met again and nothing was decided on that day. " * 60
    text = filler + "The comet was discovered by Orla Venn in 1931."
    (reading,) = shared().read("Who discovered the comet?", [text])
    assert len(reading.windows) > 1
    span = reading.best()
    assert span
    assert "Orla Venn" in text[span.start : span.stop]


@pytest.mark.parametrize("text", ["", " ", "\N{BRAILLE PATTERN BLANK}", "…", "😀 " * 400])
def test_odd_texts_are_read_too(text: str) -> None:
    (reading,) = shared().read("Who?", [text])
    span = reading.best()
    assert span is None or 0 <= span.start <= span.stop <= len(text)


def test_a_question_as_long_as_an_article_is_read_in_part() -> None:
    (reading,) = shared().read("who denied " * 3000, [FERRY])
    assert reading.best()


def test_damaged_weights_are_refused(tmp_path: Path) -> None:
    damaged = tmp_path / "reader.onnx"
    damaged.write_bytes(b"no model")
    with pytest.raises(NetworkError, match=load_card()["sha256"]):
        OnnxNetwork(damaged.read_bytes(), check=True)


def test_missing_weights_are_an_error_that_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network, "MODEL", tmp_path)
    network.shared_network.cache_clear()
    with pytest.raises(NetworkError, match="Reinstall whosaid"):
        Reader().read("Who?", [FERRY])


def test_the_support_of_a_sentence_is_the_mean_over_its_tokens() -> None:
    def window(first: int, support: list[float]) -> _Window:
        """Token i is the characters [2i, 2i + 1)."""
        numbers = range(first, first + len(support))
        offsets: NDArray[np.int64] = np.array([(2 * i, 2 * i + 1) for i in numbers])
        scores = np.array(support, np.float32)
        return _Window(offsets, scores, scores, scores, nothing=0.0, answerable=0.0)

    reading = Reading((window(0, [1.0, 3.0, 5.0]), window(2, [7.0, 9.0, 2.0])))
    assert reading.support(0, 3) == 2.0
    assert reading.support(4, 9) == 6.0  # the second window sees all three of its tokens
    assert reading.support(90, 99) == -BOUND


@given(
    st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9)), min_size=1, max_size=120),
    st.integers(0, 120),
    st.integers(0, 120),
)
def test_the_best_span_is_the_best_of_all(
    scores: list[tuple[int, int]], low: int, high: int
) -> None:
    """Against trying every span. Token i is the characters [2i, 2i + 1)."""
    starts, ends = (np.array(column, np.float32) for column in zip(*scores, strict=True))
    offsets: NDArray[np.int64] = np.array([(2 * i, 2 * i + 1) for i in range(len(scores))])
    window = _Window(offsets, starts, ends, np.zeros_like(starts), nothing=1.0, answerable=0.0)
    found = _best(window, 2 * low, 2 * high)
    every = [
        float(starts[i] + ends[j]) - 1.0
        for i in range(low, min(high, len(scores)))
        for j in range(i, min(high, len(scores), i + ANSWER))
    ]
    assert (found.score if found else None) == max(every, default=None)
    if found:
        assert 2 * low <= found.start < found.stop <= 2 * high
