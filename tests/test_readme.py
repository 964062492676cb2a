"""The README's Python runs, and its figures are those that the last bench wrote."""

import re
from pathlib import Path

import pytest

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
