"""Every relative link of the documentation leads to a file, wherever it is read."""

from __future__ import annotations

import importlib.util
import re
import tomllib
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "notebooks/*.ipynb", "binder/*.md")
    for path in ROOT.glob(pattern)
)
# [text](target) and ![text](target "title"), [name]: target, and attributes of HTML.
LINK = re.compile(
    r"""\]\(\s*<?([^)\s>]+)>?[^)]*\)|^\s*\[[^^\]][^\]]*\]:\s*(\S+)|(?:src|href)=["']([^"']+)""",
    re.MULTILINE,
)
CODE = re.compile(r"^(```|~~~).*?^\1|`[^`\n]+`", re.MULTILINE | re.DOTALL)


def words_of(path: Path) -> str:
    if path.suffix == ".ipynb":
        cells = nbformat.read(path, as_version=4).cells
        return "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    return path.read_text("utf-8")


def links_of(path: Path) -> list[str]:
    found = ("".join(groups) for groups in LINK.findall(CODE.sub("", words_of(path))))
    return [link for link in found if not re.match(r"[a-z][a-z0-9+.-]*:", link)]


def anchors_of(path: Path) -> set[str]:
    """Return the anchors of the headings as repository pages make them."""
    headings = re.findall(r"^#+ +(.+?)\s*#*$", CODE.sub("", words_of(path)), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-") for text in headings}


def broken(path: Path, top: Path) -> list[str]:
    """Return the links of a page that lead nowhere, where only what is in ``top`` is served."""
    wrong = []
    for link in links_of(path):
        name, _, anchor = link.partition("#")
        target = (path.parent / name).resolve() if name else path
        if not target.exists() or not target.is_relative_to(top.resolve()):
            wrong.append(f"{link}: no such file")
        elif anchor and anchor not in anchors_of(target):
            wrong.append(f"{link}: no such heading")
    return wrong


def test_links_are_found_in_pages_and_notebooks():
    assert "docs/formats.md" in links_of(ROOT / "README.md")
    assert "../docs/formats.md" in links_of(ROOT / "notebooks" / "quickstart.ipynb")
    assert "wfdb" in anchors_of(ROOT / "docs" / "formats.md")


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_somewhere_in_a_checkout_and_on_the_repository_page(path):
    assert broken(path, ROOT) == []


def test_links_lead_somewhere_in_the_demo(tmp_path):
    spec = importlib.util.spec_from_file_location("demo", ROOT / "scripts" / "demo.py")
    assert spec is not None
    assert spec.loader is not None
    demo = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(demo)
    opened = demo.lay_out(tmp_path / "demo")
    served = [*tmp_path.rglob("*.md"), *tmp_path.rglob("*.ipynb")]
    assert opened in served
    assert {path.name: broken(path, tmp_path / "demo") for path in served} == {
        path.name: [] for path in served
    }
    # Once more: what a person changed in the copy of the last time is made new.
    opened.write_text("changed")
    assert demo.lay_out(tmp_path / "demo") == opened
    assert links_of(opened) == links_of(ROOT / "notebooks" / "quickstart.ipynb")


def test_links_of_the_readme_lead_somewhere_in_the_source_distribution():
    with (ROOT / "pyproject.toml").open("rb") as file:
        built = tomllib.load(file)["tool"]["hatch"]["build"]["targets"]["sdist"]
    left_out = [f"{name.strip('/')}/" for name in built["exclude"]]
    for link in links_of(ROOT / "README.md"):
        assert not any(f"{link}/".startswith(name) for name in left_out), f"{link} is not in it"
