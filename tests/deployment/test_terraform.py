"""Terraform code of deployed pipelines: formatted as `terraform fmt` does, and read back by parsers of HCL."""

import json
from pathlib import Path
from typing import Any

import hcl2
import pytest

from contract.deployment import PipelineDeployment
from sagemaker_standin import samples
from tests.deploy.terraform import Terraform
from worker.terraform import terraform_pipeline

SAMPLES = sorted(Path(samples.__path__[0]).glob("*.json"))
ODD = {
    "Version": "2020-12-01",
    "Parameters": [],
    "Metadata": {},
    "Steps": [
        {
            "Name": "Train",
            "Type": "Training",
            "Arguments": {
                "HyperParameters": {"a b": "${x}", "for": '"quoted"\n\\', "%{if}": "%{ if x }$${", "é": "ü\t"},
                "Number": [1, 2.5, 1e-07, -3, True, None, 12345678901234567890],
                "Nested": [[{"Get": "Parameters.x"}], []],
                "null": "\b\f/",
            },
        }
    ],
}


def document(**fields: Any) -> PipelineDeployment:
    """The settings of a pipeline."""
    return PipelineDeployment(platform="default", pipeline_name="1-churn.training".replace(".", "-"), **fields)


FULL = document(
    role_arn="arn:aws:iam::111122223333:role/Churn",
    display_name="Churn",
    description='It\'s "new" ${x}',
    max_parallel_steps=3,
    tags={"team": "risk", "cost:center": "7", "aws:created": "x"},
)


def test_whole_pipeline() -> None:
    """Import block, attributes, tags without AWS's own, parallelism, definition."""
    text = terraform_pipeline(FULL, {"Version": "2020-12-01", "Steps": [{"Name": "a", "Type": "Fail"}]})
    assert text == (
        'import {\n  to = aws_sagemaker_pipeline.pipeline_1_churn_training\n  id = "1-churn-training"\n}\n\n'
        "# jsonencode writes the members of an object in alphabetical order: the first apply may make a new version.\n"
        'resource "aws_sagemaker_pipeline" "pipeline_1_churn_training" {\n'
        '  pipeline_name         = "1-churn-training"\n'
        '  pipeline_display_name = "Churn"\n'
        '  pipeline_description  = "It\'s \\"new\\" $${x}"\n'
        '  role_arn              = "arn:aws:iam::111122223333:role/Churn"\n\n'
        "  tags = {\n"
        '    team          = "risk"\n'
        '    "cost:center" = "7"\n'
        "  }\n\n"
        "  parallelism_configuration {\n    max_parallel_execution_steps = 3\n  }\n\n"
        "  pipeline_definition = jsonencode({\n"
        '    Version = "2020-12-01"\n'
        "    Steps = [\n      {\n"
        '        Name = "a"\n'
        '        Type = "Fail"\n'
        "      },\n    ]\n  })\n}\n"
    )


@pytest.mark.parametrize("sample", SAMPLES, ids=[sample.stem for sample in SAMPLES])
def test_samples_are_read_by_a_parser(sample: Path) -> None:
    """A library that knows the grammar of HCL 2 reads the code."""
    definition = json.loads(sample.read_text(encoding="utf-8"))
    read = hcl2.loads(terraform_pipeline(FULL, definition))
    assert [*read["resource"][0]] == ['"aws_sagemaker_pipeline"']
    assert "import" in read


@pytest.mark.parametrize("definition", [ODD, *[json.loads(s.read_text(encoding="utf-8")) for s in SAMPLES]])
def test_terraform_itself_reads_the_same_definition(definition: dict[str, Any], tmp_path: Path) -> None:
    """Its formatter changes nothing, and its evaluation gives the JSON again."""
    terraform = Terraform(tmp_path)
    text = terraform_pipeline(FULL, definition)
    (tmp_path / "export.tf").write_text(text, encoding="utf-8")
    formatted = terraform("fmt", "-check", "-diff")
    assert (formatted.returncode, formatted.stdout) == (0, "")
    expression = text.partition("pipeline_definition = ")[2].rpartition("}")[0]
    (tmp_path / "export.tf").write_text(f"locals {{\n  definition = {expression}\n}}\n", encoding="utf-8")
    shown = terraform("console", stdin="local.definition\n")
    assert json.loads(json.loads(shown.stdout)) == definition, shown.stderr
