"""Pictures and pages of a view that need neither a kernel nor a browser."""
