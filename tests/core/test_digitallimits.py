from __future__ import annotations

import numpy as np
import pytest

from vital_widgets.core.channel import Channel
from vital_widgets.core.digitallimits import digital_limits
from vital_widgets.core.samples import ArraySamples
from vital_widgets.core.timebase import regular


def channel(dtype: str, **more: object) -> Channel:
    return Channel("a", ArraySamples(np.zeros(4, dtype)), regular(1.0, 4), **more)


@pytest.mark.parametrize(
    ("dtype", "more", "limits"),
    [
        ("int16", {}, (-32768, 32767)),
        ("int16", {"missing": -32768}, (-32767, 32767)),
        ("uint8", {"gain": 0.5, "offset": -3.0}, (-3.0, 124.5)),
        ("int16", {"gain": -2.0}, (-65534, 65536)),
        ("int16", {"details": {"digital_range": (-2048, 2047)}, "gain": 0.5}, (-1024, 1023.5)),
        ("int16", {"details": {"digital_range": (2047, -2048)}}, (-2048, 2047)),
        ("int32", {"details": {"digital_range": (-8388608, 8388607)}}, (-8388608, 8388607)),
        ("int16", {"details": {"adc_resolution": 11, "adc_zero": 1024}}, (0, 2047)),
        ("int16", {"details": {"adc_resolution": 0}}, (-32768, 32767)),
        # states, computed values, numbers
        ("int16", {"details": {"digital_range": (0, 1)}}, None),
        ("int32", {}, None),
        ("float64", {}, None),
        ("float32", {"details": {"digital_range": (-2048, 2047)}}, None),
    ],
)
def test_the_limits_are_those_of_the_file_or_of_the_converter(dtype, more, limits) -> None:
    assert digital_limits(channel(dtype, **more)) == limits
