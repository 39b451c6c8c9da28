"""The activities by which a run answers Callback steps, and follows and decides about model packages."""

import asyncio
from typing import Final

import structlog
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.answering.callbacks import CallbackAnswers
from activities.answering.packages import ModelPackages
from activities.aws.calls import SageMakerCalls
from activities.gate_models import (
    AnswerOutcome,
    AnswerStepRequest,
    FindPackagesRequest,
    FoundPackages,
    UpdatePackageRequest,
    WatchPackageRequest,
)
from activities.resources.table import MODEL_APPROVAL, PIPELINE_EXECUTION
from activities.watching.heartbeats import heartbeating
from activities.watching.poller import SharedPoller
from activities.watching.subscription import Seen, Subscription
from activities.watching.watcher import Watched, Watcher, first_delay, poll_interval
from contract.failures import FailureType
from contract.names import ActivityType
from contract.open_gates import Approval, ModelPackage

log = structlog.get_logger(__name__)

PACKAGE: Final = Watched("model_package.poll_failed", "model package", "execution_arn", FailureType.MODEL_REJECTED)


class GateActivities:
    """Answers, finds, watches and updates what waits for a person."""

    def __init__(self, calls: SageMakerCalls, poller: SharedPoller) -> None:
        """Prepare the activities.

        Args:
            calls: Reaches AWS.
            poller: Polls model packages, and is woken after an answer, so that its effect is seen at once.
        """
        self._calls = calls
        self._poller = poller
        self._answers = CallbackAnswers(calls)
        self._packages = ModelPackages(calls)
        self._watcher = Watcher(poller, PACKAGE)

    @activity.defn(name=ActivityType.ANSWER_STEP)
    async def answer_pipeline_step(self, request: AnswerStepRequest) -> AnswerOutcome:
        """Answer a Callback step, once however often this is attempted.

        Raises:
            ApplicationError: As `activities.answering.callbacks.CallbackAnswers` raises it.
        """
        async with heartbeating(lambda: None):
            outcome = await self._answers.answer(request)
        self._poller.wake(PIPELINE_EXECUTION, request.execution_arn)
        self._calls.telemetry.metrics.gate_answered(request.platform, "callback", taken=outcome.taken)
        log.info("pipeline_step.answered", execution_arn=request.execution_arn, step=request.step, taken=outcome.taken)
        return outcome

    @activity.defn(name=ActivityType.FIND_PACKAGES)
    async def find_model_packages(self, request: FindPackagesRequest) -> FoundPackages:
        """Find the model packages that an execution registered, with their approval.

        Raises:
            ApplicationError: As `activities.answering.packages.ModelPackages` raises it.
        """
        async with heartbeating(lambda: None):
            return await self._packages.find(request)

    @activity.defn(name=ActivityType.UPDATE_PACKAGE)
    async def update_model_package(self, request: UpdatePackageRequest) -> AnswerOutcome:
        """Approve or reject a model package that is pending.

        Raises:
            ApplicationError: As `activities.answering.packages.ModelPackages` raises it.
        """
        async with heartbeating(lambda: None):
            outcome = await self._packages.update(request)
        self._poller.wake(MODEL_APPROVAL, request.model_package_arn)
        self._calls.telemetry.metrics.gate_answered(request.platform, "approval", taken=outcome.taken)
        log.info("model_package.answered", model_package_arn=request.model_package_arn, taken=outcome.taken)
        return outcome

    @activity.defn(name=ActivityType.WATCH_PACKAGE)
    async def watch_model_package(self, request: WatchPackageRequest) -> ModelPackage:
        """Watch a model package until its approval is not as it was seen.

        Raises:
            ApplicationError: As `activities.watching.watcher.Watcher.news` raises it.
        """
        platform = self._calls.platforms.of_open_run(request.platform)
        package = ModelPackage(model_package_arn=request.model_package_arn)
        interval = poll_interval(request.poll_interval, platform)
        now = asyncio.get_running_loop().time()
        seen = Seen(None if request.seen_status == Approval.NOT_SHOWN else request.seen_status)
        subscription = Subscription(MODEL_APPROVAL, request.model_package_arn, interval, seen, now)
        async with heartbeating(lambda: self._watcher.heartbeat(platform, subscription)):
            try:
                delay = first_delay(interval, request.seen_status)
                await self._watcher.news(platform, subscription, first_delay=delay)
            except ApplicationError as error:
                if error.type != FailureType.MODEL_REJECTED:
                    raise
                return package.model_copy(update={"status": Approval.DELETED})
            return await self._packages.describe(platform, package)
