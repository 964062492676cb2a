"""Cases and how they are checked: schema, checks, replies of other systems, files written."""

import json
import tomllib
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.grounded.case import Case, Wanted
from assistant.grounded.checking import Problem, check
from assistant.grounded.comparing import compare, read_baseline, write_baseline
from assistant.grounded.recording import case_of, kept
from assistant.grounded.reply import Cited, Reply, reply_of
from assistant.grounded.report import as_markdown
from assistant.grounded.running import Outcome
from assistant.grounded.schema import read_suite, slug
from assistant.grounded.systems import Endpoint, Function
from assistant.grounded.writing import append_case, case_toml, cases_toml
from assistant.pipeline import Assistant
from assistant.score import normalize
from index.errors import CaseError, NoAnswer

Write = Callable[[str], Path]
DENIED = "Karsovia on Saturday denied opening the gates."
MARICH = "Marich denied that his staff had been told to delay the warnings."


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(text: str) -> Path:
        path = tmp_path / "dam.grounded.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return written


# Schema


def test_all_keys_are_read(write: Write, tmp_path: Path) -> None:
    (tmp_path / "articles").mkdir()
    suite = read_suite(
        write("""
articles = ["articles"]
refusal_phrases = ["no idea"]

[[case]]
question = "What did he deny?"
history = [["Who is Marich?", "The chief engineer. [1]"]]
publishers = ["Drenn Gazette"]
articles = ["Verrin Dam log shows three warnings, minister says"]
since = 2026-03-01
until = "2026-03-31"
must_answer = ["delay", ["told", "ordered"]]
must_cite = ["Marich denied", {article = "Verrin Dam log", sentence = "The minister"}]
cite = "all"
must_not_answer = ["Kovash"]
speaker = "Marich"
act = "deny"
known_failure = "it cites the minister"
""")
    )
    (case,) = suite.cases
    assert suite.articles == (tmp_path / "articles",)
    assert suite.refusal_phrases == ("no idea",)
    assert suite.lines == (5,)
    assert case.id == "what-did-he-deny"
    assert case.history == (("Who is Marich?", "The chief engineer. [1]"),)
    assert (case.since, case.until) == (date(2026, 3, 1), date(2026, 3, 31))
    assert case.must_answer == (("delay",), ("told", "ordered"))
    assert case.must_cite[1] == Wanted("The minister", "Verrin Dam log")


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ('must_cit = ["x"]', "case dam: there is no key 'must_cit'; did you mean 'must_cite'?"),
        ('must_cite = "x"', "case dam: must_cite: found 'x', wanted a list of sentences"),
        ("must_cite = [7]", "must_cite: found 7, wanted a list of sentences"),
        ('must_cite = [{text = "x"}]', "must_cite: found {'text': 'x'}, wanted"),
        ('must_answer = ["The"]', "must_answer: found 'The', wanted a list of strings and lists"),
        ('short = [["19", "%"]]', "short: found ['19', '%'], wanted a list of strings and lists"),
        ('must_not_answer = ["[1]."]', "must_not_answer: found '[1].', wanted a list of strings"),
        ("must_answer = [[]]", "must_answer: found [], wanted a list of strings and lists"),
        ('must_refuse = "unsuported"', "must_refuse: found 'unsuported', wanted true, false or"),
        ('act = "denies"', "act: found 'denies', wanted one of say, deny"),
        ('act = "deney"', "did you mean 'deny'?"),
        ("speaker = 3", "speaker: found 3, wanted a string"),
        ('since = "March"\nspeaker = "x"', "since: found 'March', wanted a day, such as"),
        ("since = 2026-03-02\nuntil = 2026-03-01\nspeaker = 'x'", "does not come after until"),
        ('history = [["one"]]\nspeaker = "x"', "history: found ['one'], wanted a list of"),
        ('cite = "both"\nmust_cite = ["x"]', "cite: found 'both', wanted one of any, all"),
        ("kind = 'x'", "it wants nothing; wanted one of must_answer, short"),
        ("must_refuse = true\nmust_cite = ['x']", "a refusal has no must_cite; wanted one of"),
    ],
)
def test_what_is_wrong_with_a_case_is_said(write: Write, body: str, line: str) -> None:
    path = write(f'[[case]]\nid = "dam"\nquestion = "Who?"\n{body}\n')
    with pytest.raises(CaseError) as raised:
        read_suite(path)
    assert str(raised.value).startswith(f"{path}: case dam: ")
    assert line in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[[case", "it is no TOML: "),
        ("", "case: found [], wanted one [[case]] or more"),
        ("cases = 1", "there is no key 'cases'; did you mean 'case'?"),
        ('library = "gone"\n[[case]]\nquestion = "Q"\nspeaker = "x"', "there is no "),
        (
            'library = "a"\narticles = ["b"]\n[[case]]\nquestion = "Q"',
            "both articles and a library",
        ),
        ('[[case]]\nquestion = " "\nspeaker = "x"', "case number 1: question: found ' ', wanted"),
        (
            2 * '[[case]]\nid = "a"\nquestion = "Q"\nspeaker = "x"\n',
            "cases 1 and 2 both have the id",
        ),
        (
            '[[case]]\nid = "a::b"\nquestion = "Q"\nspeaker = "x"\n',
            "a name without :: and line ends",
        ),
    ],
)
def test_what_is_wrong_with_a_file_is_said(write: Write, text: str, line: str) -> None:
    with pytest.raises(CaseError, match=r"dam\.grounded\.toml: ") as raised:
        read_suite(write(text))
    assert line in str(raised.value)


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match="there is no such file"):
        read_suite(tmp_path / "no.grounded.toml")


