"""The table of faults names tests that exist, and all of this folder's."""

import ast
import re
from pathlib import Path

FOLDER = Path(__file__).parent
NAMED = re.findall(r"`([a-z_/]+\.py)::(test_\w+)`", (FOLDER / "README.md").read_text(encoding="utf-8"))


def names_in(module: Path) -> set[str]:
    """The names of a module's tests."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return {function.name for function in functions if function.name.startswith("test_")}


def test_every_test_of_the_table_exists() -> None:
    """A test that is renamed leaves no fault behind."""
    assert len(NAMED) > 40
    assert [(module, name) for module, name in NAMED if name not in names_in(FOLDER.parent / module)] == []


def test_every_fault_test_stands_in_the_table() -> None:
    """Whoever looks for a fault finds it there."""
    modules = sorted(set(FOLDER.glob("test_*.py")) - {Path(__file__)})
    here = {(f"faults/{module.name}", name) for module in modules for name in names_in(module)}
    assert here - set(NAMED) == set()
