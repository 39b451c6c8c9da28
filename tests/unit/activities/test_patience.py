"""Calls that are made again, and those that are not."""

import asyncio
from typing import Any

import pytest
from botocore.exceptions import ConnectTimeoutError

from activities.aws.clients import LOGS, SAGEMAKER
from activities.aws.connection_errors import OutOfTimeError
from activities.aws.errors import Call
from activities.aws.platforms import Platform
from activities.results.patience import PatientCalls
from tests.unit.polling.listed_aws import PLATFORM, refusal
from tests.unit.virtual_time import in_virtual_time

THROTTLED, DOWN, DENIED = (refusal(code) for code in ("ThrottlingException", "502", "AccessDeniedException"))
NO_WAY = ConnectTimeoutError(endpoint_url="https://logs.us-east-1.amazonaws.com")


class Failing:
    """Fails as a script says, then answers."""

    def __init__(self, *script: Exception) -> None:
        self._script = list(script)
        self.made = 0

    async def look(self, platform: Platform, method: str, **request: Any) -> Any:
        """As `SageMakerCalls.look`."""
        return await self.call(platform, method, **request)

    async def call(self, platform: Platform, method: str, *, service: str = SAGEMAKER, **request: Any) -> Any:
        """As `SageMakerCalls.call`."""
        assert (platform, method, request) == (PLATFORM, "read", {})
        assert service in {SAGEMAKER, LOGS}
        self.made += 1
        if self._script:
            raise self._script.pop(0)
        return "answer"

    def described(self, platform: Platform, operation: str, resource: str) -> Call:
        """As `SageMakerCalls.described`."""
        return Call(operation, resource, platform.name, platform.region)


def made(failing: Failing, service: str = SAGEMAKER, within_seconds: float = 600) -> Any:
    """What a call comes to: an answer, or an error."""

    async def read() -> Any:
        calls = PatientCalls(failing, within_seconds)
        try:
            if service == SAGEMAKER:
                return await calls.look(PLATFORM, "read")
            return await calls.call(PLATFORM, "read", service=service)
        finally:
            assert asyncio.get_running_loop().time() <= within_seconds

    return in_virtual_time(read())


@pytest.mark.parametrize("script", [[THROTTLED] * 12, [DOWN] * 3, [NO_WAY] * 3, [THROTTLED, DOWN] * 3])
def test_what_passes_is_waited_for(script: list[Exception]) -> None:
    """Throttling takes only time, an outage some attempts."""
    assert made(Failing(*script)) == "answer"


@pytest.mark.parametrize(
    ("script", "service", "attempts"),
    [
        ([DENIED], SAGEMAKER, 1),
        ([DOWN] * 9, SAGEMAKER, 4),
        ([NO_WAY] * 9, SAGEMAKER, 4),
        ([DOWN] * 9, LOGS, 4),
        ([NO_WAY] * 9, LOGS, 1),
    ],
)
def test_what_lasts_is_raised(script: list[Exception], service: str, attempts: int) -> None:
    """The network may have no way to the logs at all, and the end of a run must not wait for them."""
    failing = Failing(*script)
    with pytest.raises(type(script[0])):
        made(failing, service)
    assert failing.made == attempts


def test_all_calls_together_are_bounded() -> None:
    """After that time nothing is asked any more."""
    with pytest.raises(OutOfTimeError, match="not everything could be read within 30 s"):
        made(Failing(*[THROTTLED] * 1000), within_seconds=30)
