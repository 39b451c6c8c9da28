"""Prints the definition of a small pipeline as the SageMaker Python SDK writes it.

Runs in the SDK's own environment (`benchmarks/peers/requirements/sagemaker.txt`), imports nothing of this project and
calls nothing of AWS, but needs a region: `AWS_DEFAULT_REGION=eu-central-1 python tests/definitions/sdk_pipeline.py >
tests/definitions/sdk_pipeline.json`. The FILE of `polysync-sagemaker pipelines lint …` may be
`tests/definitions/sdk_pipeline.py:pipeline` as well.
"""

import json
import sys
from typing import Any

import boto3
from sagemaker.core.processing import Processor
from sagemaker.core.shapes import ProcessingInput, ProcessingOutput, ProcessingS3Input, ProcessingS3Output
from sagemaker.core.workflow.conditions import ConditionLessThanOrEqualTo
from sagemaker.core.workflow.functions import Join, JsonGet
from sagemaker.core.workflow.parameters import ParameterFloat, ParameterInteger, ParameterString
from sagemaker.core.workflow.pipeline_context import PipelineSession
from sagemaker.core.workflow.properties import PropertyFile
from sagemaker.mlops.workflow.condition_step import ConditionStep
from sagemaker.mlops.workflow.fail_step import FailStep
from sagemaker.mlops.workflow.pipeline import Pipeline
from sagemaker.mlops.workflow.retry import StepExceptionTypeEnum, StepRetryPolicy
from sagemaker.mlops.workflow.steps import CacheConfig, ProcessingStep

ROLE = "arn:aws:iam::111122223333:role/churn"
REGISTRY = "111122223333.dkr.ecr.eu-central-1.amazonaws.com"
BUCKET = "churn-artifacts"
# Its telemetry would call other services of AWS.
CONFIG = {"SchemaVersion": "1.0", "SageMaker": {"PythonSDK": {"Modules": {"TelemetryOptOut": True}}}}


def session() -> Any:
    """A session that composes requests and sends none."""
    return PipelineSession(
        boto_session=boto3.Session("none", "none", region_name="eu-central-1"),
        default_bucket=BUCKET,
        sagemaker_config=CONFIG,
    )


def processing(name: str, image: str, source: Any, result: Any, **members: Any) -> Any:
    """A step with one input and one output."""
    processor = Processor(
        role=ROLE,
        image_uri=f"{REGISTRY}/{image}",
        instance_count=ParameterInteger(name="InstanceCount", default_value=1),
        instance_type="ml.m5.xlarge",
        max_runtime_in_seconds=3600,
        sagemaker_session=SESSION,
    )
    arguments = processor.run(
        inputs=[
            ProcessingInput(
                input_name="input",
                s3_input=ProcessingS3Input(
                    s3_uri=source,
                    local_path="/opt/ml/processing/input",
                    s3_data_type="S3Prefix",
                    s3_input_mode="File",
                ),
            )
        ],
        outputs=[
            ProcessingOutput(
                output_name="output",
                s3_output=ProcessingS3Output(
                    s3_uri=result, local_path="/opt/ml/processing/output", s3_upload_mode="EndOfJob"
                ),
            )
        ],
    )
    return ProcessingStep(
        name=name,
        step_args=arguments,
        cache_config=CacheConfig(enable_caching=True, expire_after="P30D"),
        retry_policies=[
            StepRetryPolicy(
                exception_types=[StepExceptionTypeEnum.SERVICE_FAULT, StepExceptionTypeEnum.THROTTLING], max_attempts=5
            )
        ],
        **members,
    )


def pipeline() -> Any:
    """Prepare, evaluate, and fail where the error is too large."""
    data = ParameterString(name="InputData", default_value=f"s3://{BUCKET}/raw")
    threshold = ParameterFloat(name="MaxError", default_value=6.0)
    prepare = processing("Prepare", "prepare:3", data, f"s3://{BUCKET}/prod/prepared")
    report = PropertyFile(name="Report", output_name="output", path="report.json")
    prepared = prepare.properties.ProcessingOutputConfig.Outputs["output"].S3Output.S3Uri
    evaluate = processing("Evaluate", "evaluate:5", prepared, f"s3://{BUCKET}/prod/report", property_files=[report])
    error = JsonGet(step_name=evaluate.name, property_file=report, json_path="metrics.error")
    too_large = FailStep(name="TooLarge", error_message=Join(on=" ", values=["The error is above", threshold]))
    check = ConditionStep(
        name="Check",
        conditions=[ConditionLessThanOrEqualTo(left=error, right=threshold)],
        if_steps=[],
        else_steps=[too_large],
    )
    count = ParameterInteger(name="InstanceCount", default_value=1)
    return Pipeline(
        name="churn-evaluation",
        parameters=[data, threshold, count],
        steps=[prepare, evaluate, check],
        sagemaker_session=SESSION,
    )


SESSION = session()

if __name__ == "__main__":
    json.dump(json.loads(pipeline().definition()), sys.stdout, indent=2)
    sys.stdout.write("\n")
