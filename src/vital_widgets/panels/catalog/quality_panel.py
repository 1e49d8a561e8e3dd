"""The quality of a signal: where it is usable, why not, and the next worst place."""

from __future__ import annotations

from contextlib import suppress
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.beats.channel_kind import channel_kind
from vital_widgets.analysis.engine.stretches import USABLE
from vital_widgets.analysis.quality.score import CRITERIA
from vital_widgets.analysis.quality.signal_quality import signal_quality
from vital_widgets.errors import InvalidInputError, UnknownChannelError
from vital_widgets.figures import theme
from vital_widgets.panels.panel import Panel
from vital_widgets.panels.panelplaces import NothingToAnalyseError
from vital_widgets.panels.parameters import channel, channels, choice, number
from vital_widgets.panels.script import Step, call
from vital_widgets.panels.view import View

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vital_widgets.analysis.quality.signal_quality import SignalQuality
    from vital_widgets.panels.panelplaces import Place

KINDS = {
    "From the name": None, "ECG": "ecg", "PPG": "ppg", "Respiration": "respiration", "EEG": "eeg",
    "Other": "other",
}  # fmt: skip
COLUMNS = 800  # of the ribbon
BAD, MIDDLE, GOOD = "#d55e00", "#e8d9a0", "#008f68"  # as the ribbon of the viewer
APART_S = 1e-3  # two windows that are not further apart follow each other
AXES = 3  # of an accelerometer


