"""Breaths of a respiration signal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.engine.result import Result, quantity
from vital_widgets.core.annotations import Annotations

if TYPE_CHECKING:
    from numpy.typing import NDArray


COLUMNS = (
    "onset", "end_inspiration", "end_expiration", "end", "inspiratory_time", "expiratory_time",
    "pause", "total_time", "ie_ratio", "duty_cycle", "rate", "amplitude", "stretch",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, eq=False)
class Breaths(
    Result,
    given=("onset", "end_inspiration", "end_expiration", "end", "fs"),
    columns={name: name for name in COLUMNS},
):
    """Breaths, each from the start of an inspiration to the start of the next.

    Attributes
    ----------
    onset : ndarray of float64, shape (n,)
        Start of inspiration, in seconds from the start of the recording (of an array: from its
        first sample), increasing.
    end_inspiration : ndarray of float64, shape (n,)
        End of inspiration, s.
    end_expiration : ndarray of float64, shape (n,)
        End of expiration, s: the start of the expiratory pause where there is one, else ``end``.
    end : ndarray of float64, shape (n,)
        Start of the next inspiration, s.
    amplitude : ndarray of float64, shape (n,)
        Level at the end of inspiration above that at the onset, in the units of the signal.
    stretch : ndarray of int64, shape (n,)
        Number of the uninterrupted series of each breath: breath ``i + 1`` begins where breath
        ``i`` ends if and only if their numbers are equal.
    fs : float
        Sampling rate in Hz.
    method : str
        The detector.
    units : str
        Units of the signal; '' if unknown.
    """

    onset: NDArray[np.float64]
    end_inspiration: NDArray[np.float64]
    end_expiration: NDArray[np.float64]
    end: NDArray[np.float64]
    amplitude: NDArray[np.float64]
    stretch: NDArray[np.int64]
    fs: float
    method: str = ""
    units: str = ""

    def __len__(self) -> int:
        """Return the number of breaths."""
        return len(self.onset)

    @property
    def inspiratory_time(self) -> NDArray[np.float64]:
        """Onset to end of inspiration, s."""
        return self.end_inspiration - self.onset

    @property
    def expiratory_time(self) -> NDArray[np.float64]:
        """End of inspiration to the next onset, s; includes a pause."""
        return self.end - self.end_inspiration

    @property
    def pause(self) -> NDArray[np.float64]:
        """End of expiration to the next onset, s; 0 where there is no pause."""
        return self.end - self.end_expiration

    @property
    def total_time(self) -> NDArray[np.float64]:
        """Onset to onset, s."""
        return self.end - self.onset

    @property
    def rate(self) -> NDArray[np.float64]:
        """Instantaneous rate, breaths/min."""
        return 60 / self.total_time

    @property
    def ie_ratio(self) -> NDArray[np.float64]:
        """Inspiratory over expiratory time; 0.5 is written 1:2."""
        return self.inspiratory_time / self.expiratory_time

    @property
    def duty_cycle(self) -> NDArray[np.float64]:
        """Inspiratory over total time."""
        return self.inspiratory_time / self.total_time

    def annotations(self, text: str = "breath", channel: str = "") -> Annotations:
        """Return each breath as a stretch of time."""
        n = len(self)
        return Annotations(self.onset, [text] * n, self.total_time, [channel] * n)

    def facts(self) -> list[tuple[str, str]]:
        """Return the number of breaths and the medians."""

        def middle(x: NDArray[np.float64]) -> float:
            return float(np.median(x)) if len(x) else float("nan")

        return [
            ("breaths", f"{len(self):,}"),
            ("detector", self.method),
            ("rate, median", quantity(middle(self.rate), "breaths/min")),
            ("inspiratory time, median", quantity(middle(self.inspiratory_time), "s")),
            ("I:E, median", quantity(middle(self.ie_ratio), "", 3)),
            ("amplitude, median", quantity(middle(self.amplitude), self.units)),
        ]
