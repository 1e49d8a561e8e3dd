"""A report of heart rate variability on paper."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from vital_widgets.analysis.beats.beat_series import ECG, PPG, Beats, Intervals
from vital_widgets.analysis.compare.channel_beats import beats_and_usable
from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.result import quantity
from vital_widgets.analysis.engine.stretches import usable_stretches
from vital_widgets.analysis.engine.validity import checked_number, checked_pair
from vital_widgets.analysis.hrv.convention import CONVENTIONS, HrvConvention, checked_convention
from vital_widgets.analysis.hrv.correct_beats import CorrectedBeats, correct_beats
from vital_widgets.analysis.hrv.hrv import hrv
from vital_widgets.analysis.hrv.hrv_conventions import ConventionComparison, hrv_conventions
from vital_widgets.analysis.hrv.hrv_trend import HrvTrend, hrv_trend
from vital_widgets.analysis.hrv.nn_intervals import used_intervals
from vital_widgets.core.annotations import Annotations
from vital_widgets.core.arguments import file_path, text
from vital_widgets.core.channel import Channel
from vital_widgets.core.formatting import format_value
from vital_widgets.core.recording import Recording
from vital_widgets.errors import InvalidInputError
from vital_widgets.report.hrv_parts import HrvParts
from vital_widgets.report.known_results import known_comparison, known_measures
from vital_widgets.runtime.progressbar import progress_part
from vital_widgets.runtime.wholefile import write_whole

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd

    from vital_widgets.analysis.beats.beat_series import IntervalsLike
    from vital_widgets.analysis.engine.stretches import UsableLike
    from vital_widgets.report.sheet import Sheet

RecordingLike: TypeAlias = "Recording | None"
MOST_CONVENTIONS = 6  # columns that a page has room for
LONG_S, LONG_WINDOW_S, SHORT_WINDOW_S = 1800.0, 300.0, 60.0
LONG_TREND, SHORT_TREND = ("mean_hr", "rmssd", "lf_hf"), ("mean_hr", "sdnn", "rmssd")
MIN_WINDOWS = 2
KINDS = (".html", ".pdf")
DETECTED = {ECG: "ECG", PPG: "PPG"}


@dataclass(frozen=True, kw_only=True, eq=False)
class HrvReport(HrvParts):
    """A report of heart rate variability, on one or two pages of A4.

    Attributes
    ----------
    title, name : str
        Its heading, and the name of the recording ('' if unknown).
    start : datetime or None
        Clock time of second 0 of the recording.
    beats_from : str
        Where the beats come from, in words.
    detected : ValidSignal or None
        How much of the signal the detector could use, if it was given or called.
    corrected : CorrectedBeats or None
        The beats and the decision about each; None if intervals were given.
    intervals : Intervals
        What everything is computed from.
    hrv : Hrv
        All measures under the chosen convention.
    comparison : ConventionComparison
        The measures under each convention.
    trend : HrvTrend or None
        Measures in windows; None if the series is shorter than two windows.
    """

    def sheet(self) -> Sheet:
        """Return what the report says, before it is set as PDF or HTML."""
        from vital_widgets.report.hrv_sheet import hrv_sheet

        return hrv_sheet(self)

    def to_html(self) -> str:
        """Return the report as one HTML page without scripts, with its pictures in it."""
        from vital_widgets.report.htmlpage import html_page

        return html_page(self.sheet())

    def to_pdf(self) -> bytes:
        """Return the report as PDF, on A4; the same report gives the same bytes."""
        from vital_widgets.report.pdfpages import pdf_pages

        return pdf_pages(self.sheet())

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the report; the ending of the name chooses PDF or HTML.

        Parameters
        ----------
        path : path-like
            A file whose name ends in .pdf or .html. An existing file is replaced.

        Returns
        -------
        Path
            The file.
        """
        target = file_path("path", path, "report.pdf")
        kind = target.suffix.lower()
        if kind not in KINDS:
            raise InvalidInputError(
                f"path={format_value(str(path))} does not end in {' or '.join(KINDS)}"
            )
        content = self.to_pdf() if kind == ".pdf" else self.to_html().encode()
        write_whole(target, content)
        return target

    def to_frame(self) -> pd.DataFrame:
        """Return the table of the report: one row per measure, one column per convention."""
        return self.comparison.to_frame()

    def _facts(self) -> list[tuple[str, str]]:
        every = self.hrv.all_measures()
        units = {"mean_hr": "beats/min", "rmssd": "ms", "sdnn": "ms"}
        values = [(name, quantity(every[name], unit)) for name, unit in units.items()]
        return [
            ("report", self.title),
            ("beats", self.beats_from),
            ("conventions", ", ".join(self.comparison.results)),
            *values,
            ("to save it", 'report.save("report.pdf") or report.save("report.html")'),
        ]

    def _repr_html_(self) -> str:
        from vital_widgets.report.htmlpage import html_fragment

        return html_fragment(self.sheet())


