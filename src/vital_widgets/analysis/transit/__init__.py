"""Pulse arrival and pulse transit times."""

from __future__ import annotations
