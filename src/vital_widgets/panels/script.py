"""What a panel computes, as steps that are run and that are written as Python.

A panel describes its computation once, as steps; the same steps give the result and the code, so
that both cannot differ.
"""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.panels.writtenvalues import written

if TYPE_CHECKING:
    from vital_widgets.core.recording import Recording

RECORDING = "rec"
LINE = 88  # characters of a line of code, as formatters make them


@dataclass(frozen=True, eq=False)
class Step(ABC):
    """One value of a script.

    Attributes
    ----------
    name : str
        Name of the variable that holds it; '' if it is written where it is used.
    slow : bool
        Whether results so far are shown without it, as None.
    so_far : Step or None
        What takes its place in results so far, because it takes less time.
    """

    name: str = ""
    slow: bool = field(default=False, kw_only=True)
    so_far: Step | None = field(default=None, kw_only=True)

    def inputs(self) -> Iterator[Any]:
        """Give the values that this one is made of; some are steps."""
        return iter(())

    @abstractmethod
    def run(self, known: Mapping[Step, Any]) -> Any:
        """Return the value; ``known`` holds those of the steps that it is made of."""

    @abstractmethod
    def code(self, write: Callable[[Any], str]) -> str:
        """Return the expression; ``write`` returns that of an input."""

    def item(self, key: Any, name: str = "") -> Step:
        """Return ``self[key]``."""
        return _Item(name, self, key)

    def attribute(self, attribute: str, name: str = "") -> Step:
        """Return ``self.attribute``."""
        return _Attribute(name, self, attribute)

    def method(self, method: str, *args: Any, name: str = "", **kwargs: Any) -> Step:
        """Return ``self.method(*args, **kwargs)``."""
        return _Call(name, _Attribute("", self, method), args, kwargs)


@dataclass(frozen=True, eq=False)
class Given(Step):
    """A recording that the panel was given.

    Attributes
    ----------
    recording : Recording
        The recording.
    """

    recording: Recording | None = None

    def run(self, known: Mapping[Step, Any]) -> Any:
        """Return the recording."""
        del known
        return self.recording

    def code(self, write: Callable[[Any], str]) -> str:
        """Return how it is opened; a recording in memory is expected under its name."""
        path = getattr(self.recording, "path", None)
        return f"vw.open({write(str(path))})" if path is not None else ""


@dataclass(frozen=True, eq=False)
class _Item(Step):
    of: Any = None
    key: Any = None

    def inputs(self) -> Iterator[Any]:
        yield self.of

    def run(self, known: Mapping[Step, Any]) -> Any:
        return known[self.of][self.key]

    def code(self, write: Callable[[Any], str]) -> str:
        return f"{write(self.of)}[{write(self.key)}]"


@dataclass(frozen=True, eq=False)
class _Attribute(Step):
    of: Any = None
    attribute_name: str = ""

    def inputs(self) -> Iterator[Any]:
        yield self.of

    def run(self, known: Mapping[Step, Any]) -> Any:
        return getattr(known[self.of], self.attribute_name)

    def code(self, write: Callable[[Any], str]) -> str:
        return f"{write(self.of)}.{self.attribute_name}"


@dataclass(frozen=True, eq=False)
class _Call(Step):
    function: Any = None
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] | None = None

    def inputs(self) -> Iterator[Any]:
        if isinstance(self.function, Step):
            yield self.function
        yield from self.args
        yield from (self.kwargs or {}).values()

    def run(self, known: Mapping[Step, Any]) -> Any:
        function = known[self.function] if isinstance(self.function, Step) else self.function
        args = [_filled(one, known) for one in self.args]
        kwargs = {key: _filled(one, known) for key, one in (self.kwargs or {}).items()}
        return function(*args, **kwargs)

    def code(self, write: Callable[[Any], str]) -> str:
        step = isinstance(self.function, Step)
        called = write(self.function) if step else _path_of(self.function)
        given = {} if step else without_defaults(self.function, self.kwargs or {})
        named = self.kwargs or {} if step else given
        parts = [write(one) for one in self.args]
        parts += [f"{key}={write(one)}" for key, one in named.items()]
        line = f"{called}({', '.join(parts)})"
        if len(self.name) + 3 + len(line) <= LINE:
            return line
        inside = "".join(f"    {part},\n" for part in parts)
        return f"{called}(\n{inside})"


def call(
    function: Callable[..., Any],
    *args: Any,
    name: str = "",
    slow: bool = False,
    so_far: Mapping[str, Any] | None = None,
    **kwargs: Any,
) -> Step:
    """Return the step that calls a function; arguments may be steps, or hold some.

    Parameters
    ----------
    function : callable
        A public function, such as ``analysis.power_spectrum``.
    *args, **kwargs
        Its arguments. In the code, those that equal the default are left out.
    name : str
        Name of the variable that holds what it returns.
    slow : bool
        Whether it takes long for a whole recording: results so far are shown without it, as None.
    so_far : mapping of str to object, optional
        Arguments that take the place of others in results so far, so that these take less time.
    """
    less = None if so_far is None else _Call(name, function, args, {**kwargs, **so_far})
    return _Call(name, function, args, kwargs, slow=slow, so_far=less)


def called(step: Step, known: Mapping[Step, Any]) -> tuple[Any, ...] | None:
    """Return the function that a step calls and its arguments; None for a step of another kind."""
    if not isinstance(step, _Call) or isinstance(step.function, Step):
        return None
    return step.function, _filled(step.args, known), _filled(step.kwargs or {}, known)


