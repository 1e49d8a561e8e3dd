"""The electrodes and leads of a recording, by the labels of its channels."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vital_widgets.core.voltage import volt_digits

if TYPE_CHECKING:
    from vital_widgets.core.channel import Channel
    from vital_widgets.core.recording import Recording

# The names of the 10-10 system; T7, T8, P7 and P8 are the former T3, T4, T5 and T6.
SCALP = re.compile(
    r"(?:FP|AF|F|FT|FC|T|C|TP|CP|P|PO|O|I)(?:Z|(?:10|[1-9])H?)|NZ|FPZ|OZ|IZ", re.IGNORECASE
)
EAR = re.compile(r"[AM][12]", re.IGNORECASE)
ALIASES = {"T3": "T7", "T4": "T8", "T5": "P7", "T6": "P8"}
LIMB = re.compile(r"I{1,3}|AV[RLF]", re.IGNORECASE)
LINKED = frozenset({"LE", "A1A2", "A1+A2", "M1M2", "M1+M2", "LINKEDEARS"})
AVERAGED = frozenset({"AVG", "AV", "AVERAGE", "CAR"})
PREFIX = re.compile(r"^(?:EEG|POL|ECG|EKG|LEAD)[\s_:]+", re.IGNORECASE)
COUNTED = re.compile(r" \(\d+\)$")  # of a repeated name


@dataclass(frozen=True)
class Electrode:
    """A channel that was recorded at an electrode.

    Attributes
    ----------
    channel : Channel
        The channel.
    label : str
        Label of the electrode as it was recorded, such as T3.
    reference : str
        What it was recorded against, in capital letters; '' if the label does not say.
    """

    channel: Channel
    label: str
    reference: str

    @property
    def position(self) -> str:
        """Name of the position in capital letters, such as T7 for T3."""
        return position_of(self.label)

    @property
    def is_ear(self) -> bool:
        """Whether it is an earlobe or a mastoid."""
        return EAR.fullmatch(self.label) is not None


def position_of(label: str) -> str:
    """Return one name in capital letters for all names of a position."""
    text = label.strip().strip(".").upper()
    return ALIASES.get(text, text)


def split_label(name: str) -> tuple[str, str]:
    """Return the electrode and the reference that the name of a channel names.

    ``EEG Fp1-Ref`` is Fp1 and REF, ``C3-A2`` is C3 and A2, ``Fc5.`` is FC5 without a reference.
    """
    text = PREFIX.sub("", COUNTED.sub("", name.strip())).strip()
    first, _, second = text.partition("-")
    return first.strip().strip("."), re.sub(r"[\s().]", "", second).upper()


def electrodes_of(recording: Recording) -> dict[str, list[Electrode]]:
    """Return the channels of the EEG electrodes of a recording, by position."""
    found: dict[str, list[Electrode]] = {}
    for channel in recording.channels.values():
        label, reference = split_label(channel.name)
        is_electrode = SCALP.fullmatch(label) or EAR.fullmatch(label)
        if is_electrode and _is_voltage(channel):
            one = Electrode(channel, _spelled(label), ALIASES.get(reference, reference))
            found.setdefault(one.position, []).append(one)
    return found


def limb_leads_of(recording: Recording) -> dict[str, Channel]:
    """Return the channels of the limb leads of a recording, by name in capital letters."""
    found: dict[str, Channel] = {}
    for channel in recording.channels.values():
        label, reference = split_label(channel.name)
        if LIMB.fullmatch(label) and not reference and _is_voltage(channel):
            found.setdefault(label.upper(), channel)
    return found


def _is_voltage(channel: Channel) -> bool:
    return not channel.units.strip() or volt_digits(channel.units) is not None


def _spelled(label: str) -> str:
    """Return a label as it is usually written: Fp1, Cz, AF3."""
    text = label.upper()
    text = re.sub(r"^FP", "Fp", text)
    return re.sub(r"(?<=[A-Zp])Z$", "z", text)
