"""All benchmarks in one run on one machine; the tables go into docs/.

Run it with ``make bench``. About 5 GB of disk are needed; name a folder with ``--folder`` to keep
the recordings for the next run.
"""

from __future__ import annotations

import argparse
import compileall
import os
import platform
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from rows import as_markdown, write_table

PACKAGE = Path(__file__).resolve().parents[1] / "src" / "vital_widgets"
DOCS = Path(__file__).resolve().parents[1] / "docs"
BINDER = Path(__file__).resolve().parents[1] / "binder"
VIEWING = ("footprint", "kernel_window", "pyramid", "ingest", "in_lab", "peers", "large_views")
ANALYSES = tuple(sorted(path.stem for path in Path(__file__).parent.glob("speed_*.py")))
FIGURES = ("channel_figures",)
PANELS = ("panel_latency", "editing_latency")
LIFE = ("workbench_life",)
WORKFLOW = ("workflow",)
START = ("notebook_start",)
# Each has a table of its own.
GROUPS = {"bench": VIEWING, "bench-analysis": ANALYSES, "bench-figures": FIGURES,
          "bench-panels": PANELS, "bench-life": LIFE, "bench-workflow": WORKFLOW,
          "bench-start": START}  # fmt: skip
# Of the other tables: measurements.md.
DOCUMENTS = {"bench-workflow": DOCS / "workflow.md", "bench-start": BINDER / "README.md"}


def machine() -> str:
    """What the figures were measured on."""
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [x for x in info.read_text().splitlines() if x.startswith("model name")]
        cpu = names[0].split(":", 1)[1].strip() if names else cpu
    libraries = ", ".join(f"{name} {version(name)}" for name in ("numpy", "pyarrow", "jupyterlab"))
    return (
        f"Measured on {os.cpu_count()} cores ({cpu}), {platform.system()}, "
        f"Python {platform.python_version()}, {libraries}; files in the page cache."
    )


def main() -> None:
    """Run the parts that were named, all by default."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", help="parts, or tables; all tables by default")
    parser.add_argument("--folder", type=Path, help="where the recordings are made and kept")
    arguments = parser.parse_args()
    compileall.compile_dir(PACKAGE, quiet=1)  # as the installation of a wheel does
    with tempfile.TemporaryDirectory(prefix="vital-bench-") as temporary:
        folder = arguments.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        os.environ["VITAL_WIDGETS_CACHE_DIR"] = str(Path(temporary) / "cache")
        for name in arguments.parts or GROUPS:
            rows = []
            for part in GROUPS.get(name, (name,)):
                print(f"{part} ...", flush=True)
                for row in __import__(part).run(folder):
                    print(f"  {row.what}: {row.measured} [{row.target}] {row.met}", flush=True)
                    rows.append(row)
            table = as_markdown(rows, machine())
            print(table)
            if name in GROUPS:
                write_table(DOCUMENTS.get(name, DOCS / "measurements.md"), table, name)


if __name__ == "__main__":
    main()
