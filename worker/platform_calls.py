"""From the settings to calls: the platforms and vaults of a worker, ready to be used."""

from activities.aws.calls import SageMakerCalls
from activities.aws.connection_errors import PlatformMisconfiguredError
from activities.aws.credentials.sessions import require_extras
from activities.aws.platforms import Platform, Platforms
from activities.aws.platforms_file import PlatformsFileError, read_platforms_file
from activities.aws.secrets.readers import open_vault
from activities.aws.secrets.resolver import Secrets
from activities.telemetry import Telemetry
from worker.settings import ENV_PREFIX, Settings


def open_platform_calls(settings: Settings, telemetry: Telemetry | None = None) -> SageMakerCalls:
    """Read the platforms file, if there is one, and prepare the calls to AWS; nothing is called yet.

    Args:
        settings: The worker's settings.
        telemetry: Records every call; nothing is recorded without it.

    Raises:
        PlatformsFileError: The file cannot be used, something in it needs an optional extra that is not installed, or
            a platform is allowed that there is not.
    """
    if settings.platforms_file is None:
        platforms = _allowed([settings.default_platform], settings)
        return SageMakerCalls(platforms, threads=settings.aws_threads, telemetry=telemetry)
    document = read_platforms_file(settings.platforms_file)
    configured = document.to_platforms(
        poll_interval=settings.poll_interval, heartbeat_timeout=settings.heartbeat_timeout
    )
    try:
        for platform in configured:
            require_extras(platform.auth, f"the platform '{platform.name}'")
        for name, vault in document.vaults.items():
            if vault.provider == "aws_secrets_manager":
                require_extras(vault.auth, f"the vault '{name}'")
        secrets = Secrets(document.vaults, open_vault)
    except PlatformMisconfiguredError as error:
        raise PlatformsFileError(f"The platforms file {settings.platforms_file} cannot be used: {error}") from None
    platforms = _allowed(configured, settings)
    return SageMakerCalls(platforms, threads=settings.aws_threads, secrets=secrets, telemetry=telemetry)


def _allowed(platforms: list[Platform], settings: Settings) -> Platforms:
    try:
        return Platforms(platforms, allowed=settings.allowed_platforms)
    except ValueError as error:
        raise PlatformsFileError(f"{ENV_PREFIX}ALLOWED_PLATFORMS: {error}") from None
