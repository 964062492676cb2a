"""Pages, feeds and sitemaps from a real HTTP server on this machine."""

import gzip
import socket
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

import pytest
from fpdf import FPDF

from index.article import Article
from index.errors import LoadError
from index.load import Limits, load
from index.public import PrivateAddress, is_public

PRIVATE = Limits(private=True)  # the site of these tests is on this machine
FIRST = (
    "The bridge over the harbour was closed on Tuesday, the council said in a statement to the "
    "people of Wharfington. Mayor Alan Pike said that the closure would last three weeks at most."
)


def page(title: str, head: str = "") -> bytes:
    return (
        f"<!doctype html><html><head><title>{title}</title>{head}</head><body><article>"
        f"<h1>{title}</h1><p>{FIRST}</p><p>{title}, said everybody.</p></article></body></html>"
    ).encode()


class Site:
    """A web site as a dictionary: path -> (status, headers, body)."""

    def __init__(self) -> None:
        self.pages: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self.asked: list[str] = []
        self.agents: set[str] = set()
        self.closing = Event()
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.asked.append(self.path)
                site.agents.add(self.headers["User-Agent"])
                default = (404, {"Content-Type": "text/html"}, page("Not found"))
                status, headers, body = site.pages.get(self.path, default)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                for begin in range(0, len(body), 50_000) if "X-Drip" not in headers else body:
                    if "X-Drip" in headers:
                        site.closing.wait(0.1)
                        self.wfile.write(b"x")
                    else:
                        self.wfile.write(body[begin : begin + 50_000])

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.root = f"http://127.0.0.1:{self.server.server_port}"
        Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def put(self, path: str, body: bytes, kind: str = "text/html", **headers: str) -> str:
        self.pages[path] = (200, {"Content-Type": kind} | headers, body)
        return self.root + path

    def close(self) -> None:
        self.closing.set()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with closing(Site()) as opened:
        yield opened


def one(url: str) -> Article:
    (item,) = load(url, limits=PRIVATE)
    assert isinstance(item, Article), item
    return item


def failure(url: str, limits: Limits | None = None) -> str:
    (item,) = load(url, limits=limits or PRIVATE)
    assert isinstance(item, LoadError), item
    return item.reason


def summary(items: Iterator[Article | LoadError], root: str) -> list[str]:
    """The path of each item's source, "!" before that of a failure."""
    return ["!" * isinstance(i, LoadError) + i.source.removeprefix(root) for i in items]


# -- pages -----------------------------------------------------------------------------------------


def test_a_page_becomes_an_article(site: Site) -> None:
    site.put("/bridge?id=1", page("Bridge closes"))
    article = one(f"  {site.root.replace('http', 'HTTP')}/bridge?id=1#comments ")
    assert article.source == article.url == f"{site.root}/bridge?id=1"
    assert article.title == "Bridge closes"
    assert article.text.endswith(f"{FIRST}\n\nBridge closes, said everybody.")
    assert all(agent.startswith("whosaid/") for agent in site.agents)


def test_the_address_a_page_gives_itself_counts_on_its_own_host_only(site: Site) -> None:
    own = f'<link rel="canonical" href="{site.root}/bridge">'
    assert one(site.put("/b?from=feed", page("Bridge", own))).url == f"{site.root}/bridge"
    foreign = '<link rel="canonical" href="https://bank.example/login">'
    assert one(site.put("/evil", page("Bridge", foreign))).url == f"{site.root}/evil"


def test_redirects_are_followed_and_loops_are_not(site: Site) -> None:
    site.put("/new", page("Bridge closes"))
    site.pages["/old"] = (301, {"Location": "/new"}, b"")
    article = one(f"{site.root}/old")
    assert (article.source, article.url) == (f"{site.root}/old", f"{site.root}/new")
    site.pages["/loop"] = (302, {"Location": "/loop"}, b"")
    assert "redirects more than 5 times" in failure(f"{site.root}/loop")
    site.pages["/out"] = (302, {"Location": "ftp://127.0.0.1/x"}, b"")
    assert "web address" in failure(f"{site.root}/out")
    site.pages["/bad"] = (302, {"Location": "http://[::1"}, b"")
    assert failure(f"{site.root}/bad")


