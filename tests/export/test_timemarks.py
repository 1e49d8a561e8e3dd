"""Marks of time in pictures, found in the pixels at the places that arithmetic gives."""

from __future__ import annotations

import io
from datetime import datetime

import numpy as np
import pytest
from PIL import Image

import vital_widgets as vw
from vital_widgets.export.figure import figure
from vital_widgets.export.palette import PALETTES
from vital_widgets.export.pictureview import Lane, PictureView
from vital_widgets.serve.session import Session

LIGHT = PALETTES["light"]
START = datetime(2024, 3, 1, 23, 59, 20)


@pytest.fixture(scope="module")
def session():
    recording = vw.Recording.from_arrays({"x": np.zeros(3600)}, fs=1.0, start=START)
    return Session(recording)


def lines(session: Session, view: PictureView) -> tuple[np.ndarray, int]:
    """Columns in which many rows differ from a picture without marks, and the width of both."""
    made, plain = (
        np.asarray(
            Image.open(io.BytesIO(figure(session, one, "png", width=1110, height=200)))
        ).astype(int)[..., :3]
        for one in (view, PictureView(view.t_range, view.lanes))
    )
    share = (np.abs(made - plain).max(axis=-1) > 20)[:150].mean(axis=0)
    return np.flatnonzero(share > 0.3), made.shape[1]


def test_epochs_begin_at_their_lines(session) -> None:
    view = PictureView((100.0, 400.0), [Lane([0])], epochs=(60.0, 15.0))
    columns, width = lines(session, view)
    per_second = (columns[-1] - columns[0]) / 240
    times = 400 - (width - columns) / per_second
    assert times == pytest.approx([135, 195, 255, 315, 375], abs=0.6)


def test_there_are_no_lines_closer_than_can_be_told_apart(session) -> None:
    view = PictureView((0.0, 3600.0), [Lane([0])], epochs=(10.0, 0.0))
    assert lines(session, view)[0].size == 0


def dark_columns(session: Session, view: PictureView) -> int:
    made = figure(session, view, "png", width=1110, height=200)
    image = np.asarray(Image.open(io.BytesIO(made))).astype(int)[20:140, :, :3]
    return int(((image < 160).all(axis=-1).mean(axis=0) > 0.8).sum())


def test_midnight_is_a_line_on_both_time_axes(session) -> None:
    for elapsed in (False, True):
        with_midnight = PictureView((10.0, 70.0), [Lane([0])], elapsed=elapsed)
        without = PictureView((50.0, 110.0), [Lane([0])], elapsed=elapsed)
        assert dark_columns(session, with_midnight) == dark_columns(session, without) + 1


def test_the_axis_shows_the_time_that_is_chosen(session) -> None:
    texts = {
        elapsed: figure(
            session, PictureView((600.0, 660.0), [Lane([0])], elapsed=elapsed), "svg"
        ).decode()
        for elapsed in (False, True)
    }
    assert "00:09:30" in texts[False]
    assert "0:10:10" in texts[True]
