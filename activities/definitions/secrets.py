"""Values in a definition that are or may be secrets. Everyone who may call DescribePipeline can read a definition."""

import re
from collections.abc import Iterator
from typing import Any, Final

from activities.definitions.paths import Place

_NAMES: Final = re.compile(
    r"passw(or)?d|passphrase|secret|credential|private[_-]?key|api[_-]?key|access[_-]?key"
    r"|(api|auth|access|refresh|bearer|session|hf|github|gitlab|slack)[_-]?token|^token$",
    re.IGNORECASE,
)
_NAMES_OF_PLACES: Final = re.compile(r"(name|arn|id|path|uri|url|file|version|region|prefix)$", re.IGNORECASE)
"""Ends of names whose values say where a secret is kept, such as `DB_SECRET_ARN`."""

_FORMS: Final = (
    ("an AWS access key", re.compile(r"\b(AKIA|ASIA)[A-Z0-9]{16}\b")),
    ("a private key", re.compile(r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----")),
    ("a GitHub token", re.compile(r"\b(gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{40})")),
    ("a Slack token", re.compile(r"\bxox[abeoprs]-[A-Za-z0-9-]{10}")),
    ("a Hugging Face token", re.compile(r"\bhf_[A-Za-z0-9]{30}")),
    ("a bearer token", re.compile(r"\b[Bb]earer [A-Za-z0-9._~+/-]{20}")),
    ("a JSON web token", re.compile(r"\beyJ[A-Za-z0-9_-]{8,300}\.eyJ[A-Za-z0-9_-]{8,2000}\.")),
    ("a password in a URL", re.compile(r"\b[a-z][a-z0-9+.-]{1,20}://[^\s/:@]{1,100}:[^\s/:@]{1,200}@")),
)
"""Bounded repetitions: a definition of a megabyte must be searched in a moment, whatever stands in it."""

_NOT_SECRET: Final = re.compile(
    r"(arn|s3|https?|vault|ssm|secretsmanager):|/|\{\{|\$\{|(true|false|none|[0-9.]+)$", re.IGNORECASE
)
"""Values that say where a secret is kept, and values that are none."""


_ASSIGNMENT: Final = re.compile(
    r"""(?<![\w.\-])-{0,2}(?P<name>[A-Za-z_][\w.\-]{0,127})
    (?:\\?["']?\ {0,2}[=:]\ {0,2}\\?(?P<quote>["'])(?P<quoted>[^"'\\\n]{1,200})\\?(?P=quote)
       | =(?P<bare>[^\s"',;&|<>)}\]]{1,200}))""",
    re.VERBOSE,
)
"""A value behind its name in a text: `--password=…`, `export TOKEN='…'`, `"password": "…"`."""

_OPTION: Final = re.compile(r"(?<![\w.\-])--(?P<name>[A-Za-z][\w.\-]{0,127})\ {1,3}(?P<bare>[^\s\-\"',;&|<>]\S{0,200})")
"""An option and its argument in a text, such as a shell's command."""

_WORD: Final = re.compile(r"[a-z]+")
_COMPUTED: Final = re.compile(
    r"[$`{%*(]|[\w.]*[(\[]|([\w.]*[_.])?(password|passphrase|secret|token|key)$", re.IGNORECASE
)
"""Values in a text that a shell, a template or code puts there: `$DB_PASSWORD`, `read_secret(…)`, `args.password`."""


def secret_in(place: Place, value: Any) -> str | None:
    """Return what kind of secret a value seems to be; None if it seems to be none.

    Args:
        place: Where it stands: a name such as `DB_PASSWORD`, of its member or beside it, makes its value one.
        value: The value.
    """
    if not isinstance(value, str) or not value:
        return None
    for kind, form in _FORMS:
        if form.search(value):
            return kind
    for name, text in _named(place, value):
        if _NAMES.search(name) and not _NAMES_OF_PLACES.search(name) and not _NOT_SECRET.match(text):
            return f"the value of '{name[:64]}'"
    return None


def _named(place: Place, value: str) -> Iterator[tuple[str, str]]:
    """List the names of a value, and those in it, each with what it names."""
    for name in place.beside:
        yield name, value
    if isinstance(place.name, str):
        yield place.name, value
    for found in _ASSIGNMENT.finditer(value):
        text = found["quoted"] or found["bare"]
        if not _COMPUTED.match(text):
            yield found["name"], text
    for found in _OPTION.finditer(value):
        # A plain word may as well be prose: "with --password to log in".
        if not _WORD.fullmatch(found["bare"]) and not _COMPUTED.match(found["bare"]):
            yield found["name"], found["bare"]
