"""JMESPath expressions of callers, applied within a budget.

An expression of a thousand characters can describe more than a machine holds: `[@,@]|[@,@]|…` doubles at each step.
Its interpreter therefore counts what it does, and stops when the budget is spent.
"""

import time
from typing import Any, Final

import jmespath
from jmespath.visitor import TreeInterpreter

MAX_NODES: Final = 500_000
"""Visits of nodes for all outputs of a run: about half a second of work."""

MAX_BYTES: Final = 4 * 1024 * 1024
"""JSON that operations read at once, for all outputs of a run; the documents of a hundred steps have 1 MiB."""

MAX_SECONDS: Final = 3.0

_AT_ONCE: Final = frozenset({"comparator", "flatten", "function_expression"})
"""Operations that work through their operands in one step of Python's, which nothing can interrupt."""

_SHALLOW: Final = frozenset({"keys", "length", "map", "not_null", "reverse", "to_array", "type", "values"})
"""Functions that read no more of their operands than the outermost list."""


class BudgetSpentError(ValueError):
    """An expression needs more work than one run is given."""

    def __init__(self, spent: str) -> None:
        super().__init__(f"it needs more than {spent}")


class Sizes:
    """Lengths of values as JSON, found without writing it: what stands in a value many times counts each time."""

    def __init__(self) -> None:
        # With the value, so that its id is not given to another one.
        self._known: dict[int, tuple[Any, int]] = {}

    def of(self, value: Any) -> int:
        """Return about how many characters a value has as JSON."""
        match value:
            case str():
                return len(value) + 2
            case list() | dict():
                known = self._known.get(id(value))
                if known is None:
                    parts = value if isinstance(value, list) else [*value, *value.values()]
                    known = (value, 2 + sum(self.of(part) + 1 for part in parts))
                    self._known[id(value)] = known
                return known[1]
            case bool() | None:
                return 5
            case int():
                return value.bit_length() // 3 + 2
            case _:
                return 24


class Budget:
    """What all expressions of one run may spend together: nodes, bytes and time."""

    def __init__(self, nodes: int = MAX_NODES, size: int = MAX_BYTES, seconds: float = MAX_SECONDS) -> None:
        """Start the clock."""
        self._nodes = nodes
        self._bytes = size
        self._seconds = seconds
        self._deadline = time.monotonic() + seconds
        self._nodes_left, self._bytes_left = nodes, size

    def visit(self) -> None:
        """Spend one visit of a node.

        Raises:
            BudgetSpentError: None is left, or the time is over.
        """
        self._nodes_left -= 1
        if self._nodes_left < 0:
            raise BudgetSpentError(f"{self._nodes} steps of evaluation")
        if time.monotonic() > self._deadline:
            raise BudgetSpentError(f"{self._seconds:g} s")

    def read(self, size: int) -> None:
        """Spend bytes; it raises what `visit` raises."""
        self._bytes_left -= size
        if self._bytes_left < 0:
            raise BudgetSpentError(f"{self._bytes // 1024} KiB of values at once")


class _Interpreter(TreeInterpreter):
    """Evaluates within a budget."""

    def __init__(self, budget: Budget, sizes: Sizes) -> None:
        super().__init__()
        self._budget = budget
        self._sizes = sizes

    def visit(self, node: Any, value: Any) -> Any:
        """Evaluate a node; what works through its operands at once pays for them before."""
        self._budget.visit()
        if node["type"] == "slice":
            self._budget.read(len(value) if isinstance(value, list) else 0)
        elif node["type"] in _AT_ONCE:
            operands = [self.visit(child, value) for child in node["children"]]
            self._budget.read(self._cost(node, operands))
            node = {**node, "children": [{"type": "literal", "value": operand} for operand in operands]}
        return super().visit(node, value)

    def _cost(self, node: Any, operands: list[Any]) -> int:
        if node.get("value") in _SHALLOW:
            return sum(len(operand) for operand in operands if isinstance(operand, list | dict))
        cost = sum(self._sizes.of(operand) for operand in operands)
        match operands:
            case [str(glue), list(pieces)]:  # `join` writes the glue between all pieces
                return cost + len(glue) * len(pieces)
            case _:
                return cost


def find(expression: str, document: Any, budget: Budget, sizes: Sizes) -> Any:
    """Return what an expression finds; None for nothing, as JMESPath has it.

    Args:
        expression: In JMESPath.
        document: What it is applied to, of JSON values.
        budget: What it may spend.
        sizes: Of the document's values.

    Raises:
        BudgetSpentError: It needs more than the budget.
        Exception: Whatever jmespath raises of an expression that cannot be applied to this document: beside its own
            errors TypeError, OverflowError and RecursionError.
    """
    return _Interpreter(budget, sizes).visit(jmespath.compile(expression).parsed, document)
