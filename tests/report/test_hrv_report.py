"""A report says what the library computes, in HTML and PDF, on two pages at the most."""

from __future__ import annotations

import pickle
import re
from datetime import datetime
from html.parser import HTMLParser

import numpy as np
import pypdfium2
import pytest

import vital_widgets as vw
from vital_widgets import analysis
from vital_widgets.core.recording import Recording
from vital_widgets.errors import InvalidInputError
from vital_widgets.report import HrvReport, hrv_report
from vital_widgets.report.hrv_sheet import LABELS
from vital_widgets.report.sheet import shown
from vital_widgets.simulate.noisy_ecg import noisy_ecg

START = datetime(2025, 3, 4, 22, 15)


@pytest.fixture(scope="module")
def recording():
    ecg = noisy_ecg(2400, 250, seed=4, irregular=0.04, premature=0.01)
    values = ecg.values.copy()
    values[250 * 900 : 250 * 960] = np.nan
    return Recording.from_arrays({"ECG": values}, 250.0, units="mV", start=START, name="P7 <night>")


@pytest.fixture(scope="module")
def corrected(recording):
    return analysis.correct_beats(analysis.ecg_peaks(recording["ECG"]))


@pytest.fixture(scope="module")
def report(recording, corrected):
    return hrv_report(corrected, recording, title="Night & day")


class Tables(HTMLParser):
    """Reads tables, lists of terms, and the full precision of numbers."""

    def __init__(self):
        super().__init__()
        self.rows, self.terms, self.tags, self.text = [], [], [], ""
        self._cell = self._value = None

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th", "dt", "dd"):
            self._cell, self._value = "", None
        if tag == "data":
            self._value = dict(attrs)["value"]

    def handle_endtag(self, tag):
        if tag in ("td", "th") and self._cell is not None:
            self.rows[-1].append((self._cell, self._value))
        if tag in ("dt", "dd") and self._cell is not None:
            self.terms.append((self._cell, self._value))
        if tag in ("td", "th", "dt", "dd"):
            self._cell = None

    def handle_data(self, data):
        self.text += data
        if self._cell is not None:
            self._cell += data


def parsed(page):
    found = Tables()
    found.feed(page)
    return found


def pages(pdf):
    document = pypdfium2.PdfDocument(pdf)
    sizes = [page.get_size() for page in document]
    texts = [page.get_textpage().get_text_bounded() for page in document]
    document.close()
    return sizes, texts


def by_label(frame):
    return {LABELS[name]: row for name, row in frame.iterrows()}


def test_the_table_of_the_page_is_that_of_hrv_conventions(report, corrected):
    head, *rows = parsed(report.to_html()).rows
    names = list(analysis.hrv_conventions(corrected).results)
    assert [text for text, _ in head] == ["measure", "units", *names, "spread"]
    expected = by_label(analysis.hrv_conventions(corrected).to_frame())
    assert len(rows) > 25
    for (label, _), (units, _), *cells, (_, spread) in rows:
        row = expected[label]
        assert units == row["units"].partition(" (")[0]
        for name, (text, value) in zip(names, cells, strict=True):
            if np.isnan(row[name]):
                assert (text, value) == ("–", None)  # noqa: RUF001
                continue
            assert float(value) == row[name]
            assert float(text.rstrip("*").replace(",", "")) == pytest.approx(row[name], rel=6e-3)
        if float(spread) == float(spread):
            assert float(spread) == row["spread_percent"]
    hidden = set(expected) - {label for (label, _), *_ in rows}
    assert all(not np.isfinite([expected[label][n] for n in names]).any() for label in hidden)


def test_the_pdf_says_the_same_on_two_pages_of_a4(report, corrected):
    sizes, texts = pages(report.to_pdf())
    assert len(sizes) == 2
    for width, height in sizes:
        assert (width, height) == pytest.approx((595.28, 841.89), abs=0.05)
    lines = texts[1].replace("\r", "").split("\n")
    frame = by_label(analysis.hrv_conventions(corrected).to_frame())
    for label in ("SDNN", "RMSSD", "pNN50", "LF/HF", "HF peak", "TINN"):
        line = next(one for one in lines if one.startswith(f"{label} "))
        row = frame[label]
        said = [float(word.replace(",", "")) for word in re.findall(r" (-?[\d.,]+)", line)]
        values = [row[name] for name in report.comparison.results]
        assert said[:5] == pytest.approx(values, rel=6e-4)
    result = analysis.hrv(corrected)
    nonlinear = {"SD1": "sd1", "Sample entropy": "sampen", "DFA alpha 1": "dfa_alpha1"}
    for label, name in nonlinear.items():
        assert re.search(rf"{label}\s+{re.escape(shown(result[name]))}\b", texts[1])
    assert "Night & day" in texts[0]
    assert shown(result["rmssd"]) in texts[0]
    assert f"{100 * corrected.corrected_share:.2f} % of {corrected.n_found:,} beats" in texts[0]


