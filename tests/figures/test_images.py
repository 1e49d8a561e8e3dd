"""Figures as files."""

from __future__ import annotations

import io

import numpy as np
import pytest
from chromium import find_chromium
from PIL import Image

from vital_widgets.errors import InvalidInputError, MissingLibraryError
from vital_widgets.figures.images import save_image
from vital_widgets.figures.plotwidget import PlotWidget

pytestmark = pytest.mark.usefixtures("stand_in_front_end")


@pytest.fixture
def figure():
    made = PlotWidget([{"y": np.arange(5.0), "name": "rising"}], {"title": "A figure"})
    yield made
    made.close()


def test_a_page_contains_plotly_and_the_data(figure, tmp_path):
    save_image(figure, tmp_path / "a.html")
    text = (tmp_path / "a.html").read_text("utf-8")
    assert "rising" in text
    assert len(text) > 3_000_000


@pytest.mark.parametrize("path", ["a.bmp", "a", 3])
def test_an_unknown_format_is_an_error_that_names_the_known_ones(figure, path):
    with pytest.raises(InvalidInputError, match=r"\.png|figure\.png"):
        save_image(figure, path)


def test_without_kaleido_the_error_names_the_extra(figure, tmp_path, monkeypatch):
    def missing(name):
        raise ImportError(f"no {name}")

    monkeypatch.setattr("vital_widgets.runtime.extras.import_module", missing)
    with pytest.raises(MissingLibraryError, match=r"vital_widgets\[images\]"):
        save_image(figure, tmp_path / "a.png")


@pytest.mark.slow
def test_a_picture_is_on_white(figure, tmp_path, monkeypatch):
    browser = find_chromium()
    if browser is None:
        pytest.skip("no Chromium")
    monkeypatch.setenv("BROWSER_PATH", browser)
    save_image(figure, tmp_path / "a.png", width=300, height=200, scale=1)
    picture = Image.open(io.BytesIO((tmp_path / "a.png").read_bytes())).convert("RGB")
    assert picture.size == (300, 200)
    pixels = np.asarray(picture).reshape(-1, 3)
    assert (pixels == 255).all(axis=1).mean() > 0.5
    assert figure.layout.paper_bgcolor is None
