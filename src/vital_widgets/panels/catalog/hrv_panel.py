"""Heart rate variability: from a channel or annotated beats to measures, pictures and trends."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from vital_widgets.analysis.beats.beat_marks import BEAT_CODES
from vital_widgets.analysis.ecg.detection.ecg_peaks import METHODS as ECG_METHODS
from vital_widgets.analysis.ecg.detection.ecg_peaks import ecg_peaks
from vital_widgets.analysis.hrv.convention import CONVENTIONS
from vital_widgets.analysis.hrv.correct_beats import correct_beats
from vital_widgets.analysis.hrv.hrv import DOMAINS, UNITS, hrv
from vital_widgets.analysis.hrv.hrv_conventions import hrv_conventions
from vital_widgets.analysis.hrv.hrv_trend import hrv_trend
from vital_widgets.analysis.ppg.ppg_peaks import METHODS as PPG_METHODS
from vital_widgets.analysis.ppg.ppg_peaks import ppg_peaks
from vital_widgets.errors import InvalidInputError
from vital_widgets.panels.catalog.beatdetection import AUTOMATIC, is_pulse_wave
from vital_widgets.panels.catalog.hrv_views import DRAWN
from vital_widgets.panels.panel import Panel
from vital_widgets.panels.panelplaces import NothingToAnalyseError
from vital_widgets.panels.parameters import channel, choice, number, several
from vital_widgets.panels.parameters import layer as marks_layer
from vital_widgets.panels.script import Step, call

if TYPE_CHECKING:
    import os
    from pathlib import Path

    from vital_widgets.panels.panelplaces import Place
    from vital_widgets.panels.view import View

SHOWN = {
    "Tachogram": "tachogram",
    "Poincaré plot": "poincare",
    "Spectrum": "spectrum",
    "Trend": "trend",
    "Conventions": "conventions",
}
CORRECTIONS = {
    "Lipponen 2019": "lipponen2019",
    "Exclude": "exclude",
    "None": "none",
}

NONLINEAR = "nonlinear"


class HRV(Panel):
    """Heart rate variability under a named convention, from detected or annotated beats.

    Attributes
    ----------
    channel : str
        Name of an ECG or PPG channel.
    layer : str or None
        Name of a layer of annotations whose beats are taken instead, such as "file"; None for
        those that the detector finds.
    detector : str
        Method of `ecg_peaks` or `ppg_peaks`; '' for the default of the signal.
    correction : str
        Method of `correct_beats`.
    convention : str
        Of `hrv`.
    domains : tuple of str
        Of "time", "frequency" and "nonlinear".
    show : str
        "tachogram", "poincare", "spectrum", "trend" or "conventions"; what is not shown is not
        computed.
    measure : str
        Whose trend is shown.
    window_s : float
        Length of the windows of a trend in seconds.
    step_s : float or None
        From one of these windows to the next; None for ``window_s``.
    """

    title = "HRV"
    about = "heart rate variability"
    long_series = True
    uses_marks = True
    addable = True
    plot_height = 300
    own_formats = MappingProxyType({"report.pdf": "report", "report.html": "report"})

    show = choice(
        "tachogram", SHOWN, "Show",
        "Poincaré: each interval against the one before (Brennan 2001); conventions: the same "
        "beats under each convention",
    )  # fmt: skip
    channel = channel(("ECG", "PPG"), "Channel", "an ECG or PPG, guessed from names and units")
    layer = marks_layer(
        "Beats of", "a layer of annotations, such as 'file', or beats that a detector finds",
        empty="detector",
    )  # fmt: skip
    detector = choice(
        "", {"Automatic": "", **{one: one for one in (*ECG_METHODS, *PPG_METHODS)}}, "Detector",
        "slope (ECG) and msptd (PPG, Bishop and Ercole 2018) are the most accurate here; "
        "Pan and Tompkins 1985; two averages: Elgendi 2010, 2013; gqrs, xqrs: wfdb",
    )  # fmt: skip
    correction = choice(
        "lipponen2019", CORRECTIONS, "Correction",
        "of ectopic, missed and extra beats: Lipponen and Tarvainen 2019; 'Exclude' makes the same "
        "decisions and leaves intervals out",
    )  # fmt: skip
    convention = choice(
        "task-force-1996", tuple(CONVENTIONS), "Convention",
        "detrending, interpolation, windows and bands: Task Force 1996, or those of a program",
    )  # fmt: skip
    domains = several(
        DOMAINS, DOMAINS, "Measures", "the non-linear ones of a whole day take a minute"
    )
    measure = choice("rmssd", tuple(UNITS), "Trend of")
    window_s = number(
        300.0, 10, 86_400, "Trend window", "300 s: short-term standard of the Task Force 1996",
        unit="s", step=30,
    )  # fmt: skip
    step_s = number(None, 1, 86_400, "Trend step", unit="s", empty="one window")

    def script(self, place: Place, chosen: Any) -> dict[str, Step]:
        """Return the measures, the corrected beats, and what is shown beside them."""
        beats = _beats(place, chosen)
        usable = place.usable if chosen.layer else {}
        corrected = call(
            correct_beats, beats, name="corrected", method=chosen.correction, **usable
        )  # fmt: skip
        how = {"convention": chosen.convention}
        domains = chosen.domains or ("time",)
        made = {
            "variability": call(
                hrv, corrected, name="variability", domains=domains, so_far=_quick(domains), **how
            ),
            "corrected": corrected,
        }
        if chosen.show == "trend":
            made["trend"] = call(
                hrv_trend, corrected, name="trend", window_s=chosen.window_s, step_s=chosen.step_s,
                measures=(chosen.measure,), **how,
            )  # fmt: skip
        if chosen.show == "conventions":
            made["conventions"] = call(hrv_conventions, corrected, name="conventions", slow=True)
        return made

    def draw(self, result: Any, chosen: Any) -> View:
        """Return the picture that was chosen, and the measures."""
        view = DRAWN[chosen.show](result, chosen)
        text = view.text
        if NONLINEAR in chosen.domains and result.variability.nonlinear is None:
            text = " · ".join(
                part for part in (text, "non-linear measures follow at the end") if part
            )
        return replace(view, text=text, layout={"height": self.plot_height, **view.layout})

    def report(self, path: str | os.PathLike[str]) -> Path:
        """Write a report of one to two pages of the beats that are shown.

        Parameters
        ----------
        path : path-like
            Its name ends in .pdf or .html.

        Returns
        -------
        Path
            The file.
        """
        from vital_widgets.report import hrv_report
        from vital_widgets.report.known_results import known_results

        self._settled_result()
        results = self.results
        corrected = results["corrected"]
        with known_results(corrected, results.values()):
            return hrv_report(corrected, self.recording, convention=self.convention).save(path)

    def add_to_recording(self, name: str | None = None) -> str:
        """Keep the decisions of the correction as annotations: ectopic, missed, extra beats.

        Parameters
        ----------
        name : str, optional
            Of the layer of annotations.
        """
        self._settled_result()
        corrected = self.results["corrected"]
        if not corrected.changes:
            raise InvalidInputError("the correction changed no beat, so there is nothing to keep")
        return self.recording.annotations.add_result(corrected, name)


def _quick(domains: tuple[str, ...]) -> dict[str, Any] | None:
    """Return what takes the place of non-linear measures, which take longest, meanwhile."""
    rest = tuple(one for one in domains if one != NONLINEAR)
    return {"domains": rest or ("time",)} if rest != domains else None


def _beats(place: Place, chosen: Any) -> Step:
    """Return the step that finds beats, or takes those of a layer."""
    if not chosen.layer:
        signal = place.channel(chosen.channel)
        pulses = is_pulse_wave(place.recording[chosen.channel], AUTOMATIC)
        find = ppg_peaks if pulses else ecg_peaks
        method = {"method": chosen.detector} if chosen.detector else {}
        return call(find, signal, name="beats", **method, **place.usable)
    marks = place.recording.annotations
    layers = [one.name for one in marks.layers]
    if chosen.layer not in layers:
        raise NothingToAnalyseError(
            f"there is no layer of annotations {chosen.layer!r}; available: "
            f"{', '.join(map(repr, layers)) or 'none'}"
        )
    known = {str(one) for one in marks.layer(chosen.layer).text}
    given: dict[str, Any] = {"layers": chosen.layer}
    if known & BEAT_CODES and known - BEAT_CODES:
        given["texts"] = tuple(sorted(known & BEAT_CODES))
    if place.t_range is not None:
        given["t_range"] = tuple(round(one, 6) for one in place.t_range)
    return place.rec.attribute("annotations").method("select", name="beats", **given)
