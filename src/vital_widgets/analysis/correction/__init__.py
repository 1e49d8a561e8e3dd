"""Beats that are not what they seem: classified, corrected, and the decision kept."""
