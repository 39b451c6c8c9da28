"""Why an execution failed, found out over HTTP."""

from typing import Any

import pytest

from activities.aws.calls import SageMakerCalls
from activities.aws.platforms import Platform
from activities.results.causes import Causes, find_causes
from activities.results.reading import read_steps
from contract.steps import MAX_CAUSES, MAX_LOG_LINES, FailureCause
from tests.standin.definitions import job, step
from tests.standin.process import Standin

KILLED = "AlgorithmError: the container was killed, exit code: 137"


@pytest.fixture
def failed(standin: Standin, calls: SageMakerCalls, platform: Platform) -> Any:
    """Runs steps to their failed end, and finds out why."""

    async def find(*steps: dict[str, Any]) -> Causes:
        arn = standin.start(standin.create(list(steps)))
        assert standin.until_ended(arn) == "Failed"
        return await find_causes(calls, platform, await read_steps(calls, platform, arn))

    return find


def training(*, limit: int = 3600, **settings: str) -> dict[str, Any]:
    """A Training step."""
    return step(
        "Train",
        "Training",
        HyperParameters={f"STANDIN_{key.upper()}": value for key, value in settings.items()},
        StoppingCondition={"MaxRuntimeInSeconds": limit},
    )


async def test_the_jobs_own_reason_leads_and_its_log_ends(failed: Any) -> None:
    """One line for people, the remedy, and the last lines with a link to the rest."""
    lines = [f"epoch {number}" for number in range(30)]
    found = await failed(training(seconds="5", fail=KILLED, log="\n".join(lines)))
    (cause,) = found.causes
    assert cause.summary == f"Train: {KILLED}"
    assert (cause.job_reason, cause.step_reason, cause.job_status) == (KILLED, KILLED, "Failed")
    assert cause.remedy == "The job ran out of memory: use a larger instance type, or smaller batches."
    assert cause.log == lines[-MAX_LOG_LINES:]
    assert cause.log_url is not None
    page, name = cause.log_url.removesuffix("/").split(";prefix=")
    assert page == (
        "https://us-east-1.console.aws.amazon.com/cloudwatch/home?region=us-east-1"
        "#logStream:group=/aws/sagemaker/TrainingJobs"
    )
    # The log stream is called like the job; the job's ARN has that name in lower case.
    assert cause.job_arn is not None
    assert cause.job_arn.rpartition("/")[2] == name.lower() != name
    assert found.notes == []


async def test_an_overrun_is_a_time_out_and_no_cancel(failed: Any) -> None:
    """The job says Stopped; only its SecondaryStatus tells why."""
    (cause,) = (await failed(training(limit=5, seconds="60"))).causes
    assert cause.job_status == "MaxRuntimeExceeded"
    assert cause.summary.startswith("Train: timed out (MaxRuntimeExceeded): ")
    assert "MaxRuntimeInSeconds" in cause.remedy


async def test_a_job_that_was_never_made_has_the_steps_reason(failed: Any) -> None:
    """AWS refused the Create call, and named the permission."""
    denied = (
        "ClientError: Failed to invoke sagemaker:CreateProcessingJob. Error Details: User: "
        "arn:aws:sts::111122223333:assumed-role/Pipelines/SageMaker is not authorized to perform: "
        "sagemaker:CreateProcessingJob on resource: arn:aws:sagemaker:us-east-1:111122223333:processing-job/*"
    )
    (cause,) = (await failed(job("Prepare", seconds=1, fail=denied))).causes
    assert cause.summary.startswith("Prepare: ClientError: Failed to invoke sagemaker:CreateProcessingJob")
    assert cause.remedy.startswith("Grant sagemaker:CreateProcessingJob on arn:aws:sagemaker:us-east-1")
    assert (cause.job_arn, cause.job_reason, cause.log) == (None, None, [])


async def test_a_fail_step_tells_its_message(failed: Any) -> None:
    """It is the pipeline's own verdict, and nothing stands behind it."""
    found = await failed(step("TooBad", "Fail", ErrorMessage="AUC 0.61 is below 0.8"))
    assert found.causes == [
        FailureCause(step="TooBad", summary="TooBad: AUC 0.61 is below 0.8", step_reason="AUC 0.61 is below 0.8")
    ]


async def test_a_violated_check_points_to_its_report(failed: Any) -> None:
    """The report has what no message has."""
    check = step("Check", "QualityCheck", STANDIN_SECONDS="1", STANDIN_FAIL="ClientError: 3 constraints were violated")
    (cause,) = (await failed(check)).causes
    assert cause.remedy.startswith("See which checks were violated in s3://checks/")
    assert cause.job_arn is not None


async def test_what_may_not_be_read_is_noted(standin: Standin, failed: Any) -> None:
    """Reason of the step, and what permission the rest needs."""
    standin.fault("DescribeTrainingJob", "access_denied")
    standin.fault("FilterLogEvents", "access_denied")
    found = await failed(training(seconds="5", fail=KILLED, log="Killed"))
    (cause,) = found.causes
    assert (cause.summary, cause.job_reason, cause.log) == (f"Train: {KILLED}", None, [])
    assert [
        permission
        for permission in ("sagemaker:DescribeTrainingJob", "logs:FilterLogEvents")
        if permission in str(found.notes)
    ] == ["sagemaker:DescribeTrainingJob", "logs:FilterLogEvents"]


async def test_the_first_failed_steps_are_examined_and_the_others_counted(failed: Any) -> None:
    """A thousand failed steps are not a thousand calls."""
    found = await failed(*(job(f"s{number}", seconds=5, fail="AlgorithmError: no") for number in range(MAX_CAUSES + 5)))
    assert len(found.causes) == MAX_CAUSES
    assert found.notes[-1] == f"{MAX_CAUSES + 5} steps failed; the causes are those of the first {MAX_CAUSES}."


async def test_logs_that_may_not_be_read_are_asked_for_once(standin: Standin, failed: Any) -> None:
    """Ten failed jobs under one missing permission are one note about it."""
    standin.control("DELETE", "/calls")
    standin.fault("FilterLogEvents", "access_denied")
    found = await failed(*(job(f"s{number}", seconds=5, fail="AlgorithmError: no") for number in range(3)))
    assert [note.partition(".")[0] for note in found.notes] == ["The job's log is not known"]
    assert standin.control("GET", "/calls")["FilterLogEvents"]["received"] == 1
