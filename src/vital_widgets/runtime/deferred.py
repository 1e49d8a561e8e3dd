"""Modules of others that are loaded when something of them is used, not when they are imported."""

from __future__ import annotations

import importlib.util
import sys
from importlib.abc import MetaPathFinder
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType


def defer(name: str) -> None:
    """Let the next import of a module return at once; the first use of it loads it.

    Parameters
    ----------
    name : str
        A module that is not in a package. Nothing is done if it is loaded already.
    """
    if name not in sys.modules:
        sys.meta_path.insert(0, _Deferring(name))


class _Deferring(MetaPathFinder):
    """Finds one module, once: the next import of a lazy one in ``sys.modules`` would load it."""

    def __init__(self, name: str) -> None:
        self._name = name

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return where the module is, and that it is loaded later; None for all others."""
        del path, target
        if fullname != self._name:
            return None
        if self in sys.meta_path:
            sys.meta_path.remove(self)
        spec = importlib.util.find_spec(fullname)
        if spec is not None and spec.loader is not None:
            spec.loader = importlib.util.LazyLoader(spec.loader)
        return spec
