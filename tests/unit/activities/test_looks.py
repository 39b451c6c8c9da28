"""What the poller asks of AWS, and what it reads from the answers."""

from datetime import UTC, datetime

from activities.aws.calls import SageMakerCalls
from activities.metrics import Metrics
from activities.models import Observation
from activities.watching.looks import Listed, Looks, Page
from tests.unit.activities.scripted_aws import ARN, ScriptedAws, reply

PIPELINE = "arn:aws:sagemaker:us-east-1:111122223333:pipeline/churn"


async def test_a_describe_tells_all_that_a_run_document_needs(aws: ScriptedAws, calls: SageMakerCalls) -> None:
    """The status, the reason, and the times."""
    aws.script.append(
        reply(
            PipelineExecutionStatus="Failed",
            FailureReason="Step failure",
            PipelineExecutionDescription="nightly",
            CreationTime=1_795_000_000,
            LastModifiedTime=1_795_000_060,
            SomethingNew="ignored",
        )
    )
    assert await Looks(calls, aws.platform, 1, Metrics()).describe(ARN) == Observation(
        sagemaker_status="Failed",
        failure_reason="Step failure",
        description="nightly",
        created_at=datetime.fromtimestamp(1_795_000_000, UTC),
        last_modified_at=datetime.fromtimestamp(1_795_000_060, UTC),
    )
    assert aws.requests == [("DescribePipelineExecution", {"PipelineExecutionArn": ARN})]


async def test_a_page_is_a_hundred_executions_newest_first(aws: ScriptedAws, calls: SageMakerCalls) -> None:
    """The pipeline is named by its ARN, since an execution's ARN does not tell the name as it was written."""
    aws.script += [
        reply(
            PipelineExecutionSummaries=[
                {"PipelineExecutionArn": ARN, "PipelineExecutionStatus": "Stopping", "StartTime": 1_795_000_000.5}
            ],
            NextToken="next",
        ),
        reply(PipelineExecutionSummaries=[]),
    ]
    looks = Looks(calls, aws.platform, 1, Metrics())
    assert await looks.page(PIPELINE, None) == Page([Listed(ARN, "Stopping", 1_795_000_000.5)], "next")
    assert await looks.page(PIPELINE, "next") == Page([], None)
    request = {"PipelineName": PIPELINE, "SortBy": "CreationTime", "SortOrder": "Descending", "MaxResults": 100}
    assert aws.requests == [
        ("ListPipelineExecutions", request),
        ("ListPipelineExecutions", {**request, "NextToken": "next"}),
    ]


async def test_answers_without_anything_are_no_error(aws: ScriptedAws, calls: SageMakerCalls) -> None:
    """No member of the responses is required in AWS's model."""
    aws.script += [reply(), reply(), reply(PipelineExecutionSummaries=[{}])]
    looks = Looks(calls, aws.platform, 1, Metrics())
    assert await looks.describe(ARN) == Observation()
    assert await looks.page(PIPELINE, None) == Page([], None)
    assert await looks.page(PIPELINE, None) == Page([Listed("", None, None)], None)
