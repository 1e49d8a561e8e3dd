"""Fingerprints of what an analysis is computed from, so that it is not computed twice."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
import uuid
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets._version import __version__
from vital_widgets.analysis.engine.function_identity import (
    UnknownIdentityError,
    identity_of_function,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.source import Source


VERSIONS_OF = ("numpy", "scipy")
PROBES = 1 << 14  # samples that go into the digest of an array that is not read as a whole


@functools.cache
def versions() -> Mapping[str, str]:
    """Return the versions of this package and of the libraries that compute."""
    found = {"vital_widgets": __version__}
    for name in VERSIONS_OF:
        try:
            found[name] = version(name)
        except PackageNotFoundError:  # a build without metadata still computes
            found[name] = "unknown"
    return MappingProxyType(found)


def digest_of(array: NDArray[Any], *, every: bool = True) -> str:
    """Return a digest of an array's shape, dtype and values: of all, or of evenly spaced ones."""
    digest = hashlib.blake2b(f"{array.shape} {array.dtype}".encode(), digest_size=16)
    flat = array.reshape(-1)
    step = 1 if every else max(len(flat) // PROBES, 1)
    digest.update(np.ascontiguousarray(flat[::step]).tobytes())
    digest.update(np.ascontiguousarray(flat[-16:]).tobytes())
    return digest.hexdigest()


def identity_of_source(source: Source) -> str:
    """Return a fingerprint of samples, scales, times and of where they may be used.

    If nothing tells whether the samples are the same as before, it is one of its own.
    """
    base = source.timebase
    digest = hashlib.blake2b(digest_size=16)
    try:
        for samples, scale in zip(source.samples, source.scales, strict=True):
            digest.update(identity_of_samples(samples).encode())
            digest.update(repr(scale).encode())
    except UnknownIdentityError:
        return uuid.uuid4().hex
    digest.update(repr((base.fs, base.n_samples)).encode())
    digest.update(base.starts.tobytes())
    digest.update(base.onsets.tobytes())
    if source.usable is not None:
        digest.update(source.usable.onset.tobytes())
        digest.update(b"|")
        digest.update(source.usable.end.tobytes())
    return digest.hexdigest()


def identity_of_samples(samples: Any) -> str:
    """Return a fingerprint of samples: of the file and the place in it, or of the values."""
    if isinstance(samples, np.ndarray):
        return digest_of(samples)
    key = getattr(samples, "key", None)
    if isinstance(key, str):
        return f"{type(samples).__name__}:{key}"
    if samples is None or isinstance(samples, (bool, int, float, str)):
        return repr(samples)
    if isinstance(samples, (tuple, list)):
        return f"[{','.join(identity_of_samples(part) for part in samples)}]"
    if isinstance(samples, Mapping):
        parts = [f"{key!r}:{identity_of_samples(part)}" for key, part in samples.items()]
        return f"{{{','.join(parts)}}}"
    if dataclasses.is_dataclass(samples):
        fields = [one for one in dataclasses.fields(samples) if one.compare]
        names = [one.name for one in fields if one.name != "recipe"]
        parts = [identity_of_samples(getattr(samples, name)) for name in names]
        return f"{type(samples).__name__}({','.join(parts)})"
    raise UnknownIdentityError


def key_of(
    function: Callable[..., Any], parameters: Mapping[str, Any], made_of: str, dtype: str
) -> str:
    """Return the fingerprint of a computation: function, parameters, versions, and data.

    If nothing tells whether the function is the same as before, it is one of its own.
    """
    try:
        identity = identity_of_function(function)
    except UnknownIdentityError:
        identity = uuid.uuid4().hex
    said = {
        "function": identity,
        "parameters": {name: _plain(value) for name, value in sorted(parameters.items())},
        "versions": dict(versions()),
        "made of": made_of,
        "dtype": dtype,
    }
    return hashlib.blake2b(json.dumps(said).encode(), digest_size=16).hexdigest()


def _plain(value: Any) -> Any:
    key = getattr(value, "key", None)
    if isinstance(key, str):
        return key
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (tuple, list)):
        return [_plain(part) for part in value]
    try:
        return identity_of_samples(value)
    except UnknownIdentityError:
        return uuid.uuid4().hex  # never taken for the same
