"""A checkpoint as int8 ONNX: what ships."""

import logging
import tempfile
import warnings
from pathlib import Path

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import Tensor, nn

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
