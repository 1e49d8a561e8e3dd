"""Values that are refused change nothing, also those that the browser sends.

traitlets takes back the values of one message only if a check raises its own `TraitError`. The
errors of this package are made such errors here; they stay what they are in all other respects.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import traitlets

from vital_widgets.core.formatting import format_value
from vital_widgets.errors import InvalidInputError, VitalError

if TYPE_CHECKING:
    from collections.abc import Callable

OF_THE_BROWSER = frozenset({"_view_count"})  # of ipywidgets; all others are set by the kernel


class Refusing(traitlets.HasTraits):
    """A widget that refuses invalid values of a message as a whole, and tells the browser."""

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
        except traitlets.TraitError:
            widget.send_state([name for name in allowed if name in widget.keys])
            raise


def _refusing(handler: Callable[..., Any]) -> Callable[..., Any]:
    """Return a check whose errors are `TraitError` too."""

    def check(owner: Any, proposal: Any) -> Any:
        try:
            return handler(owner, proposal)
        except traitlets.TraitError:
            raise
        except VitalError as error:
            kind: Any = type(error)
            raise _also_trait_error(kind)(*error.args) from error
        except Exception as error:
            msg = (
                f"{proposal['trait'].name}={format_value(proposal['value'])} is not valid: {error}"
            )
            raise _also_trait_error(InvalidInputError)(msg) from error

    return check


@cache
def _also_trait_error(kind: Any) -> Any:
    return type(kind.__name__, (kind, traitlets.TraitError), {"__module__": kind.__module__})
