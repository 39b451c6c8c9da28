"""Where a platform's pipelines are, as far as this machine's settings have it, for policies that name it."""

from pydantic import ValidationError
from temporalio.exceptions import ApplicationError

from activities.aws.place import Place
from activities.aws.platforms import Platform
from activities.aws.platforms_file import PlatformsFileError
from activities.aws.regions import default_region, partition_of
from contract.platform_name import DEFAULT_PLATFORM
from worker.cli.outcome import CommandError
from worker.platform_calls import open_platform_calls
from worker.settings import Settings
from worker.settings_problems import describe_settings_problems


def read_platform(name: str | None) -> Platform:
    """Find a platform in this machine's settings; the default one if no name is given.

    Raises:
        CommandError: There is none of that name, or the settings cannot be used.
    """
    try:
        calls = open_platform_calls(Settings())
        calls.close()
        return calls.platforms[name or DEFAULT_PLATFORM]
    except ApplicationError as error:
        if name is None:
            return Platform()
        raise CommandError(error.message) from None
    except ValidationError as error:
        raise CommandError(f"The settings are not valid: {describe_settings_problems(error)}") from None
    except PlatformsFileError as error:
        raise CommandError(str(error)) from None


def place_of(platform: Platform, *, partition: str | None, region: str | None, account: str | None) -> Place:
    """Return where a platform's pipelines are; given values win, and `*` stands for what is not known."""
    known_region = region or platform.region or default_region()
    return Place(
        partition=partition or (partition_of(known_region) if known_region else "aws"),
        region=known_region or "*",
        account=account or platform.expected_account or "*",
    )
