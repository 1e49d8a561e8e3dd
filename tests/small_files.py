"""A small file of each format, whole and with all that its reader may meet on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from vital_widgets.simulate.edf_files import EdfSignal, tal, write_edf

if TYPE_CHECKING:
    from pathlib import Path

N = 400
FS = 100


def write_csv(folder: Path) -> Path:
    """Two columns that are counted, integers."""
    path = folder / "told.csv"
    path.write_text("ECG,PPG\n" + "".join(f"{k % 9},{k % 7}\n" for k in range(N)))
    return path


def write_parquet(folder: Path) -> Path:
    """Times, a column of numbers and one of texts."""
    path = folder / "told.parquet"
    columns = {"time": np.arange(N) / FS, "ECG": np.arange(N), "name": ["a"] * N}
    pd.DataFrame(columns).to_parquet(path)
    return path


def write_wfdb(folder: Path) -> Path:
    """One signal and one file of annotations."""
    (folder / "told.hea").write_text(f"told 1 {FS} {N}\ntold.dat 16 200/mV 16 0 0 0 0 ECG\n")
    (folder / "told.dat").write_bytes(np.arange(N).astype("<i2").tobytes())
    marks = [(1 << 10) | 50, (1 << 10) | 80, 0]
    (folder / "told.atr").write_bytes(np.array(marks, "<u2").tobytes())
    return folder / "told.hea"


def write_edf_plus(folder: Path) -> Path:
    """One signal, a gap and annotations."""
    rows = [[tal(t) + tal(t + 0.5, "mark")] for t in (0.0, 1.0, 5.0, 6.0)]
    signals = [EdfSignal("ECG", np.arange(N))]
    return write_edf(
        folder / "told.edf", signals, n_records=len(rows), records=rows, reserved="EDF+D"
    )


MAKERS = {
    "EDF": write_edf_plus,
    "text": write_csv,
    "Parquet": write_parquet,
    "WFDB": write_wfdb,
}
NEEDED: dict[str, dict[str, Any]] = {"text": {"fs": FS}}
