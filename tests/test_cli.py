"""The command line, on a real library: what it prints, where, and with which exit code."""

import csv
import io
import json
import os
import pty
import re
import signal
import socket
import sqlite3
import subprocess
import sys
from datetime import date
from itertools import pairwise
from pathlib import Path
from shutil import copytree
from urllib.request import urlopen

import pytest

from assistant.cli import main
from conftest import Run, Saying, ScriptedTagger
from index.article import Article
from index.library import Library

ROOT = Path(__file__).parent.parent  # where `-m assistant` finds the package, installed or not
BRIDGE = {
    "id": "bridge",
    "title": "Ministry insists the Vell bridge is safe",
    "publisher": "The Vell Courier",
    "published": "2024-05-31",
    "url": "https://news.example/bridge",
    "text": (
        "The ministry of works denied on Monday that the Vell bridge is unsafe.\n\n"
        "Its chief engineer, Ines Okoro, said that all twelve cables had been tested in April.\n\n"
        "The drivers' union had accused the ministry of hiding a report about rust."
    ),
}
ORCHARD = {
    "id": "orchard",
    "title": "Late frost ruins [half] the apple harvest",
    "publisher": "Orchard Weekly",
    "published": "2024-06-14",
    "text": (
        "A late frost destroyed half of the apples around Torrin, growers said on Friday.\n\n"
        "The growers' association asked the region for two million crowns in aid."
    ),
}


