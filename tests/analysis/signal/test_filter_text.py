"""Filters that are written as short texts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import signal

from vital_widgets.analysis import filter_signal
from vital_widgets.analysis.signal.filters.filter_text import PRESETS, FilterText, filter_text
from vital_widgets.core.signalkind import KINDS
from vital_widgets.errors import InvalidInputError

FREQUENCIES = st.integers(1, 4000).map(lambda n: n / 20)


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ("0.5-40 Hz", "0.5-40 Hz"), ("0.5 \u2013 40Hz", "0.5-40 Hz"),
        (".5 Hz to 40 hz", "0.5-40 Hz"),
        ("band-pass 0.5-40 Hz", "0.5-40 Hz"), ("high-pass 0.5 Hz", "high-pass 0.5 Hz"),
        ("HP 0.5", "high-pass 0.5 Hz"), ("> 0.5 Hz", "high-pass 0.5 Hz"),
        ("lowpass 35", "low-pass 35 Hz"), ("notch 50 Hz", "notch 50 Hz"),
        ("0.5-70 Hz, notch 50 Hz", "0.5-70 Hz, notch 50 Hz"),
        ("notch 50 Hz + notch 100 Hz", "notch 50 Hz, notch 100 Hz"),
        ("low-pass 40 Hz; high-pass 1 Hz, order 4", "1-40 Hz, order 4"),
        ({"lowcut": 0.5, "highcut": 40}, "0.5-40 Hz"),
        ({"notch": (50, 100), "order": 2}, "notch 50 Hz, notch 100 Hz"),
        ({"highcut": np.float32(30), "notch": 50}, "low-pass 30 Hz, notch 50 Hz"),
    ],
)  # fmt: skip
def test_texts_and_parameters_are_understood(given, text):
    assert str(filter_text(given)) == text


@given(
    st.none() | FREQUENCIES,
    st.none() | FREQUENCIES,
    st.lists(FREQUENCIES, max_size=3),
    st.integers(1, 8),
)
def test_the_text_of_a_filter_gives_the_filter_again(lowcut, highcut, notches, order):
    if lowcut is not None and highcut is not None and lowcut >= highcut:
        lowcut = None
    if lowcut is None and highcut is None and not notches:
        notches = [50.0]
    made = FilterText(lowcut, highcut, tuple(notches), order)
    assert filter_text(str(made)) == made


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("", "has no cutoff"), ("loud", "'loud' is not understood"), ("40-0.5 Hz", "not below"),
        ("0-40 Hz", "not a frequency above 0"), ("1-40 Hz, high-pass 2 Hz", "lowcut twice"),
        ("1-40 Hz, order 9", "order"), ({"lowcut": -1}, "lowcut=-1"), ({"low": 1}, "entry 'low'"),
        ({"lowcut": "1"}, "lowcut='1'"), ({}, "has no cutoff"), (5, "filter 5 is not known"),
        ({"lowcut": float("inf")}, "not a frequency"), ({"notch": True}, "notch=True"),
    ],
)  # fmt: skip
def test_what_is_no_filter_is_refused_with_what_is_accepted(given, words):
    with pytest.raises(InvalidInputError, match=words):
        filter_text(given)


def test_the_filter_is_that_of_scipy_section_by_section():
    fs = 500.0
    x = np.random.default_rng(3).normal(size=4000)
    sections = np.concatenate(
        [
            signal.butter(2, 0.5, "highpass", fs=fs, output="sos"),
            signal.butter(2, 40, "lowpass", fs=fs, output="sos"),
            np.concatenate(signal.iirnotch(50, 30, fs))[None],
        ]
    )
    made = filter_text("0.5-40 Hz, notch 50 Hz").design(fs)
    got = filter_signal(x, fs, filter=made).values
    wanted = signal.sosfiltfilt(sections, x)
    np.testing.assert_allclose(got, wanted, atol=1e-9)


def test_a_cutoff_above_half_the_sampling_rate_is_refused():
    with pytest.raises(InvalidInputError, match=r"highcut=70 Hz is not below .*50 Hz"):
        filter_text("0.5-70 Hz").design(100.0)


@given(st.integers(100, 4000).map(lambda n: n / 20), st.floats(20, 300))
def test_a_filter_fits_exactly_where_it_can_be_designed(frequency, fs):
    for made in (FilterText(highcut=frequency), FilterText(notches=(frequency,))):
        try:
            made.design(fs)
        except InvalidInputError:
            assert not made.fits(fs)
        else:
            assert made.fits(fs)


def test_usual_filters_are_filters_of_known_kinds():
    assert set(PRESETS) <= set(KINDS)
    for kind in PRESETS.values():
        for text in kind.values():
            assert str(filter_text(text)) == text
            filter_text(text).design(2000.0)
