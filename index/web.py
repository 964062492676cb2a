"""Pages, feeds and sitemaps by URL -> articles. The only module that uses the network."""

import gzip
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import BytesIO
from itertools import islice
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin
from urllib.robotparser import RobotFileParser

from index.apart import read_apart
from index.article import Article
from index.clean import Raw
from index.documents import READERS, Limits, read_limited, split_suffix, too_large
from index.errors import LoadError
from index.version import release

if TYPE_CHECKING:
    import httpx

MAX_REDIRECTS = 5
ROBOTS_BYTES = 500_000  # of a robots.txt, as the standard (RFC 9309) has it at least
MAX_DEPTH = 3  # sitemap indexes inside one another; more is a loop or a mistake
AGENT = "whosaid"  # what robots.txt knows us as
FEED = ".xml"  # RSS, Atom, sitemaps: the root element tells them apart

# The file type that each content type stands for.
_TYPES = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "application/pdf": ".pdf",
    "text/plain": ".txt",
    "text/markdown": ".md",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/rss+xml": FEED,
    "application/atom+xml": FEED,
    "application/rdf+xml": FEED,
    "application/xml": FEED,
    "text/xml": FEED,
}
# Servers that do not know say one of these: the ending of the address decides.
_UNKNOWN = {"", "application/octet-stream", "binary/octet-stream"}
_PACKED = {"application/gzip", "application/x-gzip"}

_FEED_ROOT = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<[?!][^>]*>\s*)*<(?:\w+:)?(?:rss|RDF|feed|urlset|sitemapindex)[\s>]"
)
_ADVICE = {
    401: ": it wants a login; save the page and add the file",
    402: ": it wants to be paid; save the page and add the file",
    403: ": it refuses programs; save the page in a browser and add the file",
    404: ": check the address",
    410: ": the page was removed",
    429: ": too many requests; try again later",
}


@dataclass(frozen=True)
class _Page:
    raw: Raw
    suffix: str  # as if it were a file: a key of READERS, or FEED


def load_url(url: str, limits: Limits) -> Iterator[Article | LoadError]:
    """The article at `url`, or all that a feed or sitemap there lists."""
    with _client(limits) as client:
        try:
            page = _fetch(client, url, limits)
            article = None if page.suffix == FEED else read_apart(page.suffix, page.raw, limits)
        except LoadError as error:
            yield error
            return
        if article:
            yield article
        else:
            yield from _load_entries(client, page.raw, limits)


def load_feed(raw: Raw, limits: Limits) -> Iterator[Article | LoadError]:
    """The articles that a feed or sitemap lists which lies in a file."""
    with _client(limits) as client:
        yield from _load_entries(client, raw, limits)


def _load_entries(
    client: "httpx.Client", feed: Raw, limits: Limits
) -> Iterator[Article | LoadError]:
    links = _links(client, feed, limits, MAX_DEPTH)
    rules: Rules = {}
    empty = True
    for link in islice(links, limits.max_entries):
        empty = False
        yield link if isinstance(link, LoadError) else _load_entry(client, link, limits, rules)
    if empty:
        yield LoadError(feed.source, "is a feed or sitemap without entries")
    elif next(links, None) is not None:
        reason = f"lists more than {limits.max_entries} entries, the others were not read"
        yield LoadError(feed.source, reason)


def _load_entry(
    client: "httpx.Client", url: str, limits: Limits, rules: "Rules"
) -> Article | LoadError:
    try:
        if not _may_read(client, url, limits, rules):
            reason = (
                "its site asks programs not to read it (robots.txt): save the page in a browser"
            )
            return LoadError(url, reason)
        page = _fetch(client, url, limits)
        if page.suffix == FEED:
            reason = "is a feed that another feed lists: add it by itself to read its entries"
            return LoadError(page.raw.source, reason)
        return read_apart(page.suffix, page.raw, limits)
    except LoadError as error:
        return error


# -- robots.txt ------------------------------------------------------------------------------------

Rules = dict[str, RobotFileParser | None]  # of each site; None: it has none


