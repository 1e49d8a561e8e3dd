"""Skin conductance responses that follow events, such as the stimuli of an experiment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from vital_widgets.analysis.eda.eda_peaks import SkinConductanceResponses
from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.result import Result, median_of, quantity
from vital_widgets.analysis.engine.validity import checked_pair, not_enough, passed_on
from vital_widgets.analysis.signal.windows.event_windows import event_times
from vital_widgets.core.annotations import Annotations
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vital_widgets.analysis.beats.beat_series import EventsLike

    Numbers = NDArray[np.float64]

ResponsesLike: TypeAlias = SkinConductanceResponses
LATENCY = (1.0, 4.0)  # s
LONGEST = 30.0  # s


@dataclass(frozen=True, kw_only=True, eq=False)
class EdaEventResponses(
    Result,
    given=("times", "latency_range"),
    columns={
        "time": "times", "text": "texts", "seen": "seen", "latency_s": "latency",
        "amplitude": "amplitude", "magnitude": "magnitude",
    },
):  # fmt: skip
    """The response to each event.

    Attributes
    ----------
    times : ndarray of float64, shape (n,)
        Events in seconds.
    texts : ndarray of str, shape (n,)
        Text of each event; '' without annotations.
    seen : ndarray of bool, shape (n,)
        Whether there is usable signal from the event to the end of its window.
    latency : ndarray of float64, shape (n,)
        From the event to the onset of its response in s; NaN where there is none.
    amplitude : ndarray of float64, shape (n,)
        Of the response, in the units of the signal; NaN where there is none.
    magnitude : ndarray of float64, shape (n,)
        Amplitude, 0 where there is no response, NaN where an event is not seen.
    latency_range : (float, float)
        Seconds after an event in which the onset of its response lies.
    units : str
        Units of the amplitude, '' if unknown.
    """

    times: Numbers
    texts: NDArray[Any]
    seen: NDArray[np.bool_]
    latency: Numbers
    amplitude: Numbers
    latency_range: tuple[float, float]
    units: str = ""

    def __len__(self) -> int:
        return len(self.times)

    @property
    def magnitude(self) -> Numbers:
        """Amplitude, 0 where there is no response, NaN where an event is not seen, shape (n,)."""
        return np.where(self.seen, np.nan_to_num(self.amplitude), np.nan)

    def of(self, text: str) -> NDArray[np.bool_]:
        """Return which events have a text, shape (n,)."""
        return np.asarray(self.texts == text, bool)

    def _facts(self) -> list[tuple[str, str]]:
        found = int(np.isfinite(self.amplitude).sum())
        return [
            ("events", f"{len(self):,}"),
            *([("not seen", f"{n:,}")] if (n := int((~self.seen).sum())) else []),
            ("with a response", f"{found:,}"),
            ("latency (median)", quantity(median_of(self.latency), "s", 3)),
            ("amplitude (median)", quantity(median_of(self.amplitude), self.units)),
        ]


@analysis
def eda_event_responses(
    responses: ResponsesLike,
    events: EventsLike,
    *,
    latency_range: tuple[float, float] = LATENCY,
) -> EdaEventResponses:
    """Find the skin conductance response to each event.

    Parameters
    ----------
    responses : SkinConductanceResponses
        The result of `eda_peaks`.
    events : Annotations, Beats, or array-like of float, shape (n,)
        Events, such as stimuli, or their times in seconds. Several annotations at one time are one
        event, with the text of the first.
    latency_range : (float, float)
        From when to when after an event its response begins, in seconds; 1 to 4 s are usual [1]_.

    Returns
    -------
    EdaEventResponses
        Latency and amplitude of the first response that begins within the window of each event.
        Amplitudes are of events with a response; magnitudes count the others as 0 [1]_. Events
        without usable signal up to the end of their window have neither.

    Raises
    ------
    InvalidInputError
        ``responses`` is not the result of `eda_peaks`, the window is no window after an event,
        or times of events are not in seconds.

    Notes
    -----
    A response can belong to two events that are less apart than the window is long: it is then
    counted for both. Choose intervals between events that are longer, or a shorter window.

    References
    ----------
    .. [1] Boucsein W, et al. Publication recommendations for electrodermal measurements.
       Psychophysiology 2012;49(8):1017-1034. doi:10.1111/j.1469-8986.2012.01384.x

    Examples
    --------
    >>> from vital_widgets.analysis import eda_event_responses, eda_peaks
    >>> from vital_widgets.simulate.eda_experiment import eda_experiment
    >>> made = eda_experiment(10, no_response=0.2, artefacts=0)
    >>> found = eda_event_responses(eda_peaks(made.recording["EDA"]), made.stimuli)
    >>> len(found), int((found.magnitude > 0).sum())
    (10, 8)
    """
    if not isinstance(responses, SkinConductanceResponses):
        raise InvalidInputError(
            f"responses={type(responses).__name__} are not skin conductance responses; give the "
            "result of eda_peaks"
        )
    expected = f"(t0, t1) in seconds after an event with 0 <= t0 < t1 <= {LONGEST:g}"
    low, high = checked_pair(latency_range, "latency_range", expected)
    if not 0 <= low < high <= LONGEST:
        raise InvalidInputError(f"latency_range={latency_range!r} is not accepted; give {expected}")
    times = event_times(events)
    texts = np.full(len(times), "", object)
    if isinstance(events, Annotations) and len(times):
        onset = np.asarray(events.onset, np.float64)
        order = np.argsort(onset, kind="stable")
        texts = np.asarray(events.text, object)[order[np.searchsorted(onset[order], times)]]
    first = np.searchsorted(responses.onset, times + low)
    inside = first < len(responses)
    inside[inside] = responses.onset[first[inside]] <= times[inside] + high
    seen = responses.covered.hold(times, times + high)
    inside &= seen
    latency, amplitude = np.full(len(times), np.nan), np.full(len(times), np.nan)
    latency[inside] = responses.onset[first[inside]] - times[inside]
    amplitude[inside] = responses.amplitude[first[inside]]
    notes = passed_on(responses)
    if not responses.enough:
        notes = (*notes, not_enough("the responses rest on too little signal"))
    elif not len(times):
        notes = (*notes, not_enough("there are no events"))
    elif n := int((~seen).sum()):
        notes = (*notes, f"{n:,} events have no usable signal up to {high:g} s after them")
    return EdaEventResponses(
        times=times, texts=texts, seen=seen, latency=latency, amplitude=amplitude,
        latency_range=(low, high), units=responses.units, valid=responses.valid, notes=notes,
    )  # fmt: skip
