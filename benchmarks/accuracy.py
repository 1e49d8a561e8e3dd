"""All accuracy tables and pictures in one run; they go into docs/accuracy/.

Run it with ``make accuracy``. Real recordings are taken from the folder that the environment
variable ``VITAL_WIDGETS_DATA`` names, or from ``../shared/data``; without them the tables say so.
``--pictures`` draws the pictures from the tables that are there.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from pictures import PICTURES, draw
from run import machine

if TYPE_CHECKING:
    from tables import Table

HERE = Path(__file__).resolve().parent
FOLDER = HERE.parent / "docs" / "accuracy"
PARTS = tuple(sorted(path.stem for path in HERE.glob("accuracy_*.py")))
PAGES = {"accuracy_ppg_camera": "ppg", "accuracy_hrv_published": "hrv"}
PAGES |= {"accuracy_quality_noise": "quality"}
BEGIN, END = "<!-- {part}:start -->", "<!-- {part}:end -->"


def page_of(part: str) -> Path:
    """The page that holds the tables of a part."""
    return FOLDER / f"{PAGES.get(part, part.removeprefix('accuracy_'))}.md"


def written(text: str, part: str, tables: list[Table]) -> str:
    """The page with the tables of one part between its marks."""
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
    parser.add_argument("--pictures", action="store_true", help="only draw the pictures")
    arguments = parser.parse_args()
    for part in () if arguments.pictures else arguments.parts or PARTS:
        print(f"{part} ...", flush=True)
        tables = __import__(part).tables()
        print("\n\n".join(table.as_markdown() for table in tables), flush=True)
        page = page_of(part)
        page.write_text(written(page.read_text("utf-8"), part, tables), "utf-8")
    for page, picture in PICTURES.items():
        draw(picture, (FOLDER / f"{page}.md").read_text("utf-8"), FOLDER / "images" / f"{page}.png")
    print(machine())


if __name__ == "__main__":
    main()
