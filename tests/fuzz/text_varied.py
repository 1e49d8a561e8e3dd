"""Tables written in ways that are rare: several rows of names, forms of numbers, row numbers."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import TYPE_CHECKING

from fuzz.text_exports import START, UNIX
from fuzz.text_table import BLANKS, EPOCH, Table

if TYPE_CHECKING:
    from collections.abc import Callable

    Change = Callable[[Table, random.Random], None]

N_TABLES = 60
_TIMES: dict[str, tuple[str, Callable[[int], str]]] = {
    "s": ("time", lambda k: f"{k / 50:.3f}"),
    "padded": ("Time (s)", lambda k: f"{k / 50:9.3f}"),
    "power": ("time", lambda k: f"{k / 50:.5e}"),
    "short": ("time_s", lambda k: f"{k / 50:g}"),
    "ns": ("timestamp", lambda k: str(round((UNIX + k / 50) * 1000) * 1_000_000)),
    "zone": (
        "time",
        lambda k: f"{_at(k):%Y-%m-%dT%H:%M:%S}.{_at(k).microsecond // 1000:03d}+00:00",
    ),
    "slash": ("time", lambda k: f"{_at(k):%Y/%m/%d %H:%M:%S.%f}"),
    "half": ("time", lambda k: f"{_at(k):%m/%d/%Y %I:%M:%S.%f %p}"),
    "none": ("", lambda k: ""),
}


def varied() -> list[Table]:
    """Return tables of which each has one or two of these ways."""
    return [_varied(random.Random(f"varied {k}"), k) for k in range(N_TABLES)]


def _at(k: int):
    return START + timedelta(seconds=k / 50)


def _varied(chance: random.Random, k: int) -> Table:
    kind = chance.choice(list(_TIMES))
    separator = (",", ";", "\t", BLANKS, "|")[k % 5]
    if separator == BLANKS and kind in ("slash", "half", "padded"):
        kind = "s"
    name, time = _TIMES[kind]
    n, n_columns = chance.choice((40, 150)), chance.choice((1, 2, 4))
    signals = [f"S{j}" for j in range(n_columns)]
    timed = bool(name)
    forms = [chance.choice(_FORMS) for _ in signals]
    values = [[f(chance.gauss(0, 50)) for f in forms] for _ in range(n)]
    rows: list[list[str] | str] = [
        [*([time(i)] if timed else []), *cells] for i, cells in enumerate(values)
    ]
    heads = [*([name] if timed else []), *signals]
    if separator == BLANKS:
        heads = [head.replace(" ", "_") for head in heads]
    table = Table(
        [separator.join(heads)],
        rows,
        separator,
        values=[j + timed for j in range(n_columns)],
        names={signal: j + timed for j, signal in enumerate(signals)},
        seconds=(lambda row: _seconds(kind, row[0])) if timed else None,
        fs=50.0,
        zero=EPOCH if kind in ("ns", "zone", "slash", "half") else None,
        options={} if timed else {"fs": 50.0},
        end=("\n", "\r\n", "\r")[k % 3],
    )
    for way in sorted(chance.sample(range(len(_WAYS)), chance.choice((1, 1, 2)))):
        _WAYS[way](table, chance)
    return table


def _seconds(kind: str, cell: str) -> float:
    from datetime import UTC, datetime

    forms = {"slash": "%Y/%m/%d %H:%M:%S.%f", "half": "%m/%d/%Y %I:%M:%S.%f %p"}
    if kind in forms:
        return datetime.strptime(cell, forms[kind]).replace(tzinfo=UTC).timestamp()
    if kind == "zone":
        return datetime.fromisoformat(cell).timestamp()
    return float(cell) / (1e9 if kind == "ns" else 1)


_FORMS: tuple[Callable[[float], str], ...] = (
    lambda v: f"{v:.4e}",
    lambda v: f"{v:+.3f}",
    lambda v: f"{v:.15g}",
    lambda v: f"{round(v)}.",
    lambda v: f"{v:09.2f}",
    lambda v: f"{v / 1000:.4f}".replace("0.", ".", 1),
    lambda v: f"{v:.2E}",
    lambda v: str(round(v * 1e6)),
)


# ---------------------------------------------------------------- ways


def _units_below(table: Table, chance: random.Random) -> None:
    lead = _width(table) - len(table.names)
    if table.separator != BLANKS or not lead:
        table.before.append(table.separator.join([*[""] * lead, *["mV"] * len(table.names)]))


def _types_below(table: Table, chance: random.Random) -> None:
    table.before.append(table.separator.join(["float"] * _width(table)))


def _title_above(table: Table, chance: random.Random) -> None:
    table.before.insert(0, table.separator.join(["Recorder"] * _width(table)))


def _dashes(table: Table, chance: random.Random) -> None:
    table.before.append("-" * 30)


def _names_with_separator(table: Table, chance: random.Random) -> None:
    if table.separator == BLANKS:
        return
    names = {f"{name}{table.separator} left": k for name, k in table.names.items()}
    lead = table.before[-1].split(table.separator)[: _width(table) - len(names)]
    table.before[-1] = table.separator.join([*lead, *(f'"{name}"' for name in names)])
    table.names = names


def _quoted_values(table: Table, chance: random.Random) -> None:
    if table.separator != BLANKS:
        table.rows[:] = [[f'"{cell}"' for cell in row] for row in table.rows]


def _row_numbers(table: Table, chance: random.Random) -> None:
    """Number the rows in a column that has no name, as pandas and R write it."""
    if table.before[-1].count(table.separator) + 1 != _width(table):
        return
    lead = chance.choice(('""', "", None)) if table.separator != BLANKS else None
    table.rows[:] = [[str(k), *row] for k, row in enumerate(table.rows)]
    if lead is not None:
        table.before[-1] = table.separator.join([lead, table.before[-1]])
    table.names = {name: k + 1 for name, k in table.names.items()}
    table.values = [k + 1 for k in table.values]
    if table.seconds is not None:
        inner = table.seconds
        table.seconds = lambda row: inner(row[1:])
    table.sound = table.timed = False  # the numbers may be taken for the time


def _remarks_between(table: Table, chance: random.Random) -> None:
    every = chance.choice((1, 7, 30))
    for k in range(len(table.rows) - 1, 0, -every):
        table.rows.insert(k, chance.choice(("", "# remark", "% 1,2", "// x", "  ")))


def _trailing_separators(table: Table, chance: random.Random) -> None:
    if table.separator == BLANKS:
        return
    if chance.random() < 0.7:
        table.before[-1] += table.separator
    for row in table.rows:
        if not isinstance(row, str):
            row.append("")


def _padded(table: Table, chance: random.Random) -> None:
    """Align the cells in columns of a fixed width."""
    table.rows[:] = [[f"{cell:>14}" for cell in row] for row in table.rows]


def _separator_told(table: Table, chance: random.Random) -> None:
    if table.separator != BLANKS:
        table.before.insert(0, f"sep={table.separator}")


def _empty_column(table: Table, chance: random.Random) -> None:
    if table.separator != BLANKS:
        table.before[-1] += f"{table.separator}spare"
        for row in table.rows:
            if not isinstance(row, str):
                row.append("")
        table.names["spare"] = _width(table) - 1
        table.values.append(_width(table) - 1)


def _late_values(table: Table, chance: random.Random) -> None:
    """Give a column values in some rows only, as one of a lower rate."""
    if table.separator != BLANKS:
        for k, row in enumerate(table.rows):
            if not isinstance(row, str) and k % 4:
                row[table.values[-1]] = chance.choice(("", "NaN"))


def _encoded(table: Table, chance: random.Random) -> None:
    table.encoding = chance.choice(("utf-16", "utf-16-be-bom", "utf-8-sig", "utf-32-bom"))
    table.zipped = chance.random() < 0.3


def _no_names(table: Table, chance: random.Random) -> None:
    table.names = {}
    table.before.clear()
    if table.seconds is not None:
        table.options = {"time": 0}
        table.sound = table.timed = False  # the unit is told by the name, or not at all


def _width(table: Table) -> int:
    return len(next(row for row in table.rows if not isinstance(row, str)))


_WAYS: tuple[Change, ...] = (  # in this order
    *(_names_with_separator, _row_numbers, _empty_column, _trailing_separators, _late_values),
    *(_quoted_values, _padded, _remarks_between, _dashes, _units_below, _types_below),
    *(_title_above, _separator_told, _encoded, _no_names),
)
