"""`python -m assistant.bench.screenshots LIBRARY FOLDER`: pictures of the chat page in use."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.bench.serving import chat_page, opened

if TYPE_CHECKING:
    from playwright.sync_api import Page as Tab

ASKED = "Who denied opening the dam without warning?"
REFUSED = "Who denied opening the dam on Friday?"
SETTLED = 700  # milliseconds after which fonts, colours and scrolling have come to rest


def take(library: Path, folder: Path) -> None:
    """Write each picture as a PNG into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with chat_page(library) as server:
        with opened(server) as tab:
            tab.locator("button.example").first.wait_for()
            _shoot(tab, folder / "welcome.png")
            _ask(tab, ASKED)
            _shoot(tab, folder / "answer.png")
            _ask(tab, REFUSED)
            _shoot(tab, folder / "refusal.png")
            _section(tab, "Who said what", "table.said button")
            _shoot(tab, folder / "said.png")
            _section(tab, "Disputes", ".side.deny button")
            _shoot(tab, folder / "disputes.png")
            _section(tab, "Library", "ul.articles button.opener")
            _shoot(tab, folder / "library.png")
        with opened(server, width=390, height=844, color_scheme="dark") as tab:
            tab.locator("button.example").first.click()
            tab.locator(".turn .answer:not(.pending)").wait_for()
            _shoot(tab, folder / "phone-dark.png")


def _ask(tab: "Tab", question: str) -> None:
    turns = tab.locator(".turn").count()
    tab.locator("#question textarea").fill(question)
    tab.locator("#question textarea").press("Enter")
    tab.locator(".turn").nth(turns).locator(".answer:not(.pending)").wait_for()


def _section(tab: "Tab", name: str, row: str) -> None:
    """Open a section, and its first row."""
    tab.get_by_role("tab", name=name, exact=True).click()
    tab.locator(row).first.click()


def _shoot(tab: "Tab", path: Path) -> None:
    tab.wait_for_timeout(SETTLED)
    tab.screenshot(path=path)


if __name__ == "__main__":
    take(Path(sys.argv[1]), Path(sys.argv[2]))
