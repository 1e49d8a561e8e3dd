"""The built-in montages, by the labels of the 10-20 system and of the limb leads."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from vital_widgets.core.formatting import format_value
from vital_widgets.errors import InvalidInputError
from vital_widgets.montage.montage import Derivation, Montage, RuledMontage
from vital_widgets.montage.sources import AVERAGE, EARS

if TYPE_CHECKING:
    from vital_widgets.montage.sources import Sources

LONGITUDINAL = (
    "Fp1 F7 T7 P7 O1", "Fp1 F3 C3 P3 O1", "Fz Cz Pz", "Fp2 F4 C4 P4 O2", "Fp2 F8 T8 P8 O2",
)  # fmt: skip
TRANSVERSE = (
    "F7 Fp1 Fp2 F8", "F7 F3 Fz F4 F8", "T7 C3 Cz C4 T8", "P7 P3 Pz P4 P8", "P7 O1 O2 P8",
)  # fmt: skip
# The nearest electrodes in each direction of the 10-20 system; at the edge there are three.
NEIGHBOURS = {
    "Fp1": "Fp2 F7 F3", "Fp2": "Fp1 F4 F8",
    "F7": "Fp1 F3 T7", "F3": "Fp1 F7 Fz C3", "Fz": "F3 F4 Cz", "F4": "Fp2 Fz F8 C4",
    "F8": "Fp2 F4 T8",
    "T7": "F7 C3 P7", "C3": "F3 T7 Cz P3", "Cz": "Fz C3 C4 Pz", "C4": "F4 Cz T8 P4",
    "T8": "F8 C4 P8",
    "P7": "T7 P3 O1", "P3": "C3 P7 Pz O1", "Pz": "Cz P3 P4", "P4": "C4 Pz P8 O2",
    "P8": "T8 P4 O2",
    "O1": "P7 P3 O2", "O2": "P8 P4 O1",
}  # fmt: skip


def _chains(chains: tuple[str, ...]) -> list[Derivation]:
    """Return the differences of neighbours along chains of electrodes."""
    names = [chain.split() for chain in chains]
    pairs = [pair for chain in names for pair in itertools.pairwise(chain)]
    return [Derivation({first: 1.0, second: -1.0}) for first, second in pairs]


def _by_label(derivations: list[Derivation], sources: Sources) -> list[Derivation]:
    """Return derivations that are named with the labels of the recording."""
    return [Derivation(one.weights, one.name or sources.name_of(one.weights))
            for one in derivations]  # fmt: skip


def _double_banana(sources: Sources) -> list[Derivation]:
    return _by_label(_chains(LONGITUDINAL), sources)


def _transverse(sources: Sources) -> list[Derivation]:
    return _by_label(_chains(TRANSVERSE), sources)


def _average(sources: Sources) -> list[Derivation]:
    return [
        Derivation({one.label: 1.0, AVERAGE: -1.0}, f"{one.label} - average")
        for one in sources.scalp
    ]


def _linked_ears(sources: Sources) -> list[Derivation]:
    return [
        Derivation({one.label: 1.0, EARS: -1.0}, f"{one.label} - ears") for one in sources.scalp
    ]


def _laplacian(sources: Sources) -> list[Derivation]:
    made = []
    for label, listed in NEIGHBOURS.items():
        around = listed.split()
        weights = {label: 1.0, **dict.fromkeys(around, -1 / len(around))}
        made.append(Derivation(weights, f"{sources.label(label)} Laplacian"))
    return made


def _limb_leads(_: Sources) -> list[Derivation]:
    return [
        Derivation({"I": 1.0}, "I"),
        Derivation({"II": 1.0}, "II"),
        Derivation({"II": 1.0, "I": -1.0}, "III"),
        Derivation({"I": -0.5, "II": -0.5}, "aVR"),
        Derivation({"I": 1.0, "II": -0.5}, "aVL"),
        Derivation({"II": 1.0, "I": -0.5}, "aVF"),
    ]


MONTAGES: Mapping[str, Montage] = MappingProxyType(
    {
        name: RuledMontage(name, rule)
        for name, rule in {
            "double banana": _double_banana,
            "transverse": _transverse,
            "average": _average,
            "linked ears": _linked_ears,
            "laplacian": _laplacian,
            "limb leads": _limb_leads,
        }.items()
    }
)


def montage_of(given: Any) -> Montage:
    """Return a montage.

    Parameters
    ----------
    given : str, mapping or Montage
        Name of a built-in montage, such as "double banana" (all: `MONTAGES`); the dictionary that
        `Montage.to_dict` returns; or a montage, which is returned as it is.
    """
    if isinstance(given, Montage):
        return given
    if isinstance(given, Mapping):
        return Montage.from_dict(given)
    known = MONTAGES.get(given.strip().lower()) if isinstance(given, str) else None
    if known is None:
        names = ", ".join(map(repr, MONTAGES))
        msg = (
            f"montage={format_value(given)} is not known; available: {names}, None, or a Montage "
            "(vital_widgets.montage.load('mine.json'))"
        )
        raise InvalidInputError(msg)
    return known
