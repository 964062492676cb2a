"""`python -m assistant.train`: train the reader, ship it, and fit what chooses its sentences.

fit      train; a run that was stopped goes on where it was (--run holds checkpoint and log)
export   the run's checkpoint as int8 ONNX into index/model (--into), thresholds with it
ranking  fit the order of the passages found (index/ranking.json)
select   fit the choice among the sentences that were read, and the gate (assistant/extract.json,
         assistant/gate.json)
speakers fit whom pronouns mean (index/speakers.json)
checks   count what the checks withhold of our own questions' evidence
"""

import argparse
import logging
import random
import sys
from pathlib import Path

from assistant.train.attributions import LETTERS, questions, read_news, windows
from assistant.train.batches import Row, claim_rows, question_rows, window_rows
from assistant.train.claims import answered, claim_examples, read_news_claims
from assistant.train.examples import close_examples, held_out, questions_to_read, read_questions
from assistant.train.libraries import dealt, news_library, small_libraries
from assistant.train.loop import Recipe, train
from assistant.train.newsroom import news_examples, read_articles, read_news_questions, texts_of
from assistant.train.swaps import Swapper

PACKAGE = Path(__file__).parents[1]
INDEX = Path(__file__).parents[2] / "index"
CLAIMS = 3  # times that a pass of the second part sees each: they are few, and short
INVENTED = 3  # the same of each question about an article that we invented
VERIFIED = 24_000  # questions with an answer behind them
QUESTIONS, NEWS = "qa_train.jsonl.gz", "attribution_train.jsonl.gz"


