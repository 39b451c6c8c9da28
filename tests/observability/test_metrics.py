"""The metrics of a real worker, as Prometheus scrapes them."""

import math
from collections.abc import Iterator

import pytest

from activities.aws.error_kinds import Kind
from activities.aws.error_rules import KIND_OF_CODE
from activities.events.receiver import Outcome
from activities.resources.table import KINDS
from tests.observability.conftest import Observed
from tests.observability.scrape import Sample, Scrape

OURS = {
    "polysync_sagemaker_aws_call_duration_seconds": {"operation", "platform"},
    "polysync_sagemaker_aws_calls_total": {"code", "kind", "operation", "platform"},
    "polysync_sagemaker_build_info": {"python", "sdk", "version"},
    "polysync_sagemaker_detection_latency_seconds": {"platform"},
    "polysync_sagemaker_ends_without_event_total": {"kind", "platform"},
    "polysync_sagemaker_event_queue_works": {"platform"},
    "polysync_sagemaker_events_replace_polls": {"kind", "platform"},
    "polysync_sagemaker_events_total": {"outcome", "platform"},
    "polysync_sagemaker_executions_started_total": {"platform"},
    "polysync_sagemaker_executions_resumed_total": {"platform"},
    "polysync_sagemaker_gate_answers_total": {"gate", "platform", "taken"},
    "polysync_sagemaker_platform_rate_limit": {"platform"},
    "polysync_sagemaker_polls_total": {"platform"},
    "polysync_sagemaker_quota_waits_total": {"platform"},
    "polysync_sagemaker_stops_total": {"accepted", "platform"},
    "polysync_sagemaker_watches_open": {"platform"},
}
"""Every metric of ours with its labels."""


@pytest.fixture(scope="module")
def scrape(observed: Observed) -> Scrape:
    """What the worker tells after everything has happened."""
    return Scrape.of(observed.metrics_address)


def family(sample: Sample) -> str:
    """A sample's metric: a histogram's name without the suffixes of its parts."""
    base = sample.name
    for suffix in ("_bucket", "_sum", "_count"):
        base = base.removesuffix(suffix)
    return base


def ours(scrape: Scrape) -> Iterator[Sample]:
    """The samples of our metrics."""
    return (sample for sample in scrape.samples if sample.name.startswith("polysync_"))


def test_every_metric_has_its_labels_and_no_others(scrape: Scrape) -> None:
    """Names and labels are what dashboards and alerts rest on."""
    found: dict[str, set[str]] = {}
    for sample in ours(scrape):
        found.setdefault(family(sample), set()).update(sample.labels.keys() - {"le"})
    assert found == OURS


def test_labels_have_few_values(scrape: Scrape) -> None:
    """Nothing of inputs, ARNs or ids; a code that AWS makes up is `Other`."""
    values: dict[str, set[str]] = {}
    for sample in ours(scrape):
        for label, value in sample.labels.items():
            values.setdefault(label, set()).add(value)
    assert values["platform"] == {"default"}
    assert values["kind"] <= {"OK", *Kind, *(kind.noun for kind in KINDS)}
    assert values["outcome"] <= {*Outcome}
    assert values["code"] <= {"OK", "Other", *KIND_OF_CODE}
    assert {"Other", "ThrottlingException", "AccessDeniedException", "ResourceLimitExceeded"} <= values["code"]
    assert values["operation"] <= {
        "DescribePipeline",
        "DescribePipelineDefinitionForExecution",
        "DescribePipelineExecution",
        "ListPipelineExecutionSteps",
        "ListPipelineExecutions",
        "ChangeMessageVisibilityBatch",
        "DeleteMessageBatch",
        "ReceiveMessage",
        "StartPipelineExecution",
        "StopPipelineExecution",
    }
    assert "quick-check" not in scrape.text
    assert "arn:" not in scrape.text


def test_what_happened_is_counted(scrape: Scrape) -> None:
    """Three executions started, two of them stopped, one start refused for a quota."""
    assert scrape.value("polysync_sagemaker_executions_started_total") == 3
    assert scrape.value("polysync_sagemaker_stops_total", accepted="true") == 2
    assert scrape.value("polysync_sagemaker_quota_waits_total") == 1
    assert scrape.value("polysync_sagemaker_detection_latency_seconds_count") == 3
    assert scrape.value("polysync_sagemaker_watches_open") == 0
    assert scrape.value("polysync_sagemaker_polls_total") >= 3
    starts = {"operation": "StartPipelineExecution"}
    assert scrape.value("polysync_sagemaker_aws_calls_total", **starts, kind="OK") == 3
    assert scrape.value("polysync_sagemaker_aws_calls_total", **starts, kind="Throttled") == 1
    assert scrape.value("polysync_sagemaker_aws_calls_total", **starts, kind="QuotaExceeded") == 1
    assert scrape.value("polysync_sagemaker_aws_calls_total", code="Other", kind="AwsRefused") == 1


def test_a_worker_shows_its_platforms_before_anything_happened(observed: Observed) -> None:
    """Counters begin at zero, or their first event would be no increase; a rate that nothing limits is infinite."""
    counters = {name for name, labels in OURS.items() if name.endswith("_total") and "code" not in labels}
    assert {name: observed.fresh.value(name) for name in counters} == dict.fromkeys(counters, 0.0)
    assert observed.fresh.value("polysync_sagemaker_watches_open") == 0
    assert observed.fresh.value("polysync_sagemaker_platform_rate_limit") == math.inf


def test_histograms_have_buckets_of_their_own(scrape: Scrape) -> None:
    """The SDK's own end at 10 s, where the detection only begins to be late."""
    bounds = {s.labels["le"] for s in scrape.samples if s.name == "polysync_sagemaker_detection_latency_seconds_bucket"}
    assert {"1", "30", "3600", "+Inf"} <= bounds


def test_the_sdks_metrics_stand_beside_ours_in_seconds(scrape: Scrape) -> None:
    """One endpoint tells both."""
    assert scrape.value("temporal_workflow_completed_total", workflow_type="SageMakerPipelineRun") == 2
    assert "temporal_activity_schedule_to_start_latency_seconds_bucket" in scrape.names