def write(folder: Path, *records: dict[str, str]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "articles.json"
    path.write_text(json.dumps(records), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library of two articles, made once; tests that change it take a copy."""
    folder = tmp_path_factory.mktemp("cli")
    with pytest.raises(SystemExit, match="0"):
        main(["--library", str(folder / "library"), "add", str(write(folder, BRIDGE, ORCHARD))])
    return folder / "library"


@pytest.fixture
def library(made: Path, tmp_path: Path) -> Path:
    return copytree(made, tmp_path / "library")


def ids(run: Run, library: Path) -> dict[str, str]:
    listed = json.loads(run("--library", library, "list", "--json").out)
    return {article["title"]: article["id"] for article in listed}


def test_help_names_the_commands_and_exit_codes(run: Run):
    result = run("--help")
    assert result.code == 0
    for command in ("add", "ask", "said", "disputes", "chat", "list", "remove", "repair"):
        assert command in result.out
    assert "Exit codes" in result.out
    assert "4 refused" in run("ask", "--help").out


def test_help_imports_nothing_heavy():
    code = (
        "import sys; from assistant.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'torch', 'gradio', 'chromadb', 'llama_index', 'onnxruntime', 'numpy', 'httpx'}\n"
        "sys.exit(str(heavy & set(sys.modules)) if heavy & set(sys.modules) else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr


def test_python_m_assistant_is_the_same_command(run: Run):
    command = [sys.executable, "-m", "assistant", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0
    assert done.stdout.split() == run("--help").out.split()


def test_version_is_told(run: Run):
    result = run("--version")
    assert result.code == 0
    assert re.fullmatch(r"whosaid \d+\.\d+\.\d+\n", result.out)


@pytest.mark.parametrize("equals", [True, False])
def test_the_library_may_be_named_behind_the_command(run: Run, library: Path, equals: bool):
    named = [f"--library={library}"] if equals else ["--library", library]
    result = run("ask", "What destroyed half of the apples?", *named)
    assert result.code == 0
    assert "A late frost" in result.out


def test_a_question_needs_no_quotation_marks(run: Run, library: Path):
    result = run("--library", library, "ask", *["What", "destroyed", "half", "of", "the", "apples"])
    assert result.code == 0
    assert "A late frost" in result.out


def test_a_question_in_the_place_of_a_command_is_told_how_to_ask(run: Run):
    result = run("Who denied it?")
    assert result.code == 2
    assert "To ask it: whosaid ask 'Who denied it?'" in " ".join(
        result.err.replace("│", "").split()
    )


def test_behind_two_dashes_nothing_is_an_option(run: Run, library: Path):
    result = run("ask", "--", "--library")
    assert result.code == 4  # it was the question
    assert "nothing in the library is about this" in result.out


def test_add_counts_what_became_of_each_item(run: Run, tmp_path: Path):
    articles = write(tmp_path / "in", BRIDGE, ORCHARD)
    assert run("add", articles).out == "added 2, updated 0, unchanged 0, failed 0\n"
    write(tmp_path / "in", BRIDGE | {"text": BRIDGE["text"] + "\n\nNobody was hurt."}, ORCHARD)
    assert run("add", articles).out == "added 0, updated 1, unchanged 1, failed 0\n"


def test_add_lists_failures_at_the_end_and_keeps_the_rest(run: Run, tmp_path: Path):
    result = run("add", write(tmp_path / "in", BRIDGE), tmp_path / "missing [bold].txt")
    assert result.code == 1
    assert result.out == "added 1, updated 0, unchanged 0, failed 1\n"
    assert "missing [bold].txt" in result.err
    assert "Traceback" not in result.err
    assert len(ids(run, tmp_path / "library")) == 1


def test_ask_prints_the_answer_with_its_sources(run: Run, library: Path):
    result = run("--library", library, "ask", "Who denied that the Vell bridge is unsafe?")
    assert result.code == 0
    assert (
        "[1] “The ministry of works denied on Monday that the Vell bridge is unsafe.”" in result.out
    )
    assert f"{BRIDGE['title']}, The Vell Courier, 2024-05-31" in result.out
    assert "paragraph 1, characters 0–70" in result.out
    assert "\x1b" not in result.out


def test_piped_output_does_not_depend_on_the_width(
    run: Run, library: Path, monkeypatch: pytest.MonkeyPatch
):
    arguments = ("--library", library, "ask", "Who denied that the Vell bridge is unsafe?")
    wide = run(*arguments).out
    monkeypatch.setenv("COLUMNS", "20")
    assert run(*arguments).out == wide


def test_ask_as_json_is_the_answer_and_nothing_else(run: Run, library: Path):
    result = run("--library", library, "ask", "--json", "Who denied the Vell bridge is unsafe?")
    answer = json.loads(result.out)
    assert answer["refused"] is False
    assert answer["citations"][0]["sentence"] == BRIDGE["text"].split("\n")[0]
    assert answer["citations"][0]["published"] == "2024-05-31"


def test_a_refusal_has_an_exit_code_of_its_own(run: Run, library: Path):
    result = run("--library", library, "ask", "How tall is the lighthouse keeper's daughter?")
    assert result.code == 4
    assert "The articles don't say" in result.out
    assert "Reason: " in result.out
    as_json = run("--library", library, "ask", "--json", "How tall is the lighthouse keeper?")
    assert as_json.code == 4
    assert json.loads(as_json.out)["refusal"]["reason"] in {"no_evidence", "unsupported"}


@pytest.mark.parametrize(
    "filters",
    [
        ("--publisher", "Orchard Weekly"),
        ("--since", "2024-06-01"),
        ("--until", "2024-05-30"),
        ("--article", "ORCHARD"),
    ],
)
def test_filters_keep_other_articles_out(run: Run, library: Path, filters: tuple[str, str]):
    orchard = ids(run, library)[ORCHARD["title"]]
    given = [part.replace("ORCHARD", orchard[:8]) for part in filters]
    question = "Who denied that the Vell bridge is unsafe?"
    result = run("--library", library, "ask", question, *given)
    assert result.code == 4
    told, _, nearest = result.out.partition("Reason:")
    assert f"“{BRIDGE['title']}” (2024-05-31), which was left out, may answer this." in told
    assert BRIDGE["title"] not in nearest


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--since", "31.05.2024"), "2024-05-31"),
        (("--until", "soon"), "year-month-day"),
        (("--since", "2024-06-01", "--until", "2024-05-01"), "after"),
    ],
)
def test_a_wrong_date_is_a_usage_error(run: Run, arguments: tuple[str, ...], message: str):
    result = run("ask", "Who?", *arguments)
    assert result.code == 2
    assert message in result.err


def test_an_empty_question_is_a_usage_error(run: Run):
    assert run("ask", "  ").code == 2


def test_asking_where_there_is_no_library_says_how_to_make_one(run: Run, tmp_path: Path):
    result = run("--library", "news", "ask", "Who?")
    assert result.code == 3
    assert "whosaid --library news add" in result.err
    assert not (tmp_path / "news").exists()


def test_asking_an_empty_library_says_how_to_add_articles(run: Run, library: Path):
    run("--library", library, "remove", *ids(run, library).values())
    result = run("--library", library, "ask", "Who?")
    assert result.code == 3
    assert "is empty" in result.err
    assert "add" in result.err
    assert result.out == ""


def test_the_library_can_be_named_by_the_environment(
    run: Run, library: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("WHOSAID_LIBRARY", str(library))
    assert BRIDGE["title"] in run("list").out


def test_a_folder_that_is_no_library_is_reported_without_a_traceback(run: Run, tmp_path: Path):
    (tmp_path / "file").write_text("not a folder")
    result = run("--library", tmp_path / "file", "add", "x.txt")
    assert result.code == 3
    assert "Traceback" not in result.err
    assert result.err.startswith("whosaid: ")


def test_list_is_one_tab_separated_line_an_article_newest_first(run: Run, library: Path):
    first, second = run("--library", library, "list").out.splitlines()
    assert first.split("\t")[1:] == ["2024-06-14", "Orchard Weekly", ORCHARD["title"]]
    assert second.split("\t")[1:] == ["2024-05-31", "The Vell Courier", BRIDGE["title"]]


def test_remove_takes_a_unique_beginning_of_an_id(run: Run, library: Path):
    bridge = ids(run, library)[BRIDGE["title"]]
    result = run("--library", library, "remove", bridge[:6])
    assert result.out == f"removed {bridge} {BRIDGE['title']}\n"
    assert list(ids(run, library)) == [ORCHARD["title"]]


def test_remove_refuses_unknown_and_ambiguous_ids_and_removes_nothing(run: Run, tmp_path: Path):
    records = [BRIDGE | {"id": str(n), "title": f"Copy {n}"} for n in range(17)]
    run("add", write(tmp_path / "in", *records))  # 17 ids: two start with the same hex digit
    known = sorted(ids(run, tmp_path / "library").values())
    shared = next(a[0] for a, b in pairwise(known) if a[0] == b[0])
    for wrong, message in ((shared, "is ambiguous"), ("zz", "starts with 'zz'")):
        result = run("remove", known[0], wrong)
        assert result.code == 1
        assert message in result.err
    assert len(ids(run, tmp_path / "library")) == len(known)


HOSTILE = Article(
    "=SUM(A1) denied +that \x1b[2J it\nrained.", "[bold]\x1b]0;owned\x07", publisher="@cmd"
)
SAYINGS = (
    Saying(
        "The ministry of works denied on Monday that the Vell bridge is unsafe",
        *("The ministry of works", "denied", "that the Vell bridge is unsafe"),
    ),
    Saying(
        "Its chief engineer, Ines Okoro, said that all twelve cables had been tested in April",
        *("Its chief engineer, Ines Okoro", "said", "that all twelve cables had been tested"),
        *("Ines Okoro", "Its chief engineer"),
    ),
    Saying(
        "The drivers' union had accused the ministry of hiding a report about rust",
        *("The drivers' union", "accused", "the ministry of hiding a report about rust"),
    ),
    Saying("growers said", "", "said"),
    Saying(HOSTILE.text, "=SUM(A1)", "denied", "+that \x1b[2J it\nrained"),
)


@pytest.fixture
def spoken(tmp_path: Path) -> Path:
    """A library in which it is known who said what."""
    bridge = Article(
        BRIDGE["text"], BRIDGE["title"], publisher=BRIDGE["publisher"], published=date(2024, 5, 31)
    )
    orchard = Article(ORCHARD["text"], ORCHARD["title"], published=date(2024, 6, 14))
    with Library(tmp_path / "spoken", tagger=ScriptedTagger(*SAYINGS)) as library:
        library.add(bridge, orchard, HOSTILE)
    return tmp_path / "spoken"


def test_said_is_one_tab_separated_line_an_attribution(run: Run, spoken: Path):
    result = run("--library", spoken, "said", "--publisher", "the vell courier")
    assert result.code == 0
    where = "2024-05-31 The Vell Courier"
    assert [line.split("\t") for line in result.out.splitlines()] == [
        ["The ministry of works", "deny", "that the Vell bridge is unsafe", where],
        ["Ines Okoro", "say", "that all twelve cables had been tested", where],
        ["The drivers' union", "accuse", "the ministry of hiding a report about rust", where],
    ]


def test_said_tells_what_is_not_known(run: Run, spoken: Path):
    result = run("--library", spoken, "said", "--since", "2024-06-01")
    assert result.out == f"(not named)\tsay\t\t2024-06-14 {ORCHARD['title']}\n"


@pytest.mark.parametrize(
    ("options", "speakers"),
    [
        (("--speaker", "okoro"), ["Ines Okoro"]),
        (("--act", "rejected"), ["The ministry of works", "=SUM(A1)"]),
        (("--act", "deny", "--about", "bridges"), ["The ministry of works"]),
        (("--until", "2024-05-31", "--act", "accuse"), ["The drivers' union"]),
        (("--speaker", "nobody"), []),
    ],
)
def test_said_is_narrowed_by_its_options(
    run: Run, spoken: Path, options: tuple[str, ...], speakers: list[str]
):
    found = json.loads(run("--library", spoken, "said", "--format", "json", *options).out)
    assert [one["speaker"] for one in found] == speakers


@pytest.mark.parametrize("output", ["table", "json", "csv"])
def test_when_nothing_was_said_that_is_said(run: Run, spoken: Path, output: str):
    found = run("--library", spoken, "said", "--speaker", "nobody", "--format", output)
    assert (found.code, found.err) == (0, "Nothing of that kind in the articles.\n")


def test_said_as_json_has_the_exact_place(run: Run, spoken: Path):
    result = run("--library", spoken, "said", "--format", "json", "--speaker", "engineer")
    [one] = json.loads(result.out)
    assert BRIDGE["text"][one["start"] : one["end"]] == one["sentence"]
    assert one["sentence"].startswith("Its chief engineer")
    assert " ".join(BRIDGE["text"][s:e] for s, e in one["spans"]) == one["content"]
    assert (one["published"], one["act"], one["role"]) == (
        *("2024-05-31", "say", "Its chief engineer"),
    )


def test_said_as_csv_is_safe_to_open_in_a_spreadsheet(run: Run, spoken: Path):
    result = run("--library", spoken, "said", "--format", "csv")
    found = list(csv.DictReader(io.StringIO(result.out, newline="")))
    assert len(found) == len(SAYINGS)
    [hostile] = [row for row in found if "SUM" in row["speaker"]]
    assert hostile["speaker"] == "'=SUM(A1)"
    assert hostile["content"].startswith("'+that")
    assert hostile["publisher"] == "'@cmd"
    assert not any(cell.startswith(tuple("=+-@")) for row in found for cell in row.values())


def test_an_act_that_is_none_is_a_usage_error(run: Run, spoken: Path):
    result = run("--library", spoken, "said", "--act", "cooked")
    assert result.code == 2
    assert "cooked" in result.err
    assert "deny" in result.err
    assert "Traceback" not in result.err


def test_disputes_show_both_sides_with_their_sentences(run: Run, spoken: Path):
    shown = run("--library", spoken, "disputes").out
    assert "hiding a report about rust\n" in shown
    assert "Accused by The drivers' union" in shown
    assert "“The drivers' union had accused the ministry of hiding a report about rust.”" in shown
    dispute, *_ = json.loads(run("--library", spoken, "disputes", "--json").out)
    assert dispute["matter"] == "hiding a report about rust"
    assert json.loads(run("--library", spoken, "disputes", "--json", "--about", "comet").out) == []
    none = run("--library", spoken, "disputes", "--about", "comet")
    assert (none.code, none.out) == (0, "")
    assert none.err == "Nothing of that kind in the articles.\n"


def test_said_and_disputes_of_an_empty_library_say_how_to_add_articles(run: Run, tmp_path: Path):
    Library(tmp_path / "bare").close()
    for command in ("said", "disputes"):
        result = run("--library", tmp_path / "bare", command)
        assert result.code == 3
        assert "is empty" in result.err


@pytest.mark.parametrize("output", ["table", "json"])
def test_no_control_character_of_an_article_comes_out_of_said(run: Run, spoken: Path, output: str):
    shown = run("--library", spoken, "said", "--format", output).out
    assert "\x1b" not in shown
    assert "\x07" not in shown


def test_check_library_proves_a_sound_library(run: Run, library: Path):
    result = run("--library", library, "check-library")
    assert (result.code, result.out) == (0, "sound: 2 articles\n")


def test_check_library_lists_what_is_wrong(run: Run, library: Path):
    (catalog,) = library.glob("*.sqlite*")
    with sqlite3.connect(catalog) as db:
        db.execute("DELETE FROM passages WHERE key = 1")
    db.close()
    result = run("--library", library, "check-library")
    assert result.code == 1
    assert "1 too many" in result.out


def test_repair_says_what_it_found_and_where_the_old_catalog_is(run: Run, library: Path):
    assert run("--library", library, "repair").out == "sound: 2 articles\n"
    with sqlite3.connect(library / "catalog.sqlite") as db:
        db.execute("DELETE FROM passages WHERE key = 1")
    db.close()
    asked = run("--library", library, "ask", "Who?")
    assert asked.code == 3
    assert "whosaid repair" in asked.err
    result = run("--library", library, "repair")
    assert result.code == 0
    found, *_, old, whole = result.out.splitlines()
    assert found == "found: the catalog is not as it was written"
    assert old.endswith("catalog.damaged-1.sqlite")
    assert whole == "whole now: 2 articles"
    assert run("--library", library, "check-library").code == 0


def test_repair_names_what_is_lost(run: Run, library: Path):
    with sqlite3.connect(library / "catalog.sqlite") as db:
        db.execute("UPDATE articles SET text = 'x' WHERE title LIKE '%bridge%'")
    db.close()
    result = run("--library", library, "repair")
    assert result.code == 1
    assert f"{BRIDGE['title']}\n" in result.out
    assert result.out.endswith("whole now: 1 article\n")


def test_articles_go_into_one_file_and_into_another_library(run: Run, library: Path):
    assert run("--library", library, "export", "all.zip").out == "exported 2 articles to all.zip\n"
    imported = run("--library", "other", "import", "all.zip")
    assert (imported.code, imported.out) == (0, "added 2, unchanged 0, failed 0\n")
    assert ids(run, Path("other")) == ids(run, library)
    Path("all.zip").write_bytes(b"no zip")
    broken = run("--library", "other", "import", "all.zip")
    assert broken.code == 1
    assert "failed: all.zip: cannot be read" in broken.err
    assert run("--library", "other", "import", "none.zip").code == 2
    assert run("--library", "nowhere", "repair").code == 3


def test_an_unknown_section_of_bench_is_explained(run: Run, tmp_path: Path):
    result = run("bench", "--data", tmp_path, "--section", "cooking")
    assert result.code == 1
    assert "cooking" in result.err
    assert "Traceback" not in result.err


def test_bench_needs_a_folder_that_exists(run: Run):
    result = run("bench", "--data", "nowhere")
    assert result.code == 2
    assert "nowhere" in result.err


def terminal(*arguments: str | Path) -> str:
    """What `whosaid` writes to a real terminal of 60 columns."""
    main_side, program_side = pty.openpty()
    environment = os.environ | {"TERM": "xterm-256color", "COLUMNS": "60"}
    with subprocess.Popen(
        [sys.executable, "-m", "assistant", *map(str, arguments)],
        stdin=program_side,
        stdout=program_side,
        stderr=program_side,
        env=environment,
        cwd=ROOT,
    ) as process:
        os.close(program_side)
        shown = b""
        try:
            while piece := os.read(main_side, 4096):
                shown += piece
        except OSError:  # Linux: the other side is closed
            pass
        process.wait()
    os.close(main_side)
    return shown.decode()


def test_a_terminal_gets_colour_and_a_table_but_no_escape_of_an_article(tmp_path: Path):
    hostile = BRIDGE | {"title": "Bridge \x1b[2J[bold]safe[/bold]"}
    shown = terminal("--library", tmp_path / "library", "add", write(tmp_path, hostile))
    assert "added 1, updated 0, unchanged 0, failed 0" in shown
    listed = terminal("--library", tmp_path / "library", "list")
    assert "\x1b[1m" in listed
    assert "\x1b[2J" not in listed
    assert "[bold]" in listed
    asked = terminal("--library", tmp_path / "library", "ask", "Who denied the bridge is unsafe?")
    assert "\x1b[36m[1]" in asked
    assert "\x1b[2J" not in asked


def test_said_and_disputes_on_a_terminal_show_no_escape_of_an_article(spoken: Path):
    said = terminal("--library", spoken, "said")
    assert "\x1b[1m" in said
    assert "Ines Okoro" in said
    disputes = terminal("--library", spoken, "disputes")
    assert "Accused by" in disputes
    for shown in (said, disputes):
        assert "\x1b[2J" not in shown
        assert "\x1b]0" not in shown
        assert "\x07" not in shown


def test_csv_on_a_terminal_shows_no_escape_of_an_article(spoken: Path):
    shown = terminal("--library", spoken, "said", "--format", "csv")
    assert "'=SUM(A1)" in shown
    assert "\x1b" not in shown
    assert "\x07" not in shown


def test_chat_serves_the_page_until_control_c(library: Path, tmp_path: Path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "assistant", "--library", str(library), "chat"]
    with subprocess.Popen(
        [*command, "--no-browser", "--port", str(port)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    ) as process:
        assert process.stdout
        assert process.stderr
        try:
            line = process.stdout.readline()
            assert f"http://127.0.0.1:{port}" in line
            with urlopen(f"http://127.0.0.1:{port}/") as page:
                assert "Whosaid" in page.read().decode()
            taken = subprocess.run(
                [*command, "--no-browser", "--port", str(port)],
                capture_output=True,
                text=True,
                cwd=ROOT,
            )
            assert taken.returncode == 1
            assert "choose another with --port" in taken.stderr
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=60) == 0
            assert "Traceback" not in process.stderr.read()
        finally:
            process.kill()


def test_claims_of_a_model_are_shown_while_they_come(monkeypatch: pytest.MonkeyPatch) -> None:
    from rich.console import Console

    from assistant import cli
    from assistant.answer import Citation, Claim

    terminal = Console(file=io.StringIO(), force_terminal=True, width=80)
    monkeypatch.setattr(cli, "_console", lambda stderr=False: terminal)
    cited = Citation(1, "It sank.", "id", "Title", "", "", None, 0, 8)
    assert isinstance(terminal.file, io.StringIO)
    with cli._claims_shown(hidden=False) as show:
        show(Claim("The ferry sank.", (cited,)))
        assert "The ferry sank." in terminal.file.getvalue()
    with cli._claims_shown(hidden=True) as show:
        show(Claim("Nobody reads this.", (cited,)))
    assert "Nobody" not in terminal.file.getvalue()
