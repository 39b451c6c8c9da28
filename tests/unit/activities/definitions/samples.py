"""A small pipeline with a cache, in pieces that tests change."""

import copy
import json
from typing import Any

ROLE = "arn:aws:iam::111122223333:role/pipeline"
IMAGE = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/churn"
BUCKET = "s3://churn-artifacts/prod"


def get(text: str) -> dict[str, str]:
    """A reference."""
    return {"Get": text}


def retries() -> list[dict[str, Any]]:
    """Retry policies for what AWS recommends to retry."""
    kinds = ["Step.SERVICE_FAULT", "Step.THROTTLING"]
    return [{"ExceptionType": kinds, "IntervalSeconds": 5, "BackoffRate": 2, "MaxAttempts": 3}]


def processing(name: str, **members: Any) -> dict[str, Any]:
    """A Processing step that no rule objects to."""
    arguments = {
        "ProcessingResources": {
            "ClusterConfig": {
                "InstanceType": "ml.m5.large",
                "InstanceCount": 1,
                "VolumeSizeInGB": 30,
                "VolumeKmsKeyId": "alias/churn",
            }
        },
        "AppSpecification": {"ImageUri": f"{IMAGE}:prepare-3"},
        "RoleArn": ROLE,
        "ProcessingInputs": [
            {
                "InputName": "raw",
                "S3Input": {"S3Uri": get("Parameters.InputData"), "LocalPath": "/opt/ml/processing/raw"},
            }
        ],
        "ProcessingOutputConfig": {
            "KmsKeyId": "alias/churn",
            "Outputs": [
                {
                    "OutputName": "train",
                    "S3Output": {"S3Uri": f"{BUCKET}/train", "LocalPath": "/opt/ml/processing/train"},
                }
            ],
        },
        "NetworkConfig": {
            "EnableNetworkIsolation": True,
            "VpcConfig": {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]},
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
    }
    return {"Name": name, "Type": "Processing", "Arguments": arguments, **_common(), **members}


def training(name: str, **members: Any) -> dict[str, Any]:
    """A Training step that no rule objects to."""
    arguments = {
        "AlgorithmSpecification": {"TrainingImage": f"{IMAGE}:train-7", "TrainingInputMode": "File"},
        "HyperParameters": {"eta": "0.2"},
        "Environment": {"LOG_LEVEL": "info"},
        "InputDataConfig": [
            {
                "ChannelName": "train",
                "DataSource": {
                    "S3DataSource": {
                        "S3DataType": "S3Prefix",
                        "S3Uri": get("Steps.Prepare.ProcessingOutputConfig.Outputs['train'].S3Output.S3Uri"),
                    }
                },
            }
        ],
        "OutputDataConfig": {"S3OutputPath": f"{BUCKET}/models", "KmsKeyId": "alias/churn"},
        "ResourceConfig": {
            "InstanceType": "ml.m5.xlarge",
            "InstanceCount": 1,
            "VolumeSizeInGB": 30,
            "VolumeKmsKeyId": "alias/churn",
        },
        "RoleArn": ROLE,
        "StoppingCondition": {"MaxRuntimeInSeconds": 7200},
        "EnableNetworkIsolation": True,
        "VpcConfig": {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]},
    }
    return {"Name": name, "Type": "Training", "Arguments": arguments, **_common(), **members}


def _common() -> dict[str, Any]:
    return {"CacheConfig": {"Enabled": True, "ExpireAfter": "P30D"}, "RetryPolicies": retries()}


def pipeline(*steps: dict[str, Any], **members: Any) -> dict[str, Any]:
    """A whole definition."""
    return {
        "Version": "2020-12-01",
        "Metadata": {},
        "Parameters": [{"Name": "InputData", "Type": "String", "DefaultValue": f"{BUCKET}/raw"}],
        "PipelineExperimentConfig": {"ExperimentName": get("Execution.PipelineName")},
        "Steps": copy.deepcopy(list(steps)),
        **members,
    }


def churn() -> dict[str, Any]:
    """Prepare, then train."""
    return pipeline(processing("Prepare"), training("Train"))


def written(document: Any) -> str:
    """The text of a definition."""
    return json.dumps(document)
