"""Spindles and slow waves against the known ones of simulated nights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tables import Table

from vital_widgets import analysis
from vital_widgets.simulate.sleep_night import sleep_night

if TYPE_CHECKING:
    import numpy as np

    from vital_widgets import Annotations
    from vital_widgets.analysis import SleepEvents

HOURS, SEEDS = 3.0, (0, 1)


def overlap(marks: Annotations, found: SleepEvents) -> np.ndarray:
    """Which marks (rows) overlap which events (columns)."""
    begin, end = marks.onset[:, None], (marks.onset + marks.duration)[:, None]
    return (begin < found.end) & (end > found.onset)


def tables() -> list[Table]:
    """Spindles with and without a hypnogram, and K-complexes among slow waves."""
    rows = []
    for seed in SEEDS:
        night = sleep_night(HOURS, seed=seed)
        channel, stages = night.recording["C3-M2"], night.stages
        for what, kind, hypnogram, marks in (
            ("spindles, with the hypnogram", "spindles", stages, night.spindles),
            ("spindles, without it", "spindles", None, night.spindles),
            ("K-complexes among slow waves", "slow_waves", stages, night.k_complexes),
        ):
            found = analysis.sleep_events(channel, kind=kind, hypnogram=hypnogram)
            hits = overlap(marks, found)
            true = f"{hits.any(axis=0).mean():.1%}" if kind == "spindles" else ""
            share = f"{hits.any(axis=1).mean():.1%}"
            rows.append((what, f"{seed}", f"{len(marks)}", share, f"{len(found)}", true))
    text = (
        f"Channel C3-M2 of simulated nights of {HOURS:g} h; an event is found if one of YASA "
        "overlaps with it. Nothing was tuned. Slow waves are not only K-complexes, so there is no "
        "share of true ones. These are figures of a simulation: they say nothing about the "
        "agreement with experts."
    )
    header = ("what", "seed", "made", "of these found", "suggested", "of these true")
    return [Table("Spindles and slow waves", text, header, rows)]
