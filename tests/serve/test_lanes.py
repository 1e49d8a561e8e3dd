"""Derived signals of a session: what is sent equals what the whole channel gives."""

from __future__ import annotations

import itertools
import threading
from datetime import datetime

import numpy as np
import pytest
from scipy import signal

import vital_widgets as vw
from vital_widgets.core.annotations import Annotations
from vital_widgets.core.channel import Channel
from vital_widgets.core.recording import Recording
from vital_widgets.core.samples import ArraySamples
from vital_widgets.core.timebase import from_runs
from vital_widgets.export.markgroups import MarkColors, MarkWindow, shown_marks
from vital_widgets.export.palette import PALETTES
from vital_widgets.io.edf.writer import EdfPlusWriter, EdfSignal
from vital_widgets.montage import MONTAGES
from vital_widgets.pyramid.reduce import bins_of
from vital_widgets.runtime.tasks import TaskState
from vital_widgets.serve.dispatch import dispatch
from vital_widgets.serve.lanes import lanes_of
from vital_widgets.serve.protocol import VERSION
from vital_widgets.serve.session import Session
from waiting import until

START = datetime(2024, 3, 1, 22, 10)
FS = 200.0
RUNS = [(0.0, 90_000), (500.0, 21_000), (700.0, 130_001)]


def recording(names=("ECG", "Fp1", "F7", "F3")):
    base = from_runs(FS, RUNS)
    rng = np.random.default_rng(2)
    channels = []
    for name in names:
        samples = np.cumsum(rng.normal(size=base.n_samples)) + 40 * rng.normal(size=base.n_samples)
        samples[70_000:70_010] = np.nan
        channels.append(Channel(name, ArraySamples(samples), base, "µV"))
    return Recording("night", channels, annotations=Annotations([3.0], ["spike"], None, ["ECG"]))


def filtered_whole(x, sections):
    """The filter over each stretch of numbers."""
    out = np.full(len(x), np.nan)
    edges = [0, 70_000, 70_010, 90_000, 111_000, len(x)]
    for a, b in itertools.pairwise(edges):
        if np.isfinite(x[a]):
            out[a:b] = signal.sosfiltfilt(sections, x[a:b])
    return out


@pytest.fixture
def session():
    made = Session(recording())
    yield made
    made.close()


def show(session, montage=None, **filters):
    lanes = lanes_of(session.recording, montage, filters)
    session.show(lanes, lanes.names)
    return lanes


def finish(session):
    for task in session.signals.tasks():
        task.result(300)


@pytest.mark.parametrize("built", [False, True])
@pytest.mark.parametrize(
    ("t0", "t1", "width"),
    [(10, 20, 1000), (345, 356, 700), (440, 520, 900), (0, 600, 1000), (0, 1350, 800),
     (695, 1350, 50)],
)  # fmt: skip
def test_a_filtered_lane_is_the_filter_of_the_whole_channel(session, t0, t1, width, built):
    show(session, ECG="0.5-40 Hz, notch 50 Hz")
    if built:
        finish(session)
    x = session.recording["ECG"].read(0, sum(n for _, n in RUNS))
    sections = np.concatenate(
        [
            signal.butter(2, 0.5, "highpass", fs=FS, output="sos"),
            signal.butter(2, 40, "lowpass", fs=FS, output="sos"),
            np.concatenate(signal.iirnotch(50, 30, FS))[None],
        ]
    )
    whole = filtered_whole(x, sections)
    (k,) = session.index_of(["ECG"])
    part = session.part(k, t0, t1, width)
    lo, hi = bins_of(whole, part.bin)
    first, stop = part.first, part.first + len(part.lo)
    tolerance = 1e-6 * np.nanmax(np.abs(whole))
    np.testing.assert_allclose(part.lo, lo[first:stop], atol=tolerance)
    np.testing.assert_allclose(part.hi, hi[first:stop], atol=tolerance)
    assert part.complete or not built
    assert len(part.lo) or not built


def test_a_montage_and_a_filter_by_kind(session):
    lanes = show(session, MONTAGES["double banana"], EEG="1-30 Hz")
    assert lanes.names == ["ECG", "Fp1 - F7", "Fp1 - F3", "Fp1", "F7", "F3"]
    rec = session.recording
    difference = rec["Fp1"].read(0, 90_000) - rec["F7"].read(0, 90_000)
    sections = np.concatenate(
        [
            signal.butter(2, 1, "highpass", fs=FS, output="sos"),
            signal.butter(2, 30, "lowpass", fs=FS, output="sos"),
        ]
    )
    whole = signal.sosfiltfilt(sections, difference[:70_000])
    (k,) = session.index_of(["Fp1 - F7"])
    part = session.part(k, 20.0, 30.0, 2000)
    assert part.bin == 1
    got = part.lo[4000 - part.first : 5000 - part.first]
    np.testing.assert_allclose(got, whole[4000:5000], atol=1e-6 * np.ptp(whole))
    assert session.channels[k].name == "Fp1 - F7"
    assert (session.signals.lane(k).filter, session.signals.lane(k).kind) == ("1-30 Hz", "EEG")
    assert session.index_of(["ECG"]) == [0]
    assert "no channel for T7" in session.notes[0]


