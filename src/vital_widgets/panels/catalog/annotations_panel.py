"""Annotations: how many there are, when, and how far two layers agree."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.compare.matching import match_beats
from vital_widgets.analysis.engine.result import median_of, quantity
from vital_widgets.analysis.sleep.hypnogram import hypnogram
from vital_widgets.errors import InvalidInputError
from vital_widgets.figures import theme
from vital_widgets.panels import parameters
from vital_widgets.panels.catalog.annotationrows import MarkList
from vital_widgets.panels.panel import Panel
from vital_widgets.panels.panelplaces import NothingToAnalyseError
from vital_widgets.panels.rows import Row, axes_of, layout_of
from vital_widgets.panels.script import Step, call, constant
from vital_widgets.panels.view import View

if TYPE_CHECKING:
    from vital_widgets.panels.panelplaces import Place

SHOWN = 12  # texts, the most frequent ones, in the plot
BINS = (1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14400)  # s
MOST_BINS = 120
MOST_ROWS = 40
LEAST_S = 1.0  # s that are shown at least after the last mark
NO_MATCH = (
    "no annotation in this part of the recording matches; show another part, or change Texts, "
    "Layer or Reader"
)


class Annotations(MarkList, Panel):
    """Counts of annotations by text and layer, their rate over time, agreement of two layers.

    Attributes
    ----------
    texts_shown : str
        Texts, separated by commas; '' for all.
    layer, reader : str or None
        Only those of this layer, of this reader; None for all.
    compared_with : str or None
        A second layer, whose agreement with ``layer`` is shown; None for none.
    agreement_of : str
        "marks" pairs marks by their time, "epochs" compares sleep stages.
    tolerance_s : float
        Largest distance of paired marks in seconds.
    """

    title = "Annotations"
    uses_marks = True
    long_series = True
    buttons = MappingProxyType(
        {
            "Previous": ("previous_mark", "show the mark before the middle of the window"),
            "Next": ("next_mark", "show the mark after the middle of the window"),
            **MarkList.list_buttons,
        }
    )

    texts_shown = parameters.text("", "Texts", "separated by commas: V, A; all if empty")
    layer = parameters.layer("Layer", "only the marks of this layer", empty="all")
    reader = parameters.reader("Reader", "only the marks of this reader", empty="all")
    compared_with = parameters.layer(
        "Compare with", "a second layer, with the one in Layer", empty="none"
    )
    agreement_of = parameters.choice(
        "marks",
        {"marks": "marks", "sleep epochs": "epochs"},
        "Agreement of",
        "marks: paired one to one (ANSI/AAMI EC57); epochs: Cohen's kappa of stages of 30 s",
    )
    tolerance_s = parameters.number(
        0.15, 0.001, 10, "Tolerance", "of paired marks; EC57: 0.15 s", unit="s", step=0.05
    )

    def script(self, place: Place, chosen: Any) -> dict[str, Step]:
        """Return the marks, and the agreement of two layers."""
        if not len(self.recording.annotations):
            raise NothingToAnalyseError(
                "the recording has no annotations; add some in the viewer, or results of analyses"
            )
        place.without_stretches("counts")
        span = None if place.t_range is None else tuple(round(t, 6) for t in place.t_range)
        where = {} if span is None else {"t_range": span}
        given = self._filter(chosen)
        marks = place.rec.attribute("annotations")
        made = {
            "marks": marks.method("select", **given, **where, name="marks"),
            "t_range": constant(span, ""),
        }
        if chosen.compared_with:
            if not chosen.layer:
                raise NothingToAnalyseError(
                    "two layers are needed to compare; choose the first one in Layer"
                )
            self._known_layer(chosen.compared_with)
            texts = {key: one for key, one in given.items() if key == "texts"}
            one, other = (
                marks.method("select", **texts, layers=[name], **where, name=called)
                for name, called in ((chosen.layer, "first"), (chosen.compared_with, "second"))
            )
            if chosen.agreement_of == "epochs":
                made["agreement"] = call(hypnogram, one, second=other, name="agreement")
            else:
                onsets = one.attribute("onset"), other.attribute("onset")
                made["agreement"] = call(
                    match_beats, *onsets, tolerance_s=chosen.tolerance_s, name="agreement"
                )
        return made

    def _known_layer(self, name: str) -> str:
        names = [one.name for one in self.recording.annotations.layers]
        if name not in names:
            listed = ", ".join(map(repr, names))
            raise InvalidInputError(f"unknown layer {name!r}; available: {listed}")
        return name

    def _filter(self, chosen: Any) -> dict[str, Any]:
        """Return the arguments of `select` for texts, layer and reader; those that are given."""
        found: dict[str, Any] = {}
        texts = [one.strip() for one in chosen.texts_shown.split(",") if one.strip()]
        known: list[str] = []
        if texts:
            known = sorted({str(one) for one in self.recording.annotations.select().text})
        for one in texts:
            if one not in known:
                listed = ", ".join(map(repr, known[:12]))
                raise InvalidInputError(f"no annotation has the text {one!r}; available: {listed}")
        if texts:
            found["texts"] = texts
        infos = self.recording.annotations.layers
        layers = [one.name for one in infos]
        if chosen.layer:
            layers = [self._known_layer(chosen.layer)]
        if chosen.reader:
            readers = sorted({one.reader for one in infos if one.reader})
            if chosen.reader not in readers:
                listed = ", ".join(map(repr, readers)) or "none"
                raise InvalidInputError(f"unknown reader {chosen.reader!r}; available: {listed}")
            layers = [
                one.name for one in infos if one.reader == chosen.reader and one.name in layers
            ]
        if chosen.layer or chosen.reader:
            found["layers"] = layers
        return found

    def draw(self, result: Any, chosen: Any) -> View:
        """Return the marks and their rate over time, and the table of counts."""
        del chosen
        marks = result.marks
        if not len(marks):
            return View(text=NO_MATCH)
        names, counts = np.unique(np.asarray(marks.text, str), return_counts=True)
        shown = [str(one) for one in names[np.argsort(-counts, kind="stable")][:SHOWN]]
        ticks = {"tickmode": "array", "tickvals": list(range(len(shown))), "ticktext": shown}
        rows = [
            Row("", 40 + 18 * len(shown), y={**ticks, "range": [len(shown) - 0.5, -0.5]}),
            Row("marks per hour", 120, y={"rangemode": "tozero"}),
        ]
        axes = axes_of(rows)
        begin, end = result.t_range or (
            min(0.0, float(marks.onset.min())),
            max(self.recording.duration, float(marks.onset.max()) + LEAST_S),
        )
        edges = _bins(begin, end)
        traces = []
        for k, text in enumerate(shown):
            color = theme.COLORS[k % len(theme.COLORS)]
            onset = marks.onset[marks.text == text]
            rate = np.histogram(onset, edges)[0] * 3600 / np.diff(edges)
            traces += [
                {
                    "type": "scatter", "mode": "markers", "name": text, "x": onset,
                    "y": np.full(len(onset), float(k)),
                    "marker": {"color": color, "size": 6, "symbol": "line-ns-open"}, **axes[0],
                },
                {
                    "type": "scatter", "mode": "lines", "name": text, "x": edges,
                    "y": np.append(rate, rate[-1:]),
                    "line": {"color": color, "width": 1.4, "shape": "hv"}, **axes[1],
                },
            ]  # fmt: skip
        hidden = len(names) - len(shown)
        said = f"{len(marks):,} annotations, {len(names)} {'text' if len(names) == 1 else 'texts'}"
        said += f", of which the {SHOWN} most frequent are shown" if hidden else ""
        agreement = result.items().get("agreement")
        table = _counts(marks, (end - begin) / 3600)
        if agreement is not None:
            said += "; " + ", ".join(f"{name}: {value}" for name, value in agreement._facts()[:4])
        return View(traces, layout_of(rows), table, said, times="x")

    def previous_mark(self) -> str:
        """Show the mark before the middle of the viewer's window."""
        return self._go_to("previous")

    def next_mark(self) -> str:
        """Show the mark after the middle of the viewer's window."""
        return self._go_to("next")

    def _go_to(self, which: str) -> str:
        viewer = self.viewer
        t0, t1 = viewer.t_range if viewer is not None else self.window
        middle = (t0 + t1) / 2
        apart = 1e-6 if which == "next" else -1e-6  # the mark in the middle was shown already
        find = getattr(self.recording.annotations, which)
        mark = find(middle + apart, **self._filter(self.chosen()))
        if mark is None:
            return f"there is no {which} mark"
        half = (t1 - t0) / 2
        span = (mark.onset - half, mark.onset + half)
        if viewer is not None:
            viewer.t_range = span
            self._led = True
        else:
            self.window = span
        return f"{mark.text!r} at {mark.onset:.2f} s, layer {mark.layer!r}"


