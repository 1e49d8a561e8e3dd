"""No test that cannot fail, and none that depends on time: held by looking at the tests' code."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent
TESTING = HERE.parent / "src" / "vital_widgets" / "testing"
FILES = sorted(HERE.rglob("*.py"))
CHECKS = {"raises", "warns", "fail"}
POLL_SECONDS, PATIENCE_SECONDS = 0.1, 100
CLOCKS = {"perf_counter", "perf_counter_ns", "process_time", "process_time_ns", "thread_time"}
# What waits in the browser's page or measures for the fuzzer's own limits.
WITH_TIMES = {"browser", "fuzz"}


def called(node: ast.AST) -> str:
    """Name of the function a call calls, without what it belongs to."""
    if not isinstance(node, ast.Call):
        return ""
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def keywords(node: ast.AST) -> list[ast.keyword]:
    return node.keywords if isinstance(node, ast.Call) else []


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def checks(function: ast.AST, helpers: set[str]) -> bool:
    """Whether a function asserts something, by itself or by what it calls."""
    return any(
        isinstance(node, ast.Assert)
        or any(k.arg == "check" and ast.unparse(k.value) == "True" for k in keywords(node))
        or called(node).startswith("assert")
        or called(node) in CHECKS | helpers
        or (isinstance(node, ast.Name) and node.id in helpers)
        for node in ast.walk(function)
    )


def helpers_of(tree: ast.AST, imported: set[str]) -> set[str]:
    """Names of the functions of a file, not tests, that check something."""
    known: set[str] = set()
    while True:
        found = {
            function.name
            for function in functions(tree)
            if not function.name.startswith("test_") and checks(function, known | imported)
        }
        if found == known:
            return known
        known = found


def imported_by(tree: ast.AST, shared: dict[str, set[str]]) -> set[str]:
    """Names that a file takes from modules of shared helpers, those that check something."""
    return {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.name in shared.get((node.module or "").rpartition(".")[2], set())
    }


def always_true(test: ast.expr) -> bool:
    """Whether an expression is true by its form: a text, a tuple, a generator, itself."""
    if isinstance(test, ast.Constant | ast.Tuple | ast.List | ast.Set | ast.Dict | ast.JoinedStr):
        return not isinstance(test, ast.Constant) or bool(test.value)
    if isinstance(test, ast.GeneratorExp | ast.Lambda):
        return True
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return isinstance(test.operand, ast.Constant) and not test.operand.value
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.Or):
        return any(always_true(value) for value in test.values)
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        (op,), (right,) = test.ops, test.comparators
        zero = isinstance(right, ast.Constant) and right.value == 0
        return zero and isinstance(op, ast.GtE) and called(test.left) == "len"
    return False


def found_in(tree: ast.AST, helpers: set[str], *, timed: bool = False) -> list[str]:
    """Return what is wrong with tests, a line each."""
    wrong = [
        f"{function.lineno}: {function.name} asserts nothing"
        for function in functions(tree)
        if function.name.startswith("test_") and not checks(function, helpers)
    ]
    for node in ast.walk(tree):
        line = getattr(node, "lineno", 0)
        if isinstance(node, ast.Assert) and always_true(node.test):
            wrong.append(f"{line}: assert {ast.unparse(node.test)[:60]} cannot fail")
        if not isinstance(node, ast.Call):
            continue
        name, first = called(node), next(iter(node.args), None)
        named = {keyword.arg: keyword.value for keyword in keywords(node)}
        if name == "raises" and isinstance(first, ast.Name) and first.id in WIDE:
            wrong.append(f"{line}: raises({first.id}) takes any mistake for the right error")
        if name == "settings" and {"deadline", "suppress_health_check"} & named.keys():
            wrong.append(f"{line}: the profile of hypothesis is set once, in conftest.py")
        if timed:
            continue
        if name in CLOCKS:
            wrong.append(f"{line}: {name}() measures the machine")
        limit = named.get("timeout", first if name in ("wait", "result", "join") else None)
        seconds = limit.value if isinstance(limit, ast.Constant) else None
        if isinstance(seconds, int | float) and POLL_SECONDS < seconds < PATIENCE_SECONDS:
            wrong.append(f"{line}: {name}({seconds}) ends too early on a busy machine")
    return wrong


WIDE = {"Exception", "BaseException", "AssertionError"}


@pytest.fixture(scope="module")
def shared() -> dict[str, set[str]]:
    """Helpers by the name of their module."""
    modules = [*FILES, *TESTING.glob("*.py")]
    trees = {path.stem: ast.parse(path.read_text("utf-8")) for path in modules}
    return {name: helpers_of(tree, set()) for name, tree in trees.items()}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(HERE).as_posix())
def test_every_test_can_fail_and_none_depends_on_time(
    path: Path, shared: dict[str, set[str]]
) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    imported = imported_by(tree, shared)
    timed = bool(WITH_TIMES & {*path.parts}) or path.name == "conftest.py"
    assert found_in(tree, imported | helpers_of(tree, imported), timed=timed) == []


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("def test_it():\n    run()", "asserts nothing"),
        ("def test_it():\n    for x in y:\n        x.close()", "asserts nothing"),
        ("assert (x, 'not so')", "cannot fail"),
        ("assert 'text'", "cannot fail"),
        ("assert (x for x in y)", "cannot fail"),
        ("assert f'{x}'", "cannot fail"),
        ("assert not 0", "cannot fail"),
        ("assert x or 'text'", "cannot fail"),
        ("assert len(x) >= 0", "cannot fail"),
        ("with pytest.raises(Exception): run()", "any mistake"),
        ("@settings(deadline=200)\ndef run(): ...", "the profile"),
        ("began = time.perf_counter()", "measures"),
        ("task.wait(5)", "too early"),
        ("subprocess.run(x, timeout=20)", "too early"),
    ],
)
def test_what_is_refused(code: str, said: str) -> None:
    (wrong,) = found_in(ast.parse(code), {"held"})
    assert said in wrong


@pytest.mark.parametrize(
    "code",
    [
        "def test_it():\n    held(3)",
        "def test_it():\n    np.testing.assert_allclose(x, y)",
        "def test_it():\n    with pytest.raises(KeyError): x[3]",
        "def test_it():\n    subprocess.run(command, check=True)",
        "assert x == (1, 2)",
        "assert not x",
        "assert False",
        "task.wait(300)",
        "task.wait(0.01)",
    ],
)
def test_what_is_allowed(code: str) -> None:
    assert found_in(ast.parse(code), {"held"}) == []


def test_helpers_are_found_through_helpers() -> None:
    tree = ast.parse("def a(): assert x\ndef b(): a()\ndef c(): d()\ndef test_e(): assert x")
    assert helpers_of(tree, set()) == {"a", "b"}
    assert helpers_of(tree, {"d"}) == {"a", "b", "c"}
    other = ast.parse("from tests.one import a as same, c")
    assert imported_by(other, {"one": {"a"}}) == {"same"}
