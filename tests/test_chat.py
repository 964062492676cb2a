"""The chat page in Debian's Chromium, on a real library: what a reader sees and can click."""

import json
import os
import re
import shutil
import socket
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from assistant.page.chat import launch
from assistant.pipeline import Assistant
from index.errors import WhosaidError

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator
    from playwright.sync_api import Page as Tab

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DENIAL = "The harbour council denied on Tuesday that it plans to close the fish market."
BACKGROUND = "\n\n".join(
    f"In year {year} the market hall got stall number {year - 1960}, as the town's records show."
    for year in range(1961, 1985)
)
WARNING = "Tomas Eide, a trader, warned that a long repair of the roof would ruin the stalls."
MARKET = {
    "id": "market",
    "title": "Council: fish market stays",
    "publisher": "The Harbour Post",
    "published": "2024-05-31",
    "url": "https://news.example/fish-market",
    "text": f"{DENIAL}\n\n{BACKGROUND}\n\n{WARNING}",
}
HOSTILE_SENTENCE = (
    "The ferry company accused <b>nobody</b> of **sabotage** in [a note](javascript:run()) with "
    '<img src=x onerror="window.hacked=1"> <gradio-tag> $x^2$ {{value}} ${value} at Tern Point.'
)
HOSTILE = {
    "id": "hostile",
    "title": "Ferry <script>window.hacked=1</script> **stops**",
    "publisher": "<i>Tern</i> Times",
    "published": "2024-06-14",
    "url": "javascript:window.hacked=1",
    "text": f"{HOSTILE_SENTENCE}\n\nIt leaves <script>window.hacked=1</script> at dawn.",
}
CHARGE = "Mayor Pia Lindqvist accused the Skarn Water Company of hiding a leak for three weeks."
REPLY = "The Skarn Water Company denied hiding a leak."
LEAK = {
    "id": "leak",
    "title": "Mayor and water company at odds",
    "publisher": "Skarn News",
    "published": "2024-06-20",
    "text": f"{CHARGE}\n\n{REPLY} It promised to publish its records in July.",
}
ASK_DENIAL = "Who denied that the council plans to close the fish market?"
ASK_WARNING = "Who warned that a long repair of the roof would ruin the stalls?"
ASK_HOSTILE = "Who did the ferry company accuse of sabotage at Tern Point?"
ASK_NOTHING = "How many moons does the planet Zorblax have?"


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("chat")
    articles = folder / "articles.json"
    articles.write_text(json.dumps([MARKET, HOSTILE, LEAK]), encoding="utf-8")
    with Assistant.open(folder / "library") as assistant:
        assert not assistant.add(articles).failed
        yield assistant


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture(scope="module")
def address(assistant: Assistant) -> Iterator[str]:
    with launch(assistant, "127.0.0.1", free_port()) as server:
        yield server.url


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if not chromium:
        pytest.skip("no chromium: apt-get install chromium, or name one in CHROMIUM")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(params=[(1360, 850)], ids=["desktop"])
def tab(browser: "Browser", address: str, request: pytest.FixtureRequest) -> "Iterator[Tab]":
    """The page, freshly opened; its parameter is the size of the window."""
    width, height = request.param
    tab = browser.new_page(viewport={"width": width, "height": height})
    tab.set_default_timeout(30_000)
    errors: list[str] = []
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.goto(address)
    tab.locator("button.example").first.wait_for()
    yield tab
    assert errors == []
    assert tab.evaluate("window.hacked") is None
    tab.close()


PHONE = pytest.mark.parametrize("tab", [(390, 844)], ids=["phone"], indirect=True)


def ask(tab: "Tab", question: str) -> "Locator":
    """Ask, wait, and return the answer's box."""
    turns = tab.locator(".turn").count()
    tab.locator("#question textarea, #question input").fill(question)
    tab.get_by_role("button", name="Ask", exact=True).click()
    answer = tab.locator(".turn").nth(turns).locator(".answer:not(.pending)")
    answer.wait_for()
    return answer


def in_view(tab: "Tab", mark: str) -> bool:
    """Whether a mark lies inside both the evidence pane and the window."""
    return bool(
        tab.evaluate(
            """id => {
                const mark = document.getElementById(id).getBoundingClientRect();
                const pane = document.getElementById('evidence').getBoundingClientRect();
                return mark.top >= Math.max(pane.top, 0)
                    && mark.bottom <= Math.min(pane.bottom, window.innerHeight);
            }""",
            mark,
        )
    )


