"""What every analysis returns: values with units, how they were made, what they rest on."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from functools import wraps
from html import escape
from inspect import get_annotations
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from vital_widgets.analysis.engine.recipe import Recipe
from vital_widgets.analysis.engine.validity import NOT_ENOUGH, ValidSignal

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

UNMADE = Recipe("", {}, {}, {})
NOTHING = ValidSignal(0.0, 0.0)


class _Blanked(type):
    """Replaces the values of a new result by NaN where there was not enough signal.

    It acts when the object is whole, however its class sets it up.
    """

    if not TYPE_CHECKING:  # the signature is that of the class

        def __call__(cls, *args: object, **kwargs: object) -> object:
            made = super().__call__(*args, **kwargs)
            if why := _why_not(made):
                for name in {field.name for field in fields(made)} - cls._given:
                    value = without_values(getattr(made, name), why)
                    object.__setattr__(made, name, value)
            return made


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Result(metaclass=_Blanked):
    """Base of all results.

    Where ``enough`` is False, whatever holds floating-point numbers and is not ``given`` is NaN,
    in fields and in properties.

    Attributes
    ----------
    recipe : Recipe
        How it was made; ``result.recipe.run()`` makes it again.
    valid : ValidSignal
        How much valid signal it rests on.
    notes : tuple of str
        What a reader must know: what was left out, or that there was not enough valid signal.
    """

    recipe: Recipe = UNMADE
    valid: ValidSignal = NOTHING
    notes: tuple[str, ...] = ()

    _given: ClassVar[frozenset[str]] = frozenset({"recipe", "valid", "notes"})
    _columns: ClassVar[Mapping[str, str]] = MappingProxyType({})

    def __init_subclass__(
        cls,
        *,
        given: tuple[str, ...] = (),
        columns: Mapping[str, str] | None = None,
        **kwargs: object,
    ) -> None:
        """Declare which fields of a subclass stay without enough signal, and keep this repr.

        Parameters
        ----------
        given : tuple of str
            Fields and properties that tell how or where something was measured (a window, a
            threshold, times), not what: they stay where there was not enough signal. All others
            that hold floating-point numbers become NaN then.
        columns : mapping of str to str, optional
            Columns of `to_frame` and the fields or properties that hold them, one value a row; a
            single row if all of them are single values. Of a mapping, its items are the columns.
        **kwargs
            Of other bases.
        """
        super().__init_subclass__(**kwargs)
        if columns is not None:
            cls._columns = MappingProxyType(dict(columns))
        declared = {name for base in cls.__mro__ for name in (*get_annotations(base), *vars(base))}
        if not declared.issuperset(given):
            unknown = sorted(set(given) - declared)
            raise TypeError(f"{cls.__name__} has no {unknown[0]!r}: given= names what it has")
        cls._given = cls._given.union(given)
        for name, member in list(vars(cls).items()):
            if isinstance(member, property) and member.fget and name not in (*cls._given, "enough"):
                setattr(cls, name, _only_of_enough(member, member.fget))
        # The repr that `dataclass` makes would print whole arrays.
        if "__repr__" not in cls.__dict__:
            cls.__repr__ = Result.__repr__  # type: ignore[method-assign]

    @property
    def enough(self) -> bool:
        """Whether there was enough valid signal; if not, the values are NaN or empty."""
        return not _why_not(self)

    def to_frame(self) -> pd.DataFrame:
        """Return the result as a table; column names state the units where a word cannot."""
        import pandas as pd

        if not self._columns:
            raise TypeError(f"class {type(self).__name__} needs columns= or a to_frame of its own")
        columns: dict[str, Any] = {}
        for name, held in self._columns.items():
            value = getattr(self, held)
            columns |= value if isinstance(value, Mapping) else {name: value}
        one_row = not any(map(np.ndim, columns.values()))
        return pd.DataFrame(columns, index=range(1) if one_row else None)

    @abstractmethod
    def _facts(self) -> list[tuple[str, str]]:
        """Return what the repr shows: pairs of a name and a value with its unit."""

    def __repr__(self) -> str:
        """Show the main values, line by line."""
        facts = self._all_facts()
        width = max((len(name) for name, _ in facts), default=0)
        lines = [f"  {name + ':':<{width + 2}}{value}" for name, value in facts]
        return "\n".join([type(self).__name__, *lines, *(f"  note: {n}" for n in self.notes)])

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in self._all_facts()
        )
        notes = "".join(f"<li>{escape(note)}</li>" for note in self.notes)
        noted = f'<ul class="vw-notes">{notes}</ul>' if notes else ""
        recipe = escape(repr(self.recipe)) if self.recipe.function else ""
        made = f"<details><summary>how it was made</summary><code>{recipe}</code></details>"
        return (
            f'<div class="vw-result"><style>{_CSS}</style>'
            f"<div>{escape(type(self).__name__)}</div><dl>{rows}</dl>{noted}"
            f"{made if recipe else ''}</div>"
        )

    def _all_facts(self) -> list[tuple[str, str]]:
        valid = [("valid signal", str(self.valid))] if self.valid.of_seconds > 0 else []
        return [*self._facts(), *valid]


def _why_not(result: Result) -> str:
    """Return the note that says that there was not enough signal, or nothing."""
    return next((note for note in result.notes if note.startswith(NOT_ENOUGH)), "")


def without_values(value: Any, why: str) -> Any:
    """Return a value with NaN in place of each floating-point number in it.

    Parameters
    ----------
    value : object
        A result in it gets the note ``why``, and so has no values either.
    why : str
        The note that says that there was not enough signal.
    """
    if isinstance(value, float | np.floating):
        return float("nan")
    if isinstance(value, np.ndarray):
        return np.full_like(value, np.nan) if value.dtype.kind in "fc" else value
    if type(value) is tuple:
        return tuple(without_values(item, why) for item in value)
    if isinstance(value, Mapping):
        return {key: without_values(item, why) for key, item in value.items()}
    if isinstance(value, Result) and value.enough:
        return replace(value, notes=(*value.notes, why))
    return value


def _only_of_enough(member: property, get: Callable[[Any], Any]) -> property:
    """Return a property whose values are NaN where there was not enough signal."""

    @wraps(get)
    def guarded(self: Result) -> Any:
        value = get(self)
        return value if self.enough else without_values(value, _why_not(self))

    return property(guarded, doc=member.__doc__)


def median_of(values: NDArray[np.float64]) -> float:
    """Return the median of the finite numbers; NaN if there are none."""
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else float("nan")


def quantity(value: float, unit: str = "", digits: int = 4) -> str:
    """Return a number with its unit for people; NaN as 'not available'."""
    if value != value:  # noqa: PLR0124 - NaN
        return "not available"
    return f"{value:.{digits}g} {unit}".rstrip()


# Colours come from JupyterLab where it is around; the rest is inherited or half transparent, so
# that it stands on light and dark alike.
_CSS = """
.vw-result{color:var(--jp-content-font-color1,inherit);line-height:1.45;max-width:960px;
font-family:var(--jp-ui-font-family,system-ui,sans-serif);font-size:13px;padding:2px 0 6px}
.vw-result>div{font-size:15px;font-weight:600;margin:2px 0 4px}
.vw-result dl{display:grid;grid-template-columns:max-content 1fr;gap:1px 14px;margin:0 0 6px}
.vw-result dt{color:var(--jp-content-font-color2,rgba(128,128,128,1));font-weight:400;margin:0;
padding:0;float:none;width:auto}
.vw-result dd{margin:0;padding:0;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
.vw-result .vw-notes{border-left:3px solid var(--jp-warn-color1,#d08700);margin:0 0 6px;
background:rgba(208,135,0,.1);padding:4px 10px 4px 24px}
.vw-result summary{cursor:pointer;color:var(--jp-content-font-color2,rgba(128,128,128,1))}
.vw-result code{font-size:12px;overflow-wrap:anywhere;background:none}
""".replace("\n", "")
