"""The reader in torch: MiniLM-L6 with a span head, an answerability head and a tagging head."""

import json
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from transformers import BertConfig, BertModel

from index.encoder import model_folder

TAGS = 6  # inside a source, a cue, a content; at the first token of one
SPANS = 2  # the first and the last token of the answer; at [CLS]: there is none


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
        config = BertConfig(**settings, attn_implementation=attention)  # type: ignore[call-arg]
        self.encoder = BertModel(config, add_pooling_layer=False)
        self.tokens = nn.Linear(config.hidden_size, SPANS + TAGS)
        self.answerable = nn.Linear(config.hidden_size, 1)

    def start_from_encoder(self) -> None:
        """Take over the weights of the embedding model."""
        weights = load_file(model_folder() / "model.safetensors")
        unused = ("pooler.", "embeddings.position_ids")
        self.encoder.load_state_dict(
            {name: weight for name, weight in weights.items() if not name.startswith(unused)}
        )

    def forward(self, ids: Tensor, mask: Tensor, types: Tensor) -> tuple[Tensor, Tensor]:
        """Token ids, attention mask and segment ids, each (batch, tokens).

        Returns:
            Scores of each token (batch, tokens, 8): start, end, six tags; and of there being an
            answer (batch,).
        """
        hidden = self.encoder(
            input_ids=ids, attention_mask=mask, token_type_ids=types
        ).last_hidden_state
        return self.tokens(hidden), self.answerable(hidden[:, 0]).squeeze(-1)


def load_network(path: Path, attention: str = "sdpa") -> Network:
    """The network with the weights of a checkpoint."""
    network = Network(attention)
    network.load_state_dict(torch.load(path, map_location="cpu", weights_only=True)["network"])
    return network.eval()
