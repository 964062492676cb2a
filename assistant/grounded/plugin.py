"""The pytest plugin `whosaid`: runs `*.grounded.toml`, one test a case.

Loaded in every project that has Whosaid installed: nothing else is imported until there is such a
file.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def pytest_addoption(parser: "pytest.Parser") -> None:
    system = "whom *.grounded.toml are put to: a library's folder, a URL or module:function"
    group = parser.getgroup("whosaid", "grounded answers")
    group.addoption("--grounded-system", metavar="SYSTEM", default="", help=system)
    model = "the language model that words the answers of libraries, as `whosaid ask --llm`"
    group.addoption("--grounded-llm", metavar="MODEL", default="", help=model)
    judge = "let that model judge its statements, too, as `whosaid ask --judge`"
    group.addoption("--grounded-judge", action="store_true", help=judge)
    parser.addini("grounded_system", f"{system}; for files that name no articles", default="")


def pytest_collect_file(file_path: "Path", parent: "pytest.Collector") -> "pytest.Collector | None":
    if not file_path.name.endswith(".grounded.toml"):
        return None
    from assistant.grounded.items import CaseFile

    return CaseFile.from_parent(parent, path=file_path)