def test_the_facts_are_those_of_the_recording_and_the_correction(report, corrected):
    terms = [text for text, _ in parsed(report.to_html()).terms]
    facts = dict(zip(terms[::2], terms[1::2], strict=False))
    assert facts["Recording"] == "P7 <night>"
    assert facts["Start"] == "Tuesday, 4 March 2025, 22:15:00"
    assert facts["Time span"].startswith("22:15:00 to 22:5")
    share, odd = corrected.corrected_share, corrected.changes
    assert facts["Corrected"].startswith(f"{100 * share:.2f} % of {corrected.n_found:,} beats")
    assert odd
    assert all(f"{n:,} {kind}" in facts["Corrected"] for kind, n in odd.items())
    assert f"{len(corrected.intervals()):,}" in facts["Intervals"]
    assert "hrv_report(" in facts["Recipe"]
    assert f"vital_widgets {vw.__version__}" in facts["Versions"]


def test_the_results_in_it_are_those_of_the_library(report, corrected):
    direct = analysis.hrv(corrected)
    assert report.hrv.all_measures() == pytest.approx(direct.all_measures(), nan_ok=True, rel=0)
    trend = analysis.hrv_trend(corrected, window_s=300, measures=tuple(report.trend.measures))
    assert report.trend.to_frame().equals(trend.to_frame())
    assert report.valid == direct.valid
    again = report.recipe.run()
    assert again.to_html() == report.to_html()
    assert again.to_pdf() == report.to_pdf()
    assert isinstance(pickle.loads(pickle.dumps(report)), HrvReport)


def test_beats_that_are_not_corrected_are_corrected(recording, corrected):
    of_channel = hrv_report(recording["ECG"])
    of_beats = hrv_report(analysis.ecg_peaks(recording["ECG"]), recording)
    for made in (of_channel, of_beats):
        assert made.corrected.counts == corrected.counts
        assert made.hrv["rmssd"] == pytest.approx(analysis.hrv(corrected)["rmssd"])
        assert made.name == "P7 <night>"
    assert of_channel.detected.seconds == pytest.approx(2340, abs=2)
    assert "channel 'ECG'" in of_channel.beats_from
    found = analysis.ecg_peaks(recording["ECG"])
    of_marks = hrv_report(found.annotations())
    assert of_marks.corrected.counts == analysis.correct_beats(found.annotations()).counts


def test_part_of_a_recording_and_other_conventions(corrected):
    part = hrv_report(
        corrected, t_range=(0.0, 600.0), convention="kubios", conventions=("kubios", "pyhrv")
    )
    direct = analysis.hrv(corrected, t_range=(0.0, 600.0), convention="kubios")
    assert part.hrv["sdnn"] == direct["sdnn"]
    assert list(part.comparison.results) == ["kubios", "pyhrv"]
    changed = corrected.annotations().between(0, 600)
    n = int(np.sum(np.r_[corrected.original, corrected.removed] < 600))
    facts = dict(part.sheet().facts)
    assert facts["Corrected"].startswith(f"{100 * len(changed) / n:.2f} % of {n} beats")
    assert facts["Time span"].startswith("0:00:00 to 0:")
    assert part.trend.window_s == 60
    assert set(part.trend.measures) == {"mean_hr", "sdnn", "rmssd"}
    own = analysis.hrv(corrected, options={"resample_hz": 8.0}).convention
    added = hrv_report(corrected, convention=own, conventions=("kubios",))
    assert list(added.comparison.results) == [own.name, "kubios"]
    usable = analysis.Stretches([0.0], [300.0])
    some = hrv_report(corrected, usable=usable)
    assert some.hrv["sdnn"] == analysis.hrv(corrected, usable=usable)["sdnn"]


