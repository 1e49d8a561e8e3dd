"""Fingerprints of what an analysis is computed from, so that it is not computed twice."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import uuid
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.recipe import versions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from vital_widgets.analysis.chunked import Source
    from vital_widgets.core.channel import Channel


class UnknownIdentityError(Exception):
    """Nothing tells whether samples are the same as before."""


def identity_of_channels(channels: Sequence[Channel], source: Source) -> str:
    """Return a fingerprint of samples, scales, times and of where they may be used.

    If nothing tells whether the samples are the same as before, it is one of its own.
    """
    base = source.timebase
    digest = hashlib.blake2b(digest_size=16)
    try:
        for channel in channels:
            digest.update(identity_of_samples(channel.samples).encode())
            digest.update(repr((channel.gain, channel.offset, channel.missing)).encode())
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
        digest = hashlib.blake2b(f"{samples.shape} {samples.dtype}".encode(), digest_size=16)
        digest.update(np.ascontiguousarray(samples).data.cast("B") if samples.size else b"")
        return digest.hexdigest()
    key = getattr(samples, "key", None)
    if isinstance(key, str):
        return f"{type(samples).__name__}:{key}"
    if samples is None or isinstance(samples, (bool, int, float, str)):
        return repr(samples)
    if isinstance(samples, (tuple, list)):
        return f"[{','.join(identity_of_samples(part) for part in samples)}]"
    if dataclasses.is_dataclass(samples):
        parts = (
            identity_of_samples(getattr(samples, field.name))
            for field in dataclasses.fields(samples)
        )
        return f"{type(samples).__name__}({','.join(parts)})"
    raise UnknownIdentityError


def key_of(
    function: Callable[..., Any], parameters: Mapping[str, Any], made_of: str, dtype: str
) -> str:
    """Return the fingerprint of a computation: function, parameters, versions, and data."""
    said = {
        "function": f"{function.__module__}.{function.__qualname__}",
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
