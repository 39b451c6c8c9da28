from collections.abc import Callable, Mapping
from operator import eq, ge, gt, le, lt
from typing import Any

from sagemaker_standin.expressions import Scope, UnresolvedExpressionError, resolve

# Condition types of the definition schema 2020-12-01.
_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "Equals": eq,
    "GreaterThan": gt,
    "GreaterThanOrEqualTo": ge,
    "LessThan": lt,
    "LessThanOrEqualTo": le,
}


def holds(condition: Mapping[str, Any], scope: Scope) -> bool:
    """Whether one condition of a Condition step is true.

    Raises:
        UnresolvedExpressionError: an operand leads nowhere, operands can't be compared, or the type is not known.
    """
    match kind := condition.get("Type"):
        case "Not":
            return not holds(condition["Expression"], scope)
        case "Or":
            return any(holds(inner, scope) for inner in condition["Conditions"])
        case "And":
            return all(holds(inner, scope) for inner in condition["Conditions"])
        case "In":
            sought = resolve(condition["QueryValue"], scope)
            return any(_compare("Equals", sought, resolve(value, scope)) for value in condition["Values"])
        case str() if kind in _COMPARISONS:
            return _compare(kind, resolve(condition["LeftValue"], scope), resolve(condition["RightValue"], scope))
    raise UnresolvedExpressionError(f"condition type {kind} is not known")


def _compare(kind: str, left: Any, right: Any) -> bool:
    """Numbers by value wherever one side is a number; parameters and reports may carry them as text."""
    if isinstance(left, int | float) or isinstance(right, int | float):
        try:
            left, right = float(left), float(right)
        except (TypeError, ValueError):
            if kind == "Equals":
                return False
            raise UnresolvedExpressionError(f"{left!r} and {right!r} can't be compared") from None
    return _COMPARISONS[kind](left, right)
