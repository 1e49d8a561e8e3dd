"""Methods for any signal: filters, spectra, statistics, complexity, windows."""
