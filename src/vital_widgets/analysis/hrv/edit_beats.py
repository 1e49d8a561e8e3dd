"""Edit beats by hand: a log of edits that can be replayed, and its editor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.beats.beat_marks import BEAT_CODES, beat_times
from vital_widgets.analysis.beats.edit_log import checked_log, named_in
from vital_widgets.analysis.beats.edit_overlay import EditOverlay
from vital_widgets.analysis.beats.edited_beats import LABEL, EditedBeats, edited_beats
from vital_widgets.analysis.compare.channel_beats import beats_and_usable
from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.validity import checked_number, passed_on
from vital_widgets.analysis.hrv.correct_beats import CorrectedBeats
from vital_widgets.core.annotations import Annotations
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vital_widgets.analysis.beats.beat_series import BeatsLike

TOLERANCE_S = 0.05
REPLAYED = ("lipponen2019", "none")  # corrections after which the times are those of the beats


@analysis
def edit_beats(
    beats: BeatsLike, edits: Sequence[Any] = (), *, tolerance_s: float = TOLERANCE_S
) -> EditedBeats:
    """Apply edits that were made by hand to beats.

    Parameters
    ----------
    beats : BeatsLike
        Beats of a detector, corrected or edited beats, annotations, or increasing times of beats
        in seconds, shape (n,). The beats of an ECG or PPG channel are found first, and a note says
        how. They are not changed.
    edits : sequence of tuple or dict
        Edits in their order, times in seconds: ``('add', time)`` or ``('add', time, label)``,
        ``('move', time, to)``, ``('delete', time)``, ``('relabel', time, label)``,
        ``('noise', begin, end)``; or dicts such as ``{'action': 'delete', 'time': 12.3}``. Labels
        are PhysioBank's codes of beats; an added beat is 'N'.
    tolerance_s : float
        An edit refers to the beat that is nearest to its time, at most so many seconds away.

    Returns
    -------
    EditedBeats
        The edited beats, which all functions of beats take. ``intervals()`` gives NN intervals:
        none across noise, and none to or from a beat whose label is not that of a normal beat.

    Raises
    ------
    InvalidInputError
        An edit is not one of these, there is no beat where it refers to, or a beat would lie
        within 100 ms of another one or in noise. The message names the edit.

    Notes
    -----
    The log is replayed in its order: an edit refers to the beats as they are after the edits
    before it, so an edit is undone by a log without it. Edits of different beats may be in any
    order. Beats in noise are not used, and a stretch ends there, as at a gap. An added or moved
    beat belongs to the stretch of the nearest original beat. If the sampling rate is known, its
    sample is counted from there.

    References
    ----------
    Codes of beats: PhysioBank annotations, https://archive.physionet.org/physiobank/annotations.shtml

    Examples
    --------
    >>> import numpy as np
    >>> from vital_widgets.analysis import edit_beats
    >>> found = np.array([0.8, 1.6, 2.0, 2.4, 4.0])
    >>> edited = edit_beats(found, [("delete", 2.0), ("add", 3.2), ("relabel", 4.0, "V")])
    >>> edited.times
    array([0.8, 1.6, 2.4, 3.2, 4. ])
    >>> edited.intervals().ms.round()
    array([800., 800., 800.])
    """
    log = checked_log(edits)
    overlay, found, notes = overlay_of(beats, tolerance_s)
    for k, edit in enumerate(log):
        overlay.apply(edit, named_in("edits", k, edit))
    return edited_beats(overlay, found, notes)


def overlay_of(beats: Any, tolerance_s: float) -> tuple[EditOverlay, Any, list[str]]:
    """Return an overlay without edits, the beats as they were found, and their notes."""
    tolerance = checked_number(tolerance_s, "tolerance_s", 0, 10, unit="s")
    if isinstance(beats, CorrectedBeats) and beats.method not in REPLAYED:
        raise InvalidInputError(
            f"beats corrected by the method {beats.method!r} keep their decisions apart from the "
            "times, where edits would lose them; edit the beats of the detector first, then call "
            f"correct_beats(edited, method={beats.method!r})"
        )
    found, _ = beats_and_usable(beats)
    times, more = beat_times(found, "beats")
    labels = np.full(len(times), "N", LABEL)
    if isinstance(found, Annotations):
        coded = np.array([str(text) in BEAT_CODES for text in found.text], bool)
        if coded.any():
            labels = found.text[coded].astype(LABEL)
    elif isinstance(found, EditedBeats):
        labels = found.label
    return EditOverlay(times, labels, tolerance), found, [*passed_on(found), *more]
