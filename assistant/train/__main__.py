"""`python -m assistant.train`: train the reader."""

import argparse
import logging
import random
from pathlib import Path

from assistant.train.attributions import questions, read_news, windows
from assistant.train.batches import Row, question_rows, window_rows
from assistant.train.examples import close_examples, questions_to_read, read_questions
from assistant.train.loop import Recipe, train
from assistant.train.newsroom import news_examples, read_news_questions
from assistant.train.swaps import Swapper


def training_rows(data: Path, seed: int) -> tuple[list[Row], list[Row]]:
    """What the first part and the cool-down see; see `loop.train`."""
    asked = read_questions(data / "qa_train.jsonl.gz")
    swapper = Swapper((q.question for q in asked), sorted({q.context for q in asked}))
    news = read_news(data / "attribution_train.jsonl.gz")
    tagged = window_rows(windows(news))
    made = questions(news, 15_000, seed)
    broad = question_rows(questions_to_read(asked, swapper, seed) + made) + tagged

    draw = random.Random(seed)
    ours = [question for question in read_news_questions() if question.for_reader]
    close = close_examples(asked, seed) + draw.sample(made, min(len(made), 1500))
    close += news_examples(ours, data / "attribution_train.jsonl.gz", seed)
    close += news_examples(ours, data / "attribution_train.jsonl.gz", seed + 1)
    return broad, question_rows(close) + draw.sample(tagged, min(len(tagged), 1500))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m assistant.train", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--run", type=Path, default=Path("runs/reader"))
    parser.add_argument("--steps", type=int, default=Recipe.steps)
    arguments = parser.parse_args()
    arguments.run.mkdir(parents=True, exist_ok=True)
    logging.basicConfig(
        filename=arguments.run / "train.log",
        level=logging.INFO,
        format="%(asctime)s %(message)s",
    )
    recipe = Recipe(steps=arguments.steps)
    broad, close = training_rows(arguments.data, recipe.seed)
    for name, rows in (("first part", broad), ("cool-down", close)):
        tokens = sum(len(row.ids) for row in rows)
        logging.info("%s: %d rows, %d tokens", name, len(rows), tokens)
    train(broad, close, recipe, arguments.run)


if __name__ == "__main__":
    main()