def test_indices_keep_their_meaning_and_the_description_names_what_is_shown(session):
    show(session, ECG="0.5-40 Hz")
    first = session.index_of(["ECG"])[0]
    show(session, ECG="1-30 Hz")
    second = session.index_of(["ECG"])[0]
    assert first != second
    content, _ = session.description()
    entry = content["channels"][second]
    assert (entry["name"], entry["filter"], entry["shown"]) == ("ECG", "1-30 Hz", True)
    assert content["channels"][0]["shown"] is False
    assert content["channels"][1]["shown"] is True
    show(session, ECG="1-30 Hz")
    assert session.index_of(["ECG"]) == [second]
    show(session)
    assert session.index_of(["ECG"]) == [0]


def test_annotations_of_a_channel_follow_its_lane(session):
    show(session, ECG="0.5-40 Hz")
    window = MarkWindow((0.0, 10.0), 100, 100.0)
    index = session.signals.shown
    marks = shown_marks(session.marked(30.0), index, window, MarkColors(), PALETTES["light"])
    assert [one.signal for one in marks.groups] == session.index_of(["ECG"])


class Gate:
    """Samples that are read only while the gate is open."""

    def __init__(self, n):
        self.open, self.n_samples, self.dtype = threading.Event(), n, np.dtype(np.float64)

    def read(self, start, stop):
        assert self.open.wait(300)
        return np.zeros(stop - start)


def test_a_new_filter_cancels_the_build_for_the_old_one():
    gate = Gate(4_000_000)
    rec = Recording("slow", [Channel("ECG", gate, from_runs(FS, [(0.0, gate.n_samples)]), "mV")])
    session = Session(rec)
    try:
        show(session, ECG="0.5-40 Hz")
        old = session.signals.tasks()[1]
        show(session, ECG="0.5-35 Hz")
        assert old.cancel_requested
        gate.open.set()
        until(lambda: old.ended)
        assert old.state is TaskState.CANCELLED
        finish(session)
        (k,) = session.index_of(["ECG"])
        assert session.signals.complete(k)
    finally:
        gate.open.set()
        session.close()


def test_until_it_is_built_a_long_window_is_incomplete():
    gate = Gate(1 << 24)
    rec = Recording("slow", [Channel("ECG", gate, from_runs(FS, [(0.0, gate.n_samples)]), "mV")])
    session = Session(rec)
    try:
        show(session, ECG="0.5-40 Hz")
        (k,) = session.index_of(["ECG"])
        part = session.part(k, 0.0, rec.duration, 1000)
        assert not part.complete
        gate.open.set()
        finish(session)
        assert session.part(k, 0.0, rec.duration, 1000).complete
    finally:
        gate.open.set()
        session.close()


def test_signals_that_are_no_longer_shown_are_dropped(session):
    for k in range(1, 12):
        show(session, ECG=f"{k}-40 Hz")
        finish(session)
    assert len(session.signals.groups) <= 5
    content, _ = session.description()
    kept = [entry for entry in content["channels"] if entry is not None]
    assert len(kept) == 4 + 5
    gone = content["channels"].index(None)
    request = {"v": VERSION, "kind": "window", "request": "a:1", "seq": 1, "t0": 0, "t1": 10}
    reply, _ = dispatch(session, {**request, "channels": [0, gone], "width": 100})
    assert [part["channel"] for part in reply["parts"]] == [0]


def test_hidden_lanes_are_not_built(session):
    lanes = lanes_of(session.recording, None, {"EEG": "1-30 Hz"})
    session.show(lanes, ["ECG", "Fp1"])
    built = {k for group in session.signals.groups for k in group.indices}
    assert built == set(session.index_of(["Fp1"]))
    session.show(lanes, ["ECG", "Fp1", "F7"])
    built = {k for group in session.signals.groups for k in group.indices}
    assert built == set(session.index_of(["Fp1", "F7"]))


def edf(folder, n_records=60):
    path = folder / "night.edf"
    signals = [EdfSignal(label, "uV", 3000, 32767, 256) for label in ("EEG C3", "EEG A2")]
    rng = np.random.default_rng(1)
    with path.open("wb") as file:
        writer = EdfPlusWriter(
            file, signals, np.arange(n_records, dtype=float), Annotations(), start=START
        )
        for _ in range(n_records):
            writer.append([rng.integers(-999, 999, 256).astype("<i2") for _ in signals])
    return path


def test_pyramids_of_a_file_are_cached_by_what_is_computed(tmp_path):
    path = edf(tmp_path)
    with vw.open(path) as rec:
        session = Session(rec)
        show(session, EEG="1-30 Hz")
        finish(session)
        session.close()
    with vw.open(path) as rec:
        session = Session(rec)
        show(session, EEG="1-30 Hz")
        assert [group.pyramids.complete for group in session.signals.groups] == [True]
        show(session, EEG="1-31 Hz")
        assert session.signals.groups[-1].pyramids.task is not None
        finish(session)
        session.close()


def test_two_sessions_of_one_file_share_a_build(tmp_path):
    with vw.open(edf(tmp_path)) as rec:
        one, two = Session(rec), Session(rec)
        for session in (one, two):
            show(session, EEG="1-30 Hz")
        assert one.signals.groups[0].pyramids is two.signals.groups[0].pyramids
        one.close()
        finish(two)
        assert two.signals.groups[0].pyramids.complete
        two.close()
