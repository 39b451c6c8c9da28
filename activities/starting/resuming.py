"""Resuming a failed execution, so that its succeeded steps are neither run nor paid for again."""

import asyncio
from contextlib import suppress
from typing import Any, Final

from temporalio.exceptions import ApplicationError

from activities.aws.calls import SageMakerCalls
from activities.aws.errors import AwsError, Kind
from activities.aws.platforms import Platform
from activities.models import Observation, ResumeOutcome, ResumeRequest
from activities.resources.observation import observation_of
from activities.resources.operations import DESCRIBE_EXECUTION, RETRY_EXECUTION
from activities.resources.table import PIPELINE_EXECUTION
from activities.results.reading import read_steps
from activities.results.step import metadata_of, name_of, status_of
from activities.starting.earlier_attempts import EarlierAttempts
from activities.starting.refusals import before_sending, failure_of
from contract.pipeline_document import run_status
from contract.run import RunStatus

SEEN_WITHIN_SECONDS: Final = 10.0
"""How long after AWS's answer to wait until the execution is described as running: whether it is at once is not
published, and a watch that still reads the old failure would take it for a new one."""

DESCRIBE_AGAIN_SECONDS: Final = 0.5

STEPS_READ_WITHIN_SECONDS: Final = 10.0

ACCEPTED: Final = "AWS accepted the resumption"
RUNS_ALREADY: Final = "It runs already: an earlier attempt was accepted, or it was resumed elsewhere"
HAS_SUCCEEDED: Final = "It has succeeded meanwhile: it was resumed elsewhere"


class Resumptions:
    """Resumes executions, once for each token."""

    def __init__(self, calls: SageMakerCalls) -> None:
        self._calls = calls

    async def resume(self, request: ResumeRequest, earlier: EarlierAttempts) -> ResumeOutcome:
        """Resume an execution, or return why it cannot be resumed.

        Raises:
            ApplicationError: Typed and retryable after `activities.aws.errors`. Once the outcome of an attempt is
                open, only AWS's answer ends it: the execution may run already, and cost money.
        """
        async with before_sending(earlier):
            platform = self._platform(request.platform, earlier)
        try:
            await self._calls.call(platform, RETRY_EXECUTION, **_arguments(request))
        except AwsError as error:
            if error.had_no_effect:
                earlier.refused_for_certain()
            if error.is_answer and error.kind is Kind.INVALID:
                return await self._refused(platform, request, error, earlier)
            is_gone = error.is_answer and error.kind is Kind.NOT_FOUND
            if error.had_no_effect and not error.rule.is_outage and not is_gone and earlier.may_be_known:
                return await self._refused_after_a_reset(platform, request, error, earlier)
            raise failure_of(error, earlier, settles=is_gone) from None
        await self._until_it_runs(platform, request.execution_arn)
        return ResumeOutcome(resumed=True, why=ACCEPTED)

    def _platform(self, name: str, earlier: EarlierAttempts) -> Platform:
        """Return the platform; without it, the resumption fails as a start does, unless the execution may run already.

        Nothing runs: a resumption that waited for the platform would keep a cancel waiting, too.
        """
        try:
            return self._calls.platforms.of_open_run(name)
        except ApplicationError as error:
            is_final = not earlier.may_have_created
            raise ApplicationError(error.message, type=error.type, non_retryable=is_final) from None

    async def _refused(
        self, platform: Platform, request: ResumeRequest, refusal: AwsError, earlier: EarlierAttempts
    ) -> ResumeOutcome:
        """Return what a refusal means: not by its text, which is not published, but by the state of the execution."""
        try:
            observed = await self._describe(platform, request.execution_arn)
        except AwsError as error:
            raise failure_of(error, earlier, settles=error.is_answer and error.kind is Kind.NOT_FOUND) from None
        if not observed.has_ended:
            return ResumeOutcome(resumed=True, why=RUNS_ALREADY)
        if observed.sagemaker_status == "Succeeded":
            # The run goes on to find this end, which is the true one.
            return ResumeOutcome(resumed=True, why=HAS_SUCCEEDED)
        why = refusal.explanation
        match observed.sagemaker_status:
            case "Stopped":
                why = f"The execution was stopped, and AWS resumes only executions that failed; start a new one. {why}"
            case "Failed" if step := await self._fail_step(platform, request.execution_arn):
                why = (
                    f"The execution ended in {step}, which is the pipeline's own verdict, and AWS does "
                    f"not resume it; start a new one. {why}"
                )
        return ResumeOutcome(resumed=False, why=why)

    async def _refused_after_a_reset(
        self, platform: Platform, request: ResumeRequest, refusal: AwsError, earlier: EarlierAttempts
    ) -> ResumeOutcome:
        """Return what a refusal means if the execution was resumed before the run was reset; else raise it."""
        outcome = await self._refused(platform, request, refusal, earlier)
        if outcome.resumed:
            return outcome
        earlier.may_be_known = False
        raise failure_of(refusal, earlier)

    async def _fail_step(self, platform: Platform, execution_arn: str) -> str | None:
        """Name the Fail step in which an execution ended; None if there is none, or if the steps cannot be read.

        Only the text of an answer that is known depends on it.
        """
        with suppress(Exception):
            async with asyncio.timeout(STEPS_READ_WITHIN_SECONDS):
                steps = await read_steps(self._calls, platform, execution_arn)
                ends = [step for step in steps if status_of(step) == "Failed" and "Fail" in metadata_of(step)]
                names = [f"the Fail step '{name}'" for step in ends if (name := name_of(step))]
                # One without a name is the pipeline's verdict all the same, but says less than one with a name.
                return next(iter(names), "a Fail step") if ends else None
        return None

    async def _until_it_runs(self, platform: Platform, execution_arn: str) -> None:
        # Whatever goes wrong here, AWS has accepted the resumption, and the watch describes the execution again.
        with suppress(Exception):
            async with asyncio.timeout(SEEN_WITHIN_SECONDS):
                while True:
                    observed = await self._describe(platform, execution_arn)
                    if run_status(observed.sagemaker_status) is not RunStatus.FAILED:
                        return
                    await asyncio.sleep(DESCRIBE_AGAIN_SECONDS)

    async def _describe(self, platform: Platform, arn: str) -> Observation:
        return observation_of(
            PIPELINE_EXECUTION, await self._calls.call(platform, DESCRIBE_EXECUTION, PipelineExecutionArn=arn)
        )


def _arguments(request: ResumeRequest) -> dict[str, Any]:
    arguments: dict[str, Any] = {
        "PipelineExecutionArn": request.execution_arn,
        "ClientRequestToken": request.client_request_token,
    }
    if request.max_parallel_steps is not None:
        arguments["ParallelismConfiguration"] = {"MaxParallelExecutionSteps": request.max_parallel_steps}
    return arguments
