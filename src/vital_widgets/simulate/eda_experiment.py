"""Electrodermal activity in an experiment: responses to stimuli of two conditions."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.core.annotations import Annotations
from vital_widgets.core.formatting import format_value
from vital_widgets.core.recording import Recording
from vital_widgets.errors import InvalidInputError
from vital_widgets.simulate.limits import generator, within

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

RISE_S, DECAY_S = 0.75, 2.0  # time constants of a response
PEAK_S = RISE_S * DECAY_S / (DECAY_S - RISE_S) * math.log(DECAY_S / RISE_S)  # after its onset
BASELINE_S, LEVEL_US = 20.0, 6.0
AMPLITUDES_US = {"neutral": 0.3, "aversive": 0.8}
SMALLEST_US = 0.1  # a response is never smaller
ARTEFACT_US, ARTEFACT_S = 3.0, 0.6
SPONTANEOUS_US = (0.05, 0.25)
CLEARANCE_S = 2.0  # between an artefact and what follows a stimulus


@dataclass(frozen=True, eq=False)
class EdaExperiment:
    """Electrodermal activity with its ground truth.

    Attributes
    ----------
    recording : Recording
        Channel ``EDA`` in µS; its annotations are the stimuli, with their condition as text.
    stimuli : Annotations
        The stimuli.
    amplitude : ndarray of float64, shape (n,)
        Amplitude in µS of the response to each stimulus, in their order; 0 for no response.
    onset, peak : ndarray of float64, shape (n,)
        Times in s of the onset and the peak of each response; NaN for no response.
    spontaneous : ndarray of float64, shape (m, 2)
        Onset in s and amplitude in µS of responses to nothing.
    artefacts : Annotations
        Movements of the electrodes.
    tonic, phasic : ndarray of float64, shape (k,)
        Level and sum of all responses in µS, without noise and artefacts.
    """

    recording: Recording
    stimuli: Annotations
    amplitude: Numbers
    onset: Numbers
    peak: Numbers
    spontaneous: Numbers
    artefacts: Annotations
    tonic: Numbers
    phasic: Numbers


def eda_experiment(
    n_stimuli: int = 30,
    *,
    amplitudes: Mapping[str, float] | None = None,
    interval_s: float = 15.0,
    latency_s: float = 1.8,
    variation: float = 0.2,
    no_response: float = 0.1,
    drift: float = 1.0,
    spontaneous_per_min: float = 0.0,
    artefacts: int = 3,
    noise: float = 0.005,
    fs: float = 32.0,
    seed: int = 0,
) -> EdaExperiment:
    r"""Make the electrodermal activity of a person to whom stimuli of some conditions are shown.

    Parameters
    ----------
    n_stimuli : int
        Number of stimuli. Conditions come in random order, equally often to within one.
    amplitudes : mapping of str to float, optional
        Mean amplitude of the response in µS by condition; by default 0.3 to 'neutral' and 0.8 to
        'aversive' stimuli.
    interval_s : float
        Mean time from stimulus to stimulus in s; each is up to 20 % shorter or longer.
    latency_s : float
        Time from a stimulus to the onset of its response in s, 1 to 3 s [1]_; each is up to 20 %
        shorter or longer.
    variation : float
        Standard deviation of the amplitudes as a share of their mean.
    no_response : float
        Share of the stimuli without a response, exact to rounding.
    drift : float
        Change of the level in µS over the recording, a slow fall with a wave of 2 min on it.
    spontaneous_per_min : float
        Responses a minute that follow no stimulus, of 0.05 to 0.25 µS.
    artefacts : int
        Number of movements, 3 µS in 0.6 s, between the responses.
    noise : float
        Standard deviation of white noise in µS.
    fs : float
        Sampling rate in Hz.
    seed : int
        Seed of all random numbers.

    Returns
    -------
    EdaExperiment
        The recording, and what it was made of.

    Raises
    ------
    InvalidInputError
        An argument is out of range.

    Notes
    -----
    A response of amplitude a is :math:`a\,(e^{-t/\tau_2} - e^{-t/\tau_1})/c` with the time
    constants 0.75 and 2 s of [2]_, where c makes the peak a. The peak comes
    :math:`\tau_1\tau_2/(\tau_2-\tau_1)\,\ln(\tau_2/\tau_1)` = 1.18 s after the onset.

    References
    ----------
    .. [1] Boucsein W, et al. Publication recommendations for electrodermal measurements.
       Psychophysiology 2012;49(8):1017-1034. doi:10.1111/j.1469-8986.2012.01384.x
    .. [2] Benedek M, Kaernbach C. A continuous measure of phasic electrodermal activity. Journal
       of Neuroscience Methods 2010;190(1):80-91. doi:10.1016/j.jneumeth.2010.04.028

    Examples
    --------
    >>> from vital_widgets.simulate.eda_experiment import eda_experiment
    >>> made = eda_experiment(10)
    >>> sorted(set(made.stimuli.text.tolist()))
    ['aversive', 'neutral']
    """
    n = int(within("n_stimuli", n_stimuli, 1, 10_000))
    pause = within("interval_s", interval_s, 5, 600, "s")
    delay = within("latency_s", latency_s, 0.2, 4, "s")
    rate = within("fs", fs, 4, 2000, "Hz")
    means = _means(AMPLITUDES_US if amplitudes is None else amplitudes)
    spread = within("variation", variation, 0, 1)
    silent = within("no_response", no_response, 0, 1)
    per_minute = within("spontaneous_per_min", spontaneous_per_min, 0, 20)
    n_artefacts = int(within("artefacts", artefacts, 0, n))
    rng = generator(seed, 1)
    times = BASELINE_S + np.concatenate([[0], np.cumsum(pause * rng.uniform(0.8, 1.2, n - 1))])
    seconds = float(times[-1]) + pause + BASELINE_S
    conditions = np.array([list(means)[k % len(means)] for k in range(n)], object)
    conditions = conditions[rng.permutation(n)]
    amplitude = np.array([means[one] for one in conditions])
    amplitude = np.maximum(amplitude * (1 + spread * rng.standard_normal(n)), SMALLEST_US)
    amplitude[rng.permutation(n)[: round(silent * n)]] = 0.0
    onset = np.where(amplitude > 0, times + delay * rng.uniform(0.8, 1.2, n), np.nan)
    m = int(rng.poisson(per_minute * seconds / 60)) if per_minute else 0
    other = np.column_stack([np.sort(rng.uniform(0, seconds, m)), rng.uniform(*SPONTANEOUS_US, m)])

    t = np.arange(round(seconds * rate)) / rate
    phasic = np.zeros(len(t))
    answered = amplitude > 0
    every = np.concatenate([np.column_stack([onset, amplitude])[answered], other])
    for begin, size in every.tolist():
        since = np.maximum(t - begin, 0)
        phasic += size * response(since)
    fall = within("drift", drift, -20, 20, "µS")
    tonic = np.maximum(
        LEVEL_US - fall * t / seconds + 0.15 * fall * np.sin(2 * np.pi * t / 120), 0.1
    )
    # Before a stimulus there is nothing that an artefact could hide.
    struck = np.sort(times[rng.permutation(n)[:n_artefacts]]) - CLEARANCE_S
    moved = np.zeros(len(t))
    for k, begin in enumerate(struck.tolist()):
        inside = (t >= begin) & (t < begin + ARTEFACT_S)
        moved[inside] = ARTEFACT_US * (-1) ** k
    white = within("noise", noise, 0, 10, "µS") * rng.standard_normal(len(t))
    stimuli = Annotations(times, conditions.tolist())
    recording = Recording.from_arrays(
        {"EDA": tonic + phasic + moved + white},
        rate,
        units="µS",
        annotations=stimuli,
        name="EDA experiment",
    )
    return EdaExperiment(
        recording,
        stimuli,
        amplitude,
        onset,
        onset + PEAK_S,
        other,
        Annotations(struck, ["artefact"] * n_artefacts, [ARTEFACT_S] * n_artefacts),
        tonic,
        phasic,
    )


def response(since: Numbers) -> Numbers:
    """Return a response of amplitude 1 at times in s since its onset, 0 or later."""
    highest = math.exp(-PEAK_S / DECAY_S) - math.exp(-PEAK_S / RISE_S)
    return np.asarray((np.exp(-since / DECAY_S) - np.exp(-since / RISE_S)) / highest)


def _means(amplitudes: Mapping[str, float]) -> dict[str, float]:
    """Return the checked mean amplitude of each condition."""
    if not hasattr(amplitudes, "items") or not amplitudes:
        raise InvalidInputError(
            f"amplitudes={format_value(amplitudes)} is not accepted; give the mean amplitude in µS "
            "of each condition, such as {'neutral': 0.3, 'aversive': 0.8}"
        )
    return {
        str(name): within(f"amplitudes[{name!r}]", size, 0, 20, "µS")
        for name, size in amplitudes.items()
    }