def test_the_content_type_decides(site: Site) -> None:
    assert one(site.put("/a", b"Headline\n\nText.", "text/plain; charset=utf-8")).text
    assert one(site.put("/a.md", b"# Head\n\n*Text*.", "text/plain")).text == "Head\n\nText."
    assert one(site.put("/b.txt", b"Headline\n\nText.", "application/octet-stream")).text
    latin = page("Caf\u00e9").decode().encode("cp1252")
    assert one(site.put("/c", latin, "text/html; charset=ISO-8859-1")).title == "Café"
    assert one(site.put("/d", page("Bridge"), "application/xhtml+xml")).title == "Bridge"
    assert one(site.put("/e", page("Bridge"), "text/xml")).title == "Bridge"
    assert one(site.put("/f.txt.gz", gzip.compress(b"Text."), "application/gzip")).text == "Text."
    packed = {"Content-Encoding": "gzip"}
    assert one(site.put("/g", gzip.compress(page("Bridge")), **packed)).title == "Bridge"
    document = FPDF()
    document.add_page()
    document.set_font("Helvetica")
    document.multi_cell(0, 6, FIRST)
    article = one(site.put("/h", bytes(document.output()), "application/pdf"))
    assert article.text == FIRST
    assert article.url == article.source == f"{site.root}/h"


@pytest.mark.parametrize(
    ("kind", "headers", "reason"),
    [
        ("image/png", {}, "is image/png: a web page"),
        ("application/octet-stream", {}, "a web page, PDF"),
        ("", {}, "unknown type"),
        ("text/html", {"Content-Encoding": "br"}, "not asked for"),
        ("text/html", {"Content-Encoding": "gzip"}, "cannot be reached"),
        ("text/html", {"Content-Length": "50000000"}, "larger than 20 MB"),
        ("text/html", {"Content-Length": "9000"}, "cannot be reached"),
    ],
)
def test_wrong_types_and_broken_answers(
    site: Site, kind: str, headers: dict[str, str], reason: str
) -> None:
    assert reason in failure(site.put("/x", b"\x89PNG" * 200, kind, **headers))


@pytest.mark.parametrize(
    ("status", "advice"),
    [(401, "login"), (403, "save the page"), (404, "check the address"), (500, "later")],
)
def test_refusals_of_the_server_are_passed_on(site: Site, status: int, advice: str) -> None:
    site.pages["/x"] = (status, {"Content-Type": "text/html"}, page("Sorry"))
    reason = failure(f"{site.root}/x")
    assert str(status) in reason
    assert advice in reason


def test_a_page_that_is_no_article(site: Site) -> None:
    body = b"<!doctype html><html><body><nav>Home</nav><p>Nothing here.</p></body></html>"
    assert "no article" in failure(site.put("/", body))


def test_downloads_stop_at_the_limit(site: Site) -> None:
    limits = Limits(max_bytes=1000, private=True)
    assert "larger than" in failure(site.put("/x", b"word " * 1_000_000), limits)
    bomb = gzip.compress(b"word " * 1_000_000)
    url = site.put("/y", bomb, **{"Content-Encoding": "gzip"})
    assert "larger than" in failure(url, Limits(max_bytes=100_000, private=True))
    url = site.put("/z.txt.gz", bomb, "application/gzip")
    assert "larger than" in failure(url, Limits(max_bytes=100_000, private=True))
    assert "broken" in failure(site.put("/z.txt.gz", b"not gzip", "application/gzip"))


def test_servers_that_trickle_or_keep_silent_are_given_up(site: Site) -> None:
    site.put("/drip", bytes(100), **{"X-Drip": "yes"})
    reason = failure(f"{site.root}/drip", Limits(timeout_s=0.25, private=True))
    assert "did not arrive within 0.25 seconds" in reason
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        assert "did not arrive" in failure(url, Limits(timeout_s=0.2, private=True))


def test_servers_that_are_not_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert "cannot be reached" in failure(f"http://127.0.0.1:{port}/x")
    assert "cannot be reached" in failure("http://no-such-host.invalid/x")


@pytest.mark.parametrize(
    "url",
    ["ftp://example.com/x", "file:///etc/passwd", "http://", "http://[::1", "http://a..b/"]
    + ["http://exa mple\x00/"],
)
def test_addresses_that_are_none(url: str) -> None:
    assert "web address" in failure(url)


# -- feeds and sitemaps ----------------------------------------------------------------------------


