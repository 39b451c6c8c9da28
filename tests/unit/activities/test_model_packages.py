"""What AWS says of the approval of a model package, and what it leaves out."""

from typing import Any

import pytest
from temporalio.exceptions import ApplicationError

from activities.answering.packages import MAX_PACKAGES, ModelPackages
from activities.aws.calls import SageMakerCalls
from activities.gate_models import FindPackagesRequest, FoundPackages, UpdatePackageRequest
from activities.results import settled
from contract.open_gates import Approval, ModelPackage
from tests.unit.activities.attempt import attempt
from tests.unit.activities.scripted_aws import ARN, Answer, ScriptedAws, reply

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


def listed(status: str, **metadata: Any) -> Answer:
    """A list of one step that may register a package."""
    step = {"StepName": "Register", "StepStatus": status, **({"Metadata": metadata} if metadata else {})}
    return reply(PipelineExecutionSteps=[step])


REGISTERED = listed("Succeeded", RegisterModel={"Arn": VERSION})
NOTHING = reply(PipelineExecutionSteps=[])


async def found(calls: SageMakerCalls) -> FoundPackages:
    """What an attempt finds."""
    request = FindPackagesRequest(platform="default", execution_arn=ARN)
    packages: FoundPackages = await attempt().run(ModelPackages(calls).find, request)
    return packages


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> int:
    """How often a list is read again."""
    monkeypatch.setattr(settled, "PAUSES_SECONDS", (0.01, 0.01))
    return 2


async def test_a_package_that_the_list_shows_late_is_found(
    aws: ScriptedAws, calls: SageMakerCalls, pauses: int
) -> None:
    """The list lags behind the end of the execution."""
    late = [NOTHING] * pauses + [listed("Succeeded")]
    aws.script += [*late, REGISTERED, reply(ModelPackageName="churn", ModelApprovalStatus="PendingManualApproval")]
    assert [package.model_package_arn for package in (await found(calls)).packages] == [VERSION]


async def test_more_packages_than_a_run_can_watch_are_refused(aws: ScriptedAws, calls: SageMakerCalls) -> None:
    """Before any of them is described: Temporal would refuse the task that watches them, for ever."""
    metadata = [{"RegisterModel": {"Arn": f"{PACKAGES}/churn/{number}"}} for number in range(MAX_PACKAGES + 1)]
    steps = [{"StepName": "R", "StepStatus": "Succeeded", "Metadata": each} for each in metadata]
    aws.script.append(reply(PipelineExecutionSteps=steps))
    with pytest.raises(ApplicationError, match=r"registered 201 model packages.*approval\.group") as raised:
        await found(calls)
    assert (raised.value.type, raised.value.non_retryable) == ("InvalidInput", True)


async def test_an_empty_member_beside_one_with_content_registered_nothing(
    aws: ScriptedAws, calls: SageMakerCalls, pauses: int
) -> None:
    """AWS shows empty members in the metadata of other steps, too."""
    step = listed("Succeeded", TrainingJob={"Arn": "arn:aws:sagemaker:us-east-1:1:training-job/x"}, RegisterModel={})
    aws.script += [step] * (pauses + 1)
    assert (await found(calls)).packages == []


@pytest.mark.parametrize(
    "step", [listed("Executing"), listed("Succeeded", RegisterModel={"Arn": ""})], ids=["open", "without its package"]
)
async def test_a_gate_that_cannot_be_seen_is_closed(
    aws: ScriptedAws, calls: SageMakerCalls, pauses: int, step: Answer
) -> None:
    """A step that may have registered a package is read again, in this attempt and in the next ones."""
    aws.script += [step] * 9
    with pytest.raises(ApplicationError) as raised:
        await found(calls)
    aws.script.clear()
    assert (raised.value.type, raised.value.non_retryable) == ("AwsUnavailable", False)
    assert "Register" in raised.value.message
    assert len(aws.requests) > pauses


async def test_an_execution_that_registers_nothing_has_no_package(
    aws: ScriptedAws, calls: SageMakerCalls, pauses: int
) -> None:
    """After the readings that a package may take to be shown."""
    aws.script += [listed("Succeeded")] * (1 + pauses)
    assert (await found(calls)).packages == []