def open_tab(tab: "Tab", name: str) -> None:
    tab.get_by_role("tab", name=name, exact=True).click()


def until_in_view(tab: "Tab", mark: str) -> None:
    tab.locator(f"#{mark}.current").wait_for(state="attached")
    for _ in range(100):
        if in_view(tab, mark):
            return
        tab.wait_for_timeout(50)
    pytest.fail(f"{mark} is not in view")


@pytest.mark.browser
def test_an_answer_shows_its_source_highlighted_in_the_whole_article(tab: "Tab"):
    answer = ask(tab, ASK_DENIAL)
    assert DENIAL in answer.inner_text()
    assert "Council: fish market stays, The Harbour Post, 2024-05-31" in answer.inner_text()
    mark = tab.locator("#cite-0-1")
    assert mark.inner_text() == DENIAL
    assert tab.locator("#evidence .text").first.text_content() == MARKET["text"]
    assert tab.locator("#evidence a").get_attribute("href") == MARKET["url"]


@pytest.mark.browser
def test_the_first_citation_of_a_new_answer_is_scrolled_into_view(tab: "Tab"):
    assert WARNING in ask(tab, ASK_WARNING).inner_text()  # the last line of a long article
    until_in_view(tab, "cite-0-1")


@pytest.mark.browser
def test_a_click_on_a_number_shows_that_sentence_also_of_an_earlier_answer(tab: "Tab"):
    first = ask(tab, ASK_WARNING)
    ask(tab, ASK_HOSTILE)
    tab.locator("#cite-1-1").wait_for()
    first.locator("a.cite").first.click()
    tab.locator("#cite-0-1").wait_for()
    until_in_view(tab, "cite-0-1")
    assert tab.locator("#cite-0-1").inner_text() == WARNING
    tab.evaluate("document.getElementById('evidence').scrollTop = 0")
    assert not in_view(tab, "cite-0-1")
    first.locator("a.cite").first.click()
    until_in_view(tab, "cite-0-1")


@pytest.mark.browser
def test_several_cited_articles_are_tabs(tab: "Tab"):
    answer = ask(tab, "Who denied what?").inner_text()
    assert DENIAL in answer
    assert REPLY in answer
    tabs = tab.get_by_label("Cited articles").get_by_role("tab")
    tabs.nth(1).wait_for()  # they come a moment after the answer
    first, second = tabs.all()
    panels = tab.locator("#evidence article")
    assert [panel.is_visible() for panel in panels.all()] == [True, False]
    first.focus()
    tab.keyboard.press("ArrowRight")
    assert second.get_attribute("aria-selected") == "true"
    assert [panel.is_visible() for panel in panels.all()] == [False, True]
    tab.locator("a.cite").first.click()
    until_in_view(tab, "cite-0-1")
    assert [panel.is_visible() for panel in panels.all()] == [True, False]


@pytest.mark.browser
def test_a_follow_up_is_shown_as_it_was_understood(tab: "Tab"):
    ask(tab, ASK_DENIAL)
    answer = ask(tab, "When did it deny that?")
    assert "Understood as: " in answer.inner_text()
    assert "council" in answer.locator(".understood").inner_text()


@pytest.mark.browser
@PHONE
def test_on_a_phone_nothing_is_wider_than_the_screen_and_a_click_goes_to_the_sentence(tab: "Tab"):
    answer = ask(tab, ASK_WARNING)
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    answer.locator("a.cite").first.click()
    until_in_view(tab, "cite-0-1")


@pytest.mark.browser
def test_a_refusal_looks_different_and_shows_the_nearest_sentences(tab: "Tab"):
    normal = ask(tab, ASK_DENIAL)
    refused = ask(tab, ASK_NOTHING)
    assert "The articles don't say" in refused.inner_text()
    assert "Nearest sentences (not an answer):" in refused.inner_text()
    background = "element => getComputedStyle(element).backgroundColor"
    assert refused.evaluate(background) != normal.evaluate(background)
    nearest = tab.locator("#evidence .near #cite-1-1")
    assert nearest.inner_text() in refused.locator(".quotation").first.inner_text()
    assert nearest.evaluate("mark => getComputedStyle(mark).outlineStyle") == "dashed"


