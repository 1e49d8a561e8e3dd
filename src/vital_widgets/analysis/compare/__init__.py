"""Comparison of beats, measurements, channels and clocks."""
