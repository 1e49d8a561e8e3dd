"""Small files in every format, and sessions that are closed at the end."""

from __future__ import annotations

import pytest

from small_recordings import FORMATS, IN_PLACE, write
from vital_widgets.serve.session import CHECK_INTERVAL, Session


@pytest.fixture(params=FORMATS)
def made(request, tmp_path):
    return write(tmp_path / f"night.{request.param}")


@pytest.fixture(params=IN_PLACE)
def in_place(request, tmp_path):
    return write(tmp_path / f"night.{request.param}")


@pytest.fixture
def serve(monkeypatch):
    """Sessions that look at the file at every request, closed at the end."""
    monkeypatch.setattr("vital_widgets.serve.session.CHECK_INTERVAL", 0.0)
    assert CHECK_INTERVAL < 1
    opened = []

    def start(recording, *, built=True):
        session = Session(recording)
        opened.append(session)
        if built and session.task is not None:
            assert session.task.wait(300)
        return session

    yield start
    for session in opened:
        session.close()
        session.recording.close()
