"""What a worker accepts, decided by the parts of names and ARNs."""

import pytest
from temporalio.exceptions import ApplicationError

from activities.aws.platforms import Platform, Platforms
from activities.models import DescribeRequest, StartRequest
from activities.starting.admission import admit_execution, admit_start
from contract.rerun import Rerun, SelectedStep, SelectiveExecution

OWN, OTHER = "111122223333", "444455556666"
NARROW = Platform(name="narrow", allowed_pipelines=("churn-*",))
OURS = Platform(name="ours", expected_account=OWN)
SHARED = Platform(
    name="shared",
    expected_account=OWN,
    allowed_pipelines=("churn-*", f"arn:aws:sagemaker:us-east-1:{OTHER}:pipeline/churn-*"),
)
PLATFORMS = Platforms([NARROW, OURS, SHARED])


def pipeline(name: str, account: str = OWN) -> str:
    """A pipeline's ARN."""
    return f"arn:aws:sagemaker:us-east-1:{account}:pipeline/{name}"


def execution(name: str, account: str = OWN) -> str:
    """The ARN of one of its executions."""
    return f"{pipeline(name, account)}/execution/abcdefghijkl"


def start(platform: Platform, pipeline_name: str, **fields: object) -> StartRequest:
    """A start as it comes from a workflow, which has checked nothing of it."""
    request = StartRequest(platform=platform.name, pipeline_name=pipeline_name, client_request_token="t" * 32)
    return request.model_copy(update=fields)


def rerun(arn: str) -> Rerun:
    """A rerun of an execution."""
    return Rerun.model_construct(execution_arn=arn, from_step=None)


def selective(arn: str) -> SelectiveExecution:
    """A selective execution with this source."""
    return SelectiveExecution.model_construct(
        source_pipeline_execution_arn=arn, selected_steps=[SelectedStep(step_name="Train")]
    )


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (start(NARROW, pipeline("churn-1") + "/execution/secret-pipeline"), "pipeline_name"),
        (start(NARROW, pipeline("churn-1/execution/x")), "pipeline_name"),
        (start(NARROW, pipeline("secret") + "?churn-1"), "pipeline_name"),
        (start(NARROW, "secret"), "pipeline_name"),
        (start(NARROW, "churn-1", rerun=rerun(execution("secret"))), "rerun.execution_arn"),
        (start(NARROW, "churn-1", rerun=rerun(execution("churn-2"))), "rerun.execution_arn"),
        (start(NARROW, "churn-1", rerun=rerun(pipeline("churn-1"))), "rerun.execution_arn"),
        (start(NARROW, "churn-1", rerun=rerun(pipeline("secret") + "/execution/churn-1/execution/x")), "rerun.exec"),
        (start(OURS, "churn-1", rerun=rerun(execution("churn-1", OTHER))), "rerun.execution_arn"),
        (start(OURS, "churn-1", selective_execution=selective(execution("churn-1", OTHER))), "selective_execution"),
        (start(SHARED, "churn-1", rerun=rerun(execution("other", OTHER))), "rerun.execution_arn"),
    ],
)
def test_no_other_pipeline_gets_in(request_: StartRequest, field: str) -> None:
    """Neither behind an allowed one's ARN, nor as the source of a rerun; the field is named."""
    with pytest.raises(ApplicationError) as raised:
        admit_start(PLATFORMS, request_, may_have_started=False)
    assert raised.value.type == "InvalidInput"
    assert raised.value.non_retryable
    assert raised.value.message.startswith(f"Invalid input: {field}")


@pytest.mark.parametrize(
    "request_",
    [
        start(NARROW, "churn-1", rerun=rerun(execution("churn-1"))),
        start(NARROW, "Churn-1", rerun=rerun(execution("churn-1"))),
        start(OURS, "anything", rerun=rerun(execution("anything"))),
        start(OURS, pipeline("shared", OTHER), rerun=rerun(execution("shared", OTHER))),
        start(SHARED, pipeline("churn-1", OTHER), rerun=rerun(execution("churn-1", OTHER))),
    ],
)
def test_what_is_meant_gets_in(request_: StartRequest) -> None:
    """By name, by ARN, of the own account and of one whose pipeline is shared."""
    assert admit_start(PLATFORMS, request_, may_have_started=False).name == request_.platform


@pytest.mark.parametrize(
    ("platform", "arn", "is_admitted"),
    [
        (NARROW, execution("churn-1"), True),
        (NARROW, execution("secret"), False),
        (NARROW, pipeline("secret") + "/execution/churn-1/execution/x", False),
        (OURS, execution("any"), True),
        (OURS, execution("any", OTHER), False),
        (SHARED, execution("churn-1", OTHER), True),
        (SHARED, execution("any", OTHER), False),
    ],
)
def test_a_followed_execution_belongs_to_the_platform(platform: Platform, arn: str, *, is_admitted: bool) -> None:
    """To its pipelines and to its account."""
    request = DescribeRequest(platform=platform.name, execution_arn=arn)
    if is_admitted:
        assert admit_execution(PLATFORMS, request) == platform
        return
    with pytest.raises(ApplicationError, match="execution_arn"):
        admit_execution(PLATFORMS, request)


def test_an_open_outcome_is_brought_to_its_end() -> None:
    """Whatever the lists say by now: the execution may run."""
    assert admit_start(PLATFORMS, start(NARROW, "secret"), may_have_started=True) == NARROW
