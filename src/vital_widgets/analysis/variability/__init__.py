"""Heart rate variability in the time and frequency domain, under named conventions."""
