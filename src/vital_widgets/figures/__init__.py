"""Plotly figures: their front end saved once per notebook, their data read as the screen needs."""

from __future__ import annotations

from vital_widgets.runtime.deferred import defer

# Plotly imports it for files of notebooks, which it then hardly ever writes. That takes longer than
# all of Plotly: it builds the grammar of each format that a JSON schema may name.
defer("nbformat")
