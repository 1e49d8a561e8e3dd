"""What the time column of a text table means."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from vital_widgets.errors import InvalidInputError, VitalError
from vital_widgets.io.text.text_reader import open_file

T0 = datetime(2024, 3, 4, 23, 58, 58, tzinfo=UTC)


def table(folder, head, times, **options):
    path = folder / "t.csv"
    path.write_text(f"{head},hr\n" + "".join(f"{t},{k}\n" for k, t in enumerate(times)))
    recording = open_file(path, **options)
    recording.wait()
    return recording


@pytest.mark.parametrize(
    ("form", "step"),
    [
        ("%Y%m%d%H%M%S", 1),
        ("%Y%m%dT%H%M%S", 1),
        ("%Y%m%d_%H%M%S", 1),
        ("%Y%m%d%H%M%S.%f", 0.25),
        ("%Y%m%d%H%M", 60),
    ],
)
def test_stamps_without_separators_are_dates(tmp_path, form, step):
    times = [f"{T0 + timedelta(seconds=step * k):{form}}" for k in range(90)]
    rec = table(tmp_path, "timestamp", times)
    assert rec["hr"].fs == pytest.approx(1 / step)
    assert len(rec["hr"].gaps) == 0
    assert rec.start == T0.replace(tzinfo=None, second=58 if step < 60 else 0)


@pytest.mark.parametrize("zone", ["GMT", "UTC", " UTC", " gmt", "Z", "+00:00", " UTC+0"])
def test_times_in_utc_by_any_name(tmp_path, zone):
    times = [f"{T0 + timedelta(seconds=k):%Y-%m-%d %H:%M:%S}{zone}" for k in range(60)]
    assert table(tmp_path, "t", times).start == T0


def test_an_offset_from_a_named_zone(tmp_path):
    times = [f"{T0 + timedelta(seconds=k):%Y-%m-%d %H:%M:%S} GMT+1" for k in range(60)]
    assert table(tmp_path, "t", times).start == T0 - timedelta(hours=1)


@pytest.mark.parametrize("zone", ["CET", "EST", "Europe/Berlin", "America/New_York"])
def test_the_error_names_a_zone_without_an_offset(tmp_path, zone):
    times = [f"{T0 + timedelta(seconds=k):%Y-%m-%d %H:%M:%S} {zone}" for k in range(60)]
    with pytest.raises(VitalError, match=f"time zone '{zone}'"):
        table(tmp_path, "t", times)


def test_the_zone_in_brackets_after_an_offset(tmp_path):
    times = [
        f"{T0 + timedelta(seconds=k):%Y-%m-%dT%H:%M:%S}+01:00[Europe/Berlin]" for k in range(60)
    ]
    assert table(tmp_path, "t", times).start == T0 - timedelta(hours=1)


@pytest.mark.parametrize("step", [0.1, 1, 60, 300])
@pytest.mark.parametrize(
    ("first", "since"), [(44602.25, "1899-12-30"), (738000.25, "the year 1"), (0, None)]
)
def test_days_are_read_as_days(tmp_path, first, since, step):
    head = "Time" if since else "time (days)"
    rec = table(tmp_path, head, [f"{first + k * step / 86400:.9f}" for k in range(120)])
    assert rec["hr"].fs == pytest.approx(1 / step, rel=1e-3)
    assert any(f"days since {since}" in note for note in rec.notes) == bool(since)
    if since == "1899-12-30":
        assert rec.start == datetime(2022, 2, 10)
        assert rec["hr"].timebase.start == pytest.approx(6 * 3600, abs=0.01)
    if since == "the year 1":
        assert rec.start == datetime(2020, 7, 28)


def test_days_or_seconds_undecided_is_an_error_that_says_so(tmp_path):
    with pytest.raises(InvalidInputError, match="time_unit='d' or time_unit='s'"):
        table(tmp_path, "Time", [f"{44602 + k / 48:.9f}" for k in range(60)])
    rec = table(tmp_path, "Time", [f"{44602 + k / 48:.9f}" for k in range(60)], time_unit="s")
    assert rec["hr"].fs == pytest.approx(48)


@pytest.mark.parametrize("fs", [4, 32, 128, 250, 500, 1000])
def test_seconds_of_the_day_stay_seconds(tmp_path, fs):
    rec = table(tmp_path, "time", [f"{44602 + k / fs:.6f}" for k in range(600)])
    assert rec["hr"].fs == pytest.approx(fs)


@pytest.mark.parametrize(
    ("head", "since", "per_second", "words"),
    [
        ("time", datetime(1970, 1, 1, tzinfo=UTC), 1, "seconds since 1970-01-01 UTC"),
        ("time", datetime(1970, 1, 1, tzinfo=UTC), 10**3, "milliseconds since 1970-01-01 UTC"),
        ("time", datetime(1970, 1, 1, tzinfo=UTC), 10**9, "nanoseconds since 1970-01-01 UTC"),
        ("time", datetime(1904, 1, 1, tzinfo=UTC), 1, "seconds since 1904-01-01 UTC"),
        ("time", datetime(1601, 1, 1, tzinfo=UTC), 10**7, "ticks of 100 ns since 1601-01-01 UTC"),
        ("time", datetime(1, 1, 1, tzinfo=UTC), 10**7, "ticks of 100 ns since the year 1 UTC"),
        ("time [ns]", datetime(2000, 1, 1, tzinfo=UTC), 10**9, "nanoseconds since 2000-01-01 UTC"),
    ],
)
def test_the_epoch_is_reported_in_a_note(tmp_path, head, since, per_second, words):
    first = (T0 - since) // timedelta(seconds=1)
    rec = table(tmp_path, head, [(first + k) * per_second for k in range(60)])
    assert rec.start == T0
    assert rec["hr"].fs == 1
    assert f"time read as {words}" in rec.notes
    assert rec["hr"].timebase.start == 0
