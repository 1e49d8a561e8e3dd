"""Simulated signals with known ground truth, and the demo recording."""
