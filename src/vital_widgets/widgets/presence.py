"""A widget without a picture that tells whether a page shows what contains it."""

from __future__ import annotations

from typing import Any

import traitlets
from ipywidgets import Layout, widget_serialization

from vital_widgets.runtime.staticfiles import static_text
from vital_widgets.widgets.frontend import Frontend, frontend
from vital_widgets.widgets.keptpicture import PictureKeeper


class Presence(PictureKeeper):
    """A child that reports the views of a container of ipywidgets, which does not itself."""

    _esm = traitlets.Unicode().tag(sync=True)
    _kind = traitlets.Unicode("presence").tag(sync=True)
    _frontend = traitlets.Instance(Frontend).tag(sync=True, **widget_serialization)

    def __init__(self, **kwargs: Any) -> None:
        layout = Layout(display="none")
        super().__init__(
            _esm=static_text("loader.js"), _frontend=frontend(), layout=layout, **kwargs
        )
