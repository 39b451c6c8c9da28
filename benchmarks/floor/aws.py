"""Activities that make the calls of the shortest run by boto3 alone: no retries, no polls, no reading of answers."""

import boto3
from temporalio import activity

from benchmarks.floor.workflows import FOLLOW, START


class AwsActivities:
    """Both activities, with one client of boto3 as its environment configures it."""

    def __init__(self) -> None:
        """Make the client."""
        self._sagemaker = boto3.client("sagemaker")

    @activity.defn(name=START)
    def start(self, given: dict[str, str]) -> str:
        """Start an execution and describe it, as a start with its first poll does; its ARN."""
        started = self._sagemaker.start_pipeline_execution(
            PipelineName=given["pipeline_name"],
            ClientRequestToken=activity.info().workflow_run_id or "",
            PipelineParameters=[{"Name": "Seconds", "Value": given["Seconds"]}],
        )
        arn = started["PipelineExecutionArn"]
        self._sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)
        return arn

    @activity.defn(name=FOLLOW)
    def follow(self, arn: str) -> str:
        """Describe the execution and list its steps, as a watch does at the end; its status."""
        described = self._sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)
        self._sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=arn)
        return described["PipelineExecutionStatus"]
