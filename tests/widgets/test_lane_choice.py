"""Montage and filters of a viewer."""

from __future__ import annotations

import gc
import itertools
import json
import subprocess
import sys
import threading
import weakref

import numpy as np
import pytest

import vital_widgets as vw
from vital_widgets.analysis.signal.filters.filter_text import filter_text
from vital_widgets.core.channel import Channel
from vital_widgets.core.samples import ArraySamples
from vital_widgets.core.timebase import regular
from vital_widgets.errors import InvalidInputError, UnknownChannelError
from vital_widgets.montage import Montage
from vital_widgets.runtime.tasks import Task
from vital_widgets.serve.dispatch import dispatch
from vital_widgets.serve.protocol import VERSION
from waiting import until

LABELS = ["Fp1", "F7", "T3", "C3", "A1", "A2"]


@pytest.fixture
def night():
    rng = np.random.default_rng(4)
    arrays = {name: rng.normal(size=20_000) for name in ["ECG", *LABELS, "SpO2"]}
    units = {"ECG": "mV", "SpO2": "%"}
    return vw.Recording.from_arrays(
        arrays, 100.0, units={**dict.fromkeys(arrays, "µV"), **units}, name="night"
    )


@pytest.fixture
def viewer(night):
    made = vw.Viewer(night)
    yield made
    made.close()


def shown_channel(viewer, name):
    (k,) = viewer._session.index_of([name])
    return viewer._session.channels[k]


def entries(viewer):
    """The description of what each lane shows."""
    described = [one for one in viewer._description["channels"] if one is not None]
    return {one["name"]: one for one in described if one["shown"]}


def test_a_filter_is_set_and_removed_by_name_or_kind(viewer):
    viewer.filters["ECG"] = "0.5 - 40"
    assert viewer.filters == {"ECG": "0.5-40 Hz"}
    assert entries(viewer)["ECG"]["filter"] == "0.5-40 Hz"
    viewer.filters["eeg"] = {"lowcut": 1, "highcut": 30}
    assert entries(viewer)["Fp1"]["filter"] == "1-30 Hz"
    viewer.filters["Fp1"] = "high-pass 1 Hz"
    assert entries(viewer)["Fp1"]["filter"] == "high-pass 1 Hz"
    assert entries(viewer)["F7"]["filter"] == "1-30 Hz"
    viewer.filters = {"ECG": None}
    assert viewer.filters == {}
    assert not entries(viewer)["ECG"].get("filter")
    assert viewer.channels == ["ECG", *LABELS, "SpO2"]


def test_the_filtered_lane_draws_the_filtered_channel(viewer, night):
    viewer.filters["ECG"] = "0.5-40 Hz"
    made = vw.analysis.design_filter("butterworth", "lowpass", highcut=40, order=2, fs=100)
    high = vw.analysis.design_filter("butterworth", "highpass", lowcut=0.5, order=2, fs=100)
    once = vw.analysis.filter_signal(night["ECG"], filter=high).values
    wanted = vw.analysis.filter_signal(once, 100.0, filter=made).values
    got = shown_channel(viewer, "ECG").read(5000, 15_000)
    np.testing.assert_allclose(got, wanted[5000:15_000], atol=1e-6 * np.ptp(wanted))


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("ECG", "0.5-400 Hz", r"filter '0.5-400 Hz' of 'ECG': highcut=400 Hz is not below"),
        ("ECG", "loud", "'loud' is not understood"),
        ("ECG", 40, "filter 40 is not known"),
        ("EOG", "0.3-35 Hz", "no channel of 'night' is of the kind EOG"),
        ("Fpz", "0.3-35 Hz", "has no channel 'Fpz'; its lanes are 'ECG'"),
    ],
)
def test_a_filter_that_cannot_be_is_refused_at_once(viewer, name, given, words):
    viewer.filters["EEG"] = "1-30 Hz"
    with pytest.raises((InvalidInputError, UnknownChannelError), match=words):
        viewer.filters[name] = given
    assert viewer.filters == {"EEG": "1-30 Hz"}
    assert entries(viewer)["C3"]["filter"] == "1-30 Hz"


def test_a_montage_takes_the_place_of_the_electrodes(viewer):
    viewer.montage = "Double banana"
    assert viewer.montage == "double banana"
    assert viewer.channels == ["ECG", "Fp1 - F7", "F7 - T3", "SpO2"]
    assert entries(viewer)["F7 - T3"]["montage"] == "double banana"
    assert "no channel for P7" in " ".join(viewer._description["notes"])
    viewer.montage = "average"
    assert viewer.channels[:3] == ["ECG", "Fp1 - average", "F7 - average"]
    viewer.channels = ["C3 - average", "ECG"]
    viewer.montage = None
    assert viewer.channels == ["ECG", *LABELS, "SpO2"]
    with pytest.raises(UnknownChannelError, match="'C3 - average'"):
        viewer.channels = ["C3 - average"]


def test_channels_that_were_hidden_before_a_montage_stay_hidden(night):
    viewer = vw.Viewer(night, channels=["SpO2", "C3", "ECG"])
    viewer.montage = "linked ears"
    assert viewer.channels == ["SpO2", "Fp1 - ears", "F7 - ears", "T3 - ears", "C3 - ears", "ECG"]
    viewer.montage = None
    assert viewer.channels == ["SpO2", "C3", "ECG"]
    viewer.close()


