"""The Terraform module: its policies are those of the tables, and Terraform itself takes it."""

import json
from pathlib import Path
from typing import Any

import hcl2
import pytest
from policy_sentry.querying.actions import get_action_data

from contract.deployment import PipelineDeployment
from tests.deploy.terraform import SOURCE, Terraform, module_copy
from tests.deploy.terraform_templates import MODULE, templates, written
from tests.unit.activities.policy_linter import lint
from worker.events_setup.parts import QUEUE_ATTRIBUTES, RETRY, UNDELIVERED_ATTRIBUTES
from worker.terraform import terraform_pipeline

FILES = sorted(SOURCE.rglob("*.tf"))
VALUES = {
    "account": "111122223333",
    "partition": "aws",
    "region": "eu-central-1",
    "name": "Churn",
    "lower_name": "churn",
    "queue_arn": "arn:aws:sqs:eu-central-1:111122223333:churn-events",
    "role_arn": "arn:aws:iam::111122223333:role/churn",
    "rule_arn": "arn:aws:events:eu-central-1:111122223333:rule/churn",
}


def read(name: str) -> dict[str, Any]:
    """A file of the module, as a library that knows HCL reads it."""
    document: dict[str, Any] = hcl2.loads((MODULE / name).read_text(encoding="utf-8"))
    return document


def resource(document: dict[str, Any], kind: str, name: str) -> dict[str, Any]:
    """One resource of a file."""
    of_the_kind = [each[f'"{kind}"'] for each in document["resource"] if f'"{kind}"' in each]
    [attributes] = [each[f'"{name}"'] for each in of_the_kind if f'"{name}"' in each]
    found: dict[str, Any] = attributes
    return found


def statements(file: str, name: str) -> list[dict[str, Any]]:
    """The statements of a policy, also those that stand there only under a condition."""
    [document] = [
        each['"aws_iam_policy_document"'][f'"{name}"']
        for each in read(file)["data"]
        if f'"{name}"' in each.get('"aws_iam_policy_document"', {})
    ]
    dynamic = [each['"statement"']["content"][0] for each in document.get("dynamic", [])]
    return [*document["statement"], *dynamic]


@pytest.mark.parametrize("name", templates())
def test_the_templates_are_those_of_the_tables(name: str) -> None:
    """`make docs` writes them."""
    assert (MODULE / name).read_text(encoding="utf-8") == written(templates()[name])


@pytest.mark.parametrize("name", ["worker-policy.json.tftpl", "deploy-policy.json.tftpl"])
def test_filled_in_they_are_awss(name: str) -> None:
    """Every action on the kind of resource that AWS grants it on, but for the queue's."""
    text = (MODULE / name).read_text(encoding="utf-8")
    for key, value in VALUES.items():
        text = text.replace(f"${{{key}}}", value)
    policy = json.loads(text)
    assert "${" not in text
    policy["Statement"] = [each for each in policy["Statement"] if each["Sid"] != "ReadEvents"]
    assert lint(policy) == []


@pytest.mark.parametrize("file", FILES, ids=[str(file.relative_to(SOURCE)) for file in FILES])
def test_every_file_is_hcl(file: Path) -> None:
    """Also where there is no Terraform."""
    assert hcl2.loads(file.read_text(encoding="utf-8"))


def test_the_execution_role_is_narrow() -> None:
    """Actions that exist, none of them a wildcard, and none on everything that AWS grants on less."""
    granted = [
        (action.strip('"'), each["resources"])
        for file, name in (("role.tf", "execution"), ("network.tf", "network"))
        for each in statements(file, name)
        for action in each["actions"]
    ]
    assert len(granted) > 20
    for action, _ in granted:
        assert "*" not in action
        rows = get_action_data(*action.split(":"))
        assert isinstance(rows, dict), action
        assert rows.get(action.partition(":")[0]), action
    everywhere = {action for action, resources in granted if resources == ['"*"']}
    assert {action for action in everywhere if not action.startswith("ec2:Describe")} == {"ecr:GetAuthorizationToken"}


def test_the_queues_are_those_of_events_setup() -> None:
    """Which 'polysync-sagemaker events-setup' prints."""
    document = read("events.tf")
    events, undelivered = (resource(document, "aws_sqs_queue", name) for name in ("events", "undelivered"))
    assert {
        "MessageRetentionPeriod": events["message_retention_seconds"],
        "ReceiveMessageWaitTimeSeconds": events["receive_wait_time_seconds"],
        "VisibilityTimeout": events["visibility_timeout_seconds"],
        "SqsManagedSseEnabled": events["sqs_managed_sse_enabled"],
    } == QUEUE_ATTRIBUTES
    assert {
        "MessageRetentionPeriod": undelivered["message_retention_seconds"],
        "SqsManagedSseEnabled": undelivered["sqs_managed_sse_enabled"],
    } == UNDELIVERED_ATTRIBUTES
    [retry] = resource(document, "aws_cloudwatch_event_target", "queue")["retry_policy"]
    assert {
        "MaximumEventAgeInSeconds": retry["maximum_event_age_in_seconds"],
        "MaximumRetryAttempts": retry["maximum_retry_attempts"],
    } == RETRY


def test_terraform_takes_the_module_and_an_export(tmp_path: Path) -> None:
    """Formatted as it formats, and valid by the AWS provider's schema."""
    formatted = Terraform(SOURCE)("fmt", "-check", "-recursive", "-diff")
    assert (formatted.returncode, formatted.stdout) == (0, "")
    example = module_copy(tmp_path)
    exported = PipelineDeployment(
        platform="default",
        pipeline_name="nightly",
        role_arn=VALUES["role_arn"],
        description="d",
        max_parallel_steps=3,
        tags={"team": "risk"},
    )
    (example / "export.tf").write_text(terraform_pipeline(exported, {"Version": "2020-12-01"}), encoding="utf-8")
    checked = Terraform(example).with_aws()("validate", "-json")
    assert json.loads(checked.stdout)["diagnostics"] == []
