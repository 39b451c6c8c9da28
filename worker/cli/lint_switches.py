"""`.pipeline-lint.toml`: rules that are switched off, each with a reason."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from activities.definitions.rules.rule import Rule
from activities.definitions.rules.table import BY_ID
from worker.cli.outcome import CommandError

FILE: Final = Path(".pipeline-lint.toml")


@dataclass(frozen=True)
class Switch:
    """One rule that is switched off.

    Attributes:
        reason: Why.
        steps: For these steps only; for the whole definition if empty.
    """

    reason: str
    steps: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Switches:
    """What is switched off."""

    off: Mapping[str, Switch] = field(default_factory=dict)

    def is_off(self, rule: Rule, step: str | None) -> bool:
        """Return whether a rule is switched off for a step, or for what belongs to no step."""
        switch = self.off.get(rule.id)
        return switch is not None and (not switch.steps or step in switch.steps)


def read_switches(path: Path | None) -> Switches:
    """Read the switches.

    Args:
        path: The file; `.pipeline-lint.toml` of the working directory if None, which need not exist.

    Raises:
        CommandError: It cannot be read, names a rule that does not exist, or lacks a reason.
    """
    file = path or FILE
    if path is None and not file.exists():
        return Switches()
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise CommandError(f"cannot read {file}: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise CommandError(f"{file} is not TOML: {error}") from None
    off = document.pop("off", {})
    if document or not isinstance(off, dict):
        raise CommandError(f'{file}: only the table [off] is known, with lines such as cache-off = "the reason".')
    return Switches({rule: _switch(file, rule, value) for rule, value in off.items()})


def _switch(file: Path, rule: str, value: Any) -> Switch:
    if rule not in BY_ID:
        raise CommandError(f"{file}: there is no rule '{rule}'; rules: {', '.join(BY_ID)}.")
    match value:
        case str(reason) if reason.strip():
            return Switch(reason)
        case {"reason": str(reason), "steps": list(steps), **rest} if reason.strip() and steps and not rest:
            if all(isinstance(step, str) for step in steps):
                return Switch(reason, frozenset(steps))
    raise CommandError(
        f'{file}: {rule} needs a reason: {rule} = "the reason", or for some steps '
        f'{rule} = {{ reason = "the reason", steps = ["Train"] }}.'
    )
