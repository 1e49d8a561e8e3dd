"""ECG beats whose R peaks are known: waves, intervals, ST, shapes, rhythm."""

from __future__ import annotations
