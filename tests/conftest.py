"""What every test may use: the real recordings, and a cache folder of its own."""

from __future__ import annotations

import builtins
import gc
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from packaged_recordings import packaged_recordings
from vital_widgets.runtime import staticfiles

# Nothing depends on how fast the machine is; a cache folder shared by examples does no harm.
settings.register_profile(
    "project",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("project")

ROOT = Path(__file__).resolve().parents[1]


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name a case of bytes after its argument and number: bytes such as a gzip head may differ.

    Parallel workers must all collect the same names.
    """
    return argname if isinstance(val, bytes | bytearray) else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse names with an address in memory, which differ between parallel workers."""
    named = [item.nodeid for item in items if " at 0x" in item.nodeid]
    if named:
        raise pytest.UsageError(f"give these cases names of their own (ids=): {named[:3]}")


@pytest.fixture(scope="session")
def shared_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of real recordings; a test is skipped when it asks for one that is absent.

    It is named by the environment variable ``VITAL_WIDGETS_DATA``, or lies beside the
    checkout. Where there is none, it has the recordings that installed packages carry.
    """
    named = os.environ.get("VITAL_WIDGETS_DATA")
    folder = Path(named) if named else ROOT.parent / "shared" / "data"
    if folder.is_dir():
        return folder
    return packaged_recordings(tmp_path_factory.mktemp("recordings"))


@pytest.fixture(autouse=True)
def cache_dir(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Point the cache folder of the package to an empty one."""
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("VITAL_WIDGETS_CACHE_DIR", str(folder))
    return folder


@pytest.fixture
def stand_in_front_end(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """Folder with a stand-in for each built file, so that a test needs no node."""
    folder = tmp_path_factory.mktemp("static")
    for name in staticfiles.BUILT:
        (folder / name).write_text(f"/* {name} */")
    monkeypatch.setattr(staticfiles, "STATIC", folder)
    staticfiles.static_text.cache_clear()
    yield folder
    staticfiles.static_text.cache_clear()


@pytest.fixture
def cells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """IPython, in which a cell is run with ``cells(code)``; its names are in ``cells.space``."""
    from IPython.core.interactiveshell import InteractiveShell

    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    # Plain Python sets it at each result, for example of doctests; IPython then sets none.
    monkeypatch.delattr(builtins, "_", raising=False)
    ipython = InteractiveShell.instance()
    ipython.displayhook.write_output_prompt = lambda: None

    def run(code: str) -> None:
        assert ipython.run_cell(code, store_history=True).success

    run.space = ipython.user_ns  # type: ignore[attr-defined]
    yield run
    InteractiveShell.clear_instance()


@pytest.fixture
def collected() -> Iterator[None]:
    """No garbage collection: what is closed is closed without it."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()
