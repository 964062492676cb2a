"""A checkpoint as int8 ONNX: what ships."""

import hashlib
import json
import tempfile
import warnings
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from torch import Tensor, nn

from assistant.bench.reading import Read, probable, read_all, read_qa, squad_score
from assistant.reader import Reader
from assistant.train.examples import held_out, read_questions
from assistant.train.network import Network, load_network
from index.encoder import quantise
from index.network import OnnxNetwork, load_card

HEADS = ("/network/tokens/", "/network/answerable/", "/network/links/")  # names of their nodes
INPUTS = ["input_ids", "token_type_ids"]
OUTPUTS = ["tokens", "answerable", "links", "distance", "link_weight", "link_bias"]


class _Exported(nn.Module):
    """The network for one text, without a mask: nothing is padded."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, ids: Tensor, types: Tensor) -> tuple[Tensor, ...]:
        network = self.network
        scores = network(ids, torch.ones_like(ids), types)
        # The weights of the links go along as constants: what they do is not a step for each token.
        return (*scores, network.distance + 0, network.link_weight + 0, network.link_bias + 0)


def export(checkpoint: Path, output: Path, precision: str = "int8") -> Path:
    """Write the network of a checkpoint as ONNX, quantised as the embedding model is.

    Args:
        precision: "int8" or "fp32".
    """
    network = load_network(checkpoint, attention="eager")  # plain operators only
    ids = torch.tensor([[101, 2040, 2056, 102, 2002, 102]])
    axes = {name: {0: "texts", 1: "tokens"} for name in INPUTS + OUTPUTS[:1] + ["links"]}
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # tracing warns of branches that inputs could change
        full = output if precision == "fp32" else Path(folder) / "fp32.onnx"
        torch.onnx.export(
            _Exported(network).eval(),
            (ids, torch.zeros_like(ids)),
            str(full),
            input_names=INPUTS,
            output_names=OUTPUTS,
            dynamic_axes=axes | {"answerable": {0: "texts"}},
            opset_version=17,
            dynamo=False,
        )
        if precision == "int8":
            _to_int8(full, output)
    return output


def _to_int8(full: Path, output: Path) -> None:
    """Quantise the layers; the heads stay float, and embeddings get a scale a row.

    Heads are tiny, and what they read decides; one scale for all word embeddings, as the library
    would have it, is coarse for the rare ones.
    """
    model = onnx.load(full)
    apart = [
        node.name
        for node in model.graph.node
        if node.op_type == "Gather" or node.name.startswith(HEADS)
    ]
    # The library turns a Gemm into a MatMul of this name first.
    quantise(full, output, [*apart, *(f"{name}_MatMul" for name in apart)])
    model = onnx.load(output)
    _scale_rows(model, "word_embeddings.weight")
    onnx.save(model, output)


def _scale_rows(model: onnx.ModelProto, name: str) -> None:
    """Replace a looked-up float table by int8 rows, each with its own scale."""
    graph = model.graph
    stored = next(i for i in graph.initializer if i.name.endswith(name))
    lookup = next(node for node in graph.node if stored.name in node.input)
    table = numpy_helper.to_array(stored)
    scale = np.abs(table).max(axis=1, keepdims=True) / 127
    rows = np.round(table / np.maximum(scale, 1e-12)).astype(np.int8)
    graph.initializer.remove(stored)
    graph.initializer.append(numpy_helper.from_array(rows, f"{stored.name}_rows"))
    graph.initializer.append(numpy_helper.from_array(scale, f"{stored.name}_scales"))
    ids, found = lookup.input[1], lookup.output[0]
    at = list(graph.node).index(lookup)
    graph.node.remove(lookup)
    parts = {"rows": f"{found}_rows", "scales": f"{found}_scales"}
    added = [
        helper.make_node("Gather", [f"{stored.name}_{part}", ids], [output])
        for part, output in parts.items()
    ]
    added.append(helper.make_node("Cast", [parts["rows"]], [f"{found}_float"], to=1))
    added.append(helper.make_node("Mul", [f"{found}_float", parts["scales"]], [found]))
    for offset, node in enumerate(added):
        graph.node.insert(at + offset, node)


def sources(data: Path) -> dict[str, str]:
    """The sha256 of all that the network is trained on, by file name."""
    here = Path(__file__).parent
    files = [
        data / "qa_train.jsonl.gz",
        data / "attribution_train.jsonl.gz",
        here / "news_questions.jsonl.gz",
        here / "claims.jsonl.gz",
        here / "articles.jsonl.gz",
        here / "unanswerable.jsonl",
        here / "swaps.toml",
    ]
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def ship(checkpoint: Path, data: Path, folder: Path) -> None:
    """Write the int8 network of a finished run to `folder`, with `reader.json` beside it.

    The card gets what made the weights (command, recipe, sha256 of all data, as they were when it
    was trained) and the calibration: how the two scores make a probability that the best answer of
    a passage is one, and from which on to give it for the best F1, both chosen on held-out articles
    of qa_train. Last it measures what int8 loses, on qa_dev, with that same calibration. Only then
    do both files take the place of what is there.

    Raises:
        ValueError: the run is not finished.
    """
    state = torch.load(checkpoint, map_location="cpu", weights_only=True)
    recipe = state["recipe"]
    if state["step"] < recipe["steps"]:
        raise ValueError(f"{checkpoint} is at step {state['step']} of {recipe['steps']}: go on")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as work:
        card = _made(checkpoint, data, Path(work))
        card |= {"recipe": recipe, **state["origin"]}
        target = Path(work) / "reader.json"
        target.write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")
        for name in ("reader.onnx", target.name):
            (Path(work) / name).replace(folder / name)
    load_card.cache_clear()


def _made(checkpoint: Path, data: Path, work: Path) -> dict[str, object]:
    """Write the int8 network to `work`; its sha256, its calibration, and what int8 loses."""
    weights = export(checkpoint, work / "reader.onnx").read_bytes()
    full = export(checkpoint, work / "fp32.onnx", "fp32").read_bytes()
    asked = [
        (q.question, q.context, [q.context[s:e] for s, e in q.answers])
        for q in held_out(read_questions(data / "qa_train.jsonl.gz"))
    ]
    calibration = _calibrate(read_all(Reader(OnnxNetwork(weights)), asked))
    found = {}
    for name, each in (("int8", weights), ("fp32", full)):
        reads = read_qa(Reader(OnnxNetwork(each)), data)
        given = [probable(read, calibration) for read in reads]
        found[f"{name}_f1"] = round(100 * squad_score(reads, given), 2)
    return {
        "sha256": hashlib.sha256(weights).hexdigest(),
        "calibration": calibration,
        "qa_dev": found | {"rows": len(reads)},
    }


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
