"""Recordings, channels, their samples and their times; no formats, no widgets."""