def test_equal_questions_get_ids_of_their_own(write: Write) -> None:
    suite = read_suite(write(2 * '[[case]]\nquestion = "Who denied it?"\nspeaker = "x"\n'))
    assert [case.id for case in suite.cases] == ["who-denied-it", "who-denied-it-2"]
    assert len(slug("why " * 100)) <= 60
    assert slug("???") == "case"


# Checks


def reply(*cited: str, text: str = "", **fields: Any) -> Reply:
    citations = tuple(Cited(s, number=n, speaker="") for n, s in enumerate(cited, 1))
    written = text or " ".join(f"{c.sentence} [{c.number}]" for c in citations)
    return Reply(written, citations, **fields)


def case(**wanted: Any) -> Case:
    return Case(id="dam", question="Who denied it?", **wanted)


def lines(wanted: Case, came: Reply) -> list[str]:
    return [str(problem) for problem in check(wanted, came)]


REFUSAL = Reply("The articles don't say.", refused=True, reason="unsupported")


@pytest.mark.parametrize(
    ("wanted", "came", "found"),
    [
        (case(must_answer=(("marich",),)), reply(MARICH), []),
        (
            case(must_answer=(("Kovash", "the minister"),)),
            reply(MARICH),
            [f"wanted “Kovash” or “the minister” in the answer, got: {MARICH}"],
        ),
        (
            case(must_answer=(("1",),)),
            reply("Nobody."),
            ["wanted “1” in the answer, got: Nobody."],
        ),
        (case(short=(("Marich",),)), reply(MARICH, short="Lev Marich"), []),
        (
            case(short=(("Marich",),)),
            reply(MARICH, short=""),
            ["wanted “Marich” in the short answer, got: nothing"],
        ),
        (
            case(short=(("Marich",),)),
            reply(MARICH),
            ["not checkable: the system gives no short answer"],
        ),
        (
            case(must_not_answer=("delay the warnings",)),
            reply(MARICH),
            [f"wanted no “delay the warnings” in the answer, got: {MARICH} [1]"],
        ),
        (case(must_cite=(Wanted("Marich  denied"),)), reply(MARICH), []),
        (case(must_cite=(Wanted('"So," he said'),)), reply("“So,” he\nsaid."), []),
        (
            case(must_cite=(Wanted("Marich said"),)),
            reply(DENIED, MARICH),
            [f"wanted a citation of “Marich said”; cited was, nearest to it: “{MARICH}”"],
        ),
        (case(must_cite=(Wanted("Karsovia"), Wanted("Osei"))), reply(DENIED), []),
        (
            case(must_cite=(Wanted("Kovash"), Wanted("Osei"))),
            reply(DENIED),
            [f"wanted a citation of one of “Kovash”, “Osei”; cited was, nearest to it: “{DENIED}”"],
        ),
        (
            case(must_cite=(Wanted("Karsovia"), Wanted("Osei")), cite="all"),
            reply(DENIED),
            [f"wanted a citation of “Osei”; cited was, nearest to it: “{DENIED}”"],
        ),
        (
            case(must_not_cite=(Wanted("Marich"),)),
            reply(MARICH),
            ["wanted no citation of “Marich”, and it is cited"],
        ),
        (case(must_refuse=True), REFUSAL, []),
        (case(must_refuse="unsupported"), REFUSAL, []),
        (
            case(must_refuse="filtered_out"),
            REFUSAL,
            ["wanted a refusal for the reason filtered_out, got unsupported"],
        ),
        (
            case(must_refuse="filtered_out"),
            Reply("I don't know.", refused=True),
            [
                "not checkable: wanted a refusal for the reason filtered_out, "
                "got one without a reason"
            ],
        ),
        (case(must_refuse=True), reply(MARICH), [f"wanted a refusal, got: {MARICH} [1]"]),
        (
            case(must_answer=(("Marich",),), must_cite=(Wanted("Marich"),)),
            REFUSAL,
            ["wanted an answer, got a refusal (unsupported): The articles don't say."],
        ),
        (case(must_refuse=False), REFUSAL, ["wanted an answer, got a refusal (unsupported): "]),
        (
            case(must_refuse=False),
            Reply("It was him."),
            ["every statement needs a citation, none came: It was him."],
        ),
        (
            case(must_refuse=False),
            reply(MARICH, uncited=("It rained.",)),
            ["every statement needs a citation, this has none: It rained."],
        ),
        (
            case(must_refuse=False),
            reply(MARICH, text="Marich did. [2]"),
            ["the text points to [2], and nothing has that number"],
        ),
        (case(must_refuse=False), reply("The study [7] says so."), []),
        (case(must_not_answer=("Osei",)), REFUSAL, []),
        (case(must_not_cite=(Wanted("Marich"),)), REFUSAL, []),
        (
            case(must_not_answer=("Osei",), speaker="Marich"),
            REFUSAL,
            ["wanted an answer, got a refusal (unsupported): "],
        ),
        (
            case(must_answer=(("18 million",),)),
            reply("It cost 1.8 million."),
            ["wanted “18 million” in the answer, got: It cost 1.8 million."],
        ),
        (case(must_not_answer=("18 million",)), reply("It cost 1.8 million."), []),
        (
            case(must_refuse=False),
            reply(MARICH, DENIED, text="Marich and Karsovia did. [1, 2, 4]"),
            ["the text points to [4], and nothing has that number"],
        ),
        (
            case(must_refuse=False),
            reply(MARICH, note="The model did not answer."),
            ["not checkable: the wording of the language model, which was not used: The model"],
        ),
    ],
)
def test_each_check_says_what_was_wanted_and_what_came(
    wanted: Case, came: Reply, found: list[str]
) -> None:
    given = lines(wanted, came)
    assert len(given) == len(found)
    for line, start in zip(given, found, strict=True):
        assert line.startswith(start)
        assert "\n" not in line


