"""Waves and windows in the time domain: crossings, envelopes, averages, trends, changes."""

from __future__ import annotations
