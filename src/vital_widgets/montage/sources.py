"""The channels of a recording that the labels of a montage mean."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from vital_widgets.core.arithmetic import weighted_sum
from vital_widgets.core.weighted import KeptSamples
from vital_widgets.errors import InvalidInputError
from vital_widgets.montage.labels import (
    AVERAGED,
    LINKED,
    electrodes_of,
    limb_leads_of,
    position_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vital_widgets.core.channel import Channel
    from vital_widgets.core.recording import Recording
    from vital_widgets.montage.labels import Electrode

AVERAGE = "average"
EARS = "linked ears"
SHOWN_SUM = {AVERAGE: "average", EARS: "ears"}


class Sources:
    """The electrodes, leads and other channels of a recording.

    Parameters
    ----------
    recording : Recording
        The recording.

    Attributes
    ----------
    reference : str
        What most electrodes were recorded against; '' if their labels do not say.
    electrodes : dict of str to Electrode
        The electrodes with this reference, by position.
    leads : dict of str to Channel
        Limb leads by name in capital letters.
    all_electrodes : set of str
        Names of all channels that are electrodes.
    used : set of str
        Names of the channels that derived channels were made of.
    electrodes_used : set of str
        Those of them that are electrodes.
    """

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._all = electrodes_of(recording)
        alike = Counter((one.reference, one.channel.fs) for each in self._all.values()
                        for one in each)  # fmt: skip
        self.reference, fs = alike.most_common(1)[0][0] if alike else ("", 0.0)
        self.electrodes: dict[str, Electrode] = {}
        for position, each in self._all.items():
            fit = [x for x in each if x.reference == self.reference and x.channel.fs == fs]
            if fit:
                self.electrodes[position] = fit[0]
        self.leads = limb_leads_of(recording)
        self.all_electrodes = {x.channel.name for each in self._all.values() for x in each}
        self.used: set[str] = set()
        self.electrodes_used: set[str] = set()
        self._means: dict[str, Channel] = {}

    @property
    def scalp(self) -> list[Electrode]:
        """The electrodes on the scalp, in the order of the recording."""
        return [one for one in self.electrodes.values() if not one.is_ear]

    def label(self, name: str) -> str:
        """Return a label as the recording writes it."""
        known = self._all.get(position_of(name))
        return known[0].label if known and name not in self._recording else name

    def name_of(self, weights: Mapping[str, float]) -> str:
        """Return a name for a lane, such as 'Fp1 - F7'."""
        parts: list[str] = []
        for label, weight in weights.items():
            mark = ("- " if weight < 0 else "+ ") if parts else ("-" if weight < 0 else "")
            size = "" if abs(weight) == 1 else f"{abs(weight):.3g} "
            parts.append(f"{mark}{size}{SHOWN_SUM.get(label) or self.label(label)}")
        return " ".join(parts)

    def channel(self, weights: Mapping[str, float], name: str) -> Channel:
        """Return the channel of a lane; raise `InvalidInputError` if it cannot be made."""
        direct = self._recorded(weights)
        if direct is not None:
            return weighted_sum([self._use(direct)], [1.0], name)
        channels, factors = [], []
        for label, weight in weights.items():
            channel = self._find(label)
            if channel is not None:
                channels.append(channel)
                factors.append(weight)
        if not channels:
            msg = f"it is the reference of the recording ({self.reference})"
            raise InvalidInputError(msg)
        return weighted_sum(channels, factors, name)

    def _recorded(self, weights: Mapping[str, float]) -> Channel | None:
        """Return the channel that was recorded as this difference of two electrodes."""
        if sorted(weights.values()) != [-1.0, 1.0]:
            return None
        first, second = sorted(weights, key=lambda label: -weights[label])
        if first in self._recording or second in self._recording:
            return None
        both = self._all.get(position_of(first), [])
        wanted = LINKED if second == EARS else AVERAGED if second == AVERAGE else {
            position_of(second)
        }  # fmt: skip
        return next((one.channel for one in both if position_of(one.reference) in wanted), None)

    def _find(self, label: str) -> Channel | None:
        """Return the channel of a label; None if it is 0 because it is the reference."""
        if label == AVERAGE:
            return self._mean(AVERAGE, self.scalp)
        if label == EARS:
            return None if self.reference in LINKED else self._mean(EARS, self._ears())
        if label in self._recording:
            return self._use(self._recording[label])
        position = position_of(label)
        found = self.electrodes.get(position)
        if found is not None:
            return self._use(found.channel)
        if position == position_of(self.reference) and self.reference:
            return None
        if position in self.leads:
            return self._use(self.leads[position])
        other = self._all.get(position)
        if other:
            against = other[0].reference or "another reference"
            most = self.reference or "one reference"
            msg = (
                f"{self.label(label)} is recorded against {against} at {other[0].channel.fs:g} Hz, "
                f"most electrodes against {most}"
            )
            raise InvalidInputError(msg)
        msg = f"the recording has no channel for {label}"
        raise InvalidInputError(msg)

    def _ears(self) -> list[Electrode | None]:
        """Return both ears or both mastoids; None for the one that is the reference."""
        for pair in (("A1", "A2"), ("M1", "M2")):
            known = [self.electrodes.get(one) for one in pair]
            absent = [one for one, found in zip(pair, known, strict=True) if found is None]
            if not absent or (len(absent) == 1 and absent[0] == self.reference):
                return known
        msg = "the recording has no channels for both ears (A1 and A2, or M1 and M2)"
        raise InvalidInputError(msg)

    def _mean(self, name: str, electrodes: list[Electrode] | list[Electrode | None]) -> Channel:
        """Return the mean of electrodes; one channel that all lanes share."""
        if name not in self._means:
            channels = [self._use(one.channel) for one in electrodes if one is not None]
            if len(electrodes) < 2:  # noqa: PLR2004
                msg = "the recording has fewer than two electrodes on the scalp"
                raise InvalidInputError(msg)
            made = weighted_sum(channels, [1 / len(electrodes)] * len(channels), name)
            made.samples = KeptSamples(made.samples)
            self._means[name] = made
        return self._means[name]

    def _use(self, channel: Channel) -> Channel:
        self.used.add(channel.name)
        if channel.name in self.all_electrodes:
            self.electrodes_used.add(channel.name)
        return channel
