"""How a result was made: the function, all its parameters, its inputs, the versions."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType
from typing import Any

import numpy as np

from vital_widgets.analysis.engine.fingerprints import digest_of, versions
from vital_widgets.core.samples import ArraySamples
from vital_widgets.errors import InvalidInputError

USABLE = "usable"  # the input that says where a signal may be used
KEPT_BYTES = 1 << 20  # an array up to this size is kept, so that the result can be made again
LONGEST_SHOWN = 120  # characters of one parameter; an array may have millions


@dataclass(frozen=True, eq=False)
class InputNote:
    """What a result was computed from.

    Attributes
    ----------
    kind : str
        'array', 'channel', or the class of a result.
    description : str
        In words: shape and dtype, or the file and the channel.
    digest : str
        Of an array: of its shape, dtype and samples (of one that is not kept: of evenly spaced
        ones; of a Dask array: its token). Of a channel in a file: the file's fingerprint and
        which channel it is.
    kept : object
        The input itself where it is small, a channel or a result; else None. A pickle leaves
        out large channels that are held in memory and not in a file.
    """

    kind: str
    description: str
    digest: str
    kept: Any = None

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what would make a pickle as large as the recording."""
        channels = self.kept if self.kind == "channels" else [self.kept]
        large = any(_is_channel(one) and _bytes_in_memory(one) > KEPT_BYTES for one in channels)
        return {**self.__dict__, "kept": None if large else self.kept}


