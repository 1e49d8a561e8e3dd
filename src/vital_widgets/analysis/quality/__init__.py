"""How far a signal can be trusted, window by window, and why."""