def test_a_citation_is_of_the_article_that_is_named() -> None:
    of = Cited(MARICH, "a1b2", "Verrin Dam log shows three warnings", 1)
    came = Reply(f"{MARICH} [1]", (of,))
    for name in ("Verrin Dam log", "verrin", "a1b"):
        assert lines(case(must_cite=(Wanted("Marich", name),)), came) == []
        assert lines(case(must_cite=(Wanted("", name),)), came) == []
    (line,) = lines(case(must_cite=(Wanted("Marich", "Elmaria"),)), came)
    assert line.startswith("wanted a citation of “Marich” of Elmaria; cited was, nearest to it: ")


def test_offsets_that_do_not_give_the_sentence_are_a_failure() -> None:
    text = f"Before. {MARICH}"
    right = Cited(MARICH, "a", "Log", 1, 8, len(text))
    wrong = Cited(MARICH, "a", "Log", 1, 7, len(text) - 1)
    wanted = case(must_refuse=False)
    assert check(wanted, Reply(f"{MARICH} [1]", (right,)), lambda _: text) == ()
    (problem,) = check(wanted, Reply(f"{MARICH} [1]", (wrong,)), lambda _: text)
    assert problem.check == "offsets"
    assert problem.line.startswith(f"the offsets 7 to {len(text) - 1} of Log give “Marich denied")
    assert check(wanted, Reply(f"{MARICH} [1]", (wrong,)), lambda _: None) == ()


