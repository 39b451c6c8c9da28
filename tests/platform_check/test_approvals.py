"""Checking the permissions of answers to gates: each of them asked about without answering anything."""

from activities.aws.gate_permissions import GATE_PERMISSIONS, STEP_PERMISSIONS
from tests.platform_check.checks import ALL_NAMES, Checks, verdicts


async def test_answers_are_asked_about_where_they_are_meant(checks: Checks) -> None:
    """Beside the pipelines; what a callback token belongs to is not known, and what is missing is named."""
    checks.stage.standin.fault("UpdateModelPackage", "access_denied")
    found = await checks.check({"Approvals": True})
    asked = {permission.action: True for permission in GATE_PERMISSIONS}
    unknown = {permission.action: None for permission in STEP_PERMISSIONS}
    right: dict[str, bool | None] = {**dict.fromkeys(ALL_NAMES, True), **asked, **unknown}
    assert verdicts(found) == {**right, "sagemaker:UpdateModelPackage": False}
    missing = next(check for check in found.checks if check.name == "sagemaker:UpdateModelPackage")
    assert (missing.remedy or "").startswith("Grant sagemaker:UpdateModelPackage on arn:aws:sagemaker:us-east-1:")
