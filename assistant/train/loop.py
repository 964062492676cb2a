"""The training loop: seeded, checkpointed, resumed where it was stopped."""

import hashlib
import json
import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from assistant.train.batches import IGNORED, Batch, Row, batched, collate
from assistant.train.network import LINKS, SPANS, SUPPORT, Network, simulate_int8

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Recipe:
    """Everything that training depends on but the data and the first weights.

    The first `switch` steps see the broad mix, all others the one that is closer to what counts.
    The rate warms up, stays, and falls to zero in a straight line over the last `cooldown` steps
    (Hu et al., 2024, MiniCPM): how long the part before lasts can be decided while it runs. The
    last `int8` steps compute as the exported network will (Jacob et al., 2018). The embeddings and
    the lowest `frozen` layers keep the weights they start from, if there are any: what is learnt
    last is learnt above them, in two thirds of the time (Lee et al., 2019, arXiv:1911.03090). A
    pass of the second part sees each casual question `casual` times.
    """

    steps: int = 2800
    switch: int = 800
    tokens: int = 4096  # of a batch, padding included
    rate: float = 1.5e-4
    warm_up: int = 100
    cooldown: int = 1400
    int8: int = 500
    weight_decay: float = 0.01
    clip: float = 1.0
    tag_weight: float = 2.0
    link_weight: float = 5.0
    links_faster: float = 2.0
    answerable_weight: float = 0.3
    support_weight: float = 1.0
    seed: int = 15
    frozen: int = 0
    casual: int = 1


class AnotherRun(ValueError):
    """The folder holds a run of another recipe, of other data or from other weights."""


# What may change when a run is resumed: how long it lasts, and how it ends.
LENGTH = frozenset(["steps", "cooldown", "int8"])


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def rate_at(step: int, recipe: Recipe) -> float:
    """The learning rate of a step, counted from 0."""
    return recipe.rate * min(
        1.0, (step + 1) / recipe.warm_up, (recipe.steps - step) / max(1, recipe.cooldown)
    )


def loss_of(network: Network, batch: Batch, recipe: Recipe) -> dict[str, Tensor]:
    """Losses of a batch by name; one that a batch has no rows for is left out."""
    tokens, answerable, links = network(batch.ids, batch.mask, batch.types)
    tokens, answerable, links = tokens.float(), answerable.float(), links.float()
    losses = {}
    asked = batch.start != IGNORED
    read = batch.answerable != IGNORED  # questions and claims
    if asked.any():
        # The question's own tokens are no answer; [CLS] stands for "none".
        allowed = batch.types.bool()
        allowed[:, 0] = True
        hidden = ~(allowed & batch.mask.bool())
        start = tokens[..., 0].masked_fill(hidden, -1e4)[asked]
        end = tokens[..., 1].masked_fill(hidden, -1e4)[asked]
        wanted = batch.start[asked]
        losses["span"] = (cross_entropy(start, wanted) + cross_entropy(end, batch.end[asked])) / 2
    if read.any():
        losses["answerable"] = recipe.answerable_weight * binary_cross_entropy_with_logits(
            answerable[read], batch.answerable[read].float()
        )
        passage = (batch.types.bool() & batch.mask.bool())[read]
        losses["support"] = recipe.support_weight * binary_cross_entropy_with_logits(
            tokens[read][..., SPANS][passage], batch.support[read][passage]
        )
    if batch.tagged.any():
        seen = batch.mask[batch.tagged].bool()
        losses["tags"] = recipe.tag_weight * binary_cross_entropy_with_logits(
            tokens[..., SPANS + SUPPORT :][batch.tagged][seen], batch.tags[batch.tagged][seen]
        )
    if len(batch.cues):
        rows = batch.cues[:, 0]
        scores = network.linked(links, tokens[..., SPANS + SUPPORT :], batch.cues)
        seen = batch.mask[rows].bool()
        losses["links"] = recipe.link_weight * binary_cross_entropy_with_logits(
            scores[seen], batch.linked[seen]
        )
    return losses