def test_speaker_and_act_are_of_one_cited_sentence() -> None:
    came = Reply("x [1]", (Cited(MARICH, number=1, speaker="Lev Marich"),))
    assert lines(case(speaker="Marich"), came) == []
    (line,) = lines(case(speaker="Kovash"), came)
    assert (
        line
        == "wanted a cited sentence with the words of Kovash, got Lev Marich: shown as the speaker"
    )
    for who, shown, fits in (
        ("Ann", "Joanna Reed", False),
        ("Ann", "Ann Reed", True),
        ("Reed", "Joanna Reed’s office", True),
    ):
        of = Reply("x [1]", (Cited(MARICH, number=1, speaker=shown),))
        assert (lines(case(speaker=who), of) == []) is fits
    both = case(speaker="Marich", act="deny")
    assert check(both, came, sayings=lambda _: [("Lev Marich", "deny")]) == ()
    (problem,) = check(both, came, sayings=lambda _: [("Lev Marich", "say"), ("Kovash", "deny")])
    assert problem.line == (
        "wanted a cited sentence with the act “deny” of Marich, "
        "got Lev Marich: shown as the speaker, Lev Marich: say, Kovash: deny"
    )


def test_what_a_system_cannot_tell_is_not_passed_in_silence() -> None:
    came = Reply("x [1]", (Cited(MARICH, number=1),))
    for wanted in (case(speaker="Marich"), case(act="deny")):
        (problem,) = check(wanted, came)
        assert not problem.failed
        assert str(problem).startswith("not checkable: wanted a cited sentence with the ")


# Replies of others


def test_an_answer_of_ours_and_its_json_are_the_same_reply(newsroom: Assistant) -> None:
    answer = newsroom.ask("Who denied that workers were told to delay the warnings?")
    found = reply_of(answer)
    assert found == reply_of(answer.to_dict())
    assert found.citations[0].sentence == answer.citations[0].sentence
    assert found.short == answer.short


def test_json_needs_text_and_citations_only() -> None:
    found = reply_of({"text": "Marich did.", "citations": [{"sentence": MARICH}]})
    assert not found.refused
    assert check(case(must_cite=(Wanted("Marich denied"),)), found) == ()
    assert reply_of({"text": "Sorry, I don’t know that.", "citations": []}).refused
    assert reply_of({"text": "", "citations": []}).refused
    assert not reply_of({"text": "I don't know.", "citations": [], "refused": False}).refused
    assert reply_of({"text": "Pas trouvé.", "citations": []}, ["pas trouvé"]).refused