class Quality(Panel):
    """Rate a signal window by window: a ribbon of scores, the reasons, and the worst places.

    Attributes
    ----------
    channel : str
        Name of the channel.
    kind : str or None
        'ecg', 'ppg', 'respiration', 'eeg' or 'other'; None as the name of the channel says.
    window_s : float or None
        Length of a window in seconds; None for 10 s, of respiration 32 s.
    threshold : float
        Score from which a window is usable.
    mains_hz : int
        50 or 60.
    motion : tuple of str
        The three channels of an accelerometer worn with the sensor, or none.
    """

    title = "Quality"
    long_series = True
    plot_height = 330
    addable = True
    buttons = MappingProxyType(
        {
            "Next worst": ("next_worst", "show the next window of low quality in the viewer"),
            "Ribbon in the viewer": (
                "show_ribbon",
                "green where the signal is usable, orange elsewhere, in the lane of the channel",
            ),
        }
    )

    channel = channel(("ECG", "PPG", "EEG", "respiration"), "Channel")
    kind = choice(
        None, KINDS, "Rated as",
        "measures: Clifford et al. 2012, Li et al. 2008, Orphanidou et al. 2015, Birrenkott et al. "
        "2018",
    )  # fmt: skip
    window_s = number(None, 1, 600, "Window", "10 s, of respiration 32 s", unit="s", empty="usual")
    threshold = number(0.5, 0, 1, "Usable from", "half way between bad and good", step=0.05)
    mains_hz = choice(50, {"50 Hz": 50, "60 Hz": 60}, "Mains")
    motion = channels((), "Motion from", "the three channels of an accelerometer, or none")

    _worst_seen = -1
    _walked: SignalQuality | None = None  # whose windows were shown
    _ribbon = ""

    def script(self, place: Place, chosen: Any) -> Step:
        """Return the quality of the channel."""
        if not chosen.channel:
            raise NothingToAnalyseError("choose a channel")
        signal = place.channel(chosen.channel)
        kind = chosen.kind
        if kind is None and channel_kind(self.recording[chosen.channel]) not in CRITERIA:
            kind = "other"
        motion = None
        if chosen.motion:
            if len(chosen.motion) != AXES:
                raise InvalidInputError(
                    f"motion has {len(chosen.motion)} channels; give the three of an "
                    "accelerometer, or none"
                )
            motion = [place.channel(one, "") for one in chosen.motion]
        return call(
            signal_quality, signal, kind=kind, window_s=chosen.window_s,
            threshold=chosen.threshold, mains_hz=chosen.mains_hz, motion=motion, name="quality",
            **place.usable,
        )  # fmt: skip

    def draw(self, result: Any, chosen: Any) -> View:
        """Return the score over time, with the score of each criterion below."""
        del chosen
        edges, column_of = _columns(result)
        columns = len(edges) - 1
        times, score, first = _steps(result)
        reasons = {one.measure: one.reason for one in CRITERIA[result.kind]}
        shown = {
            _name_of(name, reasons): part
            for name, part in result.parts.items()
            if np.isfinite(part).any()
        }
        low = [name for name, part in shown.items() if (part < result.threshold).any()]
        names = [*(name for name in shown if name in low), "usable"]
        usable = np.where(result.score >= result.threshold, 1.0, 0.0)
        z = [_worst(usable if name == "usable" else shown[name], column_of, columns)
             for name in names]  # fmt: skip
        line = {
            "type": "scatter", "mode": "lines", "name": "score", "x": times, "y": score,
            "line": {"color": theme.COLORS[0], "width": 1.3, "shape": "hv"}, "text": first,
            "hovertemplate": "%{x:.0f} s: %{y:.2f} %{text}<extra></extra>",
        }  # fmt: skip
        ribbon = {
            "type": "heatmap", "name": "criteria", "x": edges, "y": np.arange(len(names)),
            "z": np.asarray(z, np.float32), "zmin": 0, "zmax": 1, "zsmooth": False,
            "colorscale": [[0, BAD], [0.5, MIDDLE], [1, GOOD]], "showscale": False, "yaxis": "y2",
            "xaxis": "x", "ygap": 2, "hoverongaps": False,
            "hovertemplate": "%{x:.0f} s: %{z:.2f}<extra></extra>",
        }  # fmt: skip
        layout = {
            "xaxis": {"title": {"text": "time (s)"}, "anchor": "y2"},
            "yaxis": {"title": {"text": "score"}, "range": [0, 1.05], "domain": [0.5, 1]},
            "yaxis2": {
                "domain": [0, 0.44], "anchor": "x", "showgrid": False,
                "tickvals": list(range(len(names))), "ticktext": names, "tickfont": {"size": 11},
            },
            "shapes": [
                {
                    "type": "line", "x0": 0, "x1": 1, "xref": "paper", "y0": result.threshold,
                    "y1": result.threshold,
                    "line": {"color": theme.LINE, "dash": "dot", "width": 1},
                }
            ],
        }  # fmt: skip
        return View([line, ribbon], layout, _rows(result), _sentence(result), times="x")

    # What is done with it ------------------------------------------------------------------

    def next_worst(self) -> str:
        """Show the next window of low quality in the viewer, the worst first."""
        quality: SignalQuality = self._known_result()
        bad = np.flatnonzero(quality.score < quality.threshold)
        if not len(bad):
            return "all windows are usable"
        order = bad[np.argsort(quality.score[bad], kind="stable")]
        if self._walked is not quality:  # another result has other windows
            self._walked, self._worst_seen = quality, -1
        self._worst_seen = (self._worst_seen + 1) % len(order)
        k = int(order[self._worst_seen])
        begin, end = float(quality.times[k]), float(quality.ends[k])
        told = (
            f"{self._worst_seen + 1} of {len(order)}: {begin:.6g} to {end:.6g} s, score "
            f"{quality.score[k]:.2f}, {quality.reasons[k] or 'quality'}"
        )
        viewer = self.viewer
        if viewer is None:
            return told
        if self.follow and self.where == "window":  # the list must not move with the viewer
            self.window, self.follow = viewer.t_range, False
        self.centre_viewer((begin + end) / 2)
        return told

    def show_ribbon(self) -> str:
        """Show in the lane of the channel where the signal is usable."""
        quality = self._known_result()
        if self.viewer is None:
            raise InvalidInputError("this panel has no viewer; make it with a Viewer")
        if self._ribbon:
            with suppress(UnknownChannelError):  # somebody has removed it
                self.viewer.remove_signal(self._ribbon)
        self._ribbon = self.viewer.add_signal(
            quality, f"{self.channel} usable", lane=self.channel, style="ribbon"
        )
        return f"shown in the lane {self.channel!r}: green is usable"

    def add_to_recording(self, name: str | None = None) -> str:
        """Keep the usable stretches and the poor windows as annotations of the recording.

        Other panels then work on the usable signal: *Annotations*, ``'usable'``. If the quality of
        several channels is kept, a panel takes that of its own channel.

        Parameters
        ----------
        name : str, optional
            Of the layer of annotations.

        Returns
        -------
        str
            The name of the layer.
        """
        return super().add_to_recording(name)

    def mask_in(self, other: Panel) -> None:
        """Let another panel work on the usable signal only.

        Parameters
        ----------
        other : Panel
            A panel of the same recording; its place becomes the annotations ``'usable'``.
        """
        if other.recording is not self.recording:
            raise InvalidInputError("the other panel shows another recording")
        self.add_to_recording()
        other.texts = (USABLE,)
        other.where = "annotations"


