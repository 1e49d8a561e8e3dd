"""Pulses of a photoplethysmogram: peaks, points and figures of each pulse, oximetry."""

from __future__ import annotations
