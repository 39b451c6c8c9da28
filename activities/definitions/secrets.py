"""Values in a definition that are or may be secrets. Everyone who may call DescribePipeline can read a definition."""

import re
from typing import Any, Final

from activities.definitions.paths import Path

_NAMES: Final = re.compile(
    r"passw(or)?d|passphrase|secret|credential|private[_-]?key|api[_-]?key|access[_-]?key|auth[_-]?token"
    r"|access[_-]?token|bearer|(^|[_-])token$",
    re.IGNORECASE,
)
_FORMS: Final = (
    ("an AWS access key", re.compile(r"\b(AKIA|ASIA)[A-Z2-7]{16}\b")),
    ("a private key", re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")),
    ("a GitHub token", re.compile(r"\b(gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{40,})")),
    ("a Slack token", re.compile(r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}")),
    ("a Hugging Face token", re.compile(r"\bhf_[A-Za-z0-9]{30,}\b")),
    ("a JSON web token", re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+")),
    ("a password in a URL", re.compile(r"\b[a-z][a-z0-9+.-]{1,20}://[^\s/:@]{1,100}:[^\s/:@]{1,200}@")),
)
_NAMES_A_SECRET: Final = re.compile(r"arn:|s3://|/|\{\{|\$\{|vault:|ssm:|secretsmanager:|https?://", re.IGNORECASE)
"""Beginnings of values that say where a secret is kept, and are none."""


def secret_in(path: Path, value: Any) -> str | None:
    """Return what kind of secret a value seems to be; None if it seems to be none.

    Args:
        path: Where it stands: a name such as `DB_PASSWORD` makes its value one.
        value: The value.
    """
    if not isinstance(value, str) or not value:
        return None
    for kind, form in _FORMS:
        if form.search(value):
            return kind
    name = next((part for part in reversed(path) if isinstance(part, str)), "")
    if _NAMES.search(name) and not _NAMES_A_SECRET.match(value):
        return f"the value of '{name[:64]}'"
    return None
