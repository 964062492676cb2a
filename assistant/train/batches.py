"""Examples as token ids, in batches of like lengths."""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer
from torch import Tensor

from assistant.reader import cut
from assistant.train.attributions import ROLES, Window
from assistant.train.claims import ClaimExample
from assistant.train.examples import Example
from assistant.train.network import TAGS
from index.encoder import load_tokenizer
from index.network import LONGEST

IGNORED = -100
T = TypeVar("T")


@dataclass(frozen=True)
class Row:
    """One training example, ready to batch."""

    ids: NDArray[np.int32]
    question: int  # tokens of the first segment
    start: int  # of the answer, 0 where there is none; IGNORED: no question is asked
    end: int
    answerable: int  # whether there is an answer, or a claim is borne out; IGNORED: neither
    support: NDArray[np.uint8] | None = None  # (tokens,); None where `answerable` is IGNORED
    tags: NDArray[np.uint8] | None = None  # (tokens, 6); None: not tagged
    cues: tuple[int, ...] = ()  # the first token of each cue
    linked: NDArray[np.uint8] | None = None  # (cues, tokens, 2): of its source, of its content


@dataclass(frozen=True)
class Batch:
    """Padded tensors, (rows, tokens) but for the tags (rows, tokens, 6), and (rows,) for the rest.

    `cues` (cues, 2) are row and token of each cue, `linked` (cues, tokens, 2) what belongs to it.
    """

    ids: Tensor
    mask: Tensor
    types: Tensor
    start: Tensor
    end: Tensor
    answerable: Tensor
    support: Tensor
    tags: Tensor
    tagged: Tensor  # rows that have tags
    cues: Tensor
    linked: Tensor


def question_tokenizer() -> Tokenizer:
    """Cuts only the passage."""
    tokenizer = load_tokenizer()
    tokenizer.enable_truncation(LONGEST, strategy="only_second")
    return tokenizer


def question_rows(examples: Sequence[Example]) -> list[Row]:
    """Answers become token positions; one that is cut off becomes "no answer here"."""
    rows = []
    for example, tokens in _encoded([(e.question, e.context) for e in examples], examples):
        question = tokens.type_ids.index(1)
        inside = _inside(tokens.offsets, example.answer, question) if example.answer else []
        start, end = (inside[0], inside[-1]) if inside else (0, 0)
        support = _marked(tokens, example.supporting() if inside else (), question)
        ids = np.array(tokens.ids, np.int32)
        rows.append(Row(ids, question, start, end, int(start > 0), support))
    return rows


def claim_rows(examples: Sequence[ClaimExample]) -> list[Row]:
    """Claims take the place of questions; they have no answer to be found."""
    rows = []
    for example, tokens in _encoded([(e.claim, e.context) for e in examples], examples):
        first = tokens.type_ids.index(1)
        support = _marked(tokens, example.evidence, first)
        ids = np.array(tokens.ids, np.int32)
        rows.append(Row(ids, first, IGNORED, IGNORED, int(bool(example.evidence)), support))
    return rows


def _encoded(pairs: Sequence[tuple[str, str]], of: Sequence[T]) -> Iterator[tuple[T, Encoding]]:
    """Each example with the tokens of its pair of question, or claim, and passage."""
    encoded = question_tokenizer().encode_batch([(cut(first), second) for first, second in pairs])
    return zip(of, encoded, strict=True)


def _marked(tokens: Encoding, spans: Iterable[tuple[int, int]], first: int) -> NDArray[np.uint8]:
    """(tokens,): 1 for those from `first` on that a span touches."""
    found = np.zeros(len(tokens.ids), np.uint8)
    for span in spans:
        found[_inside(tokens.offsets, span, first)] = 1
    return found


def _inside(offsets: Sequence[tuple[int, int]], span: tuple[int, int], first: int = 0) -> list[int]:
    """Numbers of the tokens from `first` on that a span touches."""
    return [
        i
        for i, (s, e) in enumerate(offsets[first:], first)
        if s < span[1] and span[0] < e and s < e
    ]


