"""Added signals as entries of a view: channels, weighted sums of channels, and spectrograms."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from vital_widgets.core.arithmetic import weighted_sum
from vital_widgets.core.formatting import format_value
from vital_widgets.core.voltage import converted_by
from vital_widgets.core.weighted import WeightedSamples
from vital_widgets.errors import InvalidInputError, UnknownChannelError
from vital_widgets.serve.overlays import STYLES, overlay_lane, spectrogram_lane

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vital_widgets.core.channel import Channel
    from vital_widgets.core.recording import Recording
    from vital_widgets.serve.lanes import Lane

FORMS = (
    "{'weights': {'C3': 1, 'A2': -1}}, with 'style' and 'lane' if wanted, or "
    "{'spectrogram': 'C3', 'band': [0, 30], 'window_s': 4}"
)


def recipe_of(
    channel: Channel, recording: Recording, style: str, host: str
) -> dict[str, Any] | None:
    """Return the entry of a signal; None if it is no sum of channels of the recording."""
    weights = _weights(channel, recording)
    if weights is None:
        return None
    recipe = {
        "weights": weights,
        **({"style": style} if style != "line" else {}),
        **({"lane": host} if host else {}),
    }
    made = _sum_of(weights, recording, "")
    keys = [overlay_lane(one, "", style, host, 0, ()).key for one in (made, channel)]
    return recipe if keys[0] == keys[1] and made.units == channel.units else None


def as_recipe(options: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return options as JSON holds them; None if it cannot."""
    try:
        made: dict[str, Any] = json.loads(json.dumps(dict(options), allow_nan=False))
    except (TypeError, ValueError):
        return None
    return made


def _weights(channel: Channel, recording: Recording) -> dict[str, float] | None:
    known = {id(one.samples): one for one in recording.channels.values()}
    if id(channel.samples) in known:
        return {known[id(channel.samples)].name: 1.0}
    if not isinstance(channel.samples, WeightedSamples) or channel.samples.constant:
        return None
    parts = [(known.get(id(term.samples)), term.weight) for term in channel.samples.terms]
    weights = {}
    for one, weight in parts:
        first = parts[0][0]
        factor = None if one is None or first is None else converted_by(one.units, first.units)
        if one is None or not factor:
            return None
        weights[one.name] = weight / factor
    return weights


def _sum_of(weights: Mapping[str, float], recording: Recording, name: str) -> Channel:
    if list(weights.values()) == [1.0]:
        return recording[next(iter(weights))]
    channels = [recording[one] for one in weights]
    return weighted_sum(channels, list(weights.values()), name)


def lane_of_recipe(
    name: str,
    recipe: Any,
    recording: Recording,
    lanes: Mapping[str, Channel],
    ink: int,
) -> Lane:
    """Return the lane of an entry of a view.

    Parameters
    ----------
    name : str
        Name of the new lane.
    recipe : dict
        As `recipe_of` returns it, or of a spectrogram.
    recording : Recording
        The recording.
    lanes : mapping of str to Channel
        The lanes that there are.
    ink : int
        Number of its colour.
    """
    what = f"added[{name!r}]"
    if not isinstance(recipe, dict) or ("weights" in recipe) == ("spectrogram" in recipe):
        msg = f"{what}={format_value(recipe)} is not a signal; give {FORMS}"
        raise InvalidInputError(msg)
    options = dict(recipe)
    if "spectrogram" in options:
        source = options.pop("spectrogram")
        _check_names(what, [source], lanes)
        options["band"] = tuple(options.get("band", ()))
        return spectrogram_lane(lanes[source], name, ink, list(lanes), options)
    weights, style, host = (
        options.pop("weights"), options.pop("style", "line"), options.pop("lane", "")
    )  # fmt: skip
    if options or style not in STYLES or not isinstance(weights, dict) or not weights:
        msg = f"{what}={format_value(recipe)} is not a signal; give {FORMS}"
        raise InvalidInputError(msg)
    _check_names(what, weights, recording.channels)
    _check_names(what, [host] if host else [], lanes)
    channel = _sum_of(weights, recording, name)
    return overlay_lane(channel, name, style, host, ink, list(lanes))


def _check_names(what: str, names: Sequence[Any] | Mapping[str, Any], known: Any) -> None:
    for name in names:
        if name not in known:
            listed = ", ".join(map(repr, known))
            msg = f"{what} names {format_value(name)}, which is no channel; available: {listed}"
            raise UnknownChannelError(msg)
