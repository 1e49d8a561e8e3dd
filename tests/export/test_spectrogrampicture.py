"""Spectrograms in pictures, pages and saved cells."""

from __future__ import annotations

import base64
import json
import re
import zlib

import numpy as np
import pytest
from PIL import Image

import vital_widgets as vw
from vital_widgets.export.embeddedspectrograms import packed_spectrograms

FS, SECONDS = 64, 240

pytestmark = pytest.mark.usefixtures("stand_in_front_end")


@pytest.fixture
def viewer():
    """4 Hz in the first half, 12 Hz in the second; nothing from 100 to 110 s."""
    t = np.arange(FS * SECONDS) / FS
    wave = np.sin(2 * np.pi * np.where(t < SECONDS / 2, 4, 12) * t)
    wave += np.random.default_rng(0).normal(0, 0.01, len(t))
    wave[(t >= 100) & (t < 110)] = np.nan
    recording = vw.Recording.from_arrays({"C3": wave}, fs=FS, units="mV")
    shown = vw.Viewer(recording, t_range=(0, SECONDS), height=400, channels=["C3"])
    shown.add_spectrogram("C3", band=(0, 16), window_s=2)
    yield shown
    shown.close()


def yellow_of(picture: Image.Image) -> np.ndarray:
    """Return how yellow the second lane of a picture is: most where the power is highest."""
    image = np.asarray(picture.convert("RGB")).astype(float) / 255
    top, bottom = round(len(image) * 0.5), round(len(image) * 0.93)
    return (image[..., :2].mean(axis=2) - image[..., 2])[top:bottom, round(image.shape[1] * 0.16) :]


def yellowest_row(yellow: np.ndarray, share: float) -> float:
    """Return the height of the most yellow row of a column, as a share from the bottom."""
    column = yellow[:, round(share * yellow.shape[1])]
    return 1 - (int(np.argmax(column)) + 0.5) / len(column)


def test_a_picture_shows_the_frequencies_of_a_tone_that_changes(viewer) -> None:
    yellow = yellow_of(viewer.picture(width=1000))
    early, late = yellowest_row(yellow, 0.25), yellowest_row(yellow, 0.75)
    # Of 16 Hz; the lane has margins in this part of the picture.
    assert early == pytest.approx(4 / 16, abs=0.1)
    assert late == pytest.approx(12 / 16, abs=0.1)
    assert late - early == pytest.approx(8 / 16, abs=0.08)


def test_what_has_no_signal_has_no_colour(viewer) -> None:
    viewer.t_range = (90, 120)
    image = np.asarray(viewer.picture(width=1000).convert("RGB")).astype(int)
    saturation = image.max(axis=2) - image.min(axis=2)
    rows = saturation[round(len(image) * 0.6) : round(len(image) * 0.8), 160:]
    coloured = (rows > 40).mean(axis=0)
    columns = np.linspace(90, 120, rows.shape[1])
    assert coloured[(columns > 92) & (columns < 98)].min() > 0.9
    assert coloured[(columns > 103) & (columns < 107)].max() < 0.4  # the stripes of a gap


def test_the_cell_picture_waits_for_no_spectrogram(viewer) -> None:
    session = viewer._session
    k = session.index_of(["C3 spectrogram"])[0]
    assert session.spectrogram_tiles(k, 0, SECONDS, wait=False) is None
    before = viewer._cell_picture()
    assert session.spectrogram_tiles(k, 0, SECONDS, wait=False) is None
    while session.spectrogram(k, 0)[0]["pending"]:
        pass
    assert session.spectrogram_tiles(k, 0, SECONDS, wait=False) is not None
    assert viewer._cell_picture() != before


@pytest.mark.parametrize("kind", ["svg", "pdf"])
def test_vector_pictures_contain_it(viewer, tmp_path, kind) -> None:
    with_it = viewer.save(tmp_path / f"with.{kind}").read_bytes()
    viewer.channels = ["C3"]
    without = viewer.save(tmp_path / f"without.{kind}").read_bytes()
    image = b"<image" if kind == "svg" else b"/Subtype /Image"
    assert (image in with_it, image in without) == (True, False)


def test_a_page_contains_the_codes_that_the_kernel_sends(viewer, tmp_path) -> None:
    page = viewer.to_html(tmp_path / "share.html").path.read_text()
    document = json.loads(re.search(r'class="vital-document">(.*?)</script>', page)[1])
    text = "".join(re.findall(r'class="vital-bytes">([^<]*)</script>', page))
    (entry,) = document["spectrograms"]
    session = viewer._session
    k = session.index_of(["C3 spectrogram"])[0]
    assert entry["channel"] == k
    while (answer := session.spectrogram(k, 0))[0]["pending"]:
        pass
    reply, buffer = answer
    assert entry["about"] == {name: reply[name] for name in entry["about"]}
    (tile,) = entry["tiles"]
    codes = zlib.decompress(base64.b64decode(text[tile["at"] :][: tile["length"]]))
    assert codes == bytes(buffer[reply["at"] :][: len(codes)])
    assert {part["part"]["channel"] for part in document["chunks"]} == {0}


def test_tiles_that_do_not_fit_are_left_out(viewer) -> None:
    session = viewer._session
    k = session.index_of(["C3 spectrogram"])
    (whole,) = packed_spectrograms(session, k, (0, SECONDS), 1e9, wait=True)
    assert len(whole) > 1000
    (nothing,) = packed_spectrograms(session, k, (0, SECONDS), len(whole) - 1, wait=True)
    assert nothing.tiles == []
    assert packed_spectrograms(session, [0], (0, SECONDS), 1e9, wait=True) == []
