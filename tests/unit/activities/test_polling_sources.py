"""What a group asks of AWS, and what it reads from the answers."""

from datetime import UTC, datetime

import pytest

from activities.aws.calls import SageMakerCalls
from activities.metrics import Metrics
from activities.models import Observation
from activities.resources.table import PIPELINE_EXECUTION
from activities.watching.list_reading import ListReading
from activities.watching.sources import Entry, Page, Source
from activities.watching.subscription import Seen, Subscription
from contract.arns import resource_key
from tests.unit.activities.scripted_aws import ARN, ScriptedAws, reply

PIPELINE = "arn:aws:sagemaker:us-east-1:111122223333:pipeline/churn"


@pytest.fixture
def source(aws: ScriptedAws, calls: SageMakerCalls) -> Source:
    """The executions of a pipeline."""
    return Source(calls, aws.platform, PIPELINE_EXECUTION, PIPELINE, Metrics())


@pytest.mark.parametrize("woken", [True, False])
async def test_a_describe_returns_all_that_a_run_document_needs(
    aws: ScriptedAws, source: Source, *, woken: bool
) -> None:
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
    assert await source.describe(ARN, woken=woken) == Observation(
        sagemaker_status="Failed",
        failure_reason="Step failure",
        description="nightly",
        created_at=datetime.fromtimestamp(1_795_000_000, UTC),
        last_modified_at=datetime.fromtimestamp(1_795_000_060, UTC),
    )
    assert aws.requests == [("DescribePipelineExecution", {"PipelineExecutionArn": ARN})]


async def test_a_page_is_a_hundred_executions_newest_first(aws: ScriptedAws, source: Source) -> None:
    """The pipeline is named by its ARN, because the name in an execution's ARN may be in lower case."""
    aws.script += [
        reply(
            PipelineExecutionSummaries=[
                {"PipelineExecutionArn": ARN, "PipelineExecutionStatus": "Stopping", "StartTime": 1_795_000_000.5}
            ],
            NextToken="next",
        ),
        reply(PipelineExecutionSummaries=[]),
    ]
    assert await source.page(None) == Page([Entry(resource_key(ARN), "Stopping", 1_795_000_000.5)], "next")
    assert await source.page("next") == Page([], None)
    request = {"PipelineName": PIPELINE, "SortBy": "CreationTime", "SortOrder": "Descending", "MaxResults": 100}
    assert aws.requests == [
        ("ListPipelineExecutions", request),
        ("ListPipelineExecutions", {**request, "NextToken": "next"}),
    ]


async def test_answers_without_content_are_no_error(aws: ScriptedAws, source: Source) -> None:
    """No member of the responses is required in AWS's model, and an empty token ends a list."""
    aws.script += [reply(), reply(), reply(PipelineExecutionSummaries=[{}], NextToken="")]
    assert await source.describe(ARN) == Observation()
    assert await source.page(None) == Page([], None)
    assert await source.page(None) == Page([Entry("", None, None)], None)


async def test_a_token_that_repeats_ends_the_list(aws: ScriptedAws, source: Source) -> None:
    """As if its page was the last one: those that are on no page are described, and the next list is no longer."""
    aws.script += [reply(PipelineExecutionSummaries=[{"StartTime": 900 - page}], NextToken="a") for page in range(2)]
    watched = [Subscription(PIPELINE_EXECUTION, f"{ARN}{number}", 5, Seen(), 0.0) for number in range(300)]
    for subscription in watched:
        subscription.created_at = 800.0
    reading = ListReading(source, {}, describe=lambda *_: None, answered=lambda: None)
    wanted = dict.fromkeys(watched, 1.0)
    await reading.read(wanted, 4, woken=False)
    assert [request.get("NextToken") for _, request in aws.requests] == [None, "a"]
    assert all(subscription.trust.is_doubted for subscription in watched)
    assert reading.pages_to_read(wanted) == 2


@pytest.mark.parametrize(
    "spelling",
    [
        "arn:aws:sagemaker:us-east-1:111122223333:pipeline/Churn/execution/AbC123def456",
        "arn:aws:sagemaker:us-east-1:111122223333:pipeline/churn/execution/abc123def456",
        "arn:aws:sagemaker:US-EAST-1:111122223333:pipeline/CHURN/execution/ABC123DEF456",
    ],
)
def test_an_execution_has_one_key_however_its_arn_is_spelled(spelling: str) -> None:
    """Lists and starts spell it in two ways."""
    assert resource_key(spelling) == "pipeline/churn/execution/abc123def456"
