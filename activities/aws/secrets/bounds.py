"""The secrets of one run, within bounds: each is searched for, in every form, in what AWS answers."""

from collections.abc import Callable
from typing import Final

from activities.aws.connection_errors import SecretUnavailableError
from contract.parameters import MAX_PARAMETERS, MAX_VALUE_CHARS
from contract.secret_reference import SecretReference

MAX_SECRETS: Final = MAX_PARAMETERS
"""Different values; as many as AWS takes parameters of a pipeline."""

MAX_SECRET_CHARS: Final = 16_384
"""Of one secret: the longest text that AWS takes anywhere in the request of a job (DataInputConfig of
CreateCompilationJob). A value of an Environment may have 10,240 (CreateTransformJob). A test compares both with
SageMaker's service model."""

MAX_JOB_SECRETS_CHARS: Final = 65_536
"""Of all different secrets of a job together; the whole Environment of a training job takes 51,200. To find them in
texts needs 50 MB and half a second of a thread."""

MAX_PIPELINE_SECRETS_CHARS: Final = MAX_PARAMETERS * MAX_VALUE_CHARS
"""What AWS takes of a pipeline's parameters."""

_REMEDY: Final = "pass longer data by its S3 address, or have the job read the secret itself"


class BoundedSecrets:
    """Reads the secrets of one run, and stops at the first one that exceeds a bound."""

    def __init__(self, resolve: Callable[[SecretReference], str], most_chars: int) -> None:
        """Prepare to read.

        Args:
            resolve: Reads one secret; it may raise what `activities.aws.secrets.resolver` says.
            most_chars: Of all different values together.
        """
        self._resolve = resolve
        self._most_chars = most_chars
        self._values: set[str] = set()
        self._chars = 0

    def read(self, reference: SecretReference, place: str, longest: int = MAX_SECRET_CHARS) -> str:
        """Return a secret's value.

        Args:
            reference: The secret.
            place: Where the run's input refers to it, for the error's text.
            longest: Characters that it may have.

        Raises:
            SecretUnavailableError: Also for a secret that exceeds a bound.
        """
        value = self._resolve(reference)
        if len(value) > longest:
            raise SecretUnavailableError(
                reference, f"it has {len(value)} characters, and AWS takes {longest} for {place}; {_REMEDY}"
            )
        if value not in self._values:
            self._values.add(value)
            self._chars += len(value)
        if len(self._values) > MAX_SECRETS:
            raise SecretUnavailableError(reference, f"{place} is the reference to one more than {MAX_SECRETS} secrets")
        if self._chars > self._most_chars:
            raise SecretUnavailableError(
                reference,
                f"with that of {place}, the secrets have {self._chars} characters together, and at most "
                f"{self._most_chars} are taken; {_REMEDY}",
            )
        return value
