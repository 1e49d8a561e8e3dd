"""JupyterLab starts clean beside everything the package brings."""

from __future__ import annotations

from importlib.util import find_spec


def test_no_dialog_and_the_package_imports(notebook):
    assert find_spec("dash"), "plotly-resampler brings dash, whose extension asks to build"
    page = notebook(["import vital_widgets\nprint('imported', vital_widgets.__version__)"])
    page.run_all()
    assert page.output(0).startswith("imported ")
    # The question comes with the answer of api/build, some time after the start.
    page.page.wait_for_load_state("networkidle")
    assert page.dialogs() == []


def test_the_check_for_a_build_is_off_and_extensions_stay_as_the_user_set_them(notebook):
    page = notebook(["pass"])
    config = page.page.evaluate(
        "JSON.parse(document.getElementById('jupyter-config-data').textContent)"
    )
    assert config["buildCheck"] is False
    assert not [name for name in config.get("disabledExtensions", []) if "dash" in name]


def test_an_error_in_a_cell_is_seen_and_the_kernel_goes_on(notebook):
    page = notebook(["raise ValueError('as expected')", "print('still here')"])
    page.run(0)
    assert "ValueError: as expected" in page.output(0)
    page.run(1)
    assert page.output(1) == "still here\n"
    assert page.value("1 + 1") == 2


def test_kernel_restarts_and_theme_switches(notebook):
    page = notebook(["x = 1"])
    page.run_all()
    assert page.value("'x' in globals()") is True
    page.restart()
    assert page.value("'x' in globals()") is False
    page.theme("dark")
    page.theme("light")
    assert page.errors == []
