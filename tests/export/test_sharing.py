from __future__ import annotations

import base64
import json
import re
import zlib

import numpy as np
import pytest

import vital_widgets as vw
from vital_widgets.core.annotations import Annotations
from vital_widgets.errors import InvalidInputError, StoreError, UnknownChannelError
from vital_widgets.export.sharedpage import byte_count

pytestmark = pytest.mark.usefixtures("stand_in_front_end")


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    return vw.sample(120, seed=3, path=tmp_path_factory.mktemp("edf") / "Jane-Doe.edf")


def document_of(page: str) -> dict:
    return json.loads(re.search(r'class="vital-document">(.*?)</script>', page)[1])


def test_what_identifies_a_patient_is_left_out_and_told(recording, tmp_path) -> None:
    made = vw.to_html(recording, tmp_path / "share.html")
    page = made.path.read_text()
    assert made.n_bytes == made.path.stat().st_size
    assert "name of the recording" in made.removed
    assert "start date and time" in made.removed
    assert "patient" in made.removed
    assert "Left out of this file: name of the recording, start date and time" in page
    assert "Jane" not in page
    assert recording.start.isoformat() not in page
    assert str(recording.start.year) not in re.sub(r"base64,[^\"]*|vital-bytes\">[^<]*", "", page)
    assert "Removed: name of the recording" in repr(made)
    assert "date of the start" in made.removed
    assert not any("_" in words for words in made.removed), "words, not names in a program"


def test_readers_are_not_named_unless_it_is_asked_for(tmp_path) -> None:
    recording = vw.Recording.from_arrays({"ECG": np.zeros(1000)}, fs=100.0)
    recording.annotations.add(1, "V", reader="Dr Quill")
    viewer = vw.Viewer(recording, layers=["Dr Quill"], layer_colors={"Dr Quill": "#aa0000"})
    made = viewer.to_html(tmp_path / "share.html")
    page = made.path.read_text()
    assert "names of readers" in made.removed
    assert "Quill" not in page
    assert document_of(page)["view"]["layer_colors"] == {"reader 1": "#aa0000"}
    assert document_of(page)["annotations"]["layers"][0]["name"] == "reader 1"
    named = viewer.to_html(tmp_path / "named.html", identity=True).path.read_text()
    assert document_of(named)["annotations"]["layers"][0]["reader"] == "Dr Quill"


def test_what_is_not_in_a_page_is_not_named_in_it(tmp_path) -> None:
    recording = vw.Recording.from_arrays({"ECG": np.zeros(1000)}, fs=100.0)
    recording.annotations.add(1, "V", reader="anna")
    recording.annotations.add(1, "call Mrs Hidden", reader="anna")
    recording.annotations.add(2, "N", reader="Dr Quill")
    viewer = vw.Viewer(
        recording,
        layers=["anna"],
        layer_colors={"Dr Quill": "#aa0000", "anna": "#00aa00"},
        hidden_texts=["call Mrs Hidden"],
        hotkeys={"s": "seizure of Jane"},
        marking="own",
        marking_layer="Dr Quill",
        link_group="ward 7",
    )
    viewer.reader = "Dr Quill"
    page = viewer.to_html(tmp_path / "share.html").path.read_text()
    assert not [word for word in ("Quill", "Hidden", "Jane", "ward 7", "anna") if word in page]
    assert document_of(page)["view"]["layer_colors"] == {"reader 1": "#00aa00"}
    assert str(tmp_path) not in page


def test_a_viewer_writes_its_page_itself(recording, tmp_path) -> None:
    with pytest.raises(InvalidInputError, match=r"is a viewer; write viewer\.to_html\(path\)"):
        vw.to_html(vw.Viewer(recording), tmp_path / "share.html")


def marks_of(page: str) -> list[tuple[str, str, bool]]:
    """Return text and channel of each mark of a page, and whether the page lacks the channel."""
    document = document_of(page)
    packed, channels = document["annotations"], document["description"]["channels"]
    texts = "".join(re.findall(r'class="vital-bytes">([^<]*)', page))
    place = texts[packed["at"] : packed["at"] + packed["length"]]
    data, n = zlib.decompress(base64.b64decode(place)), packed["count"]
    text, channel = np.frombuffer(data, "<i4", 2 * n, 16 * n).reshape(2, n).tolist()
    about = [{"name": "", "absent": False} if k < 0 else channels[k] for k in channel]
    return [
        (packed["texts"][k], one["name"], one.get("absent", False))
        for k, one in zip(text, about, strict=True)
    ]


