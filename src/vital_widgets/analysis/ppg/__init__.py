"""Pulses of a photoplethysmogram: peaks, points, oximetry, pulse transit."""
