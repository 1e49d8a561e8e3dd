"""R peaks: detectors from the literature and the default one, and their polarity."""
