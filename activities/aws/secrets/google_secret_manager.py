from google.api_core.client_options import ClientOptions
from google.api_core.exceptions import GoogleAPICallError, RetryError
from google.auth.exceptions import DefaultCredentialsError, GoogleAuthError
from google.cloud.secretmanager_v1 import SecretManagerServiceClient

from activities.aws.secrets.asking import NoAnswerError, RefusedError, first_line, member, refused_or_no_answer
from activities.aws.secrets.vaults import GoogleSecretManager

TIMEOUT_SECONDS = 10.0


class GoogleReader:
    """Reads Google Cloud Secret Manager; a secret's latest version, or `<secret>/versions/<version>`."""

    def __init__(self, vault: GoogleSecretManager) -> None:
        self._project = vault.project
        options = ClientOptions(api_endpoint=vault.endpoint_url) if vault.endpoint_url else None
        try:
            # REST instead of gRPC: the worker needs a handful of small calls, no channels with threads of their own.
            self._client = SecretManagerServiceClient(transport="rest", client_options=options)
        except DefaultCredentialsError as error:
            raise RefusedError(f"Google's Application Default Credentials: {first_line(error)}") from None

    def read(self, secret: str, field: str | None) -> str:
        """See `VaultReader.read`."""
        version = secret if "/versions/" in secret else f"{secret}/versions/latest"
        try:
            answer = self._client.access_secret_version(
                name=f"projects/{self._project}/secrets/{version}", timeout=TIMEOUT_SECONDS, retry=None
            )
            return member(answer.payload.data.decode("utf-8"), field)
        except UnicodeDecodeError:
            raise RefusedError("it is binary, and only texts can be used") from None
        except RetryError as error:
            raise NoAnswerError(first_line(error)) from None
        except GoogleAPICallError as error:
            raise refused_or_no_answer(error.code, error) from None
        except GoogleAuthError as error:
            raise refused_or_no_answer(None if error.retryable else 403, error) from None
        except OSError as error:
            raise NoAnswerError(type(error).__name__) from None