def _may_read(client: "httpx.Client", url: str, limits: Limits, rules: Rules) -> bool:
    """Whether a site lets programs read one of its pages.

    Asked for what feeds and sitemaps list only: a page that somebody names is theirs to read.
    """
    site = _join(url, "/robots.txt")
    if not site.lower().startswith(("http://", "https://")):
        return True  # fetching it says what is wrong
    if site not in rules:
        rules[site] = _rules(client, site, limits)
    found = rules[site]
    try:
        return found is None or found.can_fetch(AGENT, url)
    except ValueError:
        return True  # no address: likewise


def _rules(client: "httpx.Client", address: str, limits: Limits) -> RobotFileParser | None:
    import httpx

    few = replace(limits, max_bytes=ROBOTS_BYTES)
    try:
        with client.stream("GET", address) as response:
            # Without the file all is allowed. A server in trouble may have one: it is left alone.
            if not response.is_success and not response.is_server_error:
                return None
            data = b"" if response.is_server_error else _read(response, address, few)
            refused = response.is_server_error
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError, LoadError):
        return None  # the page itself will say what is wrong with the site
    rules = RobotFileParser()
    text = "User-agent: *\nDisallow: /" if refused else data.decode("utf-8", "replace")
    rules.parse(text.lstrip("\ufeff").splitlines())
    return rules


# -- feeds and sitemaps ----------------------------------------------------------------------------


def _links(
    client: "httpx.Client", feed: Raw, limits: Limits, depth: int
) -> Iterator[str | LoadError]:
    """The address of each entry, once; sitemaps that an index names are fetched when reached."""
    try:
        nested, links = _parse(feed)
        if nested and not depth:
            raise LoadError(feed.source, f"is a sitemap index more than {MAX_DEPTH} levels deep")
    except LoadError as error:
        yield error
        return
    seen: set[str] = set()
    for number, link in enumerate(links, 1):
        if not link:
            yield LoadError(f"{feed.source}#{number}", "is an entry without a link")
        elif link in seen:
            continue
        elif not nested:
            yield link
        else:
            try:
                page = _fetch(client, link, limits)
            except LoadError as error:
                yield error
            else:
                yield from _links(client, page.raw, limits, depth - 1)
        seen.add(link)


def _parse(feed: Raw) -> tuple[bool, list[str]]:
    """Whether the links are of further sitemaps, and the links; "" for an entry without one."""
    from lxml import etree  # type: ignore[import-untyped]  # ships no types

    # trafilatura's own feed functions sort the links, drop those to other hosts and trim the rest.
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=True)
    try:
        root = etree.fromstring(feed.data, parser)
    except (etree.XMLSyntaxError, ValueError):
        root = None
    # Not etree.QName: a prefix that nobody declared is a part of the tag, which it then refuses.
    name = "" if root is None else re.split("[}:]", root.tag)[-1]
    if name in ("urlset", "sitemapindex"):
        links = [element.text or "" for element in root.xpath("*/*[local-name()='loc']")]
    elif name in ("rss", "RDF", "feed"):
        entries = root.xpath("//*[local-name()='item' or local-name()='entry']")
        links = [_entry_link(entry) for entry in entries]
    else:
        found = f"XML with the root element <{name}>" if name else "broken XML"
        raise LoadError(feed.source, f"is {found}: an RSS or Atom feed or a sitemap is wanted")
    base = feed.url
    return name == "sitemapindex", [link and _join(base, link.strip()) for link in links]


def _entry_link(entry: Any) -> str:
    for link in entry.xpath("*[local-name()='link']"):
        address = link.get("href") or link.text or ""
        if link.get("rel", "alternate") == "alternate" and address.strip():
            return str(address)
    identity = entry.xpath("string(*[local-name()='guid'][not(@isPermaLink='false')])").strip()
    return str(identity) if identity.startswith("http") else ""


def _join(base: str, link: str) -> str:
    try:
        return urljoin(base, link)
    except ValueError:
        return link  # such as "http://[": fetching it says what is wrong


# -- http ------------------------------------------------------------------------------------------


