"""Errors before a call is sent: something keeps the platform from being used.

All are botocore's errors, so that they come through botocore unchanged and are caught where its own are.
"""

from botocore.exceptions import BotoCoreError

from contract.secret_reference import SecretReference


class _ProblemError(BotoCoreError):
    fmt = "{problem}"

    def __init__(self, problem: str) -> None:
        super().__init__(problem=problem)


class NoTurnError(_ProblemError):
    """The platform's rate limit had no turn for the call within the longest wait."""


class OutOfTimeError(_ProblemError):
    """The time that a whole series of calls may take was over before this one was answered."""


class PlatformMisconfiguredError(_ProblemError):
    """The worker's configuration of the platform cannot work."""


class CredentialsRefusedError(_ProblemError):
    """The platform has no credentials: refused, expired or missing."""


class CredentialSourceUnavailableError(_ProblemError):
    """The source of credentials or secrets does not answer now; later it may."""


class SecretUnavailableError(_ProblemError):
    """A secret cannot be had, however often it is read: unknown vault, no such secret, no permission."""

    def __init__(self, reference: SecretReference | str, why: str) -> None:
        super().__init__(f"the secret {reference} cannot be used: {why}")


class VaultUnavailableError(CredentialSourceUnavailableError):
    """A vault does not answer now; later it may."""

    def __init__(self, reference: SecretReference, why: str) -> None:
        super().__init__(f"the vault '{reference.vault}' does not give the secret '{reference.secret}' now: {why}")