@pytest.mark.parametrize("convention", analysis.CONVENTIONS)
def test_the_picture_of_the_spectrum_says_what_its_powers_are(corrected, convention):
    report = hrv_report(corrected, t_range=(0.0, 600.0), convention=convention)
    titles = [one.title for row in report.sheet().pictures for one in row]
    (title,) = [one for one in titles if one.startswith("Spectrum")]
    # NeuroKit2 divides the density by its largest value.
    assert ("relative to the peak" in title) == convention.startswith("neurokit2")
    assert ("ms²" in title) != convention.startswith("neurokit2")


def test_intervals_and_too_few_of_them_give_a_report_too():
    nn = 800 + 40 * np.sin(np.arange(900) / 3)
    made = hrv_report(nn)
    assert made.corrected is None
    assert "intervals were given" in made.to_html()
    for few in ([800.0, 810.0, 790.0], [], [800.0] * 50):
        least = hrv_report(few)
        assert len(pages(least.to_pdf())[0]) == 2
        assert "–" in least.to_html()  # noqa: RUF001
    assert not hrv_report([]).enough
    assert np.isnan(hrv_report([800.0] * 5).hrv["sdnn"])


def test_many_notes_do_not_make_a_third_page(report, monkeypatch):
    notes = tuple(f"note {k}: " + "some words about the signal " * 8 for k in range(60))
    object.__setattr__(many := pickle.loads(pickle.dumps(report)), "notes", notes)
    _, texts = pages(many.to_pdf())
    assert len(texts) == 2
    assert "more notes: see the attribute notes of the report" in texts[1]
    assert "How it was made" in texts[1]
    assert "note 59" in many.to_html()


def test_a_page_is_one_file_without_scripts_and_with_pictures(report):
    page = report.to_html()
    found = parsed(page)
    tags = [tag for tag, _ in found.tags]
    assert tags.count("svg") == 4
    assert not {"script", "link", "iframe", "img"} & set(tags)
    outside = [
        value
        for _, attrs in found.tags
        for name, value in attrs.items()
        if name in ("src", "href", "xlink:href") and not value.startswith(("#", "data:"))
    ]
    assert outside == []
    names = [attrs["id"] for _, attrs in found.tags if "id" in attrs]
    assert len(names) == len(set(names))
    used = re.findall(r'(?:href="|url\()#([^")]+)', page)
    assert set(used) <= set(names)
    assert "P7 &lt;night&gt;" in page
    labels = [attrs["aria-label"] for _, attrs in found.tags if attrs.get("role") == "img"]
    assert len(labels) == 4
    assert report._repr_html_() in page


def test_saving(report, tmp_path):
    html, pdf = report.save(tmp_path / "r.html"), report.save(str(tmp_path / "r.PDF"))
    assert html.read_text("utf-8") == report.to_html()
    assert pdf.read_bytes().startswith(b"%PDF")
    with pytest.raises(InvalidInputError, match=r"does not end in \.html or \.pdf"):
        report.save(tmp_path / "r.docx")


def test_pulses_are_called_pulses():
    beats = analysis.correct_beats(analysis.ppg_peaks(vw.sample(120)["PPG"]))
    page = hrv_report(beats, title="Finger").to_html()
    assert "Pulse-rate variability" in page
    assert "pulse-rate variability: these are intervals between pulses" in page


def test_the_patient_is_not_in_a_report(corrected):
    recording = Recording("night", [], metadata={"patient": "Jane Doe"})
    page = hrv_report(corrected, recording).to_html()
    assert "Jane" not in page


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"recording": "night.edf"}, "recording='night.edf' is not a recording"),
        ({"title": " "}, "title=' '"),
        ({"convention": "my own"}, "my own"),
        ({"conventions": "kubios"}, "give a tuple of some of"),
        ({"conventions": ("task-force-1996",)}, "shows 2 to 6 side by side"),
        ({"window_s": 1}, "window_s=1"),
        ({"t_range": (5, 1)}, "t_range"),
    ],
)
def test_a_wrong_argument_is_named(corrected, wrong, said):
    with pytest.raises(InvalidInputError, match=said):
        hrv_report(corrected, **wrong)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (1234567.0, "1,234,567"), (999.96, "1,000"), (99.996, "100.0"), (9.99951, "10.00"),
     (0.99996, "1.000"), (0.5, "0.5000"), (0.00012345, "0.000123"), (-12.345, "-12.35"),
     (float("nan"), "–")],  # noqa: RUF001
)  # fmt: skip
def test_numbers_have_four_digits(value, text):
    assert shown(value) == text
