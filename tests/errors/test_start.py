"""What becomes of a run whose start AWS refuses, for every code: retried, refreshed, waited for, or failed at once."""

import asyncio
import time
from datetime import timedelta

import pytest

from activities.aws import errors
from activities.aws.error_kinds import Kind
from contract.run import Phase, RunStatus
from tests.errors.answers import QUOTA, RESOURCE, USER, Refusal, assert_told, not_authorized, one_of_each
from tests.workflows.stage import Run, Stage

SECONDS = 15.0
"""What "within seconds" may be for a refusal that is tried again a few times."""


async def refused(stage: Stage, refusal: Refusal, times: int | None = None) -> tuple[str, Run]:
    """Start a run whose starts are refused so many times (None: all); its pipeline and the run."""
    pipeline = stage.pipeline()
    stage.standin.fault("StartPipelineExecution", "error", pipeline=pipeline, times=times, **refusal.fault)
    return pipeline, await stage.run(pipeline)


async def attempts_of_the_start(run: Run) -> int:
    """How often the run's first activity was attempted."""
    history = await run.handle.fetch_history()
    started = next(event for event in history.events if event.HasField("activity_task_started_event_attributes"))
    return started.activity_task_started_event_attributes.attempt


async def test_what_passes_is_retried_under_the_same_token(stage: Stage) -> None:
    """Throttling, outages, conflicts, and permissions that are just being granted."""

    async def survive(refusal: Refusal) -> None:
        pipeline, run = await refused(stage, refusal, times=1)
        assert (await run.result()).status is RunStatus.SUCCESS, refusal
        # The token is unique to the run: two tokens would have given two executions.
        assert stage.the_execution(pipeline)["starts_accepted"] == 1

    kinds = (Kind.THROTTLED, Kind.UNAVAILABLE, Kind.CONFLICT, Kind.ACCESS)
    await asyncio.gather(*(survive(refusal) for refusal in one_of_each(*kinds)))


async def test_refused_credentials_are_refreshed_at_once(stage: Stage) -> None:
    """The cached client is dropped and the call is made again, without a failed attempt in between."""

    async def refresh(refusal: Refusal) -> None:
        pipeline, run = await refused(stage, refusal, times=1)
        assert (await run.result()).status is RunStatus.SUCCESS, refusal
        assert stage.the_execution(pipeline)["starts_accepted"] == 1
        assert await attempts_of_the_start(run) == 1

    began = time.monotonic()
    await asyncio.gather(*(refresh(refusal) for refusal in one_of_each(Kind.CREDENTIALS)))
    assert time.monotonic() - began < SECONDS


async def test_a_used_up_quota_is_waited_for(stage: Stage) -> None:
    """It is no failure: the run says what it waits for, and a cancel ends it at once."""
    (refusal,) = one_of_each(Kind.QUOTA)
    pipeline, run = await refused(stage, refusal)
    document = await run.reaches_phase(Phase.WAITING_FOR_QUOTA)
    assert_told(
        str(document.message),
        refusal,
        "StartPipelineExecution",
        f"pipeline={pipeline}",
        f"request a higher quota in AWS Service Quotas. The quota is called '{QUOTA}'.",
    )
    await run.cancel_by_signal()
    assert (await run.result()).status is RunStatus.CANCELLED


async def test_what_stays_fails_within_seconds_and_says_what_to_do(stage: Stage) -> None:
    """Type, operation, resource, AWS's request id, and a remedy that names what AWS's text names."""

    async def fail(refusal: Refusal, kind: str, remedy: str) -> None:
        pipeline, run = await refused(stage, refusal)
        failure = await run.failure()
        assert failure.type == kind
        assert_told(
            failure.message, refusal, "StartPipelineExecution", f"pipeline={pipeline}", remedy.format(pipeline=pipeline)
        )
        assert stage.standin.executions(pipeline) == []
        document = await run.document()
        assert (document.status, document.message) == (RunStatus.FAILED, failure.message)

    began = time.monotonic()
    await asyncio.gather(
        fail(
            not_authorized("sagemaker:StartPipelineExecution"),
            "AccessDenied",
            f"Grant sagemaker:StartPipelineExecution on {RESOURCE} to {USER}. If a role was passed, iam:PassRole",
        ),
        fail(not_authorized("iam:PassRole"), "AccessDenied", f"Grant iam:PassRole on {RESOURCE} to {USER}."),
        *(
            fail(refusal, "InvalidInput", "Correct the named field or parameter and start the run again.")
            for refusal in one_of_each(Kind.INVALID)
        ),
        *(
            fail(
                refusal,
                "PipelineNotFound",
                "Check that pipeline={pipeline} is there, in the region us-east-1 and the account of the platform "
                "'default'.",
            )
            for refusal in one_of_each(Kind.NOT_FOUND)
        ),
        *(
            fail(
                refusal,
                "QuotaIsZero",
                f"Request a quota above zero in AWS Service Quotas, then start the run again. "
                f"The quota is called '{QUOTA}'.",
            )
            for refusal in one_of_each(Kind.QUOTA_IS_ZERO)
        ),
        fail(
            one_of_each(Kind.CREDENTIALS)[0],
            "CredentialsUnavailable",
            "The session that the keys belong to has ended",
        ),
        fail(one_of_each(Kind.CREDENTIALS)[4], "CredentialsUnavailable", "Check this machine's clock"),
    )
    assert time.monotonic() - began < SECONDS


async def test_a_text_of_any_length_stays_bounded(stage: Stage) -> None:
    """AWS quotes what it refuses; a failure stands in the history, and its remedy must not be what is cut off."""
    _, run = await refused(stage, Refusal("ValidationException", "x" * 100_000))
    failure = await run.failure()
    assert len(failure.message) <= 1200
    assert failure.message.endswith("Correct the named field or parameter and start the run again.")


@pytest.fixture
def short_delays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Attempts that follow each other quickly, for what takes many of them."""
    monkeypatch.setattr(errors, "LONGEST_RETRY_DELAY", timedelta(seconds=0.2))


@pytest.mark.usefixtures("short_delays")
async def test_a_refusal_that_nobody_knows_fails_after_a_few_attempts(stage: Stage) -> None:
    """AWS blamed the request, so nothing was started, and waiting for ever would help nobody."""
    pipeline, run = await refused(stage, Refusal("SubscriptionRequiredException", "not subscribed", 403))
    failure = await run.failure()
    assert failure.type == "AwsRefused"
    assert failure.message.startswith("SubscriptionRequiredException: not subscribed")
    assert stage.standin.executions(pipeline) == []


@pytest.mark.usefixtures("short_delays")
async def test_a_conflict_that_stays_fails(stage: Stage) -> None:
    """Somebody else's changes do not take this long, so the token was used for other input."""
    (refusal,) = one_of_each(Kind.CONFLICT)
    pipeline, run = await refused(stage, refusal)
    failure = await run.failure()
    assert failure.type == "Conflict"
    assert_told(failure.message, refusal, "StartPipelineExecution", f"pipeline={pipeline}", "Something else changes")


@pytest.mark.usefixtures("short_delays")
async def test_an_unknown_trouble_of_aws_is_retried_under_the_same_token(stage: Stage) -> None:
    """A code that nobody knows with a server's status leaves open what AWS did."""
    pipeline, run = await refused(stage, Refusal("NobodyKnowsThisException", "", 500), times=5)
    assert (await run.result()).status is RunStatus.SUCCESS
    assert stage.the_execution(pipeline)["starts_accepted"] == 1
