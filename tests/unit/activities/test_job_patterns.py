"""Which jobs a pattern is about."""

import pytest
from pydantic import ValidationError

from activities.aws.job_patterns import is_allowed_job, names_by_kind
from activities.aws.platforms import Platform
from contract.job_kinds import JobKind


@pytest.mark.parametrize(
    ("pattern", "kind", "name", "is_allowed"),
    [
        ("training", JobKind.TRAINING, "anything", True),
        ("training", JobKind.PROCESSING, "anything", False),
        ("training:churn-*", JobKind.TRAINING, "Churn-1a", True),
        ("training:churn-*", JobKind.TRAINING, "churn", False),
        ("training:churn-*", JobKind.TRAINING, "my-churn-1", False),
        ("training:churn-*", JobKind.PROCESSING, "churn-1", False),
        ("*:nightly-*-x", JobKind.AUTOML_V2, "nightly-a-x", True),
        ("automl", JobKind.AUTOML_V2, "anything", False),
        ("*", JobKind.OPTIMIZATION, "anything", True),
    ],
)
def test_what_a_pattern_allows(pattern: str, kind: JobKind, name: str, *, is_allowed: bool) -> None:
    """A kind, or every kind, and names; `*` stands for letters, digits and hyphens."""
    assert is_allowed_job([pattern], kind, name) is is_allowed
    assert Platform(allowed_jobs=(pattern,)).admits_job(kind, name) is is_allowed
    assert Platform().admits_job(kind, name)


def test_several_patterns_allow_what_one_of_them_allows() -> None:
    """Names of each kind; all of a kind hide its other patterns."""
    patterns = ["training:a-*", "processing", "training:b", "processing:c"]
    assert is_allowed_job(patterns, JobKind.TRAINING, "b")
    assert names_by_kind(patterns) == {JobKind.TRAINING: ["a-*", "b"], JobKind.PROCESSING: ["*"]}
    assert names_by_kind(["*:x"]) == {kind: ["x"] for kind in JobKind}
    assert names_by_kind([]) == {}


@pytest.mark.parametrize("pattern", ["", "trainings", "training:", "training:a b", f"training:{'x' * 65}", "a:b:c"])
def test_a_pattern_that_is_none_is_refused(pattern: str) -> None:
    """With the kinds that there are."""
    with pytest.raises(ValidationError, match="must be a kind of job"):
        Platform(allowed_jobs=(pattern,))


def test_a_platform_that_allows_no_job_at_all_is_a_mistake() -> None:
    """An empty list is more likely a forgotten one."""
    with pytest.raises(ValidationError, match="allowed_jobs"):
        Platform(allowed_jobs=())


def test_tags_are_of_text_and_leave_room_for_those_of_runs() -> None:
    """AWS takes 50 for a resource."""
    assert Platform(tags={"team": "search"}, tag_runs=True).tags == {"team": "search"}
    with pytest.raises(ValidationError, match="tags"):
        Platform(tags={str(number): "x" for number in range(41)})
    with pytest.raises(ValidationError, match="tags"):
        Platform.model_validate({"tags": {"team": 5}})
