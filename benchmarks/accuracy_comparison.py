"""Clock drift and delays against known ones."""

from __future__ import annotations

import numpy as np
from tables import Table

from vital_widgets import analysis
from vital_widgets.simulate.sample_recording import sample_truth

HOURS = 24
JITTER = 0.008  # s, of detected pulses
DRIFTS = ((0.0, 0.0), (20.0, 12.5), (-80.0, -33.0), (500.0, 4.0))


def tables() -> list[Table]:
    """Clock drift from the beats of the synthetic day."""
    truth = sample_truth(HOURS * 3600.0)
    beats = truth.r_peaks
    rows = []
    for ppm, offset in DRIFTS:
        rng = np.random.default_rng(1)
        seen = np.sort(
            truth.pulse_onsets * (1 + ppm * 1e-6) + offset + rng.normal(0, JITTER, len(beats))
        )
        kept = seen[rng.random(len(seen)) > 0.02]
        kept = kept[np.concatenate([[True], np.diff(kept) > 0.2])]
        drift = analysis.clock_drift(beats, kept)
        t = np.linspace(600, HOURS * 3600 - 600, 500)
        error = drift.to_reference(t * (1 + ppm * 1e-6) + offset) - t
        rows.append(
            (
                f"{ppm:g} ppm, {offset:g} s",
                f"{drift.ppm - ppm:+.2f} ppm",
                f"{1000 * np.ptp(error):.1f} ms",
                f"{1000 * np.median(error):.0f} ms",
                f"{len(drift.anchor_times)} of {drift.n_windows}",
            )
        )
    text = (
        f"R peaks and pulse onsets of the synthetic recording of {HOURS} h (ectopic beats, "
        f"activity, a gap), the pulses put on a clock that runs wrong, with {JITTER * 1000:g} ms "
        "of jitter and 2 % of the pulses missing. The constant error is the pulse arrival time, "
        "which no one can tell from a clock's offset."
    )
    header = ("clock", "error of the drift", "change of the error over 24 h", "constant error",
              "windows matched")  # fmt: skip
    return [Table("Clock drift from beats", text, header, rows)]
