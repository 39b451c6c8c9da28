"""Many calls at once on a platform that throttles half of them: each takes effect once, and none is lost."""

import asyncio
import uuid
from typing import Any

import pytest

from activities.aws.calls import SageMakerCalls
from activities.aws.error_kinds import Kind
from activities.aws.errors import AwsError
from activities.aws.platforms import Platform, Platforms
from activities.aws.rate_limit import adaptive_rate
from activities.aws.rate_limit.turns import Priority
from activities.resources.operations import (
    DESCRIBE_EXECUTION,
    DESCRIBE_PIPELINE,
    START_EXECUTION,
    STOP_EXECUTION,
    Operation,
)
from tests.standin.definitions import job
from tests.standin.process import Standin

AT_ONCE = 30
PATIENCE_SECONDS = 60


async def until_answered(calls: SageMakerCalls, operation: Operation, **request: Any) -> Any:
    """Call as an activity does that Temporal retries, though without its pauses."""
    while True:
        try:
            return await calls.call(calls.platforms["default"], operation, **request)
        except AwsError as error:
            if error.kind is not Kind.THROTTLED:
                raise


async def test_every_call_takes_effect_once(shared_standin: Standin, monkeypatch: pytest.MonkeyPatch) -> None:
    """Starts, looks at them while they are stopped, and a discovery beside them."""
    monkeypatch.setattr(adaptive_rate, "LEAST_RATE", 50.0)
    platform = Platform(region="us-east-1", endpoint_url=shared_standin.url)
    calls = SageMakerCalls(Platforms([platform]), threads=4)
    pipeline = shared_standin.create([job("Train", seconds=36_000)])
    shared_standin.control("DELETE", "/calls")
    throttling = shared_standin.fault("*", "throttle", probability=0.5)

    async def followed() -> str:
        token = str(uuid.uuid4())
        started = await until_answered(calls, START_EXECUTION, PipelineName=pipeline, ClientRequestToken=token)
        arn = started["PipelineExecutionArn"]
        look = calls.read(platform, DESCRIBE_EXECUTION, priority=Priority.POLL, PipelineExecutionArn=arn)
        stop = until_answered(calls, STOP_EXECUTION, PipelineExecutionArn=arn, ClientRequestToken=str(uuid.uuid4()))
        looked, _ = await asyncio.gather(look, stop)
        return str(looked["PipelineExecutionArn"])

    discovery = calls.read(platform, DESCRIBE_PIPELINE, priority=Priority.BROWSE, PipelineName=pipeline)
    async with asyncio.timeout(PATIENCE_SECONDS):
        described, *looked_at = await asyncio.gather(discovery, *(followed() for _ in range(AT_ONCE)))
    assert calls.limit(platform).is_slowed
    calls.close()
    shared_standin.control("DELETE", f"/faults/{throttling}")
    counts = shared_standin.control("GET", "/calls")
    assert {operation: counted["by_code"]["OK"] for operation, counted in counts.items()} == {
        "StartPipelineExecution": AT_ONCE,
        "StopPipelineExecution": AT_ONCE,
        "DescribePipelineExecution": AT_ONCE,
        "DescribePipeline": 1,
    }
    assert sum(counted["by_code"].get("ThrottlingException", 0) for counted in counts.values()) > AT_ONCE
    executions = shared_standin.executions(pipeline)
    assert sorted(looked_at) == sorted(execution["execution_arn"] for execution in executions)
    assert {execution["status"] for execution in executions} <= {"Stopping", "Stopped"}
    assert described["PipelineName"] == pipeline
