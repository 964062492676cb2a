"""The reader in torch: MiniLM-L6 with heads for spans, support, answerability, tags and links."""

import hashlib
import json
from pathlib import Path
from types import MethodType

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn.functional import linear
from transformers import BertConfig, BertModel

from index.encoder import model_folder

SPANS = 2  # the first and the last token of the answer; at [CLS]: there is none
SUPPORT = 1  # the token's sentence supports an answer
TAGS = 6  # inside a source, a cue, a content; at the first token of one
LINK = 48  # width of what leads from a cue to its source and its content
LINKS = ("links.", "distance", "link_")  # names of the weights of the links
CONSTANTS = ("distance", "link_weight", "link_bias")  # exported as outputs
REACH = 64  # tokens between a cue and a token, beyond which how many more makes no difference


class Network(nn.Module):
    """A question and a passage in, scores of every token out.

    The first token's start and end scores are those of "no answer" (Devlin et al., 2019, 4.3); the
    answerability head reads the same token. Dropout is left out: in one pass over the data there
    is nothing to memorise, and on a CPU drawing it costs a tenth of the time.
    """

    def __init__(self, attention: str = "sdpa") -> None:
        super().__init__()
        settings = json.loads((model_folder() / "config.json").read_text("utf-8"))
        settings |= {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
        config = BertConfig(**settings, attn_implementation=attention)
        self.encoder = BertModel(config, add_pooling_layer=False)
        self.tokens = nn.Linear(config.hidden_size, SPANS + SUPPORT + TAGS)
        self.answerable = nn.Linear(config.hidden_size, 1)
        self.links = nn.Linear(config.hidden_size, 4 * LINK)
        self.distance = nn.Parameter(torch.randn(2 * REACH + 1, 2, LINK) * 0.1)
        self.link_weight = nn.Parameter(torch.randn(2, LINK) * LINK**-0.5)
        self.link_bias = nn.Parameter(torch.full((2,), -1.0))

    def start_from_encoder(self) -> None:
        """Take over the weights of the embedding model."""
        weights = load_file(model_folder() / "model.safetensors")
        unused = ("pooler.", "embeddings.position_ids")
        self.encoder.load_state_dict(
            {name: weight for name, weight in weights.items() if not name.startswith(unused)}
        )

    def start_from_shipped(self, path: Path) -> None:
        """Take over the weights of an int8 reader.onnx.

        Heads that an older file has not (support, links) stay as they are drawn.
        """
        stored = dequantised(path)
        for name in ("tokens.weight", "tokens.bias"):
            old, own = stored[name], self.state_dict()[name].clone()
            if len(old) == SPANS + TAGS:
                own[:SPANS], own[SPANS + SUPPORT :] = old[:SPANS], old[SPANS:]
                stored[name] = own
        missing = self.load_state_dict(stored, strict=False).missing_keys
        unexpected = [name for name in missing if not name.startswith(LINKS)]
        if unexpected:
            raise ValueError(f"{path} has no weights for {', '.join(unexpected)}")

    def freeze(self, layers: int) -> None:
        """Keep the weights of the lowest layers, and of the embeddings, as they are; 0: of none."""
        if layers:
            for module in (self.encoder.embeddings, *self.encoder.encoder.layer[:layers]):
                module.requires_grad_(False)

    def forward(self, ids: Tensor, mask: Tensor, types: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Token ids, attention mask and segment ids, each (batch, tokens).

        Returns:
            Scores of each token (batch, tokens, 9): start, end, support, six tags; of there being
            an answer (batch,); and the vectors of its links (batch, tokens, 192): as a cue for
            sources and contents, as part of a source and of a content, 48 each (see `linked`).
        """
        hidden = self.encoder(
            input_ids=ids, attention_mask=mask, token_type_ids=types
        ).last_hidden_state
        return self.tokens(hidden), self.answerable(hidden[:, 0]).squeeze(-1), self.links(hidden)

    def linked(self, links: Tensor, tags: Tensor, cues: Tensor) -> Tensor:
        """Log odds that a token belongs to the source, and to the content, of a cue.

        Additive attention (Bahdanau et al., 2015) of the cue's vector, the token's and one of how
        far apart they are; the token's own tag is added: what is no source is none of this cue.

        Args:
            links: (rows, tokens, 4 * LINK), of `forward`.
            tags: (rows, tokens, 6).
            cues: (cues, 2), row and first token of each.

        Returns:
            (cues, tokens, 2).
        """
        rows, at = cues.unbind(1)
        vectors = links.view(*links.shape[:-1], 4, LINK)
        apart = torch.arange(links.shape[1], device=at.device)[None] - at[:, None]
        apart = apart.clamp(-REACH, REACH) + REACH
        mixed = vectors[rows, at, :2][:, None] + vectors[rows][:, :, 2:] + self.distance[apart]
        scores = (mixed.relu() * self.link_weight).sum(-1) + self.link_bias
        return scores + tags[rows][..., [0, 2]]


def load_network(path: Path, attention: str = "sdpa") -> Network:
    """The network with the weights of a checkpoint."""
    network = Network(attention)
    network.load_state_dict(torch.load(path, map_location="cpu", weights_only=True)["network"])
    return network.eval()


def average(checkpoint: Path, shipped: Path, into: Path, share: float = 0.5) -> Path:
    """Write a checkpoint whose weights are a mean of a run's and of those it started from.

    Networks that were trained on from the same weights lie in one basin; their mean does better
    than either (Wortsman et al., 2022, model soups).

    Args:
        checkpoint: of the run.
        shipped: an int8 reader.onnx, dequantised here.
        share: of the run's weights in the mean.

    Raises:
        ValueError: the run did not start from `shipped`.
    """
    state = torch.load(checkpoint, map_location="cpu", weights_only=True)
    other_sha256 = hashlib.sha256(shipped.read_bytes()).hexdigest()
    started = state["recipe"]["start"]
    if started != other_sha256:
        raise ValueError(f"the run started from {started}; {shipped} is {other_sha256}")
    other = Network()
    other.start_from_shipped(shipped)
    before = other.state_dict()
    mean = {
        name: before[name].lerp(weight, share) if weight.is_floating_point() else weight
        for name, weight in state["network"].items()
    }
    recipe = state["recipe"] | {"averaged_with": other_sha256, "share": share}
    torch.save(state | {"network": mean, "recipe": recipe, "optimizer": {}}, into)
    return into


def simulate_int8(network: Network) -> None:
    """Make the layers of the encoder compute as int8 ones do, gradients passing through.

    Weights in 7 bits with a scale a row, activations in 8 bits with a scale a text: what
    `index.encoder.quantise` makes of them, down to its absmax / 64 and a zero point that is a whole
    number. The heads stay as they are, there too.
    """
    for module in network.encoder.modules():
        if isinstance(module, nn.Linear):
            module.forward = MethodType(_int8_forward, module)  # type: ignore[method-assign]


def _int8_forward(layer: nn.Linear, given: Tensor) -> Tensor:
    weight = layer.weight
    scale = weight.abs().amax(1, keepdim=True).clamp(min=1e-8) / 64
    rounded = (weight / scale).round().clamp(-64, 64) * scale
    inputs = given.float()
    every = tuple(range(1, inputs.dim()))
    low = inputs.detach().amin(every, keepdim=True).clamp(max=0)
    step = ((inputs.detach().amax(every, keepdim=True).clamp(min=0) - low) / 255).clamp(min=1e-8)
    zero = (-low / step).round()
    seen = (((inputs / step).round() + zero).clamp(0, 255) - zero) * step
    return linear(
        inputs + (seen - inputs).detach(), weight + (rounded - weight).detach(), layer.bias
    )


def dequantised(path: Path) -> dict[str, Tensor]:
    """The weights of an exported int8 network, as float32, by their names in `Network`."""
    import onnx
    from onnx import numpy_helper

    graph = onnx.load(path).graph
    stored = {i.name: torch.from_numpy(numpy_helper.to_array(i).copy()) for i in graph.initializer}
    made = {
        node.output[0]: torch.from_numpy(numpy_helper.to_array(node.attribute[0].t).copy())
        for node in graph.node
        if node.op_type == "Constant" and node.attribute[0].type == onnx.AttributeProto.TENSOR
    }
    prefix = "network."
    weights = {
        name.removeprefix(prefix): value
        for name, value in stored.items()
        if name.startswith(prefix)
        and value.dtype == torch.float32
        and not name.endswith(("_scale", "_scales", "_Transposed"))
    }
    for output, name in zip(graph.output[3:], CONSTANTS, strict=False):
        weights[name] = (stored | made)[output.name]

    def full(name: str) -> Tensor:
        if f"{name}_quantized" in stored:
            scale, zero = stored[f"{name}_scale"], stored[f"{name}_zero_point"]
            return (stored[f"{name}_quantized"].float() - zero.float()) * scale
        return stored[name]

    for node in graph.node:
        given = [i.removesuffix("_quantized") for i in node.input if i in stored]
        rows = [name.removesuffix("_rows") for name in given if name.endswith("_rows")]
        if node.op_type == "Gather" and rows:
            scales = stored[f"{rows[0]}_scales"]
            weights[rows[0].removeprefix(prefix)] = stored[f"{rows[0]}_rows"].float() * scales
        elif node.op_type == "Gather" and given and given[0].startswith(prefix):
            if not given[0].endswith("_scales"):
                weights[given[0].removeprefix(prefix)] = full(given[0])
        elif node.op_type in ("MatMulInteger", "MatMul") and given:
            # "/network/encoder/encoder/layer.0/attention/self/query/MatMul_quant"
            module = node.name.removeprefix("/network/").rsplit("/", 1)[0].replace("/", ".")
            weights[f"{module}.weight"] = full(given[0]).T.contiguous()
    return weights
