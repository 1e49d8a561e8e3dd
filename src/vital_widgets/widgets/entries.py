"""Traits of values that traitlets has not: entries that can be set, numbers of any size."""

from __future__ import annotations

from numbers import Real
from typing import TYPE_CHECKING, Any, Self

import traitlets

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Entries(dict[str, Any]):
    """The value of an `EntriesTrait`: each change sets the trait, so that it is validated."""

    def __init__(self, values: Mapping[str, Any], owner: traitlets.HasTraits, name: str) -> None:
        super().__init__(values)
        self._owner = owner
        self._name = name

    def __setitem__(self, key: str, value: Any) -> None:
        """Set one entry; None removes it."""
        self._become({**self._current(), key: value})

    def __delitem__(self, key: str) -> None:
        """Remove one entry."""
        current = self._current()
        del current[key]
        self._become(current)

    def __ior__(self, other: Any) -> Self:  # type: ignore[override,misc]
        """Set several entries at once."""
        self.update(other)
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle a plain dictionary."""
        return dict, (dict(self),)

    def __copy__(self) -> dict[str, Any]:
        """Return a plain dictionary."""
        return dict(self)

    def __deepcopy__(self, memo: object) -> dict[str, Any]:
        """Return a plain dictionary; its values cannot be changed in place."""
        return dict(self)

    def copy(self) -> dict[str, Any]:
        """Return a plain dictionary."""
        return dict(self)

    def update(self, *args: Any, **kwargs: Any) -> None:
        """Set several entries at once."""
        self._become({**self._current(), **dict(*args, **kwargs)})

    def clear(self) -> None:
        """Remove all entries."""
        self._become({})

    def pop(self, key: str, *default: Any) -> Any:
        """Remove one entry and return its value."""
        current = self._current()
        value = current.pop(key, *default)
        self._become(current)
        return value

    def popitem(self) -> tuple[str, Any]:
        """Remove the last entry and return it."""
        current = self._current()
        item = current.popitem()
        self._become(current)
        return item

    def setdefault(self, key: str, default: Any = None) -> Any:
        """Return the value of an entry, which is set if it does not exist."""
        if key not in self._current():
            self[key] = default
        return self[key]

    def _current(self) -> dict[str, Any]:
        """Return the entries of the trait, which may have been set since this was read."""
        return dict(getattr(self._owner, self._name))

    def _become(self, values: Iterable[Any] | Mapping[str, Any]) -> None:
        setattr(self._owner, self._name, values)
        current = self._current()
        super().clear()
        super().update(current)


class Number(traitlets.Float[Any, Any]):
    """A number; an integer beyond the largest float is refused as other values are."""

    def validate(self, obj: Any, value: Any) -> Any:
        """Check that the value is a number."""
        try:
            real = isinstance(value, Real) and not isinstance(value, bool)  # NumPy's too
            return super().validate(obj, float(value) if real else value)
        except OverflowError:
            self.error(obj, value)


class TimeSpan(traitlets.Tuple):
    """Two times in seconds."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(Number(), Number(), **kwargs)


class EntriesTrait(traitlets.Dict):
    """A dictionary whose entries can be set one by one; an entry that is set to None is removed.

    A validator of the owner checks the values of the entries.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(key_trait=traitlets.Unicode(), **kwargs)

    def validate(self, obj: Any, value: Any) -> Any:
        """Check that the value is a dictionary with texts as keys."""
        checked: dict[str, Any] = super().validate(obj, value) or {}
        return {key: entry for key, entry in checked.items() if entry is not None}

    def get(self, obj: Any, cls: Any = None) -> Any:
        """Return the entries."""
        value = super().get(obj, cls)
        return Entries(value, obj, str(self.name)) if isinstance(value, dict) else value
