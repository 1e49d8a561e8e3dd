"""What readers can take back, and make again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vital_widgets.core.marks.layermarks import as_table
from vital_widgets.core.marks.operations import Step
from vital_widgets.core.marks.table import TEXTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vital_widgets.core.marks.layermarks import Marks
    from vital_widgets.core.marks.operations import Operation
    from vital_widgets.core.marks.table import MarkTable, Vocabulary

    # What to do in which layer, the marks, what they were, and the fields to set. There may be
    # millions: the garbage collector does not visit plain tuples.
    Inverse = tuple[str, str, tuple[int, ...], Marks, tuple[str, ...]]
    # The numbers of the operations of each action, the last action at the end.
    Stack = list[tuple[int, ...]]


class History:
    """The actions of all readers that can be taken back or made again.

    Parameters
    ----------
    words : Vocabulary
        Texts of the marks.
    """

    def __init__(self, words: Vocabulary) -> None:
        self._words = words
        self._inverses: dict[int, Inverse] = {}
        self._undo: dict[str, Stack] = {}
        self._redo: dict[str, Stack] = {}

    def depth(self, reader: str) -> tuple[int, int]:
        """Return how many actions of a reader can be undone and redone."""
        return len(self._undo.get(reader, ())), len(self._redo.get(reader, ()))

    def touched(self, n: int, layer: str) -> tuple[int, ...]:
        """Return the marks of a layer that an operation created, changed or deleted."""
        inverse = self._inverses[n]
        return inverse[2] if inverse[1] == layer else ()

    def remember(self, operation: Operation, inverse: Inverse) -> None:
        """Take note of an operation that was performed."""
        self._inverses[operation.n] = inverse
        reader = operation.reader
        if reader not in self._undo:
            self._undo[reader], self._redo[reader] = [], []
        undo, redo = self._undo[reader], self._redo[reader]
        if operation.before:  # a compacted journal begins here
            undo.clear()
            redo.clear()
        elif operation.undoes is not None:
            _remove(undo, operation.undoes)
            _push(redo, operation)
        else:
            if operation.redoes is None:
                redo.clear()
            else:
                _remove(redo, operation.redoes)
            _push(undo, operation)

    def steps(self, reader: str, role: str) -> list[Step]:
        """Return the steps that take back what a reader did last, or make it again.

        Parameters
        ----------
        reader : str
            The reader.
        role : str
            'undoes' or 'redoes'.
        """
        stack = (self._undo if role == "undoes" else self._redo).get(reader, [])
        steps: list[Step] = []
        while stack and not steps:
            inverses = [(n, self._inverses[n]) for n in reversed(stack[-1])]
            steps = [self._step(one, {role: n}) for n, one in inverses if one[2]]
            if not steps:
                stack.pop()  # its marks are gone
        return steps

    def _step(self, inverse: Inverse, role: dict[str, int]) -> Step:
        do, layer, ids, before, names = inverse
        values = plain_columns(as_table(before), names, self._words)
        return Step(do, layer, list(ids), values, **role)


def plain_columns(rows: MarkTable, names: Sequence[str], words: Vocabulary) -> dict[str, list[Any]]:
    """Return columns of a table as operations hold them."""
    columns = {name: getattr(rows, name) for name in names}
    return {
        name: (words.texts(column) if name in TEXTS else column).tolist()
        for name, column in columns.items()
    }


def _push(stack: Stack, operation: Operation) -> None:
    """Add an operation to what can be taken back, together with others of its group."""
    if operation.group is not None and stack and stack[-1][0] == operation.group:
        stack[-1] += (operation.n,)
    else:
        stack.append((operation.n,))


def _remove(stack: Stack, n: int) -> None:
    for k in range(len(stack) - 1, -1, -1):
        if n in stack[k]:
            stack[k] = tuple([one for one in stack[k] if one != n])
            if not stack[k]:
                del stack[k]
            return
