"""SageMaker throttles, breaks, forgets and contradicts: runs slow down, go on, and tell the true end."""

import asyncio
from contextlib import suppress

from temporalio.service import RPCError

from activities.aws.error_kinds import Kind
from activities.aws.error_rules import RULES
from contract.run import Phase, RunStatus
from tests.faults.concurrency import concurrent, lasting
from tests.faults.durations import (
    HIDDEN_SECONDS,
    SAGEMAKER_GONE_SECONDS,
    THROTTLED_RUNS,
    THROTTLED_SECONDS,
    simulated,
)
from tests.faults.evidence import assert_discreet, assert_sound
from tests.faults.installation import FOR_EVER, Installation, until
from tests.standin.definitions import JsonObject, job, parameter, step

ALL = "*"
"""Every operation."""

CALLBACK: JsonObject = {**step("wait", "Callback"), "SqsQueueUrl": "https://sqs.us-east-1.amazonaws.com/1/q"}


def recovery(outage_seconds: float) -> float:
    """Seconds to wait for a run after an outage: looks that failed for so long are that far apart by then."""
    return 60 + 2 * outage_seconds


@concurrent
async def test_a_lost_reply_starts_no_second_execution(installation: Installation) -> None:
    """AWS accepted the start three times and its replies were lost: the fourth finds the first one's execution."""
    pipeline = installation.pipeline()
    installation.standin.fault("StartPipelineExecution", "reset_after", pipeline=pipeline, times=3)
    run = await installation.calm.run(pipeline)
    execution = await assert_sound(installation, run)
    assert execution["starts_accepted"] == 4


