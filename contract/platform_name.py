"""The name of a platform, as inputs give it."""

from typing import Annotated, Final

from pydantic import AfterValidator, Field

from contract.spelling import limit

DEFAULT_PLATFORM: Final = "default"
MAX_PLATFORM_CHARS: Final = 100
"""The name becomes a search attribute: Temporal terminates a run whose attribute has more than 2,048 bytes, of which
a character takes at most 12 as JSON."""


def _not_blank(name: str) -> str:
    if name.strip():
        return name
    raise ValueError(f"must not be blank; leave it out for the platform '{DEFAULT_PLATFORM}'")


def _short_and_printable(name: str) -> str:
    # PostgreSQL cannot store a NUL, and other control characters make two names appear equal.
    if len(name) <= MAX_PLATFORM_CHARS and name.isprintable():
        return name
    raise ValueError(
        f"must be 1 to {MAX_PLATFORM_CHARS} characters without control characters; leave it out for the platform "
        f"'{DEFAULT_PLATFORM}'"
    )


PlatformName = Annotated[
    str,
    AfterValidator(_not_blank),
    limit(_short_and_printable),
    Field(json_schema_extra={"minLength": 1, "maxLength": MAX_PLATFORM_CHARS}),
]
