"""The process: its start and end, its data, its samples, its load."""

import json
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from botocore.exceptions import ReadTimeoutError

from sagemaker_standin.samples import SAMPLES
from tests.standin.definitions import get, job, parameter, step
from tests.standin.process import Standin, token


def test_process_ends_cleanly(launch: Callable[..., Standin]) -> None:
    """SIGTERM ends it with exit code 0, even while a reply is being held."""
    standin = launch()
    standin.fault("ListPipelines", "hold_reply")
    with pytest.raises(ReadTimeoutError):
        standin.new_client(read_timeout=0.2).list_pipelines()
    assert standin.close() == 0


def test_region_and_account_are_in_the_arns(launch: Callable[..., Standin]) -> None:
    """The partition follows the region."""
    standin = launch("--region", "cn-north-1", "--account", "999988887777")
    arn = standin.start(standin.create([job("a", seconds=1)]))
    assert arn.startswith("arn:aws-cn:sagemaker:cn-north-1:999988887777:pipeline/p-")


def test_state_survives_a_kill(launch: Callable[..., Standin], tmp_path: Path) -> None:
    """Pipelines, executions, tokens, callback tokens and scripts; what ran goes on."""
    options = ("--data", str(tmp_path / "data" / "standin.jsonl"), "--clock-scale", "600", "--with-samples")
    before = launch(*options)
    name = before.create(
        [step("wait", "Callback"), job("after", needs=["wait"], seconds=1)], [parameter("P", default="1")]
    )
    finished, request_token = before.start(before.create([job("a", seconds=1)])), token()
    assert before.until_ended(finished) == "Succeeded"
    arn = before.start(name, {"P": "2"}, ClientRequestToken=request_token)
    before.control("POST", "/scripts", {"pipeline": name, "step": "after", "outcome": "Failed", "seconds": 1})
    callback = before.until_step(arn, "wait")["Metadata"]["Callback"]["CallbackToken"]
    seen = (before.describe(finished)["LastModifiedTime"], before.steps(finished))
    before.kill()

    after = launch(*options)
    assert (after.describe(finished)["LastModifiedTime"], after.steps(finished)) == seen
    assert after.start(name, {"P": "2"}, ClientRequestToken=request_token) == arn
    (found,) = after.executions(name)
    assert (found["starts_accepted"], found["parameters"], found["status"]) == (2, {"P": "2"}, "Executing")
    after.client.send_pipeline_execution_step_success(CallbackToken=callback)
    assert after.until_ended(arn) == "Failed"


def test_cut_off_last_line_is_dropped(launch: Callable[..., Standin], tmp_path: Path) -> None:
    """A change that was being written when the process died was never answered."""
    data = tmp_path / "standin.jsonl"
    before = launch("--data", str(data))
    name = before.create([job("a", seconds=1)])
    before.kill()
    with data.open("a", encoding="utf-8") as journal:
        journal.write('{"operation": "StartPipel')
    for _ in range(2):
        after = launch("--data", str(data))
        after.start(name)
        after.kill()
    assert len(launch("--data", str(data)).executions(name)) == 2


def test_clock_can_change_its_speed(launch: Callable[..., Standin]) -> None:
    """Timestamps stay real: a step of a minute that ran at sixty times the speed shows a second."""
    standin = launch("--clock-scale", "1")
    arn = standin.start(standin.create([job("a", seconds=60)]))
    assert standin.status(arn) == "Executing"
    standin.control("POST", "/clock", {"scale": 120})
    assert standin.until_ended(arn) == "Succeeded"
    shown = standin.steps(arn)["a"]
    assert timedelta(seconds=0.4) < shown["EndTime"] - shown["StartTime"] < timedelta(seconds=2)
    (found,) = standin.control("GET", "/executions")
    assert found["ended_at"] == pytest.approx(shown["EndTime"].timestamp(), abs=0.001)
    assert found["ended_at"] <= time.time()


@pytest.fixture(scope="module")
def samples() -> Iterator[Standin]:
    """A process with the sample pipelines."""
    running = Standin("--with-samples", "--clock-scale", "2000")
    yield running
    running.close()


@pytest.mark.parametrize(
    ("pipeline", "parameters", "status", "steps"),
    [
        ("quick-check", {"Seconds": "2"}, "Succeeded", ["CheckSource"]),
        ("quick-check", {"FailureReason": "AlgorithmError: no rows"}, "Failed", ["CheckSource"]),
        ("churn-training", {}, "Succeeded", ["Preprocess", "Train", "Evaluate", "IsGoodEnough", "Register"]),
        (
            "churn-training",
            {"AucThreshold": "0.9"},
            "Failed",
            ["Preprocess", "Train", "Evaluate", "IsGoodEnough", "RejectModel"],
        ),
        ("churn-training", {"TrainingFailure": "AlgorithmError: exit code 1"}, "Failed", ["Preprocess", "Train"]),
        (
            "nightly-scoring",
            {"ScoringDate": "2024-11-20"},
            "Succeeded",
            ["ResolveModel", "ScoreCustomers", "IsWarehouseAwaited", "Announce"],
        ),
    ],
)
def test_samples_run_to_their_end(
    samples: Standin, pipeline: str, parameters: dict[str, str], status: str, steps: list[str]
) -> None:
    """Each sample in each of its ways."""
    arn = samples.start(pipeline, parameters)
    assert samples.until_ended(arn) == status
    assert list(samples.steps(arn)) == steps


def test_samples_cover_the_schema() -> None:
    """Every parameter type, an enumeration, a required parameter, and the step types that people use."""
    documents = [json.loads(text) for text in SAMPLES.values()]
    parameters = [entry for document in documents for entry in document["Parameters"]]
    assert {entry["Type"] for entry in parameters} == {"String", "Integer", "Float", "Boolean"}
    assert any("DefaultValue" not in entry for entry in parameters)
    assert any("EnumValues" in entry for entry in parameters)
    for word in (
        "Callback",
        "Lambda",
        "Fail",
        "RegisterModel",
        "Condition",
        "CacheConfig",
        "RetryPolicies",
        "DependsOn",
    ):
        assert any(f'"{word}"' in text for text in SAMPLES.values()), word


def test_thousands_of_open_executions_cost_nothing(launch: Callable[..., Standin]) -> None:
    """A describe among two thousand open executions stays as quick as any."""
    standin = launch()
    name = standin.create([job("a", seconds=get("Parameters.S"))], [parameter("S", "Integer", 100_000)])
    arns = [standin.start(name) for _ in range(2_000)]
    began = time.monotonic()
    for arn in arns[:100]:
        assert standin.status(arn) == "Executing"
    assert time.monotonic() - began < 10.0
