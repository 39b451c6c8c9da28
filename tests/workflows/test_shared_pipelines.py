"""Pipelines that are given by ARN, as those that another account shares are."""

import pytest

from contract.names import PIPELINE_ATTRIBUTE
from contract.run import RunStatus
from tests.workflows.stage import Stage


async def test_a_pipeline_given_by_arn_is_known_by_its_name(stage: Stage) -> None:
    """AWS gets the ARN; document, search attribute and link have the name."""
    name = stage.pipeline()
    arn = stage.standin.client.describe_pipeline(PipelineName=name)["PipelineArn"]
    run = await stage.run(arn)
    document = await run.result()
    assert (document.status, document.pipeline_name) == (RunStatus.SUCCESS, name)
    assert f"#/pipelines/{name}/executions/{document.run_id}" in str(document.monitor_url)
    description = await run.handle.describe()
    assert description.typed_search_attributes[PIPELINE_ATTRIBUTE] == name


@pytest.mark.parametrize("account", ["444455556666"])
async def test_a_pipeline_that_is_not_shared_fails_with_its_arn(stage: Stage, account: str) -> None:
    """The ARN says which account was asked for, and the remedy which platform asked."""
    arn = f"arn:aws:sagemaker:us-east-1:{account}:pipeline/churn"
    failure = await (await stage.run(arn)).failure()
    assert failure.type == "PipelineNotFound"
    assert f"[pipeline={arn}, platform=default" in failure.message
