from __future__ import annotations

import base64
import io
import json
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

import vital_widgets as vw
from vital_widgets.errors import InvalidInputError


def picture_of(bundle: dict) -> np.ndarray:
    png = base64.b64decode(bundle["image/png"])
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


def test_the_output_of_a_cell_has_the_live_view_and_a_picture(recording) -> None:
    viewer = vw.Viewer(recording, height=400)
    data, metadata = viewer._repr_mimebundle_()
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == viewer.model_id
    assert data["text/plain"] == repr(viewer)
    picture = picture_of(data)
    assert picture.shape == (400, 960, 3)
    assert metadata["image/png"] == {"width": 960, "height": 400}


def test_the_picture_shows_the_present_window(recording) -> None:
    viewer = vw.Viewer(recording, t_range=(0, 10))
    before = picture_of(viewer._repr_mimebundle_()[0])
    viewer.t_range = (100, 400)
    after = picture_of(viewer._repr_mimebundle_()[0])
    assert np.abs(before.astype(int) - after).max() > 100


def test_the_picture_of_many_noisy_channels_is_small() -> None:
    rng = np.random.default_rng(0)
    arrays = {f"EEG {k}": rng.normal(size=20_000) for k in range(64)}
    recording = vw.Recording.from_arrays(arrays, fs=256.0, units="µV")
    data, _ = vw.Viewer(recording)._repr_mimebundle_()
    assert len(data["image/png"]) < 200_000


def test_a_picture_that_cannot_be_drawn_leaves_the_live_view(
    recording, monkeypatch, caplog
) -> None:
    viewer = vw.Viewer(recording)
    monkeypatch.setattr(viewer, "_cell_picture", lambda: 1 / 0)
    data, _ = viewer._repr_mimebundle_()
    assert "image/png" not in data
    assert "application/vnd.jupyter.widget-view+json" in data
    assert "no picture" in caplog.text


def test_pictures_are_saved_in_three_formats(recording, tmp_path) -> None:
    viewer = vw.Viewer(recording)
    for name, head in (("a.png", b"\x89PNG"), ("a.SVG", b"<?xml"), ("a.pdf", b"%PDF")):
        assert viewer.save(tmp_path / name, width="80 mm", dpi=100).read_bytes().startswith(head)
    assert viewer.picture(width=500, height=200).size == (500, 200)
    with pytest.raises(InvalidInputError, match=r"does not end in \.png"):
        viewer.save(tmp_path / "a.jpg")
    viewer.close()
    with pytest.raises(InvalidInputError, match="was closed"):
        viewer.save(tmp_path / "b.png")


def test_the_code_of_a_view_gives_an_equal_view(tmp_path) -> None:
    path = tmp_path / 'it\'s "odd".edf'
    recording = vw.sample(30, seed=2, path=path)
    viewer = vw.Viewer(recording, channels=["PPG", "ECG"], t_range=(0.1 + 0.2, 7))
    viewer.selection = (1.5, 2.25)
    viewer.height = 333
    names: dict = {}
    exec(viewer.code(), names)
    again = names["viewer"]
    assert again.view == viewer.view
    assert names["recording"].path == path


def test_the_code_of_a_plain_view_is_short(recording) -> None:
    viewer = vw.Viewer(recording)
    code = viewer.code()
    assert "made in memory" in code
    assert "channels" not in code
    assert "height" not in code
    names: dict = {"recording": recording}
    exec(code, names)
    assert names["viewer"].view == viewer.view


def test_a_picture_for_a_cell_does_not_import_matplotlib() -> None:
    code = (
        "import sys, numpy as np, vital_widgets as vw\n"
        "r = vw.Recording.from_arrays({'ECG': np.zeros(999)}, fs=100)\n"
        "assert 'image/png' in vw.Viewer(r)._repr_mimebundle_()[0]\n"
        "assert 'matplotlib' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_saved_notebook_keeps_the_window_that_was_left(recording) -> None:
    viewer = vw.Viewer(recording, t_range=(0, 10))
    viewer.t_range = (100, 130)
    kept = viewer._keeping(viewer.model_id)()
    assert kept["model"] == viewer.model_id
    document = json.loads(kept["html"].split('class="vital-document">')[1].split("</script>")[0])
    assert document["view"]["t_range"] == [100, 130]
    assert document["absent"] == "not loaded"
    channels = {chunk["part"]["channel"] for chunk in document["chunks"]}
    assert channels == {0, 1}
    assert len(kept["html"]) + len(kept["picture"]) < 200_000


def test_what_is_saved_of_a_large_recording_is_small() -> None:
    rng = np.random.default_rng(0)
    arrays = {f"EEG {k}": rng.normal(size=60_000) for k in range(64)}
    marks = vw.Annotations(
        np.sort(rng.uniform(0, 230, 50_000)), [f"note {k} " * 5 for k in range(50_000)]
    )
    big = vw.Recording.from_arrays(arrays, fs=256.0, units="µV", annotations=marks)
    viewer = vw.Viewer(big)
    kept = viewer._keeping(viewer.model_id)()
    assert len(kept["picture"]) + len(kept["html"] or "") < 200_000


def test_a_gain_is_true_to_the_millimetre_in_a_picture() -> None:
    values = np.zeros(3000)
    values[1000:2000] = 1.0  # 1 mV
    recording = vw.Recording.from_arrays({"ECG": values}, fs=100, units="mV")
    viewer = vw.Viewer(recording, t_range=(0, 30), scales={"ECG": "10 mm/mV"})
    made = viewer.picture(width="150 mm", height="60 mm", dpi=254)
    image = np.asarray(made.convert("RGB")).astype(int)
    ink = np.abs(image[:, 450:] - np.array([0x22, 0x66, 0xFF])).max(axis=-1) < 40
    rows = np.flatnonzero(ink.sum(axis=1) > 200)
    assert rows.max() - rows.min() == pytest.approx(100, abs=6), "10 mm of 10 pixels"


def test_the_code_of_a_calibrated_view_gives_an_equal_view(tmp_path) -> None:
    recording = vw.sample(30, seed=2, path=tmp_path / "a.edf")
    viewer = vw.Viewer(recording, t_range=(1, 7))
    viewer.scales["ECG"] = "10 mm/mV"
    viewer.epoch_length = 5
    names: dict = {}
    exec(viewer.code(), names)
    assert names["viewer"].view == viewer.view
