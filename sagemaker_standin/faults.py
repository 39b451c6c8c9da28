"""Faults on demand: what a request meets before it takes effect, and what its reply meets afterwards."""

import asyncio
import itertools
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sagemaker_standin import texts
from sagemaker_standin.arns import Account
from sagemaker_standin.errors import AwsError, access_denied, validation_error
from sagemaker_standin.jobs.table import named_job
from sagemaker_standin.operations import CHANGING, READING
from sagemaker_standin.queues.operations import QUEUE_OPERATIONS


class Effect(StrEnum):
    """What a fault does.

    `reset_*` close the connection without a reply, before or after the request took effect; `hold_reply` keeps the
    reply back until the fault is deleted; `hide` keeps a started execution or a created job from being found for
    some seconds; `propagation` refuses a role that was made just now, or whatever `message` says.
    """

    THROTTLE = "throttle"
    ERROR = "error"
    HTML_5XX = "html_5xx"
    RESET_BEFORE = "reset_before"
    RESET_AFTER = "reset_after"
    DELAY_BEFORE = "delay_before"
    DELAY_AFTER = "delay_after"
    HOLD_REPLY = "hold_reply"
    EXPIRED_CREDENTIALS = "expired_credentials"
    CLOCK_SKEW = "clock_skew"
    ACCESS_DENIED = "access_denied"
    QUOTA = "quota"
    PROPAGATION = "propagation"
    HIDE = "hide"


CHECKS_OF_CREATE = frozenset({Effect.QUOTA, Effect.PROPAGATION})
"""What AWS checks itself when a job is created, before or after its name (`behaviours.taken_names`)."""


@dataclass
class Fault:
    """One armed fault.

    Attributes:
        operation: AWS's name of the operation, or `*`.
        times: how many requests it still hits; None for all.
        probability: of a matching request to be hit.
        pipeline: hits only requests that name this pipeline (by name, ARN or execution ARN).
        name_prefix: hits only requests that name a job (by name or ARN) or a model package (by ARN) that begins so.
        seconds: real seconds of a delay, of hiding, or by which AWS's clock is ahead of the caller's.
        html_status: HTTP status of the HTML page that `html_5xx` sends.
        limit: of the quota in the refusal; 0 can't be waited for.
        hits: requests hit so far.
        holding: replies that wait for the fault's end.
    """

    id: str
    operation: str
    effect: Effect
    times: int | None = None
    probability: float = 1.0
    pipeline: str | None = None
    name_prefix: str | None = None
    seconds: float = 1.0
    code: str = "InternalFailure"
    message: str = ""
    http_status: int = 400
    html_status: int = 503
    limit: int = 0
    hits: int = 0
    holding: int = 0
    lifted: asyncio.Event = field(default_factory=asyncio.Event)

    def is_about(self, request: Mapping[str, Any]) -> bool:
        """Whether the request names the pipeline or a job that this fault is for."""
        if self.name_prefix is not None:
            named = named_job(request)
            name = named_package(request) if named is None else named[1]
            return name is not None and name.lower().startswith(self.name_prefix.lower())
        return self.pipeline is None or self.pipeline.lower() == (named_pipeline(request) or "").lower()

    def refuse(self, operation: str, request: Mapping[str, Any], account: Account) -> None:
        """Refuse the request, if that is what this fault does.

        Raises:
            AwsError: the refusal that it stands for.
        """
        match self.effect:
            case Effect.THROTTLE:
                raise AwsError("ThrottlingException", texts.RATE_EXCEEDED)
            case Effect.ERROR:
                raise AwsError(self.code, self.message, self.http_status)
            case Effect.EXPIRED_CREDENTIALS:
                raise AwsError("ExpiredTokenException", texts.EXPIRED_TOKEN)
            case Effect.CLOCK_SKEW:
                raise AwsError("InvalidSignatureException", texts.skewed(datetime.now(UTC), self.seconds))
            case Effect.ACCESS_DENIED:
                raise access_denied(account, operation, _resource_arn(request, account))
            case Effect.PROPAGATION:
                role = request.get("RoleArn", f"arn:{account.partition}:iam::{account.account_id}:role/SageMaker")
                raise validation_error(self.message or texts.ROLE_NOT_ASSUMED.format(role=role))
            case Effect.QUOTA:
                quota = "ml.p3.2xlarge for training job usage"
                text = texts.SERVICE_LIMIT.format(quota=quota, limit=self.limit, used=self.limit)
                raise AwsError("ResourceLimitExceeded", text)
            case _:
                pass

    def shown(self) -> dict[str, Any]:
        """The fault as the control API lists it."""
        return {name: value for name, value in vars(self).items() if name != "lifted"}


