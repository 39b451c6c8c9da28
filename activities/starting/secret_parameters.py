"""Secrets in a start's parameters: resolved here, so that histories hold only the references."""

import copy
import json
import threading
import time
from collections import OrderedDict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from botocore.exceptions import ClientError, ParamValidationError

from activities.aws.calls import SageMakerCalls
from activities.aws.connection_errors import SecretUnavailableError
from activities.aws.error_kinds import Kind
from activities.aws.errors import AwsError
from activities.models import StartRequest
from contract.parameters import MAX_VALUE_CHARS
from contract.secret_reference import SecretReference, is_secret_reference

_Start = tuple[str, str, tuple[tuple[str, str], ...]]

MOST_REMEMBERED: Final = 1000
LONGEST_REMEMBERED_SECONDS: Final = 3600.0

FRAGMENT_CHARS: Final = 6
"""A quotation that AWS cut off still gives away a secret if so much of it is left."""

WITHHELD: Final = "(AWS's text is withheld, because it quotes a part of a secret)"
ROTATED: Final = (
    " An earlier attempt of this start may have been accepted with the value that a secret had then. If one of its "
    "secrets was rotated meanwhile, put the earlier value back until this run has found its execution, or follow the "
    "execution with a new run's execution_arn."
)


@dataclass(frozen=True)
class StartParameters:
    """A start's parameters as AWS gets them."""

    values: dict[str, str] = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)
    inherited: tuple[str, ...] = field(default=(), repr=False)
    """Values of another execution, any of which may have been a secret there."""

    def over(self, values: Mapping[str, str]) -> "StartParameters":
        """Lay these parameters over those of another execution."""
        inherited = tuple(value for value in values.values() if len(value) >= FRAGMENT_CHARS)
        return StartParameters({**values, **self.values}, self.secrets, inherited)

    def without_secrets(self, error: AwsError) -> AwsError:
        """Give an error whose text quotes none of the secrets: AWS quotes a parameter's value when it refuses it."""
        # Only of a refused parameter does AWS quote the value; elsewhere a harmless one could hide what is wrong.
        hidden = (*self.secrets, *(self.inherited if error.kind is Kind.INVALID else ()))
        if not hidden:
            return error
        cause = error.cause
        if isinstance(cause, ClientError):
            response = copy.deepcopy(cause.response)
            answer = response.setdefault("Error", {})
            answer["Message"] = _redacted(str(answer.get("Message", "")), hidden)
            if self.secrets and answer.get("Code") == "ConflictException":
                answer["Message"] += ROTATED
            return AwsError(error.call, ClientError(response, cause.operation_name))
        if isinstance(cause, ParamValidationError):
            return AwsError(error.call, ParamValidationError(report=_redacted(str(cause), hidden)))
        return error


NO_PARAMETERS: Final = StartParameters({}, ())


class StartSecrets:
    """Resolves the references in starts.

    A secret may be rotated between two attempts of one start, and AWS must get the same input under the same token.
    So what an attempt resolved is kept, in memory only, until AWS has answered the token; an attempt on another
    worker resolves anew, which AWS refuses as a conflict if the value has changed.
    """

    def __init__(self, calls: SageMakerCalls) -> None:
        self._calls = calls
        self._lock = threading.Lock()
        self._remembered: OrderedDict[_Start, tuple[float, StartParameters]] = OrderedDict()

    async def resolve(self, request: StartRequest) -> StartParameters:
        """Resolve a start's parameters.

        Raises:
            SecretUnavailableError: A secret cannot be had, or AWS would not take it as a parameter.
            VaultUnavailableError: A vault does not answer now.
        """
        references = _references(request)
        if not references:
            return StartParameters(request.parameters, ())
        if (known := self._recall(_key(request))) is not None:
            return known
        resolved = await self._calls.from_vaults(lambda: self._read(references))
        parameters = StartParameters({**request.parameters, **resolved}, tuple(resolved.values()))
        with self._lock:
            self._remembered[_key(request)] = (time.monotonic(), parameters)
            while len(self._remembered) > MOST_REMEMBERED:
                self._remembered.popitem(last=False)
        return parameters

    def forget(self, request: StartRequest) -> None:
        """Forget what was resolved for a start: AWS has answered, or was never asked."""
        with self._lock:
            self._remembered.pop(_key(request), None)

    def _recall(self, start: _Start) -> StartParameters | None:
        with self._lock:
            oldest = time.monotonic() - LONGEST_REMEMBERED_SECONDS
            while self._remembered and next(iter(self._remembered.values()))[0] < oldest:
                self._remembered.popitem(last=False)
            known = self._remembered.get(start)
        return known[1] if known else None

    def _read(self, references: dict[str, str]) -> dict[str, str]:
        return {name: self._value(name, text) for name, text in references.items()}

    def _value(self, name: str, text: str) -> str:
        try:
            reference = SecretReference.parse(text)
        except ValueError as error:
            raise SecretUnavailableError(f"of the parameter '{name}'", str(error)) from None
        value = self._calls.secrets.resolve_for_parameter(reference)
        if len(value) > MAX_VALUE_CHARS:
            raise SecretUnavailableError(
                reference, f"it has {len(value)} characters, and AWS takes {MAX_VALUE_CHARS} for the parameter '{name}'"
            )
        return value


def _references(request: StartRequest) -> dict[str, str]:
    return {name: value for name, value in request.parameters.items() if is_secret_reference(value)}


def _key(request: StartRequest) -> _Start:
    return request.platform, request.client_request_token, tuple(sorted(_references(request).items()))


def _redacted(text: str, hidden: Collection[str]) -> str:
    for secret in hidden:
        for written in (secret, json.dumps(secret)[1:-1], repr(secret)[1:-1]):
            if len(written) >= FRAGMENT_CHARS:
                text = text.replace(written, "(a secret)")
    return WITHHELD if any(_stands_in(secret, text) for secret in hidden) else text


def _stands_in(secret: str, text: str) -> bool:
    length = min(FRAGMENT_CHARS, len(secret))
    return any(secret[start : start + length] in text for start in range(len(secret) - length + 1))
