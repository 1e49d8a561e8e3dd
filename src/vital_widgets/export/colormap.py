"""A colour map whose lightness rises evenly from dark blue to yellow, in the Oklab space.

`js/src/math/colormap.ts` is the same; both are held to ``tests/fixtures/colormap.json``.

References
----------
Ottosson B. A perceptual color space for image processing, 2020. https://bottosson.github.io/posts/oklab/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

LIGHTNESS = (0.18, 0.95)
HUE = (285.0, 105.0)  # degrees: blue, over green, to yellow
CHROMA = 0.105
TO_CONES = np.array(
    [
        [1, 0.3963377774, 0.2158037573],
        [1, -0.1055613458, -0.0638541728],
        [1, -0.0894841775, -1.291485548],
    ]
)
TO_LINEAR = np.array(
    [
        [4.0767416621, -3.3077115913, 0.2309699292],
        [-1.2684380046, 2.6097574011, -0.3413193965],
        [-0.0041960863, -0.7034186147, 1.707614701],
    ]
)


def colors_at(shares: ArrayLike) -> NDArray[np.uint8]:
    """Return the colours at shares from 0 to 1, as red, green and blue in the last axis."""
    share = np.asarray(shares, np.float64)
    lightness, hue = (start + (stop - start) * share for start, stop in (LIGHTNESS, HUE))
    radians = np.radians(hue)
    lab = np.stack([lightness, CHROMA * np.cos(radians), CHROMA * np.sin(radians)], axis=-1)
    linear = np.clip((lab @ TO_CONES.T) ** 3 @ TO_LINEAR.T, 0, 1)  # colours outside are cut
    srgb = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)  # noqa: PLR2004
    rounded: NDArray[np.uint8] = np.floor(255 * srgb + 0.5).astype(np.uint8)
    return rounded
