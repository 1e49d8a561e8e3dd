"""Rates, lengths, values and messages beyond all that is usual."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

import vital_widgets as vw
from small_recordings import FS, N, ask, values, write
from vital_widgets.core.annotations import Annotations
from vital_widgets.core.channel import Channel
from vital_widgets.core.recording import Recording
from vital_widgets.core.samples import ArraySamples
from vital_widgets.core.timebase import regular
from vital_widgets.errors import (
    FormatError,
    InvalidInputError,
)
from vital_widgets.serve.dispatch import dispatch
from vital_widgets.simulate.edf_files import EdfSignal, write_edf


@pytest.mark.parametrize("fs", [1e12, 1 / 3600, 1e308, 1e-290])
@pytest.mark.parametrize("n", [0, 1, 100_000])
def test_any_rate_and_length_can_be_looked_at(serve, n, fs):
    recording = Recording.from_arrays({"a": np.arange(n)}, fs=fs)
    session = serve(recording)
    for t0, t1 in ((0, 1), (-1e308, 1e308), (0, max(recording.duration, 1e-300)), (5, 5.001)):
        reply = ask(session, t0, t1)
        assert reply["kind"] == "window", reply
        assert reply["complete"]
    window = session.first_window()
    session.first_picture([0], *window)
    assert repr(recording)
    assert recording._repr_html_()


def test_longer_than_a_number_can_say():
    with pytest.raises(InvalidInputError, match="1000 samples at 1e-307"):
        Recording.from_arrays({"a": np.zeros(1000)}, fs=1e-307)


def test_tables_and_arrays_in_memory_that_cannot_be():
    far = pd.DatetimeIndex(np.array([2**45, 2**45 + 1], "M8[s]"))
    with pytest.raises(InvalidInputError, match="years 1 to 9999"):
        Recording.from_dataframe(pd.DataFrame({"a": [1, 2]}, index=far))
    with pytest.raises(InvalidInputError, match="'a' is not an array"):
        Recording.from_arrays({"a": [[1], [1, 2]]}, fs=1)


@pytest.mark.parametrize(
    "content",
    [
        {"kind": "cancel", "requests": 5},
        {"kind": "cancel"},
        {"kind": "window", "channels": [0], "t0": 0, "t1": 10**400, "width": 5},
        {"kind": ["window"]},
    ],
)
def test_messages_that_make_no_sense_are_told_as_such(serve, content):
    session = serve(Recording.from_arrays({"a": values()}, fs=FS))
    reply, buffers = dispatch(session, {"v": 1, **content})
    assert (reply["kind"], reply["code"], buffers) == ("error", "protocol", [])


def test_two_hundred_channels(serve):
    names = [f"c{k}" for k in range(200)]
    recording = Recording.from_arrays({name: np.arange(3000.0) for name in names}, fs=100)
    reply = ask(serve(recording))
    assert [part["channel"] for part in reply["parts"]] == list(range(200))


def test_no_channels_at_all(serve):
    recording = Recording("marks", [], annotations=Annotations([1.0], ["a"]))
    session = serve(recording)
    assert ask(session)["parts"] == []
    assert session.first_window()[1] > 0
    assert session.first_picture([], 0.0, 1.0)[0]["overview"] is None


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_nothing_but_nan_or_infinity(serve, value):
    recording = Recording.from_arrays({"a": np.full(100_000, value)}, fs=100)
    session = serve(recording)
    assert ask(session, 0, 1000)["complete"]
    assert session.description()[0]["ranges"] == [None]


def test_limits_and_gains_beyond_all_numbers(tmp_path):
    limits = {"physical_min": "-1.5e308", "physical_max": "1.5e308"}
    path = write_edf(tmp_path / "x.edf", [EdfSignal("a", values(), fields=limits)], n_records=10)
    with vw.open(path) as recording:
        assert recording["a"].read(0, 3).tolist() == [0, 1, 2]
        assert any("exceed the range of float64" in note for note in recording.notes)
    (tmp_path / "r.dat").write_bytes(bytes(20))
    (tmp_path / "r.hea").write_text("r 1 100 10\nr.dat 16 1e-9(1e300)/mV\n")
    with pytest.raises(FormatError, match=r"line 2.*finite"):
        vw.open(tmp_path / "r.hea")
    with pytest.raises(InvalidInputError, match=r"'a'.*finite"):
        Channel("a", ArraySamples(values()), regular(FS, N), gain=np.inf)


def test_a_last_time_of_infinity_does_not_reach_the_browser(tmp_path, serve):
    path = write(tmp_path / "night.csv", 3 * N)
    path.write_text(path.read_text() + "inf,1,1\n")
    session = serve(vw.open(path), built=False)
    assert np.isfinite(session.description()[0]["duration"])
    json.dumps(session.description()[0], allow_nan=False)
    session.task.wait(300)
    assert "has no time" in ask(session)["error"]