@analysis
def hrv_report(
    beats: IntervalsLike,
    recording: RecordingLike = None,
    *,
    title: str = "Heart rate variability",
    convention: str | HrvConvention = "task-force-1996",
    conventions: Sequence[str | HrvConvention] = tuple(CONVENTIONS),
    window_s: float | None = None,
    t_range: tuple[float, float] | None = None,
    usable: UsableLike = None,
) -> HrvReport:
    """Report heart rate variability on one or two pages: measures, conventions, pictures, notes.

    Parameters
    ----------
    beats : IntervalsLike
        Corrected beats, beats, an ECG or PPG channel, `Intervals`, or successive NN intervals in
        ms, shape (n,). The beats of a channel are found first. Beats of a detector and
        annotations of beats are corrected by `correct_beats` with its defaults; the report says
        how many. Corrected beats and intervals are used as they are.
    recording : Recording, optional
        Where the beats come from: its name and start are in the report. By default that of a
        channel. Metadata such as the patient's name are never in the report.
    title : str
        Heading of the report.
    convention : str or HrvConvention
        As for `hrv`: convention of the pictures, of the trends and of the non-linear measures.
    conventions : sequence of str or HrvConvention
        Two to six that are shown side by side, all named conventions by default. ``convention``
        is added if it is missing.
    window_s : float, optional
        Length of the windows of the trends in s; by default 300 from half an hour on, else 60.
        Windows of less than 300 s show SDNN in place of LF/HF.
    t_range, usable
        As for `hrv`.

    Returns
    -------
    HrvReport
        ``report.save("report.pdf")`` and ``report.save("report.html")`` write it.

    Raises
    ------
    InvalidInputError
        As for `hrv`, or the recording is none, or there are too many conventions.

    Notes
    -----
    The values are those of `hrv`, `hrv_conventions` and `hrv_trend` of the same beats. The files
    contain no date of their making: the same input gives the same file.

    References
    ----------
    Task Force of the European Society of Cardiology and the North American Society of Pacing and
    Electrophysiology. Heart rate variability: standards of measurement, physiological
    interpretation, and clinical use. Circulation 1996;93(5):1043-1065.
    doi:10.1161/01.CIR.93.5.1043

    Examples
    --------
    >>> import vital_widgets as vw
    >>> report = vw.report.hrv_report(vw.sample(300)["ECG"])
    >>> report.corrected.n_found == len(vw.analysis.ecg_peaks(vw.sample(300)["ECG"]))
    True
    """
    heading = text("title", title, "Night of 14 January")
    chosen = checked_convention(convention)
    columns = _columns(chosen, conventions)
    if recording is not None and not isinstance(recording, Recording):
        raise InvalidInputError(
            f"recording={format_value(recording)} is not a recording; leave it out or give one, "
            "such as vital_widgets.open('night.edf')"
        )
    window = None if window_s is None else checked_number(window_s, "window_s", 10, 86400, unit="s")
    with progress_part(0.0, 0.5):
        words, found, corrected, stretches = _beats(beats, usable)
        nn = used_intervals(found if corrected is None else corrected, stretches)
    if t_range is not None:
        nn = nn.between(*checked_pair(t_range, "t_range", "(t0, t1) in seconds with t0 < t1"))
    of = beats if t_range is None and stretches is None else None  # known results are of all beats
    with progress_part(0.5, 0.8, "measures"):
        measured = known_measures(of, chosen) or hrv(nn, convention=chosen)
    with progress_part(0.8, 0.9, "conventions"):
        side_by_side = known_comparison(of, columns) or hrv_conventions(nn, conventions=columns)
    with progress_part(0.9, 1.0, "trends"):
        trends = _trend(nn, chosen, window)
    about = recording if recording is not None else getattr(beats, "origin", None)
    return HrvReport(
        title=heading,
        name=getattr(about, "name", "") or "",
        start=getattr(about, "start", None),
        beats_from=words,
        detected=found.valid if isinstance(found, Beats) else None,
        corrected=corrected,
        intervals=nn,
        hrv=measured,
        comparison=side_by_side,
        trend=trends,
        valid=nn.valid,
        notes=tuple(dict.fromkeys((*measured.notes, *_others(side_by_side, chosen)))),
    )


