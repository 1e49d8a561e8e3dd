"""Statistics that merge: computed piece by piece, and updated while a recording grows."""

from __future__ import annotations