def rss(*items: str) -> bytes:
    entries = "".join(f"<item><title>x</title>{item}</item>" for item in items)
    return (
        '<?xml version="1.0"?><rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel>'
        '<link>http://127.0.0.1:1/</link><atom:link rel="self" href="http://127.0.0.1:1/feed"/>'
        f"{entries}</channel></rss>"
    ).encode()


def test_each_entry_of_a_feed_is_fetched_and_failures_stay_single(site: Site) -> None:
    for name in ("one", "two", "three"):
        site.put(f"/{name}", page(name))
    site.put("/picture", b"\x89PNG", "image/png")
    items = [
        f"<link>{site.root}/one</link>",
        "<link>\n  /two  </link>",
        f"<link>{site.root}/gone</link>",
        f"<link>{site.root}/one</link>",
        "<description>no link</description>",
        '<guid isPermaLink="false">tag:x</guid>',
        f"<guid>{site.root}/three</guid>",
        "<link>mailto:jo@wharf.example</link>",
        "<link>http://[</link>",
        f"<link>{site.root}/picture</link>",
        f"<link>{site.root}/feed</link>",
    ]
    url = site.put("/feed", rss(*items), "application/rss+xml")
    assert summary(load(url, limits=PRIVATE), site.root) == [
        "/one",
        "/two",
        "!/gone",
        "!/feed#5",
        "!/feed#6",
        "/three",
        "!mailto:jo@wharf.example",
        "!http://%5b",
        "!/picture",
        "!/feed",
    ]


def test_atom_and_rdf_feeds_whatever_their_content_type(site: Site) -> None:
    site.put("/one", page("one"))
    atom = (
        '<?xml version="1.0"?><!-- x --><feed xmlns="http://www.w3.org/2005/Atom">'
        '<link href="/"/><entry><link rel="replies" href="/no"/><link href="/one"/></entry></feed>'
    )
    rdf = (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        'xmlns="http://purl.org/rss/1.0/"><item><link>/one</link></item></rdf:RDF>'
    )
    for feed in (atom, rdf):
        for kind in ("application/atom+xml", "text/html", "text/plain", "text/xml"):
            assert summary(
                load(site.put("/feed", feed.encode(), kind), limits=PRIVATE), site.root
            ) == ["/one"]


def test_entries_are_fetched_as_they_are_asked_for(site: Site) -> None:
    site.put("/one", page("one"))
    url = site.put("/feed", rss("<link>/one</link>", "<link>/two</link>"), "text/xml")
    next(load(url, limits=PRIVATE))
    assert site.asked == ["/feed", "/robots.txt", "/one"]


def test_robots_txt_counts_for_what_a_feed_lists(site: Site) -> None:
    feed = site.put(
        "/feed", rss("<link>/a</link>", "<link>/no/b</link>", "<link>http://[/</link>"), "text/xml"
    )
    for name in ("/a", "/no/b"):
        site.put(name, page(name))
    site.put("/robots.txt", b"User-agent: whosaid\nDisallow: /no/\n", "text/plain")
    found = list(load(feed, limits=PRIVATE))
    assert summary(iter(found), site.root) == ["/a", "!/no/b", "!http://%5b/"]
    assert isinstance(found[1], LoadError)
    assert "robots.txt" in found[1].reason
    assert site.asked.count("/robots.txt") == 1
    assert one(site.root + "/no/b").title  # who names a page reads it as with a browser


@pytest.mark.parametrize(
    ("status", "body", "read"), [(404, b"", 1), (500, b"", 0), (200, b"\xff\0" * 99, 1)]
)
def test_a_robots_txt_that_is_none(site: Site, status: int, body: bytes, read: int) -> None:
    feed = site.put("/feed", rss("<link>/a</link>"), "text/xml")
    site.put("/a", page("a"))
    site.pages["/robots.txt"] = (status, {}, body)
    (item,) = load(feed, limits=PRIVATE)
    assert isinstance(item, Article) == bool(read)


def test_feed_in_a_file(site: Site, tmp_path: Path) -> None:
    site.put("/one", page("one"))
    path = tmp_path / "feed.xml"
    path.write_bytes(rss(f"<link>{site.root}/one</link>", "<link>/two</link>"))
    assert summary(load(path, limits=PRIVATE), site.root) == ["/one", "!/two"]


NAMESPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


def sitemap(*paths: str, root: str = "urlset", entry: str = "url") -> bytes:
    entries = "".join(f"<{entry}><loc>{path}</loc></{entry}>" for path in paths)
    return f'<?xml version="1.0"?><{root} {NAMESPACE}>{entries}</{root}>'.encode()


