"""Respiration: breaths, events and rates, from respiration channels, ECG and PPG."""

from __future__ import annotations