def _bins(begin: float, end: float) -> Any:
    """Return limits of bins of equal length; the last one also has what is left at the end."""
    span = end - begin
    step = next((one for one in BINS if span / one <= MOST_BINS), BINS[-1])
    return np.append(begin + step * np.arange(max(int(span / step), 1)), end)


def _counts(marks: Any, hours: float) -> list[tuple[str, ...]]:
    """Return one row for each text and layer, the most frequent first."""
    texts, layers = np.asarray(marks.text, str), np.asarray(marks.layer, str)
    pairs, which = np.unique(np.stack([texts, layers]), axis=1, return_inverse=True)
    which = np.ravel(which)
    rows: list[tuple[str, ...]] = [("text", "layer", "count", "per hour", "duration (median, s)")]
    counts = np.bincount(which)
    order = np.argsort(-counts, kind="stable")
    for k in order[:MOST_ROWS].tolist():
        lasting = median_of(np.asarray(marks.duration[which == k], np.float64))
        rows.append(
            (
                str(pairs[0, k]),
                str(pairs[1, k]),
                f"{counts[k]:,}",
                _per_hour(counts[k] / hours),
                quantity(lasting, "", 3) if lasting else "",
            )
        )
    rest = counts[order[MOST_ROWS:]]
    if len(rest):
        total = int(rest.sum())
        rows.append((f"{len(rest):,} rarer ones", "", f"{total:,}", _per_hour(total / hours), ""))
    return rows


def _per_hour(rate: float) -> str:
    return f"{rate:,.0f}" if rate >= 100 else quantity(rate, "", 3)  # noqa: PLR2004 - no exponents
