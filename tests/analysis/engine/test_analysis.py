"""One way to call an analysis: on arrays, on channels, in the background."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import vital_widgets as vw
import vital_widgets.analysis as va
from vital_widgets.analysis import ecg_peaks, hrv, run
from vital_widgets.analysis.engine.compute import computed
from vital_widgets.analysis.engine.plan import Chain
from vital_widgets.core.recording import Recording
from vital_widgets.errors import InvalidInputError
from vital_widgets.runtime import progressbar
from vital_widgets.runtime.progressbar import progress_part, reporting_to
from vital_widgets.simulate.noisy_ecg import noisy_ecg

ECG = noisy_ecg(60, 250, snr=20, seed=1).values


def channel(values=ECG, fs=250):
    return Recording.from_arrays({"ECG": values}, fs)["ECG"]


def test_an_array_a_channel_and_a_task_give_the_same():
    of_array = ecg_peaks(ECG, 250)
    assert len(of_array) > 50
    for other in (ecg_peaks(channel()), run(ecg_peaks, channel()).result(300)):
        pd.testing.assert_frame_equal(of_array.to_frame(), other.to_frame())


def test_a_gap_of_a_channel_is_a_gap():
    t = np.arange(len(ECG)) / 250
    t[len(t) // 2 :] += 100
    with_gap = Recording.from_arrays({"ECG": ECG}, 250)
    assert len(with_gap["ECG"].gaps) == 0
    frame = pd.DataFrame({"ECG": ECG}, index=pd.to_timedelta(t, unit="s"))
    found = ecg_peaks(Recording.from_dataframe(frame)["ECG"])
    assert float(np.diff(found.times).max()) > 100
    assert set(found.stretch) == {0, 1}


def test_an_array_needs_fs():
    with pytest.raises(InvalidInputError, match="fs is missing: give the sampling rate in Hz"):
        ecg_peaks(ECG)


def test_a_channel_knows_its_own_rate():
    assert len(ecg_peaks(channel(), 250))
    with pytest.raises(InvalidInputError, match=r"x \('ECG'\) has a sampling rate of 250 Hz"):
        ecg_peaks(channel(), 500)


@pytest.mark.parametrize(
    ("given", "match"),
    [
        ("ECG", "give a channel, such as"),
        (None, "give a channel, such as"),
        (np.zeros((2, 100)), r"has the shape \(2, 100\); give one signal"),
        ([[1, 2], [3]], "is not an array of numbers"),
        (1j * np.ones(9), "real numbers"),
    ],
)
def test_what_is_no_signal_is_refused(given, match):
    with pytest.raises(InvalidInputError, match=match):
        ecg_peaks(given, 250)


def test_pandas_and_dask_are_arrays():
    expected = ecg_peaks(ECG, 250).samples
    dask = pytest.importorskip("dask.array")
    for given in (pd.Series(ECG), dask.from_array(ECG, chunks=4000), list(ECG)):
        np.testing.assert_array_equal(ecg_peaks(given, 250).samples, expected)


def test_a_mask_is_an_input_of_the_recipe():
    mask = np.ones(len(ECG), bool)
    mask[3000:6000] = False
    found = ecg_peaks(ECG, 250, usable=mask)
    assert not np.any((found.samples >= 3000) & (found.samples < 6000))
    assert len(json.dumps(found.recipe.to_dict())) < 2000
    np.testing.assert_array_equal(found.recipe.run().samples, found.samples)
    same = ecg_peaks(channel(), usable=mask)
    np.testing.assert_array_equal(same.samples, found.samples)


def test_the_recipe_of_a_task_is_that_of_the_call():
    task = run(ecg_peaks, channel(), method="two-averages", chunk_s=20)
    recipe = task.result(300).recipe
    assert recipe.to_dict() == ecg_peaks(channel(), method="two-averages").recipe.to_dict()
    assert len(recipe.run()) == len(task.result())


def test_bad_arguments_are_refused_before_the_task_starts():
    with pytest.raises(InvalidInputError, match="method='best'"):
        run(ecg_peaks, channel(), method="best")
    with pytest.raises(InvalidInputError, match="len is not an analysis"):
        run(len, channel())


def test_the_signature_tells_the_result():
    import inspect

    assert inspect.signature(ecg_peaks).return_annotation == "Beats"
    assert ecg_peaks.__doc__.startswith("Find the R peaks")


@pytest.mark.parametrize("function", [va.lazy, va.store])
def test_what_gives_no_sample_for_each_sample_is_refused(function):
    with pytest.raises(InvalidInputError, match="does not give one value for each sample"):
        function(ecg_peaks, channel())


def test_a_chain_computes_what_it_needs_first():
    shares = []

    def then(beats, spectrum):
        assert not beats.recipe.function
        assert len(beats) > 50
        return replace(spectrum, notes=(f"{len(beats)} beats",))

    chain = Chain((ecg_peaks.plan(ECG, 250), ecg_peaks.plan(ECG, 250)), then)
    assert computed(chain, lambda share, _: shares.append(share)).notes[0].endswith("beats")
    assert shares == sorted(shares)
    assert 0.5 < shares[-1] <= 1
    chained = Chain((), lambda: ecg_peaks.plan(ECG, 250))
    assert len(computed(chained, lambda *_: None)) > 50


def test_analyses_called_by_another_report_to_its_task():
    reports = []
    with reporting_to(lambda share, _: reports.append(share)):
        ecg_peaks(ECG, 250)
        assert set(reports) == {0.0}  # that it goes on, not how far the outer call is
        with progress_part(0.2, 0.6):
            ecg_peaks(ECG, 250)
        assert reports == sorted(reports)
        assert reports[-1] == pytest.approx(0.6)
    n = len(reports)
    ecg_peaks(ECG, 250)
    assert len(reports) == n


def test_parts_within_parts_share_the_progress():
    seen = []
    with reporting_to(lambda share, words: seen.append((round(share, 3), words))):
        with progress_part(0.0, 0.5), progress_part(0.5, 1.0, "inner"):
            ecg_peaks(ECG, 250)
        with progress_part(0.5, 1.0, "last"):
            pass
    assert [share for share, _ in seen] == sorted(share for share, _ in seen)
    assert (0.25, "inner") in seen
    assert seen[-1] == (1.0, "last")


def test_the_parts_of_hrv_have_their_shares_of_its_progress():
    seen = []
    ecg = vw.sample(300)["ECG"]
    with reporting_to(lambda share, words: seen.append((share, words))), progress_part(0.0, 1.0):
        hrv(ecg)
        first = list(seen)
        hrv(ecg, domains=("time",))  # a second call does not take it back
    shares = {words: [share for share, one in first if one == words] for _, words in first}
    assert 0 < max(shares["finding beats"]) <= 0.4
    assert max(shares["correcting beats"]) <= 0.5
    assert min(shares["non-linear measures"]) == pytest.approx(0.6)
    assert [share for share, _ in seen] == sorted(share for share, _ in seen)
    assert seen[-1][0] == 1.0


def test_a_bar_comes_after_a_second_and_is_full_when_it_is_closed(monkeypatch):
    bars = []

    class Fake:
        def __init__(self, **options):
            self.n, self.total, self.start_t = 0.0, options["total"], 0.0
            bars.append(self)

        def update(self, by):
            self.n += by

        def close(self):
            self.closed_at = self.n

    monkeypatch.setattr(progressbar, "_tqdm", lambda title: Fake(total=1.0))
    with progressbar.progress_bar("quick") as report:
        report(0.5, "")
    assert not bars
    monkeypatch.setattr(progressbar, "DELAY_SECONDS", 0.0)
    with progressbar.progress_bar("slow") as report:
        report(0.5, "")
    assert bars[0].closed_at == 1.0  # tqdm leaves one that is not full in red
