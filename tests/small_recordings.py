"""Small recordings in every format, and what is asked of them."""

from __future__ import annotations

import numpy as np
import pytest

from vital_widgets.serve.dispatch import dispatch
from vital_widgets.simulate.edf_files import EdfSignal, write_edf

N = 4000
FS = 100.0
IN_PLACE = ("edf", "hea", "parquet")
FORMATS = (*IN_PLACE, "csv")


def values(n=N):
    return (np.arange(n) % 999).astype(np.int16)


def write(path, n=N):
    """Two channels, ECG and PPG, of integers at 100 Hz, in the format of the extension."""
    ecg = values(n)
    if path.suffix == ".edf":
        scale = {"physical_min": -32768, "physical_max": 32767}
        signals = [EdfSignal("ECG", ecg, **scale), EdfSignal("PPG", -ecg, **scale)]
        return write_edf(path, signals, n_records=n // 100)
    if path.suffix == ".hea":
        stem = path.stem
        path.with_suffix(".dat").write_bytes(np.stack([ecg, -ecg], 1).astype("<i2").tobytes())
        line = f"{stem}.dat 16 1/mV 16 0 0 0 0"
        path.write_text(f"{stem} 2 {FS} {n}\n{line} ECG\n{line} PPG\n", encoding="utf-8")
        return path
    if path.suffix == ".parquet":
        import pyarrow as pa
        import pyarrow.parquet as pq

        table = pa.table({"time": np.arange(n) / FS, "ECG": ecg, "PPG": -ecg})
        pq.write_table(table, path, row_group_size=500)
        return path
    rows = (f"{i / FS:.2f},{v},{-v}\n" for i, v in enumerate(ecg.tolist()))
    path.write_text("time,ECG,PPG\n" + "".join(rows))
    return path


def samples_of(path):
    """The file that holds the samples of the recording at ``path``."""
    return path.with_suffix(".dat") if path.suffix == ".hea" else path


def ask(session, t0=0.0, t1=10.0, width=500, **more):
    content = {
        "v": 1,
        "kind": "window",
        "request": "r",
        "seq": 1,
        "t0": t0,
        "t1": t1,
        "width": width,
        "channels": list(range(len(session.channels))),
        **more,
    }
    return dispatch(session, content)[0]


def is_right(recording):
    assert list(recording.channels) == ["ECG", "PPG"]
    assert recording["ECG"].fs == pytest.approx(FS)
    np.testing.assert_array_equal(recording["ECG"].data.compute(), values())
    np.testing.assert_array_equal(recording["PPG"].read(10, 500), -values()[10:500])
