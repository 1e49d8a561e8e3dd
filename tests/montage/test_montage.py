"""Built-in and custom montages, against plain sums of arrays."""

from __future__ import annotations

import json
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

import vital_widgets as vw
from vital_widgets.core.annotations import Annotations
from vital_widgets.core.recording import Recording
from vital_widgets.errors import InvalidInputError, RecordingNotFoundError
from vital_widgets.montage import MONTAGES, Montage, montage_of
from vital_widgets.montage.labels import position_of, split_label

TEN_TWENTY = [
    "Fp1", "Fp2", "F7", "F3", "Fz", "F4", "F8", "T7", "C3", "Cz", "C4", "T8", "P7", "P3", "Pz",
    "P4", "P8", "O1", "O2",
]  # fmt: skip
START = datetime(2024, 10, 26, 22, 30, tzinfo=ZoneInfo("Europe/Berlin"))
N = 500


def recording(labels, write="{}", **kwargs):
    rng = np.random.default_rng(7)
    arrays = {write.format(label): rng.normal(size=N) for label in labels}
    return Recording.from_arrays(
        arrays, 100.0, units="µV", start=START,
        annotations=Annotations([1.0], ["arousal"]), **kwargs,
    )  # fmt: skip


def potentials(rec):
    """Samples by position."""
    return {position_of(split_label(name)[0]): rec[name].read(0, N) for name in rec}


def values(rec):
    return {name: rec[name].read(0, N) for name in rec}


@pytest.mark.parametrize(
    ("name", "electrode", "reference"),
    [
        ("EEG Fp1-Ref", "Fp1", "REF"), ("EEG F3-A2", "F3", "A2"), ("FP1", "FP1", ""),
        ("Fc5.", "Fc5", ""), ("EEG T3-LE", "T3", "LE"), ("POL Cz", "Cz", ""),
        ("EEG C3 - M2", "C3", "M2"), ("T8-P8 (2)", "T8", "P8"), ("EEG O1-(A1+A2)", "O1", "A1+A2"),
    ],
)  # fmt: skip
def test_labels_of_files_are_understood(name, electrode, reference):
    assert split_label(name) == (electrode, reference)


@pytest.mark.parametrize("write", ["{}", "EEG {}-Ref", "EEG {}-A2", "{}.", "POL {}"])
def test_double_banana_has_eighteen_differences_of_neighbours(write):
    rec = recording(TEN_TWENTY, write)
    made = MONTAGES["double banana"].apply(rec)
    v = potentials(rec)
    assert len(made) == 18
    assert list(made)[:4] == ["Fp1 - F7", "F7 - T7", "T7 - P7", "P7 - O1"]
    assert not made.notes
    for name in made:
        first, second = (position_of(label) for label in name.split(" - "))
        np.testing.assert_array_equal(made[name].read(0, N), v[first] - v[second])


def test_former_names_of_electrodes_are_kept_in_the_names_of_lanes():
    old = {"T7": "T3", "T8": "T4", "P7": "T5", "P8": "T6"}
    rec = recording([old.get(label, label) for label in TEN_TWENTY], "EEG {}-Ref")
    made = MONTAGES["double banana"].apply(rec)
    assert list(made)[1:4] == ["F7 - T3", "T3 - T5", "T5 - O1"]
    assert not made.notes


def test_start_zone_annotations_and_notes_are_those_of_the_recording():
    rec = recording(TEN_TWENTY)
    rec.notes.append("one channel was empty")
    made = MONTAGES["average"].apply(rec)
    assert (made.start, made.start.tzinfo) == (START, START.tzinfo)
    assert made.annotations.text.tolist() == ["arousal"]
    assert "one channel was empty" in made.notes


def test_transverse_chains_run_from_left_to_right():
    made = MONTAGES["transverse"].apply(recording(TEN_TWENTY))
    assert list(made)[3:7] == ["F7 - F3", "F3 - Fz", "Fz - F4", "F4 - F8"]


def test_average_is_the_mean_of_the_electrodes_on_the_scalp():
    rec = recording([*TEN_TWENTY, "A1", "A2", "ECG", "EOG left"])
    v = potentials(rec)
    mean = np.mean([v[position_of(label)] for label in TEN_TWENTY], axis=0)
    made = MONTAGES["average"].apply(rec)
    assert list(made) == [f"{label} - average" for label in TEN_TWENTY]
    for label in TEN_TWENTY:
        np.testing.assert_allclose(
            made[f"{label} - average"].read(0, N), v[position_of(label)] - mean, atol=1e-12
        )