def _client(limits: Limits) -> "httpx.Client":
    import httpx

    from index.public import PublicTransport

    return httpx.Client(
        transport=None if limits.private else PublicTransport(),
        follow_redirects=True,
        max_redirects=MAX_REDIRECTS,
        timeout=limits.timeout_s,
        # Other encodings than gzip can unpack one chunk to gigabytes.
        headers={"User-Agent": f"{AGENT}/{release()}", "Accept-Encoding": "gzip"},
    )


def _fetch(client: "httpx.Client", url: str, limits: Limits) -> _Page:
    """Get one page.

    Raises:
        LoadError: no such page, no answer, too large, or of a type that cannot be read.
    """
    import httpx

    from index.public import PrivateAddress

    source = url.strip()
    try:
        address = httpx.URL(source)
        if address.scheme not in ("http", "https") or not address.host:
            reason = "is no web address: it has to begin with http:// or https://"
            raise LoadError(source, reason)
        # A fragment is a place in the page, not another page.
        source = str(address.copy_with(fragment=None))
        with client.stream("GET", source) as response:
            suffix, packed = _check(response, source, limits)
            data = _read(response, source, limits)
    except httpx.TimeoutException as error:
        raise _timed_out(source, limits) from error
    except httpx.TooManyRedirects as error:
        reason = f"redirects more than {MAX_REDIRECTS} times: it may want cookies or a login"
        raise LoadError(source, reason) from error
    except (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError) as error:
        raise LoadError(url, f"is no web address that can be read: {error}") from error
    except PrivateAddress as error:
        reason = (
            f"leads to {error}, an address of this machine or its network, which is not read; "
            "`whosaid add --private` allows it"
        )
        raise LoadError(source, reason) from error
    except httpx.HTTPError as error:
        reason = f"cannot be reached ({error}): check the address and the connection"
        raise LoadError(source, reason) from error
    if packed:
        data = read_limited(gzip.GzipFile(fileobj=BytesIO(data)), source, limits)
    if suffix in (".html", ".txt", FEED):
        # Feeds come as any kind of text, and XHTML as XML.
        is_feed = _FEED_ROOT.match(data[:4096]) is not None
        suffix = FEED if is_feed else ".html" if suffix == FEED else suffix
    final = str(response.url.copy_with(fragment=None))
    return _Page(Raw(data, source, final, response.charset_encoding or ""), suffix)


def _check(response: "httpx.Response", source: str, limits: Limits) -> tuple[str, bool]:
    """Before anything is downloaded: the file type, and whether it is packed."""
    if not response.is_success:
        status = response.status_code
        answer = f"the server answered {status} {response.reason_phrase}".rstrip()
        raise LoadError(source, answer + _ADVICE.get(status, ": try again later"))
    content_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    path, packed = split_suffix(response.url.path)
    packed = packed and content_type in _PACKED | _UNKNOWN
    suffix = path if packed or content_type in _UNKNOWN else _TYPES.get(content_type, "")
    if content_type == "text/plain" and path in (".md", ".markdown"):
        suffix = path
    if suffix != FEED and suffix not in READERS:
        found = content_type or "data of unknown type"
        reason = f"is {found}: a web page, PDF, Word, text or feed is wanted"
        raise LoadError(source, reason)
    if response.headers.get("content-encoding", "identity").lower() not in ("identity", "gzip"):
        raise LoadError(source, "comes in a packing that was not asked for: save it as a file")
    length = response.headers.get("content-length", "")
    if length.isdigit() and int(length) > limits.max_bytes:
        raise too_large(source, limits)
    return suffix, packed


def _read(response: "httpx.Response", source: str, limits: Limits) -> bytes:
    deadline = time.monotonic() + limits.timeout_s
    data = bytearray()
    for chunk in response.iter_bytes():
        data += chunk
        if len(data) > limits.max_bytes:
            raise too_large(source, limits)
        # httpx limits the wait for each piece: a server that trickles could hold us for ever.
        if time.monotonic() > deadline:
            raise _timed_out(source, limits)
    return bytes(data)


def _timed_out(source: str, limits: Limits) -> LoadError:
    return LoadError(source, f"did not arrive within {limits.timeout_s:g} seconds: try again later")
