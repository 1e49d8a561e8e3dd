"""The text and HTML representation of a recording.

Nothing here waits or reads samples or annotations, so showing a recording is cheap. All text from
a file is escaped.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any, Protocol

from vital_widgets.core.annotations import Annotations
from vital_widgets.core.formatting import (
    format_annotation_counts,
    format_duration,
    format_rate,
    format_size,
    format_start,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime
    from pathlib import Path

    from vital_widgets.core.channel import Channel
    from vital_widgets.core.origin import Notes
    from vital_widgets.runtime.tasks import Task

MOST_CHANNELS = 40
MOST_NOTES = 6
MOST_CHARACTERS = 34  # of a name, on a terminal
COLUMNS = ("channel", "rate", "units", "samples", "from", "to", "stored as", "gaps")
NUMBERS = frozenset({"rate", "samples", "from", "to", "gaps"})
DETAILS = frozenset({"format", "n_bytes"})  # shown elsewhere


class Described(Protocol):
    """The properties of a recording that are shown."""

    name: str
    path: Path | None
    metadata: dict[str, Any]
    notes: Notes
    task: Task[Any] | None

    @property
    def start(self) -> datetime | None:
        """Clock time of second 0."""

    @property
    def duration(self) -> float:
        """Seconds."""

    @property
    def closed(self) -> bool:
        """Whether it was closed."""

    @property
    def channels(self) -> Mapping[str, Channel]:
        """Channels by name."""

    @property
    def _annotations(self) -> Annotations | Callable[[], Annotations] | None:
        """The marks that are known now."""


@dataclass(frozen=True)
class _Facts:
    """The description of a recording as text, not yet escaped."""

    title: str
    lines: list[tuple[str, str]]
    rows: list[tuple[str, ...]]
    notes: list[str]
    details: list[tuple[str, str]]
    task: tuple[str, str, float] | None  # state, sentence, progress


def plain_text(recording: Described) -> str:
    """Return a recording as lines of text with a table of its channels."""
    facts = _facts(recording)
    lines = [f"Recording {_short(facts.title)!r}"]
    lines += [f"  {key + ':':<13}{value}" for key, value in facts.lines]
    if facts.task is not None and facts.task[0] != "done":
        lines.append(f"  {'task:':<13}{facts.task[1]}")
    if facts.rows:
        lines += ["", *_table(facts.rows[:MOST_CHANNELS])]
    if len(facts.rows) > MOST_CHANNELS:
        lines.append(f"  … and {len(facts.rows) - MOST_CHANNELS} more channels")
    if facts.notes:
        lines += ["", *(f"  note: {note}" for note in facts.notes[:MOST_NOTES])]
    if len(facts.notes) > MOST_NOTES:
        lines.append(f"  … and {len(facts.notes) - MOST_NOTES} more notes (see .notes)")
    return "\n".join(lines)


def rich_html(recording: Described) -> str:
    """Return a recording as self-contained HTML in the colours of the page around it."""
    facts = _facts(recording)
    lines = "".join(f"<dt>{escape(k)}</dt><dd>{escape(v)}</dd>" for k, v in facts.lines)
    return (
        f'<div class="vital-recording"><style>{_CSS}</style>'
        f'<div class="vr-title">{escape(facts.title)}</div><dl>{lines}</dl>'
        f"{_task_html(facts)}{_notes_html(facts.notes)}{_channels_html(facts.rows)}"
        f"{_details_html(facts.details)}</div>"
    )


def _facts(recording: Described) -> _Facts:
    lines = []
    if recording.start is not None:
        lines.append(("start", format_start(recording.start)))
    task = recording.task
    reading = task is not None and not task.ended
    so_far = " so far" if reading else ""
    lines.append(("duration", format_duration(recording.duration) + so_far))
    if "format" in recording.metadata:
        lines.append(("format", _clean(recording.metadata["format"])))
    if recording.path is not None:
        n_bytes = _size(recording)
        size = "" if n_bytes is None else f" ({format_size(n_bytes)})"
        lines.append(("file", _clean(recording.path) + size))
    marks = recording._annotations  # noqa: SLF001 - asking `annotations` would read them
    if isinstance(marks, Annotations):
        lines.append(("annotations", _clean(format_annotation_counts(marks.text))))
    elif marks is not None:
        lines.append(("annotations", "read when first asked for"))
    if recording.closed:
        lines.append(("state", "closed"))
    return _Facts(
        title=_clean(recording.name),
        lines=lines,
        rows=[_row(channel) for channel in recording.channels.values()],
        notes=[_clean(note) for note in recording.notes],
        details=[
            (_clean(key), _clean(_value(value)))
            for key, value in recording.metadata.items()
            if key not in DETAILS and value not in ("", None, [], {})
        ],
        task=None if task is None else _task(task),
    )


def _row(channel: Channel) -> tuple[str, ...]:
    """Return the cells of a channel without its properties, which would wait for the reading."""
    base = channel.timebase
    gaps = base.gaps
    lost = sum(t1 - t0 for t0, t1 in gaps)
    return (
        _clean(channel.name),
        format_rate(base.fs),
        _clean(channel.units),
        f"{base.n_samples:,}",
        format_duration(base.start),
        format_duration(base.end),
        str(channel.dtype),
        f"{len(gaps):,} ({format_duration(lost)})" if gaps else "",
    )


def _task(task: Any) -> tuple[str, str, float]:
    state = str(task.state)
    title = _clean(task.title or "reading the file")
    if state == "failed":
        return state, f"{title}: failed: {_clean(task.error)}", task.progress
    words = {"pending": "waiting", "running": f"{task.progress:.0%}"}.get(state, state)
    left = task.remaining
    if state == "running" and left is not None:
        words += f", about {format_duration(max(round(left), 1))} left"
    return state, f"{title}: {words}", task.progress


def _size(recording: Described) -> int | None:
    n_bytes = recording.metadata.get("n_bytes")
    if isinstance(n_bytes, int):
        return n_bytes
    try:
        return recording.path.stat().st_size if recording.path is not None else None
    except OSError:
        return None  # the file was deleted meanwhile; the rest is still shown


def _value(value: object) -> str:
    if isinstance(value, (list, tuple)):
        return "; ".join(str(part) for part in value)
    return str(value)


def _clean(value: object) -> str:
    """Return text without line breaks and control or direction marks, which could mislead."""
    text = str(value)
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else " " if c.isspace() else "\ufffd" for c in text)


def _short(text: str) -> str:
    return text if len(text) <= MOST_CHARACTERS else text[: MOST_CHARACTERS - 1] + "…"


# ---------------------------------------------------------------- text


def _table(rows: list[tuple[str, ...]]) -> Iterable[str]:
    cells = [COLUMNS, *(tuple(_short(cell) for cell in row) for row in rows)]
    used = [k for k in range(len(COLUMNS)) if any(row[k] for row in cells[1:])]
    widths = {k: max(len(row[k]) for row in cells) for k in used}
    for row in cells:
        parts = (
            row[k].rjust(widths[k]) if COLUMNS[k] in NUMBERS else row[k].ljust(widths[k])
            for k in used
        )
        yield ("  " + "  ".join(parts)).rstrip()


# ---------------------------------------------------------------- HTML


def _channels_html(rows: list[tuple[str, ...]]) -> str:
    if not rows:
        return '<p class="vr-none">no channels</p>'
    used = [k for k in range(len(COLUMNS)) if any(row[k] for row in rows)]
    kinds = {k: ' class="vr-number"' if COLUMNS[k] in NUMBERS else "" for k in used}
    head = "".join(f"<th{kinds[k]}>{COLUMNS[k]}</th>" for k in used)
    body = "".join(
        f'<tr title="{escape(row[0])}">'
        + "".join(f"<td{kinds[k]}>{escape(row[k])}</td>" for k in used)
        + "</tr>"
        for row in rows
    )
    table = (
        f'<div class="vr-scroll"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )
    if len(rows) <= MOST_CHANNELS:
        return table
    return f"<details><summary>{len(rows)} channels</summary>{table}</details>"


def _notes_html(notes: list[str]) -> str:
    if not notes:
        return ""
    items = [f"<li>{escape(note)}</li>" for note in notes]
    more = ""
    if len(items) > MOST_NOTES:
        hidden = "".join(items[MOST_NOTES:])
        more = (
            f"<details><summary>{len(items) - MOST_NOTES} more notes</summary>"
            f"<ul>{hidden}</ul></details>"
        )
    return f'<div class="vr-notes"><ul>{"".join(items[:MOST_NOTES])}</ul>{more}</div>'


def _task_html(facts: _Facts) -> str:
    if facts.task is None or facts.task[0] == "done":
        return ""
    state, sentence, progress = facts.task
    bar = ""
    if state in ("pending", "running"):
        bar = f'<span class="vr-track"><span style="width:{progress:.0%}"></span></span>'
    kind = " vr-failed" if state == "failed" else ""
    return f'<div class="vr-task{kind}">{bar}{escape(sentence)}</div>'


def _details_html(details: list[tuple[str, str]]) -> str:
    if not details:
        return ""
    rows = "".join(
        f"<dt>{escape(key.replace('_', ' '))}</dt><dd>{escape(value)}</dd>"
        for key, value in details
    )
    return f"<details><summary>other information in the file</summary><dl>{rows}</dl></details>"


# Colours come from JupyterLab where it is around; the rest is inherited or half transparent, so
# that it stands on light and dark alike.
_CSS = """
.vital-recording{--vr-line:var(--jp-border-color2,rgba(128,128,128,.35));
--vr-soft:var(--jp-content-font-color2,rgba(128,128,128,1));
--vr-accent:var(--jp-brand-color1,#2f7fd1);--vr-warn:var(--jp-warn-color1,#d08700);
--vr-bad:var(--jp-error-color1,#d43c3c);
color:var(--jp-content-font-color1,inherit);font-family:var(--jp-ui-font-family,system-ui,sans-serif);
font-size:13px;line-height:1.45;max-width:960px;padding:2px 0 6px}
.vital-recording .vr-title{font-size:16px;font-weight:600;margin:2px 0 4px;overflow-wrap:anywhere}
.vital-recording dl{display:grid;grid-template-columns:max-content 1fr;gap:1px 14px;margin:0 0 8px}
.vital-recording dt{color:var(--vr-soft);font-weight:400;margin:0;padding:0;float:none;width:auto}
.vital-recording dd{margin:0;padding:0;overflow-wrap:anywhere}
.vital-recording .vr-scroll{overflow-x:auto}
.vital-recording table{border-collapse:collapse;margin:2px 0 4px;font-size:12.5px;color:inherit;
table-layout:auto;border:0}
.vital-recording th,.vital-recording td{text-align:left;padding:2px 18px 2px 0;max-width:340px;
border:0;border-bottom:1px solid var(--vr-line);background:none;white-space:nowrap;
overflow:hidden;text-overflow:ellipsis}
.vital-recording thead th{color:var(--vr-soft);font-weight:400}
.vital-recording td:first-child{font-weight:600}
.vital-recording tr{background:none!important}
.vital-recording .vr-number{text-align:right;font-variant-numeric:tabular-nums}
.vital-recording .vr-notes,.vital-recording .vr-task{border-left:3px solid var(--vr-warn);
background:rgba(208,135,0,.1);padding:4px 10px;margin:0 0 8px;overflow-wrap:anywhere}
.vital-recording .vr-notes ul{margin:0;padding:0 0 0 14px;list-style:disc}
.vital-recording .vr-notes li{margin:0}
.vital-recording .vr-task{border-color:var(--vr-accent);background:rgba(47,127,209,.1)}
.vital-recording .vr-failed{border-color:var(--vr-bad);background:rgba(212,60,60,.1)}
.vital-recording .vr-track{display:inline-block;width:120px;height:6px;border-radius:3px;
background:var(--vr-line);margin-right:10px;overflow:hidden;vertical-align:middle}
.vital-recording .vr-track span{display:block;height:100%;background:var(--vr-accent)}
.vital-recording summary{cursor:pointer;color:var(--vr-soft);margin:2px 0}
.vital-recording .vr-none{color:var(--vr-soft);margin:0}
""".replace("\n", "")
