"""Minima and maxima of every stretch at every zoom, on bins fixed to sample 0."""
