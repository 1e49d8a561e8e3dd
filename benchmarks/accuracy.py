"""All accuracy figures in one run; they go into docs/accuracy.md.

Run it with ``make accuracy``. Real recordings are taken from the folder that the environment
variable ``VITAL_WIDGETS_DATA`` names, or from ``../shared/data``; without them the tables say so.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from run import machine

if TYPE_CHECKING:
    from tables import Table

HERE = Path(__file__).resolve().parent
DOCUMENT = HERE.parent / "docs" / "accuracy.md"
PARTS = tuple(sorted(path.stem for path in HERE.glob("accuracy_*.py")))
BEGIN, END = "<!-- {part}:start -->", "<!-- {part}:end -->"


def written(text: str, part: str, tables: list[Table]) -> str:
    """The document with the tables of one part between its marks."""
    begin, end = BEGIN.format(part=part), END.format(part=part)
    body = "\n\n".join([begin, *(table.as_markdown() for table in tables), end])
    if begin not in text:
        return f"{text.rstrip()}\n\n{body}\n"
    head, rest = text.split(begin, 1)
    return head + body + rest.split(end, 1)[1]


def main() -> None:
    """Run the parts that were named, all by default."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[[], *PARTS], help="which; all by default")
    for part in parser.parse_args().parts or PARTS:
        print(f"{part} ...", flush=True)
        tables = __import__(part).tables()
        print("\n\n".join(table.as_markdown() for table in tables), flush=True)
        DOCUMENT.write_text(written(DOCUMENT.read_text("utf-8"), part, tables), "utf-8")
    print(machine())


if __name__ == "__main__":
    main()
