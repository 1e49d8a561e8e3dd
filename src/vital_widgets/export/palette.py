"""The colours of pictures: those of the viewer on a light and on a dark page."""

from __future__ import annotations

from dataclasses import dataclass

Color = tuple[int, int, int]


@dataclass(frozen=True)
class Palette:
    """Colours as red, green and blue, 0 to 255."""

    background: Color
    gutter: Color
    text: Color
    muted: Color
    line: Color
    grid: Color
    gap: Color
    gap_stripe: Color
    annotation: Color
    accent: Color
    inks: tuple[Color, ...]

    def ink(self, signal: int) -> Color:
        """Return the colour of a signal by its index."""
        return self.inks[signal % len(self.inks)]


def rgb(text: str) -> Color:
    """Return the colour ``#rrggbb``."""
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


def mix(first: Color, second: Color, share: float) -> Color:
    """Return a colour between two, ``share`` of the way from the first to the second."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


def _palette(
    colors: dict[str, str], inks: str, *, warm: Color, ink: Color, shares: tuple[float, ...]
) -> Palette:
    background, text = rgb(colors["background"]), rgb(colors["text"])
    muted, grid, gap, stripe = shares
    return Palette(
        background,
        rgb(colors["gutter"]),
        text,
        mix(background, text, muted),
        rgb(colors["line"]),
        mix(background, ink, grid),
        mix(background, warm, gap),
        mix(background, warm, stripe),
        rgb(colors["annotation"]),
        rgb(colors["accent"]),
        tuple(map(rgb, inks.split())),
    )


# As in viewer.css and theme.ts of the front end.
PALETTES = {
    "light": _palette(
        {
            "background": "#ffffff",
            "gutter": "#fafafa",
            "text": "#1c1f23",
            "line": "#dfe2e6",
            "annotation": "#b71c1c",
            "accent": "#1976d2",
        },
        "#1f5fa8 #b3401d #1b7a4b #7a3fa0 #85600a #0f7583 #a82c66 #4d5b6a",
        warm=(190, 120, 20),
        ink=(0, 0, 0),
        shares=(0.72, 0.065, 0.14, 0.42),
    ),
    "dark": _palette(
        {
            "background": "#111417",
            "gutter": "#181c20",
            "text": "#f0f2f4",
            "line": "#363c43",
            "annotation": "#ff8a80",
            "accent": "#4aa3f5",
        },
        "#6cb2f5 #f0926b #63cf94 #c79bf0 #e0b64a #56cbd8 #f08cb8 #a9b7c6",
        warm=(214, 160, 70),
        ink=(255, 255, 255),
        shares=(0.68, 0.09, 0.2, 0.5),
    ),
}
