"""Whether the policy of a queue lets EventBridge send: judged as AWS does, where everything that counts is known."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from activities.aws.policy_conditions import Judged, all_of, any_of, holds, matches, negated, texts

SENDER: Final = "events.amazonaws.com"
_SEND: Final = "sqs:sendmessage"
_SOURCE: Final = "aws:sourcearn"
_AN_INSTANCE: Final = str.maketrans({"*": "any-1-rule", "?": "1"})
"""Of a pattern: a name that no policy has."""

Statement = Mapping[str, Any]


@dataclass(frozen=True)
class Sending:
    """What a policy means for the rules of the queue's own account and region.

    Attributes:
        is_allowed: Whether there may be a rule that may send; None where that cannot be judged.
        rules: The rules that may send, as patterns; none where any may.
        reason: Why none may send, or why that cannot be judged.
    """

    is_allowed: Judged
    rules: Sequence[str] = ()
    reason: str = ""


def judge_sending(policy: str, queue_arn: str) -> Sending:
    """Judge a policy.

    Args:
        policy: The queue's attribute; empty where it has none.
        queue_arn: The queue. A rule sends without a role only to a queue of its own account and region.
    """
    statements = dict(_statements(policy))
    any_rule, *others = _rules(statements.values(), queue_arn)
    found = {rule: _judge(statements, queue_arn, rule.translate(_AN_INSTANCE)) for rule in (any_rule, *others)}
    if found[any_rule].is_allowed:
        return found[any_rule]
    if allowed := [rule for rule in others if found[rule].is_allowed]:
        return Sending(is_allowed=True, rules=allowed)
    # That of a rule which the policy names says more than that of any other.
    unclear = [sending for sending in found.values() if sending.is_allowed is None]
    return (unclear or list(found.values()))[-1]


def _judge(statements: Mapping[str, Statement], queue_arn: str, rule: str) -> Sending:
    _, _, _, region, account, _ = queue_arn.split(":", 5)
    context = {
        _SOURCE: rule,
        "aws:sourceaccount": account,
        "aws:principalisawsservice": "true",
        "aws:principalservicename": SENDER,
        "aws:securetransport": "true",
    }
    applies = {name: _applies(each, queue_arn, context) for name, each in statements.items()}
    deny, allow = (
        {name: applies[name] for name, each in statements.items() if each.get("Effect") == effect}
        for effect in ("Deny", "Allow")
    )
    if denying := [name for name, judged in deny.items() if judged]:
        return Sending(is_allowed=False, reason=f"statement {denying[0]} of the queue's policy denies it to {SENDER}")
    if any_of(allow.values()) is False:
        reason = f"nothing in the queue's policy lets {SENDER} send for a rule of account {account} in {region}"
        return Sending(is_allowed=False, reason=reason)
    unclear = [name for name, judged in {**deny, **allow}.items() if judged is None]
    if unclear and (None in deny.values() or not any(allow.values())):
        return Sending(is_allowed=None, reason=f"statement {unclear[0]} of the queue's policy cannot be judged here")
    return Sending(is_allowed=True)


def _applies(statement: Statement, queue_arn: str, context: Mapping[str, str]) -> Judged:
    return all_of(
        [
            _element({**statement, **_principals(statement)}, "Principal", lambda text: text in ("*", SENDER)),
            _element(statement, "Action", lambda text: matches(text.casefold(), _SEND)),
            _element(statement, "Resource", lambda text: matches(text, queue_arn)),
            holds(statement.get("Condition"), context),
        ]
    )


def _principals(statement: Statement) -> Statement:
    """Return the elements about principals, reduced to services and to `*`, which stands for any identity."""
    found = {}
    for name in ("Principal", "NotPrincipal"):
        if isinstance(named := statement.get(name), dict):
            any_account = [text for text in texts(named.get("AWS")) if text == "*"]
            found[name] = [*texts(named.get("Service")), *any_account]
    return found


def _element(statement: Statement, name: str, fits: Callable[[str], Judged]) -> Judged:
    """Judge an element, or the one that excludes; each statement must have one of them."""
    if name in statement:
        return any_of(fits(text) for text in texts(statement[name]))
    if f"Not{name}" in statement:
        return negated(any_of(fits(text) for text in texts(statement[f"Not{name}"])))
    return None


def _rules(statements: Iterable[Statement], queue_arn: str) -> Iterator[str]:
    """Yield the rules that a policy may treat differently: any one, and those that its conditions name."""
    _, partition, _, region, account, _ = queue_arn.split(":", 5)
    own = f"arn:{partition}:events:{region}:{account}:rule/"
    yield f"{own}*"
    conditions = [each["Condition"] for each in statements if isinstance(each.get("Condition"), dict)]
    keys = [keys for condition in conditions for keys in condition.values() if isinstance(keys, dict)]
    named = [text for each in keys for key, values in each.items() if key.lower() == _SOURCE for text in texts(values)]
    yield from dict.fromkeys(own + text.rpartition("rule/")[2] for text in named if "rule/" in text)


def _statements(policy: str) -> Iterator[tuple[str, Statement]]:
    """Yield the statements by their names, or by their numbers from 1."""
    try:
        document = json.loads(policy)
    except (ValueError, RecursionError):
        return
    statements = document.get("Statement") if isinstance(document, dict) else None
    for number, statement in enumerate(statements if isinstance(statements, list) else [statements], 1):
        if isinstance(statement, dict):
            yield f"{statement.get('Sid') or ''} ({number})".strip(), statement
