import re
from collections.abc import Mapping
from typing import Any

from sagemaker_standin import texts

# Which ExceptionType of a step's RetryPolicies a failure belongs to (AWS documentation, "Retry Policy for Pipeline
# Steps"; the two refusals of SageMaker.RESOURCE_LIMIT are seen in AWS traces). Failures of the user's own code
# (AlgorithmError, ClientError) belong to none: they are not retried.
_EXCEPTION_TYPES = {
    "CapacityError": "SageMaker.CAPACITY_ERROR",
    "InternalServerError": "SageMaker.JOB_INTERNAL_ERROR",
    "ResourceLimitExceeded": "SageMaker.RESOURCE_LIMIT",
    "account-level service limit": "SageMaker.RESOURCE_LIMIT",
    "is not available in this region": "SageMaker.RESOURCE_LIMIT",
    "ThrottlingException": "Step.THROTTLING",
    "ServiceFault": "Step.SERVICE_FAULT",
}
_FIRST_INTERVAL_SECONDS = 1.0
_BACKOFF_RATE = 2.0
_DURATION = re.compile(r"P?(?:(\d+)D)?T?(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?", re.IGNORECASE)


def retry_delay(source: Mapping[str, Any], failure: str, retries: int, elapsed: float) -> float | None:
    """Simulated seconds until the next attempt of a failed step, None if its RetryPolicies allow none.

    Args:
        source: the step's JSON.
        failure: the FailureReason of the attempt.
        retries: how often this run of the step was already retried.
        elapsed: simulated seconds since this run of the step started.
    """
    for policy in source.get("RetryPolicies") or []:
        if _kinds(failure).intersection(policy.get("ExceptionType") or []) and _has_room(policy, retries, elapsed):
            interval = float(policy.get("IntervalSeconds") or _FIRST_INTERVAL_SECONDS)
            return interval * float(policy.get("BackoffRate") or _BACKOFF_RATE) ** retries
    return None


def retry_note(source: Mapping[str, Any], failure: str, execution_arn: str, step_name: str) -> str | None:
    """AWS's sentences on a failure that a retry policy could have covered, None where one did and for other failures.

    Args:
        source: the step's JSON.
        failure: the FailureReason of its last attempt.
        execution_arn: the execution's ARN.
        step_name: the step's name.
    """
    kind = next(iter(sorted(_kinds(failure))), None)
    if kind is None or any(kind in policy.get("ExceptionType", []) for policy in source.get("RetryPolicies") or []):
        return None
    # `SageMaker.RESOURCE_LIMIT` is called SAGEMAKER_RESOURCE_LIMIT there (seen in AWS traces).
    return texts.RETRY_NOTE.format(arn=execution_arn, step=step_name, type=kind.upper().replace(".", "_"))


def _kinds(failure: str) -> set[str]:
    return {kind for word, kind in _EXCEPTION_TYPES.items() if word in failure}


def _has_room(policy: Mapping[str, Any], retries: int, elapsed: float) -> bool:
    """A policy is bounded by MaxAttempts or by ExpireAfterMin."""
    if (minutes := policy.get("ExpireAfterMin")) is not None:
        return elapsed < float(minutes) * 60
    return retries < int(policy.get("MaxAttempts") or 0)


def cache_seconds(source: Mapping[str, Any]) -> float | None:
    """For how long a finished step may be taken over: CacheConfig's ExpireAfter (ISO 8601), None if caching is off."""
    config = source.get("CacheConfig") or {}
    if not config.get("Enabled"):
        return None
    match = _DURATION.fullmatch(str(config.get("ExpireAfter") or ""))
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups()) if match else (0, 0, 0, 0)
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds or float("inf")
