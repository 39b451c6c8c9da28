"""From the settings to calls: the platforms and vaults of a worker, ready to be used."""

from activities.aws.calls import SageMakerCalls
from activities.aws.connection_errors import PlatformMisconfiguredError
from activities.aws.credentials.sessions import require_extras
from activities.aws.platforms import Platforms
from activities.aws.platforms_file import PlatformsFileError, read_platforms_file
from activities.aws.secrets.resolver import Secrets
from worker.settings import Settings


def open_platform_calls(settings: Settings) -> SageMakerCalls:
    """Read the platforms file, if there is one, and prepare the calls to AWS; nothing is called yet.

    Raises:
        PlatformsFileError: The file cannot be used, or something in it needs an optional extra that is not installed.
    """
    if settings.platforms_file is None:
        return SageMakerCalls(Platforms([settings.default_platform]), threads=settings.aws_threads)
    document = read_platforms_file(settings.platforms_file)
    platforms = document.to_platforms(
        poll_interval=settings.poll_interval, heartbeat_timeout=settings.heartbeat_timeout
    )
    try:
        for platform in platforms:
            require_extras(platform.auth, f"the platform '{platform.name}'")
        for name, vault in document.vaults.items():
            if vault.provider == "aws_secrets_manager":
                require_extras(vault.auth, f"the vault '{name}'")
        secrets = Secrets(document.vaults)
    except PlatformMisconfiguredError as error:
        raise PlatformsFileError(f"The platforms file {settings.platforms_file} cannot be used: {error}") from None
    return SageMakerCalls(Platforms(platforms), threads=settings.aws_threads, secrets=secrets)
