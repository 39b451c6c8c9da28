from botocore.credentials import AssumeRoleCredentialFetcher, Credentials, DeferredRefreshableCredentials

from activities.aws.credentials.methods import AssumeRole
from activities.aws.credentials.sts import ASSUME_ROLE, sts_client_creator, through_sts


def assume_role_credentials(
    auth: AssumeRole, bootstrap: Credentials, region: str | None, sts_endpoint_url: str | None
) -> DeferredRefreshableCredentials:
    """Assume a role with bootstrap keys, at first use and again before the session ends; one STS call for all threads.

    The bootstrap keys are read at each refresh.
    """
    arguments = {"RoleSessionName": auth.session_name, "DurationSeconds": auth.session_duration}
    if auth.external_id is not None:
        arguments["ExternalId"] = auth.external_id
    fetcher = AssumeRoleCredentialFetcher(
        client_creator=sts_client_creator(region, sts_endpoint_url),
        source_credentials=bootstrap,
        role_arn=auth.role_arn,
        extra_args=arguments,
    )
    return DeferredRefreshableCredentials(
        refresh_using=through_sts(fetcher.fetch_credentials, ASSUME_ROLE, auth.role_arn), method="assume-role"
    )
