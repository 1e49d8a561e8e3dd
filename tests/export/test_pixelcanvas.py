"""Traces as pixels: compared with the cover of every pixel."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from vital_widgets.export.canvas import Box, Trace
from vital_widgets.export.pixelcanvas import PixelCanvas
from vital_widgets.export.pixelcolumns import Columns

INK, GROUND = (34, 102, 255), (255, 255, 255)


@settings(max_examples=60)
@given(
    scale=st.sampled_from([1.0, 1.5, 2.0]),
    spans=st.lists(st.tuples(st.floats(-3, 3), st.floats(0, 4)) | st.none(), max_size=12),
    edges=st.sets(st.integers(0, 11)),
)
def test_each_pixel_has_the_share_of_the_line_that_covers_it(scale, spans, edges) -> None:
    height, n = 20, 12
    spans = [*spans, *[None] * (n - len(spans))]
    lo = np.array([np.nan if one is None else one[0] for one in spans])
    hi = lo + [0.0 if one is None else one[1] for one in spans]
    breaks = np.isin(np.arange(n), list(edges))
    outside = np.array([-100.0, -50.0])  # no dots
    columns = Columns(lo, hi, np.zeros(n, bool), outside, outside)
    canvas = PixelCanvas(n / scale, height / scale, scale, GROUND)
    box = Box(0, 0, n / scale, height / scale)
    canvas.trace(Trace(box, columns, (-4.0, 4.0), breaks, INK))
    found = np.asarray(canvas.image()).astype(float)

    half = max(1.15, 0.95 * scale) / 2
    cover = np.zeros((height, n))
    for c in range(n):
        tops, ends = [4 - hi[c]], [4 - lo[c]]
        if c and not breaks[c] and not breaks[c - 1]:
            tops.append(4 - lo[c - 1])
            ends.append(4 - hi[c - 1])
        if np.isnan(hi[c]):
            continue
        y0 = np.nanmin(tops) * height / 8 - half
        y1 = np.nanmax(ends) * height / 8 + half
        for row in range(height):
            cover[row, c] = min(max(min(y1, row + 1) - max(y0, row), 0), 1)
    if half > 0.75:
        cover[:, 1:] = np.maximum(cover[:, 1:], cover[:, :-1])
    wanted = np.array(GROUND) + (np.array(INK) - GROUND) * cover[..., None]
    assert np.abs(found - wanted).max() <= 0.51
