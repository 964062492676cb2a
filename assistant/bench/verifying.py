"""Verifying claims: corrupted ones withheld, true ones not; and whether evidence supports a claim.

True claims come from three places: written by hand over the sample articles (`tests/verify`), made
of the gold attributions of attribution_dev ("{speaker} {cue} {content}"), and its plain sentences.
"""

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from assistant.answer import Citation
from assistant.bench.corrupting import KINDS, Made, corrupted, quotations
from assistant.bench.data import Row, read_rows
from assistant.bench.figures import Figure
from assistant.compose import cite
from assistant.verify import verify
from index.article import Article, Kind, Sentence
from index.library import Library
from index.words import STOP_WORDS, stem, words

SAMPLES = Path(__file__).parents[2] / "tests"
PER_ARTICLE = 4  # claims of each kind that an article of attribution_dev gives
# Of the claim's words, for the baseline: set beforehand, not fitted.
OVERLAP = 0.8
_PRONOUN = re.compile(r"\W*(?:he|she|it|they|his|her|i|we|that|this|who|which)\b", re.IGNORECASE)


def verifying(data: Path, work: Path) -> list[Figure]:
    """Corrupted and true claims, and support_dev."""
    figures = []
    with Library(work / "news") as library:
        claims = gold_claims(library, read_rows(data, "attribution_dev"))
        figures += _withheld(library, claims, "attribution_dev", targets=True)
    if (SAMPLES / "verify").is_dir():
        with Library(work / "samples") as library:
            library.add(SAMPLES / "articles")
            held = written(library, SAMPLES / "verify", "held")
            seen = written(library, SAMPLES / "verify", "claims")
            figures += _withheld(library, held, "by hand", targets=True)
            wrong = refused(library, seen)
            figures.append(
                Figure("verify", "true claims withheld, by hand, looked at", wrong, "%", len(seen))
            )
    return figures + support(data, work)


def _withheld(library: Library, claims: Sequence[Made], of: str, targets: bool) -> list[Figure]:
    articles = dict.fromkeys(claim.citations[0].article_id for claim in claims)
    made = [*corrupted(library, claims)]
    made += [q for i in articles for q in quotations(library, library.article(i))]
    total: Counter[str] = Counter(claim.kind for claim in made)
    caught = Counter(c.kind for c in made if not verify(library, c.text, c.citations).supported)
    share = 100 * sum(caught.values()) / max(1, len(made))
    figures = [
        Figure("verify", f"true claims withheld, {of}", refused(library, claims), "%", len(claims),
               most=5 if targets else None),
        Figure("verify", f"corrupted claims withheld, {of}", share, "%", len(made),
               95 if targets else None),
    ]  # fmt: skip
    for kind in KINDS:
        if total[kind]:
            value = 100 * caught[kind] / total[kind]
            measure = f"corrupted claims withheld, {of}, {kind}"
            figures.append(Figure("verify", measure, value, "%", total[kind]))
    return figures


def refused(library: Library, claims: Sequence[Made]) -> float:
    """Percentage of claims that are withheld."""
    wrong = sum(not verify(library, c.text, c.citations).supported for c in claims)
    return 100 * wrong / max(1, len(claims))


def written(library: Library, folder: Path, which: str) -> list[Made]:
    """The claims written by hand.

    Args:
        which: "claims", that were looked at while the checks were made, or "held", only measured.

    Raises:
        ValueError: one cites what no sentence, or more than one, of its article begins with.
    """
    titles = {_folded(article.title): article for article in library.articles()}
    made = []
    for path in sorted(folder.glob("*.toml")):
        stored = tomllib.loads(path.read_text("utf-8"))
        article = titles[_folded(stored["article"])]
        prose = [s for s in library.sentences(article.id) if s.kind is Kind.PROSE]
        for text, *beginnings in stored.get(which, ()):
            cited = [_beginning(article, prose, words) for words in beginnings]
            made.append(Made(text, tuple(cite(article, s, n) for n, s in enumerate(cited, 1))))
    return made


def _beginning(article: Article, sentences: Sequence[Sentence], how: str) -> Sentence:
    found = [
        s for s in sentences if _folded(article.text[s.start : s.stop]).startswith(_folded(how))
    ]
    if len(found) != 1:
        raise ValueError(f"{len(found)} sentences of {article.title!r} begin with {how!r}")
    return found[0]


def _folded(text: str) -> str:
    return re.sub(r"[“”]", '"', re.sub(r"[‘’]", "'", text))