@pytest.mark.parametrize("ears", [("A1", "A2"), ("M1", "M2")])
def test_linked_ears(ears):
    rec = recording(["C3", "O2", *ears])
    v = potentials(rec)
    made = values(MONTAGES["linked ears"].apply(rec))
    assert list(made) == ["C3 - ears", "O2 - ears"]
    linked = (v[ears[0]] + v[ears[1]]) / 2
    np.testing.assert_allclose(made["C3 - ears"], v["C3"] - linked, atol=1e-12)


def test_linked_ears_where_one_ear_is_the_reference():
    rec = recording(["C3", "O2", "A1"], "EEG {}-A2")
    v = potentials(rec)
    made = values(MONTAGES["linked ears"].apply(rec))
    np.testing.assert_allclose(made["C3 - ears"], v["C3"] - v["A1"] / 2, atol=1e-12)


def test_linked_ears_that_were_recorded_so():
    rec = recording(["C3", "O2"], "EEG {}-LE")
    made = values(MONTAGES["linked ears"].apply(rec))
    np.testing.assert_array_equal(made["C3 - ears"], potentials(rec)["C3"])


def test_laplacian_is_the_difference_from_the_mean_of_the_nearest_electrodes():
    rec = recording(TEN_TWENTY)
    v = potentials(rec)
    made = values(MONTAGES["laplacian"].apply(rec))
    assert len(made) == 19
    around = (v["FZ"] + v["C3"] + v["C4"] + v["PZ"]) / 4
    np.testing.assert_allclose(made["Cz Laplacian"], v["CZ"] - around, atol=1e-12)
    around = (v["FP2"] + v["F7"] + v["F3"]) / 3
    np.testing.assert_allclose(made["Fp1 Laplacian"], v["FP1"] - around, atol=1e-12)


def test_a_constant_potential_vanishes_in_each_montage_but_that_of_limb_leads():
    arrays = {label: np.full(50, 7.0) for label in [*TEN_TWENTY, "A1", "A2"]}
    rec = Recording.from_arrays(arrays, 100.0, units="µV")
    for name in set(MONTAGES) - {"limb leads"}:
        for channel in MONTAGES[name].apply(rec).channels.values():
            np.testing.assert_allclose(channel.read(0, 50), 0, atol=1e-12)


@pytest.mark.parametrize("write", ["{}", "ECG {}", "lead {}"])
def test_limb_leads_are_those_of_einthoven_and_goldberger(write):
    rec = recording(["I", "II"], write)
    one, two = (rec[write.format(name)].read(0, N) for name in ("I", "II"))
    made = values(MONTAGES["limb leads"].apply(rec))
    assert list(made) == ["I", "II", "III", "aVR", "aVL", "aVF"]
    np.testing.assert_allclose(made["III"], two - one)
    np.testing.assert_allclose(made["aVR"] + made["aVL"] + made["aVF"], 0, atol=1e-12)
    np.testing.assert_allclose(made["aVF"], (made["II"] + made["III"]) / 2)
    np.testing.assert_allclose(made["aVL"], (made["I"] - made["III"]) / 2, atol=1e-12)


def test_what_cannot_be_made_is_named():
    rec = recording([label for label in TEN_TWENTY if label != "Cz"])
    made = MONTAGES["double banana"].apply(rec)
    assert len(made) == 16
    told = [note for note in made.notes if "left out" in note]
    assert told == [
        "montage 'double banana': 'Fz - Cz' is left out: the recording has no channel for Cz",
        "montage 'double banana': 'Cz - Pz' is left out: the recording has no channel for Cz",
    ]


def test_electrodes_with_different_references_are_not_combined():
    rng = np.random.default_rng(1)
    arrays = {name: rng.normal(size=N) for name in ("EEG F3-A2", "EEG C3-A2", "EEG F4-A1")}
    rec = Recording.from_arrays(arrays, 100.0, units="µV")
    made = Montage("m", ["F3 - C3", "F3 - F4"]).apply(rec)
    assert list(made) == ["F3 - C3"]
    assert "F4 is recorded against A1" in made.notes[-1]


