"""Fitted polynomials equal those of SciPy, whatever the window."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import savgol_filter

from vital_widgets.analysis.signal.filters.fitted_polynomials import LONG, fitted_polynomial


@pytest.mark.parametrize("width", [5, LONG - 2, LONG, 2 * LONG + 1])
@pytest.mark.parametrize(("deriv", "level"), [(0, 0.0), (1, 0.0), (2, 0.0), (0, 1e6)])
@pytest.mark.parametrize("extra", [1, 2, 5000])
def test_it_equals_scipy_at_any_width(width, deriv, level, extra):
    x = level + np.cumsum(np.random.default_rng(0).normal(size=width + extra))
    got = fitted_polynomial(x, width, 3, deriv=deriv, fs=500.0)
    expected = savgol_filter(x, width, 3, deriv=deriv, delta=1 / 500.0)
    rounding = 1e-9 * np.ptp(expected) + 1e-10 * level
    np.testing.assert_allclose(got, expected, rtol=0, atol=rounding)
