"""No module remembers anything of a run: what a run remembers is in its Invocation, which ends with it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import binder_singlenode
from binder_singlenode.base import invocation

SOURCES = Path(binder_singlenode.__file__).parent
CONSTANT = {
    ("base/render.py", "environment"),
    ("config/messages/redact.py", "_fields"),
    ("config/messages/redact.py", "secret_fields"),
    ("deploy/steps/__init__.py", "in_order"),
}
"""Functions with functools.cache whose answer neither files nor the environment can change."""
RUNS = ("base/invocation.py", "_runs")
CHANGES = {"append", "extend", "insert", "remove", "pop", "clear", "add", "discard", "update", "setdefault"}


def changed_names(tree: ast.Module) -> Iterator[str]:
    """Names of the module that its functions assign to or change."""
    names = {
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef):
            continue
        for node in ast.walk(function):
            match node:
                case ast.Global(names=found):
                    yield from found
                case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=verb)) if verb in CHANGES:
                    yield from names & {name}
                case ast.Subscript(value=ast.Name(id=name), ctx=ast.Store() | ast.Del()):
                    yield from names & {name}


def cached(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            named = [each.func if isinstance(each, ast.Call) else each for each in node.decorator_list]
            if any(ast.unparse(each).rpartition(".")[2] in ("cache", "lru_cache") for each in named):
                yield node.name


def test_no_function_changes_what_belongs_to_its_module() -> None:
    found = set()
    folders = (SOURCES, SOURCES / "deploy")  # a link, which rglob does not follow
    for path in (path for folder in folders for path in folder.rglob("*.py")):
        tree, name = ast.parse(path.read_text()), str(path.relative_to(SOURCES))
        found |= {(name, each) for each in (*changed_names(tree), *cached(tree))}
    assert found == CONSTANT | {RUNS}


def test_a_run_forgets_what_it_was_told_and_what_it_has_found() -> None:
    asked: list[int] = []

    @invocation.once
    def answer(number: int) -> int:
        asked.append(number)
        return number

    for _ in range(2):
        with invocation.begun() as run:
            assert [answer(1), answer(1), answer(2)] == [1, 1, 2]
            run.secrets.add("a secret")
    assert asked == [1, 2, 1, 2]
    assert invocation.current().secrets == set()


def test_a_run_that_fails_is_over_too() -> None:
    before = invocation.current()
    with pytest.raises(ZeroDivisionError), invocation.begun(["up", "lab"]):
        raise ZeroDivisionError
    assert invocation.current() is before
