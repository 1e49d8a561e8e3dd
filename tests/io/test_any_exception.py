"""Whatever is raised on the way of opening and reading ends as one of our errors, with the file.

Every function of every reader raises in turn, and so does every read of the file.
"""

from __future__ import annotations

import errno
import inspect
import pkgutil
import shutil
import struct
import sys
import zlib
from importlib import import_module

import pyarrow as pa
import pytest

import vital_widgets as vw
from small_files import MAKERS, NEEDED
from vital_widgets.errors import (
    FormatError,
    InvalidInputError,
    NotEnoughMemoryError,
    SourceReadError,
    TaskCancelledError,
    VitalError,
)
from vital_widgets.pyramid.build import open_pyramids
from vital_widgets.runtime.fileerrors import file_errors
from vital_widgets.runtime.files import SourceFile

PACKAGES = {
    "EDF": "vital_widgets.io.edf",
    "text": "vital_widgets.io.text",
    "Parquet": "vital_widgets.io.parquet",
    "WFDB": "vital_widgets.io.wfdb",
}
SHARED = ("vital_widgets.io.ingest", "vital_widgets.core.regularity", "vital_widgets.core.names")
EXCEPTIONS = (
    OSError(errno.EIO, "Input/output error"),
    OSError("no number"),
    TimeoutError("the share does not answer"),
    MemoryError(),
    ValueError("a value"),
    UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid"),
    UnicodeError("no letter"),
    zlib.error("incorrect header check"),
    pa.ArrowInvalid("invalid"),
    pa.ArrowNotImplementedError("not there"),
    struct.error("needs 4 bytes"),
    OverflowError("too large"),
    ZeroDivisionError("division by zero"),
    RecursionError("too deep"),
    AssertionError(),
    KeyError("key"),
    IndexError("out of range"),
    TypeError("of no such type"),
    AttributeError("no attribute"),
    StopIteration(),
    EOFError(),
    RuntimeError("of another kind\nin two lines"),
    Exception("of no kind"),
)


def functions_of(package):
    """Functions and methods of a reader, each as (where it is, its name, what it is)."""
    root = import_module(package)
    path = getattr(root, "__path__", None)
    names = [f"{package}.{found.name}" for found in pkgutil.iter_modules(path)] if path else []
    for module in (root, *map(import_module, names)):
        for name, value in vars(module).items():
            if getattr(value, "__module__", None) != module.__name__:
                continue
            if inspect.isfunction(value) and "close" not in name:
                yield module, name, value
            elif inspect.isclass(value):
                for attribute, method in vars(value).items():
                    known = inspect.isfunction(method) and not attribute.startswith("__")
                    # Functions that add the name of the file to errors are the limit.
                    if known and "close" not in attribute and not hasattr(method, "__wrapped__"):
                        yield value, attribute, method


def places():
    for reader, package in PACKAGES.items():
        for where, name, function in functions_of(package):
            yield reader, where, name, function
    for package in SHARED:
        for where, name, function in functions_of(package):
            yield "text", where, name, function
            yield "Parquet", where, name, function


def use(reader, path):
    """Do with a file what a person does: open it, wait, read, look at marks and the overview."""
    with vw.open(path, **NEEDED.get(reader, {})) as recording:
        recording.wait()
        for channel in recording.channels.values():
            channel.read(0, channel.n_samples)
            channel.samples.read(0, 1)
        recording.check()
        recording.annotations.between(0.0, 1.0)
        pyramids = open_pyramids(recording)
        if pyramids.task is not None:
            pyramids.task.run()
            pyramids.task.result()
        pyramids.close()
    return True


def outcome(reader, path):
    """Return the exception that the use of a file ends with, None if there is none."""
    try:
        use(reader, path)
    except BaseException as raised:  # noqa: BLE001
        return raised
    return None


@pytest.fixture(params=MAKERS)
def small(request, tmp_path):
    return request.param, MAKERS[request.param](tmp_path)


def test_a_small_file_is_used_without_an_error(small):
    assert use(*small)


@pytest.mark.parametrize("reader", PACKAGES)
def test_whatever_a_function_of_a_reader_raises_is_raised_with_the_file(
    tmp_path, cache_dir, monkeypatch, reader
):
    n_raised, wrong = 0, []
    number = 0
    for of, where, name, function in places():
        if of != reader:
            continue
        number += 1
        error = EXCEPTIONS[number % len(EXCEPTIONS)]
        called = []

        def failing(*_args, error=error, called=called, **_options):
            called.append(1)
            raise error

        shutil.rmtree(cache_dir, ignore_errors=True)
        folder = tmp_path / str(number)
        folder.mkdir()
        path = MAKERS[reader](folder)
        with monkeypatch.context() as patch:
            patch.setattr(where, name, failing)
            for module_name, module in list(sys.modules.items()):
                if module_name.startswith("vital_widgets."):
                    for key, value in list(vars(module).items()):
                        if value is function:
                            patch.setattr(module, key, failing)
            raised = outcome(reader, path)
        n_raised += raised is not None
        ours = isinstance(raised, VitalError) and path.stem in str(raised)
        if raised is not None and (not ours or "\n" in str(raised)):
            wrong.append((where, name, error, raised))
        shutil.rmtree(folder)
    assert not wrong, "\n".join(map(repr, wrong))
    assert n_raised > 10


@pytest.mark.parametrize("error", EXCEPTIONS[::3], ids=map(repr, EXCEPTIONS[::3]))
def test_whatever_a_read_of_the_file_raises_is_raised_with_the_file(
    small, cache_dir, monkeypatch, error
):
    reader, path = small
    read = SourceFile.read_into
    for allowed in range(40):
        left = [allowed]

        def failing(file, offset, target, left=left):
            if cache_dir not in file.path.parents:
                left[0] -= 1
            if left[0] < 0:
                raise error
            read(file, offset, target)

        with monkeypatch.context() as patch:
            patch.setattr(SourceFile, "read_into", failing)
            if (raised := outcome(reader, path)) is not None:
                assert isinstance(raised, VitalError)
                assert path.stem in str(raised)
            elif left[0] >= 0:
                return  # it reads no more often than this


@pytest.mark.parametrize("error", EXCEPTIONS, ids=map(repr, EXCEPTIONS))
def test_every_exception_becomes_one_of_ours_on_one_line(tmp_path, error):
    path = tmp_path / "a.edf"
    with pytest.raises(VitalError) as caught, file_errors(path):
        raise error
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    if isinstance(error, OSError):
        assert isinstance(caught.value, SourceReadError)
    elif isinstance(error, MemoryError):
        assert isinstance(caught.value, NotEnoughMemoryError)
        assert isinstance(caught.value, MemoryError)
    else:
        assert isinstance(caught.value, FormatError)


def test_our_errors_stay_and_get_the_name_of_the_file(tmp_path):
    path = tmp_path / "a.edf"
    for kind in (FormatError, InvalidInputError):
        with pytest.raises(kind, match=r"a\.edf: no such thing$"), file_errors(path):
            raise kind("no such thing")
        with pytest.raises(kind, match=r"^a\.edf is none$"), file_errors(path):
            raise kind("a.edf is none")
    with pytest.raises(TaskCancelledError, match=r"^cancelled$"), file_errors(path):
        raise TaskCancelledError("cancelled")
    for leaving in (KeyboardInterrupt, SystemExit, GeneratorExit):
        with pytest.raises(leaving), file_errors(path):
            raise leaving
