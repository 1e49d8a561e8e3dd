"""Waves of beats over several leads at once: of all together, and in each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.ecg.beat_places import LOWEST_FS, WHY_FS, Located
from vital_widgets.analysis.ecg.beat_rows import beat_rows
from vital_widgets.analysis.ecg.delineation import (
    COLUMNS,
    PIECE,
    Delineation,
    as_points,
    by_blocks,
    delineation_notes,
    gaps_of,
    gather,
    plan_around,
    t_end_before,
)
from vital_widgets.analysis.ecg.p_shape import BINS, p_shapes
from vital_widgets.analysis.ecg.p_t_waves import AFTER, BEFORE, find_p, find_t, without_qrs
from vital_widgets.analysis.ecg.qrs_limits import Qrs, find_qrs_together
from vital_widgets.analysis.ecg.wave_agreement import OF_P, OF_T, waves_together
from vital_widgets.analysis.engine.chunked import chunked
from vital_widgets.analysis.engine.plan import Extent, Piece, Plan, run_on_array
from vital_widgets.analysis.engine.recipe import with_recipe
from vital_widgets.analysis.engine.stretches import only_usable
from vital_widgets.analysis.engine.validity import checked_fs, checked_signal
from vital_widgets.core.timebase import TimeBase, regular
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from vital_widgets.analysis.ecg.delineation import Partial


@dataclass(frozen=True, kw_only=True, eq=False)
class LeadsDelineation(Delineation):
    """Waves of beats over several leads: all that `Delineation` has, for the leads together.

    Signs are those of the lead in which the wave is clearest, ``qrs_height`` is the largest.

    Attributes
    ----------
    leads : tuple of Delineation
        The waves in each lead, in the order the leads were given.
    """

    leads: tuple[Delineation, ...]

    def facts(self) -> list[tuple[str, str]]:
        """Return how many beats have which wave, how long it lasts, and the number of leads."""
        return [*super().facts(), ("leads", f"{len(self.leads)}")]


def plan_ecg_delineate_leads(
    fs: float,
    *,
    beats: Any,
    method: str = "wavelet",
    timebase: TimeBase | None = None,
) -> Plan[Any, LeadsDelineation]:
    """Return the plan of `ecg_delineate_leads`."""
    return plan_around(leads_of_piece, _joined, fs, beats, method, timebase, stacked=True)


@chunked(plan_ecg_delineate_leads)
@with_recipe("values", "beats")
def ecg_delineate_leads(
    values: Any, fs: float, beats: Any, *, method: str = "wavelet", usable: Any = None
) -> LeadsDelineation:
    """Find the P, QRS and T wave of each beat over several leads, and in each of them.

    In one lead the first or last part of a wave can be missing, or the QRS rest at a notch: the
    heart's wave lasts from the earliest onset to the latest end in any lead. In pieces it gives
    exactly the same. Over a recording: ``start(ecg_delineate_leads, [rec["I"], rec["II"]],
    beats=beats)``.

    Parameters
    ----------
    values : array-like of float, shape (leads, n)
        Leads recorded at the same time, each in any unit; NaN where a lead has no signal.
    fs : float
        Sampling rate in Hz, at least 100.
    beats : Beats, Annotations, or array-like, shape (k,)
        R peaks in any of the leads, as `ecg_peaks` finds them. Of an array, integers are sample
        indices and floats are seconds from the start of the recording.
    method : str
        'wavelet'.
    usable : bool array, Stretches, Annotations or quality result, optional
        Where the signals may be used.

    Returns
    -------
    LeadsDelineation
        One onset and one end of each wave over all leads, and the waves in each lead
        (``result.leads``). `ecg_intervals` takes it like that of one lead.

    Notes
    -----
    Onsets are the earliest and ends the latest in any lead, as the CSE working party (1985) and
    the AHA, ACCF and HRS (2007) recommend for leads recorded at the same time. Noise would make
    the extreme of many leads too early or too late, so that others must support it, after the
    rule of Laguna et al. (1994) and Martínez et al. (2004):

    * The QRS begins and ends where the slope (see `ecg_delineate`) is quiet for 12 ms in all
      leads at once; of four leads and more, in all but one. Leads in which noise is as steep as
      three tenths of the QRS do not count while others do.
    * P and T waves are searched in each lead, outside the QRS of all leads. Those whose height
      is three standard deviations of the noise count, if their peaks lie near that of the clearest
      (60 ms for P, 120 ms for T). The extreme of the limits is taken if, of three leads and more,
      that of another, and of six and more, those of two others lie within 12 ms (P) and 20 ms
      (T); the next one else. Where no lead is clear, half of them must have a wave, and
      the clearest is taken.
    * In each lead the QRS is searched from the limits of all leads inwards, and P and T waves
      that do not belong to that of all leads are left out.

    The numbers were chosen on leads made of raised cosines, not on annotated records. What is
    left out in an irregular rhythm without P waves is told from all leads.

    References
    ----------
    CSE Working Party. Recommendations for measurement standards in quantitative
    electrocardiography. Eur Heart J 1985;6(10):815-825.
    Laguna P, Jané R, Caminal P. Automatic detection of wave boundaries in multilead ECG signals:
    validation with the CSE database. Comput Biomed Res 1994;27(1):45-60.
    Martínez JP, Almeida R, Olmos S, Rocha AP, Laguna P. A wavelet-based ECG delineator:
    evaluation on standard databases. IEEE Trans Biomed Eng 2004;51(4):570-581.
    Kligfield P et al. Recommendations for the standardization and interpretation of the
    electrocardiogram, part I. Circulation 2007;115(10):1306-1324.
    """
    rate = checked_fs(fs, LOWEST_FS, WHY_FS)
    signals = checked_signal(values, ndim=2)
    if not len(signals):
        raise InvalidInputError(
            f"values of shape {signals.shape} hold no lead; give an array of shape (leads, n)"
        )
    signals = only_usable(signals, usable, rate)
    n = signals.shape[1]
    plan = plan_ecg_delineate_leads(rate, beats=beats, method=method, timebase=regular(rate, n))
    return run_on_array(plan, signals, rate, chunk_samples=max(PIECE // len(signals), 1))


def leads_of_piece(piece: Piece, *, where: Located) -> Partial:
    """Return the beats of a core, their points in all leads and in each, and P's shapes."""
    leads = len(piece.values)
    return by_blocks(piece, where, _points, ((leads + 1) * len(COLUMNS), leads * BINS))


