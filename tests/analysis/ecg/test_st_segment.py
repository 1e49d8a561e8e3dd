"""ST levels and episodes against ECGs whose ST segment is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vital_widgets.analysis import ecg_delineate, run, st_episodes, st_level
from vital_widgets.analysis.ecg.st_level import StLevels
from vital_widgets.core.channel import Channel
from vital_widgets.core.recording import Recording
from vital_widgets.core.samples import ArraySamples
from vital_widgets.core.timebase import regular
from vital_widgets.errors import InvalidInputError
from vital_widgets.simulate.ecg_waves import wave_ecg

FS = 250.0


def levels_of(level, seconds=1.0, stretch=None):
    n = len(level)
    return StLevels(
        times=np.arange(n) * seconds,
        level=np.asarray(level, float),
        j_level=np.zeros(n),
        slope=np.zeros(n),
        after_j_ms=np.full(n, 80.0),
        stretch=np.zeros(n, np.int64) if stretch is None else stretch,
    )


@pytest.mark.parametrize("height", [-0.2, 0.1, 0.3])
@pytest.mark.parametrize("fs", [128.0, 250.0, 1000.0])
def test_the_level_is_that_of_the_segment(height, fs):
    ecg = wave_ecg(60, fs, rate=60, noise=0.005, st=(0, 60, height), baseline=0.1, seed=1)
    found = st_level(ecg.values, fs, ecg.r_samples / fs)
    assert np.nanmedian(found.level) == pytest.approx(height, abs=0.02)
    assert np.isfinite(found.level).mean() > 0.97
    assert abs(np.nanmedian(found.slope)) < 0.6


def test_a_delineation_gives_the_same_as_its_beats():
    ecg = wave_ecg(30, FS, noise=0.005, seed=2)
    waves = ecg_delineate(ecg.values, FS, ecg.r_samples / FS)
    one = st_level(ecg.values, FS, waves)
    other = st_level(ecg.values, FS, ecg.r_samples / FS)
    np.testing.assert_allclose(one.level, other.level, atol=1e-3)
    with pytest.raises(InvalidInputError, match="delineation"):
        st_level(ecg.values, 500.0, waves)


def test_the_point_is_nearer_to_j_at_fast_rates():
    slow = wave_ecg(20, FS, rate=70, seed=3)
    fast = wave_ecg(20, FS, rate=130, irregular=0.0, seed=3)
    assert set(st_level(slow.values, FS, slow.r_samples / FS).after_j_ms) == {80.0}
    assert set(st_level(fast.values, FS, fast.r_samples / FS).after_j_ms) == {60.0}
    assert set(st_level(slow.values, FS, slow.r_samples / FS, after_j_ms=40).after_j_ms) == {40.0}


def test_values_that_are_not_in_mv_are_noted():
    ecg = wave_ecg(20, FS, seed=4)
    found = st_level(ecg.values * 1000, FS, ecg.r_samples / FS)
    assert any("mV" in note for note in found.notes)
    assert not any("mV" in n for n in st_level(ecg.values, FS, ecg.r_samples / FS).notes)
    assert not any(
        "look" in n for n in st_level(ecg.values * 1000, FS, ecg.r_samples / FS, units="uV").notes
    )


@settings(max_examples=12)
@given(st.integers(0, 50), st.floats(0.5, 40), st.integers(0, 2))
def test_any_cut_gives_the_same(seed, seconds, gaps):
    rng = np.random.default_rng(seed)
    ecg = wave_ecg(30, FS, noise=0.02, seed=seed)
    values = ecg.values.copy()
    for _ in range(gaps):
        first = rng.integers(0, len(values))
        values[first : first + rng.integers(1, 300)] = np.nan
    whole = st_level(values, FS, ecg.r_samples / FS)
    channel = Channel("x", ArraySamples(values), regular(FS, len(values)))
    cut = run(st_level, channel, chunk_s=seconds, beats=ecg.r_samples / FS).result()
    for name in ("level", "j_level", "slope", "after_j_ms", "stretch"):
        np.testing.assert_array_equal(getattr(cut, name), getattr(whole, name), err_msg=name)


def test_an_episode_is_found_where_it_was_made():
    ecg = wave_ecg(600, FS, noise=0.02, premature=0.05, st=(200, 350, -0.2), baseline=0.1, seed=5)
    found = st_episodes(st_level(ecg.values, FS, ecg.r_samples / FS))
    assert list(found.kind) == ["ST depression"]
    assert found.onset[0] == pytest.approx(200, abs=8)
    assert found.end[0] == pytest.approx(350, abs=8)
    assert found.extreme[0] == pytest.approx(-0.2, abs=0.04)
    marks = found.annotations("ECG")
    assert marks.text[0] == "ST depression"
    assert marks.duration[0] == pytest.approx(found.end[0] - found.onset[0])


def test_what_is_too_short_or_too_small_is_no_episode():
    level = np.zeros(600)
    level[100:150] = 0.2
    level[300:400] = 0.08
    assert len(st_episodes(levels_of(level))) == 0
    assert len(st_episodes(levels_of(level), min_duration_s=30)) == 1
    assert len(st_episodes(levels_of(level), threshold=0.07)) == 1


def test_an_episode_reaches_to_the_border_and_near_ones_are_one():
    level = np.zeros(600)
    level[80:250] = 0.06
    level[100:200] = 0.2
    found = st_episodes(levels_of(level))
    assert (found.onset[0], found.end[0]) == (80, 249)
    level = np.zeros(600)
    level[100:200] = level[215:300] = 0.2
    assert len(st_episodes(levels_of(level))) == 1
    assert len(st_episodes(levels_of(level), min_gap_s=5)) == 2


def test_no_episode_goes_across_a_gap():
    level = np.full(300, 0.2)
    stretch = np.repeat([0, 1], [40, 260]).astype(np.int64)
    found = st_episodes(levels_of(level, stretch=stretch), reference=0.0)
    assert (found.onset[0], found.end[0]) == (40, 299)
    assert len(found) == 1


def test_no_levels_say_so():
    ecg = st_level(np.full(5000, np.nan), FS, [2.0, 2.8])
    assert not ecg.enough
    assert not st_episodes(ecg).enough
    assert not st_level(np.zeros(5000), FS, []).enough
    repr(st_episodes(ecg))
    assert st_episodes(ecg).to_frame().empty
    with pytest.raises(InvalidInputError, match="fs is missing"):
        st_episodes([0.1, 0.2])


def test_a_channel_finds_its_beats_and_thresholds_follow_its_units():
    ecg = wave_ecg(600, FS, noise=0.02, st=(200, 350, -0.2), seed=6)
    rec = Recording.from_arrays({"ECG": 1000 * ecg.values}, FS, units={"ECG": "uV"})
    found = st_episodes(rec["ECG"])
    want = st_episodes(ecg.values, FS)
    assert (found.units, want.units) == ("uV", "mV")
    assert found.threshold == pytest.approx(100)
    assert len(want) == 1
    np.testing.assert_array_equal(found.onset, want.onset)
    assert found.notes == ("R peaks found by ecg_peaks (slope)", "ST levels measured by st_level")
