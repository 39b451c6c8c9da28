"""How a worker is told its version."""

import pytest
from pydantic import ValidationError
from temporalio.common import VersioningBehavior

from worker.settings import Settings
from worker.versioning import deployment_config


def test_a_worker_has_no_version_unless_it_is_told() -> None:
    """Until a version is current, runs are not given to versioned workers at all, so they are not the default."""
    assert deployment_config(Settings()) is None


@pytest.mark.parametrize("behavior", ["pinned", "auto_upgrade"])
def test_the_settings_name_the_version(behavior: str) -> None:
    """Deployment, build id and behaviour reach Temporal as they were written."""
    settings = Settings.model_validate(
        {"deployment_name": "polysync-sagemaker", "build_id": "1.4.0", "versioning_behavior": behavior}
    )
    config = deployment_config(settings)
    assert config is not None
    assert config.version.to_canonical_string() == "polysync-sagemaker.1.4.0"
    assert config.use_worker_versioning
    assert config.default_versioning_behavior is VersioningBehavior[behavior.upper()]


@pytest.mark.parametrize(("given", "missing"), [("deployment_name", "BUILD_ID"), ("build_id", "DEPLOYMENT_NAME")])
def test_half_a_version_is_refused(given: str, missing: str) -> None:
    """A worker that silently ran without a version would take runs that it should not."""
    with pytest.raises(ValidationError, match=f"{given.upper()} needs {missing} beside it"):
        Settings.model_validate({given: "v1"})


@pytest.mark.parametrize("name", ["with.dot", "with:colon", "with blank", ""])
def test_a_deployment_name_that_temporal_cannot_write_is_refused(name: str) -> None:
    """A version is written <deployment>.<build id>."""
    with pytest.raises(ValidationError, match="deployment_name"):
        Settings.model_validate({"deployment_name": name, "build_id": "v1"})
