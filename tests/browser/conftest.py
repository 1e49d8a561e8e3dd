"""One JupyterLab and one Chromium for the whole session, a new notebook for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from lab import Lab, Notebook
from lab_server import LabServer


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "browser" in item.path.parts:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with LabServer(tmp_path_factory.mktemp("lab")) as server, Lab(server) as running:
        yield running


@pytest.fixture
def notebook(lab: Lab) -> Iterator[Callable[..., Notebook]]:
    """Open notebooks that are closed, with their kernels, when the test ends.

    Call it with a list of cells; takes what ``Lab.open`` takes.
    """
    opened: list[Notebook] = []

    def open_notebook(*args, **options) -> Notebook:
        opened.append(lab.open(*args, **options))
        return opened[-1]

    yield open_notebook
    for one in opened:
        one.close()
