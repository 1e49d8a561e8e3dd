"""What is nearly the name of a panel, a parameter or a channel."""

from __future__ import annotations

import pytest

import vital_widgets as vw
from vital_widgets.core.names import did_you_mean
from vital_widgets.errors import InvalidInputError, UnknownChannelError

PANELS = {"Spectrm": "Spectrum", "HRVv": "HRV", "hrv": "HRV", "beat_editor": "BeatEditor"}


@pytest.mark.parametrize(("given", "meant"), PANELS.items())
def test_panels(rec, given, meant):
    said = rf"{given!r} \(did you mean {meant!r}\?\)"
    with pytest.raises(AttributeError, match=f"no attribute {said}; panels: "):
        getattr(vw.panels, given)
    with pytest.raises(InvalidInputError, match=f"unknown panel {said}; available: "):
        vw.Workbench(rec, panels=[given])
    bench = vw.Workbench(rec, panels=[])
    with pytest.raises(InvalidInputError, match=f"unknown panel {said}"):
        bench.add(given)
    bench.close()


def test_parameters_and_channels(rec):
    with pytest.raises(InvalidInputError, match=r"'chanel' of Spectrum \(did you mean 'channel'"):
        vw.panels.Spectrum(rec, chanel="ECG")
    with pytest.raises(UnknownChannelError, match=r"'ecg' in 'sample' \(did you mean 'ECG'"):
        vw.panels.Spectrum(rec, channel="ecg")


@pytest.mark.parametrize("given", ["", "zzz", 3, None, ["Spectrum"]])
def test_nothing_is_suggested_for_anything_else(given):
    assert did_you_mean(given, ["Spectrum", "HRV"]) == ""