def _columns(
    chosen: HrvConvention, conventions: Sequence[str | HrvConvention]
) -> tuple[HrvConvention, ...]:
    """Return the conventions side by side, the chosen one first if it is not among them."""
    if isinstance(conventions, str) or not hasattr(conventions, "__iter__"):
        raise InvalidInputError(
            f"conventions={conventions!r} is not accepted; give a tuple of some of "
            f"{', '.join(CONVENTIONS)}"
        )
    named = {one.name: one for one in map(checked_convention, conventions)}
    if chosen.name not in named:
        named = {chosen.name: chosen, **named}
    if not 2 <= len(named) <= MOST_CONVENTIONS:  # noqa: PLR2004
        raise InvalidInputError(
            f"conventions={list(named)!r} are {len(named)} conventions; a report shows 2 to "
            f"{MOST_CONVENTIONS} side by side"
        )
    return tuple(named.values())


def _beats(beats: Any, usable: UsableLike) -> tuple[str, Any, CorrectedBeats | None, Any]:
    """Return where beats come from, the beats, the corrected ones, and the usable stretches."""
    if isinstance(beats, Channel):
        found, stretches = beats_and_usable(beats, usable)
        words = (
            f"{len(found):,} of channel {beats.name!r} ({beats.fs:g} Hz), found by "
            f"{found.source}_peaks ({found.method})"
        )
        return words, found, correct_beats(found, usable=stretches), stretches
    stretches = usable_stretches(usable)
    if isinstance(beats, CorrectedBeats):
        words = f"{len(beats):,} corrected beats of {DETECTED.get(beats.source, beats.source)}"
        return words, beats, beats, stretches
    if isinstance(beats, Beats):
        words = f"{len(beats):,} found by {beats.source}_peaks ({beats.method})"
        return words, beats, correct_beats(beats, usable=stretches), stretches
    if isinstance(beats, Annotations):
        words = f"annotations, of which {len(beats):,} marks were given"
        return words, beats, correct_beats(beats, usable=stretches), stretches
    return "intervals that were given", beats, None, stretches


def _trend(nn: Intervals, convention: HrvConvention, window_s: float | None) -> HrvTrend | None:
    """Return the measures in windows, or None if there are less than two windows."""
    if not len(nn):
        return None
    span = float(nn.times[-1] - nn.times[0] + nn.ms[0] / 1000)
    window = (LONG_WINDOW_S if span >= LONG_S else SHORT_WINDOW_S) if window_s is None else window_s
    if span < MIN_WINDOWS * window:
        return None
    measures = LONG_TREND if window >= LONG_WINDOW_S else SHORT_TREND
    return hrv_trend(nn, window_s=window, measures=measures, convention=convention)


def _others(comparison: ConventionComparison, chosen: HrvConvention) -> list[str]:
    """Return the notes of the other conventions, each with their names."""
    own = set(comparison.results[chosen.name].notes)
    named: dict[str, list[str]] = {}
    for name, made in comparison.results.items():
        for note in made.notes:
            if note not in own and made.enough:
                named.setdefault(note, []).append(name)
    return [f"{', '.join(names)}: {note}" for note, names in named.items()]
