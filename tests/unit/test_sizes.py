"""The product's modules and functions stay small enough to be read at once."""

import ast
from pathlib import Path
from typing import Final

import pytest

import contract

ROOT: Final = Path(contract.__path__[0]).parent
PACKAGES: Final = ("contract", "activities", "workflows", "worker", "sagemaker_standin")
MODULES: Final = [module for package in PACKAGES for module in sorted((ROOT / package).rglob("*.py"))]
MAX_MODULE_LINES: Final = 250
MAX_FUNCTION_LINES: Final = 40


def lines_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """The lines of a function below its docstring: typer wants a command's options in the signature."""
    statements = function.body[1:] if ast.get_docstring(function) else function.body
    return (function.end_lineno or 0) - statements[0].lineno + 1 if statements else 0


@pytest.mark.parametrize("module", MODULES, ids=[str(module.relative_to(ROOT)) for module in MODULES])
def test_module_and_its_functions_are_small(module: Path) -> None:
    """At most 250 lines a module, at most 40 a function."""
    text = module.read_text(encoding="utf-8")
    functions = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    long = {node.name: lines for node in functions if (lines := lines_of(node)) > MAX_FUNCTION_LINES}
    assert (len(text.splitlines()) <= MAX_MODULE_LINES, long) == (True, {})