def test_a_filter_by_kind_also_filters_the_lanes_of_a_montage(viewer, night):
    viewer.filters["EEG"] = "1-30 Hz"
    viewer.montage = "double banana"
    assert entries(viewer)["Fp1 - F7"]["filter"] == "1-30 Hz"
    made = filter_text("1-30 Hz").design(100.0)
    wanted = vw.analysis.filter_signal(night["Fp1"] - night["F7"], filter=made).values
    got = shown_channel(viewer, "Fp1 - F7").read(0, 20_000)
    np.testing.assert_allclose(got, wanted, atol=1e-9)


@pytest.mark.parametrize("given", ["limb leads", "banana", 3, {"name": "m"}])
def test_a_montage_that_cannot_be_is_refused_at_once(viewer, given):
    with pytest.raises(InvalidInputError, match="montage"):
        viewer.montage = given
    assert viewer.montage is None
    assert viewer.channels[0] == "ECG"


def test_montage_and_filters_are_part_of_the_view(viewer, night):
    mine = Montage("mine", ["C3 - A2", {"name": "ears", "weights": {"A1": 0.5, "A2": 0.5}}])
    viewer.montage = mine
    viewer.filters = {"C3 - A2": "1-30 Hz", "ECG": "0.5-40 Hz"}
    viewer.channels = ["ears", "C3 - A2"]
    document = json.loads(json.dumps(viewer.view))
    assert document["montage"]["name"] == "mine"
    again = vw.Viewer(night, view=document)
    assert again.view == viewer.view
    again.view = {"montage": None, "filters": {}, "channels": ["ECG"]}
    assert (again.montage, again.filters, again.channels) == (None, {}, ["ECG"])
    again.view = document
    assert again.view == viewer.view
    again.close()


def test_viewer_takes_montage_and_filters_when_it_is_made(night):
    viewer = vw.Viewer(night, montage="average", filters={"EEG": "1-30 Hz"})
    assert viewer.channels[1] == "Fp1 - average"
    assert entries(viewer)["Fp1 - average"]["filter"] == "1-30 Hz"
    channel = viewer._session.index_of(["Fp1 - average"])[0]
    assert channel in [part["channel"] for part in viewer._first["window"]["parts"]]
    viewer.close()
    with pytest.raises(UnknownChannelError, match="EOG"):
        vw.Viewer(night, filters={"EOG": "1-30 Hz"})


def test_the_browser_sets_montage_and_filters_by_the_wire(viewer):
    numbers = itertools.count(1)

    def ask(**wanted):
        request = {"v": VERSION, "kind": "lanes", "request": f"a:{next(numbers)}", "seq": 1}
        return dispatch(viewer._session, {**request, **wanted})[0]

    viewer.filters["EEG"] = "1-30 Hz"
    assert ask(filters={"ECG": "0.5-40 Hz"})["kind"] == "lanes"
    assert viewer.filters == {"EEG": "1-30 Hz", "ECG": "0.5-40 Hz"}
    assert ask(montage="average", filters={"EEG": None})["kind"] == "lanes"
    assert (viewer.montage, viewer.filters) == ("average", {"ECG": "0.5-40 Hz"})
    refused = ask(filters={"ECG": "0.5-400 Hz"})
    assert refused["kind"] == "error"
    assert "400 Hz is not below" in refused["error"]
    assert ask(filters=3)["code"] == "protocol"
    assert ask(montage=[1])["code"] == "protocol"


def test_the_browser_is_told_what_can_be_chosen(viewer):
    menu = viewer._lane_menu
    assert menu["montages"][:2] == ["double banana", "transverse"]
    presets = {one["kind"]: dict(one["presets"]) for one in menu["kinds"]}
    assert presets["ECG"] == {"monitoring": "0.5-40 Hz"}  # others reach beyond 50 Hz
    assert presets["SpO2"] == {}


def test_a_viewer_without_filters_does_not_import_scipy():
    code = (
        "import sys, numpy as np, vital_widgets as vw\n"
        "rec = vw.Recording.from_arrays({'ECG': np.zeros(500)}, 250.0, units='mV')\n"
        "from vital_widgets.widgets.lane_menu import lane_menu\n"
        "from vital_widgets.serve.lanes import lanes_of\n"
        "assert lane_menu(rec, lanes_of(rec, None, {}))['kinds'][0]['presets']\n"
        "print('scipy' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"


def test_a_closed_viewer_leaves_nothing(night):
    viewer = vw.Viewer(night, montage="average", filters={"EEG": "1-30 Hz"})
    for task in viewer._session.signals.tasks():
        task.result(300)
    gone = weakref.ref(viewer)
    viewer.close()
    del viewer
    gc.collect()
    assert gone() is None


def test_filters_of_a_file_that_is_being_read_are_applied_at_its_end():
    held = threading.Event()
    base = regular(100.0, 20_000)

    def read(_):
        assert held.wait(300)

    task = Task(read).start()
    samples = np.random.default_rng(1).normal(size=20_000)
    rec = vw.Recording("slow", [Channel("ECG", ArraySamples(samples), base, "mV", ready=task)],
                       task=task)  # fmt: skip
    viewer = vw.Viewer(rec, filters={"ECG": "0.5-40 Hz"})
    assert viewer.filters == {"ECG": "0.5-40 Hz"}
    assert not entries(viewer)["ECG"].get("filter")
    with pytest.raises(UnknownChannelError):
        viewer.filters["PPG"] = "0.5-8 Hz"
    held.set()
    until(lambda: entries(viewer)["ECG"].get("filter") == "0.5-40 Hz")
    viewer.close()
