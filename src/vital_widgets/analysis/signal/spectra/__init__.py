"""Spectra, bands, coherence, spectrograms and scalograms."""

from __future__ import annotations
