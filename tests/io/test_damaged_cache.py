"""Whatever happens to what is cached, what is shown is what the file holds."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import vital_widgets as vw
from vital_widgets import analysis
from vital_widgets.errors import StoreError
from vital_widgets.pyramid import build as build_module
from vital_widgets.pyramid.build import open_pyramids
from vital_widgets.runtime import cachesums

N = 9000


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("text") / "x.csv"
    rng = np.random.default_rng(1)
    rows = rng.integers(-999, 999, (N, 2)).tolist()
    path.write_text("ECG,PPG\n" + "".join(f"{a},{b}\n" for a, b in rows))
    return path


def look(path):
    """All that can be seen of the file: samples, bins of each size, filtered samples."""
    build_module._by_fingerprint.clear()
    with vw.open(path, fs=100) as recording:
        recording.wait()
        pyramids = open_pyramids(recording)
        if pyramids.task is not None:
            pyramids.task.run()
            assert pyramids.task.error is None
        seen = []
        for k, channel in enumerate(recording.channels.values()):
            seen.append(channel.samples.read(0, channel.n_samples))
            pyramid = pyramids.channel(k)
            for size in pyramid.bin_sizes:
                seen += pyramid.read(size, 0, pyramid.available(size))
        pyramids.close()
        band = analysis.design_filter("butterworth", "bandpass", lowcut=0.5, highcut=40, fs=100)
        with analysis.store(analysis.filter_signal, recording, filter=band).result() as filtered:
            seen += [channel.read(0, N) for channel in filtered.channels.values()]
    return seen


@pytest.fixture(scope="module")
def whole(path, tmp_path_factory):
    """What is seen without a cache, and the files that this leaves in it."""
    folder = tmp_path_factory.mktemp("whole") / "cache"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VITAL_WIDGETS_CACHE_DIR", str(folder))
        return look(path), folder


def files_below(folder):
    return sorted(p for p in folder.rglob("*") if p.is_file() and p.suffix != ".lock")


def damage(draw, path):
    """Do something to a file that a disk, a program or a person may do."""
    content = bytearray(path.read_bytes())
    what = draw(st.sampled_from(["flip", "cut", "empty", "longer", "zeros", "gone", "folder"]))
    path.unlink()
    if what == "gone":
        return
    if what == "folder":
        path.mkdir()
        return
    if what == "flip" and content:
        content[draw(st.integers(0, len(content) - 1))] ^= 1 << draw(st.integers(0, 7))
    elif what == "zeros" and content:
        start = draw(st.integers(0, len(content) - 1))
        content[start : start + 4096] = bytes(len(content[start : start + 4096]))
    elif what == "longer":
        content += draw(st.binary(min_size=1, max_size=9))
    else:
        del content[draw(st.integers(0, max(len(content) - 1, 0))) if what == "cut" else 0 :]
    path.write_bytes(bytes(content))


@settings(max_examples=40)
@given(data=st.data())
def test_what_is_shown_does_not_depend_on_damage_to_the_cache(path, whole, cache_dir, data):
    wanted, folder = whole
    shutil.rmtree(cache_dir, ignore_errors=True)
    shutil.copytree(folder, cache_dir)
    cached = files_below(cache_dir)
    assert {p.parent.parent.name for p in cached} == {"samples", "pyramid", "analysis"}
    for _ in range(data.draw(st.integers(1, 3))):
        chosen = data.draw(st.sampled_from(cached))
        if chosen.is_file():
            damage(data.draw, chosen)
    for _ in range(2):  # damaged, then made anew
        seen = look(path)
        assert len(seen) == len(wanted)
        for ours, theirs in zip(seen, wanted, strict=True):
            np.testing.assert_array_equal(ours, theirs)


def test_damage_in_a_large_entry_is_found_when_that_page_is_read(path, cache_dir, monkeypatch):
    monkeypatch.setattr(cachesums, "MAX_CHECKED_BYTES", 0)
    monkeypatch.setattr(cachesums, "PAGE_BYTES", 1 << 12)
    with vw.open(path, fs=100) as recording:
        recording.wait()
        wanted = recording["PPG"].samples.read(0, N)
    (samples,) = cache_dir.glob("samples/*/samples.bin")
    content = bytearray(samples.read_bytes())
    content[-1] ^= 1
    samples.write_bytes(content)
    with vw.open(path, fs=100) as recording:
        assert recording.task is None
        np.testing.assert_array_equal(recording["PPG"].samples.read(0, N - 1000), wanted[:-1000])
        with pytest.raises(StoreError, match=r"samples\.bin.*damaged.*open the recording again"):
            recording["PPG"].samples.read(N - 10, N)
    with vw.open(path, fs=100) as recording:
        recording.wait()
        np.testing.assert_array_equal(recording["PPG"].samples.read(0, N), wanted)


def test_a_page_is_compared_once(path, cache_dir, monkeypatch):
    monkeypatch.setattr(cachesums, "MAX_CHECKED_BYTES", 0)
    with vw.open(path, fs=100) as recording:
        recording.wait()
    compared = []
    compare = cachesums.SummedFile._check_run
    monkeypatch.setattr(
        cachesums.SummedFile,
        "_check_run",
        lambda file, pages: compared.extend(pages.tolist()) or compare(file, pages),
    )
    with vw.open(path, fs=100) as recording:
        assert compared == [0]  # the first one, when it is opened
        for _ in range(3):
            recording["ECG"].samples.read(0, N)
            recording["PPG"].samples.read(0, N)
    assert sorted(compared) == list(range(-(-2 * 8 * N // cachesums.PAGE_BYTES)))
