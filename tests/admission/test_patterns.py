"""Which pipelines a pattern is about."""

import pytest
from pydantic import ValidationError

from activities.aws.pipeline_patterns import is_allowed
from activities.aws.platforms import Platform
from contract.arns import PipelineReference

OWN, OTHER = "111122223333", "444455556666"


def arn(name: str, account: str = OWN) -> str:
    """A pipeline's ARN."""
    return f"arn:aws:sagemaker:us-east-1:{account}:pipeline/{name}"


@pytest.mark.parametrize(
    ("pattern", "pipeline"),
    [
        ("churn-training", "churn-training"),
        ("churn-*", "churn-training"),
        ("Churn-*", "churn-training"),
        ("churn-*", "Churn-Training"),
        ("*-train*g", "churn-training"),
        ("*", "anything"),
        ("churn-*", arn("churn-training")),
        (arn("churn-*", OTHER), arn("churn-training", OTHER)),
    ],
)
def test_what_a_pattern_allows(pattern: str, pipeline: str) -> None:
    """Names and ARNs, however they are capitalised."""
    assert is_allowed([pattern], PipelineReference.parse(pipeline), own_account=OWN)


@pytest.mark.parametrize(
    ("pattern", "pipeline"),
    [
        ("churn-training", "churn-training-2"),
        ("churn-*", "nightly-churn-training"),
        ("churn.*", "churn-training"),
        ("churn-*", arn("nightly")),
        (arn("churn-*", OTHER), arn("churn-training")),
        (arn("churn-*"), "churn-training"),
    ],
)
def test_what_a_pattern_does_not_allow(pattern: str, pipeline: str) -> None:
    """A pattern of ARNs is about ARNs only."""
    assert not is_allowed([pattern], PipelineReference.parse(pipeline), own_account=None)


def test_names_are_in_the_platforms_own_account() -> None:
    """Where the platform says which account that is; a pipeline of the same name elsewhere is another one."""
    shared = PipelineReference.parse(arn("churn-training", OTHER))
    assert not Platform(allowed_pipelines=("churn-*",), expected_account=OWN).admits(shared)
    assert Platform(allowed_pipelines=("churn-*",)).admits(shared)
    assert Platform(allowed_pipelines=("churn-*", arn("churn-*", OTHER)), expected_account=OWN).admits(shared)


@pytest.mark.parametrize("pattern", ["", "churn_*", "churn-[ab]", "churn-?", "arn:aws:s3:::bucket", "*/execution/*"])
def test_what_is_no_pattern_is_refused(pattern: str) -> None:
    """Such a line would allow something else than whoever wrote it thinks."""
    with pytest.raises(ValidationError, match="must be a pipeline's name or a pattern"):
        Platform.model_validate({"allowed_pipelines": [pattern]})


def test_a_list_that_allows_nothing_is_refused() -> None:
    """A platform that nobody may use is left out of the file."""
    with pytest.raises(ValidationError, match="allowed_pipelines"):
        Platform.model_validate({"allowed_pipelines": []})
