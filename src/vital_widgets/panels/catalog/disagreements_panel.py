"""Where several QRS detectors differ, the worst places first, to be decided one by one."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.ecg.detection.ecg_peaks import DEFAULT, METHODS, ecg_peaks
from vital_widgets.analysis.quality.disagreement import MIN_DETECTORS, rank_disagreement
from vital_widgets.errors import InvalidInputError
from vital_widgets.figures import theme
from vital_widgets.panels.catalog.decided_beats import DecidedBeats
from vital_widgets.panels.panel import Panel
from vital_widgets.panels.panelplaces import NothingToAnalyseError
from vital_widgets.panels.parameters import channel, choice, number, several, text
from vital_widgets.panels.placetraits import Where
from vital_widgets.panels.rows import Row, axes_of, layout_of
from vital_widgets.panels.script import Step, call
from vital_widgets.panels.view import View

if TYPE_CHECKING:
    from vital_widgets.panels.panelplaces import Place

    Rows = list[tuple[str, ...]]

COMPARED = (DEFAULT, "pan-tompkins", "two-averages")  # that work differently
AROUND_S = 3.0  # s of signal that are shown on either side of a place
SAME_S = 1e-3  # s between a place and a time that stands for it
LISTED = 15  # places in the table
COLORS = dict(zip(METHODS, theme.COLORS[1:], strict=False))
OPEN, DECIDED, CURRENT = theme.COLORS[0], theme.COLORS[6], theme.COLORS[1]


class Disagreements(Panel):
    """Several detectors over one ECG; the places where they differ, ranked, and decided by hand.

    "Accept" keeps the beats of one detector at the place that is shown, in a layer of annotations
    that also has the beats on which all detectors agree; elsewhere it has those of the first.

    Attributes
    ----------
    channel : str
        Name of an ECG channel.
    methods : tuple of str
        Two or more methods of `ecg_peaks`.
    rank : int
        Which place is shown; 1 is the worst.
    accepted : str
        The detector whose beats the button "Accept" keeps.
    layer : str
        Name of the layer of annotations with the decisions.
    tolerance_s : float
        Largest difference in seconds of marks of the same beat.
    max_gap_s : float
        Disputed beats not further apart than this, in seconds, are one place.
    """

    title = "Disagreements"
    about = "where detectors of beats differ"
    plot_height = 440
    uses_marks = True
    grows = False  # one detector alone says nothing
    addable = True
    buttons = MappingProxyType(
        {
            "Previous": ("previous", "go to the place before, in the viewer too"),
            "Next": ("next", "go to the next place"),
            "Accept": ("accept", "keep the beats of the chosen detector at this place"),
        }
    )

    where = Where("whole")
    channel = channel("ECG", "Channel", "one lead of an ECG, guessed from names and units")
    methods = several(
        COMPARED, METHODS, "Detectors",
        "slope: of this package; Pan and Tompkins 1985; two averages: Elgendi 2010; gqrs, xqrs: "
        "wfdb",
    )  # fmt: skip
    rank = number(1, 1, 10_000_000, "Place", "1 is the worst", whole=True, drawing=True)
    accepted = choice(
        DEFAULT, METHODS, "Accept", "whose beats are kept at this place", drawing=True
    )  # fmt: skip
    layer = text("checked beats", "In layer", "of annotations, where they are kept", drawing=True)
    tolerance_s = number(0.15, 0.01, 1, "Tolerance", "0.15 s: EC57", unit="s", step=0.01)
    max_gap_s = number(
        5.0, 0.1, 60, "One place", "disputed beats not further apart than this", unit="s", step=1
    )

    def script(self, place: Place, chosen: Any) -> dict[str, Step]:
        """Return the ranked places, and the beats of each detector."""
        if len(chosen.methods) < MIN_DETECTORS:
            raise NothingToAnalyseError("choose two or more detectors")
        signal = place.channel(chosen.channel)
        found = {
            method: call(
                ecg_peaks, signal, name=method.replace("-", "_"), method=method, **place.usable
            )
            for method in chosen.methods
        }
        ranked = call(
            rank_disagreement, found, name="disagreement", tolerance_s=chosen.tolerance_s,
            max_gap_s=chosen.max_gap_s,
        )  # fmt: skip
        return {"disagreement": ranked, **found}

    def draw(self, result: Any, chosen: Any) -> View:
        """Return the places over time, and the signal at one of them."""
        parts = result.items()
        ranked = parts.pop("disagreement")
        agreed = f"{ranked.n_agreed:,} of {ranked.n_beats:,} beats found by all"
        if not len(ranked.onset):
            return View((), {}, (), f"the detectors agree: {agreed}")
        k = min(chosen.rank, len(ranked.onset)) - 1
        decisions = self._decided(chosen).decisions(ranked)
        units = self.recording[chosen.channel].units
        rows = (
            Row("score", 110, y={"rangemode": "tozero"}),
            Row(
                f"{chosen.channel} ({units})" if units else chosen.channel, 220,
                x={
                    "title": {"text": f"time (s), place {k + 1}"},
                    "range": [ranked.onset[k] - AROUND_S, ranked.end[k] + AROUND_S],
                },
            ),
        )  # fmt: skip
        above, below = axes_of(rows)
        color = [DECIDED if one else OPEN for one in decisions]
        color[k] = CURRENT
        places = {
            "type": "scatter", "mode": "markers", "name": "places", "x": ranked.onset,
            "y": ranked.score, "marker": {"color": color, "size": 8},
            "text": [f"place {j + 1}" for j in range(len(color))], **above,
        }  # fmt: skip
        layout = layout_of(rows)
        layout |= {"showlegend": True, "shapes": [_shade(ranked, k, below)]}
        traces = [{**places, "showlegend": False}, *self._signal(ranked, k, parts, chosen, below)]
        done = sum(1 for one in decisions if one)
        said = decisions[k] or "open"
        message = (
            f"{agreed} · {len(ranked.onset):,} places differ, {done:,} decided · place {k + 1}, "
            f"{ranked.onset[k]:.1f} s: {said}"
        )
        table, times = _table(ranked, decisions, k)
        return View(traces, layout, table, message, times, times="x x2")

    def _signal(
        self, ranked: Any, k: int, found: dict[str, Any], chosen: Any, axes: dict[str, str]
    ) -> list[dict[str, Any]]:
        """Return the signal at a place, with the beats of each detector above it."""
        t0, t1 = ranked.onset[k] - AROUND_S, ranked.end[k] + AROUND_S
        times, values = self.recording[chosen.channel].window(t0, t1)
        known = values[np.isfinite(values)]
        top, height = (known.max(), np.ptp(known)) if len(known) else (0.0, 1.0)
        traces: list[dict[str, Any]] = [
            {
                "type": "scatter", "mode": "lines", "name": chosen.channel, "x": times, "y": values,
                "line": {"color": OPEN, "width": 1.2}, "showlegend": False, **axes,
            }
        ]  # fmt: skip
        for j, (method, beats) in enumerate(found.items()):
            at = beats.times[(beats.times >= t0) & (beats.times < t1)]
            traces.append(
                {
                    "type": "scatter", "mode": "markers", "name": method, "x": at,
                    "y": np.full(len(at), top + (0.1 + 0.1 * j) * (height or 1.0)),
                    "marker": {"color": COLORS[method], "size": 9, "symbol": "triangle-down"},
                    "customdata": at[:, None], **axes,
                }
            )  # fmt: skip
        return traces

    # ---------------------------------------------------------------------------------------

    def next(self) -> str:
        """Go to the next place, in the viewer too; return a sentence about it."""
        return self._go_to(self._current() + 1)

    def previous(self) -> str:
        """Go to the place before, in the viewer too; return a sentence about it."""
        return self._go_to(self._current() - 1)

    def goto(self, time: float) -> None:
        """Show a time in the viewer; at the begin of a place, go to that place."""
        place = self._place_at(time)
        if place:
            self._go_to(place)
        else:
            super().goto(time)

    def show_time(self, time: float) -> None:
        """Show a time in the middle of the window; at the begin of a place, go to that place."""
        place = self._place_at(time)
        if place:
            self._go_to(place)
        super().show_time(time)

    def _place_at(self, time: float) -> int:
        """Return the number of the place that begins at a time, 0 for none."""
        if self.result is None:
            return 0
        onset = self._known_result().onset
        near = np.flatnonzero(np.abs(onset - time) < SAME_S)
        return int(near[0]) + 1 if len(near) else 0

    def accept(self, detector: str | None = None) -> str:
        """Keep the beats of one detector at the place that is shown.

        Parameters
        ----------
        detector : str, optional
            By default that of the parameter ``accepted``.

        Returns
        -------
        str
            A sentence about it.
        """
        ranked = self._places()
        k = self._current() - 1
        method = self.accepted if detector is None else detector
        found = {name: one for name, one in self.results.items() if name != "disagreement"}
        if method not in found:
            raise InvalidInputError(
                f"{method!r} is not among the detectors that were run: {', '.join(found)}"
            )
        n = self._decided(self._as_drawn(self._shown_as)).accept(ranked, k, method, found)
        beats = f"{n} beat{'' if n == 1 else 's'}"
        return f"place {k + 1}: {beats} of {method} kept in the layer {self.layer!r}"

    def _decided(self, chosen: Any) -> DecidedBeats:
        return DecidedBeats(
            self.recording.annotations, chosen.layer, chosen.channel, chosen.tolerance_s
        )

    def _places(self) -> Any:
        ranked = self._known_result()
        if not len(ranked.onset):
            raise InvalidInputError("the detectors agree everywhere; there is no place to decide")
        return ranked

    def _current(self) -> int:
        return min(int(self.rank), len(self._places().onset))

    def _go_to(self, rank: int) -> str:
        ranked = self._places()
        n = len(ranked.onset)
        if not 1 <= rank <= n:
            end = "last" if rank > n else "first"
            return f"this is the {end} of {n} places"
        self.rank = rank
        super().goto(float(ranked.onset[rank - 1]))
        return f"place {rank} of {n}, {ranked.onset[rank - 1]:.1f} s"


def _shade(ranked: Any, k: int, axes: dict[str, str]) -> dict[str, Any]:
    """Return a shape from the first to the last disputed beat of a place."""
    return {
        "type": "rect", "xref": axes["xaxis"], "yref": f"{axes['yaxis']} domain", "y0": 0, "y1": 1,
        "x0": float(ranked.onset[k]) - 0.1, "x1": float(ranked.end[k]) + 0.1,
        "fillcolor": "rgba(128,128,128,0.2)", "line": {"width": 0}, "layer": "below",
    }  # fmt: skip


def _table(ranked: Any, decisions: list[str], k: int) -> tuple[Rows, list[float]]:
    """Return the places around the present one with their times.

    Each row says what each detector found, and the decision.
    """
    rows: Rows = [("place", "time", "disputed", *ranked.detectors, "decision")]
    first = max(min(k - LISTED // 2, len(ranked.onset) - LISTED), 0)
    for j in range(first, min(first + LISTED, len(ranked.onset))):
        found = [str(n) for n in ranked.found[j].tolist()]
        shown = f"▸ {j + 1}" if j == k else str(j + 1)
        time = f"{ranked.onset[j]:.1f} s"
        rows.append((shown, time, str(ranked.disputed[j]), *found, decisions[j]))
    return rows, ranked.onset[first : first + LISTED].tolist()
