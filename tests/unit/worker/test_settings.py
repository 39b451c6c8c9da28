"""The worker's settings: where they come from, what they are without any, and what is refused."""

import os

import pytest
from pydantic import ValidationError

from activities.aws.platforms import Platform
from worker.settings import ENV_PREFIX, Settings


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the machine's own settings."""
    for name in os.environ:
        if name.startswith(ENV_PREFIX):
            monkeypatch.delenv(name)


def test_the_defaults_are_a_worker_that_runs() -> None:
    """All of them, so that a change is seen and documented."""
    assert Settings().model_dump() == {
        "task_queue": "sagemaker",
        "platforms_file": None,
        "encryption_keys": (),
        "encryption_tag": "last",
        "allowed_platforms": None,
        "region": None,
        "endpoint_url": None,
        "events_queue_url": None,
        "poll_interval": 30.0,
        "heartbeat_timeout": 60.0,
        "max_concurrent_activities": 100,
        "max_concurrent_watches": 20_000,
        "max_cached_workflows": 1_000,
        "aws_threads": 16,
        "drain_timeout": 30.0,
        "register_search_attributes": True,
        "health_address": None,
        "metrics_address": None,
        "tracing": False,
        "deployment_name": None,
        "build_id": None,
        "versioning_behavior": "auto_upgrade",
        "log_level": "INFO",
        "log_format": "auto",
    }


def test_each_setting_is_an_environment_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every one, by its name in capitals."""
    wanted = {
        "encryption_tag": "first",
        "task_queue": "sagemaker-eu",
        "region": "eu-west-1",
        "endpoint_url": "http://localhost:1",
        "events_queue_url": "http://localhost:2/000000000000/events",
        "poll_interval": 5.5,
        "heartbeat_timeout": 10.0,
        "max_concurrent_activities": 1,
        "max_concurrent_watches": 2,
        "max_cached_workflows": 0,
        "aws_threads": 3,
        "drain_timeout": 0.0,
        "register_search_attributes": False,
        "health_address": "127.0.0.1:8081",
        "metrics_address": "[::]:9464",
        "tracing": True,
        "deployment_name": "polysync-sagemaker",
        "build_id": "1.4.0",
        "versioning_behavior": "pinned",
        "log_level": "ERROR",
        "log_format": "console",
    }
    for name, value in wanted.items():
        monkeypatch.setenv(f"POLYSYNC_SAGEMAKER_{name.upper()}", str(value))
    monkeypatch.setenv("POLYSYNC_SAGEMAKER_ALLOWED_PLATFORMS", "default,production")
    assert Settings().model_dump() == {
        "platforms_file": None,
        "encryption_keys": (),
        "allowed_platforms": ("default", "production"),
        **wanted,
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("encryption_keys", "no reference"),
        ("encryption_tag", "middle"),
        ("task_queue", ""),
        ("poll_interval", "0"),
        ("poll_interval", "3601"),
        ("poll_interval", "often"),
        ("heartbeat_timeout", "0.5"),
        ("max_concurrent_activities", "0"),
        ("max_concurrent_watches", "0"),
        ("max_cached_workflows", "-1"),
        ("aws_threads", "0"),
        ("drain_timeout", "-1"),
        ("register_search_attributes", "perhaps"),
        ("health_address", "8081"),
        ("health_address", "localhost:8081"),
        ("health_address", "127.0.0.1:0"),
        ("health_address", "127.0.0.1:65536"),
        ("metrics_address", "::1:9464"),
        ("metrics_address", "[127.0.0.1]:9464"),
        ("metrics_address", ""),
        ("tracing", "perhaps"),
        ("log_level", "LOUD"),
        ("log_format", "xml"),
    ],
)
def test_a_refusal_names_the_setting(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """A worker that is set up wrongly does not start."""
    monkeypatch.setenv(f"{ENV_PREFIX}{name.upper()}", value)
    with pytest.raises(ValidationError) as raised:
        Settings()
    assert [problem["loc"] for problem in raised.value.errors()] == [(name,)]


def test_the_default_platform_is_made_of_the_settings() -> None:
    """What a run gets that names no platform."""
    settings = Settings(region="eu-west-1", endpoint_url="http://localhost:1", poll_interval=5, heartbeat_timeout=9)
    assert settings.default_platform == Platform(
        name="default", region="eu-west-1", endpoint_url="http://localhost:1", poll_interval=5, heartbeat_timeout=9
    )
