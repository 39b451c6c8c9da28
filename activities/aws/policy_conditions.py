"""What can be said of the elements of a policy's statement: that they hold, that they do not, or neither.

Source: "IAM JSON policy elements: Condition operators" and "Grammar of the IAM JSON policy language", IAM user guide.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

Judged = bool | None
"""None where it cannot be judged."""

_ARN_PARTS: Final = 6


def all_of(parts: Iterable[Judged]) -> Judged:
    """Judge whether all of some things hold."""
    found = set(parts)
    return False if False in found else None if None in found else True


def any_of(parts: Iterable[Judged]) -> Judged:
    """Judge whether one of some things holds."""
    return negated(all_of(negated(part) for part in parts))


def negated(judged: Judged) -> Judged:
    """Judge the opposite."""
    return None if judged is None else not judged


def texts(value: Any) -> Sequence[str]:
    """Return the texts of an element that may be one text or a list of them; numbers and booleans count as texts."""
    values = value if isinstance(value, list) else [value]
    return [
        str(each).lower() if isinstance(each, bool) else str(each) for each in values if isinstance(each, str | int)
    ]


def matches(pattern: str, text: str) -> Judged:
    """Judge whether a text matches a pattern with `*` and `?`; policy variables in it are not known here."""
    if "${" in pattern:
        return None
    wildcards = {"*": ".*", "?": "."}
    expression = "".join(wildcards.get(character) or re.escape(character) for character in pattern)
    return re.fullmatch(expression, text, re.DOTALL) is not None


def holds(condition: Any, context: Mapping[str, str]) -> Judged:
    """Judge the condition of a statement.

    Args:
        condition: The element; None where the statement has none.
        context: What the request has, by condition key in lower case. No other key is known.
    """
    if condition is None:
        return True
    if not isinstance(condition, dict) or not all(isinstance(keys, dict) for keys in condition.values()):
        return None
    return all_of(
        _holds(operator.casefold(), context.get(key.casefold()), texts(values))
        for operator, keys in condition.items()
        for key, values in keys.items()
    )


def _holds(operator: str, value: str | None, wanted: Sequence[str]) -> Judged:
    if value is None:
        return None
    if operator == "null":
        return "false" in wanted
    is_negated = "not" in operator
    match = _OPERATORS.get(operator.removesuffix("ifexists").replace("not", "", 1))
    if match is None:
        return None
    found = any_of(match(each, value) for each in wanted)
    return negated(found) if is_negated else found


def _is_equal(wanted: str, value: str) -> Judged:
    return None if "${" in wanted else wanted == value


def _is_equal_in_any_case(wanted: str, value: str) -> Judged:
    return _is_equal(wanted.casefold(), value.casefold())


def _is_like_arn(pattern: str, arn: str) -> Judged:
    """Compare part by part: a wildcard stands for no colon between the first six parts."""
    wanted, parts = pattern.split(":", _ARN_PARTS - 1), arn.split(":", _ARN_PARTS - 1)
    if len(wanted) != len(parts):
        return None if "*" in pattern or "${" in pattern else False
    return all_of(matches(*pair) for pair in zip(wanted, parts, strict=True))


_OPERATORS: Final[Mapping[str, Callable[[str, str], Judged]]] = {
    "stringequals": _is_equal,
    "stringequalsignorecase": _is_equal_in_any_case,
    "stringlike": matches,
    "arnequals": _is_like_arn,
    "arnlike": _is_like_arn,
    "bool": _is_equal_in_any_case,
}
