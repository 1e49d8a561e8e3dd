"""No damage to what was read in once is taken for a whole entry."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from vital_widgets.io import ingest as ingest_module
from vital_widgets.io.stored_table import FILE_NAME, StoredTable
from vital_widgets.io.text.text_reader import open_file
from vital_widgets.runtime.cachefolder import CacheFolder
from vital_widgets.runtime.cachesums import SUMS

if TYPE_CHECKING:
    from collections.abc import Iterator


def csv_of(path: Path, n: int) -> Path:
    index = np.arange(n)
    rows = "".join(f"{i / 100:.2f},{i}\n" for i in index.tolist())
    path.write_text("time,a\n" + rows)
    return path


@pytest.mark.parametrize("name", [ingest_module.META, ingest_module.RUNS, "samples.bin"])
def test_a_damaged_entry_is_made_anew(tmp_path, cache_dir, name):
    path = csv_of(tmp_path / "x.csv", 3000)
    with open_file(path) as recording:
        recording.wait()
    file = next(cache_dir.rglob(name))
    file.write_bytes(file.read_bytes()[:-20])
    with open_file(path) as recording:
        np.testing.assert_array_equal(recording.wait()["a"].read(0, 3000), np.arange(3000))
    with open_file(path) as recording:
        assert recording.task is None


def damages(path: Path, rng: np.random.Generator) -> Iterator[None]:
    """Do each kind of damage to a file in turn."""
    whole = path.read_bytes()
    cuts = {0, 1, len(whole) // 2, len(whole) - 1, *rng.integers(0, len(whole), 10).tolist()}
    changed = [whole[:cut] for cut in cuts] + [whole + b"0", whole * 2]
    changed += [
        whole[:k] + bytes([whole[k] ^ (1 << k % 8)]) + whole[k + 1 :]
        for k in rng.integers(0, len(whole), 200).tolist()
    ]
    for content in changed:
        path.write_bytes(content)
        yield
    path.unlink()
    yield
    path.mkdir()
    yield
    path.rmdir()
    path.write_bytes(whole)


def test_no_damage_to_an_entry_is_taken_for_a_whole_one(tmp_path, cache_dir):
    path = tmp_path / "x.csv"
    times = np.concatenate([np.arange(50) / 10 + 50 * k for k in range(20)])
    path.write_text("time,a\n" + "".join(f"{t:.1f},{k}\n" for k, t in enumerate(times)))
    with open_file(path) as recording:
        recording.wait()
        table = recording["a"].samples.source
    entry = CacheFolder().entry("samples", table.key)
    assert {p.name for p in entry.complete_dir.iterdir()} == {
        ingest_module.META,
        ingest_module.RUNS,
        FILE_NAME,
        SUMS,
    }
    rng = np.random.default_rng(0)
    sums = (entry.complete_dir / SUMS).read_bytes()
    for file in sorted(entry.complete_dir.iterdir()):
        for _ in damages(file, rng):
            fresh = StoredTable(table.key, table.dtypes)
            assert ingest_module._load(entry, fresh) is None
            assert fresh.n_frames == 0
            if file.name != SUMS:  # they go with what is damaged
                (entry.complete_dir / SUMS).write_bytes(sums)
    assert ingest_module._load(entry, StoredTable(table.key, table.dtypes)) is not None