def test_null_in_json_is_what_is_not_known() -> None:
    unknown = dict.fromkeys(("article_id", "title", "number", "start", "end", "speaker"))
    found = reply_of(
        {
            "text": f"{MARICH} [1]",
            "citations": [{"sentence": MARICH, **unknown}],
            **dict.fromkeys(("claims", "refused", "refusal", "short", "note")),
        }
    )
    assert found.citations == (Cited(MARICH),)
    assert check(case(must_cite=(Wanted("Marich"),)), found, lambda _: "text") == ()
    half = {"text": "x", "citations": [{"sentence": MARICH, "start": 3, "end": None}]}
    assert reply_of(half).citations == (Cited(MARICH),)
    no = {"text": "Sorry.", "citations": [], "refused": None, "refusal": {"reason": None}}
    assert (reply_of(no).refused, reply_of(no).reason) == (True, "")


def test_an_engine_of_ours_tells_all_that_an_answer_does(newsroom: Assistant) -> None:
    engine = newsroom.as_query_engine()
    for question in ("Who denied opening the dam without warning?", "What is tungsten?"):
        assert reply_of(engine.query(question)) == reply_of(newsroom.ask(question))
    narrow = newsroom.as_query_engine(publishers=["nobody's"])
    refused = reply_of(narrow.query("Who denied opening the dam without warning?"))
    assert (refused.refused, refused.reason) == (True, "filtered_out")


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({"answer": "x"}, 'the answer has the keys answer; wanted "text" and a list "citations"'),
        ({"text": "x", "citations": ["a"]}, "a citation is 'a'; wanted an object with a"),
        ({"text": "x", "citations": [{"sentence": "a", "start": "b"}]}, "wanted whole numbers"),
        ("x", "the system gave a str; wanted an Answer, a dict of its shape"),
    ],
)
def test_another_shape_is_said(given: object, line: str) -> None:
    with pytest.raises(NoAnswer) as raised:
        reply_of(given)
    assert line in str(raised.value)


def test_a_function_is_asked_with_what_it_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "rag_of_ours.py").write_text(
        "def ask(question, history=()):\n"
        "    cited = [{'sentence': turn[1]} for turn in history]\n"
        "    return {'text': question, 'citations': cited}\n"
        "def broken(question):\n    raise KeyError('index')\n"
        "async def later(question):\n    return ask(question)\n"
    )
    monkeypatch.chdir(tmp_path)
    found = Function("rag_of_ours:ask").ask(case(history=(("Q", MARICH),)))
    assert (found.text, found.citations[0].sentence) == ("Who denied it?", MARICH)
    later = Function("rag_of_ours:later")
    assert [later.ask(case()).text for _ in range(2)] == ["Who denied it?"] * 2
    later.close()
    with pytest.raises(NoAnswer, match="rag_of_ours:ask takes no since, with which this case is"):
        Function("rag_of_ours:ask").ask(case(since=date(2026, 1, 1)))
    with pytest.raises(NoAnswer, match="raised KeyError: 'index'"):
        Function("rag_of_ours:broken").ask(case())
    with pytest.raises(NoAnswer, match="wanted module:function"):
        Function("rag_of_ours:nothing")


def test_an_address_that_gives_nothing_is_said(address: str) -> None:
    with pytest.raises(NoAnswer, match=r"http://127\.0\.0\.1:9/api/ask cannot be reached"):
        Endpoint("http://127.0.0.1:9").ask(case())
    with pytest.raises(NoAnswer, match="answered 404 Not Found"):
        Endpoint(f"{address}/api/nothing").ask(case())


