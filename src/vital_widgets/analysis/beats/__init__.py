"""Beats and intervals, whatever signal they were found in."""