@pytest.mark.browser
def test_a_hostile_article_is_shown_as_text(tab: "Tab"):
    answer = ask(tab, ASK_HOSTILE)
    assert HOSTILE_SENTENCE in answer.inner_text()
    assert HOSTILE["title"] in answer.inner_text()
    assert tab.locator("#cite-0-1").inner_text() == HOSTILE_SENTENCE
    assert tab.locator("#evidence .text").first.text_content() == HOSTILE["text"]
    assert tab.locator("#evidence a, #evidence img, #evidence script, gradio-tag").count() == 0
    assert tab.locator(".katex").count() == 0
    tab.locator("#filters > button").click()
    tab.get_by_label("Outlets").click()
    assert tab.get_by_role("option", name="<i>Tern</i> Times").is_visible()


@pytest.mark.browser
def test_a_question_is_shown_as_text(tab: "Tab"):
    question = 'Who <img src=x onerror="window.hacked=1"> **said** {{value}} $x$?'
    ask(tab, question)
    assert tab.locator(".question").inner_text() == question


@pytest.mark.browser
def test_an_example_question_asks_itself_and_has_an_answer(tab: "Tab"):
    example = tab.locator("button.example").first
    question = example.inner_text()
    example.click()
    tab.locator(".turn .answer:not(.pending)").wait_for()
    assert tab.locator(".question").inner_text() == question
    assert tab.locator(".refused").count() == 0


@pytest.mark.browser
def test_filters_apply_to_answers_and_lists_and_are_named(tab: "Tab"):
    tab.locator("#filters > button").click()
    since = tab.locator("#filters input.time").first
    since.fill("2024-06-01")
    since.press("Enter")
    tab.locator("#filters > button", has_text="Only: from 2024-06-01").wait_for()
    answered = ask(tab, ASK_DENIAL)
    assert "which was left out, may answer this" in answered.inner_text()
    assert MARKET["title"] not in answered.locator(".source").all_inner_texts()
    open_tab(tab, "Who said what")
    tab.locator("table.said").wait_for()
    assert MARKET["title"] not in tab.locator("table.said").inner_text()
    assert LEAK["title"] in tab.locator("table.said").inner_text()


@pytest.mark.browser
def test_new_starts_over(tab: "Tab"):
    ask(tab, ASK_DENIAL)
    tab.get_by_role("button", name="New", exact=True).click()
    tab.locator("button.example").first.wait_for()
    assert tab.locator(".turn").count() == 0
    assert tab.locator("#evidence mark").count() == 0


@pytest.mark.browser
def test_files_can_be_added_with_a_result_for_each(
    tab: "Tab", assistant: Assistant, tmp_path: Path
):
    good, bad = tmp_path / "lighthouse.txt", tmp_path / "empty.txt"
    good.write_text("The keeper of Skarn lighthouse retired on Friday after forty years.\n")
    bad.write_text("")
    open_tab(tab, "Library")
    tab.locator("#adding input[type=file]").set_input_files([good, bad])
    tab.locator("#adding tr.file").nth(1).wait_for()  # both are uploaded
    tab.get_by_role("button", name="Add the files").click()
    tab.get_by_text("4 articles", exact=True).wait_for()
    results = tab.locator(".results").inner_text()
    assert re.search(r"^added lighthouse\.txt$", results, re.MULTILINE)
    assert re.search(r"^failed empty\.txt: ", results, re.MULTILINE)
    assert "lighthouse" in tab.locator("ul.articles").inner_text()
    open_tab(tab, "Ask")
    assert "retired on Friday" in ask(tab, "Which lighthouse keeper retired?").inner_text()
    (added,) = [a for a in assistant.library.articles() if "lighthouse" in a.text]
    assert added.source.startswith("upload/")
    assert added.source.endswith("/lighthouse.txt")
    assistant.remove(added.id)


