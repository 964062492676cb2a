"""A checkpoint as int8 ONNX: what ships."""

import hashlib
import json
import logging
import tempfile
import warnings
from pathlib import Path

import numpy as np
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from torch import Tensor, nn

from assistant.bench.reading import Read, probable, read_all, read_qa, squad_score
from assistant.reader import OnnxNetwork, Reader, load_card
from assistant.train.examples import held_out, read_questions
from assistant.train.network import Network, load_network


class _Exported(nn.Module):
    """The network for one text, without a mask: nothing is padded."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, ids: Tensor, types: Tensor) -> tuple[Tensor, Tensor]:
        tokens, answerable = self.network(ids, torch.ones_like(ids), types)
        return tokens, answerable


def export(checkpoint: Path, output: Path, precision: str = "int8") -> Path:
    """Write the network of a checkpoint as ONNX.

    Weights per channel and in 7 bits, so that processors without VNNI do not saturate; activations
    in 8 bits, dynamically, as for the embedding model (`index.encoder`).

    Args:
        precision: "int8" or "fp32".
    """
    network = load_network(checkpoint, attention="eager")  # plain operators only
    ids = torch.tensor([[101, 2040, 2056, 102, 2002, 102]])
    axes = {name: {0: "texts", 1: "tokens"} for name in ("input_ids", "token_type_ids", "tokens")}
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # tracing warns of branches that inputs could change
        full = output if precision == "fp32" else Path(folder) / "fp32.onnx"
        torch.onnx.export(
            _Exported(network).eval(),
            (ids, torch.zeros_like(ids)),
            str(full),
            input_names=["input_ids", "token_type_ids"],
            output_names=["tokens", "answerable"],
            dynamic_axes=axes | {"answerable": {0: "texts"}},
            opset_version=17,
            dynamo=False,
        )
        if precision == "int8":
            logging.disable(logging.WARNING)  # it advises a step that needs texts of one length
            quantize_dynamic(
                full,
                output,
                weight_type=QuantType.QInt8,
                per_channel=True,
                reduce_range=True,
                extra_options={"DefaultTensorType": 1},
            )
            logging.disable(logging.NOTSET)
    return output


def ship(checkpoint: Path, data: Path, folder: Path) -> None:
    """Write the int8 network of a checkpoint to `folder`, with `reader.json` beside it.

    The card gets what made the weights (recipe, sha256 of data and of our own questions) and the
    calibration: how the two scores make a probability that the best answer of a passage is one,
    and from which on to give it for the best F1, both chosen on held-out articles of qa_train. Last
    it measures what int8 loses, on qa_dev, with that same calibration.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = export(checkpoint, folder / "reader.onnx")
    recipe = torch.load(checkpoint, map_location="cpu", weights_only=True)["recipe"]
    here = Path(__file__).parent
    sources = [
        data / "qa_train.jsonl.gz",
        data / "attribution_train.jsonl.gz",
        here / "news_questions.jsonl",
        here / "unanswerable.jsonl",
        here / "swaps.toml",
    ]
    asked = [
        (q.question, q.context, [q.context[s:e] for s, e in q.answers])
        for q in held_out(read_questions(data / "qa_train.jsonl.gz"))
    ]
    weights = path.read_bytes()
    reads = read_all(Reader(OnnxNetwork(weights)), asked)
    card = {
        "made_by": "python -m assistant.train fit; python -m assistant.train export",
        "sha256": hashlib.sha256(weights).hexdigest(),
        "recipe": recipe,
        "data": {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sources},
        "calibration": _calibrate(reads),
    }
    target = folder / "reader.json"
    target.write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")
    load_card.cache_clear()
    with tempfile.TemporaryDirectory() as work:
        full = export(checkpoint, Path(work) / "fp32.onnx", "fp32").read_bytes()
    found = {}
    for name, each in (("int8", weights), ("fp32", full)):
        reads = read_qa(Reader(OnnxNetwork(each)), data)
        given = [probable(read) for read in reads]
        found[f"{name}_f1"] = round(100 * squad_score(reads, given), 2)
    card["qa_dev"] = found | {"rows": len(reads)}
    target.write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")


def _calibrate(reads: list[Read]) -> dict[str, float]:
    features = np.array([[read.score, read.answerable] for read in reads])
    there = np.array([not read.empty for read in reads])
    found = LogisticRegression().fit(features, there)
    (score, answerable), bias = found.coef_[0], found.intercept_[0]
    odds = features @ found.coef_[0] + bias
    threshold = max(np.unique(odds), key=lambda least: squad_score(reads, odds >= least))
    given = odds >= threshold
    figures = {
        "score": score,
        "answerable": answerable,
        "bias": bias,
        "threshold": threshold,
        "held_out_rows": len(reads),
        "held_out_f1": 100 * squad_score(reads, given),
        "held_out_auc": 100 * roc_auc_score(there, odds),
    }
    return {name: round(float(value), 4) for name, value in figures.items()}
