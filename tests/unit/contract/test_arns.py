"""Execution ARNs of every partition, and the console addresses made of them."""

import pytest

from contract.arns import ExecutionArn, PipelineReference, ResourceArn, pipeline_of

ARN = "arn:aws:sagemaker:eu-west-1:111122223333:pipeline/churn-training/execution/abcdef123456"


def test_an_arn_is_taken_apart() -> None:
    """Region and pipeline of a run come from here."""
    assert ExecutionArn.parse(ARN) == ExecutionArn(
        text=ARN,
        execution_id="abcdef123456",
        pipeline=PipelineReference(
            text="arn:aws:sagemaker:eu-west-1:111122223333:pipeline/churn-training",
            name="churn-training",
            partition="aws",
            region="eu-west-1",
            account="111122223333",
        ),
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "abcdef123456",
        ARN.replace("/execution/abcdef123456", ""),
        ARN.replace("111122223333", "11112222333"),
        ARN.replace(":sagemaker:", ":s3:"),
        ARN.replace("arn:aws:", "arn:gcp:"),
        ARN + "\n",
        " " + ARN,
        ARN + "/execution/abcdef123456",
        ARN.replace("/execution/", "/execution/other/execution/"),
        ARN.replace("churn-training", "churn training"),
        ARN + "/",
        ARN + "a" * 2048,
    ],
)
def test_what_is_no_execution_arn_is_refused(text: str) -> None:
    """The text says what one looks like."""
    with pytest.raises(ValueError, match="must be a pipeline execution's ARN, arn:aws:sagemaker:<region>"):
        ExecutionArn.parse(text)


@pytest.mark.parametrize(
    ("partition", "region", "host"),
    [
        ("aws", "us-east-1", "us-east-1.console.aws.amazon.com"),
        ("aws-cn", "cn-north-1", "cn-north-1.console.amazonaws.cn"),
        ("aws-us-gov", "us-gov-west-1", "us-gov-west-1.console.amazonaws-us-gov.com"),
        ("aws-eusc", "eusc-de-east-1", "eusc-de-east-1.console.amazonaws-eusc.eu"),
    ],
)
def test_the_monitor_url_is_the_partitions_console(partition: str, region: str, host: str) -> None:
    """The address keeps the pipeline's own spelling, which the ARN has lost."""
    text = f"arn:{partition}:sagemaker:{region}:111122223333:pipeline/churn/execution/abcdef123456"
    assert ExecutionArn.parse(text).monitor_url("Churn") == (
        f"https://{host}/sagemaker/home?region={region}#/pipelines/Churn/executions/{text}"
    )


@pytest.mark.parametrize("partition", ["aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-new"])
def test_a_partition_without_a_public_console_has_no_monitor_url(partition: str) -> None:
    """No address is better than one that leads elsewhere."""
    text = f"arn:{partition}:sagemaker:us-iso-east-1:111122223333:pipeline/churn/execution/abcdef123456"
    assert ExecutionArn.parse(text).monitor_url("churn") is None


def test_what_is_not_legal_in_a_fragment_is_encoded() -> None:
    """Colons and slashes stay as the console itself writes them; nothing else may break a link."""
    arn = ResourceArn.parse("arn:aws:sagemaker:eu-west-1:111122223333:training-job/a")
    assert arn is not None
    assert arn.console_url("sagemaker/home#/jobs/a b(c)#d;e=50%") == (
        "https://eu-west-1.console.aws.amazon.com/sagemaker/home?region=eu-west-1#/jobs/a%20b%28c%29%23d;e=50%25"
    )


def test_an_arn_without_a_region_has_no_monitor_url() -> None:
    """AWS's own pattern allows one."""
    assert ExecutionArn.parse(ARN.replace("eu-west-1", "")).monitor_url("churn-training") is None


@pytest.mark.parametrize(
    "given", ["Churn-Training", "arn:aws-cn:sagemaker:cn-north-1:444455556666:pipeline/Churn-Training"]
)
def test_a_pipeline_is_known_by_its_name(given: str) -> None:
    """Whether it was given by name or by ARN."""
    assert pipeline_of(given) == "Churn-Training"


def test_a_pipeline_is_read_by_name_or_arn() -> None:
    """One reading for the input, the admission and the start."""
    arn = "arn:aws-cn:sagemaker:cn-north-1:444455556666:pipeline/Churn-Training"
    assert PipelineReference.parse("Churn-Training") == PipelineReference("Churn-Training", "Churn-Training")
    assert PipelineReference.parse(arn) == PipelineReference(
        arn, "Churn-Training", "aws-cn", "cn-north-1", "444455556666"
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-churn",
        "churn training",
        "a" * 257,
        ARN,
        "arn:aws:sagemaker:eu-west-1:111122223333:pipeline/allowed-one/execution/secret-pipeline",
        "arn:aws:sagemaker:eu-west-1:111122223333:pipeline/allowed-one/secret-pipeline",
        "arn:aws:sagemaker:eu-west-1:111122223333:pipeline/",
        "arn:aws:sagemaker:eu-west-1:111122223333:pipeline/a*",
        "arn:aws:sagemaker:eu-west-1:111122223333:training-job/churn",
        "arn:aws:s3:eu-west-1:111122223333:pipeline/churn",
        "arn:aws:sagemaker:eu-west-1:111122223333:pipeline/churn\n",
    ],
)
def test_what_names_no_pipeline_is_refused(text: str) -> None:
    """A text that reads as one pipeline here and as another at AWS must not pass `allowed_pipelines`."""
    with pytest.raises(ValueError, match=r"must be a pipeline's name .* or its ARN, arn:aws:sagemaker:<region>"):
        PipelineReference.parse(text)


def test_an_execution_has_an_address_in_studio() -> None:
    """With the pipeline's name as its owner spells it, in the one partition whose Studio address is published."""
    text = "arn:aws:sagemaker:eu-west-1:111122223333:pipeline/churn/execution/abc123"
    assert ExecutionArn.parse(text).studio_url("d-abcdefgh1234", "Churn") == (
        "https://studio-d-abcdefgh1234.studio.eu-west-1.sagemaker.aws/pipelines/view/Churn/executions/abc123/graph"
    )
    assert ExecutionArn.parse(text.replace("arn:aws:", "arn:aws-cn:")).studio_url("d-abc", "churn") is None
    assert ExecutionArn.parse(text.replace("eu-west-1", "")).studio_url("d-abc", "churn") is None
