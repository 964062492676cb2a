"""The lists of the chat page as HTML: who said what, disputes, the library, what became of an add.

Pure functions; all that articles hold passes through `escape`. What can be clicked is a button that
carries what to do in `data-do` (`list.js` hands it to the server).
"""

from collections.abc import Sequence
from itertools import chain, islice

from assistant.disputes import Dispute
from assistant.incoming import shown_name
from assistant.listing import UNCLAIMED, UNDENIED, side_heading
from assistant.page.html import escape
from assistant.render import line, origin, quotation
from assistant.said import Said
from index.acts import load_acts
from index.article import Article
from index.library import AddReport

RESULTS = 200  # lines of a report that are shown; a feed can have thousands
LONG = 400  # characters of a statement in a list


def said_html(found: Sequence[Said], count: int, note: str = "") -> str:
    """A table of attributions, at most `count`; more than that are offered by a button.

    Args:
        note: what of a large library was not looked through.
    """
    if not found:
        return '<p class="empty">No statement of that kind is in these articles.</p>'
    rows = "".join(map(_said_row, islice(found, count)))
    more = len(found) > count
    number = f"The first {count}" if more else f"{len(found):,} statement{'s'[: len(found) != 1]}"
    return (
        f'<p class="found" role="status">{number}, newest article first.{_noted(note)}</p>'
        '<table class="said"><thead><tr><th scope="col">Who</th><th scope="col">Did</th>'
        f'<th scope="col">What</th></tr></thead><tbody>{rows}</tbody></table>'
        f"{_more(count) if more else ''}"
    )


def _said_row(one: Said) -> str:
    role = f'<span class="soft">{escape(one.role)}</span>' if one.role else ""
    return (
        f'<tr><td class="who">{_who(one)}{role}</td><td class="act">{_act(one)}</td>'
        f"<td>{_statement_opener(one)}"
        f'<span class="soft">{escape(origin(one.title, one.publisher, one.published))}</span>'
        "</td></tr>"
    )


def _who(one: Said) -> str:
    return f"<b>{escape(one.speaker)}</b>" if one.speaker else '<i class="soft">not named</i>'


def _act(one: Said) -> str:
    """The act in the past tense ("denied"), or the article's own words for what is in no list."""
    known = load_acts().get(one.act)
    past = (known.past or one.act) if known else line(one.cue)
    look = f" {one.act}" if one.act in ("deny", "accuse") and not one.negated else ""
    words = f"not: {past}" if one.negated else past
    return f'<span class="tag{look}" title="{escape(line(one.cue))}">{escape(words)}</span>'


def _statement_opener(one: Said, text: str = "") -> str:
    shown = line(text or one.content or one.sentence)
    shown = shown if len(shown) <= LONG else shown[:LONG].rsplit(" ", 1)[0] + " …"
    return _opener(shown, one.article_id, one.start, one.end)


def _opener(text: str, article_id: str, start: int = 0, end: int = 0) -> str:
    """A button that opens an article, at a sentence."""
    return (
        f'<button type="button" class="opener" data-do="open" data-start="{start}" '
        f'data-end="{end}" data-article="{escape(article_id)}">{escape(text)}</button>'
    )


def _more(count: int) -> str:
    return (
        f'<button type="button" class="plain" data-do="more" data-count="{2 * count}">'
        "Show more</button>"
    )


def _noted(note: str) -> str:
    return f" {escape(note)}" if note else ""


def disputes_html(found: Sequence[Dispute], note: str = "") -> str:
    """Each matter with who accuses, or claims it, on one side and who denies on the other."""
    if not found:
        return '<p class="empty">No accusation or denial of that kind is in these articles.</p>'
    answered = sum(bool(one.accusations and one.denials) for one in found)
    matters = f"{len(found):,} matter{'s'[: len(found) != 1]}"
    return (
        f'<p class="found" role="status">{matters}, {answered:,} with both sides. '
        f"Which denial answers which charge is told by their words: read both.{_noted(note)}</p>"
        + "".join(map(_dispute, found))
    )


def _dispute(one: Dispute) -> str:
    heading = side_heading(one.accusations[0]) if one.accusations else "Claimed by"
    matter = line(one.matter)
    return (
        f'<section class="dispute"><h3>{escape(matter[:1].upper() + matter[1:])}</h3>'
        f'<div class="sides"><div class="side accuse"><h4>{heading}</h4>'
        f'{_side(one.accusations, UNCLAIMED)}</div><div class="side deny">'
        f"<h4>Denied by</h4>{_side(one.denials, UNDENIED)}</div></div></section>"
    )


def _side(side: Sequence[Said], empty: str) -> str:
    return "".join(map(_statement, side)) or f'<p class="soft">{empty}</p>'


def _statement(one: Said) -> str:
    where = origin(one.publisher or one.title, "", one.published)
    return (
        f'<div class="statement">{_who(one)}{_statement_opener(one, quotation(line(one.sentence)))}'
        f'<span class="soft">{escape(where)}</span></div>'
    )


def articles_html(shown: Sequence[Article], number: int, total: int) -> str:
    """Articles, each with a way to remove it.

    Args:
        shown: the newest of those that were looked for.
        number: of these, shown or not.
        total: of the articles in the library.
    """
    if not total:
        return '<p class="empty">The library is empty. Add articles above.</p>'
    if not shown:
        return '<p class="empty">No article has these words in its title or outlet.</p>'
    more = _more(len(shown)) if number > len(shown) else ""
    items = "".join(
        f"<li><div>{_opener(_title(a), a.id)}"
        f'<span class="soft">{escape(_details(a))}</span></div>{_remover(a)}</li>'
        for a in shown
    )
    return (
        f'<p class="found" role="status">{number:,} of {total:,} articles, newest first.</p>'
        f'<ul class="articles">{items}</ul>{more}'
    )


def _remover(article: Article) -> str:
    return (
        f'<button type="button" class="plain remove" data-do="remove" '
        f'data-article="{escape(article.id)}" '
        f'aria-label="Remove {escape(_title(article))}">Remove</button>'
    )


def _title(article: Article) -> str:
    """The title, or how the text begins."""
    return article.title or f"Untitled: {line(article.text[:80])} …"


def _details(article: Article) -> str:
    day = str(article.published) if article.published else "no date"
    return " · ".join(part for part in (article.publisher, day) if part)


def report_html(report: AddReport) -> str:
    """What became of each item of an add, failures first."""
    lines = [
        (state, item.title or shown_name(item.source))
        for state in ("added", "updated", "unchanged")
        for item in getattr(report, state)
    ]
    failed = [("failed", f"{failure.source}: {failure.reason}") for failure in report.failed]
    shown = "".join(_result(*one) for one in islice(chain(failed, lines), RESULTS))
    left = len(lines) + len(failed) - RESULTS
    rest = f'<li class="soft">and {left:,} more</li>' if left > 0 else ""
    return f'<ul class="results" role="status">{shown}{rest}</ul>'


def _result(state: str, text: str) -> str:
    return f'<li class="{state}"><b>{state}</b> {escape(line(text))}</li>'


def note_html(text: str, look: str = "note") -> str:
    """One line to the person; `look` "failed" for what went wrong."""
    return f'<p class="results {look}" role="status">{escape(text)}</p>'
