"""What the README shows is what happens."""

import re
from pathlib import Path

import pytest

from assistant.cli import main
from assistant.pipeline import Assistant

README = Path(__file__).parents[1] / "README.md"
BLOCKS = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)


def test_python_blocks_run_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "tests").symlink_to(README.parent / "tests")
    monkeypatch.chdir(tmp_path)
    for block in BLOCKS:
        exec(compile(block, "README.md", "exec"), {})  # noqa: S102 -- our own README
    printed = capsys.readouterr().out
    assert "15 articles added, 0 failed" in printed
    assert "[1]" in printed
    assert "True no_evidence" in printed


def test_the_first_example_is_what_is_printed(
    newsroom: Assistant, capfd: pytest.CaptureFixture[str]
) -> None:
    example = re.search(r"\$ whosaid ask \"(.*?)\"\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    assert example
    question, printed = example.groups()
    folder = str(newsroom.library.folder)
    with pytest.raises(SystemExit) as ended:
        main(["--library", folder, "ask", question])
    assert ended.value.code == 0
    assert " ".join(capfd.readouterr().out.split()) == " ".join(printed.split())
