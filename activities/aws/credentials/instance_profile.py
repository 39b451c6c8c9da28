import os
from typing import Final

from botocore.credentials import ContainerProvider, CredentialResolver, Credentials, InstanceMetadataProvider
from botocore.exceptions import CredentialRetrievalError, MetadataRetrievalError
from botocore.utils import InstanceMetadataFetcher, resolve_imds_endpoint_mode

from activities.aws.botocore_sessions import new_botocore_session
from activities.aws.connection_errors import CredentialsRefusedError

IMDS_TIMEOUT_SECONDS: Final = 2
MAX_TEXT_CHARS: Final = 300
IMDS_ATTEMPTS: Final = 3
"""botocore's defaults, 1 s and one attempt, are meant for machines that may have no IMDS at all; this one must."""


def instance_profile_credentials() -> Credentials:
    """Obtain the machine's role: a container's first (ECS, EKS Pod Identity), else the instance's through IMDSv2.

    Where they are asked is AWS's own configuration: AWS_CONTAINER_CREDENTIALS_FULL_URI or …_RELATIVE_URI, and
    ec2_metadata_service_endpoint. IMDSv1 is never used.

    Raises:
        CredentialsRefusedError: Neither gives credentials; the text says why.
    """
    session = new_botocore_session()
    fetcher = InstanceMetadataFetcher(
        timeout=IMDS_TIMEOUT_SECONDS,
        num_attempts=IMDS_ATTEMPTS,
        user_agent=session.user_agent(),
        config={
            "ec2_metadata_service_endpoint": session.get_config_variable("ec2_metadata_service_endpoint"),
            "ec2_metadata_service_endpoint_mode": resolve_imds_endpoint_mode(session),
            "ec2_metadata_v1_disabled": True,
        },
    )
    container = ContainerProvider()
    try:
        credentials = CredentialResolver([container, InstanceMetadataProvider(fetcher)]).load_credentials()
    except (CredentialRetrievalError, MetadataRetrievalError, ValueError, OSError) as error:
        # ValueError and OSError: the container's address, or the file with its authorization token.
        text = str(error)[:MAX_TEXT_CHARS]
        raise CredentialsRefusedError(
            f"The machine's role cannot be obtained: {text}. {_remedy(fetcher.get_base_url())}"
        ) from None
    if credentials is None:
        raise CredentialsRefusedError(
            f"The machine has no role: there is no container endpoint, and IMDSv2 gives no credentials. "
            f"{_remedy(fetcher.get_base_url())}"
        )
    return credentials


def _remedy(imds: str) -> str:
    container = ContainerProvider.ENV_VAR_FULL in os.environ or ContainerProvider.ENV_VAR in os.environ
    if container:
        return "Check the task role (ECS) or the pod identity association (EKS) of the worker."
    return (
        f"Check that the instance has an instance profile and that IMDSv2 at {imds} is reachable from the worker "
        "(a container needs a hop limit of 2)."
    )
