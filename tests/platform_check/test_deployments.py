"""Checking the permissions of deployments: each of them asked about without creating or changing anything."""

from activities.aws.deploy_permissions import DEPLOY_PERMISSIONS
from tests.platform_check.checks import ALL_NAMES, Checks, verdicts
from tests.standin.definitions import job

ASKED = [permission.action for permission in DEPLOY_PERMISSIONS]
CREATE = "sagemaker:CreatePipeline"


async def test_deployments_are_asked_about_where_they_are_meant(checks: Checks) -> None:
    """Beside the pipelines; a create is not tried, and what is missing is named."""
    checks.stage.standin.fault("UpdatePipelineVersion", "access_denied")
    found = await checks.check({"Deployments": True})
    right: dict[str, bool | None] = {**dict.fromkeys([*ALL_NAMES, *ASKED], True), CREATE: None}
    assert verdicts(found) == {**right, "sagemaker:UpdatePipelineVersion": False}
    missing = next(check for check in found.checks if check.name == "sagemaker:UpdatePipelineVersion")
    assert (missing.remedy or "").startswith("Grant sagemaker:UpdatePipelineVersion on arn:aws:sagemaker:us-east-1:")
    assert "CreatePipeline" not in checks.stage.standin.control("GET", "/calls")


async def test_a_pipeline_that_may_exist_is_not_changed(checks: Checks) -> None:
    """A pattern without * names one pipeline."""
    name = checks.stage.standin.create([job("Train")])
    found = await checks.check({"pipelines": [name], "deployments": True})
    asked = verdicts(found)
    assert {action: asked[action] for action in ASKED} == {
        **dict.fromkeys(ASKED, None),
        "sagemaker:DescribePipeline": True,
        "sagemaker:ListPipelineVersions": True,
        "sagemaker:ListTags": True,
    }
    calls = checks.stage.standin.control("GET", "/calls")
    assert not {"UpdatePipeline", "UpdatePipelineVersion", "AddTags", "DeleteTags"} & calls.keys()
