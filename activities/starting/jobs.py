"""Starting a job: the request is read and checked, and created once under its name."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final

import structlog
from temporalio import activity
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError

from activities.aws.calls import SageMakerCalls
from activities.aws.connection_errors import SecretUnavailableError
from activities.aws.errors import AwsError, Kind, retry_delay
from activities.aws.platforms import Platform
from activities.job_models import StartJobRequest
from activities.redaction import SHORTEST_FRAGMENT
from activities.resources.jobs import KIND_OF_JOB
from activities.resources.kind import ResourceKind
from activities.resources.members import entries, text
from activities.resources.operations import LIST_TAGS, Operation
from activities.resources.withheld import withheld_texts
from activities.starting.earlier_attempts import EarlierAttempts
from activities.starting.job_names import OWNER_TAG, key_of, respelled, with_name, with_tags
from activities.starting.job_request import read_request
from activities.starting.once import Existing, create_once
from activities.starting.refusals import (
    ATTEMPTS_BEFORE_DEFERRING,
    DELETED_NAME,
    NEW_ROLE,
    Propagation,
    before_sending,
    deferred,
    failure_of,
    not_visible_yet,
)
from activities.starting.secret_parameters import StartParameters, reworded
from contract.failures import FailureType, invalid_input
from contract.job_run import JobRunInput, NameMode
from contract.secret_reference import SecretReference, is_secret_reference
from contract.templates import ScheduledStart
from contract.texts import texts, with_texts

log = structlog.get_logger(__name__)

SCHEMA_HINT: Final = "the command 'polysync-sagemaker job schema' prints the members"


@dataclass(frozen=True)
class StartedJob:
    """A job that AWS has accepted."""

    platform: Platform
    kind: ResourceKind
    arn: str
    name: str
    notes: list[str]
    secrets: StartParameters = field(repr=False)


@dataclass(frozen=True)
class _Prepared:
    """A create request as it is sent (`activities.starting.once.Creation`)."""

    calls: SageMakerCalls
    platform: Platform
    kind: ResourceKind
    name: str
    members: dict[str, Any] = field(repr=False)
    secrets: StartParameters = field(repr=False)
    notes: list[str]
    not_found: FailureType = FailureType.AWS_REFUSED

    async def send(self) -> str:
        response = await self.calls.call(
            self.platform, self.kind.create, resource=f"{self.kind.noun} {self.name}", **self.members
        )
        return str(response[self.kind.members.arn])

    def explained(self, refusal: AwsError) -> ApplicationError | None:  # noqa: ARG002 — part of the port
        return None

    def propagation(self, refusal: AwsError) -> Propagation | None:
        return NEW_ROLE if self.kind.is_propagation(refusal.cause) else None

    def without_secrets(self, error: AwsError) -> AwsError:
        """Return the error without secrets, and without what the caller wrote in clear where AWS refuses a value."""
        error = self.secrets.without_secrets(error)
        return reworded(error, self._without_clear_values) if error.kind is Kind.INVALID else error

    def _without_clear_values(self, text: str) -> str:
        clear = {value for value in withheld_texts(self.members) if len(value) >= SHORTEST_FRAGMENT}
        for value in sorted(clear, key=len, reverse=True):
            text = text.replace(value, "(a value of the request)")
        return text


@dataclass(frozen=True)
class _JobName:
    """The name of a job as its key (`activities.starting.once.Name`)."""

    prepared: _Prepared
    earlier: EarlierAttempts
    may_be_known: bool
    owner: str | None
    """The value of the ownership tag; None where the name alone proves that the job is ours."""

    def is_already_there(self, refusal: AwsError) -> bool:
        return self.prepared.kind.is_already_there(refusal.cause)

    def is_not_there(self, refusal: AwsError) -> bool:
        return self.prepared.kind.is_not_there(refusal.cause)

    async def describe(self) -> Existing:
        kind = self.prepared.kind
        named: dict[str, Any] = {kind.described_by: self.prepared.name}
        answer = await self.prepared.calls.call(self.prepared.platform, kind.describe, **named)
        return Existing(str(answer[kind.members.arn]), kind.raw_status(answer))

    async def claim(self, existing: Existing, *, is_last: bool) -> bool:
        if self.owner is None:
            return True
        try:
            answer = await self.prepared.calls.call(self.prepared.platform, LIST_TAGS, ResourceArn=existing.arn)
        except AwsError as error:
            if error.kind is not Kind.ACCESS:
                raise
            raise self._taken(
                existing,
                f"It may be this run's own, but its tags cannot be read. {error.explanation} Grant sagemaker:ListTags, "
                "or follow the job with a new run's job_arn.",
                may_be_ours=self._is_open,
            ) from None
        owners = {text(tag, "Value") for tag in entries(answer, "Tags") if text(tag, "Key") == OWNER_TAG}
        if self.owner in owners:
            return True
        if owners or not self._is_open:
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

    @property
    def _is_open(self) -> bool:
        return self.earlier.may_have_been_accepted or self.may_be_known

    def _taken(self, existing: Existing, remedy: str, *, may_be_ours: bool) -> ApplicationError:
        why = f"The name belongs to the job {existing.arn} ({existing.status or 'no status'}). {remedy}"
        # The attempt's own job, ended and deleted by somebody, must not be followed by a second one.
        if not may_be_ours and existing.status is not None and existing.status.casefold() == "deleting":
            self.earlier.refused_for_certain()
            return not_visible_yet(why, DELETED_NAME, self.earlier)
        return ApplicationError(why, type=FailureType.JOB_NAME_TAKEN, non_retryable=True)


class JobStarts:
    """Starts jobs."""

    def __init__(self, calls: SageMakerCalls, read_input: Callable[[ScheduledStart], Awaitable[JobRunInput]]) -> None:
        """Prepare the starts.

        Args:
            calls: Reaches AWS.
            read_input: Reads the input of the run that the activity belongs to, with its templates filled in.
        """
        self._calls = calls
        self._read_input = read_input

    async def start(self, request: StartJobRequest, earlier: EarlierAttempts) -> StartedJob:
        """Start a job.

        Raises:
            ApplicationError: `InvalidInput` with all problems of the request, `JobNameTaken`, else typed and retryable
                after `activities.aws.errors`. While the outcome of an attempt is open, every failure is retryable.
        """
        async with before_sending(earlier):
            run_input = await self._input(request, earlier)
            prepared = await self._prepare(request, run_input, earlier)
        owner = request.owner if run_input.name is NameMode.EXACT else None
        name = _JobName(prepared, earlier, request.may_be_known, owner)
        arn = respelled(await create_once(prepared, earlier, name), prepared.name)
        log.info("job.started", job_arn=arn, attempt=activity.info().attempt)
        return StartedJob(prepared.platform, prepared.kind, arn, prepared.name, prepared.notes, prepared.secrets)

    async def _input(self, request: StartJobRequest, earlier: EarlierAttempts) -> JobRunInput:
        try:
            return await self._read_input(request.scheduled)
        except Exception as error:  # noqa: BLE001 — the server, or a key that is not here
            status = error.status.name if isinstance(error, RPCError) else None
            log.warning("job.input_not_read", error=type(error).__name__, status=status)
            earlier.refused_for_certain()
            why = f"The run's input cannot be read ({status or type(error).__name__}); nothing was sent"
            if not earlier.may_have_been_accepted and activity.info().attempt >= ATTEMPTS_BEFORE_DEFERRING:
                raise deferred(why) from None
            raise ApplicationError(
                why, type=Kind.UNAVAILABLE, next_retry_delay=retry_delay(activity.info().attempt)
            ) from None

    async def _prepare(self, request: StartJobRequest, run_input: JobRunInput, earlier: EarlierAttempts) -> _Prepared:
        kind = KIND_OF_JOB[request.job]
        may_run = earlier.may_have_been_accepted or request.may_be_known
        platforms = self._calls.platforms
        platform = platforms.of_open_run(request.platform) if may_run else platforms[request.platform]
        named = with_name(kind, run_input.request, run_input.name, request.suffix, request.name_if_none)
        owner = request.owner if run_input.name is NameMode.EXACT or platform.tag_runs else None
        tagged = with_tags(kind, named, {**platform.tags, **run_input.tags}, owner)
        read = await asyncio.to_thread(read_request, kind.create, tagged)
        name = read.members.get(key_of(kind).member)
        # What another version of this worker has sent already must be found, whatever this version thinks of it.
        if read.problems and not (may_run and isinstance(name, str)):
            raise invalid_input(f"{read.described()}; {SCHEMA_HINT}")
        if not may_run and not platform.admits_job(request.job, str(name)):
            raise invalid_input(
                f"job: the platform '{platform.name}' of this worker is not for the {kind.noun} '{name}': its "
                "allowed_jobs do not name it; nothing was sent to AWS. Name another platform, or have it added"
            )
        secrets = await self._secrets(platform, kind.create, read.members, earlier)
        members = with_texts(read.members, secrets.values)
        return _Prepared(self._calls, platform, kind, str(name), members, secrets, read.notes)

    async def _secrets(
        self, platform: Platform, create: Operation, members: dict[str, Any], earlier: EarlierAttempts
    ) -> StartParameters:
        references = {value: place for place, value in texts(members) if is_secret_reference(value)}
        if not references:
            return StartParameters({})
        try:
            with self._calls.errors_name(platform, create, "secrets"):
                values = await self._calls.from_vaults(lambda: self._read_secrets(references))
        except AwsError as error:
            earlier.refused_for_certain()
            raise failure_of(error, earlier) from None
        return StartParameters(values, tuple(values.values()))

    def _read_secrets(self, references: dict[str, str]) -> dict[str, str]:
        values = {}
        for reference, place in references.items():
            try:
                parsed = SecretReference.parse(reference)
            except ValueError as error:
                raise SecretUnavailableError(f"of '{place}'", str(error)) from None
            values[reference] = self._calls.secrets.resolve_for_parameter(parsed)
        return values