def test_sitemaps_and_their_index(site: Site) -> None:
    for name in ("one", "two", "three"):
        site.put(f"/{name}", page(name))
    site.put("/a.xml", sitemap(f"{site.root}/one", f"{site.root}/two"), "application/xml")
    site.put("/b.xml.gz", gzip.compress(sitemap(f"{site.root}/three")), "application/x-gzip")
    parts = [f"{site.root}/a.xml", f"{site.root}/gone.xml", f"{site.root}/b.xml.gz"]
    index = sitemap(*parts, root="sitemapindex", entry="sitemap")
    url = site.put("/sitemap.xml", index, "text/xml")
    assert summary(load(url, limits=PRIVATE), site.root) == ["/one", "/two", "!/gone.xml", "/three"]


def test_a_sitemap_index_that_names_itself_ends(site: Site) -> None:
    index = sitemap(f"{site.root}/s.xml", root="sitemapindex", entry="sitemap")
    assert "levels deep" in failure(site.put("/s.xml", index, "text/xml"))


def test_long_feeds_are_cut_and_say_so(site: Site) -> None:
    for name in ("1", "2", "3"):
        site.put(f"/{name}", page(name))
    url = site.put(
        "/feed", rss("<link>/1</link>", "<link>/2</link>", "<link>/3</link>"), "text/xml"
    )
    found = summary(load(url, limits=Limits(max_entries=2, private=True)), site.root)
    assert found == ["/1", "/2", "!/feed"]
    assert len(list(load(url, limits=Limits(max_entries=3, private=True)))) == 3


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "broken XML"),
        (b"no XML", "broken XML"),
        (b"<note><to>you</to></note>", "root element <note>"),
        (rss(), "without entries"),
    ],
)
def test_xml_files_that_are_no_feeds(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "x.xml"
    path.write_bytes(content)
    (item,) = load(path, limits=PRIVATE)
    assert isinstance(item, LoadError)
    assert reason in item.reason


def test_entities_are_neither_expanded_nor_fetched(site: Site, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("/secret", "utf-8")
    path = tmp_path / "x.xml"
    path.write_text(
        f'<!DOCTYPE rss [<!ENTITY f SYSTEM "{secret.as_uri()}"><!ENTITY w SYSTEM "{site.root}/w">]>'
        f"<rss><channel><item><link>&f;&w;</link></item></channel></rss>",
        "utf-8",
    )
    (item,) = load(path, limits=PRIVATE)
    assert isinstance(item, LoadError)
    assert "/secret" not in item.source
    assert site.asked == []


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.9.9.9", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.0.10"),  # noqa: S104
        *("169.254.169.254", "100.64.0.1", "224.0.0.1", "255.255.255.255", "192.0.0.1"),
        *("::1", "::", "fe80::1", "fc00::1", "fec0::1", "ff02::1", "::ffff:127.0.0.1"),
        *("2002:7f00:1::", "64:ff9b::a00:1", "::ffff:169.254.169.254"),
    ],
)
def test_addresses_of_this_machine_and_its_network_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "93.184.216.34", "2606:4700::1111"])
def test_addresses_of_the_open_web_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "[::1]", "0", "2130706433", "127.1"])
def test_a_server_of_this_machine_is_not_asked(site: Site, name: str) -> None:
    site.put("/story", b"<p>Secret.</p>")
    port = site.root.rsplit(":", 1)[1]
    (item,) = load(f"http://{name}:{port}/story")
    assert isinstance(item, LoadError)
    assert "--private" in item.reason or "cannot be reached" in item.reason
    assert not site.agents


def test_a_redirect_does_not_lead_inside(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    inside = site.put("/secret", b"<p>Secret.</p>")
    outside = site.root.replace("127.0.0.1", "outside.example") + "/moved"
    site.pages["/moved"] = (302, {"Location": inside}, b"")
    asked: list[str] = []

    def resolve(host: str, port: int) -> str:
        asked.append(host)
        if host == "outside.example":
            return "127.0.0.1"  # our own server plays a public one
        raise PrivateAddress(host)

    monkeypatch.setattr("index.public.resolve", resolve)
    (item,) = load(outside)
    assert isinstance(item, LoadError)
    assert "--private" in item.reason
    assert asked == ["outside.example", "127.0.0.1"]
