"""The triggers of a BDF file: its Status channel, whose samples are bits instead of a voltage.

BioSemi writes 24 bits: the lower 16 are the trigger inputs, the upper 8 are the state of the
amplifier (https://www.biosemi.com/faq/trigger_signals.htm).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.io.edf.annotations import record_columns

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from vital_widgets.core.timebase import TimeBase
    from vital_widgets.io.edf.records import EdfRecords

MOST_TRIGGERS = 1_000_000


@dataclass(frozen=True)
class StatusTriggers:
    """Finds where the trigger code of a Status channel changes to another one that is not 0.

    Parameters
    ----------
    records : EdfRecords
        The records of the file.
    channel : int
        Which of its channels is the Status channel.
    timebase : TimeBase
        Of that channel.
    name : str
        Of that channel.
    """

    records: EdfRecords
    channel: int
    timebase: TimeBase
    name: str

    def read(self, notes: list[str]) -> tuple[list[float], list[str]]:
        """Read the channel once; return times in s and codes of its triggers.

        ``notes`` receives what is not shown.
        """
        samples: list[NDArray[np.int64]] = []
        codes: list[NDArray[np.uint16]] = []
        last: int | None = None
        done = found = 0
        for block in self._codes():
            if last is None:
                last = int(block[0])
                if last:
                    notes.append(
                        f"{self.name!r}: the trigger code is already {last} at the beginning; "
                        f"this is not shown as a trigger."
                    )
            changed = np.flatnonzero((np.diff(block, prepend=np.uint16(last)) != 0) & (block != 0))
            room = MOST_TRIGGERS - found
            samples.append(done + changed[:room])
            codes.append(block[changed[:room]])
            found += len(changed)
            done += len(block)
            last = int(block[-1])
            if found > MOST_TRIGGERS:
                notes.append(
                    f"{self.name!r}: only the first {MOST_TRIGGERS} triggers are shown; the code "
                    f"changes more often, so the channel may not hold triggers."
                )
                break
        at = np.concatenate(samples) if samples else np.zeros(0, np.int64)
        texts = [str(code) for code in np.concatenate(codes).tolist()] if codes else []
        return self._times(at).tolist(), texts

    def _codes(self) -> Iterator[NDArray[np.uint16]]:
        """Yield the lower 16 bits of all samples, a block of records at a time."""
        records = self.records
        place = records.places[self.channel]
        span = (place, place + records.samples_per_frame[self.channel] * records.width)
        for (rows,) in record_columns(
            records.file, records.first_byte, records.frame_bytes, records.n_frames, [span]
        ):
            low = np.ascontiguousarray(rows.reshape(-1, records.width)[:, :2])
            yield low.view("<u2")[:, 0].astype(np.uint16)

    def _times(self, samples: NDArray[np.int64]) -> NDArray[np.float64]:
        base = self.timebase
        run = np.searchsorted(base.starts, samples, side="right") - 1
        times: NDArray[np.float64] = base.onsets[run] + (samples - base.starts[run]) / base.fs
        return times
