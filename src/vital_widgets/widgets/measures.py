"""Measure a time range of a viewer."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import traitlets

from vital_widgets.core.amplitude import parse_scale
from vital_widgets.core.arguments import is_one_of
from vital_widgets.core.formatting import format_value
from vital_widgets.errors import InvalidInputError, UnknownChannelError
from vital_widgets.widgets.entries import EntriesTrait

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from vital_widgets.core.recording import Recording
    from vital_widgets.serve.session import Session


class Measuring(traitlets.HasTraits):
    """What can be measured in a viewer: a selection, calipers, rulers."""

    recording: Recording
    channels: Any
    selection: Any

    caliper = traitlets.Dict(default_value=None, allow_none=True).tag(sync=True, view=True)
    rulers = EntriesTrait().tag(sync=True, view=True)

    @traitlets.validate("caliper")
    def _valid_caliper(self, proposal: dict[str, Any]) -> dict[str, Any] | None:
        value = proposal["value"]
        return None if value is None else _checked_caliper(value, self.recording, self.channels)

    @traitlets.validate("rulers")
    def _valid_rulers(self, proposal: dict[str, Any]) -> dict[str, str]:
        return {name: _checked_ruler(name, span) for name, span in proposal["value"].items()}

    def measure(
        self,
        t0: float | None = None,
        t1: float | None = None,
        *,
        channels: Sequence[str] | None = None,
    ) -> pd.DataFrame:
        """Return statistics of a time range, as the table under a selection shows them.

        They are computed from all samples, also where the viewer draws minima and maxima.

        Parameters
        ----------
        t0, t1 : float, optional
            The samples with ``t0 <= t < t1`` seconds are measured. Default: the selection.
        channels : sequence of str, optional
            Names of lanes. Default: all that are shown.

        Returns
        -------
        pandas.DataFrame
            A row for each channel: its name and units; ``n`` samples that are numbers and
            ``missing`` ones that are NaN or infinite; ``min``, ``max``, ``mean``, ``rms`` and
            ``sd`` (n - 1) in its units, and ``slope`` of the regression line in units per second.

        Examples
        --------
        >>> import vital_widgets as vw
        >>> viewer = vw.Viewer(vw.Recording.from_arrays({"ramp": range(100)}, fs=10))
        >>> viewer.measure(1, 3)[["channel", "n", "min", "max", "mean", "slope"]]
          channel   n   min   max  mean  slope
        0    ramp  20  10.0  29.0  19.5   10.0
        """
        import pandas as pd

        from vital_widgets.serve.measuring import FIGURES, measuring

        t0, t1 = self._measured_range(t0, t1)
        session = self._open_session()
        names = self._measured_names(channels, session)
        try:
            found = [session.channels[k] for k in session.index_of(names)]
        except KeyError as error:
            known = ", ".join(map(repr, dict.fromkeys([*self.channels, *self.recording.channels])))
            msg = f"unknown channel {error.args[0]!r} to measure; available: {known}"
            raise UnknownChannelError(msg) from None
        for channel in found:
            channel.wait()
        task = measuring(found, t0, t1)
        task.run()  # on this thread, so that an interrupt stops it
        rows = [
            {"channel": name, "units": channel.units, **measured.figures}
            for name, channel, measured in zip(names, found, task.result(), strict=True)
        ]
        return pd.DataFrame(rows, columns=["channel", "units", *FIGURES])

    def _measured_names(self, channels: Sequence[str] | None, session: Session) -> list[str]:
        if channels is None:  # neither stages nor masks
            return [name for name in self.channels if session.is_trace(name)]
        return [channels] if isinstance(channels, str) else list(channels)

    def _measured_range(self, t0: float | None, t1: float | None) -> tuple[float, float]:
        if t0 is None and t1 is None:
            if self.selection is None:
                msg = "nothing is selected: give t0 and t1 in seconds, or select with Shift + drag"
                raise InvalidInputError(msg)
            t0, t1 = self.selection
        try:
            start, stop = float(t0), float(t1)  # type: ignore[arg-type]
        except (TypeError, ValueError, OverflowError):
            start = stop = math.nan
        if not (math.isfinite(start) and math.isfinite(stop) and start < stop):
            msg = f"t0={t0!r}, t1={t1!r} is not a time range: give finite seconds, t0 < t1"
            raise InvalidInputError(msg)
        return start, stop

    if TYPE_CHECKING:  # of the class that this one is a part of

        def _open_session(self) -> Session: ...


def _checked_caliper(
    value: dict[str, Any], recording: Recording, shown: Sequence[str]
) -> dict[str, Any]:
    channel = value.get("channel")
    known = [*dict.fromkeys([*shown, *recording.channels])]
    if not is_one_of(channel, known):
        names = ", ".join(map(repr, known))
        msg = f"caliper of channel {channel!r}: unknown channel; available: {names}"
        raise UnknownChannelError(msg)
    points = {end: _checked_point(value.get(end)) for end in ("from", "to")}
    unknown = sorted(map(str, set(value) - {"channel", "from", "to", "marching"}))
    if unknown or None in points.values():
        msg = (
            f"caliper={value!r} is not a caliper; give for example "
            "{'channel': 'ECG', 'from': (10.0, 0.1), 'to': (10.8, 0.2)}: two pairs of a time in "
            "seconds and a value in units of the channel, and 'marching': True to repeat the "
            "interval"
        )
        raise InvalidInputError(msg)
    return {"channel": channel, **points, "marching": bool(value.get("marching", False))}


def _checked_point(value: Any) -> list[float] | None:
    try:
        t, level = (float(number) for number in value)
    except (TypeError, ValueError, OverflowError):
        return None
    return [t, level] if math.isfinite(t) and math.isfinite(level) else None


def _checked_ruler(name: str, value: Any) -> str:
    found = parse_scale(value, f"rulers[{name!r}]") if isinstance(value, str) else None
    if found is None or found.span is None:
        msg = (
            f"rulers[{name!r}]={format_value(value)} is not the distance of two lines; give for "
            "example '75 µV', or None to remove it"
        )
        raise InvalidInputError(msg)
    return found.text
