"""The layout holds: one direction of imports, one home for each third-party library."""

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = sorted(p for package in ("assistant", "index") for p in (ROOT / package).rglob("*.py"))
HOMES = {
    "chromadb": {"index/vectors.py", "assistant/bench/stock.py"},
    "docx": {"index/documents.py"},
    "fastapi": {
        f"assistant/server/{name}.py"
        for name in ("api", "articles", "asking", "completions", "faults")
    },
    "filelock": {"index/locks.py", "assistant/grounded/cached.py"},
    "gradio": {"assistant/page/gradio.py"},
    "httpx": {
        "index/vectors.py",
        "index/web.py",
        "index/public.py",
        "assistant/model_server.py",
        "assistant/bench/servers.py",
        "assistant/bench/serving.py",
        "assistant/bench/soaking.py",
        "assistant/grounded/systems.py",
    },
    "llama_index": {
        "index/vectors.py",
        "index/llama.py",
        "assistant/llama.py",
        "assistant/llm.py",
        "assistant/bench/stock.py",
        "assistant/bench/newsroom.py",
    },
    "markdown_it": {"index/markdown.py"},
    "mcp": {"assistant/server/tools.py"},
    "pytest": {"assistant/grounded/plugin.py", "assistant/grounded/items.py"},
    "onnx": {"assistant/train/export.py", "assistant/train/network.py"},
    "onnxruntime": {"index/encoder.py"},
    "packaging": {"assistant/bench/dependencies.py"},
    "psycopg": {"index/postgres.py"},
    "psycopg_pool": {"index/postgres.py"},
    "pypdf": {"index/pdf.py"},
    "ray": {"index/parallel.py"},
    "safetensors": {"assistant/train/network.py"},
    "sentence_transformers": {"index/encoder.py", "assistant/bench/paragraphs.py"},
    "sqlite3": {
        f"index/{name}.py"
        for name in ("sqlite", "fulltext", "rows", "salvage", "soundness", "lexemes")
    }
    | {"assistant/bench/harm.py"},
    "sklearn": {
        f"assistant/train/{name}.py"
        for name in ("examples", "export", "fitted", "gate", "newsroom", "select")
    },
    "torch": {
        "index/encoder.py",
        "assistant/bench/adding.py",
        *(
            f"assistant/train/{name}.py"
            for name in ("batches", "export", "fitted", "loop", "network")
        ),
    },
    "tokenizers": {
        "index/encoder.py",
        "index/attribution.py",
        "assistant/reader.py",
        "assistant/train/batches.py",
    },
    "trafilatura": {"index/documents.py"},
    "transformers": {"index/encoder.py", "assistant/train/network.py"},
    "typer": {"assistant/anywhere.py", "assistant/cli.py", "assistant/upkeep.py"},
    "uvicorn": {"assistant/server/serving.py"},
}


@cache
def imported(path: Path) -> set[str]:
    """Top-level names of all that a module imports, anywhere in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.partition(".")[0])
    return names


@pytest.mark.parametrize("library", HOMES)
def test_a_library_is_imported_at_home_only(library: str) -> None:
    users = {str(p.relative_to(ROOT)) for p in MODULES if library in imported(p)}
    assert users
    assert users <= HOMES[library]


def test_index_knows_nothing_of_the_assistant() -> None:
    for path in MODULES:
        if path.is_relative_to(ROOT / "index"):
            assert "assistant" not in imported(path), path


def test_nothing_of_training_is_imported_to_answer() -> None:
    program = (
        "import sys; from assistant import Assistant; import assistant.cli, assistant.page.chat;"
        "from assistant.reader import shared_reader; shared_reader().read('Who?', ['Ada.']);"
        "from index.attribution import shared_tagger; shared_tagger().relations('Ada left.');"
        "print([m for m in sys.modules if m.startswith(('assistant.train', 'torch', 'sklearn'))])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "[]\n", done.stderr


def test_the_top_level_is_as_agreed() -> None:
    found = {p.name for p in ROOT.iterdir() if p.is_dir() and not p.name.startswith(".")}
    assert {"assistant", "index", "prompts", "tests"} <= found


def test_no_code_reaches_for_a_model_hub() -> None:
    for path in MODULES:
        text = path.read_text("utf-8")
        for loader in ("from_pretrained(", "hf_hub_download(", "snapshot_download("):
            assert loader not in text, f"{path}: {loader}"
