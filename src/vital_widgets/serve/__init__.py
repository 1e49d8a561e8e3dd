"""Answers to the browser's requests; knows nothing of Jupyter."""
