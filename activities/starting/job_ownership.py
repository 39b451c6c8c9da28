"""The name of a job as its idempotency key, and to which run the job of this name belongs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from temporalio.exceptions import ApplicationError

from activities.aws.calls import SageMakerCalls
from activities.aws.errors import AwsError, Kind
from activities.aws.platforms import Platform
from activities.resources.kind import ResourceKind
from activities.resources.operations import LIST_TAGS
from activities.resources.tags import tags
from activities.starting.earlier_attempts import EarlierAttempts
from activities.starting.job_names import OWNER_TAG
from activities.starting.once import Existing
from activities.starting.refusals import DELETED_NAME, not_visible_yet
from contract.failures import FailureType


@dataclass(frozen=True)
class JobName:
    """The name of a job as its key (`activities.starting.once.Name`).

    Attributes:
        calls: Reach AWS.
        platform: Where the job is.
        kind: What it is.
        name: Its name.
        earlier: The attempts so far.
        owner: The value of the ownership tag; None where the name alone proves that the job is ours.
    """

    calls: SageMakerCalls
    platform: Platform
    kind: ResourceKind
    name: str
    earlier: EarlierAttempts
    owner: str | None

    def is_already_there(self, refusal: AwsError) -> bool:
        """See `activities.starting.once.Name`."""
        return self.kind.is_already_there(refusal.cause)

    def is_not_there(self, refusal: AwsError) -> bool:
        """See `activities.starting.once.Name`."""
        return self.kind.is_not_there(refusal.cause)

    async def describe(self) -> Existing:
        """See `activities.starting.once.Name`."""
        kind = self.kind
        named: dict[str, Any] = {kind.described_by: self.name}
        answer = await self.calls.call(self.platform, kind.describe, **named)
        return Existing(str(answer[kind.members.arn]), kind.raw_status(answer))

    async def claim(self, existing: Existing, *, is_last: bool) -> bool:
        """See `activities.starting.once.Name`."""
        if self.owner is None:
            return True
        try:
            owner = await self._owner(existing.arn)
        except AwsError as error:
            if error.kind is not Kind.ACCESS or self.earlier.may_have_created:
                raise
            raise self._taken(
                existing,
                f"Its tags, which say whose it is, cannot be read. {error.explanation} Grant sagemaker:ListTags, "
                "or follow the job with a new run's job_arn.",
                may_be_ours=False,
            ) from None
        if owner == self.owner:
            return True
        if owner is not None or not self.earlier.may_have_created:
            raise self._taken(
                existing,
                "This run did not start it. Choose another name, leave name at 'unique', or follow the job with a new "
                "run's job_arn.",
                may_be_ours=False,
            )
        if is_last:
            raise self._taken(
                existing,
                f"It may be this run's own, but it has no tag {OWNER_TAG}, which this run sends. Choose another name, "
                "or follow the job with a new run's job_arn.",
                may_be_ours=True,
            )
        return False

    async def _owner(self, arn: str) -> str | None:
        """Return the value of the tag that says whose a job is; None if it has none."""

        async def read(token: Mapping[str, str]) -> Mapping[str, Any]:
            request: dict[str, Any] = {"ResourceArn": arn, **token}
            page: Mapping[str, Any] = await self.calls.call(self.platform, LIST_TAGS, **request)
            return page

        async for name, value in tags(read):
            if name == OWNER_TAG:
                return value
        return None

    def _taken(self, existing: Existing, remedy: str, *, may_be_ours: bool) -> ApplicationError:
        why = f"The name belongs to the job {existing.arn} ({existing.status or 'no status'}). {remedy}"
        # The attempt's own job, ended and deleted by another client, must not be followed by a second one.
        if not may_be_ours and existing.status is not None and existing.status.casefold() == "deleting":
            self.earlier.refused_for_certain()
            return not_visible_yet(why, DELETED_NAME, self.earlier)
        return ApplicationError(why, type=FailureType.JOB_NAME_TAKEN, non_retryable=True)
