"""Rules on the jobs that steps start: what fails, lasts or costs more than it should."""

from collections.abc import Iterator
from typing import Any, Final

from activities.definitions.reading import Step
from activities.definitions.rules.requests import Request, requests
from activities.definitions.rules.rule import Problem, Subject, number

MAX_KEPT_ALIVE_SECONDS: Final = 3600

_JOB_STEPS: Final = frozenset({"Training", "Processing", "Transform", "Tuning", "AutoML"})
_RETRIED: Final = frozenset({"Step.SERVICE_FAULT", "Step.THROTTLING", "SageMaker.CAPACITY_ERROR"})
_MAX_RUNTIME: Final = "StoppingCondition.MaxRuntimeInSeconds"
_MAX_WAIT: Final = "StoppingCondition.MaxWaitTimeInSeconds"
_KEPT_ALIVE: Final = "ResourceConfig.KeepAlivePeriodInSeconds"


def no_retry(subject: Subject) -> Iterator[Problem]:
    """Find steps with a job that retry nothing of what passes."""
    for step in subject.steps:
        if step.type in _JOB_STEPS and not _RETRIED & _retried(step):
            message = "neither throttling nor service faults nor a lack of capacity are retried: each ends the run"
            yield Problem(step.path, message, step.name)


def _retried(step: Step) -> set[str]:
    policies = step.entry.get("RetryPolicies")
    found: set[str] = set()
    for policy in policies if isinstance(policies, list) else []:
        kinds = policy.get("ExceptionType") if isinstance(policy, dict) else None
        found |= {kind for kind in (kinds if isinstance(kinds, list) else [kinds]) if isinstance(kind, str)}
    return found


def _training_jobs(subject: Subject) -> Iterator[Request]:
    return (request for step in subject.steps for request in requests(step) if request.kind == "Training")


def _spot_jobs(subject: Subject) -> Iterator[Request]:
    for request in _training_jobs(subject):
        if subject.resolved(request.get("EnableManagedSpotTraining")) in (True, "true", "True"):
            yield request


def spot_no_checkpoint(subject: Subject) -> Iterator[Problem]:
    """Find training on spot instances that begins from the start after each interruption."""
    for request in _spot_jobs(subject):
        if request.get("CheckpointConfig") is None:
            message = "spot training without CheckpointConfig begins from the start after each interruption"
            yield request.problem("EnableManagedSpotTraining", message)


def spot_wait(subject: Subject) -> Iterator[Problem]:
    """Find training on spot instances that may wait no longer than it may run."""
    for request in _spot_jobs(subject):
        wait = number(subject.resolved(request.get(_MAX_WAIT)))
        most = number(subject.resolved(request.get(_MAX_RUNTIME)))
        if request.get(_MAX_WAIT) is None:
            yield request.problem(_MAX_WAIT, "spot training needs MaxWaitTimeInSeconds: the step fails when it runs")
        elif wait is not None and most is not None and wait < most:
            message = f"MaxWaitTimeInSeconds ({wait:g}) is less than MaxRuntimeInSeconds ({most:g}): the step fails"
            yield request.problem(_MAX_WAIT, message)


def warm_pool(subject: Subject) -> Iterator[Problem]:
    """Find warm pools that cost more than they save, and those that do nothing."""
    for request in _training_jobs(subject):
        kept = number(subject.resolved(request.get(_KEPT_ALIVE)))
        if kept and kept > MAX_KEPT_ALIVE_SECONDS:
            message = f"the instances are kept, and billed, for {kept:g} s after the job; AWS documents up to 3600"
            yield request.problem(_KEPT_ALIVE, message)
        elif kept and request.step.type != "Training":
            message = "warm pools are for training jobs; a tuning job does not use KeepAlivePeriodInSeconds"
            yield request.problem(_KEPT_ALIVE, message)


def runtime(subject: Subject) -> Iterator[Problem]:
    """Find jobs that are not stopped before AWS's own limit."""
    found = (request for step in subject.steps for request in requests(step))
    for request in found:
        if request.kind in ("Training", "Processing") and request.get(_MAX_RUNTIME) is None:
            message = "the job has no MaxRuntimeInSeconds: one that hangs is billed until AWS's own limit"
            yield request.problem(_MAX_RUNTIME, message)


def lambda_10min(subject: Subject) -> Iterator[Problem]:
    """Find Lambda steps, which have a limit of their own."""
    for step in subject.steps:
        if step.type == "Lambda":
            message = "a Lambda step ends after 10 minutes, whatever the timeout of the function"
            yield Problem(step.path, message, step.name)


def approval(subject: Subject) -> Iterator[Problem]:
    """Find models that are approved without anyone's decision."""
    for step in subject.steps:
        if step.type == "RegisterModel":
            value: Any = step.arguments.get("ModelApprovalStatus")
            if subject.resolved(value) == "Approved":
                message = "every registered model is approved, without anyone's decision"
                yield Problem((*step.path, "Arguments", "ModelApprovalStatus"), message, step.name)
