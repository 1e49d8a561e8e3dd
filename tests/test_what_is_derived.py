"""Whatever is made of a recording keeps its times, start, zone, marks, notes and metadata.

Every public function that returns a channel or a recording is in one of the tables.
"""

from __future__ import annotations

import copy
import inspect
import pickle
import re
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

import vital_widgets as vw
from vital_widgets import analysis
from vital_widgets.analysis.compare.clock import ClockDrift
from vital_widgets.core.annotations import Annotations
from vital_widgets.core.channel import Channel
from vital_widgets.core.origin import Notes
from vital_widgets.core.recording import Recording
from vital_widgets.core.samples import ArraySamples
from vital_widgets.core.timebase import from_runs
from vital_widgets.io.edf.writer import EdfPlusWriter, EdfSignal
from vital_widgets.runtime.tasks import Task

FS = 50.0
EVENING = datetime(2024, 10, 26, 22, 30, 0, 250_000, tzinfo=ZoneInfo("Europe/Berlin"))
BAND = analysis.design_filter("butterworth", "bandpass", lowcut=1, highcut=10, fs=FS)


def drift(offset: float) -> ClockDrift:
    nodes = np.array([0.0, 1000.0])
    return ClockDrift(
        nodes=nodes, offsets=np.full(2, offset), ppm=0.0, anchor_times=nodes,
        anchor_offsets=nodes, residual=0.0, n_windows=2,
    )  # fmt: skip


@dataclass
class Reading:
    """Reads marks when asked for, and then has something to say."""

    notes: list[str]
    times: int = 0

    def __call__(self) -> Annotations:
        self.times += 1
        self.notes.append("one mark could not be read")
        return Annotations([1.0, 2.5], ["N", "artefact"], [0.0, 3.0], ["", "a"])


def in_memory(_):
    base = from_runs(FS, [(0.5, 800), (60.0, 1200)])
    rng = np.random.default_rng(1)
    channels = [
        Channel("a", ArraySamples(rng.integers(-9, 9, 2000)), base, "mV", gain=0.5),
        Channel("b", ArraySamples(rng.normal(size=2000)), base, "uV"),
    ]
    channels[0].details["transducer"] = "gel"
    recording = Recording(
        "night",
        channels,
        start=EVENING,
        metadata={"format": "of a test", "patient": "P7", "device": ["Holter", 3]},
        notes=["one gap"],
    )
    recording._annotations = Reading(recording.notes)
    return recording


def edf_file(folder):
    path = folder / "night.edf"
    onsets = np.r_[0.25:30.25, 90.25:120.25]
    signals = [EdfSignal(label, "mV", 10, 32767, int(FS)) for label in "ab"]
    marks = Annotations([1.0, 2.5, 100.0], ["N", "noise", "N"], [0.0, 3.0, 0.0])
    with path.open("wb") as file:
        writer = EdfPlusWriter(file, signals, onsets, marks, start=datetime(2024, 10, 26, 22, 30))
        rng = np.random.default_rng(2)
        for _ in onsets:
            writer.append([rng.integers(-999, 999, int(FS)).astype("<i2") for _ in signals])
    recording = vw.open(path)
    recording.notes.append("said by hand")
    return recording


def text_file(folder):
    path = folder / "night.csv"
    rng = np.random.default_rng(3)
    rows = [
        f"2024-10-26T22:30:{k / FS:09.6f}+02:00,{x:.3f},{y:.3f}"
        for k, (x, y) in enumerate(rng.normal(size=(2000, 2)))
        if not 500 <= k < 900
    ]
    path.write_text("\n".join(["time,a (mV),b (mV)", *rows]))
    return vw.open(path)


SOURCES = {"in memory": in_memory, "EDF+D": edf_file, "text": text_file}

