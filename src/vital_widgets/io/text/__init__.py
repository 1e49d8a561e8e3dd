"""CSV and other text."""
