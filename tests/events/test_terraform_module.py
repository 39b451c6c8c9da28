"""The Terraform module applied on moto's server: a second opinion on everything that it makes."""

import json
from pathlib import Path
from typing import Any

from tests.deploy.terraform import Terraform, module_copy
from tests.events.moto import REGION, Moto
from tests.long import only_when_long

PROVIDER = """provider "aws" {{
  region                      = "{region}"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_metadata_api_check     = true

  endpoints {{
{endpoints}
  }}
}}
"""
SERVICES = ("cloudwatchevents", "iam", "sagemaker", "sqs", "sts")
VARIABLES: dict[str, Any] = {
    "artifacts_bucket_arn": "arn:aws:s3:::artifacts",
    "image_repository_arn": "arn:aws:ecr:us-east-1:123456789012:repository/churn",
    "processing_image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/churn:1",
    "worker_role_name": "worker",
    "vpc": {"subnet_ids": ["subnet-1"], "security_group_ids": ["sg-1"]},
}


@only_when_long
def test_the_module_can_be_applied_and_nothing_is_left_to_change(moto: Moto, tmp_path: Path) -> None:
    """Role, pipeline, policies, rule and queues are made, and a second plan is empty."""
    iam = moto.client("iam")
    iam.create_role(RoleName="worker", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": []}))
    example = module_copy(tmp_path)
    endpoints = "\n".join(f'    {service} = "{moto.url}"' for service in SERVICES)
    (example / "provider.tf").write_text(PROVIDER.format(region=REGION, endpoints=endpoints), encoding="utf-8")
    (example / "terraform.tfvars.json").write_text(json.dumps(VARIABLES), encoding="utf-8")
    terraform = Terraform(example).with_aws()
    applied = terraform("apply", "-auto-approve", "-input=false", "-no-color")
    assert applied.returncode == 0, applied.stderr
    again = terraform("plan", "-detailed-exitcode", "-input=false", "-no-color")
    assert again.returncode == 0, again.stdout
    [role] = [each["RoleName"] for each in iam.list_roles()["Roles"] if each["RoleName"] != "worker"]
    assert iam.list_role_policies(RoleName=role)["PolicyNames"] == ["network", "pipeline"]
    attached = iam.list_attached_role_policies(RoleName="worker")["AttachedPolicies"]
    assert {each["PolicyName"] for each in attached} == {"churn-training-worker", "churn-training-deployments"}
    pipeline: Any = moto.client("sagemaker").describe_pipeline(PipelineName="churn-training")
    definition = json.loads(pipeline["PipelineDefinition"])
    assert definition["Steps"][0]["Arguments"]["RoleArn"] == pipeline["RoleArn"]
