"""What every analysis returns: values with units, how they were made, what they rest on."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from vital_widgets.analysis.recipe import Recipe
from vital_widgets.analysis.validity import NOT_ENOUGH, ValidSignal

if TYPE_CHECKING:
    import pandas as pd

UNMADE = Recipe("", {}, {}, {})
NOTHING = ValidSignal(0.0, 0.0)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Result:
    """Base of all results.

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

    def __init_subclass__(cls, **kwargs: object) -> None:
        """Keep this repr: the one that `dataclass` makes would print whole arrays."""
        super().__init_subclass__(**kwargs)
        if "__repr__" not in cls.__dict__:
            cls.__repr__ = Result.__repr__  # type: ignore[method-assign]

    def __post_init__(self) -> None:
        """Let no figure stand where there was not enough to make it from."""
        figures = getattr(self, "figures", None)
        if isinstance(figures, dict) and not self.enough:
            object.__setattr__(self, "figures", dict.fromkeys(figures, float("nan")))

    @property
    def enough(self) -> bool:
        """Whether there was enough valid signal; where not, the figures are NaN or empty."""
        return not any(note.startswith(NOT_ENOUGH) for note in self.notes)

    @abstractmethod
    def to_frame(self) -> pd.DataFrame:
        """Return the result as a table; column names carry the units where a word cannot."""

    @abstractmethod
    def facts(self) -> list[tuple[str, str]]:
        """Return what the repr shows: pairs of a name and a figure with its unit."""

    def __repr__(self) -> str:
        """Show the main figures, line by line."""
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
        return [*self.facts(), *valid]


def figure(value: float, unit: str = "", digits: int = 4) -> str:
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
