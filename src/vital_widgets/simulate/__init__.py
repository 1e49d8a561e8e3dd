"""Made signals whose truth is known, and the demo recording."""
