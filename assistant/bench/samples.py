# ruff: noqa: E501 -- tables of samples
"""Documents, questions and claims for fuzzing: made by small grammars, or real ones, mutated."""

import gzip
import json
import zipfile
import zlib
from collections.abc import Sequence
from io import BytesIO
from random import Random

LONGEST = 300_000  # bytes or characters; few are
TEXTS = (
    "FERRY SINKS\n\nThe ferry Alba sank off Port Merrin on Sunday, March 1, killing nine people.\n\n"
    "Harbour chief Ines Tolland denied that the ship had been overloaded. “We counted every "
    "passenger. There were 212 on board,” Tolland said at 9.30 a.m. in St. Aldwyn.\n\n"
    'The seamen\'s union accused Blue Line Inc. of ignoring two warnings. "Did they listen?" it asked.',
    "La ministre a nié toute faute. « Rien n’a été caché », a-t-elle déclaré lundi.\n\n"
    "Er sagte: „Das stimmt nicht.“ Am 20. September wurde die Brücke gesperrt.",
    "市長は火曜日に否定した。「事実ではない」と述べた。\n\nوقال الوزير: «لم نكن نعلم». هل هذا صحيح؟",
)
WORDS = """
the a who what when denied accused said not no never nobody minister Tolland “ ” " ' « » ( ) [ ] . ,
; : ? ! ... … — - Mr. U.S. a.m. e.g. Inc. 3 1,000 12.5% $4.5 million 20 September 2023 Monday yesterday
and or but he she they his her why how many did was were Azerbaijan Port-Merrin O’Brien İstanbul ß ﬁ
NEAR AND OR NOT title: text:^2 * " OR 1=1; -- DROP TABLE articles; ' UNION SELECT {{7*7}} ${x} <b> &lt;
</script> <script>alert(1)</script> javascript: [x](javascript:1) \\u0000 %00 ../../etc/passwd
""".split()  # noqa: SIM905 -- a paragraph of words reads better
ODD = (
    *("\x00", "\x1b[31m", "\x07", "\x85", "\u2028", "\u2029", "\ufeff", "\u200b", "\u200d", "\xa0"),
    *("\u202e", "\u2066", "\u2069", "\ud800", "\udfff", "e\u0301", "\u0f71\u0f72", "🏴\U000e0067"),
    *(
        "\ufdfa",
        "\U0001f469\u200d\U0001f469",
        "ǅ",
        "\u1e9e",
        "٣",
        "Ⅻ",
        "½",
        "²",
        "\t",
        "\r\n",
        "\n\n",
    ),
)
MARKS = {
    ".md": ("# ", "* ", "> ", "```\n", "| a | b |\n|---|---|\n", "[a](", "](", "![", "<!--", "---\n",
            "**", "_", "`", "~~~", "&#0;", "&#xD800;", "\\", "    ", "1. ", "<div>", "[^1]: ", "title: "),
    ".html": ("<p>", "</p>", "<div>", "<article>", "<table><tr><td>", "<!--", "-->", "<![CDATA[", "&#0;",
              "&#x110000;", "<meta charset=utf-7>", "<meta charset=utf-16>", "<script>", "<br>", "<svg>",
              "<title>", "<base href='http://[')>", "<time datetime='9999-99-99'>", "<h1>", "<ul><li>"),
    ".xml": ("<item>", "</item>", "<link>", "<loc>", "<entry>", "<link href='http://['/>", "&a;", "<![CDATA[",
             '<!DOCTYPE a [<!ENTITY a "b">]>', "<guid>", "xmlns='x'", "<rss>", "<urlset>", "<sitemapindex>"),
    ".json": ("{", "}", "[", "]", '"', ":", ",", "null", "1e999", "-0", '"\\ud800"', "NaN", '"text"', "[[[["),
}  # fmt: skip


