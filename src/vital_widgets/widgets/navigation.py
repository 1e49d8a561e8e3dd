"""Traits and methods of a viewer for moving through time: positions, epochs, playing, time axis."""

from __future__ import annotations

import math
from datetime import datetime
from numbers import Real
from typing import TYPE_CHECKING, Any

import traitlets

from vital_widgets.core.formatting import format_value
from vital_widgets.core.position import Place, parse_position
from vital_widgets.errors import InvalidInputError
from vital_widgets.serve.description import expected_duration
from vital_widgets.widgets.entries import Number

if TYPE_CHECKING:
    from vital_widgets.core.recording import Recording

TIME_AXES = ("clock", "elapsed")
SHORTEST_EPOCH = 1e-3
SPEEDS = (0.01, 10_000.0)


class Navigation(traitlets.HasTraits):
    """How a viewer shows time and moves through it."""

    recording: Recording
    t_range: Any
    channels: Any

    time_axis = traitlets.Unicode("clock").tag(
        sync=True, view=True, accepts=" or ".join(map(repr, TIME_AXES))
    )
    epoch_length = Number(None, allow_none=True).tag(sync=True, view=True)
    epoch_start = Number(0.0).tag(sync=True, view=True)
    play_speed = Number(1.0).tag(sync=True, view=True)
    toolbar = traitlets.Bool(True).tag(sync=True, view=True)
    follow = traitlets.Bool(True).tag(sync=True, view=True)

    @traitlets.validate("time_axis")
    def _valid_axis(self, proposal: dict[str, Any]) -> str:
        value: str = proposal["value"]
        if value not in TIME_AXES:
            accepted = " or ".join(map(repr, TIME_AXES))
            raise InvalidInputError(f"time_axis={value!r} is unknown; give {accepted}")
        return value

    @traitlets.validate("epoch_length")
    def _valid_epoch_length(self, proposal: dict[str, Any]) -> float | None:
        value: float | None = proposal["value"]
        if value is not None and not (math.isfinite(value) and value >= SHORTEST_EPOCH):
            msg = (
                f"epoch_length={value!r} is not a length in seconds, at least {SHORTEST_EPOCH:g}; "
                "give for example 30, or None for no epochs"
            )
            raise InvalidInputError(msg)
        return value

    @traitlets.validate("epoch_start")
    def _valid_epoch_start(self, proposal: dict[str, Any]) -> float:
        value: float = proposal["value"]
        if not (math.isfinite(value) and value >= 0):
            msg = (
                f"epoch_start={value!r} is not a time in seconds from the start of the recording, "
                "0 or later"
            )
            raise InvalidInputError(msg)
        return value

    @traitlets.validate("play_speed")
    def _valid_speed(self, proposal: dict[str, Any]) -> float:
        value: float = proposal["value"]
        lowest, highest = SPEEDS
        if not lowest <= value <= highest:
            msg = (
                f"play_speed={value!r} is not a speed from {lowest:g} to {highest:,.0f}; "
                "1 is real time"
            )
            raise InvalidInputError(msg)
        return value

    def goto(self, position: str | float | datetime) -> None:
        """Move the window to a position, which becomes its start; its length stays the same.

        Parameters
        ----------
        position : str, float or datetime
            A number is a time in seconds from the start of the recording, a datetime a clock time.
            A text is one of these; the field *go to* in the viewer accepts the same:

            ============================ ========================================================
            ``"01:23:45"``, ``"01:23"``  the time of day that is nearest to the window; a time
                                         from the start if the viewer shows no clock time, or
                                         from 24 h on
            ``"2024-03-01 01:23:45"``    date and time of day, also with ``T`` and a time zone
            ``"90 min"``, ``"1 h 30 s"`` time from the start of the recording; units ms, s, min,
                                         h, d; seconds without a unit
            ``"+90 s"``, ``"-5 min"``    forward or back from the window
            ``"#25000"``                 a sample of the first channel shown, counted from 0;
                                         ``"#25000 ECG"`` of another one
            ``"epoch 120"``, ``"e120"``  an epoch, counted from 1
            ``"start"``, ``"end"``       the first, the last window
            ============================ ========================================================

        Raises
        ------
        InvalidInputError
            The position cannot be read, or is outside the recording.

        Examples
        --------
        >>> import vital_widgets as vw
        >>> viewer = vw.Viewer(vw.sample(600, seed=1), t_range=(0, 10))
        >>> viewer.goto("+90 s")
        >>> viewer.t_range
        (90.0, 100.0)
        """
        t0, t1 = self.t_range
        start = self._position(position)
        last = max(0.0, expected_duration(self.recording) - (t1 - t0))
        start = min(start, last)
        self.t_range = (start, start + (t1 - t0))

    def mark_time(self, time: Any) -> None:
        """Show a line at a time, as panels do where the pointer is; it is not saved.

        Parameters
        ----------
        time : float or None
            Seconds from the start of the recording; None removes the line.
        """
        if time is not None and not (isinstance(time, Real) and math.isfinite(time)):
            msg = f"time={format_value(time)} is not a number of seconds; give one, or None"
            raise InvalidInputError(msg)
        self._navigate("mark", t=None if time is None else float(time))

    def _position(self, position: object) -> float:
        t0, t1 = self.t_range
        recording = self.recording
        duration = expected_duration(recording)
        if isinstance(position, datetime):
            position = position.isoformat()
        if isinstance(position, str):
            place = Place(
                t0=t0,
                t1=t1,
                duration=duration,
                start=recording.start,
                elapsed=recording.start is None or self.time_axis == "elapsed",
                epochs=None if self.epoch_length is None else (self.epoch_length, self.epoch_start),
                timebases={name: one.timebase for name, one in recording.channels.items()},
                channel=self.channels[0] if self.channels else None,
            )
            return parse_position(position, place)
        try:
            t = float(position)  # type: ignore[arg-type]
        except (TypeError, ValueError):
            msg = (
                f"cannot go to {format_value(position)}; give seconds, a datetime, or a text such "
                "as '01:23:45' or '+90 s'"
            )
            raise InvalidInputError(msg) from None
        if not 0 <= t < duration:
            msg = f"{t:g} s is outside the recording, which lasts from 0 to {duration:g} s"
            raise InvalidInputError(msg)
        return t

    def back(self) -> None:
        """Show the former window again, as the button in the viewer does.

        The browser keeps the windows. Without a displayed viewer, nothing happens.
        """
        self._navigate("back")

    def forward(self) -> None:
        """Undo `back`."""
        self._navigate("forward")

    def take_focus(self) -> None:
        """Let the next keys go to the viewer, if a button of a panel was clicked before.

        Panels call it after a button that shows another place in the viewer.
        """
        self._navigate("focus")

    def _navigate(self, kind: str, **what: Any) -> None:
        self.send({"kind": kind, **what})  # type: ignore[attr-defined]
