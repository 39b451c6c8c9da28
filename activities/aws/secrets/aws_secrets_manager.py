from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from activities.aws.connection_errors import CredentialSourceUnavailableError
from activities.aws.credentials.sessions import new_session, timeouts
from activities.aws.secrets import resolver
from activities.aws.secrets.asking import NoAnswerError, RefusedError, member
from activities.aws.secrets.vaults import AwsSecretsManager

_LATER: Final = frozenset({"InternalServiceError", "ThrottlingException", "Throttling", "ServiceUnavailable"})
# An unset region, a missing profile and missing keys come as BotoCoreError before anything is sent.
_NEVER: Final = ("NoRegionError", "ProfileNotFound", "NoCredentialsError", "PartialCredentialsError")


class SecretsManagerReader:
    """Reads AWS Secrets Manager, by a secret's name or ARN."""

    def __init__(self, vault: AwsSecretsManager, secrets: resolver.Secrets) -> None:
        session = new_session(vault.auth, secrets, region=vault.region, sts_endpoint_url=vault.sts_endpoint_url)
        self._client: Any = session.client("secretsmanager", endpoint_url=vault.endpoint_url, config=timeouts())

    def read(self, secret: str, field: str | None) -> str:
        """See `VaultReader.read`."""
        try:
            answer = self._client.get_secret_value(SecretId=secret)
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
            later = code in _LATER or status >= 500  # noqa: PLR2004 — HTTP's server errors
            raise (NoAnswerError if later else RefusedError)(f"Secrets Manager answers {code}") from None
        except CredentialSourceUnavailableError as error:
            raise NoAnswerError(str(error)) from None
        except BotoCoreError as error:
            kind = RefusedError if type(error).__name__ in _NEVER else NoAnswerError
            raise kind(f"{type(error).__name__}: {error}") from None
        text: str | None = answer.get("SecretString")
        if text is None:
            raise RefusedError("it is binary, and only texts can be used")
        return member(text, field)
