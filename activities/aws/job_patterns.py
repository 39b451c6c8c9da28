"""Patterns of jobs, such as `training` or `processing:nightly-*`: which ones a platform is for."""

import re
from collections.abc import Sequence
from typing import Annotated, Final

from pydantic import AfterValidator

from contract.job_kinds import JobKind

_PATTERN: Final = re.compile(r"(?P<kind>[a-z_0-9]+|\*)(?::(?P<name>[a-zA-Z0-9*\-]{1,64}))?")


def read_pattern(text: str) -> str:
    """Check a pattern.

    Raises:
        ValueError: If it is none.
    """
    match = _PATTERN.fullmatch(text)
    if match is None or match["kind"] not in {"*", *JobKind}:
        raise ValueError(
            f"'{text[:80]}' must be a kind of job ({', '.join(JobKind)}) or *, alone or with a pattern of names behind "
            "a colon, such as training:churn-*"
        )
    return text


def _read_patterns(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(read_pattern(text) for text in texts)


JobPatterns = Annotated[tuple[str, ...], AfterValidator(_read_patterns)]


def is_allowed_job(patterns: Sequence[str], kind: JobKind, name: str) -> bool:
    """Return whether one of the patterns is about a job; case makes no difference, as in some kinds' names."""
    for pattern in patterns:
        of_kind, _, of_name = pattern.partition(":")
        names = re.escape(of_name or "*").replace(r"\*", r"[a-z0-9\-]*")
        if of_kind in {"*", kind} and re.fullmatch(names, name, re.IGNORECASE):
            return True
    return False
