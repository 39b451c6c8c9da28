"""Errors of the worker itself: an activity that keeps raising them ends, unless something may run."""

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.exceptions import ApplicationError, CancelledError
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput

from activities.models import Observation
from activities.starting.earlier_attempts import EarlierAttempts
from activities.starting.refusals import before_sending
from activities.unexpected import ATTEMPTS, CONCERNS_WHAT_RUNS, UnexpectedErrors
from contract.failures import FailureType
from contract.names import ActivityType
from tests.unit.activities.attempt import attempt, beats_of

ERRORS = st.sampled_from(
    [
        ValueError,
        KeyError,
        RecursionError,
        UnicodeEncodeError,
        MemoryError,
        LookupError,
        TimeoutError,
        ZeroDivisionError,
    ]
)


NO_INPUT: Any = None
HALF = "\ud83d"
"""Of an emoji that was cut."""


def error_of(kind: type[Exception], text: str) -> Exception:
    """An error of a type."""
    return UnicodeEncodeError("utf-8", text, 0, 1, "surrogates") if kind is UnicodeEncodeError else kind(text)


class Returning(ActivityInboundInterceptor):
    """An activity that returns something."""

    def __init__(self, result: object) -> None:
        self._result = result

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002, ARG002 — the SDK's names
        """Return it."""
        return self._result


class Raising(ActivityInboundInterceptor):
    """An activity that raises."""

    def __init__(self, error: BaseException) -> None:
        self._error = error

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002, ARG002 — the SDK's names
        """Raise."""
        raise self._error


async def intercepted(activity_type: str, number: int, error: BaseException) -> ApplicationError:
    """What an attempt of an activity fails with."""
    environment = attempt(number, activity_type=activity_type)
    activity = UnexpectedErrors().intercept_activity(Raising(error))
    with pytest.raises(ApplicationError) as raised:
        await environment.run(activity.execute_activity, NO_INPUT)
    return raised.value


@given(kind=ERRORS, text=st.text(min_size=1), activity_type=st.sampled_from(ActivityType))
def test_any_error_ends_an_activity_unless_something_may_run(
    kind: type[Exception], text: str, activity_type: ActivityType
) -> None:
    """After a few attempts, with a failure that names the error."""
    early, late = (asyncio.run(intercepted(activity_type, number, error_of(kind, text))) for number in (1, ATTEMPTS))
    assert not early.non_retryable
    assert late.non_retryable is (activity_type not in CONCERNS_WHAT_RUNS)
    for failure in (early, late):
        assert failure.type == FailureType.WORKER_ERROR
        assert kind.__name__ in failure.message


@pytest.mark.parametrize(
    "error", [ApplicationError("no", type="AccessDenied"), CancelledError(), asyncio.CancelledError()]
)
async def test_what_has_a_meaning_keeps_it(error: BaseException) -> None:
    """Failures with a type, and a cancel."""
    environment = attempt(ATTEMPTS, activity_type=ActivityType.DISCOVER)
    activity = UnexpectedErrors().intercept_activity(Raising(error))
    with pytest.raises(type(error)) as raised:
        await environment.run(activity.execute_activity, NO_INPUT)
    assert raised.value is error


async def fails_before_sending(error: Exception, seconds: float = 0.0) -> None:
    """A start that fails while it reads."""
    async with before_sending(EarlierAttempts.read()):
        await asyncio.sleep(seconds)
        raise error


@given(kind=ERRORS, text=st.text(min_size=1), is_open=st.booleans())
def test_any_error_before_a_start_is_sent_ends_it(kind: type[Exception], text: str, *, is_open: bool) -> None:
    """For certain nothing was sent, which the next attempt knows; while an earlier outcome is open, it goes on."""
    environment = attempt(ATTEMPTS, {"refused_up_to": ATTEMPTS - 2 if is_open else ATTEMPTS - 1})
    beats = beats_of(environment)
    with pytest.raises(ApplicationError) as raised:
        asyncio.run(environment.run(fails_before_sending, error_of(kind, text)))
    assert raised.value.non_retryable is not is_open
    assert beats[-1].refused_up_to == (ATTEMPTS - 2 if is_open else ATTEMPTS)
    assert len(text) < 4 or text not in raised.value.message, "it could be a secret"


@pytest.mark.parametrize("number", [1, ATTEMPTS])
async def test_a_result_that_cannot_be_encoded_ends_an_activity(number: int) -> None:
    """The SDK would encode it behind the interceptors, and retry the activity for ever."""
    environment = attempt(number, activity_type=ActivityType.DISCOVER)
    environment.payload_converter = pydantic_data_converter.payload_converter
    activity = UnexpectedErrors().intercept_activity(Returning(Observation(failure_reason=f"cut {HALF}")))
    with pytest.raises(ApplicationError) as raised:
        await environment.run(activity.execute_activity, NO_INPUT)
    assert (raised.value.type, raised.value.non_retryable) == (FailureType.WORKER_ERROR, number == ATTEMPTS)


async def test_a_result_is_returned_as_it_is() -> None:
    """The very object."""
    environment = attempt(activity_type=ActivityType.DISCOVER)
    environment.payload_converter = pydantic_data_converter.payload_converter
    observed = Observation(sagemaker_status="Executing")
    activity = UnexpectedErrors().intercept_activity(Returning(observed))
    assert await environment.run(activity.execute_activity, NO_INPUT) is observed


async def test_a_final_failure_with_half_a_surrogate_pair_stays_final() -> None:
    """A failure that cannot be encoded is replaced by the SDK, and the other one is retried."""
    failure = await intercepted(
        ActivityType.DISCOVER, 1, ApplicationError(f"no {HALF}", "detail", type="AccessDenied", non_retryable=True)
    )
    assert (failure.message, failure.type, failure.non_retryable) == ("no \ufffd", "AccessDenied", True)
    assert failure.details == ("detail",)
    unknown = await intercepted(ActivityType.DISCOVER, ATTEMPTS, ValueError(f"no {HALF}"))
    assert "no \ufffd" in unknown.message
