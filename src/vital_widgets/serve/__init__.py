"""Answers the requests of the browser; independent of Jupyter."""
