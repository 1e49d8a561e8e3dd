"""The colours of pictures: those of the viewer on a light and on a dark page."""

from __future__ import annotations

from dataclasses import dataclass

from vital_widgets.core.color import Rgb, readable, rgb

Color = Rgb


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
    paper_minor: Color
    paper_major: Color
    usable: Color
    unusable: Color
    clipped: Color
    dark: bool
    inks: tuple[Color, ...]

    def ink(self, ink: int | str) -> Color:
        """Return a colour of traces by its number, or ``#rrggbb`` with enough contrast."""
        if isinstance(ink, str):
            return readable(rgb(ink), self.background)
        return self.inks[ink % len(self.inks)]


def mix(first: Color, second: Color, share: float) -> Color:
    """Return a colour between two, ``share`` of the way from the first to the second."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


def _palette(
    colors: dict[str, str],
    inks: str,
    *,
    warm: Color,
    ink: Color,
    shares: tuple[float, ...],
    red: Color,
) -> Palette:
    background, text = rgb(colors["background"]), rgb(colors["text"])
    muted, grid, gap, stripe, minor, major = shares
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
        mix(background, red, minor),
        mix(background, red, major),
        rgb(colors["usable"]),
        rgb(colors["unusable"]),
        rgb(colors["clipped"]),
        sum(background) < sum(text),
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
            "usable": "#009e73",
            "unusable": "#d55e00",
            "clipped": "#d60000",
        },
        "#2266ff #881100 #446633 #660077 #996600 #007777 #dd0077 #554444",
        warm=(190, 120, 20),
        ink=(0, 0, 0),
        shares=(0.72, 0.065, 0.14, 0.42, 0.15, 0.38),
        red=(225, 60, 60),
    ),
    "dark": _palette(
        {
            "background": "#111417",
            "gutter": "#181c20",
            "text": "#f0f2f4",
            "line": "#363c43",
            "annotation": "#ff8a80",
            "accent": "#4aa3f5",
            "usable": "#269874",
            "unusable": "#e87a3c",
            "clipped": "#ff5c5c",
        },
        "#99ccff #dd6644 #bbee88 #8877ee #eebb33 #66ffee #cc66aa #bbaa99",
        warm=(214, 160, 70),
        ink=(255, 255, 255),
        shares=(0.68, 0.09, 0.2, 0.5, 0.16, 0.36),
        red=(230, 110, 110),
    ),
}
