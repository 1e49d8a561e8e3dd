from __future__ import annotations

import io
import re

import numpy as np
import pytest
from PIL import Image

import vital_widgets as vw
from serve.replies import in_memory
from vital_widgets.core.annotations import Annotations
from vital_widgets.errors import InvalidInputError, StoreError
from vital_widgets.export.figure import figure, kind_of, save_figure
from vital_widgets.export.markgroups import MarkColors
from vital_widgets.export.palette import PALETTES
from vital_widgets.export.pictureview import Lane, PictureView
from vital_widgets.serve.session import Session

LIGHT = PALETTES["light"]


def opened(recording) -> Session:
    session = Session(recording)
    if session.task is not None:
        session.task.result(300)
    return session


def pixels(session: Session, view: PictureView, **options) -> np.ndarray:
    made = figure(session, view, "png", **options)
    return np.asarray(Image.open(io.BytesIO(made)).convert("RGB")).astype(int)


def near(image: np.ndarray, color: tuple[int, int, int], within: int = 6) -> np.ndarray:
    return np.abs(image - np.array(color)).max(axis=-1) <= within


def left_of_lanes(image: np.ndarray, row: int) -> int:
    """Return the column where the lanes begin, as it is seen in a row of a lane."""
    return int(np.flatnonzero(near(image[row], LIGHT.gutter, 2))[-1]) + 2


@pytest.fixture(scope="module")
def impulses() -> Session:
    """One impulse each second, 250 Hz, with a gap from 20 to 30 s."""
    values = np.zeros(10_000)
    values[::250] = 1.0
    return opened(in_memory(values, values, fs=250.0, runs=[(0.0, 5000), (30.0, 5000)]))


def test_paper_is_true_to_the_millimetre(impulses) -> None:
    view = PictureView((2.5, 12.5), [Lane([0])])
    image = pixels(impulses, view, width="180 mm", height="40 mm", dpi=254.0, speed="25 mm/s")
    assert image.shape[:2] == (400, 1800), "10 pixels for each mm"
    tall = near(image[:, 400:], LIGHT.ink(0)).sum(axis=0)
    columns = np.flatnonzero(tall > 0.6 * tall.max())
    spikes = columns[np.insert(np.diff(columns) > 5, 0, True)]
    assert np.diff(spikes) == pytest.approx(250, abs=1), "25 mm for each second"


def test_the_paper_is_as_wide_as_the_window_needs(impulses) -> None:
    narrow = pixels(impulses, PictureView((2, 4), [Lane([0])]), dpi=254.0, speed=25)
    wide = pixels(impulses, PictureView((2, 8), [Lane([0])]), dpi=254.0, speed="25 mm/s")
    assert wide.shape[1] - narrow.shape[1] == pytest.approx(4 * 250, abs=40)


@pytest.mark.parametrize("kind", ["svg", "pdf"])
def test_vector_pictures_have_the_size_and_the_texts(impulses, kind) -> None:
    view = PictureView((0, 10), [Lane([0]), Lane([1])])
    made = figure(impulses, view, kind, width="180 mm", height="90 mm")
    if kind == "svg":
        text = made.decode()
        width, height = map(
            float, re.search(r'width="([\d.]+)pt" height="([\d.]+)pt"', text).groups()
        )
    else:
        box = re.search(rb"/MediaBox \[ ?0 0 ([\d.]+) ([\d.]+)", made)
        width, height = map(float, box.groups())
    assert (width, height) == pytest.approx((180 / 25.4 * 72, 90 / 25.4 * 72), abs=0.5)
    assert made == figure(impulses, view, kind, width="180 mm", height="90 mm")


def test_gaps_are_hatched_and_nothing_is_drawn_in_them(impulses) -> None:
    image = pixels(impulses, PictureView((0, 50), [Lane([0])]), width=1000, height=200)
    plot = image[:150, 200:]
    hatched = near(plot, LIGHT.gap_stripe).any(axis=0)
    share = hatched.mean()
    assert 0.15 < share < 0.25, "10 of 50 s"
    inside = np.flatnonzero(hatched)
    ink = near(plot, LIGHT.ink(0), 40)
    assert not ink[:, inside[5] : inside[-5]].any()


