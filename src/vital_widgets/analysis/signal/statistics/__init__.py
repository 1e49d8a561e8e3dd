"""Statistics of a signal, computed in parts that are merged."""

from __future__ import annotations
