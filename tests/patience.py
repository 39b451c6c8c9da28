"""Watches that wait out errors for a shorter time than in production."""

from dataclasses import replace
from datetime import timedelta

import pytest

from activities.aws.error_rules import RULES
from activities.watching import patience


def wait_out_for(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Bound every patience that has a bound."""
    limit = timedelta(seconds=seconds)
    rules = {kind: replace(rule, patience=rule.patience and limit) for kind, rule in RULES.items()}
    monkeypatch.setattr(patience, "RULES", rules)