def gold_claims(library: Library, rows: Sequence[Row]) -> list[Made]:
    """Claims made of gold attributions, and plain sentences of the same articles as they stand."""
    made: list[Made] = []
    for row in rows:
        article = Article(row["text"].strip(), row["title"], source=row["id"])
        shift = len(row["text"]) - len(row["text"].lstrip())
        library.add(article)
        sentences = library.sentences(article.id)
        said = (_of_gold(article, sentences, gold, shift) for gold in row["attributions"])
        made += [claim for claim in said if claim][:PER_ARTICLE]
        inside = [s for gold in row["attributions"] for s in gold["content"]]
        made += [
            Made(" ".join(article.text[s.start : s.stop].split()), (cite(article, s, 1),))
            for s in sentences
            if s.kind is Kind.PROSE
            and not s.quoted
            and not _PRONOUN.match(article.text[s.start : s.stop])
            and not any(a - shift < s.stop and s.start < b - shift for a, b in inside)
            and len(article.text[s.start : s.stop].split()) >= 8
        ][:PER_ARTICLE]
    return made


def _of_gold(
    article: Article, sentences: Sequence[Sentence], gold: dict[str, Any], shift: int
) -> Made | None:
    """ "{speaker} {cue} {content}" where one sentence has it all, and somebody is named."""
    if not all(len(gold[role]) == 1 for role in ("source", "cue", "content")):
        return None
    spans = {role: (gold[role][0][0] - shift, gold[role][0][1] - shift) for role in gold}
    sentence = next((s for s in sentences if s.start <= spans["cue"][0] < s.end), None)
    if sentence is None or sentence.kind is not Kind.PROSE:
        return None
    if any(not sentence.start <= s or e > sentence.stop for s, e in spans.values()):
        return None
    source, cue, content = (
        " ".join(article.text[slice(*spans[role])].split()) for role in ("source", "cue", "content")
    )
    if not source[:1].isupper() or _PRONOUN.match(source) or len(content.split()) < 4:
        return None
    return Made(f"{source} {cue} {content}".rstrip(" ,") + ".", (cite(article, sentence, 1),))


# support_dev


def support(data: Path, work: Path) -> list[Figure]:
    """Balanced accuracy on WiCE and QAGS-CNN/DM, beside always yes and word overlap."""
    rows = read_rows(data, "support_dev")
    figures = []
    for dataset in sorted({row["dataset"] for row in rows}):
        own = [row for row in rows if row["dataset"] == dataset]
        with Library(work / f"support-{dataset}") as library:
            pairs = [_judged(library, row, f"{dataset}-{n}") for n, row in enumerate(own)]
        for name, place, least in (
            ("verifier", 1, 70.0),
            ("word overlap", 2, None),
            ("always supported", 3, None),
        ):
            value = 100 * balanced((pair[0], bool(pair[place])) for pair in pairs)
            measure = f"support, {dataset}, balanced accuracy, {name}"
            figures.append(Figure("verify", measure, value, "%", len(own), least))
    return figures


def _judged(library: Library, row: Row, source: str) -> tuple[bool, bool, bool, bool]:
    """Whether a claim is supported: by the label, the verifier, word overlap, and always."""
    evidence, citations = evidence_of(library, row["evidence"], source)
    said = verify(library, row["claim"], citations).supported
    alike = overlap(row["claim"], evidence) >= OVERLAP
    return row["label"] == "supported", said, alike, True


def evidence_of(
    library: Library, sentences: Sequence[str], source: str
) -> tuple[str, tuple[Citation, ...]]:
    """Evidence sentences as an article of their own, all of them cited."""
    text = "\n".join(" ".join(s.split()) for s in sentences if s.strip())
    article = Article(text, source=source)
    library.add(article)
    cited: list[Citation] = []
    at = 0
    for line in text.split("\n"):
        cited.append(
            cite(article, Sentence(at, at + len(line), at + len(line) + 1), len(cited) + 1)
        )
        at += len(line) + 1
    return text, tuple(cited)


def overlap(claim: str, evidence: str) -> float:
    """Share of a claim's content words that the evidence has."""
    wanted = {stem(word) for word in words(claim) if word not in STOP_WORDS}
    found = {stem(word) for word in words(evidence)}
    return len(wanted & found) / len(wanted) if wanted else 1.0


def balanced(outcomes: Iterable[tuple[bool, bool]]) -> float:
    """Mean of the accuracies on both labels, from (label, prediction)."""
    rows = list(outcomes)
    shares = []
    for label in (True, False):
        own = [predicted == label for truth, predicted in rows if truth == label]
        shares.append(sum(own) / len(own) if own else 0.0)
    return sum(shares) / 2
