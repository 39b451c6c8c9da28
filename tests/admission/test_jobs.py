"""Which jobs a worker starts and follows, and the tags that they get."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from activities.resources.jobs import KIND_OF_JOB
from contract.failures import FailureType
from contract.job_kinds import JobKind
from contract.run import RunStatus
from tests.jobs.job_stage import JobStage, sample, unique_name
from tests.workflows.stage import Stage

ARN = "arn:aws:sagemaker:us-east-1:111122223333"
LONG = 6 * 3600


def platforms_file(
    folder: Path, stage: Stage, *, tags: Mapping[str, str] | None = None, **attributes: object
) -> dict[str, Any]:
    """Settings of a worker with one platform."""
    path = folder / "platforms.toml"
    urls = {"endpoint_url": stage.standin.url, "sts_endpoint_url": stage.standin.url, "region": "us-east-1"}
    lines = [f"{name} = {json.dumps(value)}" for name, value in {**urls, **attributes}.items()]
    of_tags = [f"tags.{name} = {json.dumps(value)}" for name, value in (tags or {}).items()]
    path.write_text("\n".join(["[platforms.default]", *lines, *of_tags]), encoding="utf-8")
    return {"platforms_file": path, "region": None, "endpoint_url": None}


@pytest.mark.parametrize(
    ("kind", "name", "followed"),
    [
        (JobKind.TRAINING, "other", None),
        (JobKind.TRANSFORM, "churn-1", None),
        (JobKind.TRAINING, None, f"{ARN}:training-job/other"),
    ],
)
async def test_what_is_not_allowed_never_reaches_aws(
    idle_stage: Stage, tmp_path: Path, kind: JobKind, name: str | None, followed: str | None
) -> None:
    """The run fails with the field's name, and the stand-in has not been called."""
    jobs = JobStage(idle_stage)
    settings = platforms_file(tmp_path, idle_stage, allowed_jobs=["training:churn-*", "processing"])
    async with idle_stage.worker(**settings):
        run = await (jobs.start({"job_arn": followed}) if name is None else jobs.run(kind, name))
        failure = await run.failure()
    assert failure.type == FailureType.INVALID_INPUT
    assert ("job_arn" if followed else "job: the platform 'default'") in failure.message
    assert "allowed_jobs" in failure.message
    assert idle_stage.standin.control("GET", "/calls") == {}


@pytest.mark.parametrize(
    ("place", "told"),
    [
        (("us-east-1", "eu-west-1"), "the job is in the region eu-west-1, and the platform 'default' in us-east-1"),
        (("111122223333", "444455556666"), "that job is neither followed nor stopped"),
        (("training-job/", "training-job/team/"), "no job's name has a slash"),
    ],
    ids=["region", "account", "slash"],
)
@pytest.mark.parametrize("is_cancelled", [False, True])
async def test_a_job_of_the_same_name_elsewhere_is_neither_followed_nor_stopped(
    idle_stage: Stage, place: tuple[str, str], told: str, *, is_cancelled: bool
) -> None:
    """AWS is asked by the name in the ARN, which the job of this region and account has as well."""
    jobs, name = JobStage(idle_stage), unique_name()
    jobs.script(JobKind.TRAINING, name, seconds=LONG)
    arn = jobs.standin.client.create_training_job(**sample(JobKind.TRAINING, name))["TrainingJobArn"]
    run = await jobs.start({"job_arn": arn.replace(*place)})
    if is_cancelled:
        await run.cancel_by_signal()
    async with idle_stage.worker():
        failure = await run.failure()
    assert failure.type == FailureType.INVALID_INPUT
    assert failure.message.startswith("Invalid input: job_arn: ")
    assert told in failure.message
    (job,) = jobs.jobs(JobKind.TRAINING, name)
    assert (job["status"], job["stops_accepted"]) == ("InProgress", 0)


@pytest.mark.parametrize("kind", JobKind)
async def test_a_job_of_each_kind_is_followed_by_either_spelling(idle_stage: Stage, kind: JobKind) -> None:
    """AWS answers with an ARN in lower case: that is still the job that was given. The document has the job's name."""
    jobs, name, row = JobStage(idle_stage), unique_name().upper(), KIND_OF_JOB[kind]
    jobs.script(kind, name, seconds=60)
    arn: str = getattr(jobs.standin.client, row.create.method)(**sample(kind, name))[row.members.arn]
    assert arn.endswith(name.lower())
    async with idle_stage.worker():
        own = arn.replace(name.lower(), name)
        for given in (arn, own):
            document = await (await jobs.start({"job": kind, "job_arn": given})).result()
            assert document.status is RunStatus.SUCCESS
            assert document.job is not None
            assert (document.run_id, document.job.name) == (own, name)
            assert name in (document.log_url or name)


async def test_what_is_allowed_runs_with_the_platforms_tags(idle_stage: Stage, tmp_path: Path) -> None:
    """Those of the run win over the platform's, and `tag_runs` adds whose job it is."""
    jobs, name = JobStage(idle_stage), f"churn-{unique_name()}"
    jobs.script(JobKind.TRAINING, name, seconds=60)
    tags = {"owner": "search", "stage": "prod"}
    settings = platforms_file(tmp_path, idle_stage, allowed_jobs=["training:churn-*"], tags=tags, tag_runs=True)
    async with idle_stage.worker(**settings):
        document = await (await jobs.run(JobKind.TRAINING, name, tags={"stage": "test"})).result()
    assert document.status is RunStatus.SUCCESS
    (job,) = jobs.jobs(JobKind.TRAINING, name)
    assert {key: job["tags"][key] for key in tags} == {"owner": "search", "stage": "test"}
    assert job["tags"]["polysync:run"]


async def test_jobs_have_no_tags_that_nothing_asked_for(idle_stage: Stage, tmp_path: Path) -> None:
    """Each of them needs the permission sagemaker:AddTags."""
    jobs, name = JobStage(idle_stage), unique_name()
    jobs.script(JobKind.TRANSFORM, name, seconds=60)
    async with idle_stage.worker(**platforms_file(tmp_path, idle_stage)):
        await (await jobs.run(JobKind.TRANSFORM, name, request={"Tags": []})).result()
    (job,) = jobs.jobs(JobKind.TRANSFORM, name)
    assert job["tags"] == {}
