"""Structure-aware fuzzing of the readers; `make fuzz` runs it, CONTRIBUTING.md says how."""

from __future__ import annotations
