"""Secrets in a start's parameters: resolved in the activity, so that histories hold only the references."""

import asyncio
import copy
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from botocore.exceptions import ClientError, ParamValidationError
from temporalio.exceptions import ApplicationError

from activities.aws.calls import SageMakerCalls
from activities.aws.classification import MAX_READ_CHARS, code_of
from activities.aws.connection_errors import SecretUnavailableError
from activities.aws.errors import AwsError, Kind
from activities.aws.secrets.bounds import MAX_PIPELINE_SECRETS_CHARS, BoundedSecrets
from activities.models import StartRequest
from activities.redaction import SHORTEST_FRAGMENT, Redaction, redacted_beginning
from activities.starting.earlier_attempts import EarlierAttempts
from contract.parameters import MAX_VALUE_CHARS
from contract.secret_reference import SecretReference, is_secret_reference

_Start = tuple[str, str, tuple[tuple[str, str], ...]]

MOST_REMEMBERED: Final = 1000
LONGEST_REMEMBERED_SECONDS: Final = 3600.0

ROTATED: Final = (
    " An earlier attempt of this start may have been accepted with the value that a secret had then. If one of its "
    "secrets was rotated meanwhile, put the earlier value back until this run has found its execution, or follow the "
    "execution with a new run's execution_arn."
)


@dataclass(frozen=True)
class StartParameters:
    """A start's parameters as AWS gets them."""

    values: Mapping[str, str] = field(repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    inherited: tuple[str, ...] = field(default=(), repr=False)
    """Values of another execution, any of which may have been a secret there."""

    @cached_property
    def redaction(self) -> Redaction:
        """Removes the secrets from texts. It may take a second to make: never on the event loop."""
        return Redaction(self.secrets)

    def over(self, values: Mapping[str, str]) -> "StartParameters":
        """Return these parameters with those of another execution that are not among them."""
        inherited = tuple(value for value in values.values() if len(value) >= SHORTEST_FRAGMENT)
        return StartParameters({**values, **self.values}, self.secrets, inherited)

    def without_secrets(self, error: AwsError) -> AwsError:
        """Return an error whose text quotes none of the secrets: AWS quotes the value that it refuses.

        It may take a second: never on the event loop.
        """
        # Only of a refused parameter does AWS quote the value; elsewhere a harmless one could hide what is wrong.
        inherited = self.inherited if error.kind is Kind.INVALID else ()
        if not self.secrets and not inherited:
            return error

        redactions = (self.redaction, Redaction(inherited, "(a value taken over)"))
        rotated = ROTATED if self.secrets and _code(error) == "ConflictException" else ""
        return reworded(error, lambda text: redacted_beginning(text, MAX_READ_CHARS, redactions) + rotated)


def reworded(error: AwsError, change: Callable[[str], str]) -> AwsError:
    """Return an error with another text where AWS, or botocore, wrote what it refuses."""
    cause = error.cause
    if isinstance(cause, ClientError):
        response = copy.deepcopy(cause.response)
        answer = response.setdefault("Error", {})
        answer["Message"] = change(str(answer.get("Message", "")))
        return AwsError(error.call, ClientError(response, cause.operation_name))
    if isinstance(cause, ParamValidationError):
        return AwsError(error.call, ParamValidationError(report=change(str(cause))))
    return error


def _code(error: AwsError) -> str:
    return code_of(error.cause) if isinstance(error.cause, ClientError) else ""


class StartSecrets:
    """Resolves the references in starts.

    A secret may be rotated between two attempts of one start, and AWS must get the same input under the same token.
    So what an attempt resolved is kept, in memory only, for as long as the outcome of an attempt is open; an attempt on
    another worker resolves again, which AWS refuses as a conflict if the value has changed.
    """

    def __init__(self, calls: SageMakerCalls) -> None:
        self._calls = calls
        self._remembered: OrderedDict[_Start, tuple[StartParameters, asyncio.TimerHandle]] = OrderedDict()

    async def resolve(self, request: StartRequest) -> StartParameters:
        """Resolve a start's parameters.

        Raises:
            SecretUnavailableError: A secret cannot be had, or AWS would not take it as a parameter.
            VaultUnavailableError: A vault does not answer now.
        """
        references = _references(request)
        if not references:
            return StartParameters(request.parameters)
        if (known := self._remembered.get(_key(request))) is not None:
            return known[0]
        resolved = await self._calls.from_vaults(lambda: self._read(references))
        parameters = StartParameters({**request.parameters, **resolved}, tuple(resolved.values()))
        self._remember(request, parameters)
        return parameters

    @contextmanager
    def kept_while_open(self, request: StartRequest, earlier: EarlierAttempts) -> Iterator[None]:
        """Forget at the end of an attempt what it resolved, unless a later attempt must send equal values."""
        is_needed = True
        try:
            yield
            is_needed = False
        except ApplicationError as failure:
            # A conflict under an open outcome says that other values were sent: they are read again.
            is_over = failure.non_retryable or failure.type == Kind.CONFLICT
            is_needed = earlier.leaves_outcome_open and not is_over
            raise
        finally:
            if not is_needed:
                self._forget(_key(request))

    def _remember(self, request: StartRequest, parameters: StartParameters) -> None:
        key = _key(request)
        self._forget(key)
        timer = asyncio.get_running_loop().call_later(LONGEST_REMEMBERED_SECONDS, self._forget, key)
        self._remembered[key] = (parameters, timer)
        if len(self._remembered) > MOST_REMEMBERED:
            self._forget(next(iter(self._remembered)))

    def _forget(self, key: _Start) -> None:
        _, timer = self._remembered.pop(key, (None, None))
        if timer is not None:
            timer.cancel()

    def _read(self, references: dict[str, str]) -> dict[str, str]:
        secrets = BoundedSecrets(self._calls.secrets.resolve_for_parameter, MAX_PIPELINE_SECRETS_CHARS)
        return {name: self._value(secrets, name, text) for name, text in references.items()}

    def _value(self, secrets: BoundedSecrets, name: str, text: str) -> str:
        try:
            reference = SecretReference.parse(text)
        except ValueError as error:
            raise SecretUnavailableError(f"of the parameter '{name}'", str(error)) from None
        return secrets.read(reference, f"the parameter '{name}'", MAX_VALUE_CHARS)


def _references(request: StartRequest) -> dict[str, str]:
    return {name: value for name, value in request.parameters.items() if is_secret_reference(value)}


def _key(request: StartRequest) -> _Start:
    return request.platform, request.client_request_token, tuple(sorted(_references(request).items()))
