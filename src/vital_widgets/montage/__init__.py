"""Montages: lanes that are sums and differences of electrodes or leads, by their labels."""

from __future__ import annotations

from vital_widgets.montage.builtin import MONTAGES, montage_of
from vital_widgets.montage.montage import Derivation, Derived, Montage

__all__ = ["MONTAGES", "Derivation", "Derived", "Montage", "load", "montage_of"]

load = Montage.load
