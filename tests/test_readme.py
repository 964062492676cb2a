"""What the README shows is what happens."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from assistant.cli import main
from assistant.pipeline import Assistant
from assistant.server.api import api
from assistant.server.serving import listen
from conftest import project_environment

README = Path(__file__).parents[1] / "README.md"
SERVER = "http://127.0.0.1:7861"
ALL = re.findall(r"```(python|bash)\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
BLOCKS = [block for kind, block in ALL if kind == "python" and SERVER not in block]
(CASE,) = (block for kind, block in ALL if kind == "bash" and "grounded.toml" in block)
SERVED = [(kind, block) for kind, block in ALL if SERVER in block]


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


def run_in(folder: Path, command: str, modules: str = "") -> str:
    """What a command prints that ends well; `modules` come before those that are installed."""
    environment = project_environment(folder)
    environment |= {"PYTHONPATH": modules} if modules else {}
    environment["PATH"] = f"{Path(sys.executable).parent}:{environment['PATH']}"
    done = subprocess.run(
        ["bash", "-ec", command],
        capture_output=True,
        text=True,
        cwd=folder,
        env=environment,
        timeout=240,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_five_lines_of_a_case_run_in_an_empty_project(tmp_path: Path) -> None:
    assert "1 passed" in run_in(tmp_path, CASE)
    assert "1 case, 1 met" in run_in(tmp_path, "whosaid check .")


def test_they_run_with_nothing_but_what_is_in_the_wheel(tmp_path: Path) -> None:
    """The packages as hatchling takes them: all of a package's folder that git does not ignore."""
    root, wheel, empty = README.parent, tmp_path / "wheel", tmp_path / "empty"
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))
    packages = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    listed = ["git", "ls-files", "-coz", "--exclude-standard", *packages]
    found = subprocess.run(listed, cwd=root, capture_output=True, text=True, check=True).stdout
    for name in filter(None, found.split("\0")):
        if (root / name).is_file():
            (wheel / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(root / name, wheel / name)
    empty.mkdir()
    said = run_in(empty, 'python -c "import assistant; print(assistant.__file__)"', str(wheel))
    assert Path(said.strip()).is_relative_to(wheel)
    assert "1 passed" in run_in(empty, CASE, str(wheel))


@pytest.mark.skipif(not shutil.which("curl"), reason="no curl: apt-get install curl")
def test_blocks_for_programs_run_against_a_server(tmp_path: Path) -> None:
    outputs = []
    with Assistant.open(tmp_path / "library") as assistant:
        assistant.add(README.parent / "tests" / "articles")
        with listen(api(assistant), "127.0.0.1", 0) as server:
            for kind, block in SERVED:
                command = ["bash", "-ec"] if kind == "bash" else [sys.executable, "-c"]
                done = subprocess.run(
                    [*command, block.replace(SERVER, server.url)],
                    capture_output=True,
                    text=True,
                    cwd=README.parent,
                    timeout=60,
                )
                assert done.returncode == 0, done.stderr
                outputs.append(done.stdout)
    rest, openai, mcp = outputs
    assert '"short":"Karsovia"' in rest
    assert '"unchanged":[{' in rest
    assert openai.endswith("\nKarsovia\n")
    assert mcp.startswith("2 found\nTomas Arnel [deny]: ")
