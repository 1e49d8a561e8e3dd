"""The pyramid: minima and maxima of the signals in bins of several sizes."""
