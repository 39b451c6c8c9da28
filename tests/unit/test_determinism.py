"""Workflow code uses no clock, chance or input of its own: it is replayed, and must do the same again."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from temporalio.worker.workflow_sandbox import SandboxRestrictions
from temporalio.worker.workflow_sandbox._restrictions import RestrictionContext  # no public name

import contract
import workflows
from worker.workflow_runner import OWN_PACKAGES, WORKFLOW_RUNNER

MODULES = [module for package in (contract, workflows) for module in sorted(Path(package.__path__[0]).rglob("*.py"))]
"""All that runs in a workflow and is not loaded by the sandbox; `activities` gives it tables and models alone."""

ADMITTED = {"time_zones.py": ["zoneinfo.ZoneInfo.from_file"]}
"""It reads the rules in the package `tzdata`, which is pinned; the allowed `ZoneInfo(name)` reads the machine's own."""

FORBIDDEN = SandboxRestrictions.invalid_module_members_default


def forbidden(code: str) -> list[str]:
    """What a module's code uses of that which Temporal's sandbox forbids to workflows."""
    tree = ast.parse(code)
    names = {alias: path for node in ast.walk(tree) for alias, path in imported(node)}
    at_run_time = RestrictionContext()
    at_run_time.is_runtime = True
    paths = {path for node in ast.walk(tree) if (path := used(node, names))}
    return [".".join(path) for path in sorted(paths) if is_forbidden(path, at_run_time)]


def is_forbidden(path: tuple[str, ...], context: RestrictionContext) -> bool:
    """Whether a dotted path is forbidden, or what it goes through: `datetime.now` in `datetime.now().year`."""
    steps = (*path, "__call__")
    return any(FORBIDDEN.match_access(context, *steps[:end], include_use=True) for end in range(1, len(steps) + 1))


def imported(node: ast.AST) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The names that an import binds, with what they stand for."""
    match node:
        case ast.Import():
            for alias in node.names:
                bound = alias.name if alias.asname else alias.name.split(".")[0]
                yield alias.asname or bound, tuple(bound.split("."))
        case ast.ImportFrom(module=str(module)):
            for alias in node.names:
                yield alias.asname or alias.name, (*module.split("."), alias.name)


def used(node: ast.AST, names: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The dotted path that an expression reads; empty if it reads none of a module or of the builtins."""
    match node:
        case ast.Attribute(value=value, attr=attribute):
            return (*path, attribute) if (path := used(value, names)) else ()
        case ast.Name(id=name, ctx=ast.Load()):
            return names.get(name, ("__builtins__", name))
    return ()


@pytest.mark.parametrize("module", MODULES, ids=[f"{module.parent.name}/{module.name}" for module in MODULES])
def test_workflow_code_uses_nothing_that_the_sandbox_forbids(module: Path) -> None:
    """The sandbox would find it only when a run comes past, and only where it loads the module itself."""
    assert forbidden(module.read_text(encoding="utf-8")) == ADMITTED.get(module.name, [])


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("from datetime import datetime\nx = datetime.now()", ["datetime.datetime.now"]),
        ("import datetime as d\nx = d.datetime.utcnow().year", ["datetime.datetime.utcnow"]),
        ("import time\ntime.sleep(1)", ["time.sleep"]),
        ("from time import monotonic as now\nnow()", ["time.monotonic"]),
        ("import random\nrandom.uniform(0, 1)", ["random.uniform"]),
        ("from uuid import uuid4\nuuid4()", ["uuid.uuid4"]),
        ("import os\nos.environ['HOME']", ["os", "os.environ"]),
        ("import asyncio\nasync def f(tasks): await asyncio.wait(tasks)", ["asyncio.wait"]),
        ("open('file')", ["__builtins__.open"]),
        ("from datetime import timedelta\nimport uuid\nuuid.uuid5(uuid.NAMESPACE_URL, str(timedelta(1)))", []),
    ],
)
def test_what_is_forbidden_is_found(code: str, found: list[str]) -> None:
    """The test above can fail, and not everywhere."""
    assert forbidden(code) == found


def test_the_sandbox_loads_the_rest_itself() -> None:
    """Workflows run in it, and only our own packages pass."""
    passing = WORKFLOW_RUNNER.restrictions.passthrough_modules - SandboxRestrictions.passthrough_modules_default
    assert passing == set(OWN_PACKAGES)
    assert WORKFLOW_RUNNER.restrictions.invalid_module_members is SandboxRestrictions.default.invalid_module_members
