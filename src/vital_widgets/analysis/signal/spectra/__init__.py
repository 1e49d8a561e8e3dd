"""Power over frequency: spectra, bands, coherence, spectrograms, scalograms."""

from __future__ import annotations
