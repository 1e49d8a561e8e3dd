"""What tests wait with: nothing here depends on how fast the machine is."""

from __future__ import annotations

import time
from collections.abc import Callable


def until(condition: Callable[[], object]) -> bool:
    """Wait until something is so; a test in which it never is ends by the limit of all tests."""
    while not condition():
        time.sleep(0.005)
    return True


class Clock:
    """In place of the module ``time``: each look at it takes a millisecond."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        self.now += 0.001
        return self.now