@pytest.mark.parametrize(
    ("sent", "line"),
    [
        (b"<html>Welcome</html>", "gave no JSON but '<html>Welcome</html>'; wanted an answer"),
        (b'{"answer": 1}', 'the answer has the keys answer; wanted "text" and a list "citations"'),
        (b"[]", "the system gave a list; wanted an Answer, a dict of its shape"),
    ],
)
def test_an_address_that_gives_something_else_is_said(sent: bytes, line: str) -> None:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(sent)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/answer"
        with pytest.raises(NoAnswer) as raised:
            Endpoint(url).ask(case())
        server.shutdown()
    assert str(raised.value).startswith(url)
    assert line in str(raised.value)


def test_another_server_may_mean_other_things_by_our_addresses() -> None:
    """It is asked with the titles of a case, and what it cannot tell is not known."""

    class Other(Endpoint):
        def _look_up(self, path: str) -> dict[str, Any]:
            return {"data": [], "text": 5}

    other = Other("http://127.0.0.1:9")
    assert other._ids(["Log"]) == ["Log"]
    assert other.text("a") is None
    assert other.told(Cited(MARICH, "a")) is None


# Writing

texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30).filter(str.strip)
said = texts.filter(normalize)
lists = st.lists(texts, max_size=3).map(tuple)
cases = st.builds(
    Case,
    id=texts.filter(lambda t: "::" not in t and "\n" not in t),
    question=texts,
    history=st.lists(st.tuples(texts, texts), max_size=2).map(tuple),
    publishers=lists,
    since=st.none() | st.dates(max_value=date(2026, 1, 1)),
    must_answer=st.lists(st.lists(said, min_size=1, max_size=2).map(tuple), max_size=2).map(tuple),
    must_cite=st.lists(st.builds(Wanted, texts, st.just("") | texts), max_size=3).map(tuple),
    cite=st.sampled_from(["any", "all"]),
    speaker=texts,
    act=st.sampled_from(["", "deny"]),
    must_refuse=st.sampled_from([None, False]),
    known_failure=st.just("") | texts,
)


@given(cases)
def test_what_is_written_is_read_again(written: Case) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.grounded.toml"
        assert append_case(path, written)
        assert read_suite(path).cases == (written,)
        assert not append_case(path, written)


def test_an_answer_becomes_a_case_that_it_meets(newsroom: Assistant, tmp_path: Path) -> None:
    path = tmp_path / "cases" / "dam.grounded.toml"
    for question in ("Who denied opening the dam without warning?", "What is tungsten?"):
        answer = newsroom.ask(question)
        assert append_case(path, case_of(answer), newsroom.library.folder)
        assert check(case_of(answer), reply_of(answer)) == ()
    suite = read_suite(path)
    assert suite.library
    assert suite.library.resolve() == newsroom.library.folder.resolve()
    assert [c.must_refuse for c in suite.cases] == [None, "no_evidence"]
    assert suite.cases[0].must_answer == suite.cases[0].short == (("Karsovia",),)


def test_a_thumb_up_is_kept_beside_an_earlier_thumb_down(tmp_path: Path) -> None:
    path = tmp_path / "rated.grounded.toml"
    down, other = (case(must_not_answer=(text,)) for text in ("It was Osei.", "It was Kovash."))
    up = case(must_cite=(Wanted(MARICH),))
    for one in (case(must_refuse=False), down, other, up):
        assert append_case(path, one)
        assert not append_case(path, one)
    again = case(must_cite=(Wanted(DENIED),))
    assert not append_case(path, again), "the question has its answer"
    assert append_case(path, replace(again, publishers=("Drenn Gazette",)))
    assert len(read_suite(path).cases) == 5


def test_a_reply_without_anything_to_keep_becomes_a_case_all_the_same() -> None:
    assert kept(case(), Reply("It rained.")).must_refuse is False
    assert kept(case(), Reply("I don't know.", refused=True)).must_refuse is True


def test_a_file_of_many_cases_has_ids_of_its_own() -> None:
    same = Case(id="dam", question="Who?", speaker="x")
    ids = [c["id"] for c in tomllib.loads(cases_toml([same, same]))["case"]]
    assert ids == ["dam", "dam-2"]
    assert case_toml(same) == '[[case]]\nid = "dam"\nquestion = "Who?"\nspeaker = "x"\n'


