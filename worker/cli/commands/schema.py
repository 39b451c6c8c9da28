from enum import StrEnum
from typing import Annotated, Any

import typer

from activities.aws.platforms_file import PlatformsFile
from contract.deployment import PipelineDeployment, PipelineDeploymentInput
from contract.discovery import PipelineDiscovery, PipelineDiscoveryInput
from contract.job_document import JobRunDocument
from contract.job_run import JobRunInput
from contract.pipeline_document import PipelineRunDocument
from contract.pipeline_run import PipelineRunInput
from contract.platform_check import PlatformCheck, PlatformCheckInput
from worker.cli.screen import print_json


class Schema(StrEnum):
    """Documents of the contract."""

    INPUT = "input"
    DOCUMENT = "document"
    JOB_INPUT = "job-input"
    JOB_DOCUMENT = "job-document"
    DISCOVERY_INPUT = "discovery-input"
    DISCOVERY = "discovery"
    CHECK_INPUT = "check-input"
    CHECK = "check"
    DEPLOYMENT_INPUT = "deployment-input"
    DEPLOYMENT = "deployment"
    PLATFORMS = "platforms"
    ALL = "all"


def schema(
    which: Annotated[
        Schema,
        typer.Argument(
            help="The input of a pipeline run, its run document (result and status), both of a job run, input and "
            "result of a discovery, of a platform check and of a deployment, the platforms file, or all."
        ),
    ] = Schema.ALL,
) -> None:
    """Print the JSON Schemas of the contract and of the worker's platforms file (TOML).

    The input's keys may also be written in camelCase or PascalCase; the schema has them in snake_case. 'job schema'
    prints what the request of a job may have.

    **Example**

    - `polysync-sagemaker schema input > pipeline-run-input.schema.json`
    """
    schemas: dict[Schema, Any] = {
        Schema.INPUT: PipelineRunInput.model_json_schema(),
        Schema.DOCUMENT: PipelineRunDocument.model_json_schema(mode="serialization"),
        Schema.JOB_INPUT: JobRunInput.model_json_schema(),
        Schema.JOB_DOCUMENT: JobRunDocument.model_json_schema(mode="serialization"),
        Schema.DISCOVERY_INPUT: PipelineDiscoveryInput.model_json_schema(),
        Schema.DISCOVERY: PipelineDiscovery.model_json_schema(mode="serialization"),
        Schema.CHECK_INPUT: PlatformCheckInput.model_json_schema(),
        Schema.CHECK: PlatformCheck.model_json_schema(mode="serialization"),
        Schema.DEPLOYMENT_INPUT: PipelineDeploymentInput.model_json_schema(),
        Schema.DEPLOYMENT: PipelineDeployment.model_json_schema(mode="serialization"),
        Schema.PLATFORMS: PlatformsFile.model_json_schema(),
    }
    print_json(schemas if which is Schema.ALL else schemas[which])