def test_marks_keep_channels_that_are_not_in_the_page(tmp_path) -> None:
    of_file = Annotations(
        [1, 2, 3, 4], ["all", "left", "right", "other"], channel=["", "Fp1", "F7", "old name"]
    )
    signals = {name: np.zeros(1000) for name in ("Fp1", "F7", "T3", "T5", "O1")}
    recording = vw.Recording.from_arrays(signals, fs=100.0, annotations=of_file)
    made = vw.to_html(recording, tmp_path / "one.html", channels=["Fp1"])
    expected = [("all", "", False), ("left", "Fp1", False), ("right", "F7", True)]
    assert marks_of(made.path.read_text()) == [*expected, ("other", "old name", True)]
    viewer = vw.Viewer(recording, montage="double banana")
    page = viewer.to_html(tmp_path / "montage.html").path.read_text()
    assert marks_of(page) == [
        ("all", "", False), ("left", "Fp1", True), ("right", "F7", True),
        ("other", "old name", True),
    ]  # fmt: skip
    legend, _ = viewer._session.mark_service.legend()
    assert legend["layers"][0]["everywhere"] == 2, "of all, and of none of the recording"
    viewer.close()


def test_identity_is_included_if_it_is_asked_for(recording, tmp_path) -> None:
    made = vw.to_html(recording, tmp_path / "share.html", identity=True)
    page = made.path.read_text()
    assert made.removed == ()
    assert "<h1>Jane-Doe" in page
    assert document_of(page)["description"]["start"] == recording.start.isoformat()


def test_a_page_shows_the_view_and_needs_no_network(recording, tmp_path) -> None:
    made = vw.to_html(
        recording, tmp_path / "a.html", channels=["PPG", "ECG"], t_range=(20, 30), title="Night <1>"
    )
    page = made.path.read_text()
    document = document_of(page)
    assert document["view"]["channels"] == ["PPG", "ECG"]
    assert document["view"]["t_range"] == [20, 30]
    names = [channel["name"] for channel in document["description"]["channels"]]
    embedded = {names[chunk["part"]["channel"]] for chunk in document["chunks"]}
    assert embedded == {"PPG", "ECG"}
    assert "<h1>Night &lt;1&gt;</h1>" in page
    assert "http" not in re.sub(r"vital-bytes\">[^<]*|base64,[^\"]*|http-equiv", "", page)
    assert made.contents == "Contains every sample."


def test_a_page_keeps_to_its_size(tmp_path) -> None:
    noise = np.random.default_rng(1).normal(size=(3, 400_000))
    arrays = {f"ch{k}": row for k, row in enumerate(noise)}
    recording = vw.Recording.from_arrays(arrays, fs=200.0)
    made = vw.to_html(recording, tmp_path / "a.html", size="1 MB", windows=[(100, 110)])
    assert 400_000 < made.n_bytes <= 1_000_000
    assert "every sample from 100 to 110 s" in made.contents
    with pytest.raises(InvalidInputError, match="give a larger size, shorter windows or fewer"):
        vw.to_html(recording, tmp_path / "b.html", size="1 MB", windows=[(0, 2000)])
    assert not (tmp_path / "b.html").exists()


def test_text_of_annotations_cannot_end_the_script(tmp_path) -> None:
    recording = vw.Recording.from_arrays(
        {"ECG": np.zeros(500)},
        fs=100,
        annotations=vw.Annotations([1.0], ["</script><script>alert(1)</script>"]),
    )
    page = vw.to_html(recording, tmp_path / "a.html").path.read_text()
    assert "</script><script>alert" not in page
    assert document_of(page)["annotations"]["texts"] == ["</script><script>alert(1)</script>"]


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"windows": [(5, 1)]}, InvalidInputError, r"\(5, 1\) is not a window; give pairs"),
        ({"windows": [3]}, InvalidInputError, "3 is not a window"),
        ({"t_range": (1, 1)}, InvalidInputError, "is not a window"),
        ({"size": "10 elephants"}, InvalidInputError, "size='10 elephants' is not a size"),
        ({"size": 10}, InvalidInputError, "at least 300 kB"),
        ({"channels": ["EEG"]}, UnknownChannelError, "no channel 'EEG'"),
        ({"path": "no/such/folder/a.html"}, StoreError, "cannot write"),
    ],
)
def test_bad_input_is_told(recording, tmp_path, options, error, message) -> None:
    path = options.pop("path", tmp_path / "a.html")
    with pytest.raises(error, match=message):
        vw.to_html(recording, path, **options)


def test_sizes_are_read_in_usual_units() -> None:
    assert byte_count("10 MB") == 10_000_000
    assert byte_count("500kB") == 500_000
    assert byte_count(2e6) == 2_000_000


def test_the_script_follows_the_data_of_the_first_view(recording, tmp_path) -> None:
    page = vw.to_html(recording, tmp_path / "share.html", windows=[(60, 70)]).path.read_text()
    first, *others = re.findall(r'class="vital-bytes">([^<]*)</script>', page)
    script = page.index("/* page.js */")
    assert page.index(first) < script < page.index(others[0])
    document = document_of(page)
    chunks = [one for one in document["chunks"] if one["at"] + one["length"] <= len(first)]
    coarsest = max(one["part"]["bin"] for one in chunks if one["part"]["channel"] == 0)
    assert {one["part"]["bin"] for one in chunks if one["part"]["channel"] == 0} == {1, coarsest}
    for packed in (document["runs"], document["annotations"], *chunks):
        assert packed["at"] + packed["length"] <= len(first)
    assert len(document["chunks"]) > len(chunks)
