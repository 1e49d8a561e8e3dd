"""Compare the marks of readers for the browser: a queue of disagreements, and a majority."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from vital_widgets.core.marks.document import RecordingAnnotations
    from vital_widgets.serve.markrequests import CompareRequest

DISAGREEMENTS = "disagreements"
MIN_IOU = 0.5
_PAIR = 2


def compared(
    document: RecordingAnnotations, reader: str, request: CompareRequest
) -> dict[str, Any]:
    """Compare layers, and show the marks on which they disagree as a layer of its own.

    Parameters
    ----------
    document : RecordingAnnotations
        The marks.
    reader : str
        Who owns the layer of the consensus.
    request : CompareRequest
        The layers, and how they are compared: by the label of each epoch; as events that overlap
        by half of their common time; or as beats that are at most 150 ms apart.

    Returns
    -------
    dict
        ``name`` of the layer of disagreements, their number ``count``, ``text`` with the measures
        of agreement, and ``consensus``, the number of marks of the majority that were added.
    """
    names = list(dict.fromkeys(request.layers))
    if request.by != "epochs" and len(names) != _PAIR:
        msg = f"{len(names)} layers were given; {request.by} are compared between two"
        raise InvalidInputError(msg)
    added = 0
    if request.by == "epochs":
        epochs = document.epoch_agreement(names, epoch_s=request.epoch_s, start_s=request.start_s)
        wrong = epochs.annotations()
        text = (
            f"{len(epochs)} epochs, agreement {100 * epochs.agreement:.1f} %, "
            f"kappa {epochs.fleiss_kappa if len(names) > _PAIR else epochs.cohen_kappa():.3f}"
        )
        if request.consensus is not None:
            added = len(document.extend(epochs.consensus(), layer=request.consensus, reader=reader))
    elif request.consensus is not None:
        msg = "a majority exists for epochs only; compare by epochs, or give no consensus"
        raise InvalidInputError(msg)
    elif request.by == "events":
        events = document.event_agreement(*names, min_iou=MIN_IOU)
        wrong = events.annotations()
        text = (
            f"events: {events.tp} in both, {events.fn} only in {names[0]!r}, {events.fp} only in "
            f"{names[1]!r}; F1 {events.f1:.3f}"
        )
    else:
        beats = document.beat_agreement(*names)
        wrong = beats.annotations()
        text = f"beats: sensitivity {beats.sensitivity:.4f}, PPV {beats.ppv:.4f}"
    name = document.add_result(wrong, DISAGREEMENTS)
    return {"name": name, "count": len(wrong), "text": text, "consensus": added}
