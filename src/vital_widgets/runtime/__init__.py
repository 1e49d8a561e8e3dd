"""Background tasks, files read in place, memory and cache bounds."""
