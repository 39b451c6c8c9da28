"""Failures of what explains an end become notes: the end itself is known, and must be reported."""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog

log = structlog.get_logger(__name__)


@contextmanager
def noted(notes: list[str], what: str) -> Iterator[None]:
    """Note whatever the block raises, instead of raising it.

    Args:
        notes: Where the note is appended.
        what: What is not known then, with its verb: `The steps are`.
    """
    try:
        yield
    except Exception as error:
        log.exception("pipeline_execution.not_explained", what=what)
        problem = f"{type(error).__name__}: {error}".encode("utf-8", "backslashreplace").decode()[:200]
        notes.append(f"{what} not known, by a fault of the worker, whose log has the details. {problem}")
