"""Checking the permissions of jobs: each of them asked about without starting, stopping or changing anything."""

import pytest

from activities.aws.identity_policy import identity_policy
from activities.aws.job_permissions import JOB_PERMISSIONS
from activities.aws.permissions import Feature
from activities.aws.place import Place
from activities.resources.jobs import KIND_OF_JOB
from contract.job_kinds import JobKind
from tests.credentials.platform_file import PlatformFile
from tests.credentials.sts_standin import ACCOUNT, Sts
from tests.platform_check.checks import ALL_NAMES, Checks, verdicts
from tests.workflows.stage import Stage

PREFIX = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}"
FOUND_OUT_FIRST = [name for name in ALL_NAMES[:6] if ":" not in name]


def right(*kinds: JobKind) -> dict[str, bool | None]:
    """The verdicts where nothing is missing: a create is the one thing that is not tried."""
    asked: dict[str, bool | None] = {}
    for kind in kinds:
        asked |= {permission.action: True for permission in JOB_PERMISSIONS[kind]}
        asked |= {KIND_OF_JOB[kind].create.action: None}
        asked |= {"logs:FilterLogEvents": True} if KIND_OF_JOB[kind].log_group else {}
    return {**dict.fromkeys(FOUND_OUT_FIRST, True), **asked}


def effects(checks: Checks) -> dict[str, tuple[int, int]]:
    """What callers have done to each job: creates and stops. Its status goes on by itself."""
    return {job["arn"]: (job["creates_accepted"], job["stops_accepted"]) for job in checks.stage.standin.jobs()}


async def test_every_kind_of_job_is_asked_about_and_nothing_is_changed(checks: Checks) -> None:
    """Only jobs where only jobs are named; a create is not tried."""
    before = effects(checks)
    found = await checks.check({"jobs": ["*"]})
    assert verdicts(found) == right(*JobKind)
    assert found.ok
    assert effects(checks) == before
    calls = checks.stage.standin.control("GET", "/calls")
    assert [name for name in calls if name.startswith(("Create", "Start"))] == []
    changing = {name: call["by_code"] for name, call in calls.items() if name.startswith(("Stop", "Add", "Update"))}
    assert all("200" not in codes and "ok" not in codes for codes in changing.values()), changing


async def test_the_jobs_that_a_platform_names_are_checked_beside_its_pipelines(
    idle_stage: Stage, file: PlatformFile, sts: Sts
) -> None:
    """Without any option; details name the jobs."""
    file.platform(
        {"method": "default"},
        endpoint_url=idle_stage.standin.url,
        sts_endpoint_url=sts.url,
        allowed_jobs=["training:churn-*"],
    )
    async with file.worker(idle_stage):
        found = await Checks(idle_stage).check()
    assert verdicts(found) == {**dict.fromkeys(ALL_NAMES, True), **right(JobKind.TRAINING)}
    stop = next(check for check in found.checks if check.name == "sagemaker:StopTrainingJob")
    assert stop.detail == f"allowed on {PREFIX}:training-job/churn-*"


@pytest.mark.parametrize(
    "action",
    [action for action, is_there in right(JobKind.TUNING).items() if is_there and action.startswith("sagemaker:")],
)
async def test_a_missing_permission_is_named_with_the_resource_of_the_policy(checks: Checks, action: str) -> None:
    """As for pipelines."""
    checks.stage.standin.fault(action.partition(":")[2], "access_denied")
    found = await checks.check({"Jobs": ["tuning"]})
    assert verdicts(found) == {**right(JobKind.TUNING), action: False}
    missing = next(check for check in found.checks if check.name == action)
    policy = identity_policy(Place("aws", "us-east-1", ACCOUNT), [], [Feature.JOBS], jobs=["tuning"])
    (resource,) = (each["Resource"][0] for each in policy["Statement"] if action in each["Action"])
    assert missing.remedy == f"Grant {action} on {resource}."


async def test_a_job_that_may_exist_is_neither_stopped_nor_tagged(checks: Checks) -> None:
    """A pattern without * names one job."""
    found = await checks.check({"jobs": ["training:churn"]})
    asked = {check.name: check.ok for check in found.checks if ":" in check.name}
    assert asked == {
        **dict.fromkeys([item.action for item in JOB_PERMISSIONS[JobKind.TRAINING]], None),
        "sagemaker:ListTrainingJobs": True,
        "logs:FilterLogEvents": True,
    }
    stop = next(check for check in found.checks if check.name == "sagemaker:StopTrainingJob")
    assert stop.detail == "cannot be asked about churn itself; a pattern with * can be"
    assert "StopTrainingJob" not in checks.stage.standin.control("GET", "/calls")


async def test_a_pattern_that_is_none_is_refused_by_name(checks: Checks) -> None:
    """The field, and the kinds that there are."""
    refusal = await checks.refusal({"jobs": ["trainings"]})
    assert refusal.type == "InvalidInput"
    assert "jobs.0: 'trainings' must be a kind of job (training, processing" in refusal.message