def _columns(quality: SignalQuality) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the edges of columns in seconds, and the first and last column of each window."""
    if not len(quality.times):
        return np.zeros(1), np.zeros((0, 2), np.int64)
    begin, end = float(quality.times[0]), float(quality.ends[-1])
    typical = float(np.median(quality.ends - quality.times))
    width = max(typical, (end - begin) / COLUMNS)
    n = max(int(np.ceil((end - begin) / width - 1e-6)), 1)
    edges = np.asarray(begin + width * np.arange(n + 1), np.float64)
    first = np.clip(((quality.times - begin) / width + 1e-6).astype(np.int64), 0, n - 1)
    last = np.clip(((quality.ends - begin) / width - 1e-6).astype(np.int64), 0, n - 1)
    return edges, np.stack([first, last], axis=1)


def _worst(values: Any, column_of: NDArray[np.int64], n: int) -> NDArray[np.float64]:
    """Return the smallest value of the windows in each column; NaN where there is none."""
    found = np.full(n, np.inf)
    for side in (0, 1):
        np.fmin.at(found, column_of[:, side], values)
    return np.where(np.isfinite(found), found, np.nan)


def _steps(quality: SignalQuality) -> tuple[NDArray[np.float64], NDArray[np.float64], list[str]]:
    """Return begin, score and reason of each window; where no window follows, its end and NaN."""
    begin, end, score = quality.times, quality.ends, quality.score
    ended = np.append(begin[1:] - end[:-1] > APART_S, True)[: len(begin)]
    last = np.flatnonzero(ended)
    at = np.repeat(last + 1, 2)
    ends = np.column_stack([score[last], np.full(len(last), np.nan)]).ravel()
    reasons = np.insert(np.asarray(quality.reasons, object), at, "")
    return np.insert(begin, at, np.repeat(end[last], 2)), np.insert(score, at, ends), list(reasons)


def _name_of(name: str, reasons: dict[str, str]) -> str:
    return reasons.get(name, name.replace("_", " "))


def _rows(quality: SignalQuality) -> list[tuple[str, ...]]:
    seconds = quality.ends - quality.times
    total = float(seconds.sum()) or 1.0
    good = quality.score >= quality.threshold
    rows: list[tuple[str, ...]] = [("reason", "windows", "minutes", "share")]

    def row(words: str, which: Any) -> tuple[str, ...]:
        lasting = float(seconds[which].sum())
        return (words, f"{int(np.sum(which)):,}", f"{lasting / 60:.1f}", f"{lasting / total:.1%}")

    rows.append(row("usable", good))
    rows.append(row("not usable", ~good))
    firsts = np.array([one.partition(",")[0] for one in quality.reasons], object)
    words = sorted(
        {one for one in firsts[~good].tolist() if one},
        key=lambda one: -float(seconds[(firsts == one) & ~good].sum()),
    )
    rows += [row(f"\u2003{one}", (firsts == one) & ~good) for one in words]
    return rows


def _sentence(quality: SignalQuality) -> str:
    share = f"{quality.usable_share:.1%} usable, rated as {quality.kind}"
    if not len(quality.score):
        return share
    k = int(np.argmin(quality.score))
    if quality.score[k] >= quality.threshold:
        return share
    return f"{share}; worst at {quality.times[k]:.6g} s: {quality.reasons[k] or 'quality'}"