# What is made of a recording, by the public name that makes it.
MADE = {
    "Recording": lambda r: Recording("shown", [r["a"], r["b"]]),
    "Recording, again": lambda r: Recording(
        "x", Recording("y", [r["b"], r["a"]]).channels.values()
    ),
    "Recording.__getitem__": lambda r: r["a"],
    "Recording.__enter__": lambda r: r.__enter__(),
    "Recording.wait": lambda r: r.wait(),
    "Channel.seen_in": lambda r: r["a"].seen_in(Recording("x", [r["a"]]).origin),
    "Recording.channels": lambda r: list(r.channels.values()),
    "store": lambda r: analysis.store(analysis.filter_signal, r, filter=BAND).result(300),
    "store, a channel": lambda r: analysis.store(
        analysis.filter_signal, r["a"], filter=BAND
    ).result(300),
    "store, a list": lambda r: analysis.store(
        analysis.filter_signal, [r["b"], r["a"]], filter=BAND, dtype="float32"
    ).result(300),
    "store, twice": lambda r: analysis.store(
        analysis.filter_signal,
        list(
            analysis.store(analysis.filter_signal, [r["a"]], filter=BAND)
            .result(300)
            .channels.values()
        ),
        filter=BAND,
    ).result(300),
    "store, of a lazy channel": lambda r: analysis.store(
        analysis.filter_signal,
        [analysis.lazy(analysis.filter_signal, r["a"], filter=BAND), r["b"]],
        filter=BAND,
    ).result(300),
    "store, moving median": lambda r: analysis.store(
        analysis.moving_median, [r["a"], r["b"]], window_s=0.2, chunk_s=7
    ).result(300),
    "lazy, moving median": lambda r: analysis.lazy(analysis.moving_median, r["a"], window_s=0.2),
    "lazy": lambda r: analysis.lazy(analysis.filter_signal, r["a"], filter=BAND),
    "lazy, causal": lambda r: analysis.lazy(
        analysis.filter_signal,
        r["a"],
        filter=BAND,
        zero_phase=False,
        usable=analysis.Stretches([0.0], [9.0]),
    ),
    "a multiple": lambda r: r["a"] * 2,
    "a difference": lambda r: r["a"] - 0.5,
    "a sum in another process": lambda r: pickle.loads(pickle.dumps(r["b"] - r["b"] / 2)),
    "Montage.apply": lambda r: vw.montage.Montage("m", ["a"]).apply(r),
    "ClockDrift.correct": lambda r: drift(0.0).correct(r["a"]),
    "correct_clock": lambda r: analysis.correct_clock(r, drift(0.0)),
    "same_times": lambda r: analysis.same_times(r["a"], r["b"]),
    "Channel.between": lambda r: r["a"].between(-1.0, 1e6),
    "a copy": copy.copy,
    "a deep copy": copy.deepcopy,
    "another process": lambda r: pickle.loads(pickle.dumps(r)),
    "channels in another process": lambda r: pickle.loads(pickle.dumps([r["a"], r["b"]])),
    "channels in two messages": lambda r: [pickle.loads(pickle.dumps(r[name])) for name in "ab"],
    "derived in another process": lambda r: pickle.loads(
        pickle.dumps(
            Recording("x", [analysis.lazy(analysis.filter_signal, r["a"], filter=BAND), r["b"]])
        )
    ),
}
# What makes a recording of none.
BEGINNINGS = {
    "open",
    "sample",
    "Recording.from_arrays",
    "Recording.from_dataframe",
}


def shown(made) -> Recording:
    if isinstance(made, Recording):
        return made
    return Recording("shown", made if isinstance(made, list) else [made])


def returns(function) -> str:
    return str(inspect.signature(function).return_annotation)


