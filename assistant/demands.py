"""What an answer must have to be one: a number, a time, a place; a sum of money, a year, a name.

The coarse kinds are a sign that the gate weighs, too (`fits`), and must stay what it was fitted to.
The finer ones were tried on the evidence of our own questions (`train/news_questions.jsonl.gz`): of
269 that ask for one and have an answer it was lacking for one, of 317 near misses for 145.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from assistant.wordlists import table

AnswerKind = Literal[
    "length", "number", "time", "place", "money", "year", "age", "duration", "name", ""
]


@dataclass(frozen=True)
class Demand:
    """One kind of answer.

    Attributes:
        asking: what questions for it look like.
        giving: what a sentence has that gives it.
    """

    kind: AnswerKind
    asking: re.Pattern[str]
    giving: re.Pattern[str]


_TABLE = table("demands")
_NUMBERS, _OFTEN, _CURRENCIES = (
    "|".join(_TABLE[name].split()) for name in ("numbers", "often", "currencies")
)
_PAID = (
    r"costs?|pays?|paid|worth|price\w*|fined?|fines|earn\w*|spen[dt]\w*|bonus|money|raise[ds]?|owed?|"
    r"owes|sued?|donat\w+|charged?|salary|budget\w*|invest\w*|fund\w*|(?:sell|sold|buy|bought).*\bfor|"
    r"borrow\w*|lend|saved?|lost|loss\w*"
)
# After "how much": a noun ("how much grain was sold") is what is counted, and no money. So is "of".
_NO_NOUN = (
    r"(?:more |less |extra |exactly )?(?:did|do|does|is|was|are|were|has|have|had|will|would|can|"
    r"could|should|must|it|he|she|they|we|you|the|an?|his|her|its|their|each|every|(?-i:[A-Z])[\w.]*)"
)
_AGE = Demand(
    "age",
    re.compile(r"\bhow old\b|\bwhat age\b", re.IGNORECASE),
    re.compile(
        r"\b\d{1,3}(?:st|nd|rd|th)?\b|\b(?:born|built|dat\w+|founded|installed|made|opened|raised)\b"
        r".*\d{3}|-aged\b|-(?:year|month|week|day)s?-old|\b(?:year|month|week|day)s? old\b|"
        r"\bcentur|"
        r"\b(?:teen|twenties|thirties|forties|fifties|sixties|seventies|eighties|nineties|"
        r"one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|"
        r"(?:fif|six|seven|eigh|nine)teen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)",
        re.IGNORECASE,
    ),
)
_DURATION = Demand(
    "duration",
    re.compile(
        r"\bhow long\b(?! (?:in pages|(?:is|was) .*\b(?:report|document|paper|plan|book|text|"
        r"form|bill|letter|essay)\b))",
        re.IGNORECASE,
    ),
    re.compile(
        r"\b(?:seconds?|minutes?|hours?|days?|weeks?|weekend|fortnights?|months?|years?|decades?|"
        r"centur\w+|nights?|since|until|till|ever|forever|indefinitely|life|lifetime|overnight|"
        r"terms?|for \w+|generations?|summer|winter|season|brief\w*|long|longer|short|shortly|"
        r"moment|while|pages?|miles?|met(?:re|er)s?|(?:kilo|centi)met\w+|km|cm|inch(?:es)?|yards?|"
        r"feet|foot|ft)\b|-(?:day|year|month|week|hour|minute|page)|\d ?(?:am|pm|m|km|cm|ft)\b",
        re.IGNORECASE,
    ),
)
KINDS = (
    Demand(
        "length",
        re.compile(r"\bhow (?:high|tall|wide|deep)\b", re.IGNORECASE),
        re.compile(
            r"(?<!cubic )(?<!square )\b(?:met(?:er|re)s?|feet|foot|ft|inch(?:es)?|miles?|km|cm|"
            r"yards?|stor(?:eys?|y|ies)|floors?|kilomet\w+|percent|degrees?)\b|\d ?[-m'’\"”%]",
            re.IGNORECASE,
        ),
    ),
    _AGE,
    _DURATION,
    Demand(
        "number",
        re.compile(r"\bhow often\b", re.IGNORECASE),
        re.compile(rf"\d|\b(?:{_NUMBERS}|{_OFTEN})\b", re.IGNORECASE),
    ),
    Demand(
        "number",
        re.compile(
            r"\bhow (?:many|much|old|long|far|often|big|large)\b|"
            r"\b(?:what|which) (?:percent\w*|share|number|margin)\b",
            re.IGNORECASE,
        ),
        re.compile(rf"\d|\b(?:{_NUMBERS})\b", re.IGNORECASE),
    ),
    Demand(
        "time",
        re.compile(
            r"(?:^|^and |^so |, |\b(?:since|until|by|from) )when\b(?! asked)|"
            r"\bwhen (?:did|does|do|is|was|are|were|will|would|has|had)\b|"
            r"\b(?:what|which) (?:day|date|year|month|time)\b",
            re.IGNORECASE,
        ),
        re.compile(
            r"\d|\b(?:[A-Z][a-z]+day|January|February|March|April|May|June|July|August|September|"
            r"October|November|December|Jan|Feb|Aug|Sept?|Oct|Nov|Dec|Christmas|Easter|Ramadan|"
            r"Thanksgiving)\b|(?i:\b(?:today|yesterday|tomorrow|tonight|week\w*|month\w*|years?|"
            r"days?|hours?|minutes?|morning|afternoon|evening|night|overnight|noon|midday|midnight|"
            r"dawn|dusk|immediately|after|before|since|until|when|while|during|earlier|later|ago|"
            r"last|next|recently|soon|now|spring|summer|autumn|fall|winter|decades?|century|daily|"
            r"once|then|never)\b)"
        ),
    ),
    Demand(
        "place",
        re.compile(
            r"\bwhere\b|\b(?:what|which) (?:city|state|country|town|place)\b", re.IGNORECASE
        ),
        # A capital at the beginning of a sentence is none of a name.
        re.compile(
            r"(?<=[\w,;:’'”\")—–-] )[“\"‘'(]?[A-Z]|(?i:\b(?:in|at|on|near|from|outside|inside|"
            r"there|here|into|onto|under|beneath|below|above|over|behind|beside|between|among|along|"
            r"across|around|through|off|by|aboard|abroad|overseas|online|home|where|nowhere|"
            r"everywhere|upstairs|downstairs|towards?|up|down|past|beyond|via|within|next to|"
            r"to (?:the|an?|his|her|their|its|another)|(?:north|south|east|west)\w*)\b)"
        ),
    ),
)
DEMANDS = (
    Demand(
        "money",
        re.compile(
            rf"\bhow much {_NO_NOUN}\b.*\b(?:{_PAID})\b|"
            r"\bhow much (?!of\b)(?:\w+ ){0,2}(?:money|cash|funding|aid|tax(?:es)?)\b|"
            r"\bwhat (?:was|is|were|are) the (?:\w+ )?"
            r"(?:price|costs?|fine|salary|budget|bail|bounty|reward)\b",
            re.IGNORECASE,
        ),
        re.compile(
            r"[$€£¥₹₺₽₴₩₪%]|\d[\d.,]*(?:k|m|bn)\b|\d ?(?-i:[A-Z]{3})\b|(?-i:\b[A-Z]{3}) ?\d|"
            rf"\b(?:{_CURRENCIES}|kron\w+|million|billion|trillion|grand|free|nothing|"
            r"per ?cent|donat\w+)\b",
            re.IGNORECASE,
        ),
    ),
    Demand(
        "year",
        re.compile(r"\b(?:what|which) year\b", re.IGNORECASE),
        re.compile(r"\b(?:1[5-9]|20)\d\d\b|['’]\d\d\b|\byears?\b|\bdecade", re.IGNORECASE),
    ),
    _AGE,
    _DURATION,
    Demand(
        "name",
        re.compile(
            r"\bwhat (?:is|was|were|are) (?:the )?(?:\w+ ){0,3}?names? of\b|"
            r"\bwhat (?:is|was) (?:his|her|its|their|the \w+['’]s) (?:\w+ )?name\b|"
            # "What was Venn called to explain?" asks for no name.
            r"\bwhat (?:is|was) .+ (?:called|named)\b"
            r"(?! (?:an?|after|as|back|for|in|into|off|on|out|to|up|upon)\b)",
            re.IGNORECASE,
        ),
        re.compile(r"(?<=\w )[\"“‘']?[A-Z]\w+|[\"“‘]"),
    ),
)


def expected(question: str) -> AnswerKind:
    """The coarse kind of answer that a question asks for, "" where any will do."""
    return next((kind.kind for kind in KINDS if kind.asking.search(question)), "")


def fits(kind: AnswerKind, answer: str) -> bool:
    """Whether an answer is, or has, something of a coarse kind."""
    # A place may be all of an answer; its capital begins no sentence.
    told = f"is {answer}"
    return not kind or any(one.giving.search(told) for one in KINDS if one.kind == kind)


def unmet(question: str, told: str, short: str, demands: Sequence[Demand] = DEMANDS) -> AnswerKind:
    """The kind of answer that a question demands and sentences do not have, "" where none is.

    Args:
        told: the sentences.
        short: the answer in them; a name must be in it.
        demands: of which the first that the question has counts.
    """
    for demand in demands:
        if demand.asking.search(question):
            place = f"is {short}" if demand.kind == "name" else told
            return "" if demand.giving.search(place) else demand.kind
    return ""