@dataclass(frozen=True, eq=False)
class Recipe:
    """All that is needed to compute a result again.

    Attributes
    ----------
    function : str
        Import path of the public function.
    parameters : mapping of str to value
        Every parameter that is not an input, defaults written out.
    inputs : mapping of str to InputNote
        What it was computed from.
    versions : mapping of str to str
        Of this package and of the libraries that compute.
    """

    function: str
    parameters: Mapping[str, Any]
    inputs: Mapping[str, InputNote]
    versions: Mapping[str, str]

    def __post_init__(self) -> None:
        """Take copies that cannot be written to."""
        object.__setattr__(self, "parameters", own_copy(dict(self.parameters)))
        for name in ("parameters", "inputs", "versions"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle and copy as plain dicts, which is all that pickle knows."""
        maps = (dict(self.parameters), dict(self.inputs), dict(self.versions))
        return Recipe, (self.function, *maps)

    def run(self, **inputs: Any) -> Any:
        """Compute the result again.

        Parameters
        ----------
        **inputs
            Inputs by name; needed for arrays that were too large to keep. What is given must be
            the data the result was computed from.
        """
        module, _, name = self.function.rpartition(".")
        function = getattr(import_module(module), name)
        given = {}
        for key, note in self.inputs.items():
            value = inputs.pop(key, note.kept)
            if value is None and note.kind != "None":
                raise InvalidInputError(
                    f"the input {key!r} ({note.description}) was not kept; give it: "
                    f"recipe.run({key}=...)"
                )
            if note.digest and note_of(value).digest != note.digest:
                raise InvalidInputError(
                    f"the input {key!r} is not what this result was computed from "
                    f"({note.description}), or it was changed since; call the function itself to "
                    "analyse other data"
                )
            given[key] = value
        if inputs:
            raise InvalidInputError(
                f"{self.function} was not given {next(iter(inputs))!r} as an input; its inputs are "
                f"{list(self.inputs)!r}"
            )
        return function(**given, **own_copy(dict(self.parameters)))

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values that can be written as JSON."""
        return {
            "function": self.function,
            "parameters": {key: _plain(value) for key, value in self.parameters.items()},
            "inputs": {
                key: {"kind": note.kind, "description": note.description, "digest": note.digest}
                for key, note in self.inputs.items()
            },
            "versions": dict(self.versions),
        }

    def __repr__(self) -> str:
        """Show it as the call that was made."""
        module = self.function.rpartition(".")[2]
        arguments = [f"{key}=<{note.description}>" for key, note in self.inputs.items()]
        arguments += [f"{key}={_shown(value)}" for key, value in self.parameters.items()]
        return f"{module}({', '.join(arguments)})"


def own_copy(value: Any) -> Any:
    """Return a parameter so that what its caller writes into it later does not change it."""
    if type(value) in (np.ndarray, bytearray):
        return value.copy()
    if type(value) is dict:
        return {key: own_copy(one) for key, one in value.items()}
    if type(value) in (list, tuple, set):
        return type(value)(map(own_copy, value))
    return value


def recipe_of(path: str, arguments: Mapping[str, Any], inputs: tuple[str, ...]) -> Recipe:
    """Return the recipe of a call with all ``arguments``, some of which are ``inputs``."""
    return Recipe(
        path,
        {k: v for k, v in arguments.items() if k not in inputs},
        {k: note_of(arguments[k]) for k in inputs if k in arguments},
        versions(),
    )


def arguments_of(
    function: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> dict[str, Any]:
    """Return all arguments of a call, defaults written out, but its signal and ``usable``."""
    bound = inspect.signature(function).bind(*args, **kwargs)
    bound.apply_defaults()
    return {name: value for name, value in list(bound.arguments.items())[1:] if name != USABLE}


def note_of(value: Any) -> InputNote:
    """Return what a recipe notes of an input."""
    if hasattr(value, "recipe"):  # another result, with a recipe of its own
        return InputNote(type(value).__name__, repr(value).partition("\n")[0], "", value)
    if _is_channel(value):
        base = value.timebase
        since = f" from {base.start:g} s on" if base.n_samples and base.start else ""
        described = f"channel {value.name!r}, {base.n_samples} samples at {value.fs:g} Hz{since}"
        key = _fingerprint(value.samples)
        return InputNote("channel", described, f"{key}, {described}" if key else "", value)
    if isinstance(value, (list, tuple)) and value and all(map(_is_channel, value)):
        notes = [note_of(channel) for channel in value]
        keys = "".join(f"{note.digest} " for note in notes) if notes[0].digest else ""
        return InputNote("channels", "; ".join(note.description for note in notes), keys, value)
    noted = _note_of_array(value)
    if noted is not None:
        return noted
    described = "None" if value is None else type(value).__name__
    if isinstance(value, Mapping):
        parts = [f"{key}: {note_of(one).description}" for key, one in value.items()]
        return InputNote(described, "; ".join(parts), "", value)
    return InputNote(described, described, "", value)


def _note_of_array(value: Any) -> InputNote | None:
    """Return the note of an array, or of what is one in other clothes; None of anything else."""
    if not isinstance(value, (list, tuple)) and not hasattr(value, "__array__"):
        return None
    if isinstance(value, (list, tuple)) and any(map(_is_dask, value)):
        notes = [note_of(one) for one in value]
        held = value if all(note.kept is not None for note in notes) else None
        words = "; ".join(note.description for note in notes)
        return InputNote("arrays", words, " ".join(note.digest for note in notes), held)
    lazy = _is_dask(value)
    try:
        array = value if lazy else np.asarray(value)
    except ValueError:  # ragged
        return None
    if getattr(array.dtype, "kind", "") not in tuple("iufbc"):
        return None
    small = array.nbytes <= KEPT_BYTES
    shape = " x ".join(str(length) for length in array.shape)
    digest = _token(array) if lazy else digest_of(array, every=small)
    return InputNote("array", f"{shape} {array.dtype}", digest, value if small else None)


def _is_dask(value: Any) -> bool:
    """Return whether values are computed by Dask: they are not computed to be noted."""
    graph = getattr(value, "__dask_graph__", None)  # there is one without Dask in xarray
    return hasattr(value, "dtype") and callable(graph) and graph() is not None


def _token(array: Any) -> str:
    """Return what names the computation of a Dask array."""
    from dask.base import tokenize

    return str(tokenize(array))


def _is_channel(value: Any) -> bool:
    return hasattr(value, "samples") and hasattr(value, "timebase")


def _bytes_in_memory(channel: Any) -> int:
    """Return the size of a channel's samples; 0 where a file holds them."""
    held = channel.samples
    return held.values.nbytes if isinstance(held, ArraySamples) else 0


def _fingerprint(samples: Any) -> str:
    """Return the fingerprints of the files that samples are read from; '' where there is none."""
    parts = getattr(samples, "parts", (getattr(samples, "base", None),))
    keys = [str(getattr(getattr(samples, "source", None), "key", ""))]
    keys += [_fingerprint(part) for part in parts if part is not None]
    return " ".join(key for key in keys if key)


def _shown(value: Any) -> str:
    text = repr(_plain(value))
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}..."


def _plain(value: Any) -> Any:
    """Return what JSON can hold: it has no NaN, no infinity and no complex numbers."""
    if isinstance(value, (np.ndarray, np.generic)):
        item = value.tolist()
        value = repr(value) if isinstance(item, np.generic) else item  # a long double stays one
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in value.items()}
    plain = value is None or isinstance(value, (bool, int, str))
    return value if plain or (isinstance(value, float) and math.isfinite(value)) else repr(value)
