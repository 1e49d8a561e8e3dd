"""How long a task still takes, from how fast it went lately."""

from __future__ import annotations

FIRST_S = 2.0  # without an estimate, since the first report
LEAST = 0.005  # of the work, done since then
STEP = 1e-6  # of the work; less is as nothing
MOST = 64  # reports that are kept, spread over the whole time


class Pace:
    """The share of the work that is done over time.

    What was done before the first report, such as of a build that goes on, took no time that is
    known, so it does not count. The speed is that of the last third of the time; when nothing was
    done then, that of the whole time.
    """

    def __init__(self) -> None:
        self._reports: list[tuple[float, float]] = []
        self._apart = 0.0  # seconds between reports that are kept
        self._latest = 0.0

    def report(self, share: float, now: float) -> None:
        """Note that a share of the work is done at ``now`` seconds."""
        reports = self._reports
        if not reports or (share > self._latest and now - reports[-1][0] >= self._apart):
            reports.append((now, share))
        self._latest = share
        if len(reports) > MOST:
            self._reports = reports[::2]
            self._apart = 2 * (reports[-1][0] - reports[0][0]) / MOST

    def remaining(self, now: float) -> float | None:
        """Return the seconds left at ``now``; None if too little is done to tell."""
        if not self._reports:
            return None
        began, first = self._reports[0]
        if now - began < FIRST_S or self._latest - first < LEAST:
            return None
        lately = now - (now - began) / 3
        since, share = next(one for one in reversed(self._reports) if one[0] <= lately)
        if self._latest - share < STEP:
            since, share = began, first
        return (1 - self._latest) * (now - since) / (self._latest - share)
