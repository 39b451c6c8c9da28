"""AWS's reasons, without the sentences that say nothing, and what a log says in their place."""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

# ` Retry not appropriate on execution of step with PipelineExecutionArn … and StepId …. No retry policy configured for
# the exception type SAGEMAKER_RESOURCE_LIMIT.`, on the same line or on one of its own (seen in step reasons).
_RETRY_NOTE: Final = re.compile(
    r"\s*Retry not appropriate on execution of step with PipelineExecutionArn\b[^\n]{0,1000}?"
    r"(?:No retry policy configured for the exception type (?P<type>[A-Za-z0-9_.]{1,100}?))?\.?\s*$"
)

# What remains of a reason without content: its class, an exit code, an empty message and the command that the training
# toolkit adds, and a pointer to the log (seen in reasons of training and processing jobs).
_WITHOUT_CONTENT: Final = re.compile(
    # Atomic and possessive: a hostile reason must not be matched in all the ways there are.
    r"(?>ErrorMessage \"\"|Command \"(?>\\.?|[^\"\\\n]){0,2000}+(?:\"|$)|framework error|Algorithm Error"
    r"|[A-Za-z]{0,40}Error|Exit ?Code|exit ?code|(?:Please )?(?:[Ss]ee|[Cc]heck)(?: the)?(?: job| CloudWatch)? logs?"
    r"(?: for more (?:information|details))?|[\s\d:;,.\"'-])*+"
)

# The form of an exception's own line in a traceback; what the containers add below only repeats it (seen in the
# logs of SageMaker's training toolkit).
_EXCEPTION_LINE: Final = re.compile(r"^(?:[\w.]{0,100}(?:Error|Exception|Interrupt|Exit)\s*:\s*\S|Killed\b|FATAL\b)")
_REPEATS: Final = re.compile(r"ExecuteUserScriptError|Reporting training FAILURE|ErrorMessage")


class Reason(NamedTuple):
    """A reason as people should read it."""

    text: str
    exception_type: str | None
    """What AWS calls this kind of failure in retry policies, such as `SAGEMAKER_RESOURCE_LIMIT`."""


def read_reason(text: str) -> Reason:
    """Take AWS's boilerplate off a reason."""
    note = _RETRY_NOTE.search(text)
    if note is None:
        return Reason(text, None)
    return Reason(text[: note.start()], note["type"])


def has_content(reason: str) -> bool:
    """Return whether a reason says more than its class, an exit code, and that there is a log."""
    return _WITHOUT_CONTENT.fullmatch(reason) is None


def is_exception(line: str) -> bool:
    """Return whether a line of a log is an exception's own."""
    return _EXCEPTION_LINE.search(line.strip()) is not None


def telling_line(log: Sequence[str]) -> str | None:
    """Return the line of a log that most likely says why: the last one of an exception, else the last with content."""
    lines = [line.strip() for line in log if line.strip() and not _REPEATS.search(line)]
    return next((line for line in reversed(lines) if _EXCEPTION_LINE.search(line)), lines[-1] if lines else None)
