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
from activities.aws.classification import MAX_READ_CHARS
from activities.aws.connection_errors import SecretUnavailableError, VaultUnavailableError
from activities.aws.errors import AwsError, Kind, retry_delay
from activities.aws.platforms import Platform
from activities.aws.secrets.bounds import MAX_JOB_SECRETS_CHARS, BoundedSecrets
from activities.job_models import StartJobRequest
from activities.redaction import SHORTEST_FRAGMENT, UNREADABLE, Redaction
from activities.resources.jobs import KIND_OF_JOB
from activities.resources.kind import ResourceKind
from activities.resources.operations import Operation
from activities.resources.withheld import withheld_texts
from activities.starting.earlier_attempts import EarlierAttempts
from activities.starting.job_names import key_of, respelled, with_name, with_tags
from activities.starting.job_ownership import JobName
from activities.starting.job_request import read_request
from activities.starting.once import create_once
from activities.starting.refusals import (
    ATTEMPTS_BEFORE_DEFERRING,
    NEW_ROLE,
    Propagation,
    before_sending,
    deferred,
)
from activities.starting.secret_parameters import StartParameters, reworded
from contract.failures import FailureType, invalid_input
from contract.job_run import MAX_REQUEST_BYTES, JobRunInput, NameMode
from contract.json_walk import bracketed
from contract.secret_reference import SecretReference, is_secret_reference
from contract.templates import ScheduledStart
from contract.texts import texts, with_texts

log = structlog.get_logger(__name__)

VAULT_SECONDS: Final = 25.0
"""For all secrets of a request. An attempt must have time left to find a job of an earlier attempt by its name."""

SCHEMA_HINT: Final = "the command 'polysync-sagemaker job schema' prints the members"


@dataclass(frozen=True)
class StartedJob:
    """A job that AWS has accepted."""

    platform: Platform
    kind: ResourceKind
    arn: str
    name: str
    notes: list[str]
    redaction: Callable[[], Redaction] = field(repr=False)
    """Makes what removes the request's secrets from texts; it may take a second, so never on the event loop."""


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
    obstacle: AwsError | None
    """Why the request cannot be sent: a secret cannot be read. The name may find a job of an earlier attempt."""
    not_found: FailureType = FailureType.AWS_REFUSED

    def redaction(self) -> Redaction:
        return self.secrets.redaction if self.obstacle is None else Redaction.of_everything(UNREADABLE)

    async def send(self) -> str:
        if self.obstacle is not None:
            raise self.obstacle
        response = await self.calls.call(
            self.platform, self.kind.create, resource=f"{self.kind.noun} {self.name}", **self.members
        )
        return str(response[self.kind.members.arn])

    def explained(self, refusal: AwsError) -> ApplicationError | None:  # noqa: ARG002 — part of the port
        return None

    def propagation(self, refusal: AwsError) -> Propagation | None:
        return NEW_ROLE if self.kind.is_propagation(refusal.cause) else None

    async def without_secrets(self, error: AwsError) -> AwsError:
        """Return the error without secrets, and without what the caller wrote in clear where AWS refuses a value."""
        return await asyncio.to_thread(self._reworded, error)

    def _reworded(self, error: AwsError) -> AwsError:
        clean = self.secrets.without_secrets(error)
        if error.kind is not Kind.INVALID:
            return clean
        is_cut = len(str(error.cause)) > MAX_READ_CHARS
        return reworded(clean, lambda text: self._without_clear_values(text[:MAX_READ_CHARS], is_cut=is_cut))

    def _without_clear_values(self, text: str, *, is_cut: bool) -> str:
        clear = {value for value in withheld_texts(self.members) if len(value) >= SHORTEST_FRAGMENT}
        for value in sorted(clear, key=len, reverse=True):
            text = text.replace(value, "(a value of the request)")
        for value in clear if is_cut else ():
            text = _without_beginning(text, value)
        return text


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
                after `activities.aws.errors`. What may have been created is not given up before AWS has shown
                nothing of its name for a quarter of an hour (`once.create_once`).
        """
        async with before_sending(earlier):
            run_input = await self._input(request, earlier)
            prepared = await self._prepare(request, run_input, earlier)
        owner = request.owner if run_input.name is NameMode.EXACT else None
        name = JobName(self._calls, prepared.platform, prepared.kind, prepared.name, earlier, owner)
        arn = respelled(await create_once(prepared, earlier, name), prepared.name)
        log.info("job.started", job_arn=arn, attempt=activity.info().attempt)
        return StartedJob(prepared.platform, prepared.kind, arn, prepared.name, prepared.notes, prepared.redaction)

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
        may_run = earlier.may_have_created
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
        secrets, obstacle = StartParameters({}), None
        try:
            secrets = await self._secrets(platform, kind.create, read.members)
        except AwsError as error:
            obstacle = error
        members = with_texts(read.members, secrets.values)
        return _Prepared(self._calls, platform, kind, str(name), members, secrets, read.notes, obstacle)

    async def _secrets(self, platform: Platform, create: Operation, members: dict[str, Any]) -> StartParameters:
        references = {text: bracketed("request", path) for path, text in texts(members) if is_secret_reference(text)}
        if not references:
            return StartParameters({})
        with self._calls.errors_name(platform, create, "secrets"):
            parsed = {reference: _parsed(reference, place) for reference, place in references.items()}
            try:
                async with asyncio.timeout(VAULT_SECONDS):
                    values = await self._calls.from_vaults(lambda: self._read_secrets(parsed, references))
            except TimeoutError:
                why = f"no answer within {VAULT_SECONDS:g} s"
                raise VaultUnavailableError(next(iter(parsed.values())), why) from None
            _require_room(members, references, values)
        return StartParameters(values, tuple(values.values()))

    def _read_secrets(self, references: dict[str, SecretReference], places: dict[str, str]) -> dict[str, str]:
        secrets = BoundedSecrets(self._calls.secrets.resolve_for_parameter, MAX_JOB_SECRETS_CHARS)
        return {text: secrets.read(reference, f"'{places[text]}'") for text, reference in references.items()}


def _require_room(members: dict[str, Any], places: dict[str, str], values: dict[str, str]) -> None:
    """See to it that one secret does not stand in a request so often that no request has room for it.

    Raises:
        SecretUnavailableError: It does.
    """
    size = sum(len(values[text]) for _, text in texts(members) if text in values)
    if size > MAX_REQUEST_BYTES:
        longest = max(places, key=lambda text: len(values[text]))
        raise SecretUnavailableError(
            f"of '{places[longest]}'",
            f"with its secrets in all their places the request has {size} characters more, and at most "
            f"{MAX_REQUEST_BYTES} are sent; refer to secrets in fewer places",
        )


def _without_beginning(text: str, value: str) -> str:
    """Return a text without the beginning of a value at its end, where the value was cut off."""
    start, at = value[:SHORTEST_FRAGMENT], max(0, len(text) - len(value))
    while (at := text.find(start, at)) >= 0:
        if value.startswith(text[at:]):
            return text[:at]
        at += 1
    return text


def _parsed(reference: str, place: str) -> SecretReference:
    try:
        return SecretReference.parse(reference)
    except ValueError as error:
        raise SecretUnavailableError(f"of '{place}'", str(error)) from None
