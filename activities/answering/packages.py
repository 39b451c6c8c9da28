"""Model packages that a person approves or rejects: finding, describing and updating them."""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.aws.calls import SageMakerCalls
from activities.aws.errors import AwsError, Kind, retry_delay, to_application_error
from activities.aws.platforms import Platform
from activities.gate_models import AnswerOutcome, FindPackagesRequest, FoundPackages, UpdatePackageRequest
from activities.resources.kind import Answer
from activities.resources.members import first_text, table, text
from activities.resources.operations import UPDATE_PACKAGE
from activities.resources.table import MODEL_APPROVAL
from activities.results import settled
from activities.results.reading import Step, read_steps
from activities.results.settled import read_settled_steps
from activities.results.step import metadata_of, name_of, status_of
from contract.failures import FailureType
from contract.open_gates import Approval, ModelPackage
from contract.steps import OPEN_STEPS

_REFUSED: Final = frozenset({Kind.CONFLICT, Kind.INVALID, Kind.NOT_FOUND})
"""Kinds of refusals that may mean that another answer was first, or that the package is gone: a describe decides."""

MAX_PACKAGES: Final = 200
"""Each has an activity that watches it, and Temporal takes 2,000 of a run at once (`limit.numPendingActivities`)."""

_PENDING: Final = (Approval.PENDING, Approval.NOT_SHOWN)
"""DescribeModelPackage need not show a ModelApprovalStatus (service model), and that of a version is no approval."""


class ModelPackages:
    """Reads and updates model packages."""

    def __init__(self, calls: SageMakerCalls) -> None:
        self._calls = calls

    async def find(self, request: FindPackagesRequest) -> FoundPackages:
        """Find what an execution that succeeded registered, also what it took over from an earlier execution.

        Raises:
            ApplicationError: Typed and retryable after `activities.aws.errors`: a gate that cannot be seen is closed.
        """
        platform = self._calls.platforms.of_open_run(request.platform)
        try:
            steps = await self._steps(platform, request.execution_arn)
        except AwsError as error:
            raise _failed(error) from None
        if unseen := [name_of(step) for step in steps if _may_still_show_a_package(step)]:
            raise ApplicationError(
                f"Whether {', '.join(unseen)} registered a model package is not known: the execution succeeded, and "
                "AWS still lists the step without its end or its model package. It is read again",
                type=Kind.UNAVAILABLE,
                next_retry_delay=retry_delay(activity.info().attempt),
            )
        packages = [
            package
            for package in registered(steps)
            if request.group is None or package.group.lower() == request.group.lower()
        ]
        if len(packages) > MAX_PACKAGES:
            raise ApplicationError(
                f"The execution registered {len(packages)} model packages, and a run waits for the approval of at most "
                f"{MAX_PACKAGES}: name one model package group in `approval.group`, or do not wait",
                type=FailureType.INVALID_INPUT,
                non_retryable=True,
            )
        return FoundPackages(
            packages=[await self.describe(platform, package) for package in packages],
            poll_interval=platform.poll_interval,
            heartbeat_timeout=platform.heartbeat_timeout,
        )

    async def _steps(self, platform: Platform, execution_arn: str) -> list[Step]:
        """Read the steps, again for a bounded time while no package is seen: the list lags behind the end."""
        steps = await read_settled_steps(self._calls, platform, execution_arn, "Succeeded")
        for pause in settled.PAUSES_SECONDS:
            if registered(steps):
                break
            await asyncio.sleep(pause)
            steps = await read_steps(self._calls, platform, execution_arn)
        return steps

    async def describe(self, platform: Platform, package: ModelPackage) -> ModelPackage:
        """Return the package with its approval; `Deleted` if AWS no longer knows it.

        Raises:
            ApplicationError: Typed and retryable after `activities.aws.errors`.
        """
        try:
            answer = await self._calls.call(
                platform, MODEL_APPROVAL.describe, ModelPackageName=package.model_package_arn
            )
        except AwsError as error:
            if MODEL_APPROVAL.is_not_there(error.cause):
                return package.model_copy(update={"status": Approval.DELETED})
            raise _failed(error) from None
        return package.model_copy(update=_approval(package, answer))

    async def update(self, request: UpdatePackageRequest) -> AnswerOutcome:
        """Approve or reject a package that is pending; of one that is not any more, return who was first.

        Raises:
            ApplicationError: Typed and retryable after `activities.aws.errors`.
        """
        platform = self._calls.platforms.of_open_run(request.platform)
        package = await self.describe(platform, ModelPackage(model_package_arn=request.model_package_arn))
        if package.status not in _PENDING:
            return _not_pending(package, request)
        description: dict[str, Any] = {"ApprovalDescription": request.description} if request.description else {}
        try:
            await self._calls.call(
                platform,
                UPDATE_PACKAGE,
                ModelPackageArn=request.model_package_arn,
                ModelApprovalStatus=request.status,
                ClientToken=request.client_token,
                **description,
            )
        except AwsError as error:
            if error.is_answer and error.kind in _REFUSED:
                package = await self.describe(platform, package)
                if package.status not in _PENDING:
                    return _not_pending(package, request)
            raise _failed(error) from None
        return _taken(package, request)


def registered(steps: Sequence[Step]) -> list[ModelPackage]:
    """Return the model packages that steps registered, in the order of the steps."""
    found = [(text(metadata_of(step).get("RegisterModel", {}), "Arn"), name_of(step)) for step in steps]
    return [ModelPackage(model_package_arn=arn, step=name) for arn, name in found if arn]


def _may_still_show_a_package(step: Step) -> bool:
    # Beside a member with content, an empty one says nothing.
    is_unnamed = "RegisterModel" in table(step, "Metadata") and metadata_of(step).keys() <= {"RegisterModel"}
    is_unnamed = is_unnamed and not registered([step])
    return status_of(step) in OPEN_STEPS or (is_unnamed and status_of(step) == "Succeeded")


def _approval(package: ModelPackage, answer: Answer) -> dict[str, str | None]:
    changed_by = table(answer, "LastModifiedBy")
    return {
        "status": MODEL_APPROVAL.raw_status(answer) or (Approval.NOT_SHOWN if package.is_version else None),
        "description": text(answer, "ApprovalDescription"),
        "by": text(table(changed_by, "IamIdentity"), "Arn") or first_text(changed_by, ("UserProfileName",)),
    }


def _not_pending(package: ModelPackage, request: UpdatePackageRequest) -> AnswerOutcome:
    is_as_asked = package.status == request.status and (package.description or "") == request.description
    if activity.info().attempt > 1 and is_as_asked:
        return _taken(package, request)
    who = f" by {package.by}" if package.by else ""
    why = f": {package.description}" if package.description else ""
    return AnswerOutcome(
        taken=False, why=f"The model package {package.name} is not pending any more: {package.status}{who}{why}"
    )


def _taken(package: ModelPackage, request: UpdatePackageRequest) -> AnswerOutcome:
    return AnswerOutcome(taken=True, why=f"The model package {package.name} is {request.status}.")


def _failed(error: AwsError) -> ApplicationError:
    return to_application_error(error, attempt=activity.info().attempt, not_found=FailureType.AWS_REFUSED)
