"""Libraries that one function needs, installed as extras of the package."""

from __future__ import annotations

import warnings
from importlib import import_module
from typing import Any

from vital_widgets.errors import MissingLibraryError

# Module to import: the extra of pyproject.toml that installs it.
EXTRAS = {
    "cvxopt": "eda",
    "neurokit2": "eda",
    "PyEMD": "emd",
    "kaleido": "images",
    "pywt": "wavelets",
    "sklearn.decomposition": "ica",
    "yasa": "sleep",
    "wfdb.processing": "wfdb",
}


def import_extra(module: str, function: str) -> Any:
    """Return a module of an extra, or raise `MissingLibraryError` that says how to install it.

    Parameters
    ----------
    module : str
        One of `EXTRAS`.
    function : str
        What needs it, for the message: "wavelet_denoise".
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of what the library imports
            return import_module(module)
    except ImportError as error:
        library = module.partition(".")[0]
        extra = EXTRAS[module]
        raise MissingLibraryError(
            f"{function} needs the library {library!r}, which cannot be imported ({error}); "
            f'install it with: pip install "vital_widgets[{extra}]"'
        ) from error
