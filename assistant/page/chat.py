"""The chat page: how it is laid out in Gradio, and served beside the API.

Gradio is used here and in `sections` only. All that it shows is HTML made elsewhere, which
escapes what articles, questions and answers hold; Gradio's own Markdown never sees them.
"""

import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from assistant.page.gradio import gr
from assistant.page.handlers import NAME, NO_EVIDENCE_YET, Page
from assistant.page.sections import (
    DisputeList,
    Filters,
    LibraryList,
    SaidList,
    Talk,
    asset,
    html_part,
    on,
    then,
)

if TYPE_CHECKING:
    from assistant.pipeline import Assistant
    from assistant.server.serving import Server

SANS = ["system-ui", "Segoe UI", "Roboto", "Noto Sans", "Helvetica", "Arial", "sans-serif"]
DAY = 24 * 60 * 60  # seconds: how often uploads are looked through, and how old they may be
UPLOAD = "50mb"  # of one file


def launch(
    assistant: "Assistant",
    host: str,
    port: int,
    open_browser: bool = False,
    auth: tuple[str, str] | None = None,
    token: str = "",
    rate: float = 0,
) -> "Server":
    """Serve the page and the API in the background; `close()` of what is returned ends it.

    Args:
        auth: name and password that the page asks for.
        token: what callers of the API have to send as a bearer token. Where there is a password
            and no token, the API answers nobody.
        rate: requests a minute that each client may make; 0 for any number.

    Raises:
        WhosaidError: the address cannot be listened on, or is open to others without `auth` and
            `token`.
    """
    from assistant.server.api import api
    from assistant.server.serving import hosts_for, listen, refuse_exposed

    refuse_exposed(host, token, auth[0] if auth else "")
    token = token or (secrets.token_urlsafe() if auth else "")
    served = api(assistant, token, hosts_for(host), rate=rate)
    app = gr.mount_gradio_app(
        served,
        build(assistant, served.state.desk.meter.asked),
        path="/",
        server_name=host,
        server_port=port,
        auth=auth,
        auth_message="Whosaid: this library is protected.",
        max_file_size=UPLOAD,
        show_error=False,
        ssr_mode=False,
        footer_links=[],
        run_history=False,
        enable_monitoring=False,
        theme=gr.themes.Default(
            primary_hue="red", neutral_hue="stone", font=SANS, font_mono=["monospace"]
        ).set(
            button_primary_background_fill="#9b1c1c",
            button_primary_background_fill_hover="#7f1717",
            button_primary_background_fill_dark="#b3332f",
            button_primary_background_fill_hover_dark="#9b1c1c",
        ),
        css=asset("page.css"),
    )
    server = listen(app, host, port)
    if open_browser:
        import webbrowser

        webbrowser.open(server.url)
    return server


def build(assistant: "Assistant", asked: Callable[[str], None]) -> gr.Blocks:
    """The page on an open assistant; `asked` is told what became of each question."""
    page = Page(assistant, asked)
    blocks = gr.Blocks(
        title=NAME, analytics_enabled=False, fill_width=True, delete_cache=(DAY, DAY)
    )
    with blocks:
        header = html_part("header")
        with gr.Row(elem_id="panes"):
            with gr.Column(scale=6, min_width=320, elem_id="desk"):
                filters = Filters()
                with gr.Tabs(elem_id="sections"):
                    with gr.Tab("Ask"):
                        talk = Talk(page, filters)
                    with gr.Tab("Who said what") as said_tab:
                        said = SaidList(page, filters)
                    with gr.Tab("Disputes") as disputes_tab:
                        disputes = DisputeList(page, filters)
                    with gr.Tab("Library") as library_tab:
                        library = LibraryList(page)
            with gr.Column(scale=5, min_width=320, elem_id="beside"):
                evidence = html_part("evidence", NO_EVIDENCE_YET, script="evidence.js")

        def refresh() -> tuple[str, Any]:
            return page.header(), gr.Dropdown(choices=page.library.publishers())

        def opened(event: gr.EventData) -> str:
            return page.article(str(event.article), int(event.start), int(event.end))

        talk.wire(evidence, blocks)
        said.wire(said_tab)
        disputes.wire(disputes_tab)
        on([said.list.click, disputes.list.click, library.list.click], opened, None, evidence)
        shell = [header, filters.publishers]
        on([blocks.load], refresh, None, shell)
        for changed in library.wire(library_tab):
            then(changed, refresh, None, shell)
    return blocks
