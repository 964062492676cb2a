"""Examples as token ids, in batches of like lengths."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor

from assistant.train.attributions import Window
from assistant.train.examples import Example
from assistant.train.network import TAGS
from index.encoder import model_folder

LONGEST = 288  # tokens, [CLS] and both [SEP] included
QUESTION = 48
IGNORED = -100


@dataclass(frozen=True)
class Row:
    """One training example, ready to batch."""

    ids: NDArray[np.int32]
    question: int  # tokens of the first segment
    start: int  # IGNORED: no question is asked
    end: int
    tags: NDArray[np.uint8] | None  # (tokens, 6)


@dataclass(frozen=True)
class Batch:
    """Padded tensors, (rows, tokens) but for the spans (rows,) and the tags (rows, tokens, 6)."""

    ids: Tensor
    mask: Tensor
    types: Tensor
    start: Tensor
    end: Tensor
    tags: Tensor
    tagged: Tensor  # rows that have tags


def question_tokenizer() -> Tokenizer:
    """Cuts only the passage."""
    tokenizer = Tokenizer.from_file(str(model_folder() / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(LONGEST, strategy="only_second")
    return tokenizer


def question_rows(examples: Sequence[Example]) -> list[Row]:
    """Answers become token positions; one that is cut off becomes "no answer here"."""
    encoded = question_tokenizer().encode_batch(
        [(" ".join(e.question.split()[:QUESTION]), e.context) for e in examples]
    )
    rows = []
    for example, tokens in zip(examples, encoded, strict=True):
        question = tokens.type_ids.index(1)
        start = end = 0
        if example.answer:
            first, last = example.answer
            inside = [
                i
                for i, (s, e) in enumerate(tokens.offsets)
                if i >= question and s < last and first < e
            ]
            start, end = (inside[0], inside[-1]) if inside else (0, 0)
        rows.append(Row(np.array(tokens.ids, np.int32), question, start, end, None))
    return rows


def window_rows(windows: Sequence[Window]) -> list[Row]:
    """Windows become rows with tags and without a question."""
    tokenizer = Tokenizer.from_file(str(model_folder() / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(LONGEST)
    rows = []
    for window, tokens in zip(
        windows, tokenizer.encode_batch([window.text for window in windows]), strict=True
    ):
        tags = np.zeros((len(tokens.ids), TAGS), np.uint8)
        for role, spans in enumerate(window.spans):
            for first, last in spans:
                inside = [i for i, (s, e) in enumerate(tokens.offsets) if s < last and first < e]
                tags[inside, role] = 1
                tags[inside[:1], role + 3] = 1
        ids = np.array(tokens.ids, np.int32)
        rows.append(Row(ids, len(ids), IGNORED, IGNORED, tags))
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
    tags = np.zeros((len(rows), longest, TAGS), np.float32)
    for i, row in enumerate(rows):
        ids[i, : len(row.ids)] = row.ids
        mask[i, : len(row.ids)] = 1
        types[i, row.question : len(row.ids)] = 1
        if row.tags is not None:
            tags[i, : len(row.ids)] = row.tags
    return Batch(
        ids=torch.from_numpy(ids),
        mask=torch.from_numpy(mask),
        types=torch.from_numpy(types),
        start=torch.tensor([row.start for row in rows]),
        end=torch.tensor([row.end for row in rows]),
        tags=torch.from_numpy(tags),
        tagged=torch.tensor([row.tags is not None for row in rows]),
    )
