"""Spindles and slow waves: those of YASA, at known times, with gaps, stages and units."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from vital_widgets.analysis import event_average, hypnogram, run, sleep_events
from vital_widgets.core.channel import Channel
from vital_widgets.core.recording import Recording
from vital_widgets.core.samples import ArraySamples
from vital_widgets.core.timebase import from_runs
from vital_widgets.errors import InvalidInputError, MissingLibraryError

FS = 100
SECONDS = 600
EACH = 15.0


def noise(n: int, seed: int = 0) -> np.ndarray:
    """Noise with the spectrum of an EEG, in µV."""
    rng = np.random.default_rng(seed)
    spectrum = np.fft.rfft(rng.normal(size=n))
    f = np.fft.rfftfreq(n, 1 / FS)
    spectrum *= np.where(f > 0.5, 1 / np.maximum(f, 0.5), 0)
    values = np.fft.irfft(spectrum, n)
    return 8 * values / values.std()


def with_spindles(seconds: float = SECONDS) -> tuple[np.ndarray, np.ndarray]:
    """An EEG with a spindle each 15 s, and their middles in seconds."""
    t = np.arange(round(seconds * FS)) / FS
    middle = np.arange(EACH / 2, seconds, EACH)
    burst = np.exp(-0.5 * (((t - EACH / 2 + EACH / 2) % EACH - EACH / 2) / 0.25) ** 2)
    return noise(len(t)) + 30 * burst * np.sin(2 * np.pi * 13.3 * t), middle


def with_slow_waves() -> tuple[np.ndarray, np.ndarray]:
    """An EEG with a slow wave each 15 s, and their negative peaks in seconds."""
    t = np.arange(SECONDS * FS) / FS
    phase = t % EACH - EACH / 2
    wave = np.where(np.abs(phase) < 0.6, -np.sin(np.pi * (phase + 0.6) / 0.6), 0.0)
    return noise(len(t)) + 90 * wave, np.arange(EACH / 2, SECONDS, EACH) - 0.3


def test_spindles_are_found_where_they_are():
    values, middle = with_spindles()
    found = sleep_events(values, FS)
    assert len(found) == len(middle)
    assert np.all(np.abs(found.times - middle) < 0.5)
    assert np.all((found.onset < middle) & (middle < found.end))
    np.testing.assert_allclose(found.extra["frequency"], 13.3, atol=0.3)
    np.testing.assert_allclose(found.extra["amplitude"], 60, atol=25)
    assert found.density == pytest.approx(60 / EACH)
    assert set(found.stage) == {"?"}
    assert any("no hypnogram" in note for note in found.notes)
    marks = found.annotations("C3")
    assert marks.text[0] == "spindle"
    np.testing.assert_array_equal(marks.onset, found.onset)
    assert event_average(values, FS, events=found).n_used == len(found)


def test_slow_waves_are_found_where_they_are():
    values, trough = with_slow_waves()
    found = sleep_events(values, FS, kind="slow_waves")
    distance = np.abs(found.times[:, None] - trough).min(axis=0)
    assert np.mean(distance < 0.15) > 0.9
    assert len(found) < 1.2 * len(trough)
    assert np.all(found.extra["amplitude"] > 75)
    assert np.all(found.extra["mid_crossing"] < found.end - found.onset)


@pytest.mark.parametrize("kind", ["spindles", "slow_waves"])
def test_events_are_those_of_yasa(kind):
    yasa = pytest.importorskip("yasa")
    values, _ = with_spindles() if kind == "spindles" else with_slow_waves()
    detect = yasa.spindles_detect if kind == "spindles" else yasa.sw_detect
    theirs = detect(values, FS, verbose="critical").summary()
    ours = sleep_events(values, FS, kind=kind)
    assert len(theirs) > 30
    np.testing.assert_allclose(ours.onset, theirs["Start"])
    np.testing.assert_allclose(ours.end, theirs["End"])
    amplitude = theirs["Amplitude" if kind == "spindles" else "PTP"]
    np.testing.assert_allclose(ours.extra["amplitude"], amplitude)
    np.testing.assert_allclose(ours.extra["frequency"], theirs["Frequency"])


def test_only_the_stages_concerned_are_searched():
    values, middle = with_spindles()
    night = hypnogram(["W"] * 5 + ["N2"] * 5 + ["R"] * 4 + ["N3"] * 3 + ["N1"] * 3)
    found = sleep_events(values, FS, hypnogram=night)
    asleep = middle[((middle > 150) & (middle < 300)) | (middle > 420)]
    assert np.all(np.abs(found.times - asleep) < 0.5)
    assert [found.stage[k] for k in (0, 10, -1)] == ["N2", "N3", "N1"]
    assert found.searched_s == 330
    assert not any("no hypnogram" in note for note in found.notes)
    awake = sleep_events(values, FS, hypnogram=["W"] * 20)
    assert not awake.enough
    assert not len(awake)


def test_a_channel_in_millivolts_with_a_gap_gives_recording_times():
    values, middle = with_spindles()
    half = len(values) // 2
    base = from_runs(FS, [(100.0, half), (1000.0, half)])
    channel = Channel("C3", ArraySamples(values / 1000), base, "mV")
    found = sleep_events(channel)
    expected = middle + np.where(middle < 300, 100.0, 700.0)
    assert np.all(np.abs(found.times - expected) < 0.5)
    assert not any("µV" in note for note in found.notes)
    # Stages are at recording times, too: the first half is wake, the second is sleep.
    stages = hypnogram(["W"] * 30 + ["N2"] * 10, t0=100.0)
    later = sleep_events(channel, hypnogram=stages)
    assert np.all(later.times > 1000)
    assert len(later) == len(middle) // 2


def test_no_event_touches_missing_samples():
    values, middle = with_spindles()
    for k in (3, 20):
        at = round(middle[k] * FS)
        values[at : at + 5] = np.nan
    found = sleep_events(values, FS)
    kept = np.delete(middle, [3, 20])
    assert len(found) == len(kept)
    assert np.all(np.abs(found.times - kept) < 0.5)


def test_stretches_that_are_too_short_are_left_out_with_a_note():
    values, _ = with_spindles()
    short = from_runs(FS, [(0.0, 2000), (5000.0, len(values) - 2000)])
    found = sleep_events(Channel("C3", ArraySamples(values), short, "uV"))
    assert np.all(found.times > 5000)
    assert any("20 s in stretches below 30 s" in note for note in found.notes)
    assert not sleep_events(values[:2000], FS).enough


def test_blocks_give_events_once_each():
    values, middle = with_spindles(1500)
    whole = sleep_events(values, FS)
    for block_s in (300.0, 307.5, 307.7, 320.0):
        found = sleep_events(values, FS, block_s=block_s)
        assert len(found) == len(whole) == len(middle)
        np.testing.assert_allclose(found.times, whole.times, atol=0.2)
        assert any("5 blocks" in note for note in found.notes)


def test_the_result_does_not_depend_on_how_the_recording_is_cut():
    values, _ = with_spindles(1500)
    channel = Recording.from_arrays({"C3": values}, FS, units="µV")["C3"]
    expected = sleep_events(channel, block_s=300.0).to_frame()
    for chunk_s in (60.0, 450.0, 900.0):
        made = run(sleep_events, channel, block_s=300.0, chunk_s=chunk_s).result()
        assert made.to_frame().equals(expected)


def test_what_is_no_eeg_is_named():
    values, _ = with_spindles()
    with pytest.raises(InvalidInputError, match="units '%'"):
        sleep_events(Recording.from_arrays({"SpO2": values}, FS, units="%")["SpO2"])
    volts = sleep_events(values / 1e6, FS)  # volts, but taken as µV
    assert not volts.enough
    assert any("not that of an EEG" in note for note in volts.notes)
    with pytest.raises(InvalidInputError, match="kind='k'"):
        sleep_events(values, FS, kind="k")
    with pytest.raises(InvalidInputError, match="at least 80 Hz"):
        sleep_events(values, 50)


def test_without_yasa_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "yasa", None)
    with pytest.raises(MissingLibraryError, match=r'pip install "vital_widgets\[sleep\]"'):
        sleep_events(with_spindles(60)[0], FS)


def test_a_real_eeg(shared_data):
    import vital_widgets as vw

    yasa = pytest.importorskip("yasa")
    rec = vw.open(shared_data / "edfio/short_psg.edf")
    name = next(name for name in rec.channels if "Fpz" in name or "EEG" in name)
    values = rec[name].read(0, rec[name].n_samples)
    for kind, detect in (("spindles", yasa.spindles_detect), ("slow_waves", yasa.sw_detect)):
        theirs = detect(values, rec[name].fs, verbose="critical")
        starts = [] if theirs is None else theirs.summary()["Start"]
        ours = sleep_events(rec[name], kind=kind)
        np.testing.assert_allclose(ours.onset - rec[name].timebase.start, starts)
