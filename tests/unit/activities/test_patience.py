"""Calls that are made again, and those that are not."""

import asyncio
from typing import Any

import pytest
from botocore.exceptions import ConnectTimeoutError

from activities.aws.errors import AwsError
from activities.aws.platforms import Platform
from activities.aws.rate_limit.turns import Priority
from activities.resources.operations import FILTER_LOG_EVENTS, LIST_PIPELINES, Operation
from activities.results.patience import PatientCalls
from tests.unit.polling.listed_aws import PLATFORM, failed, refusal
from tests.unit.virtual_time import in_virtual_time

THROTTLED, DOWN, DENIED = (refusal(code) for code in ("ThrottlingException", "502", "AccessDeniedException"))
NO_WAY = failed(ConnectTimeoutError(endpoint_url="https://logs.us-east-1.amazonaws.com"))


class Failing:
    """Fails as a script says, then answers."""

    def __init__(self, *script: AwsError) -> None:
        self._script = list(script)
        self.made = 0

    async def poll(
        self, platform: Platform, operation: Operation, *, resource: str | None = None, **request: Any
    ) -> Any:
        """As `SageMakerCalls.poll`."""
        assert (platform, operation, resource, request) == (PLATFORM, LIST_PIPELINES, None, {})
        return await self._answer()

    async def call(
        self,
        platform: Platform,
        operation: Operation,
        *,
        priority: Priority = Priority.ACTION,
        resource: str | None = None,
        **request: Any,
    ) -> Any:
        """As `SageMakerCalls.call`."""
        assert (platform, operation, resource, request) == (PLATFORM, FILTER_LOG_EVENTS, None, {})
        assert priority is Priority.POLL
        return await self._answer()

    async def _answer(self) -> Any:
        self.made += 1
        if self._script:
            raise self._script.pop(0)
        return "answer"


def made(failing: Failing, operation: Operation = LIST_PIPELINES, within_seconds: float = 600) -> Any:
    """What a call comes to: an answer, or an error."""

    async def read() -> Any:
        calls = PatientCalls(failing, within_seconds)
        try:
            if operation == LIST_PIPELINES:
                return await calls.poll(PLATFORM, operation)
            return await calls.call(PLATFORM, operation, priority=Priority.POLL)
        finally:
            assert asyncio.get_running_loop().time() <= within_seconds

    return in_virtual_time(read())


@pytest.mark.parametrize("script", [[THROTTLED] * 12, [DOWN] * 3, [NO_WAY] * 3, [THROTTLED, DOWN] * 3])
def test_what_passes_is_waited_for(script: list[AwsError]) -> None:
    """Throttling takes only time, an outage some attempts."""
    assert made(Failing(*script)) == "answer"


@pytest.mark.parametrize(
    ("script", "operation", "attempts"),
    [
        ([DENIED], LIST_PIPELINES, 1),
        ([DOWN] * 9, LIST_PIPELINES, 4),
        ([NO_WAY] * 9, LIST_PIPELINES, 4),
        ([DOWN] * 9, FILTER_LOG_EVENTS, 4),
        ([NO_WAY] * 9, FILTER_LOG_EVENTS, 1),
    ],
)
def test_what_lasts_is_raised(script: list[AwsError], operation: Operation, attempts: int) -> None:
    """The network may have no way to the logs at all, and the end of a run must not wait for them."""
    failing = Failing(*script)
    with pytest.raises(AwsError) as raised:
        made(failing, operation)
    assert raised.value is script[attempts - 1]
    assert failing.made == attempts


def test_all_calls_together_are_bounded() -> None:
    """After that time nothing is asked any more."""
    with pytest.raises(AwsError, match="not everything could be read within 30 s"):
        made(Failing(*[THROTTLED] * 1000), within_seconds=30)
