"""Make the gallery from the notebooks: a page with a picture of each, and one page each.

The notebooks are run, which takes some minutes the first time; runs are kept in ``_build`` and
taken again until a notebook or the package changes. ``VITAL_WIDGETS_GALLERY=off`` runs none: the
page has links only.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
from sphinx.util import logging

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.config import Config

SWITCH = "VITAL_WIDGETS_GALLERY"
FOLDER = "gallery"
KEPT = Path("_build", "notebooks")
CELL_SECONDS = 600
CHOSEN = "gallery"  # tag of the cell whose picture stands for the notebook
HEAD = """# Gallery

Each notebook runs from top to bottom on simulated recordings, without downloads. They are in the
folder `notebooks` of the repository; `make demo` opens them in JupyterLab. In the pages here the
viewer and the panels are pictures.
"""


@dataclass(frozen=True)
class Page:
    """A notebook as a page: Markdown, pictures by file name, and which of them stands for it."""

    text: str
    pictures: dict[str, bytes]
    chosen: str | None


def title_and_lead(notebook: Any) -> tuple[str, str]:
    """Return the heading of a notebook and its first paragraph."""
    text = notebook.cells[0].source
    heading, _, rest = text.partition("\n")
    lead = next((part for part in rest.split("\n\n") if part.strip()), "")
    return heading.lstrip("# ").strip(), " ".join(lead.split())


def page_of(name: str, notebook: Any) -> Page:
    """Return the page of a notebook that was run."""
    parts: list[str] = []
    pictures: dict[str, bytes] = {}
    chosen = None
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type == "markdown":
            parts.append(_markdown(cell.source))
            continue
        if cell.cell_type != "code":
            continue
        if not cell.metadata.get("jupyter", {}).get("source_hidden"):
            parts.append(_fenced("python", cell.source))
        for k, output in enumerate(cell.outputs):
            file = f"{name}-{number}-{k}.png"
            shown = output.get("data", {})
            if "image/png" in shown:
                pictures[file] = base64.b64decode(shown["image/png"])
                parts.append(f"![Output of this cell]({file})")
                if chosen is None or CHOSEN in cell.metadata.get("tags", ()):
                    chosen = file
            elif text := _text_of(output):
                parts.append(text)
    return Page("\n\n".join(parts) + "\n", pictures, chosen)


def index_of(notebooks: dict[str, Any], pages: dict[str, Page]) -> str:
    """Return the gallery: title, picture and first paragraph of each notebook."""
    parts = [HEAD]
    for name, notebook in notebooks.items():
        title, lead = title_and_lead(notebook)
        page = pages.get(name)
        target = f"{name}.md" if page else f"../../notebooks/{name}.ipynb"
        parts.append(f"## {title}")
        if page and page.chosen:
            parts.append(f"[![{title}]({page.chosen})]({target})")
        parts.append(f"{_markdown(lead)} [Open]({target})")
    if pages:
        listed = "\n".join(pages)
        parts.append(f"```{{toctree}}\n:hidden:\n\n{listed}\n```")
    return "\n\n".join(parts) + "\n"


def write_gallery(app: Sphinx, _: Config) -> None:
    """Write the pages before Sphinx looks for files."""
    docs = Path(app.srcdir)
    folder = docs / FOLDER
    folder.mkdir(exist_ok=True)
    notebooks = {path.stem: nbformat.read(path, as_version=4) for path in _paths(docs)}
    pages: dict[str, Page] = {}
    if os.environ.get(SWITCH, "").lower() != "off":
        pages = {path.stem: page_of(path.stem, _run(path, docs / KEPT)) for path in _paths(docs)}
    files = {"index.md": index_of(notebooks, pages).encode()}
    for name, page in pages.items():
        files |= {f"{name}.md": page.text.encode(), **page.pictures}
    for old in folder.iterdir():
        if old.name not in files:
            old.unlink()
    for name, content in files.items():
        path = folder / name
        if not path.exists() or path.read_bytes() != content:
            path.write_bytes(content)


def _paths(docs: Path) -> list[Path]:
    """Return the notebooks, the quick start first."""
    found = (docs.parent / "notebooks").glob("*.ipynb")
    return sorted(found, key=lambda path: (path.stem != "quickstart", path.stem))


def _run(path: Path, kept: Path) -> Any:
    """Run a notebook, or take the run that was kept."""
    from nbclient import NotebookClient

    file = kept / f"{path.stem}-{_key(path)}.ipynb"
    if file.exists():
        return nbformat.read(file, as_version=4)
    logging.getLogger(__name__).info("running %s", path.name)
    notebook = nbformat.read(path, as_version=4)
    with tempfile.TemporaryDirectory() as here:
        where = {"metadata": {"path": here}}
        NotebookClient(notebook, timeout=CELL_SECONDS, resources=where).execute()
    kept.mkdir(parents=True, exist_ok=True)
    for old in kept.glob(f"{path.stem}-*.ipynb"):
        old.unlink()
    nbformat.write(notebook, file)
    return notebook


def _key(path: Path) -> str:
    """Return a key of the notebook and of the package."""
    import vital_widgets

    found = hashlib.sha256(path.read_bytes())
    package = Path(vital_widgets.__file__).parent
    for source in sorted(package.rglob("*.py")):
        found.update(source.read_bytes())
    return found.hexdigest()[:16]


def _markdown(text: str) -> str:
    """Return text of a notebook with its links as they are from the gallery."""
    text = re.sub(r"\]\(\.\./docs/", "](../", text)
    return re.sub(r"\]\((\w+)\.ipynb\)", r"](\1.md)", text)


def _fenced(language: str, text: str) -> str:
    fence = "`" * max(3, *(len(run) + 1 for run in re.findall(r"`+", text)), 3)
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"


def _text_of(output: Any) -> str:
    """Return a table or text that a cell showed, '' for what says nothing on a page."""
    if output.output_type == "stream":
        return _fenced("text", output.text) if output.name == "stdout" else ""
    shown = output.get("data", {})
    if "application/vnd.jupyter.widget-view+json" in shown:
        return ""
    html = shown.get("text/html", "")
    if html.strip():
        return _fenced("{raw} html", html)
    plain = shown.get("text/plain", "")
    # What only a live page shows has a name in place of a text.
    return _fenced("text", plain) if plain and "text/html" not in shown else ""


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect to Sphinx."""
    app.connect("config-inited", write_gallery)
    return {"parallel_read_safe": True}