class Faults:
    """The armed faults, oldest first."""

    def __init__(self) -> None:
        self._faults: dict[str, Fault] = {}
        self._ids = itertools.count(1)
        self._random = random.Random(0)  # noqa: S311 — repeatable chance, no secret

    def seed(self, seed: int) -> None:
        """Seed the random numbers behind `probability`, so that a run can be repeated."""
        self._random.seed(seed)

    def arm(self, request: Mapping[str, Any]) -> Fault:
        """Arm a fault.

        Raises:
            KeyError, TypeError, ValueError: unknown fields, effect or operation.
        """
        operation = request["operation"]
        if operation != "*" and not any(operation in known for known in (READING, CHANGING, QUEUE_OPERATIONS)):
            raise ValueError(f"no such operation: {operation}")
        given = {name: value for name, value in request.items() if value is not None}
        fault = Fault(id=f"fault-{next(self._ids)}", **{**given, "effect": Effect(request["effect"])})
        self._faults[fault.id] = fault
        return fault

    def listed(self) -> list[dict[str, Any]]:
        """All armed faults."""
        return [fault.shown() for fault in self._faults.values()]

    def lift(self, fault_id: str | None = None) -> bool:
        """Remove one fault, or all of them, and let the replies go that they hold; whether there was any."""
        lifted = [fault for fault in self._faults.values() if fault_id in {None, fault.id}]
        for fault in lifted:
            del self._faults[fault.id]
            fault.lifted.set()
        return bool(lifted)

    def hitting(self, operation: str, request: Mapping[str, Any]) -> Iterator[Fault]:
        """The faults that this request meets; each counts it."""
        for fault in list(self._faults.values()):
            is_meant = fault.operation in {operation, "*"} and fault.is_about(request)
            is_spent = fault.times is not None and fault.hits >= fault.times
            if is_meant and not is_spent and self._random.random() < fault.probability:
                fault.hits += 1
                yield fault


def _resource_arn(request: Mapping[str, Any], account: Account) -> str:
    """What a request needs permission for: a queue, a job, an execution or a pipeline."""
    if queue_url := request.get("QueueUrl"):
        return account.queue(str(queue_url).rpartition("/")[2])
    if (named := named_job(request)) is not None:
        return account.resource(named[0].resource, named[1].lower())
    return str(request.get("PipelineExecutionArn") or account.pipeline(named_pipeline(request) or "*"))


def named_package(request: Mapping[str, Any]) -> str | None:
    """The model package that a request is about, by its ARN: its group and version."""
    arn = str(request.get("ModelPackageArn") or request.get("ModelPackageName") or "")
    return arn.partition(":model-package/")[2] or None


def named_pipeline(request: Mapping[str, Any]) -> str | None:
    """The pipeline that a request is about: by name, by ARN, or by the ARN of one of its executions."""
    if execution_arn := request.get("PipelineExecutionArn"):
        return str(execution_arn).partition(":pipeline/")[2].partition("/")[0]
    pipeline = request.get("PipelineName") or request.get("PipelineArn")
    if pipeline is None and ":pipeline/" in str(request.get("ResourceArn")):
        pipeline = request["ResourceArn"]
    return None if pipeline is None else str(pipeline).rpartition("/")[2]
