"""A definition that the real SageMaker Python SDK wrote: `sdk_pipeline.json`, made by `sdk_pipeline.py`."""

from pathlib import Path
from typing import Final

from activities.definitions.difference import PipelineState, difference
from activities.definitions.linting import lint

WRITTEN: Final = Path(__file__).with_name("sdk_pipeline.json").read_text(encoding="utf-8")


def test_what_the_sdk_writes_has_no_findings() -> None:
    """It caches, retries and bounds its jobs, and AWS's published schema would refuse it all the same."""
    assert lint(WRITTEN).listed == ()


def test_rules_for_regulated_work_find_what_it_lacks() -> None:
    """Of both jobs; the artifacts are where they belong."""
    found = lint(WRITTEN, regulated=True, artifact_prefix="s3://churn-artifacts/prod/").listed
    assert [(finding.step, finding.rule.id) for finding in found] == [
        (step, rule) for step in ("Prepare", "Evaluate") for rule in ("isolation", "vpc", "encryption", "encryption")
    ]


def test_a_new_image_loses_the_cache_of_all_that_follows() -> None:
    """The evaluation reads what the first job wrote; the condition has no cache."""
    changed = WRITTEN.replace("prepare:3", "prepare:4")
    found = difference(PipelineState(WRITTEN), PipelineState(changed))
    assert [change.path for step in found.steps for change in step.changes] == ["Arguments.AppSpecification.ImageUri"]
    assert [(each.step, each.steps) for each in found.reruns] == [("Prepare", []), ("Evaluate", ["Prepare"])]
