"""The average beat of a signal, with its confidence band."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vital_widgets.analysis.beats.channel_kind import check_kind
from vital_widgets.analysis.ecg.beat_places import BeatPlaces, at_beats
from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.source import signal_of
from vital_widgets.analysis.signal.windows.event_average import EventAverage, event_average

if TYPE_CHECKING:
    from vital_widgets.analysis.beats.beat_series import BeatsLike
    from vital_widgets.analysis.engine.plan import Chain, Plan
    from vital_widgets.analysis.engine.source import SignalLike
    from vital_widgets.analysis.engine.stretches import UsableLike


@analysis
def averaged_beat(
    x: SignalLike,
    fs: float | None = None,
    beats: BeatsLike | None = None,
    *,
    before_s: float = 0.3,
    after_s: float = 0.5,
    baseline: tuple[float, float] | None = None,
    centre: str = "mean",
    method: str = "t",
    confidence: float = 0.95,
    n_resamples: int = 1000,
    seed: int = 0,
    usable: UsableLike = None,
) -> Plan[Any, EventAverage] | Chain[EventAverage]:
    """Average the beats of a signal, with a confidence interval.

    Parameters
    ----------
    x, fs, baseline, centre, method, confidence, n_resamples, seed, usable
        As for `event_average`.
    beats : Beats, Annotations, array-like of shape (k,), or Channel, optional
        As for `ecg_delineate`; by default the R peaks of ``x``, found by `ecg_peaks`.
    before_s, after_s : float
        Seconds before and after the beat; by default from before the P wave to after the T wave.

    Returns
    -------
    EventAverage
        The average beat.

    Raises
    ------
    InvalidInputError
        As for `event_average`, or a beat lies outside of the signal.

    Examples
    --------
    >>> import vital_widgets as vw
    >>> from vital_widgets.analysis import averaged_beat
    >>> averaged_beat(vw.sample(60)["ECG"]).n_used > 50
    True
    """
    if beats is None:
        check_kind(x, "ecg", "averaged_beat", beats=True)

    def averaged(places: BeatPlaces) -> Plan[Any, EventAverage]:
        return event_average.plan(
            x,
            fs,
            events=places.times,
            before_s=before_s,
            after_s=after_s,
            baseline=baseline,
            centre=centre,
            method=method,
            confidence=confidence,
            n_resamples=n_resamples,
            seed=seed,
            usable=usable,
        )

    return at_beats(signal_of(x, fs, usable), beats, averaged)