def test_differences_that_were_recorded_are_used_as_they_are():
    names = ["FP1-F7", "F7-T7", "T7-P7", "P7-O1"]
    rng = np.random.default_rng(1)
    arrays = {name: rng.normal(size=N) for name in names}
    rec = Recording.from_arrays(arrays, 256.0, units="uV")
    made = MONTAGES["double banana"].apply(rec)
    assert list(made) == ["Fp1 - F7", "F7 - T7", "T7 - P7", "P7 - O1"]
    np.testing.assert_array_equal(made["F7 - T7"].read(0, N), arrays["F7-T7"])


def test_other_channels_are_no_electrodes():
    rec = Recording.from_arrays(
        {"P1": np.ones(N), "Fp1": np.ones(N), "C3": np.ones(N)}, 100.0,
        units={"P1": "mmHg", "Fp1": "µV", "C3": "µV"},
    )  # fmt: skip
    assert list(MONTAGES["average"].apply(rec)) == ["Fp1 - average", "C3 - average"]


@pytest.mark.parametrize("name", MONTAGES)
def test_a_recording_without_electrodes_is_refused_with_its_channels(name):
    with pytest.raises(InvalidInputError, match=rf"'{name}' cannot be made .*Channels: 'PPG'"):
        MONTAGES[name].apply(recording(["PPG"]))


def test_a_montage_of_ones_own(tmp_path):
    rec = recording(["C3", "A1", "A2", "Chin 1", "Chin 2"])
    v = {name: rec[name].read(0, N) for name in rec}
    mine = Montage(
        "sleep",
        [
            "C3 - A2",
            {"C3": 1, "A1": -0.5, "A2": -0.5},
            {"name": "chin", "weights": {"Chin 1": 1, "Chin 2": -1}},
            "Chin 2",
        ],
    )
    path = tmp_path / "sleep.json"
    mine.save(path)
    assert len(path.read_text()) < 600
    again = vw.montage.load(path)
    assert again == mine
    made = values(again.apply(rec))
    assert list(made) == ["C3 - A2", "C3 - 0.5 A1 - 0.5 A2", "chin", "Chin 2"]
    np.testing.assert_array_equal(made["chin"], v["Chin 1"] - v["Chin 2"])
    np.testing.assert_allclose(made["C3 - 0.5 A1 - 0.5 A2"], v["C3"] - (v["A1"] + v["A2"]) / 2)
    assert montage_of(mine.to_dict()) == mine


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "not a montage in JSON"),
        ("[]", "is not a montage"),
        ('{"name": "m"}', "needs 'lanes'"),
        ('{"name": "", "lanes": ["a - b"]}', "name=''"),
        ('{"name": "m", "lanes": []}', "1 to 1000 lanes, not 0"),
        ('{"name": "m", "lanes": "a - b"}', "not a list of lanes"),
        ('{"name": "m", "lanes": ["a - b - c"]}', "lane 1: 'a - b - c' is neither"),
        ('{"name": "m", "lanes": ["a", {"C3": "x"}]}', "lane 2: the factor 'x' of 'C3'"),
        ('{"name": "m", "lanes": [{"C3": 0}]}', "the factor 0 of 'C3'"),
        ('{"name": "m", "lanes": [{"weights": {"a": 1}, "colour": "red"}]}', "'colour'"),
        ('{"name": "m", "lanes": [{}]}', "not a lane"),
        ('{"name": "m", "lanes": [3]}', "lane 1: 3 is not a lane"),
        ('{"name": "m", "lanes": ["a"], "extra": 1}', "unknown entry 'extra'"),
        ('{"version": 9, "name": "m", "lanes": ["a"]}', "has version 9"),
    ],
)
def test_a_file_that_is_no_montage_is_refused(tmp_path, content, words):
    path = tmp_path / "m.json"
    path.write_text(content)
    with pytest.raises(InvalidInputError, match=words) as error:
        vw.montage.load(path)
    assert "m.json" in str(error.value)


def test_a_missing_file_and_an_unknown_name():
    with pytest.raises(RecordingNotFoundError, match="there is no file"):
        vw.montage.load("nowhere.json")
    with pytest.raises(InvalidInputError, match="available: 'double banana'"):
        montage_of("banana")
    with pytest.raises(InvalidInputError, match="depend on the recording"):
        MONTAGES["average"].to_dict()
    with pytest.raises(InvalidInputError, match="not to dict"):
        MONTAGES["average"].apply({})


def test_names_of_montages_are_json():
    assert json.loads(json.dumps(list(MONTAGES)))[0] == "double banana"