def train(
    broad: Sequence[Row],
    close: Sequence[Row],
    recipe: Recipe,
    run: Path,
    every: int = 50,
    start: Path | None = None,
    origin: Mapping[str, object] | None = None,
) -> Path:
    """Train, or go on with a run that was stopped; returns the path of the finished checkpoint.

    Args:
        broad, close: the rows of the first part, and of the second.
        run: folder of the checkpoint and of the log, a line of losses a step.
        every: steps between checkpoints; those between the last one and a kill are done again.
        start: the int8 network to start from; the embedding model when None.
        origin: what the rows were made from and by which command; goes with the weights.

    Raises:
        AnotherRun: the checkpoint is of another run.
    """
    run.mkdir(parents=True, exist_ok=True)
    checkpoint, log = run / "checkpoint.pt", run / "log.jsonl"
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.manual_seed(recipe.seed)
    # On a CPU the fused attention's gradient takes a third of a step, plain operators a tenth.
    network = Network("sdpa" if device == "cuda" else "eager")
    if start:
        network.start_from_shipped(start)
    else:
        network.start_from_encoder()
    network.freeze(recipe.frozen)
    network.to(device).train()
    made = asdict(recipe) | {"start": sha256(start) if start else "encoder"}
    optimizer = torch.optim.AdamW(_groups(network, recipe), lr=recipe.rate)
    done = 0
    if checkpoint.is_file():
        state = torch.load(checkpoint, map_location=device, weights_only=True)
        _must_be_the_same(run, state["recipe"], made)
        network.load_state_dict(state["network"])
        optimizer.load_state_dict(state["optimizer"])
        done = state["step"]
        logger.info("going on after step %d of %d", done, recipe.steps)
    began = time.time()
    batches = islice(_schedule(broad, close, recipe), done, recipe.steps)
    for step, losses, tokens in _steps(network, optimizer, batches, recipe, done):
        line = {"step": step + 1, "rate": rate_at(step, recipe), "tokens": tokens, **losses}
        with log.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line | {"time": round(time.time(), 1)}) + "\n")
        if (step + 1) % every == 0 or step + 1 == recipe.steps:
            partial = checkpoint.with_suffix(".part")
            torch.save(
                {
                    "network": network.state_dict(),
                    "optimizer": optimizer.state_dict(),
                    "step": step + 1,
                    "recipe": made,
                    "origin": dict(origin or {}),
                },
                partial,
            )
            partial.replace(checkpoint)
            took = (time.time() - began) / (step + 1 - done)
            left = took * (recipe.steps - step - 1) / 60
            logger.info("step %d of %d, %.0f minutes left", step + 1, recipe.steps, left)
    return checkpoint


def _must_be_the_same(run: Path, stored: Mapping[str, object], made: Mapping[str, object]) -> None:
    """Raise AnotherRun where a run would go on as another one than it began as."""
    other = [
        f"{name} {stored.get(name)}, not {wanted}"
        for name, wanted in made.items()
        if name not in LENGTH and stored.get(name) != wanted
    ]
    if other:
        raise AnotherRun(
            f"{run} holds another run ({'; '.join(other)}): name another folder with --run"
        )


def _schedule(broad: Sequence[Row], close: Sequence[Row], recipe: Recipe) -> Iterator[list[Row]]:
    first = batched(broad, recipe.tokens, recipe.seed)
    for numbers in islice(first, recipe.switch):
        yield [broad[number] for number in numbers]
    for numbers in batched(close, recipe.tokens, recipe.seed + 1):
        yield [close[number] for number in numbers]


def _steps(
    network: Network,
    optimizer: torch.optim.Optimizer,
    batches: Iterator[list[Row]],
    recipe: Recipe,
    first: int,
) -> Iterator[tuple[int, dict[str, float], int]]:
    device = next(network.parameters()).device
    for step, rows in enumerate(batches, first):
        batch = collate(rows)
        batch = Batch(**{name: tensor.to(device) for name, tensor in vars(batch).items()})
        if step >= recipe.steps - recipe.int8:
            simulate_int8(network)
        for group in optimizer.param_groups:
            group["lr"] = rate_at(step, recipe) * group["times"]
        with torch.autocast(device.type, torch.bfloat16, enabled=_fast_bfloat16(device)):
            losses = loss_of(network, batch, recipe)
        optimizer.zero_grad()
        torch.stack(list(losses.values())).sum().backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(network.parameters(), recipe.clip)
        optimizer.step()
        yield (
            step,
            {name: round(loss.item(), 4) for name, loss in losses.items()},
            batch.ids.numel(),
        )


def _fast_bfloat16(device: torch.device) -> bool:
    """Whether bfloat16 is worth it: on a GPU, and on a CPU with instructions for it."""
    if device.type == "cuda":
        return True
    cpuinfo = Path("/proc/cpuinfo")
    return cpuinfo.is_file() and "avx512_bf16" in cpuinfo.read_text()


def _groups(network: Network, recipe: Recipe) -> list[dict[str, object]]:
    """No weight decay for biases and layer norms; the links, which start anew, learn faster."""
    groups = []
    for fresh in (False, True):
        named = [
            (name, p)
            for name, p in network.named_parameters()
            if name.startswith(LINKS) == fresh and p.requires_grad
        ]
        times = recipe.links_faster if fresh else 1.0
        decayed = [p for _, p in named if p.dim() > 1]
        others = [p for _, p in named if p.dim() <= 1]
        groups += [
            {"params": decayed, "weight_decay": recipe.weight_decay, "times": times},
            {"params": others, "weight_decay": 0.0, "times": times},
        ]
    return groups
