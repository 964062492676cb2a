"""Questions about nothing in the library: all are refused, and nothing breaks."""

import tomllib
from importlib.resources import files
from itertools import cycle, islice
from pathlib import Path

from assistant.bench.data import news_articles
from assistant.bench.figures import Figure
from assistant.pipeline import Assistant

LONG = 5000  # words


def off_topic(data: Path, work: Path) -> list[Figure]:
    """`off_topic.toml`, and two questions of 5,000 words, over all articles of attribution_dev."""
    table = tomllib.loads(files("assistant.bench").joinpath("off_topic.toml").read_text("utf-8"))
    articles = news_articles(data, "attribution_dev")
    pasted = list(islice(cycle(word for a in articles for word in a.text.split()), LONG))
    table["5,000 words"] = [" ".join(["What is this about?", *pasted]), "why " * LONG]
    with Assistant.open(work / "off-topic") as assistant:
        assistant.add(*articles)
        refused = {
            name: [assistant.ask(question).refused for question in asked]
            for name, asked in table.items()
        }
    every = [one for group in refused.values() for one in group]
    shares = {"all": every} | refused
    return [
        Figure("off-topic", f"refused, {name}", 100 * sum(g) / len(g), "%", len(g), least=100)
        for name, g in shares.items()
    ]
