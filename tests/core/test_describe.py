from __future__ import annotations

from datetime import datetime, timedelta, timezone
from html.parser import HTMLParser

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vital_widgets.core.annotations import Annotations
from vital_widgets.core.channel import Channel
from vital_widgets.core.describe import plain_text, rich_html
from vital_widgets.core.formatting import format_duration, format_rate, format_size, format_start
from vital_widgets.core.recording import Recording
from vital_widgets.core.samples import ArraySamples
from vital_widgets.core.timebase import from_runs
from vital_widgets.runtime.tasks import Task


class Page(HTMLParser):
    """The tags of a page and its text without style sheets."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.words, self._open = [], [], []
        self.feed(html)
        self.close()
        assert self._open == []
        self.text = "".join(self.words)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self._open.append(tag)

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        if self._open and self._open[-1] != "style":
            self.words.append(data)


def recording(n=2, **options):
    channels = [
        Channel(f"EEG {k}", ArraySamples(np.zeros(500, np.int16)), from_runs(100, [(0, 500)]), "uV")
        for k in range(n)
    ]
    return Recording("night", channels, **options)


def both(shown):
    return [plain_text(shown), Page(rich_html(shown)).text]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (0.25, "250 ms"),
        (12.5, "12.5 s"),
        (59.999, "1 min"),
        (60, "1 min"),
        (303, "5 min 3 s"),
        (3599.9, "1 h"),
        (29520, "8 h 12 min"),
        (86399, "1 d"),
        (7 * 86400 + 7200, "7 d 2 h"),
        (-90, "-1 min 30 s"),
    ],
)
def test_duration_words(seconds, words):
    assert format_duration(seconds) == words


@given(st.floats(-1e12, 1e12))
def test_duration_words_of_anything(seconds):
    assert format_duration(seconds)


def test_size_and_rate_words():
    assert [format_size(n) for n in (0, 999, 1950000, 2 * 10**9)] == [
        "0 bytes",
        "999 bytes",
        "1.95 MB",
        "2 GB",
    ]
    assert [format_rate(fs) for fs in (250, 62.4725, 1 / 60)] == [
        "250 Hz",
        "62.4725 Hz",
        "every 60 s",
    ]


def test_start_words_have_the_weekday_and_the_zone():
    start = datetime(1994, 10, 26, 8, 26, 4, 250000)
    assert format_start(start) == "Wednesday, 26 October 1994, 08:26:04.25"
    zoned = start.replace(microsecond=0, tzinfo=timezone(timedelta(hours=2)))
    assert format_start(zoned) == "Wednesday, 26 October 1994, 08:26:04 UTC+02:00"


def test_what_both_say(tmp_path):
    file = tmp_path / "night.edf"
    file.write_bytes(bytes(2000))
    shown = recording(
        path=file,
        start=datetime(2024, 1, 1),
        metadata={"format": "EDF+C"},
        notes=["the last record is cut short"],
    )
    for text in both(shown):
        for part in (
            "night",
            "Monday, 1 January 2024",
            "5 s",
            "EDF+C",
            "(2 kB)",
            "EEG 1",
            "100 Hz",
            "uV",
            "500",
            "int16",
            "the last record is cut short",
        ):
            assert part in text
    assert repr(shown) == plain_text(shown)
    assert shown._repr_html_() == rich_html(shown)


def test_the_plain_table_is_aligned():
    lines = plain_text(recording(12)).splitlines()
    rows = [line for line in lines if "EEG" in line or "channel " in line]
    assert len({line.index("uV" if "EEG" in line else "units") for line in rows}) == 1
    assert len({line.index("int16" if "EEG" in line else "stored") for line in rows}) == 1


def test_gaps_are_counted_with_their_length():
    base = from_runs(100, [(0, 300), (63, 200)])
    shown = Recording("x", [Channel("a", ArraySamples(np.zeros(500)), base)])
    for text in both(shown):
        assert "1 (1 min)" in text


def test_annotations_are_counted_only_once_they_are_there():
    def read():
        raise AssertionError("a repr must not read")

    for text in both(recording(annotations=read)):
        assert "read when first asked for" in text
    marks = Annotations([0, 1, 2], ["N", "V", "N"])
    for text in both(recording(annotations=marks)):
        assert "3: N x 2, V x 1" in text


HOSTILE = "<script>alert('x')</script>\"&\n\u202egnp.exe\x1b[31m"


def test_content_of_files_is_escaped():
    marks = Annotations([0], [HOSTILE])
    channel = Channel(HOSTILE, ArraySamples(np.zeros(3)), from_runs(1, [(0, 3)]), HOSTILE)
    shown = Recording(
        HOSTILE,
        [channel],
        path=HOSTILE,
        annotations=marks,
        notes=[HOSTILE],
        metadata={"format": HOSTILE, HOSTILE: HOSTILE, "patient": [HOSTILE]},
    )
    failed = Task(lambda _: 1 / 0, HOSTILE)
    failed.run()
    shown.task = failed
    page = Page(rich_html(shown))
    assert "script" not in page.tags
    assert page.text.count("<script>alert('x')</script>") >= 8
    for text in both(shown):
        assert "\u202e" not in text
        assert "\x1b" not in text


@given(st.text(max_size=30))
def test_any_name_gives_well_formed_html(name):
    shown = Recording(name, [Channel(name, ArraySamples(np.zeros(1)), from_runs(1, [(0, 1)]))])
    tags = {"div", "style", "dl", "dt", "dd", "table", "thead", "tbody", "tr", "th", "td"}
    assert set(Page(rich_html(shown)).tags) <= tags
    assert len(plain_text(shown).splitlines()) == 5


def test_many_channels_and_notes_collapse():
    assert "details" not in Page(rich_html(recording(40))).tags
    many = recording(41, notes=[f"note {k}" for k in range(20)])
    page = Page(rich_html(many))
    assert page.tags.count("details") == 2
    assert "41 channels" in page.text
    assert "note 19" in page.text
    text = plain_text(many)
    assert "and 1 more channels" in text
    assert "and 14 more notes" in text


def test_the_state_of_a_task():
    ended = []

    def work(task):
        task.report(0.43)
        ended.append(both(shown))

    task = Task(work, "Reading big.csv")
    shown = recording(task=task)
    for text in both(shown):
        assert "Reading big.csv: waiting" in text
        assert "so far" in text
    task.run()
    for text in ended[0]:
        assert "Reading big.csv: 43%" in text
    for text in both(shown):
        assert "Reading" not in text

    failing = Task(lambda _: 1 / 0, "Reading big.csv")
    failing.run()
    for text in both(recording(task=failing)):
        assert "failed: division by zero" in text


def test_no_waiting_while_a_file_is_still_read_in():
    never = Task(lambda _: None)
    channel = Channel("a", ArraySamples(np.zeros(3)), from_runs(1, [(0, 3)]), ready=never)
    assert "3" in plain_text(Recording("x", [channel], task=never))


def test_nothing_at_all():
    for text in both(Recording("empty", [], path="/no/such/file")):
        assert "0 s" in text
    closed = recording()
    closed.close()
    for text in both(closed):
        assert "closed" in text
