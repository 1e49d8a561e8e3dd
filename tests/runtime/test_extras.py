"""Libraries that one function needs are extras, and the error names the extra."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

import pytest

from vital_widgets.errors import MissingLibraryError, VitalError
from vital_widgets.runtime.extras import EXTRAS, import_extra

PROJECT = tomllib.loads((Path(__file__).resolve().parents[2] / "pyproject.toml").read_text("utf-8"))


@pytest.mark.parametrize("module", EXTRAS)
def test_the_error_names_the_extra(module, monkeypatch):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingLibraryError) as raised:
        import_extra(module, "a_function")
    text = str(raised.value)
    assert text.startswith(f"a_function needs the library '{module.partition('.')[0]}'")
    assert f'pip install "vital_widgets[{EXTRAS[module]}]"' in text
    assert isinstance(raised.value, VitalError)
    assert isinstance(raised.value, ImportError)


@pytest.mark.parametrize("module", EXTRAS)
def test_an_extra_that_is_installed_is_imported(module):
    assert import_extra(module, "a_function").__name__ == module


def test_extras_are_declared_and_all_holds_them():
    declared = PROJECT["project"]["optional-dependencies"]
    assert set(EXTRAS.values()) <= set(declared)
    together = {library for name in set(EXTRAS.values()) for library in declared[name]}
    (everything,) = declared["all"]
    assert together
    assert all(f"{extra}" in everything for extra in set(EXTRAS.values()))