@lasting
async def test_five_minutes_of_throttling_at_a_hundred_runs(installation: Installation) -> None:
    """Half of them run already, half are asked for meanwhile; none is lost and none is started twice."""
    pipeline = installation.standin.create(
        [job("Train", seconds=simulated(THROTTLED_SECONDS / 2))], [parameter("Run", default="none")]
    )
    async with installation.crew() as crew:
        first = [await crew.run(pipeline, parameters={"Run": str(n)}) for n in range(THROTTLED_RUNS // 2)]
        await until(lambda: len(installation.standin.executions(pipeline)) == len(first) or None)
        throttle = installation.standin.fault(ALL, "throttle", pipeline=pipeline)
        others = range(THROTTLED_RUNS // 2, THROTTLED_RUNS)
        runs = first + [await crew.run(pipeline, parameters={"Run": str(n)}) for n in others]
        await asyncio.sleep(THROTTLED_SECONDS)
        installation.lift(throttle)
        endings = [await run.ending(within=recovery(THROTTLED_SECONDS)) for run in runs]
        assert {ending.document.status for ending in endings if ending.document} == {RunStatus.SUCCESS}
        executions = installation.standin.executions(pipeline)
        assert {each["status"] for each in executions} == {"Succeeded"}
        assert sorted(int(each["parameters"]["Run"]) for each in executions) == list(range(THROTTLED_RUNS))
        assert sorted(each["execution_arn"] for each in executions) == sorted(
            ending.document.run_id or "" for ending in endings if ending.document
        )
        await asyncio.gather(*(assert_discreet(installation, run) for run in runs))


@lasting
async def test_an_hour_of_5xx_is_sat_out(installation: Installation) -> None:
    """A run that is watched, one that is being stopped, one that is to be started."""
    watched, stopping, starting = (
        installation.pipeline(seconds=seconds) for seconds in (simulated(SAGEMAKER_GONE_SECONDS / 2), FOR_EVER, 60)
    )
    async with installation.crew() as crew:
        runs = [await crew.run(watched), await crew.run(stopping)]
        for run in runs:
            await run.executes()
        outages = [installation.standin.fault(ALL, "html_5xx", pipeline=name) for name in (watched, stopping, starting)]
        runs.append(await crew.run(starting))
        await runs[1].signal_cancel()
        await asyncio.sleep(SAGEMAKER_GONE_SECONDS)
        await runs[1].reaches_phase(Phase.STOPPING)
        for outage in outages:
            installation.lift(outage)
        within = recovery(SAGEMAKER_GONE_SECONDS)
        await assert_sound(installation, runs[0], within=within)
        await assert_sound(installation, runs[1], RunStatus.CANCELLED, within=within)
        await assert_sound(installation, runs[2], within=within)


@lasting
async def test_an_execution_that_is_not_found_for_the_first_minute(installation: Installation) -> None:
    """Nobody has published when a new execution can be described."""
    pipeline = installation.pipeline()
    installation.standin.fault("StartPipelineExecution", "hide", pipeline=pipeline, seconds=HIDDEN_SECONDS)
    run = await installation.calm.run(pipeline, poll_interval=2)
    execution = await assert_sound(installation, run)
    assert execution["starts_accepted"] == 1


@lasting
async def test_a_pipeline_that_is_deleted_in_mid_run(installation: Installation) -> None:
    """AWS knows the execution no more: after a minute of looking the run says so, and starts no other."""
    pipeline = installation.pipeline(seconds=FOR_EVER)
    run = await installation.calm.run(pipeline, poll_interval=2.2)
    document = await run.executes()
    installation.standin.control("POST", f"/pipelines/{pipeline}/delete")
    ending = await run.ending()
    assert ending.failure is not None
    assert ending.failure.type == "ExecutionNotFound"
    assert f"execution={document.run_id}" in ending.failure.message
    assert installation.the_execution(pipeline)["starts_accepted"] == 1
    await assert_discreet(installation, run)


@concurrent
async def test_a_clock_that_is_an_hour_off(installation: Installation) -> None:
    """A start is refused and says why; a run under way is followed again once the clock is right.

    A Temporal server whose disk is busy now and then counts an attempt that it never hands to a worker. Nobody can
    tell such an attempt from one whose worker died, so that start is not given up: it succeeds once the clock is right.
    """
    pipeline = installation.pipeline(seconds=600)
    run = await installation.calm.run(pipeline)
    await run.executes()
    skews = [installation.standin.fault(ALL, "clock_skew", pipeline=pipeline, seconds=3600)]
    others = []
    for refused in (installation.pipeline() for _ in range(3)):
        skews.append(installation.standin.fault(ALL, "clock_skew", pipeline=refused, seconds=-3600))
        others.append(await installation.calm.run(refused))
    attempts = RULES[Kind.CREDENTIALS].attempts or 0
    closed = [other for other in others if await other.closes_or_tries_on(attempts)]
    assert closed
    for other in closed:
        ending = await other.ending()
        assert ending.failure is not None
        assert ending.failure.type == "CredentialsUnavailable"
        assert "this machine's clock is right" in ending.failure.message
        assert installation.standin.executions(other.pipeline) == []
        await assert_discreet(installation, other)
    for skew in skews:
        installation.lift(skew)
    for still_open in [run, *(other for other in others if other not in closed)]:
        await assert_sound(installation, still_open)


@concurrent
async def test_a_callback_step_holds_a_stop_until_it_is_answered(installation: Installation) -> None:
    """The run stays open and says that it is stopping; either answer ends it as Cancelled."""
    for answer in ("success", "failure"):
        pipeline = installation.pipeline([CALLBACK])
        run = await installation.calm.run(pipeline)
        await run.executes()
        await run.signal_cancel()
        await run.reaches(lambda document: document.sagemaker_status == "Stopping")
        await answer_callback(installation, installation.the_execution(pipeline)["execution_arn"], answer)
        execution = await assert_sound(installation, run, RunStatus.CANCELLED)
        assert execution["stops_accepted"] == 1


async def answer_callback(installation: Installation, arn: str, answer: str) -> None:
    """Answer the waiting step, as whoever reads its queue does."""
    waiting = await until(lambda: installation.standin.steps(arn).get("wait"))
    token = waiting["Metadata"]["Callback"]["CallbackToken"]
    if answer == "success":
        installation.standin.client.send_pipeline_execution_step_success(CallbackToken=token)
    else:
        installation.standin.client.send_pipeline_execution_step_failure(CallbackToken=token, FailureReason="too late")


@concurrent
async def test_a_lambda_step_holds_a_stop_until_it_ends(installation: Installation) -> None:
    """A function that ends well leaves a stopped execution; one that fails meanwhile fails it, and the run with it."""

    async def stop_during(failure: str, status: RunStatus) -> None:
        # Longer than the way from the start to the stop takes on the busiest machine.
        function = step("call", "Lambda", STANDIN_SECONDS=str(simulated(75)), STANDIN_FAIL=failure)
        run = await installation.calm.run(installation.pipeline([function]))
        await run.executes()
        await run.signal_cancel()
        await run.reaches(lambda document: document.phase is Phase.STOPPING)
        await assert_sound(installation, run, status)

    await asyncio.gather(stop_during("", RunStatus.CANCELLED), stop_during("the function raised", RunStatus.FAILED))


@concurrent
async def test_cancels_that_race_with_success(installation: Installation) -> None:
    """Cancelled around the end, by signal and natively: what is told is what the execution came to."""

    async def race(number: int) -> None:
        run = await installation.calm.run(installation.pipeline(seconds=120))
        await run.executes()
        await asyncio.sleep(number * 0.3)
        # One that has ended cannot be cancelled any more.
        with suppress(RPCError):
            await (run.signal_cancel() if number % 2 else run.handle.cancel())
        ending = await run.ending()
        document = await run.closing_document(ending)
        closed = "Canceled" if number % 2 == 0 and document.status is RunStatus.CANCELLED else "Completed"
        await assert_sound(installation, run, RunStatus.SUCCESS, RunStatus.CANCELLED, closed=closed)

    await asyncio.gather(*(race(number) for number in range(8)))
