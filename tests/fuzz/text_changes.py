"""What is changed in a table of text: cells, rows, lines above them, times, how it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fuzz import odd
from fuzz.text_table import BLANKS, PLAIN, Table

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    Change = Callable[[Table, random.Random], str]

_BAD = ("x", "1.2.3", "1_000", "0x1F", "\u0663", "--", "err", "1e", "1,5", "1.5", "12 ", "+-1", "O")
_MISSING = ("", "NaN", "nan", "NA", "n/a", "null", "-", "None", " ")
_JUNK = (
    *(
        "",
        " ",
        "\t",
        "#",
        "# remark",
        "% x",
        "// y",
        ";;;",
        ",,,",
        "Total rows: 100",
        "-----",
        "END",
    ),
    *(
        "1",
        "1,2,3,4,5,6,7,8",
        "sep=;",
        "time,ECG",
        '"',
        '"open',
        "a" * 3000,
        "\x0c",
        "\u2028",
        "1;2",
    ),
)


def _row(table: Table, random: random.Random) -> list[str]:
    """Choose a row of cells, the first or last one more often."""
    rows = [row for row in table.rows if not isinstance(row, str) and row]
    if not rows:
        table.rows.append(["1", "2"])
        return table.rows[-1]  # type: ignore[return-value]
    return random.choice((rows[0], rows[-1], random.choice(rows), random.choice(rows)))


def _cell(table: Table, random: random.Random) -> str:
    row = _row(table, random)
    k = random.randrange(len(row))
    value = random.choice((odd.number(random), odd.text(random), random.choice(_BAD), "1" * 400))
    old, row[k] = row[k], value
    table.sound = table.timed = False
    return f"cell {k} {old!r} set to {value!r}"


def _missing(table: Table, random: random.Random) -> str:
    for _ in range(random.choice((1, 1, 5))):
        row = _row(table, random)
        k = random.choice(table.values) if table.values else random.randrange(len(row))
        if k < len(row):
            row[k] = random.choice(_MISSING)
    if table.separator == BLANKS:
        table.sound = table.timed = False
    else:
        table.sound = table.sound and table.decimal == "."
    return "cells missing"


def _fields(table: Table, random: random.Random) -> str:
    row = _row(table, random)
    what = random.choice(("out", "more", "many", "none"))
    if what == "out":
        del row[-1]
    elif what == "none":
        del row[1:]
    else:
        row += ["7"] * (1 if what == "more" else 300)
    table.sound = table.timed = False
    return f"a row with {len(row)} cells"


def _rows(table: Table, random: random.Random) -> str:
    n = len(table.rows)
    if not n:
        return "no rows"
    i, j = random.randrange(n), random.randrange(n)
    what = random.choice(("gone", "twice", "exchanged", "few", "packets", "one", "none"))
    if what == "gone":
        del table.rows[i : i + random.choice((1, 3, 50))]
    elif what == "twice":
        row = table.rows[i]
        table.rows.insert(i, row if isinstance(row, str) else [*row])
    elif what == "exchanged":
        table.rows[i], table.rows[j] = table.rows[j], table.rows[i]
    elif what == "packets":
        for k, row in enumerate(table.rows):
            if not isinstance(row, str) and not isinstance(table.rows[k - k % 5], str):
                row[:1] = table.rows[k - k % 5][:1]
    else:
        del table.rows[{"few": 3, "one": 1, "none": 0}[what] :]
    table.sound = table.timed = False
    return f"rows {i}, {j}: {what}"


def _junk(table: Table, random: random.Random) -> str:
    line = random.choice(_JUNK) if random.random() < 0.8 else odd.text(random)
    place = random.choice((0, 1, len(table.rows), random.randrange(len(table.rows) + 1)))
    table.rows.insert(place, line)
    if line.strip() and not line.startswith(("#", "%", "//")):
        table.sound = table.timed = False
    return f"line {line[:40]!r} before row {place}"


def _above(table: Table, random: random.Random) -> str:
    """Change the lines above the rows."""
    what = random.choice(("more", "more", "out", "twice", "odd", "tail", "quoted"))
    lines = table.before
    i = random.randrange(len(lines)) if lines else 0
    if what == "more" or not lines:
        lines.insert(i, random.choice(_JUNK))
    elif what == "out":
        del lines[i]
    elif what == "twice":
        lines.insert(i, lines[i])
    elif what == "odd":
        cells = lines[-1].split(table.separator)
        cells[random.randrange(len(cells))] = odd.text(random)
        lines[-1] = table.separator.join(cells)
    elif what == "tail":
        lines[-1] += table.separator * random.choice((1, 1, 3))
    else:
        lines[-1] = table.separator.join(f'"{c}"' for c in lines[-1].split(table.separator))
    table.names, table.sound, table.timed = {}, False, False
    if any(line[:1].isdigit() for line in lines):  # whether that is a row is a question of taste
        table.sure = False
    return f"above the rows: {what} {i}"


def _quotes(table: Table, random: random.Random) -> str:
    row = _row(table, random)
    k = random.randrange(len(row))
    what = random.choice(("open", "shut", "whole", "all", "inside", "line", "single"))
    marks = {"open": '"{}', "shut": '{}"', "whole": '"{}"', "inside": 'a"b{}', "single": "'{}"}
    if what in marks:
        row[k] = marks[what].format(row[k])
    elif what == "line":
        row[k] = f'"{row[k]}{table.end}{row[k]}"'
        table.sure = False
    else:
        for one in table.rows:
            if not isinstance(one, str):
                one[:] = [f'"{cell}"' if '"' not in cell else cell for cell in one]
    table.timed = False
    plain = what in ("whole", "all") and '""' not in row[k]
    table.sound = table.sound and plain and table.separator != BLANKS
    return f"quotes: {what} at {k}"


def _ends(table: Table, random: random.Random) -> str:
    what = random.choice(("\n", "\r\n", "\r", "\r\r\n", "mixed", "none", "blank", "zeros", "eof"))
    if what == "mixed":
        table.rows[:] = [
            table.line(row) + ("\r" if random.random() < 0.3 else "") for row in table.rows
        ]
        table.sound = table.sound and table.end == "\n"
        if table.end == "\r":
            table.end = "\n"
    elif what == "none":
        table.last_end = False
    elif what == "blank":
        table.rows += [""] * random.choice((1, 5))
    elif what in ("zeros", "eof"):
        table.rows.append("\0" * random.choice((1, 100, 5000)) if what == "zeros" else "\x1a")
        table.last_end, table.sound = False, False
    else:
        table.end = what
    return f"line ends: {what!r}"


def _separators(table: Table, random: random.Random) -> str:
    what = random.choice(("tail", "tail all", "blanks", "lead"))
    rows = [row for row in table.rows if not isinstance(row, str)]
    if what == "blanks" and table.separator != BLANKS:
        for row in rows:
            row[:] = [f" {cell} " for cell in row]
    elif what == "tail all" and table.separator != BLANKS:
        for row in rows:
            row.append("")
        table.sound = False
    elif what == "lead" and table.separator == BLANKS:
        for row in rows:
            row.insert(0, "")
        table.rows[:] = [table.line(row) for row in table.rows]
    else:
        row = _row(table, random)
        row.append("")
        table.sound = table.timed = False
    return f"separators: {what}"


def _times(table: Table, random: random.Random) -> str:
    """Change what the first column says, which mostly is the time."""
    rows = [row for row in table.rows if not isinstance(row, str) and row]
    if not rows:
        return "no rows"
    i = random.randrange(len(rows))
    kinds = ("huge", "still", "odd", "form", "days", "stamps", "zone", "thousand")
    if all(PLAIN["."].fullmatch(row[0]) for row in rows[i:]):
        kinds = (*kinds, "jump", "jump")
    what = random.choice(kinds)
    table.sound = False
    if what == "jump":
        for row in rows[i:]:
            row[0] = f"{float(row[0]) + 1000:.6f}"
        return f"times: jump at row {i}"
    table.timed = False
    huge = ("1e300", "99999999999999999999", "-5", "1e999", "253402300800", "0", "9" * 25)
    if what == "huge":
        for row in rows[i:]:
            row[0] = random.choice(huge) if random.random() < 0.5 else row[0]
    elif what == "still":
        for row in rows[i:]:
            row[0] = rows[i][0]
    elif what == "odd":
        rows[i][0] = random.choice(
            (odd.number(random), "24:00:00", "31.02.2024", "noon", "25:61:00")
        )
    elif what == "form":
        forms = ("2024-03-01 12:00:00", "01/03/2024 12:00", "12:00:00", "1.5", "20240301120000")
        for row in rows[i:]:
            row[0] = random.choice(forms)
    else:
        step = {"days": 1 / 864e5, "stamps": 1, "zone": 1, "thousand": 1}[what]
        base = {"days": 45352.5, "stamps": 20240301120000, "zone": 0, "thousand": 1000}[what]
        for k, row in enumerate(rows):
            told = f"{base + k * step:.10g}" if what != "days" else f"{base + k * step:.10f}"
            row[0] = told
            if what == "zone":
                row[0] = f"2024-03-01 12:{k // 60 % 60:02d}:{k % 60:02d} CET"
            if what == "thousand":
                row[0] = f"{1000 + k:,}".replace(",", random.choice((",", ".", " ", "'")))
    if any(table.separator in row[0] for row in rows):
        table.sure = False
    return f"times: {what} from row {i}"


def _between(table: Table, random: random.Random) -> str:
    """Put remarks or blank lines between the rows, many or a few."""
    line = random.choice(("", "  ", "# remark", "% 1,2;3", "// 5", "#"))
    every = random.choice((1, 2, 10, 100))
    for k in range(len(table.rows), 0, -every):
        table.rows.insert(k, line)
    return f"line {line!r} below every {every} rows"


def _forms(table: Table, random: random.Random) -> str:
    """Write numbers in another way that means the same, or with signs of thousands."""
    how = random.choice(("power", "plus", "zeros", "point", "padded", "thousands"))
    k = random.choice(table.values) if table.values else 0
    for row in table.rows:
        if isinstance(row, str) or k >= len(row) or not PLAIN["."].fullmatch(row[k]):
            continue
        value = float(row[k])
        forms = {"power": f"{value:.6e}", "zeros": f"{value:012.3f}", "padded": f"{row[k]:>12}"}
        forms |= {"plus": f"+{abs(value):g}", "thousands": f"{value * 1000:,.0f}"}
        forms["point"] = row[k] if "." in row[k] or "e" in row[k].lower() else f"{row[k]}."
        row[k] = forms[how] if how == "thousands" else forms[how].replace(".", table.decimal)
    if how == "thousands":
        table.sound = table.timed = False
        table.sure = table.sure and table.separator not in ", "
    if k == 0 and table.seconds is not None:
        table.timed = False
    return f"numbers of column {k}: {how}"


def _names(table: Table, random: random.Random) -> str:
    """Write a name with the separator in it, a count below the names, or the names once more."""
    names = table.before[-1] if table.before else ""
    cells = names.split(table.separator)
    what = random.choice(("within", "within", "count", "again"))
    if what == "within" and len(cells) > 1 and table.separator != BLANKS and '"' not in names:
        k = random.choice([k for k in table.values if k < len(cells)] or [0])
        cells[k] = f'"{cells[k]}{table.separator} left"'
        table.before[-1] = table.separator.join(cells)
        table.names = {}
        table.sound = table.timed = False
    elif what == "count":
        table.before.append(str(random.choice((len(table.rows), 7))))
        table.sound = table.timed = False
        table.sure = table.sure and len(cells) > 1  # else whether it is a row is not known
    elif names:
        table.rows.insert(random.randrange(len(table.rows) + 1), names)
        table.sound = table.timed = False
    return f"names: {what}"


def _writing(table: Table, random: random.Random) -> str:
    table.encoding = random.choice(
        ("utf-8", "utf-8-sig", "utf-16", "latin-1", "utf-16-be", "utf-32")
    )
    if table.encoding in ("utf-16-be", "utf-32"):
        table.sound = table.sure = False
    table.zipped = table.zipped or random.random() < 0.2
    return f"encoding {table.encoding}"


CHANGES: tuple[Change, ...] = (
    *(_cell, _cell, _missing, _fields, _rows, _rows, _junk, _junk, _above, _above),
    *(_quotes, _quotes, _ends, _ends, _separators, _times, _times, _writing),
    *(_between, _forms, _names),
)
