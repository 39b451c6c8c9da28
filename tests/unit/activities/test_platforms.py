"""Platforms by name, and what a platform may be."""

import pytest
from pydantic import ValidationError
from temporalio.exceptions import ApplicationError

from activities.aws.platforms import Platform, Platforms


def test_a_platform_is_found_by_its_name() -> None:
    """Each name is one platform."""
    prod, test = Platform(name="prod", region="eu-west-1"), Platform(name="test")
    platforms = Platforms([prod, test])
    assert (platforms["prod"], platforms["test"]) == (prod, test)


def test_an_unknown_platform_is_an_invalid_input_that_names_the_known_ones() -> None:
    """A caller mistyped it, or reached a worker that has others; the name is cut, as it may be anything."""
    with pytest.raises(ApplicationError) as raised:
        Platforms([Platform(name="prod"), Platform()])["x" * 10_000]
    assert raised.value.message == (
        f"Invalid input: platform: this worker has no platform '{'x' * 80}'; it has: default, prod"
    )
    assert (raised.value.type, raised.value.non_retryable) == ("InvalidInput", True)


def test_the_platform_of_an_open_run_may_still_come_back() -> None:
    """A worker that lost it from its configuration must not fail every run that is watched."""
    with pytest.raises(ApplicationError, match="no platform 'prod'; it has: default") as raised:
        Platforms([Platform()]).of_open_run("prod")
    assert (raised.value.type, raised.value.non_retryable) == ("PlatformMisconfigured", False)


@pytest.mark.parametrize(
    "attributes", [{"poll_interval": 0}, {"poll_interval": 3601}, {"heartbeat_timeout": 0.5}, {"regoin": "eu-west-1"}]
)
def test_a_platform_that_cannot_work_is_refused(attributes: dict[str, float]) -> None:
    """By the name of the attribute."""
    with pytest.raises(ValidationError, match=next(iter(attributes))):
        Platform.model_validate(attributes)