def window_rows(windows: Sequence[Window]) -> list[Row]:
    """Windows become rows with tags and without a question."""
    tokenizer = load_tokenizer()
    tokenizer.enable_truncation(LONGEST)
    rows = []
    for window, tokens in zip(
        windows, tokenizer.encode_batch([window.text for window in windows]), strict=True
    ):
        count = len(tokens.ids)
        tags = np.zeros((count, TAGS), np.uint8)
        cues: list[int] = []
        linked = []
        for found in window.attributions:
            member = np.zeros((count, 3), np.uint8)
            for role, name in enumerate(ROLES):
                for span in found[name]:
                    inside = _inside(tokens.offsets, span)
                    member[inside, role] = 1
                    tags[inside[:1], role + 3] = 1
            tags[:, :3] |= member
            for span in found["cue"]:
                first = _inside(tokens.offsets, span)[:1]
                cues += first
                linked += [member[:, [0, 2]]] * len(first)
        ids = np.array(tokens.ids, np.int32)
        pairs = np.stack(linked) if linked else np.zeros((0, count, 2), np.uint8)
        rows.append(Row(ids, len(ids), IGNORED, IGNORED, IGNORED, None, tags, tuple(cues), pairs))
    return rows


def batched(rows: Sequence[Row], tokens: int, seed: int) -> Iterator[list[int]]:
    """Endless batches of row numbers, up to `tokens` tokens each with padding; passes differ."""
    lengths = [len(row.ids) for row in rows]
    for passed in range(1_000_000):
        draw = random.Random(seed * 1_000_003 + passed)
        order = list(range(len(rows)))
        draw.shuffle(order)
        for begin in range(0, len(order), 2048):  # sorted among neighbours only
            part = sorted(order[begin : begin + 2048], key=lengths.__getitem__)
            batches: list[list[int]] = [[]]
            for number in part:
                if (len(batches[-1]) + 1) * lengths[number] > tokens and batches[-1]:
                    batches.append([])
                batches[-1].append(number)
            draw.shuffle(batches)
            yield from batches


def collate(rows: Sequence[Row]) -> Batch:
    """Pad rows to the longest of them."""
    longest = max(len(row.ids) for row in rows)
    ids = np.zeros((len(rows), longest), np.int64)
    mask, types = np.zeros_like(ids), np.zeros_like(ids)
    support = np.zeros((len(rows), longest), np.float32)
    tags = np.zeros((len(rows), longest, TAGS), np.float32)
    cues = [(i, cue) for i, row in enumerate(rows) for cue in row.cues]
    linked = np.zeros((len(cues), longest, 2), np.float32)
    at = 0
    for i, row in enumerate(rows):
        ids[i, : len(row.ids)] = row.ids
        mask[i, : len(row.ids)] = 1
        types[i, row.question : len(row.ids)] = 1
        if row.tags is not None:
            tags[i, : len(row.ids)] = row.tags
        if row.support is not None:
            support[i, : len(row.ids)] = row.support
        if row.linked is not None and len(row.linked):
            linked[at : at + len(row.cues), : len(row.ids)] = row.linked
            at += len(row.cues)
    return Batch(
        ids=torch.from_numpy(ids),
        mask=torch.from_numpy(mask),
        types=torch.from_numpy(types),
        start=torch.tensor([row.start for row in rows]),
        end=torch.tensor([row.end for row in rows]),
        answerable=torch.tensor([row.answerable for row in rows]),
        support=torch.from_numpy(support),
        tags=torch.from_numpy(tags),
        tagged=torch.tensor([row.tags is not None for row in rows]),
        cues=torch.tensor(cues, dtype=torch.int64).reshape(-1, 2),
        linked=torch.from_numpy(linked),
    )
