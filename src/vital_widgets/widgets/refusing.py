"""Values that are refused change nothing, also those that the browser sends.

traitlets takes back the values of one message only if a check raises its own `TraitError`. The
errors of this package are made such errors here; they stay what they are in all other respects.
Any other error of a check is a mistake in the check. It changes nothing either, and is raised as
it is.

A value of a wrong type, which traitlets refuses before any check, is an error in the words of this
package too: the tag ``accepts`` of a trait says what it takes.
"""

from __future__ import annotations

from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

import traitlets

from vital_widgets.core.formatting import format_value
from vital_widgets.errors import PACKAGE, InvalidInputError, VitalError, internal_error
from vital_widgets.widgets.entries import TimeSpan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

OF_THE_BROWSER = frozenset({"_view_count"})  # of ipywidgets; all others are set by the kernel


class Refusing(traitlets.HasTraits):
    """A widget that refuses invalid values of a message as a whole, and tells the browser."""

    def __setattr__(self, name: str, value: Any) -> None:
        """Assign a value, or say what is accepted."""
        try:
            super().__setattr__(name, value)
        except VitalError:
            raise
        except traitlets.TraitError as error:
            accepted = _accepted(self.traits().get(name))
            if not accepted:
                raise
            msg = f"{name}={format_value(value)} is not {accepted}"
            raise _also_trait_error(InvalidInputError)(msg) from error

    def _register_validator(self, handler: Callable[..., Any], names: Any) -> None:
        super()._register_validator(_refusing(handler), names)

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take what the browser has changed, or send back what is shown instead."""
        widget: Any = self
        allowed = {
            name: value
            for name, value in sync_data.items()
            if not name.startswith("_") or name in OF_THE_BROWSER
        }
        try:
            super().set_state(allowed)  # type: ignore[misc]
        except Exception as error:
            widget.send_state([name for name in allowed if name in widget.keys])
            if not isinstance(error, VitalError | traitlets.TraitError):
                widget.send({"kind": "failed", "error": internal_error(error)})
            raise

    @contextmanager
    def hold_trait_notifications(self) -> Iterator[None]:
        """Set several values together; all are taken back if a check fails."""
        error = None
        try:
            with super().hold_trait_notifications():
                yield
        except _FailedCheckError as failed:
            error = failed.error
        if error is not None:
            raise error


class _FailedCheckError(traitlets.TraitError):
    """Carries an error through traitlets, so that it takes the values back."""

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error


def _refusing(handler: Callable[..., Any]) -> Callable[..., Any]:
    """Return a check whose refusals are `TraitError` too."""
    module = str(getattr(getattr(handler, "func", handler), "__module__", ""))
    is_ours = module.partition(".")[0] == PACKAGE

    def check(owner: Any, proposal: Any) -> Any:
        try:
            return handler(owner, proposal)
        except traitlets.TraitError:
            raise
        except VitalError as error:
            kind: Any = type(error)
            raise _also_trait_error(kind)(*error.args) from error
        except Exception as error:
            if is_ours:
                error.add_note(internal_error(error))
            if owner._cross_validation_lock:  # noqa: SLF001 - several values are set together
                raise _FailedCheckError(error) from error
            raise

    return check


@cache
def _also_trait_error(kind: Any) -> Any:
    return type(kind.__name__, (kind, traitlets.TraitError), {"__module__": kind.__module__})


KINDS: dict[type[Any], str] = {
    TimeSpan: "a pair of times in seconds; give (t0, t1) with t0 < t1",
    traitlets.Bool: "True or False",
    traitlets.Unicode: "a text",
    traitlets.Float: "a number",
    traitlets.Int: "a whole number",
    traitlets.List: "a list of texts",
    traitlets.Dict: "a dictionary with texts as keys",
}


def _accepted(trait: traitlets.TraitType[Any, Any] | None) -> str:
    """Return what a trait takes in words; an empty text if it says nothing about it."""
    if trait is None or trait.read_only or str(trait.name).startswith("_"):
        return ""
    said: str = trait.metadata.get("accepts", "")
    said = said or next((words for kind, words in KINDS.items() if isinstance(trait, kind)), "")
    return f"{said}, or None" if said and trait.allow_none else said
