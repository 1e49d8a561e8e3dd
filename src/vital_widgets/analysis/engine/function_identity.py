"""Identity of a function: all that decides what it computes, not only its name.

Functions of installed libraries are named with the library's version. Of a function of the user,
the compiled code counts, with its defaults, and with what it refers to: cells of a closure, global
names, the object of a bound method, arguments of a partial.
"""

from __future__ import annotations

import copyreg
import dis
import functools
import hashlib
import importlib.util
import inspect
import itertools
import sys
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import (
    BuiltinMethodType,
    CellType,
    CodeType,
    FunctionType,
    MappingProxyType,
    MemberDescriptorType,
    MethodType,
    ModuleType,
)
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

PYTHON = ".".join(map(str, sys.version_info[:3]))
OWN = __name__.partition(".")[0]
INSTALLED = {"site-packages", "dist-packages"}
DYNAMIC = {"eval", "exec", "globals", "__import__"}  # with these, code refers to anything
GLOBALS = {"LOAD_GLOBAL", "LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS"}
ATTRIBUTES = {"LOAD_ATTR", "LOAD_METHOD"}
PLAIN = (type(None), type(...), type(NotImplemented), bool, int, float, complex, str, bytes, range)
# Entries of a class that say nothing about what it does, or repeat what others say.
IGNORED = {
    *("__dict__", "__weakref__", "__doc__", "__module__", "__annotations__", "__firstlineno__"),
    *("__static_attributes__", "__dataclass_fields__", "__dataclass_params__", "_abc_impl"),
    *("__annotate_func__", "__annotations_cache__", "__abstractmethods__"),
}


class UnknownIdentityError(Exception):
    """Nothing tells whether samples, or what is computed from them, are the same as before."""


def identity_of_function(function: Callable[..., Any]) -> str:
    """Return what tells a function from all others: of an analysis of this package, its name.

    Raises
    ------
    UnknownIdentityError
        Something that the function refers to cannot be compared, such as an open file or a module
        that is not installed.
    """
    module, name = str(function.__module__), str(getattr(function, "__qualname__", ""))
    if module.partition(".")[0] == OWN and _found(module, name) is function:
        return f"{module}.{name}"
    try:
        return Identities().of(getattr(function, "plan", function))
    except UnknownIdentityError:
        raise
    except Exception as error:  # an object of the user may raise anything when it is looked at
        raise UnknownIdentityError from error


class Identities:
    """Digests of objects and of all that they refer to; each object is looked at once."""

    def __init__(self) -> None:
        self._seen: dict[int, tuple[Any, str]] = {}  # objects are held, so that no id is used twice

    def of(self, value: Any) -> str:
        """Return the digest of an object, or raise `UnknownIdentityError`."""
        if type(value) in PLAIN:
            return f"{type(value).__name__} {value!r}"
        if id(value) not in self._seen:
            self._seen[id(value)] = value, f"object {len(self._seen)}"  # what refers to itself
            kind, parts = self._parts(value)
            self._seen[id(value)] = value, _digest("\n".join([kind, *parts]).encode())
        return self._seen[id(value)][1]

    def _all(self, values: Iterable[Any]) -> list[str]:
        return [self.of(one) for one in values]

    def _parts(self, value: Any) -> tuple[str, list[str]]:
        """Return the kind of an object, and the digests of its parts."""
        if (name := _name_in_library(value)) is not None:
            return name, []
        for kind, parts_of in PARTS.items():
            if isinstance(value, kind):
                return kind.__name__, self._all(parts_of(value))
        kind = type(value)
        if kind is np.ndarray and value.dtype.kind not in "OV":
            return f"array {value.shape} {value.dtype.str}", [_digest(value.tobytes())]
        if kind in (list, tuple, set, frozenset):
            parts = self._all(value)
            return kind.__name__, parts if kind in (list, tuple) else sorted(parts)
        if kind in (dict, MappingProxyType):
            return "mapping", self._all(itertools.chain.from_iterable(value.items()))
        return "object", self._all(_parts_of_object(value))


def _parts_of_code(code: CodeType) -> list[Any]:
    called = (code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags)
    names = (code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars)
    return [PYTHON, called, names, code.co_code, code.co_exceptiontable, code.co_consts]


def _parts_of_function(function: FunctionType) -> list[Any]:
    closure = [cell.cell_contents for cell in function.__closure__ or ()]
    given = [function.__defaults__, function.__kwdefaults__, closure, vars(function)]
    return [function.__code__, *given, *_globals_of(function.__code__, function.__globals__)]


