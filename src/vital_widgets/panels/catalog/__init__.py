"""The panels of the package, a module each."""
