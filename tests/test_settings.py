"""A settings file gives what neither the command line nor the environment says."""

from pathlib import Path

import pytest

from assistant.settings import KEYS
from conftest import FERRY, Run

QUESTION = "Who denied that the ship had been overloaded?"


@pytest.fixture
def ferry(run: Run) -> Path:
    """A library beside which the settings lie, in a folder of their own."""
    Path("ferry.txt").write_text(FERRY.text)
    Path("conf").mkdir()
    assert run("--library", "conf/news", "add", "ferry.txt").code == 0
    return Path("conf/settings.toml")


def test_a_folder_is_named_from_where_the_file_is(
    run: Run, ferry: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ferry.write_text('library = "news"\n')
    assert "Tolland" in run("--settings", ferry, "ask", QUESTION).out
    monkeypatch.setenv("WHOSAID_SETTINGS", str(ferry))
    assert "Tolland" in run("ask", QUESTION).out


def test_the_command_line_and_the_environment_go_first(
    run: Run, ferry: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ferry.write_text('library = "nowhere"\n')
    assert "there is no library at" in run("--settings", ferry, "ask", QUESTION).err
    assert run("--settings", ferry, "--library", "conf/news", "ask", QUESTION).code == 0
    monkeypatch.setenv("WHOSAID_LIBRARY", "conf/news")
    assert run("--settings", ferry, "ask", QUESTION).code == 0


def test_a_users_own_file_is_read(run: Run, ferry: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = Path("home/whosaid")
    own.mkdir(parents=True)
    (own / "settings.toml").write_text(f'library = "{Path("conf/news").resolve()}"\n')
    monkeypatch.setenv("XDG_CONFIG_HOME", str(Path("home").resolve()))
    assert "Tolland" in run("ask", QUESTION).out


def test_options_of_commands_can_be_set(run: Run, ferry: Path) -> None:
    ferry.write_text('library = "news"\nllm = "no such model"\n')
    failed = run("--settings", ferry, "ask", QUESTION)
    assert failed.code == 1
    assert "the language model is not named as wanted" in failed.err


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("library =", "are no TOML"),
        ("libary = 'x'", "have 'libary'; wanted any of library, vectors"),
        ("library = 3", "library = 3; wanted text in quotes"),
        ("port = '80'", "port = '80'; wanted a number"),
        ("judge = 1", "judge = 1; wanted true or false"),
        ("token = 'abc'", "hold a secret, 'token': give it by WHOSAID_TOKEN instead"),
    ],
)
def test_what_is_no_setting_is_a_clear_error(run: Run, text: str, told: str) -> None:
    Path("settings.toml").write_text(text)
    failed = run("--settings", "settings.toml", "list")
    assert failed.code == 1
    assert told in " ".join(failed.err.split())
    assert "abc" not in failed.err


def test_the_help_names_every_key(run: Run) -> None:
    told = " ".join(run("--help").out.split())
    assert all(key in told for key in KEYS)
