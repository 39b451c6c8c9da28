"""Client request tokens: computed from the workflow, so that all retries of one logical call carry one token."""

import uuid
from base64 import b32encode
from typing import Final

from temporalio import workflow

from contract.retry import RetryMode

SUFFIX_CHARS: Final = 13
"""Of the end of a job's name."""

_NAMESPACE: Final = uuid.UUID("6f6a1c5e-6a53-5d0c-9b1e-5f6f1c3f7a10")


def start_token() -> str:
    """Compute the token of this run's first start, 45 characters (AWS takes 32 to 128).

    The original execution run id stays the same when a run is reset, so a reset finds its execution again; it differs
    for each attempt under a workflow retry policy, each cron run and each run of a schedule, which are new starts.
    """
    return f"polysync-{_of_this_run('start')}"


def stop_token() -> str:
    """Compute the token of this run's stop, 52 characters."""
    return f"polysync-cancel-{_of_this_run('stop')}"


def deployment_token() -> str:
    """Compute the token of the pipeline that this deployment creates, 52 characters."""
    return f"polysync-create-{_of_this_run('create')}"


def retry_token(first_start_token: str, attempt: int, mode: RetryMode) -> str:
    """Compute the token of a later attempt's resumption or start, 52 or 53 characters.

    It comes from the token of the first start, so that runs under one token of the caller share the later attempts as
    they share the first; a start never gets the first token again, under which AWS would answer with the execution
    that failed.
    """
    return f"polysync-{mode}-{uuid.uuid5(_NAMESPACE, f'{first_start_token}/{mode}/{attempt}')}"


def package_token(first_start_token: str, model_package_arn: str, status: str) -> str:
    """Compute the token of an approval or rejection: a UUID, for AWS takes at most 36 letters, digits and hyphens."""
    return str(uuid.uuid5(_NAMESPACE, f"{first_start_token}/{model_package_arn}/{status}"))


def was_reset() -> bool:
    """Whether this run was reset, so that there may be executions under its tokens already."""
    info = workflow.info()
    return info.original_execution_run_id != info.run_id


def _of_this_run(call: str) -> uuid.UUID:
    info = workflow.info()
    name = f"{info.namespace}/{info.workflow_id}/{info.original_execution_run_id}/{call}"
    return uuid.uuid5(_NAMESPACE, name)


def job_suffix(token: str) -> str:
    """Compute the end of a job's name from the token of its attempt: 13 characters, digits and small letters.

    Base 32 of 65 bits, which no other run computes. Some kinds of jobs have names of 32 characters, of which 18 are
    left, and in which case makes no difference.
    """
    return b32encode(uuid.uuid5(_NAMESPACE, f"{token}/job").bytes).decode().lower()[:SUFFIX_CHARS]
