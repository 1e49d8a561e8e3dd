"""Heart rate variability: correction of beats, measures, non-linear measures, conventions."""
