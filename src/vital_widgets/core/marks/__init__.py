"""The annotations of a recording as a document of operations: create, change, delete, undo."""
