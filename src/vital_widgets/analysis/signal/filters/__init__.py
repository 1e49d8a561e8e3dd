"""Filters and clean-up: designs, zero phase and causal filtering, baseline, noise, artefacts."""
