"""The documentation, as Sphinx builds it: ``make docs``."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_extensions"))

import vital_widgets

project = "vital_widgets"
author = "vital_widgets contributors"
copyright = author  # noqa: A001 - the name that Sphinx expects
version = release = vital_widgets.__version__

# numpydoc renders the docstrings, MyST the pages in Markdown; the theme is that of NumPy, SciPy
# and MNE, which users know.
extensions = [
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.viewcode",
    "api_pages",
    "gallery",
]
html_theme = "pydata_sphinx_theme"
html_title = "vital_widgets"
html_theme_options = {
    "navbar_align": "left",
    "show_prev_next": False,
    "secondary_sidebar_items": ["page-toc"],
}
# Pages that have no other pages below them need no list of those.
html_sidebars = {
    page: [] for page in ("getting_started", "analysis", "formats", "measurements", "architecture")
}
html_static_path: list[str] = []
exclude_patterns = ["_build", "_extensions"]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}

myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3
suppress_warnings = ["myst.xref_missing"]  # links to files of the repository; tests/test_links.py

autosummary_generate = True
autodoc_typehints = "none"  # the docstrings state types in words
autodoc_preserve_defaults = True
numpydoc_class_members_toctree = False
numpydoc_show_class_members = False
numpydoc_attributes_as_param_list = True
default_role = "autolink"
