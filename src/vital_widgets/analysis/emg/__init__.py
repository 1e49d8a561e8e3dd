"""Electromyogram: envelope, onsets of activity, frequency and fatigue."""