@pytest.mark.browser
def test_a_pasted_article_is_asked_and_removed_again(tab: "Tab"):
    open_tab(tab, "Library")
    tab.get_by_role("tab", name="Paste text").click()
    tab.get_by_label("Title").fill("Bakery <b>moves</b>")
    tab.get_by_label("Outlet").fill("Skarn News")
    tab.get_by_label("Date").fill("2024-07-01")
    tab.get_by_label("Text", exact=True).fill("The Skarn bakery moved to Mill Lane in June.")
    tab.get_by_role("button", name="Add the text").click()
    tab.get_by_text("added Bakery <b>moves</b>").wait_for()
    open_tab(tab, "Ask")
    answer = ask(tab, "Where did the Skarn bakery move?").inner_text()
    assert "Mill Lane" in answer
    assert "Bakery <b>moves</b>, Skarn News, 2024-07-01" in answer
    open_tab(tab, "Library")
    tab.get_by_label("Find").fill("bakery")
    tab.get_by_text("1 of 4 articles").wait_for()
    remove = tab.locator("button.remove")
    remove.click()
    assert remove.inner_text() == "Really remove?"
    tab.get_by_text("4 articles", exact=True).wait_for()  # nothing is removed by one click
    remove.click()
    tab.get_by_text("Removed: Bakery <b>moves</b>").wait_for()
    tab.get_by_text("3 articles", exact=True).wait_for()


@pytest.mark.browser
def test_a_path_of_this_machine_is_no_web_address(tab: "Tab"):
    open_tab(tab, "Library")
    tab.get_by_role("tab", name="Web pages and feeds").click()
    tab.get_by_label("Addresses of articles").fill("/etc/hostname")
    tab.get_by_role("button", name="Add from the web").click()
    tab.get_by_text("failed /etc/hostname: not a web address").wait_for()


@pytest.mark.browser
def test_who_said_what_is_searched_and_a_row_opens_its_sentence(tab: "Tab"):
    open_tab(tab, "Who said what")
    tab.locator("table.said").wait_for()
    tab.get_by_label("Speaker").fill("lindqvist")
    row = tab.locator("table.said tbody tr")
    tab.get_by_text("1 statement,").wait_for()
    assert "Pia Lindqvist" in row.inner_text()
    assert "accused" in row.inner_text()
    row.locator("button").click()
    tab.locator("#evidence mark.current").wait_for()
    assert tab.locator("#evidence mark.current").inner_text() == CHARGE
    until_in_view(tab, "cite--1-0")
    tab.get_by_label("Speaker").fill("Nobody Atall")
    tab.get_by_text("No statement of that kind").wait_for()


@pytest.mark.browser
def test_disputes_stand_in_two_columns(tab: "Tab"):
    open_tab(tab, "Disputes")
    tab.locator(".dispute").first.wait_for()
    assert CHARGE in tab.locator(".side.accuse").first.inner_text()
    denial = tab.locator(".side.deny").first
    assert REPLY in denial.inner_text()
    denial.locator("button").click()
    tab.locator("#evidence mark.current").wait_for()
    assert tab.locator("#evidence mark.current").inner_text() == REPLY


@pytest.mark.browser
def test_the_conversation_is_kept_in_the_browser_and_can_be_taken_back(
    browser: "Browser", address: str
):
    context = browser.new_context()
    tab = context.new_page()
    tab.goto(address)
    tab.locator("button.example").first.wait_for()
    ask(tab, ASK_DENIAL)
    ask(tab, ASK_NOTHING)
    tab.reload()
    tab.locator(".turn").nth(1).wait_for()
    assert tab.locator(".question").all_inner_texts() == [ASK_DENIAL, ASK_NOTHING]
    tab.get_by_role("button", name="Undo").click()
    tab.locator(".refused").wait_for(state="detached")
    assert tab.locator("#question textarea").input_value() == ASK_NOTHING
    tab.get_by_role("button", name="Ask again").click()
    tab.locator(".turn .answer:not(.pending) .claim").wait_for()
    assert tab.locator(".question").all_inner_texts() == [ASK_DENIAL]
    other = browser.new_page()  # another person's browser
    other.goto(address)
    other.locator("button.example").first.wait_for()
    assert other.locator(".turn").count() == 0
    other.close()
    context.close()


@pytest.mark.browser
def test_an_answer_is_copied_with_its_sources(browser: "Browser", address: str):
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    tab = context.new_page()
    tab.goto(address)
    tab.locator("button.example").first.wait_for()
    ask(tab, ASK_DENIAL)
    tab.get_by_role("button", name="Copy").click()
    tab.get_by_text("Copied").wait_for()
    copied = tab.evaluate("navigator.clipboard.readText()")
    assert DENIAL in copied
    assert MARKET["url"] in copied
    context.close()


