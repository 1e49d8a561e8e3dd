"""Statistics of a night: a night computed by hand, and YASA."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import vital_widgets as vw
from vital_widgets.analysis import hypnogram, sleep_statistics
from vital_widgets.errors import InvalidInputError

# 20 epochs of 30 s: sleep from epoch 3 to the end of epoch 16, with two awakenings, one of which
# has an unscored epoch in it.
NIGHT = ["W", "W", "W", "N1", "N2", "N2", "N3", "N3", "W", "W", "N1", "R", "R", "W", "?", "W", "N2"]
NIGHT += ["W", "W", "W"]


def test_a_night_computed_by_hand():
    night = sleep_statistics(NIGHT)
    assert night.tib == 10.0
    assert night.tst == 4.5
    assert night.spt == 7.0
    assert night.sleep_latency == 1.5
    assert night.rem_latency == 4.0
    assert night.waso == 3.5  # 2 + 2 epochs within sleep, 3 after it
    assert night.wake_in_spt == 2.0
    assert night.efficiency == pytest.approx(45.0)
    assert night.maintenance == pytest.approx(100 * 4.5 / 7)
    assert night.latency == {"N1": 1.5, "N2": 2.0, "N3": 3.0, "R": 5.5}
    assert night.minutes == {"W": 5.0, "N1": 1.0, "N2": 1.5, "N3": 1.0, "R": 1.0}
    assert night.percent["N2"] == pytest.approx(100 / 3)
    assert sum(night.percent.values()) == pytest.approx(100)
    assert night.unscored == 0.5
    assert "1 of 20 epochs in bed are not scored" in night.notes
    assert night.awakenings == 2
    assert night.awakening_index == pytest.approx(2 / (4.5 / 60))
    assert night.stage_shifts == 7  # N1-N2, N2-N3, N3-W, W-N1, N1-R, R-W, W-N2
    assert night.stage_shift_index == pytest.approx(7 / (4.5 / 60))
    frame = night.to_frame()
    assert frame["tst_min"].tolist() == [4.5]
    assert frame["latency_R_min"].tolist() == [5.5]
    assert frame["N2_percent"].round(1).tolist() == [33.3]


def test_lights_off_and_on_choose_the_time_in_bed():
    night = hypnogram(["N1", "W", "W", "N1", "N2", "W", "N2"], t0=100.0)
    whole = sleep_statistics(night)
    assert any("lights_off" in note for note in whole.notes)
    bed = sleep_statistics(night, lights_off=130.0, lights_on=280.0)
    assert bed.tib == 2.5
    assert bed.sleep_latency == 1.0
    assert bed.tst == 1.0
    assert bed.waso == 0.5
    assert bed.lights_off == 130.0
    assert not any("lights" in note for note in bed.notes)


def test_lights_within_an_epoch_count_it_if_its_middle_is_in_bed():
    bed = sleep_statistics(["W", "N1", "N2"], lights_off=10.0, lights_on=80.0)
    assert bed.tib == pytest.approx(70 / 60)
    assert bed.sleep_latency == pytest.approx(20 / 60)
    assert bed.tst == 1.0


def test_time_in_bed_beyond_the_scoring_is_unscored():
    bed = sleep_statistics(["W", "N1", "N2"], lights_off=0.0, lights_on=150.0)
    assert bed.tib == 2.5
    assert bed.unscored == 1.0
    assert bed.efficiency == pytest.approx(40.0)


def test_a_night_without_sleep():
    night = sleep_statistics(["W"] * 10)
    assert night.enough
    assert night.tst == 0
    assert night.efficiency == 0
    assert np.isnan(night.sleep_latency)
    assert np.isnan(night.waso)
    assert any("no sleep was scored" in note for note in night.notes)


def test_an_unscored_night_is_not_enough():
    night = sleep_statistics(hypnogram(["W", "?", "?", "?"]), lights_off=30.0)
    assert not night.enough
    assert np.isnan(night.tst)
    assert night.tib == 1.5
    for lights in ({}, {"lights_off": 60.0}, {"lights_off": 0.0, "lights_on": 60.0}):
        empty = sleep_statistics([], **lights)
        assert not empty.enough
        assert empty.valid.seconds == 0


@pytest.mark.parametrize(
    ("lights", "message"),
    [
        ({"lights_off": 90.0, "lights_on": 30.0}, "not after"),
        ({"lights_off": 1e4, "lights_on": 2e4}, "no epoch lies between"),
        ({"lights_off": "x"}, "lights_off"),
    ],
)
def test_impossible_times_in_bed_are_refused(lights: dict[str, Any], message: str):
    with pytest.raises(InvalidInputError, match=message):
        sleep_statistics(NIGHT, **lights)


def of_yasa(stages: list[str], epoch_s: float = 30.0) -> dict[str, float]:
    yasa = pytest.importorskip("yasa")
    names = {"W": "WAKE", "R": "REM", "?": "UNS"}
    night = yasa.Hypnogram([names.get(one, one) for one in stages], freq=f"{epoch_s:g}s")
    return dict(night.sleep_statistics())


def check_against_yasa(stages: list[str], epoch_s: float = 30.0) -> None:
    theirs = of_yasa(stages, epoch_s)
    ours = sleep_statistics(hypnogram(stages, epoch_s=epoch_s))
    asleep = ours.tst > 0
    same = {
        "TIB": ours.tib, "TST": ours.tst, "SPT": ours.spt, "SOL": ours.sleep_latency,
        "WASO": ours.wake_in_spt, "SE": ours.efficiency, "WAKE": ours.minutes["W"],
        "Lat_REM": ours.latency["R"], "REM": ours.minutes["R"], "%REM": ours.percent["R"],
        **{name: ours.minutes[name] for name in ("N1", "N2", "N3")},
        **{f"%{name}": ours.percent[name] for name in ("N1", "N2", "N3")},
    }  # fmt: skip
    if asleep:
        same |= {"SME": ours.maintenance, "Lat_REM": ours.sleep_latency + ours.rem_latency}
    for name, value in same.items():
        assert value == pytest.approx(theirs[name], abs=1e-4, nan_ok=True), name


@given(
    st.lists(st.sampled_from(["W", "N1", "N2", "N3", "R", "?"]), min_size=2).filter(
        lambda stages: set(stages) != {"?"}
    ),
    st.sampled_from([20.0, 30.0]),
)
def test_statistics_are_those_of_yasa(stages, epoch_s):
    check_against_yasa(stages, epoch_s)


def test_the_night_of_sleep_edf(shared_data):
    marks = vw.open(shared_data / "edfio/SC4001EC-Hypnogram.edf").annotations
    night = hypnogram(marks)
    check_against_yasa(night.stage.tolist())
    # Half an hour before the first and after the last sleep, as this record is usually cut.
    first, last = 30630.0, 52260.0
    bed = sleep_statistics(night, lights_off=first - 1800, lights_on=last + 1800)
    assert bed.sleep_latency == 30.0
    assert bed.spt == (last - first) / 60
    assert bed.waso == bed.wake_in_spt + 30.0
    assert bed.unscored == 0