# Comparing


def test_a_run_is_compared_with_the_last(tmp_path: Path) -> None:
    path, base = tmp_path / "x.grounded.toml", tmp_path / "last.json"

    def outcomes(*came: Reply) -> list[Outcome]:
        wanted = [Case(id=f"c{n}", question="Q", must_cite=(Wanted("Marich"),)) for n in range(9)]
        return [Outcome(path, c, r, check(c, r)) for c, r in zip(wanted, came, strict=False)]

    first = outcomes(reply(MARICH), reply(MARICH), reply(DENIED), reply(MARICH))
    assert {one.change for one in compare(first, read_baseline(base), tmp_path)} == {""}
    write_baseline(base, first, {})
    second = outcomes(
        reply(MARICH), reply(DENIED), reply(MARICH), reply(MARICH, DENIED), reply(MARICH)
    )
    compared = compare(second, read_baseline(base), tmp_path)
    assert [one.change for one in compared] == ["", "worse", "better", "changed", "new"]
    report = as_markdown(compared)
    assert "5 cases, 4 met, 1 failed, 1 worse, 1 better, 1 changed, 1 new." in report
    assert "| failed, worse | x.grounded.toml::c1 | wanted a citation of “Marich”; " in report
    assert (
        f"| met, changed | x.grounded.toml::c3 | now: {MARICH} \\[1\\] {DENIED} \\[2\\]; "
        f"was: {MARICH} \\[1\\] |"
    ) in report
    assert "| failed, worse | x.grounded.toml::c1 | asked: Q |" in report
    write_baseline(base, second[:1], read_baseline(base))
    assert len(read_baseline(base)) == 4
    base.write_text("{}")
    with pytest.raises(CaseError, match="was not written by `whosaid check`"):
        read_baseline(base)


def test_another_short_answer_is_a_change_and_an_outage_is_not_kept(tmp_path: Path) -> None:
    path, base = tmp_path / "x.grounded.toml", tmp_path / "last.json"
    wanted = case(must_cite=(Wanted("Marich"),))

    def outcome(short: str) -> Outcome:
        return Outcome(path, wanted, reply(MARICH, short=short))

    write_baseline(base, [outcome("Marich")], {})
    (same,) = compare([outcome("Marich")], read_baseline(base), tmp_path)
    (other,) = compare([outcome("Kovash")], read_baseline(base), tmp_path)
    assert (same.change, other.change) == ("", "changed")
    assert other.difference == "short answer now: Kovash; short answer was: Marich"

    away = Outcome(path, wanted, None, (Problem("answer", "no answer: it is down"),))
    (down,) = compare([away], read_baseline(base), tmp_path)
    assert down.change == "worse"
    write_baseline(base, [away], read_baseline(base))
    (up,) = compare([outcome("Marich")], read_baseline(base), tmp_path)
    assert up.change == "", "the answer is as it was before the outage"

    older = json.loads(base.read_text())
    for one in older["cases"].values():
        del one["short"]
    base.write_text(json.dumps(older))
    (old,) = compare([outcome("Kovash")], read_baseline(base), tmp_path)
    assert old.change == ""


def test_a_known_failure_is_of_the_system_that_the_file_names() -> None:
    path = Path("x.grounded.toml")
    wanted = case(must_refuse=False, known_failure="it refuses")
    assert Outcome(path, wanted, reply(MARICH)).status == "met now"
    assert Outcome(path, wanted, reply(MARICH), elsewhere=True).status == "met"
    blind = (Problem("speaker", "the system does not tell", failed=False),)
    for elsewhere in (False, True):
        one = Outcome(path, wanted, reply(MARICH), (), blind, elsewhere)
        assert (one.status, one.passed) == ("known failure", True)
