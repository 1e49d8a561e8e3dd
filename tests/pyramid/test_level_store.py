from __future__ import annotations

import numpy as np
import pytest

from vital_widgets.errors import InvalidInputError, StoreError
from vital_widgets.pyramid import level_store as store
from vital_widgets.pyramid.level_store import DiskLevel, MemoryLevel, Pyramid, bin_sizes_for


def disk_level(tmp_path, name="0000-64.bins", dtype=np.int16):
    partial = tmp_path / "a.partial"
    partial.mkdir(exist_ok=True)
    return DiskLevel((partial, tmp_path / "a"), name, np.dtype(dtype))


@pytest.mark.parametrize(
    ("n", "sizes"),
    [(0, (64,)), (65_536, (64,)), (65_537, (64, 256)), (262_145, (64, 256, 1024))],
)
def test_levels_go_on_until_one_has_few_bins(n, sizes):
    assert bin_sizes_for(n) == sizes


@pytest.mark.parametrize("kind", ["disk", "memory"])
def test_what_is_appended_is_read(tmp_path, kind):
    level = disk_level(tmp_path) if kind == "disk" else MemoryLevel(np.dtype(np.int16))
    lo, hi = np.arange(5000, dtype=np.int16), np.arange(5000, dtype=np.int16) + 7
    for start in range(0, 5000, 999):
        level.append(lo[start : start + 999], hi[start : start + 999])
    assert level.count == 5000
    found = level.read(1234, 4321)
    for values, wanted in zip(found, (lo, hi), strict=True):
        np.testing.assert_array_equal(values, wanted[1234:4321])
        assert values.flags.c_contiguous
    assert [len(values) for values in level.read(5, 5)] == [0, 0]
    level.truncate(100)
    assert level.count == 100
    level.append(lo[:1], hi[:1])
    assert level.read(99, 101)[0].tolist() == [99, 0]


def test_readers_go_on_after_the_folder_is_renamed(tmp_path):
    opened, unopened = (disk_level(tmp_path, name) for name in ("a", "b"))
    for level in (opened, unopened):
        level.append(np.arange(3, dtype=np.int16), np.arange(3, dtype=np.int16))
    opened.read(0, 1)
    (tmp_path / "a.partial").rename(tmp_path / "a")
    assert opened.read(0, 3)[0].tolist() == [0, 1, 2]
    assert unopened.read(0, 3)[0].tolist() == [0, 1, 2]
    opened.close()
    assert opened.read(1, 3)[1].tolist() == [1, 2]


def test_level_that_was_removed_or_cut_is_an_error(tmp_path):
    level = disk_level(tmp_path)
    level.append(np.arange(9, dtype=np.int16), np.arange(9, dtype=np.int16))
    path = tmp_path / "a.partial" / "0000-64.bins"
    path.write_bytes(path.read_bytes()[:10])
    with pytest.raises(StoreError, match="damaged or was removed"):
        level.read(0, 9)
    level.close()
    path.unlink()
    with pytest.raises(StoreError, match="open the recording again"):
        level.read(0, 9)


def test_only_so_many_files_are_open(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "_OPEN_FILES", 4)
    levels = [disk_level(tmp_path, f"l{k}") for k in range(10)]
    for k, level in enumerate(levels):
        level.append(np.array([k], np.int16), np.array([k], np.int16))
    for _ in range(2):
        assert [level.read(0, 1)[0][0] for level in levels] == list(range(10))
    assert sum(level._file._handle is not None for level in levels) <= 4


def test_bins_that_are_not_there():
    pyramid = Pyramid(np.dtype(np.int16))
    level = MemoryLevel(pyramid.dtype)
    level.append(np.zeros(3, np.int16), np.ones(3, np.int16))
    pyramid.put({64: level})
    assert pyramid.available(256) == 0
    for bin_size, first, stop in ((256, 0, 1), (64, 0, 4), (64, -1, 2), (64, 2, 1)):
        with pytest.raises(InvalidInputError, match=r"available: 3 of 64"):
            pyramid.read(bin_size, first, stop)
