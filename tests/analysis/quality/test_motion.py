"""Motion from an accelerometer: known swings, units, gaps, any cut."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vital_widgets.analysis.engine.analysis import run
from vital_widgets.analysis.quality.motion import motion_intensity
from vital_widgets.core.recording import Recording
from vital_widgets.errors import InvalidInputError

FS = 32.0


def moving(n: int = 3200, scale: float = 1.0) -> np.ndarray:
    """At rest, then swinging by 0.3 g along gravity for the second half."""
    t = np.arange(n) / FS
    swing = np.where(t >= n / FS / 2, 0.3 * np.sin(2 * np.pi * 2 * t), 0.0)
    return scale * np.stack([0.6 * (1 + swing), np.zeros(n), 0.8 * (1 + swing)])


@pytest.mark.parametrize(("scale", "units"), [(1.0, None), (9.80665, None), (9.80665, "m/s2")])
def test_a_known_swing(scale, units):
    got = motion_intensity(moving(scale=scale), FS, units=units)
    np.testing.assert_allclose(got.g[:25], 0, atol=1e-9)
    np.testing.assert_allclose(got.g[25:], 0.3 / np.sqrt(2), rtol=1e-6)
    np.testing.assert_allclose(got.ends - got.times, 2.0)
    assert "0.21" in repr(got)


def test_motion_during_a_stretch():
    got = motion_intensity(moving(), FS)
    during = got.during(np.array([0.0, 45, 51, 200]), np.array([10.0, 55, 60, 210]))
    np.testing.assert_allclose(during[:3], [0, 0.3 / np.sqrt(2), 0.3 / np.sqrt(2)], atol=1e-6)
    assert np.isnan(during[3])
    assert list(got.to_frame().columns) == ["time", "end", "g"]


@settings(max_examples=20)
@given(st.floats(0.3, 60), st.integers(0, 5))
def test_any_cut_gives_the_same(seconds, seed):
    values = moving(1777)
    rng = np.random.default_rng(seed)
    values[rng.integers(3), rng.integers(0, 1700) :][:70] = np.nan
    rec = Recording.from_arrays(dict(zip("xyz", values, strict=True)), FS)
    whole = motion_intensity(values, FS, window_s=3.3)
    axes = [rec["x"], rec["y"], rec["z"]]
    cut = run(motion_intensity, axes, chunk_s=seconds, window_s=3.3).result()
    np.testing.assert_allclose(cut.g, whole.g, atol=1e-12)
    np.testing.assert_allclose(cut.times, whole.times)


def test_bad_input_and_no_signal():
    with pytest.raises(InvalidInputError, match="2 signals were given; 3 are needed"):
        motion_intensity(np.ones((2, 99)), FS)
    with pytest.raises(InvalidInputError, match="units='lb'"):
        motion_intensity(moving(), FS, units="lb")
    with pytest.raises(InvalidInputError, match="gravity neither in g"):
        motion_intensity(300 * moving(), FS)
    with pytest.raises(InvalidInputError, match="too low"):
        motion_intensity(moving(), 2.0)
    assert not motion_intensity(np.full((3, 500), np.nan), FS).enough
    assert not motion_intensity(np.empty((3, 0)), FS).enough


def test_an_array_of_hours_needs_little_memory():
    axes = np.random.default_rng(0).normal(1, 0.1, (3, 2_000_000))
    motion_intensity(axes[:, :5000], 100.0, units="g")  # imports
    tracemalloc.start()
    motion_intensity(axes, 100.0, units="g")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < axes.nbytes