def test_every_public_function_that_returns_a_channel_or_recording_is_in_a_table():
    found = set()
    for module in (vw, analysis):
        for name in module.__all__:
            one = getattr(module, name)
            if inspect.isclass(one):
                own = r"\bSelf\b|" if one in (Channel, Recording) else ""
                for member, value in inspect.getmembers_static(one):
                    public = not member.startswith("_") or member in ("__getitem__", "__enter__")
                    called = getattr(value, "fget", getattr(value, "__func__", value))
                    if not public or not inspect.isfunction(called):
                        continue
                    if re.search(rf"{own}\b(Channel|Recording)\b", returns(called)):
                        found.add(f"{one.__name__}.{member}")
            elif callable(one) and re.search(r"\b(Channel|Recording)\b", returns(one)):
                found.add(name)
    assert {"open", "store", "lazy", "Recording.__getitem__", "ClockDrift.correct"} - found == {
        "ClockDrift.correct"  # of a result, which is no public name itself
    }
    assert found - {name.partition(",")[0] for name in MADE} - BEGINNINGS == set()


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("make", MADE)
def test_what_is_derived_keeps_what_is_known_of_its_source(source, make, tmp_path):
    recording = SOURCES[source](tmp_path).wait()
    got = shown(MADE[make](recording))
    assert got.start == recording.start
    assert got.start.tzinfo == recording.start.tzinfo
    assert got.annotations.to_frame().equals(recording.annotations.to_frame())
    told = {k: v for k, v in recording.metadata.items() if k not in ("format", "n_bytes")}
    assert told.items() <= got.metadata.items()
    assert [note for note in got.notes if note in recording.notes] == recording.notes
    for name, channel in got.channels.items():
        of = recording[name[0]]
        assert (channel.units, channel.n_samples, channel.fs) == (of.units, of.n_samples, of.fs)
        assert channel.details.items() >= of.details.items()
        assert channel.origin is got.origin
        np.testing.assert_array_equal(channel.timebase.starts, of.timebase.starts)
        np.testing.assert_array_equal(channel.timebase.onsets, of.timebase.onsets)
    assert list(got)
    assert (of.gaps, len(of.gaps)) == (channel.gaps, 1)


@pytest.mark.parametrize("make", MADE)
def test_marks_are_not_read_before_they_are_asked_for_and_only_once(make):
    recording = in_memory(None)
    reading = recording._annotations
    got = shown(MADE[make](recording))
    assert reading.times == 0
    elsewhere = "cop" in make or "process" in make.split() or "messages" in make
    for _ in range(2):
        assert len(got.annotations) == 2
        assert len(recording.annotations) == 2
    assert got.notes.count("one mark could not be read") == 1
    assert reading.times == 1 or elsewhere


def test_marks_of_a_function_that_cannot_be_pickled_are_sent_read():
    recording = in_memory(None)
    recording._annotations = lambda: Annotations([1.0], ["N"])
    channel = pickle.loads(pickle.dumps(recording["a"]))
    assert Recording("there", [channel]).annotations.text.tolist() == ["N"]


def test_notes_that_come_later_reach_what_was_made_before():
    source = in_memory(None)
    first = Recording("first", [source["a"]])
    second = Recording("second", [first["a"]], notes=["chosen by hand"])
    source.notes.append("late")
    source.notes += ["later"]
    source.notes.extend(["last"])
    assert source.notes == first.notes == ["one gap", "late", "later", "last"]
    assert second.notes == ["one gap", "chosen by hand", "late", "later", "last"]
    second.notes.append("only here")
    assert "only here" not in first.notes


def test_notes_come_later_in_another_process_too():
    source = in_memory(None)
    got = pickle.loads(pickle.dumps(Recording("x", [source["a"]])))
    assert len(got.annotations) == 2
    assert got.notes == ["one gap", "one mark could not be read"]
    alone = pickle.loads(pickle.dumps(Notes(["one"])))
    alone.append("two")
    assert alone == ["one", "two"]


