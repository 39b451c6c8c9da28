"""Patterns of jobs, such as `training` or `processing:nightly-*`: which ones a platform is for."""

import re
from collections.abc import Sequence
from typing import Annotated

from pydantic import AfterValidator

from contract.job_kinds import JobKind
from contract.platform_check import read_job_pattern


def _read_patterns(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(read_job_pattern(text) for text in texts)


JobPatterns = Annotated[tuple[str, ...], AfterValidator(_read_patterns)]


def is_allowed_job(patterns: Sequence[str], kind: JobKind, name: str) -> bool:
    """Return whether one of the patterns is about a job; case makes no difference, as in some kinds' names."""
    for pattern in patterns:
        of_kind, _, of_name = pattern.partition(":")
        names = re.escape(of_name or "*").replace(r"\*", r"[a-z0-9\-]*")
        if of_kind in {"*", kind} and re.fullmatch(names, name, re.IGNORECASE):
            return True
    return False


def names_by_kind(patterns: Sequence[str]) -> dict[JobKind, list[str]]:
    """Return the patterns of names of each kind that is meant, in the order of `JobKind`."""
    found: dict[JobKind, list[str]] = {}
    for kind in JobKind:
        for pattern in patterns:
            of_kind, _, of_name = pattern.partition(":")
            if of_kind in {"*", kind}:
                found.setdefault(kind, []).append(of_name or "*")
    return {kind: ["*"] if "*" in names else names for kind, names in found.items()}
