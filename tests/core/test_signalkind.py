from __future__ import annotations

import pytest

from vital_widgets.core.signalkind import KINDS, signal_kind

# Names and units as they are in files of hospitals, PhysioNet and sleep laboratories.
NAMED = {
    "ECG": [
        ("ECG", "mV"), ("ECG 2", "mV"), ("EKG", "uV"), ("EEG ECG-Ref", "uV"), ("MLII", "mV"),
        ("II", ""), ("aVR", "mV"), ("V5", "mV"), ("V", "mV"), ("C4", "mV"), ("ECG chest", "mV"),
    ],
    "EEG": [
        ("EEG Fpz-Cz", "uV"), ("EEG F1-Ref", "µV"), ("C3-A2", "V"), ("O1-M2", "V"), ("Cz", "uV"),
        ("AFz", "nV"), ("T7", "uV"), ("A12", "uV"), ("M1", "V"), ("E3", "uV"), ("C4", "uV"),
    ],
    "EOG": [
        ("EOG horizontal", "uV"), ("VEOG_I", "uV"), ("LEOG", "uV"), ("E1-M2", "V"), ("E2", "uV"),
        ("LOC", "uV"), ("EEG EOG", "uV"),
    ],
    "EMG": [("EMG submental", "uV"), ("Chin1-Chin2", "uV"), ("Left Leg", "V"), ("RAT", "uV")],
    "PPG": [("PLETH", "NU"), ("Pleth", ""), ("BVP", ""), ("red", "nA"), ("PPG1", "V")],
    "respiration": [
        ("Resp", "Ohm"), ("Resp oro-nasal", ""), ("Abdomen", "V"), ("Chest", "V"),
        ("Airflow", "cmH2O"), ("Nasal Pressure", "cmH2O"), ("RIP Sum", "V"), ("flow", "kPa"),
    ],
    "pressure": [("ABP", "mmHg"), ("PAP", "mmHg"), ("NBPMean", "mmHg"), ("P1", "kPa"), ("ART", "")],
    "SpO2": [("SpO2", "%"), ("Saturation", "%"), ("SaO2", "")],
    "other": [
        ("HR", "bpm"), ("Resp Rate", "tr/min"), ("RIP Flow", "V/s"), ("C3 Impédance", "Ohm"),
        ("ECG Impédance", "Ohm"), ("Status", "Boolean"), ("X", "g"), ("", ""), ("humidity", "%"),
        ("F1", ""), ("Voltage (core)", "V"), ("Temp rectal", "DegC"), ("art. rate", "1/min"),
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "name", "units"), [(kind, *one) for kind, cases in NAMED.items() for one in cases]
)
def test_the_kind_of_a_signal(kind, name, units) -> None:
    assert signal_kind(name, units) == kind


def test_each_kind_is_recognized() -> None:
    assert set(NAMED) == set(KINDS)
