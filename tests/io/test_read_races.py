"""A file that is overwritten while a window of it is read: nothing of the new content is given."""

from __future__ import annotations

import os

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from vital_widgets.errors import SourceChangedError
from vital_widgets.io.reader import open_recording
from vital_widgets.runtime.files import SourceFile
from vital_widgets.simulate.edf_files import EdfSignal, write_edf

FS, N = 500, 20_000


def wfdb(folder, value):
    np.full(N, value, "<i2").tofile(folder / "r.dat")
    (folder / "r.hea").write_text(f"r 1 {FS} {N}\nr.dat 16 1/mV 16 0 0 0 0 x\n")
    return folder / "r.hea", folder / "r.dat"


def edf(folder, value, n=N, records=N // FS, *, bdf=False):
    signal = EdfSignal("x", np.full(n, value), physical_min=-32768, physical_max=32767)
    path = folder / "r.edf"
    write_edf(path, [signal], n_records=records, duration=n / FS / records, bdf=bdf)
    return path, path


def bdf(folder, value):
    return edf(folder, value, bdf=True)


def long_record(folder, value):
    """One record of megabytes, of which only the samples asked for are read."""
    return edf(folder, value, 1_500_000, 1)


def parquet(folder, value):
    table = pa.table({"time": np.arange(N) / FS, "x": np.full(N, value, np.int16)})
    pq.write_table(table, folder / "r.parquet", compression=None, use_dictionary=False)
    return folder / "r.parquet", folder / "r.parquet"


MOMENTS = {
    "before a check": ("check", "before"),
    "after a check": ("check", "after"),
    "before a read": ("read_into", "before"),
    "after a read": ("read_into", "after"),
}


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("write", [wfdb, edf, bdf, long_record, parquet])
def test_a_window_overwritten_while_it_is_read_shows_nothing_of_the_new_content(
    tmp_path, monkeypatch, write, moment
):
    (tmp_path / "new").mkdir()
    path, samples = write(tmp_path, 7)
    _, other = write(tmp_path / "new", 99)
    assert samples.stat().st_size == other.stat().st_size
    name, when = MOMENTS[moment]
    real = getattr(SourceFile, name)
    left = [1]

    def wrapped(self, *arguments):
        if when == "before":
            overwrite()
        real(self, *arguments)
        overwrite()

    def overwrite():
        if left:
            left.pop()
            with samples.open("r+b") as file:
                file.write(other.read_bytes())
            os.utime(samples, ns=(0, 0))

    with open_recording(path) as recording:
        channel = next(iter(recording.channels.values()))
        monkeypatch.setattr(SourceFile, name, wrapped)
        seen = set()
        for _ in range(3):
            try:
                seen |= set(channel.window(10, 11)[1].tolist())
            except SourceChangedError as error:
                assert "open it again" in str(error)  # noqa: PT017 - either outcome is right
        assert seen <= {7.0}