def _points(
    piece: Piece, where: Located, some: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    fs = piece.fs
    before, after = round(BEFORE * fs), round(AFTER * fs)
    at = where.samples[some] - piece.first
    leads = [beat_rows(lead, at, before, after) for lead in piece.values]
    rr = gaps_of(where, some)
    whole, each = find_qrs_together(leads, fs)
    found_p, found_t, shapes = [], [], []
    for rows, own in zip(leads, each, strict=True):
        qrs = Qrs(whole.onset, whole.offset, own.height, own.noise, own.shaky)
        x = without_qrs(rows, qrs, fs)
        t = find_t(x, rows, qrs, rr, fs)
        t_end = t_end_before(where, some, t.offset, rows.low, fs)
        found_t.append(t)
        found_p.append(find_p(x, rows, qrs, rr[0], t_end, fs))
        shapes.append(p_shapes(x, rows.at, qrs, t_end, fs))
    noise = np.stack([own.noise for own in each])
    p, each_p = waves_together(found_p, noise, OF_P, fs)
    t, each_t = waves_together(found_t, noise, OF_T, fs)
    points = [as_points(before, p, whole, t)]
    for j, rows in enumerate(leads):
        one = as_points(before, each_p[j], each[j], each_t[j])
        one[(rows.low > before) | (rows.high <= before)] = np.nan  # no signal at the R peak
        points.append(one)
    return np.concatenate(points, axis=1), np.concatenate(shapes, axis=1)


def _joined(
    partials: Sequence[Partial], extent: Extent, *, where: Located, method: str
) -> LeadsDelineation:
    sets = partials[0][1].shape[1] // len(COLUMNS) if partials else 1
    found, stretch = gather(partials, extent, where, sets)
    known = len(where.times)

    def delineation(columns: Any) -> dict[str, Any]:
        return {
            **columns,
            "times": where.times,
            "stretch": stretch,
            "fs": extent.fs,
            "method": method,
            "valid": extent.valid,
            "notes": delineation_notes(columns, known),
        }

    leads = tuple(Delineation(**delineation(columns)) for columns in found[1:])
    return LeadsDelineation(**delineation(found[0]), leads=leads)