def training_rows(data: Path, seed: int, casual: int = 1) -> tuple[list[Row], list[Row]]:
    """What the first part and the second see; see `loop.train`.

    Args:
        data: ../shared/data.
        seed: of every draw.
        casual: times that a pass sees each casual question, each time among other passages.
    """
    asked = read_questions(data / QUESTIONS)
    swapper = Swapper((q.question for q in asked), sorted({q.context for q in asked}))
    news = read_news(data / NEWS)
    tagged = window_rows(windows(news)) + window_rows(windows(news, LETTERS // 2))
    made = questions(news, 9_000, seed)
    broad = question_rows(questions_to_read(asked, swapper, seed) + made) + tagged

    draw = random.Random(seed)
    ours = [question for question in read_news_questions() if question.for_reader]
    close = close_examples(asked, seed) + draw.sample(made, min(len(made), 3000))
    texts, invented = texts_of(data / NEWS), {article.source for article in read_articles()}
    about_these = [question for question in ours if question.article in invented]
    repeated = (INVENTED - 1) * about_these + (casual - 1) * [q for q in ours if q.casual]
    close += news_examples(ours + repeated, texts, seed)
    claims = [claim for claim in read_news_claims() if claim.for_reader]
    borne = claim_rows(claim_examples(CLAIMS * claims, texts, seed))
    verified = answered(ours, texts, seed)
    verified = draw.sample(verified, min(len(verified), VERIFIED))
    borne += claim_rows(claim_examples(verified, texts, seed))
    again = draw.sample(tagged, len(tagged) // 2)
    return broad, question_rows(close) + borne + tagged + again


def fit(arguments: argparse.Namespace) -> None:
    """Train the reader."""
    from assistant.train.export import sources

    recipe = Recipe(
        arguments.steps,
        arguments.switch,
        cooldown=arguments.cooldown,
        seed=arguments.seed,
        frozen=arguments.frozen,
        casual=arguments.casual,
        tokens=arguments.tokens,
        rate=arguments.rate,
    )
    command = ["python -m assistant.train", *sys.argv[1:]]
    origin = {"command": " ".join(command), "data": sources(arguments.data)}
    broad, close = training_rows(arguments.data, recipe.seed, recipe.casual)
    for name, rows in (("first part", broad), ("second part", close)):
        tokens = sum(len(row.ids) for row in rows)
        logging.info("%s: %d rows, %d tokens", name, len(rows), tokens)
    train(broad, close, recipe, arguments.run, start=arguments.start, origin=origin)


def export(arguments: argparse.Namespace) -> None:
    """Ship a checkpoint."""
    from assistant.train.export import ship
    from assistant.train.network import average

    checkpoint = arguments.run / "checkpoint.pt"
    if arguments.average:
        averaged = arguments.run / "averaged.pt"
        checkpoint = average(checkpoint, arguments.average, averaged, arguments.share)
    ship(checkpoint, arguments.data, arguments.into)


def select(arguments: argparse.Namespace) -> None:
    """Fit the choice among the sentences that were read, and the gate."""
    from assistant.reader import shared_reader
    from assistant.train import gate, select

    held = [question for question in read_news_questions() if not question.for_reader]
    casual = [question for question in held if question.casual]
    others = [question for question in held if not question.casual]
    asked = random.Random(13).sample(others, min(len(others), select.MOST)) + casual
    asked += select.off_topic(held_out(read_questions(arguments.data / QUESTIONS)))
    asked += select.our_off_topic()
    random.Random(13).shuffle(asked)
    asked = asked[: arguments.most]
    with (
        news_library(arguments.data, arguments.library) as large,
        small_libraries(arguments.data, arguments.libraries) as small,
    ):
        found = [
            one
            for library, some in dealt(asked, large, small)
            for one in select.ask_all(library, some, shared_reader())
        ]
        judged = gate.judge_all(found, shared_reader())
    chosen, count = select.fit_choice(found), len(found)
    select.write(chosen, select.report(found), count, PACKAGE / "extract.json")
    gate.write(gate.fit(judged), gate.report(judged), count, PACKAGE / "gate.json")


def ranking(arguments: argparse.Namespace) -> None:
    """Fit the order of the passages found."""
    from assistant.train import ranking

    asked = [q for q in read_news_questions() if q.for_reader and q.answers]
    asked = random.Random(arguments.seed).sample(asked, min(len(asked), ranking.MOST))
    with news_library(arguments.data, arguments.library) as library:
        found = ranking.ask_all(library, asked)
    figures = ranking.report(found)
    ranking.write(ranking.fit(found), figures, len(found), INDEX / "ranking.json")
    sys.stdout.write(f"{figures}\n")


def speakers(arguments: argparse.Namespace) -> None:
    """Fit whom pronouns mean."""
    from assistant.train import speakers

    speakers.write(arguments.data / NEWS, INDEX / "speakers.json")


def checks(arguments: argparse.Namespace) -> None:
    """Count what the checks withhold."""
    from assistant.train.checked import count

    asked = read_news_questions()
    with news_library(arguments.data, arguments.library) as library:
        for name, some in (
            ("questions", [q for q in asked if q.answers]),
            ("near misses", [q for q in asked if not q.answers]),
        ):
            sys.stdout.write(f"{name}, {count(library, some)}\n")


def main() -> None:
    steps = {
        "fit": fit,
        "export": export,
        "ranking": ranking,
        "select": select,
        "speakers": speakers,
        "checks": checks,
    }
    parser = argparse.ArgumentParser(
        prog="python -m assistant.train",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("step", choices=tuple(steps))
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--run", type=Path, default=Path("runs/reader"))
    parser.add_argument("--steps", type=int, default=Recipe.steps)
    parser.add_argument("--switch", type=int, default=Recipe.switch, help="steps of the first part")
    parser.add_argument("--cooldown", type=int, default=Recipe.cooldown, help="the last steps")
    parser.add_argument("--seed", type=int, default=Recipe.seed)
    parser.add_argument("--frozen", type=int, default=0, help="lowest layers that stay as they are")
    parser.add_argument("--casual", type=int, default=1, help="times a pass sees casual questions")
    parser.add_argument("--tokens", type=int, default=Recipe.tokens, help="of a batch")
    parser.add_argument("--rate", type=float, default=Recipe.rate, help="of learning")
    parser.add_argument("--into", type=Path, default=INDEX / "model", help="where export writes")
    parser.add_argument("--start", type=Path, help="the reader.onnx to start from (the encoder)")
    parser.add_argument("--average", type=Path, help="export a mean with this reader.onnx")
    parser.add_argument("--share", type=float, default=0.5, help="of the run's weights in the mean")
    parser.add_argument("--most", type=int, help="questions that `select` asks, if not all")
    parser.add_argument("--library", type=Path, help="keep the library of all articles here")
    parser.add_argument("--libraries", type=Path, help="keep the small libraries in this folder")
    arguments = parser.parse_args()
    arguments.run.mkdir(parents=True, exist_ok=True)
    logging.basicConfig(
        handlers=[logging.FileHandler(arguments.run / "train.log"), logging.StreamHandler()],
        level=logging.INFO,
        format="%(asctime)s %(message)s",
    )
    try:
        steps[arguments.step](arguments)
    except ValueError as error:
        sys.exit(f"{arguments.step}: {error}")
    sys.stdout.write((PACKAGE / "extract.json").read_text() if arguments.step == "select" else "")


if __name__ == "__main__":
    main()
