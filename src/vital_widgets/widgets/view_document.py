"""The view of a viewer as one small document that can be saved and restored."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import traitlets

from vital_widgets.errors import InvalidInputError, VitalError

if TYPE_CHECKING:
    from collections.abc import Mapping

VERSION = 1


class ViewDocument(traitlets.HasTraits):
    """Traits tagged ``view=True`` form the document."""

    @property
    def view(self) -> dict[str, Any]:
        """All properties of the view as a JSON dictionary; can be set.

        ``viewer.view = other.view`` shows the same as another viewer of the same recording, and
        ``Viewer(recording, view=document)`` restores a saved view. Properties that a document does
        not contain keep their values. Signals that were added as arrays are not kept, and a
        warning names them.
        """
        self._warn_of_lost()
        return self._without_lost(self._whole_view())

    @view.setter
    def view(self, document: Mapping[str, Any]) -> None:
        values = self._checked_view(document)
        before = {name: getattr(self, name) for name in values}
        try:
            self._set_view(values)
        except BaseException as error:
            self._set_view(before)  # one invalid property changes nothing
            if isinstance(error, traitlets.TraitError) and not isinstance(error, VitalError):
                raise InvalidInputError(
                    f"a value of this view is of a wrong type: {error}"
                ) from None
            raise

    if TYPE_CHECKING:  # of the class that this one is a part of

        def _warn_of_lost(self) -> None:
            """Warn of signals that a saved view cannot keep."""
            ...

        def _without_lost(self, values: dict[str, Any]) -> dict[str, Any]:
            """Return properties of a view without such signals."""
            ...

    def _whole_view(self) -> dict[str, Any]:
        """Return all properties, also of signals that a saved view cannot keep."""
        values = {name: getattr(self, name) for name in self._view_names()}
        document: dict[str, Any] = json.loads(json.dumps({"version": VERSION, **values}))
        return document

    def _set_view(self, values: Mapping[str, Any]) -> None:
        for name, value in values.items():
            setattr(self, name, value)

    @classmethod
    def _view_names(cls) -> list[str]:
        return sorted(cls.class_traits(view=True))

    @classmethod
    def _checked_view(cls, document: Mapping[str, Any]) -> dict[str, Any]:
        """Return the properties of a document, after a check of its version and their names."""
        if not hasattr(document, "keys"):
            msg = f"view={document!r} is not a dictionary, as the attribute `view` of a viewer is"
            raise InvalidInputError(msg)
        values = dict(document)
        version = values.pop("version", VERSION)
        if version != VERSION:
            msg = (
                f"the view has version {version!r}, this release of vital_widgets reads version "
                f"{VERSION}; save the view again with this release"
            )
            raise InvalidInputError(msg)
        known = cls._view_names()
        unknown = sorted(set(values) - set(known))
        if unknown:
            names = ", ".join(map(repr, unknown))
            msg = f"unknown property {names} of a view; available: {', '.join(known)}"
            raise InvalidInputError(msg)
        return values
