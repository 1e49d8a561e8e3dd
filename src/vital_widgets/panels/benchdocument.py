"""The file of a workbench: read, and checked before anything is made of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from vital_widgets.errors import InvalidInputError, RecordingNotFoundError
from vital_widgets.panels.panelarea import BESIDE, TABS
from vital_widgets.panels.registry import available, panel_class

VERSION = 1
NO_CLASSES: Mapping[str, Any] = MappingProxyType({})


def read_settings(path: Path, classes: Mapping[str, Any] = NO_CLASSES) -> dict[str, Any]:
    """Return the settings in a file of a workbench.

    Parameters
    ----------
    path : Path
        The file, JSON in UTF-8 or UTF-16.
    classes : mapping of str to class
        Panels that no package registers.
    """
    try:
        settings = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise InvalidInputError(f"there is no file {str(path)!r}") from None
    except OSError as error:
        raise InvalidInputError(f"{str(path)!r} cannot be read ({error.strerror})") from error
    except (ValueError, RecursionError) as error:
        raise InvalidInputError(
            f"{str(path)!r} cannot be read as JSON ({error}); give a file that Workbench.save wrote"
        ) from error
    check(settings, classes, repr(str(path)))
    return dict(settings)


def check(settings: Any, classes: Mapping[str, Any] = NO_CLASSES, named: str = "settings") -> None:
    """Raise what is wrong with the settings of a workbench."""
    version = settings.get("workbench") if isinstance(settings, Mapping) else None
    if not isinstance(version, int) or isinstance(version, bool):
        raise InvalidInputError(f"{named}: this is not a workbench, as Workbench.save writes it")
    if version != VERSION:
        raise InvalidInputError(
            f"{named}: this is a workbench of version {version}, and this release of "
            f"vital_widgets reads version {VERSION}; use the release that saved it, or a newer one"
        )
    for name, kind in (("view", Mapping), ("panels", list)):
        if not isinstance(settings.get(name), kind):
            raise InvalidInputError(f"{named}: the workbench has no {name!r}; save it again")
    arrangement = settings.get("arrangement", BESIDE)
    if arrangement not in (BESIDE, TABS):
        raise InvalidInputError(
            f"{named}: unknown arrangement {arrangement!r}; available: '{BESIDE}', '{TABS}'"
        )
    for one in settings["panels"]:
        name = name_of(one)
        if name not in classes and name not in available():
            raise InvalidInputError(
                f"{named}: unknown panel {name!r}; install the package that has it, or give its "
                f"class: Workbench.load(path, panels=[...]); available: {', '.join(available())}"
            )
        if name not in classes:
            panel_class(name)


def name_of(panel: str | Mapping[str, Any]) -> str:
    """Return the name of a panel that is given by its name or its settings."""
    if isinstance(panel, str):
        return panel
    if not isinstance(panel, Mapping):
        raise InvalidInputError(f"{panel!r} is neither the name of a panel nor its settings")
    return str(panel.get("panel"))


def recording_of(settings: Mapping[str, Any], path: Path) -> str | Path:
    """Return the file of the recording of a saved workbench, or raise what to give."""
    given = settings.get("recording")
    fix = "give the recording: Workbench.load(path, recording)"
    if not given:
        raise InvalidInputError(f"{str(path)!r} was saved with a recording in memory; {fix}")
    if not isinstance(given, str):
        raise InvalidInputError(f"{str(path)!r}: {given!r} is not the path of a recording; {fix}")
    beside = path.parent / Path(given.replace("\\", "/")).name
    for one in (Path(given), beside):
        if one.exists():
            return one
    raise RecordingNotFoundError(
        f"{str(path)!r} was saved with {given!r}, which is not there, and there is no "
        f"{beside.name!r} beside it; {fix}"
    )