def document(rng: Random) -> tuple[str, bytes]:
    """The ending of a file's name, and what the file holds."""
    ending = rng.choice(
        (".txt", ".md", ".html", ".pdf", ".docx", ".jsonl", ".json", ".xml", ".rss", ".txt.gz")
    )
    made = _made(rng, ending)
    for _ in range(rng.choice((0, 0, 1, 1, 2, 5, 20))):
        made = _mutated(rng, made, ending)
    return ending, made[: LONGEST if rng.random() < 0.02 else LONGEST // 10]


def text(rng: Random) -> str:
    """A question, a claim or an article's text, sane or not."""
    kind = rng.random()
    if kind < 0.25:
        return _cut(rng, rng.choice(TEXTS))
    if kind < 0.3:
        return "".join(chr(rng.randrange(0x110000)) for _ in range(rng.randrange(200)))
    if kind < 0.33:
        return rng.choice((*WORDS, *ODD)) * rng.randrange(1, 5_000)
    count = rng.choice((1, 5, 12, 12, 40, 200, 2_000 if rng.random() < 0.1 else 12))
    pieces = [rng.choice(ODD if rng.random() < 0.05 else WORDS) for _ in range(count)]
    return rng.choice((" ", " ", " ", "", "\n")).join(pieces)


def claim(rng: Random) -> str:
    """A statement near the first of `TEXTS`: words of it, some others."""
    words = TEXTS[0].split()
    begin = rng.randrange(len(words))
    chosen = words[begin : begin + rng.randrange(1, 25)]
    for _ in range(rng.randrange(4)):
        chosen.insert(rng.randrange(len(chosen) + 1), text(rng)[:40])
    return " ".join(chosen)


def _cut(rng: Random, whole: str) -> str:
    begin = rng.randrange(len(whole))
    return whole[begin : begin + rng.randrange(1, len(whole))]


def _made(rng: Random, ending: str) -> bytes:
    body = "\n\n".join(text(rng) for _ in range(rng.randrange(1, 6)))
    if rng.random() < 0.5:
        body = rng.choice(TEXTS) + "\n\n" + body[:2_000]
    if ending.startswith(".txt"):
        encoding = rng.choice(
            ("utf-8", "utf-8", "utf-16", "utf-32", "cp1252", "shift-jis", "utf-7")
        )
        data = body.encode(encoding, "replace")
        return gzip.compress(data, 1) if ending.endswith(".gz") else data
    if ending == ".pdf":
        return _pdf(rng, body)
    if ending == ".docx":
        return _docx(rng, body)
    if ending in (".json", ".jsonl"):
        fields = ("text", "title", "date", "url", "id", "author")
        values: Sequence[object] = (
            body,
            text(rng),
            "2024-02-30",
            "javascript:1",
            7,
            None,
            [text(rng)],
            {"a": 1},
            1e999,
        )
        records: list[dict[str, object]] = [
            {"text": body} | {rng.choice(fields): rng.choice(values)}
            for _ in range(rng.randrange(1, 5))
        ]
        lines = "\n".join(map(json.dumps, records))
        return (lines if ending == ".jsonl" else json.dumps(records)).encode()
    kind = {".rss": ".xml"}.get(ending, ending)
    marks = MARKS[kind]
    words = [rng.choice(marks) if rng.random() < 0.3 else word for word in body.split(" ")]
    inner = " ".join(words)
    if kind == ".html":
        inner = f"<html><head><title>A</title></head><body><article><p>{inner}</p></article></body>"
    if kind == ".xml":
        root = rng.choice(("rss", "feed", "urlset", "sitemapindex", "rdf:RDF"))
        inner = f"<?xml version='1.0'?><{root}><item><link>{inner}</link></item></{root}>"
    return inner.encode("utf-8", "replace")


def _pdf(rng: Random, body: str) -> bytes:
    lines = body.encode("latin-1", "replace").replace(b"(", b"").replace(b")", b"").split(b"\n")
    shown = b"BT /F1 12 Tf " + b"".join(b"(%s) Tj 0 -14 Td " % line for line in lines) + b"ET"
    packed = zlib.compress(shown)
    stream = rng.choice((shown, packed))
    filtered = b"/Filter/FlateDecode" if stream is packed else b""
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R"
        b"/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d%s>>stream\n%s\nendstream" % (len(stream), filtered, stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        b"<</Title(A)/Author(B)/CreationDate(D:20240301)>>",
    )
    return pdf_of(objects, b"/Info 6 0 R")


def pdf_of(objects: Sequence[bytes], more: bytes = b"") -> bytes:
    """A PDF file of objects, numbered from 1; the first is its catalog.

    Args:
        more: entries of the trailer, beside size and root.
    """
    out, places = b"%PDF-1.7\n", []
    for number, one in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    xref = b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, table)
    trailer = b"trailer<</Size %d/Root 1 0 R%s>>\n" % (size, more)
    return out + xref + trailer + b"startxref\n%d\n%%%%EOF" % len(out)


_OFFICE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def _docx(rng: Random, body: str) -> bytes:
    plain = body.encode("utf-8", "replace").decode().replace("&", "&amp;").replace("<", "&lt;")
    plain = "".join(c for c in plain if c >= " " and c not in "\ufffe\uffff")
    paragraphs = "".join(f"<w:p><w:r><w:t>{line}</w:t></w:r></w:p>" for line in plain.split("."))
    table = rng.choice(
        ("", "<w:tbl><w:tr><w:tc><w:p/></w:tc></w:tr></w:tbl>", "<w:tbl><w:tr/></w:tbl>")
    )
    xml = f'<w:document xmlns:w="{_W}"><w:body>{paragraphs}{table}</w:body></w:document>'
    data = xml.encode()
    for _ in range(rng.choice((0, 0, 1, 3))):
        data = _mutated(rng, data, ".xml")  # inside the archive, where a broken sum would hide it
    parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/word/document.xml" ContentType="{_OFFICE}"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_RELATIONS}"><Relationship Id="r1" Type="{_DOCUMENT}" '
        'Target="word/document.xml"/></Relationships>',
    }  # fmt: skip
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
        archive.writestr("word/document.xml", data)
    return out.getvalue()


def _mutated(rng: Random, data: bytes, ending: str) -> bytes:
    at = rng.randrange(len(data) + 1)
    length = rng.choice((1, 1, 4, 30, 300))
    before, cut, after = data[:at], data[at : at + length], data[at + length :]
    kind = rng.randrange(8)
    if kind == 0:
        return before + rng.randbytes(length) + after
    if kind == 1:
        return before + after
    if kind == 2:
        return before + cut * rng.choice((2, 3, 50, 2_000 if length < 30 else 2)) + after
    if kind == 3:
        return before if rng.random() < 0.3 else before + after[len(after) // 2 :]
    if kind == 4:
        marks: Sequence[str] = MARKS.get(ending, MARKS[".html"])
        return before + rng.choice(marks).encode() * rng.choice((1, 2, 30, 1_000)) + after
    if kind == 5:
        return before + rng.choice(ODD).encode("utf-8", "surrogatepass") + cut + after
    if kind == 6 and cut:
        return before + bytes((cut[0] ^ (1 << rng.randrange(8)),)) + cut[1:] + after
    number = rng.choice((b"0", b"-1", b"99999999999", b"1e9", b"4294967296"))
    return before + number + cut + after