class Parts:
    """Several results of a panel, as attributes; the first one is its main result.

    Parameters
    ----------
    values : mapping of str to object
        Results by name.
    """

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.__dict__.update(values)
        self._names = tuple(values)

    @property
    def main(self) -> Any:
        """The first one."""
        return getattr(self, self._names[0])

    def items(self) -> dict[str, Any]:
        """Return all of them by name."""
        return {name: getattr(self, name) for name in self._names}


@dataclass(frozen=True, eq=False)
class _Together(Step):
    parts: Mapping[str, Step] | None = None

    def inputs(self) -> Iterator[Any]:
        yield from (self.parts or {}).values()

    def run(self, known: Mapping[Step, Any]) -> Any:
        return Parts({name: known[step] for name, step in (self.parts or {}).items()})

    def code(self, write: Callable[[Any], str]) -> str:
        """Return nothing: each part is written under its own name."""
        del write
        return ""


def as_step(script: Step | Mapping[str, Step]) -> Step:
    """Return the last step of a script; of several results, the one that holds all of them."""
    if isinstance(script, Step):
        return script
    given: Any = script  # by a panel of one's own
    parts = dict(given) if isinstance(given, Mapping) else {}
    if not parts or not all(isinstance(one, Step) for one in parts.values()):
        raise TypeError(
            f"a script is {type(script).__name__}; return what call(...) gives, or a dict of such "
            "steps by name"
        )
    return _Together("", parts)


def constant(value: Any, name: str) -> Step:
    """Return the step of a plain value that has a name in the code."""
    return _Constant(name, value)


@dataclass(frozen=True, eq=False)
class _Constant(Step):
    value: Any = None

    def run(self, known: Mapping[Step, Any]) -> Any:
        del known
        return self.value

    def code(self, write: Callable[[Any], str]) -> str:
        line = write(self.value)
        if not isinstance(self.value, list) or len(self.name) + 3 + len(line) <= LINE:
            return line
        inside = "".join(f"    {write(one)},\n" for one in self.value)
        return f"[\n{inside}]"


def ordered(last: Step) -> list[Step]:
    """Return all steps that ``last`` needs, itself at the end, each after those that it needs."""
    found: dict[Step, None] = {}

    def visit(value: Any) -> None:
        for step in _steps_in(value):
            if step not in found:
                for one in step.inputs():
                    visit(one)
                found[step] = None

    visit(last)
    return list(found)


def code_of(last: Step) -> str:
    """Return a script that computes the value of a step, as Python source text."""
    steps = ordered(last)

    def write(value: Any) -> str:
        if isinstance(value, Step):
            return value.name or value.code(write)
        return written(value, write)

    lines = []
    given = [step for step in steps if isinstance(step, Given)]
    for step in steps:
        if not step.name:
            continue
        made = step.code(write)
        if made:
            lines.append(f"{step.name} = {made}")
        else:  # a recording in memory
            held = "recording" if step.name == RECORDING else step.name
            lines.append(f"# {step.name} is the recording in memory: panel.{held}")
    if not last.name and (expression := last.code(write)):
        lines.append(f"result = {expression}")
    body = "\n".join(lines)
    heads = []
    if any(step.code(write) for step in given) or "vw." in body:
        heads.append("import vital_widgets as vw")
    if "analysis." in body:
        heads.append("from vital_widgets import analysis")
    if "np." in body:
        heads.insert(0, "import numpy as np\n")
    return "\n".join([*heads, "", body, ""]) if heads else f"{body}\n"


def result_name(last: Step) -> str:
    """Return the name of the variable that holds the result of a script."""
    if isinstance(last, _Together):
        return result_name(next(iter((last.parts or {}).values())))
    return last.name or "result"


def _steps_in(value: Any) -> Iterator[Step]:
    if isinstance(value, Step):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _steps_in(one)
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from _steps_in(one)


def _filled(value: Any, known: Mapping[Step, Any]) -> Any:
    """Return a value with results in place of the steps in it."""
    if isinstance(value, Step):
        return known[value]
    if isinstance(value, Mapping):
        return {key: _filled(one, known) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_filled(one, known) for one in value)
    return value


def _path_of(function: Callable[..., Any]) -> str:
    """Return how the code names a function: ``analysis.ecg_peaks``, or its full path."""
    vw = import_module(__name__.partition(".")[0])  # its names are those of every layer
    analysis = vw.analysis
    name = getattr(function, "__name__", repr(function))
    if getattr(analysis, name, None) is function:
        return f"analysis.{name}"
    if getattr(vw, name, None) is function:
        return f"vw.{name}"
    return f"vw.{function.__module__.partition('.')[2]}.{function.__qualname__}"


def without_defaults(function: Callable[..., Any], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments that differ from the defaults of a function."""
    try:
        known = inspect.signature(function).parameters
    except (TypeError, ValueError):
        return dict(kwargs)
    return {
        key: value
        for key, value in kwargs.items()
        if key not in known or not _equal(known[key].default, value)
    }


def _equal(default: Any, value: Any) -> bool:
    if default is inspect.Parameter.empty or isinstance(value, (Step, np.ndarray)):
        return False
    if isinstance(value, (list, tuple)) and isinstance(default, (list, tuple)):
        return list(default) == list(value)
    return bool(type(default) is type(value) or not isinstance(value, bool)) and bool(
        default == value
    )