def test_what_is_said_of_a_recording_wins_over_its_source_and_is_passed_on():
    source, start = in_memory(None), EVENING + timedelta(days=1)
    given = Recording("x", [source["a"]], start=start, metadata={"patient": "P8"})
    for made in (
        given,
        Recording("y", [given["a"]]),
        analysis.store(analysis.filter_signal, [given["a"]], filter=BAND).result(300),
        analysis.store(analysis.filter_signal, given, filter=BAND).result(300),
    ):
        assert made.start == start
        assert made.metadata == {"patient": "P8"}
        assert len(made.annotations) == 2
    assert source["a"].origin is source.origin
    later = Recording("z", [source["a"]])
    later.start = start
    assert (
        analysis.store(analysis.filter_signal, [later["a"]], filter=BAND).result(300).start == start
    )
    assert source.start == EVENING


def test_channels_of_several_recordings_keep_what_these_have_in_common():
    one, two = in_memory(None), in_memory(None)
    two.start, two.name = one.start + timedelta(days=1), "day"
    two.origin.name = "day"
    two.metadata["patient"] = "P8"
    two.notes += ["two gaps"]
    got = analysis.store(analysis.filter_signal, [one["a"], two["b"]], filter=BAND).result(300)
    assert got.metadata == {"device": ["Holter", 3]}
    assert got.notes[:3] == ["night: one gap", "day: one gap", "day: two gaps"]
    assert "their start and annotations are not used" in got.notes[-1]
    assert got.start is None
    assert len(got.annotations) == 0
    one.notes.append("late")
    chosen = Recording("both", [one["a"], two["b"]], start=one.start, annotations=Annotations())
    assert chosen.notes == ["night: one gap", "night: late", "day: one gap", "day: two gaps"]


def test_a_part_of_a_recording_that_is_being_read_grows_with_it(tmp_path):
    held, base = threading.Event(), from_runs(FS, [(0.0, 100)])

    def read(_):
        assert held.wait(300)
        source["a"].timebase = from_runs(FS, [(0.0, 200)])
        source.notes.append("two rows were left out")

    task = Task(read).start()
    channel = Channel("a", ArraySamples(np.zeros(200)), base, ready=task)
    source = Recording("night", [channel], task=task)
    part = Recording("part", [source["a"]])
    assert part.task is task
    assert part.duration == 2
    part.close()  # what it shares goes on
    held.set()
    assert part["a"].n_samples == 200
    part.wait()
    assert part.duration == 4
    assert part.notes == ["two rows were left out"]
    assert Recording("afterwards", [source["a"]]).task is None


def test_marks_and_start_of_a_corrected_channel_are_on_the_other_clock():
    source = in_memory(None)
    got = shown(drift(2.0).correct(source["a"]))
    assert got["a"].start == pytest.approx(-1.5)
    assert got.annotations.onset.tolist() == pytest.approx([-1.0, 0.5])
    assert got.annotations.duration.tolist() == pytest.approx([0.0, 3.0])
    assert got.start == EVENING + timedelta(seconds=2)
    night = EVENING.replace(hour=23) + timedelta(hours=4)  # the clocks are set back at 3
    source.start = night.replace(fold=1)
    shifted = shown(drift(5400.0).correct(source["a"])).start
    assert shifted.timestamp() - source.start.timestamp() == pytest.approx(5400.0)
    source.start = datetime.max
    assert shown(drift(5400.0).correct(source["a"])).start is None


def test_a_channel_that_is_held_alone_gets_the_notes_of_reading(tmp_path):
    rows = [f"{k / 100:.2f},{k}" for k in range(300) if k != 120]
    path = tmp_path / "night.csv"
    path.write_text("\n".join(["time,a", *rows]))
    channel = vw.open(path)["a"]
    channel.wait()
    expected = vw.open(path).wait().notes
    assert Recording("shown", [channel]).notes == expected
    assert Recording("shown", [channel]).metadata == {}


@pytest.mark.parametrize("function", [analysis.store, analysis.lazy])
def test_a_wrong_parameter_is_said_with_its_name(function):
    recording = in_memory(None)
    with pytest.raises(TypeError, match=r"moving_median.*'windows'"):
        function(analysis.moving_median, recording["a"], windows=3)
