"""``vital_widgets.sample``: the demo recording, with a progress bar while it is created."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from vital_widgets.core.formatting import format_duration
from vital_widgets.io.reader import open_recording
from vital_widgets.runtime.progressbar import in_notebook, progress_bar
from vital_widgets.simulate.sample_recording import DAY, SEED, prepare_sample

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

    from vital_widgets.core.recording import Recording
    from vital_widgets.runtime.tasks import Task

POLL_SECONDS = 0.2


def sample(
    duration: float = DAY,
    *,
    seed: int = SEED,
    path: str | os.PathLike[str] | None = None,
    progress: bool = True,
) -> Recording:
    """Return a realistic simulated recording with known R peaks and events.

    The recording has two ECG leads (mV, 250 Hz, model of McSharry et al. 2003), PPG (64 Hz),
    respiration (32 Hz) and three axes of acceleration (g, 32 Hz). Heart rate varies with
    respiration, with Mayer waves, with activity and over the day; some beats are premature
    ventricular beats. Activity and noise bursts disturb ECG and PPG. Recordings of 5 minutes or
    more have a gap. The annotations contain each R peak as 'N' or 'V', exact to the sample, and
    the events 'activity', 'noise burst' and 'electrode off' with their durations.
    `vital_widgets.simulate.sample_recording.sample_truth` returns more of the true values.

    Parameters
    ----------
    duration : float
        Duration in seconds, above 0 and at most 7 days; rounded up to whole seconds. Default:
        24 h, a common length of ambulatory recordings.
    seed : int
        Seed of the random numbers: the same seed and duration give the same recording.
    path : path-like, optional
        EDF+ file to write, in an existing folder. An existing file is opened if it is this
        recording; it is never overwritten. Default: a file in the folder ``demo`` of the cache
        folder (``~/.cache/vital_widgets`` on Linux; see ``VITAL_WIDGETS_CACHE_DIR``), about
        130 MB for 24 h.
    progress : bool
        Show the progress while the file is created: in a notebook a widget with a cancel button,
        in a terminal a bar on stderr.

    Returns
    -------
    Recording
        The recording, opened like any other EDF+ file.

    Raises
    ------
    InvalidInputError
        The duration, seed or path is invalid.
    StoreError
        The file cannot be written.
    TaskCancelledError
        The task was cancelled; no file is left.

    References
    ----------
    McSharry PE, Clifford GD, Tarassenko L, Smith LA. A dynamical model for generating synthetic
    electrocardiogram signals. IEEE Trans Biomed Eng 2003;50:289-294.
    doi:10.1109/TBME.2003.808805

    Examples
    --------
    >>> import vital_widgets as vw
    >>> rec = vw.sample(60, seed=1)
    >>> rec["ECG"].fs
    250.0
    """
    target, task = prepare_sample(duration, seed=seed, path=path)
    if task is not None:
        with _shown(task) if progress else contextlib.nullcontext():
            task.start()
            try:
                while not task.wait(POLL_SECONDS):
                    pass  # short waits: a long one delays Ctrl-C on some systems
            except BaseException:
                task.cancel()
                task.wait()
                raise
        task.result()
    return open_recording(target)


@contextlib.contextmanager
def _shown(task: Task[Any]) -> Iterator[None]:
    """Show the progress of a task: with a cancel button in a notebook, as a bar in a terminal."""
    if in_notebook():
        from IPython.display import display

        from vital_widgets.widgets.progress import TaskView

        view = TaskView(task)
        shown = display(view, display_id=True)  # type: ignore[no-untyped-call]
        try:
            yield
        finally:
            # A notebook that is opened again has no kernel that knows the widget.
            words = f"{task.title}: {task.state.value}, {format_duration(task.elapsed)}"
            shown.update({"text/plain": words}, raw=True)
            view.close()
        return
    with progress_bar(task.title) as report:
        stop_listening = task.listen(lambda changed: report(changed.progress, ""))
        try:
            yield
        finally:
            stop_listening()
