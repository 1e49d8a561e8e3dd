"""What the browser offers for lanes: montages that fit the recording, and usual filters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vital_widgets.analysis.signal.filters.filter_text import PRESETS, filter_text
from vital_widgets.core.signalkind import KINDS
from vital_widgets.montage.builtin import MONTAGES
from vital_widgets.montage.labels import electrodes_of, limb_leads_of

if TYPE_CHECKING:
    from vital_widgets.core.recording import Recording
    from vital_widgets.serve.lanes import LaneSet

NAMES_OF_LEADS = {"I", "II"}


def lane_menu(recording: Recording, lanes: LaneSet) -> dict[str, Any]:
    """Return the montages and the filters that can be chosen, as JSON.

    Parameters
    ----------
    recording : Recording
        The recording.
    lanes : LaneSet
        The lanes that can be shown now.

    Returns
    -------
    dict
        ``montages``, a list of names; ``kinds``, the kinds of signals of the lanes, each with its
        usual filters as pairs of a name and a filter.
    """
    present = {lane.kind for lane in lanes.lanes}
    lowest = {
        kind: min(lane.channel.fs for lane in lanes.lanes if lane.kind == kind) for kind in present
    }
    return {
        "montages": _montages(recording),
        "kinds": [
            {
                "kind": kind,
                "presets": [
                    [name, text]
                    for name, text in PRESETS.get(kind, {}).items()
                    if filter_text(text).fits(lowest[kind])
                ],
            }
            for kind in KINDS
            if kind in present
        ],
    }


def _montages(recording: Recording) -> list[str]:
    """Return the built-in montages of which at least one lane can be made.

    Only labels are compared, because channels of a file that is being read cannot be combined yet.
    """
    positions = electrodes_of(recording)
    scalp = [position for position, each in positions.items() if not each[0].is_ear]
    leads = limb_leads_of(recording).keys()
    names = [name for name in MONTAGES if name != "limb leads"] if len(scalp) > 1 else []
    return names + (["limb leads"] if leads >= NAMES_OF_LEADS else [])
