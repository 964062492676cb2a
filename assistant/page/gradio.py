"""Gradio, imported in half the time: `from assistant.page.gradio import gr`.

While it is imported it looks for the source of each of its components, to write type stubs into its
own folder, which takes as long as all the rest. A component of which there is no source it leaves
alone (`gradio.component_meta.create_or_modify_pyi`), and that is what it is told meanwhile.
"""

import inspect
from unittest.mock import patch

with patch.object(inspect, "getfile", side_effect=OSError("not now")):
    import gradio as gr

__all__ = ["gr"]