def test_lanes_have_their_colours_and_heights(impulses) -> None:
    view = PictureView((0, 10), [Lane([0], 3.0), Lane([1], 1.0)])
    image = pixels(impulses, view, width=800, height=462, dpi=96)
    first, second = (np.flatnonzero(near(image[:, 0], LIGHT.ink(k))) for k in (0, 1))
    assert len(first) == pytest.approx(3 * len(second), rel=0.1)
    assert first.max() < second.min()


def test_a_fixed_scale_is_kept(impulses) -> None:
    view = PictureView((0, 10), [Lane([0])], extents={0: (-1.0, 3.0)})
    ink = near(pixels(impulses, view, width=800, height=200, dpi=96)[:, 200:], LIGHT.ink(0))
    rows = np.flatnonzero(ink.any(axis=1))
    # Of the 178 pixels of the lane, without its margin of 3, the trace covers a quarter.
    assert (rows.min(), rows.max()) == (
        pytest.approx(3 + 172 / 2, abs=3),
        pytest.approx(3 + 172 * 0.75, abs=3),
    )


def test_annotations_are_drawn_where_they_are() -> None:
    rec = vw.Recording.from_arrays(
        {"ECG": np.zeros(1000)},
        fs=100,
        annotations=Annotations([4.0, 6.0], ["V", "noise"], duration=[0, 2.0]),
    )
    colors = MarkColors({"file": "#ff0000"})
    view = PictureView((0, 10), [Lane([0])], wait=30, mark_colors=colors)
    image = pixels(opened(rec), view, width=1100, height=150, dpi=96)
    left = left_of_lanes(image, 60)
    strip = image[2:13]
    line = (strip[:, :, 0] > strip[:, :, 1] + 100).all(axis=0)
    assert np.flatnonzero(line)[0] == pytest.approx(left + 4 * (1100 - left) / 10, abs=2)
    tint = image[60, :, 0] - image[60, :, 1]
    tinted = np.flatnonzero(tint > 15)
    wanted = [left + t * (1100 - left) / 10 for t in (6, 8)]
    assert [tinted[tinted > left + 500][0], tinted[-1]] == pytest.approx(wanted, abs=3)


def test_the_dark_theme_has_a_dark_background(impulses) -> None:
    image = pixels(impulses, PictureView((0, 10), [Lane([0])]), theme="dark")
    assert np.median(image) < 40


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"width": "18 furlongs"},
            "width='18 furlongs' is not a length; give for example '180 mm'",
        ),
        ({"width": -3}, "width=-3 is not a length"),
        ({"height": "nan mm"}, "is not a length"),
        ({"dpi": 0}, "dpi=0 is not a number from 24 to 1200"),
        ({"theme": "sepia"}, "unknown theme 'sepia'; available: light, dark"),
        ({"speed": "25 cm"}, "speed='25 cm' is not a paper speed; give for example '25 mm/s'"),
        ({"speed": 1000}, "give a shorter t_range, a lower speed, or a width"),
        ({"width": "5 m"}, "is not a length"),
        ({"width": 15_000, "height": 15_000, "dpi": 600}, "is too large"),
    ],
)
def test_bad_input_is_told(impulses, options, message) -> None:
    view = PictureView((0, 40), [Lane([0])])
    with pytest.raises(InvalidInputError, match=re.escape(message)):
        figure(impulses, view, "png", **options)


def test_files_are_checked(tmp_path) -> None:
    with pytest.raises(InvalidInputError, match=r"does not end in \.png, \.svg or \.pdf"):
        kind_of("ecg.jpg")
    with pytest.raises(StoreError, match="cannot write"):
        save_figure(tmp_path / "missing" / "ecg.png", b"")


def test_the_colours_are_those_of_the_front_end() -> None:
    from pathlib import Path

    source = Path(__file__).resolve().parents[2] / "js" / "src" / "plot" / "palette.ts"
    for name, palette in PALETTES.items():
        inks = re.search(rf'{name.upper()}_INKS = "([^"]+)"', source.read_text())[1].split()
        assert ["#{:02x}{:02x}{:02x}".format(*ink) for ink in palette.inks] == inks