def _parts_of_class(kind: type) -> list[Any]:
    own = {key: value for key, value in vars(kind).items() if key not in IGNORED}
    return [kind.__qualname__, type(kind), kind.__bases__, own]


def _parts_of_object(value: Any) -> list[Any]:
    """Return what an object is made of, as a pickle would hold it."""
    reduced = copyreg.dispatch_table.get(type(value))
    made = value.__reduce_ex__(4) if reduced is None else reduced(value)
    if isinstance(made, str):  # a name only
        raise UnknownIdentityError
    make, arguments, state, items, pairs = (*made, None, None, None)[:5]
    parts = [make, arguments, state, list(items or ()), list(pairs or ())]
    if _name_in_library(type(value)) is not None:
        return parts
    own = getattr(value, "__dict__", None)  # a pickle may leave out what it computes with
    if own is None and _pickled_its_own_way(type(value)):
        raise UnknownIdentityError
    return [*parts, type(value), own]


PARTS: dict[type, Callable[[Any], Iterable[Any]]] = {
    CodeType: _parts_of_code,
    FunctionType: _parts_of_function,
    MethodType: lambda method: (method.__func__, method.__self__),
    BuiltinMethodType: lambda method: (method.__name__, method.__self__),
    MemberDescriptorType: lambda slot: (slot.__name__,),
    functools.partial: lambda call: (call.func, call.args, call.keywords),
    staticmethod: lambda method: (method.__func__,),
    classmethod: lambda method: (method.__func__,),
    property: lambda one: (one.fget, one.fset, one.fdel),
    CellType: lambda cell: (cell.cell_contents,),
    type: _parts_of_class,
}


def _globals_of(code: CodeType, names: Mapping[str, Any]) -> Iterator[Any]:
    """Give what a function refers to by global names, and by names in modules of the user."""
    steps = list(dis.get_instructions(code))
    for k, one in enumerate(steps):
        if one.opname == "IMPORT_NAME" and not _library(str(one.argval).partition(".")[0]):
            raise UnknownIdentityError
        if one.opname not in GLOBALS:
            continue
        value = _global(str(one.argval), names)
        for after in steps[k + 1 :]:
            if not isinstance(value, ModuleType) or _library(value.__name__.partition(".")[0]):
                break
            if after.opname not in ATTRIBUTES:
                raise UnknownIdentityError
            value = getattr(value, str(after.argval))
        yield value
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _globals_of(inner, names)


def _global(name: str, names: Mapping[str, Any]) -> Any:
    if name in names:
        return names[name]
    builtins = names.get("__builtins__", {})
    found = builtins if isinstance(builtins, Mapping) else vars(builtins)
    if name not in found or name in DYNAMIC:  # it may be defined later, as anything
        raise UnknownIdentityError
    return found[name]


def _found(module: str, name: str) -> Any:
    """Return what is there under a name in a module that is imported; None if nothing is."""
    found: Any = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    return found


def _name_in_library(value: Any) -> str | None:
    """Return the name and the version of what a library has under a name of its own."""
    if isinstance(value, ModuleType):
        root = value.__name__.partition(".")[0]
        if not (known := _library(root)):
            raise UnknownIdentityError
        return f"{value.__name__} {known}"
    name = getattr(value, "__qualname__", None) or getattr(value, "__name__", None)
    module = getattr(value, "__module__", None)
    places = ("numpy", "scipy.special") if isinstance(value, np.ufunc) else (module,)
    for place in places:
        if isinstance(name, str) and isinstance(place, str) and _found(place, name) is value:
            known = _library(place.partition(".")[0])
            return f"{place}.{name} {known}" if known else None
    owner = getattr(value, "__objclass__", None)  # a method of a class in C
    if isinstance(owner, type) and inspect.isroutine(value) and (of := _name_in_library(owner)):
        return f"{of}.{name}"
    return None


def _pickled_its_own_way(kind: type) -> bool:
    names = ("__reduce_ex__", "__reduce__", "__getstate__")
    return any(getattr(kind, name) is not getattr(object, name) for name in names)


def _digest(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=16).hexdigest()


@functools.cache
def _library(root: str) -> str:
    """Return the version of an installed package, this one among them; '' for other modules."""
    if root in sys.stdlib_module_names:
        return PYTHON
    found = importlib.util.find_spec(root) if root != "__main__" else None
    places = [found.origin or "", *(found.submodule_search_locations or ())] if found else []
    if root != OWN and not any(INSTALLED & set(Path(place).parts) for place in places):
        return ""
    stated = getattr(sys.modules.get(root), "__version__", None)
    try:
        return stated if isinstance(stated, str) else version(root)
    except PackageNotFoundError:
        return ""