@pytest.mark.browser
def test_thumbs_are_kept_and_given_back_as_test_cases(
    tab: "Tab", assistant: Assistant, tmp_path: Path
):
    answer = ask(tab, ASK_DENIAL)
    thumb = tab.get_by_role("button", name="Good answer")
    thumb.click()
    tab.locator("[data-vote=up][aria-pressed=true]").wait_for()
    assert DENIAL in answer.inner_text()
    open_tab(tab, "Library")
    button = tab.get_by_role("button", name="Download 1 rated answer as test cases")
    with tab.expect_download() as download:
        button.click()
    download.value.save_as(tmp_path / "cases.toml")
    (case,) = tomllib.loads((tmp_path / "cases.toml").read_text())["case"]
    assert case["question"] == ASK_DENIAL
    assert case["must_cite"] == [DENIAL]
    (assistant.library.folder / "ratings.jsonl").unlink()


@pytest.mark.browser
def test_everything_is_reached_with_the_keyboard(tab: "Tab"):
    tab.keyboard.type(ASK_DENIAL)  # the question box has the focus
    tab.keyboard.press("Enter")
    tab.locator(".turn .answer:not(.pending)").wait_for()
    tab.locator("a.cite").first.focus()
    tab.keyboard.press("Enter")
    assert tab.evaluate("document.activeElement.id") == "cite-0-1"
    unnamed = tab.evaluate(
        """() => [...document.querySelectorAll('button, input, textarea, a')]
            .filter(e => e.offsetParent && !e.labels?.length && !e.getAttribute('aria-label')
                && !e.title && !e.textContent.trim() && !e.getAttribute('aria-labelledby'))
            .map(e => e.outerHTML.slice(0, 200))"""
    )
    assert unnamed == []


@pytest.mark.browser
def test_with_a_password_the_page_asks_for_it_and_the_api_for_a_token(
    browser: "Browser", assistant: Assistant
):
    with launch(assistant, "127.0.0.1", free_port(), auth=("ada", "s3cret")) as server:
        tab = browser.new_page()
        tab.goto(server.url)
        tab.locator("input[type=password]").wait_for()
        assert tab.locator("#question").count() == 0
        assert tab.request.get(f"{server.url}/api/articles").status == 401
        tab.locator("input").first.fill("ada")
        tab.locator("input[type=password]").fill("s3cret")
        tab.locator("button").first.click()
        tab.locator("#question").wait_for()
        tab.close()


@pytest.mark.browser
def test_the_page_loads_nothing_from_elsewhere(browser: "Browser", address: str):
    tab = browser.new_page()
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto(address)
    tab.locator("button.example").first.wait_for()
    tab.close()
    own = (address, "data:", "blob:")
    assert [url for url in asked if not url.startswith(own)] == []


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_is_readable_in_light_and_dark(browser: "Browser", address: str, scheme: str):
    tab = browser.new_page(color_scheme=scheme)  # type: ignore[arg-type]
    tab.goto(address)
    tab.locator("button.example").first.wait_for()
    ask(tab, ASK_DENIAL)
    ask(tab, ASK_NOTHING)
    for look in (".claim", ".where", "mark.current", ".refused .message", ".question", ".count"):
        assert contrast(tab.locator(look).first) >= 4.5, look  # WCAG 2.1, level AA
    tab.close()


def contrast(element: "Locator") -> float:
    """The contrast ratio of WCAG 2.1 between an element's text and what is behind it."""
    colours = element.evaluate(
        """element => {
            let behind = element;
            const fill = e => getComputedStyle(e).backgroundColor;
            while (behind.parentElement && fill(behind) === 'rgba(0, 0, 0, 0)')
                behind = behind.parentElement;
            return [getComputedStyle(element).color, fill(behind)];
        }"""
    )

    def luminance(colour: str) -> float:
        channels = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    darker, lighter = sorted(luminance(colour) for colour in colours)
    return (lighter + 0.05) / (darker + 0.05)


def test_an_address_that_is_taken_or_open_to_all_is_explained(assistant: Assistant):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(WhosaidError, match="--port"):
            launch(assistant, "127.0.0.1", taken.getsockname()[1])
    with pytest.raises(WhosaidError, match="--auth"):
        launch(assistant, "0.0.0.0", free_port(), token="secret")  # noqa: S104, S106
