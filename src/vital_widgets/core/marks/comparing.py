"""Compare the layers of readers, and find the marks on which they disagree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vital_widgets.core.annotations import Annotations
from vital_widgets.core.arguments import texts as named
from vital_widgets.core.marks.beatagreement import beat_agreement
from vital_widgets.core.marks.epochagreement import epoch_agreement
from vital_widgets.core.marks.eventagreement import event_agreement
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from vital_widgets.core.marks.beatagreement import BeatAgreement
    from vital_widgets.core.marks.epochagreement import EpochAgreement
    from vital_widgets.core.marks.eventagreement import EventAgreement
    from vital_widgets.core.marks.mark import LayerInfo
    from vital_widgets.core.marks.selection import Marks


class Comparing(Annotations):
    """Agreement between layers of marks."""

    if TYPE_CHECKING:

        @property
        def layers(self) -> list[LayerInfo]: ...  # noqa: D102

        def select(  # noqa: D102
            self,
            *,
            texts: str | Iterable[str] | None = None,
            layers: str | Iterable[str] | None = None,
        ) -> Marks: ...

    def epoch_agreement(
        self,
        layers: Sequence[str],
        *,
        epoch_s: float = 30.0,
        start_s: float = 0.0,
        texts: str | Iterable[str] | None = None,
    ) -> EpochAgreement:
        """Compare readers who score epochs: kappa, confusion, epochs on which they disagree.

        Parameters
        ----------
        layers : sequence of str
            Two or more layers.
        epoch_s, start_s : float
            Length of an epoch, and begin of the first one, in seconds.
        texts : str or iterable of str, optional
            Only marks that say one of these, such as sleep stages; by default all.

        Returns
        -------
        EpochAgreement
            Its ``annotations()`` are the epochs in which readers disagree, its ``consensus()`` the
            labels of the majority. The label of an epoch is the text of the mark at its middle.
        """
        scores = {
            name: self._of(name, texts) for name in dict.fromkeys(named("layers", layers, "anna"))
        }
        return epoch_agreement(scores, epoch_s, start_s)

    def event_agreement(
        self,
        reference: str,
        test: str,
        *,
        min_iou: float | None = None,
        onset_s: float | None = None,
        texts: str | Iterable[str] | None = None,
    ) -> EventAgreement:
        """Compare the events of two layers, paired by their overlap or by their onsets.

        Parameters
        ----------
        reference, test : str
            The layers.
        min_iou : float, optional
            Smallest overlap of a pair: the common time divided by the time of both, up to 1.
        onset_s : float, optional
            Instead, the largest difference of the onsets of a pair in seconds.
        texts : str or iterable of str, optional
            Only events that say one of these; by default all.

        Returns
        -------
        EventAgreement
            Sensitivity, PPV, F1, overlap, confusion; its ``annotations()`` are the events on which
            the two disagree.
        """
        one, two = self._of(reference, texts), self._of(test, texts)
        return event_agreement(one, two, min_iou, onset_s)

    def beat_agreement(
        self,
        reference: str,
        test: str,
        *,
        tolerance_s: float = 0.15,
        start_s: float = 0.0,
        fs: float | None = None,
    ) -> BeatAgreement:
        """Compare the beats of two layers, as the program bxb does for EC57.

        Parameters
        ----------
        reference, test : str
            The layers; beats are marks whose text is a code of PhysioBank, such as N and V.
        tolerance_s : float
            Largest difference of a pair in seconds; 0.15 as in EC57.
        start_s : float
            Seconds at the start that are not compared; bxb excludes 300 s.
        fs : float, optional
            Sampling rate in Hz: times are compared in samples then, exactly as bxb does.

        Returns
        -------
        BeatAgreement
            The table of classes; its ``annotations()`` are the beats that differ.

        References
        ----------
        ANSI/AAMI EC57:2012. Testing and reporting performance results of cardiac rhythm and ST
        segment measurement algorithms. The program is bxb of the WFDB software package.
        """
        return beat_agreement(self._of(reference), self._of(test), tolerance_s, start_s, fs)

    def _of(self, name: str, texts: str | Iterable[str] | None = None) -> Marks:
        known = [info.name for info in self.layers]
        if name not in known:
            msg = f"there is no layer {name!r}; layers: {', '.join(map(repr, known)) or 'none'}"
            raise InvalidInputError(msg)
        return self.select(layers=[name], texts=texts)
