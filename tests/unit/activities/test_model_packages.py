"""What AWS says of the approval of a model package, and what it leaves out."""

from typing import Any

import pytest

from activities.answering.packages import ModelPackages
from activities.aws.calls import SageMakerCalls
from activities.gate_models import UpdatePackageRequest
from contract.open_gates import Approval, ModelPackage
from tests.unit.activities.attempt import attempt
from tests.unit.activities.scripted_aws import ScriptedAws, reply

PACKAGES = "arn:aws:sagemaker:us-east-1:111122223333:model-package"
VERSION = f"{PACKAGES}/churn/3"


@pytest.mark.parametrize("shown", [{}, {"ModelApprovalStatus": None}, {"ModelApprovalStatus": ""}], ids=str)
@pytest.mark.parametrize(("arn", "status"), [(VERSION, Approval.NOT_SHOWN), (f"{PACKAGES}/churn", None)])
async def test_a_version_without_an_approval_status_is_not_approved(
    aws: ScriptedAws, calls: SageMakerCalls, shown: dict[str, Any], arn: str, status: str | None
) -> None:
    """A package that belongs to no group has no status, and nothing to wait for."""
    aws.script.append(reply(ModelPackageName="churn", **shown))
    package = ModelPackage(model_package_arn=arn)
    found = await attempt().run(ModelPackages(calls).describe, aws.platform, package)
    assert found == ModelPackage(model_package_arn=arn, status=status)


async def test_a_version_without_an_approval_status_can_be_approved(aws: ScriptedAws, calls: SageMakerCalls) -> None:
    """It is as good as pending."""
    aws.script += [reply(ModelPackageName="churn"), reply(ModelPackageArn=VERSION)]
    request = UpdatePackageRequest(
        platform="default", model_package_arn=VERSION, status=Approval.APPROVED, client_token="token"
    )
    outcome = await attempt().run(ModelPackages(calls).update, request)
    assert (outcome.taken, outcome.why) == (True, "The model package churn/3 is Approved.")
    assert aws.operations == ["DescribeModelPackage", "UpdateModelPackage"]
