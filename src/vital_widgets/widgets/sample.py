"""``vital_widgets.sample``: the demo recording, with a progress bar while it is made."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from vital_widgets.io.reader import open_recording
from vital_widgets.simulate.sample_recording import DAY, SEED, prepare_sample

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

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
    """Return a realistic recording with known answers, made on the first call.

    It has two leads of ECG (mV, 250 Hz, after McSharry et al. 2003), PPG (64 Hz), respiration
    (32 Hz) and three axes of acceleration (g, 32 Hz). Heart rate varies with respiration, with
    Mayer waves, with activity and over the day; some beats are premature ventricular beats.
    Activity and noise bursts disturb ECG and PPG. Recordings of 5 minutes and more have a gap.
    All of this is in the annotations: each R peak as 'N' or 'V', to the sample, and 'activity',
    'noise burst' and 'electrode off' with their durations. More of what is known is in
    `vital_widgets.simulate.sample_recording.sample_truth`.

    Parameters
    ----------
    duration : float
        Seconds, above 0 and up to 7 days; rounded up to whole seconds. 24 h by default.
    seed : int
        The same seed and duration give the same recording.
    path : path-like, optional
        EDF+ file to write, in a folder that exists; a file that is there already is opened if
        it is this recording, and never overwritten. By default it is kept in the folder
        ``demo`` of the cache folder (``~/.cache/vital_widgets`` on Linux; see
        ``VITAL_WIDGETS_CACHE_DIR``), about 130 MB for 24 h.
    progress : bool
        Show the progress while it is made: in a notebook as a widget with a cancel button, in a
        terminal as a bar on stderr.

    Returns
    -------
    Recording
        Opened like any other EDF+ file.

    Raises
    ------
    InvalidInputError
        A duration, seed or path that cannot be used.
    StoreError
        The file cannot be written.
    TaskCancelledError
        The making was cancelled; nothing is left behind.

    Examples
    --------
    >>> import vital_widgets as vw
    >>> rec = vw.sample(60, seed=1)
    >>> rec["ECG"].fs
    250.0
    """
    target, task = prepare_sample(duration, seed=seed, path=path)
    if task is not None:
        finish_showing = _show(task) if progress else _show_nothing
        task.start()
        try:
            while not task.wait(POLL_SECONDS):
                pass  # in short waits: a long one would hold back Ctrl-C on some systems
        except BaseException:
            task.cancel()
            task.wait()
            raise
        finally:
            finish_showing()
        task.result()
    return open_recording(target)


def _show(task: Task[Any]) -> Callable[[], None]:
    """Show the task where the person is; return what takes the bar away at the end."""
    if in_notebook():
        from IPython.display import display

        from vital_widgets.widgets.progress import TaskView

        display(TaskView(task))  # type: ignore[no-untyped-call]
        return _show_nothing
    if sys.stderr is None or not sys.stderr.isatty():
        return _show_nothing
    from tqdm import tqdm

    bar = tqdm(
        desc=task.title, total=1.0, bar_format="{l_bar}{bar}| {elapsed}<{remaining}", leave=False
    )

    def follow(changed: Task[Any]) -> None:
        bar.update(changed.progress - bar.n)

    stop_listening = task.listen(follow)

    def finish() -> None:
        stop_listening()
        bar.close()

    return finish


def _show_nothing() -> None:
    pass


def in_notebook() -> bool:
    """Whether this process is a Jupyter kernel, which can show widgets."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return getattr(shell, "kernel", None) is not None
