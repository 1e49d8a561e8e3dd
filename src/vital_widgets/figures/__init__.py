"""Plotly figures: their front end saved once per notebook, their data read as the screen needs."""

from __future__ import annotations
