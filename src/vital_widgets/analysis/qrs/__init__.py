"""R peaks of an ECG: detectors from the literature and the default one, and their polarity."""
