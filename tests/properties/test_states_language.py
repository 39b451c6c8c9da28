"""Retry and Catch lists against a small model of the rules that Step Functions publishes."""

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from temporalio import workflow
from temporalio.exceptions import ApplicationError

from contract.job_document import JobRunDocument
from contract.job_run import JobRunInput
from contract.retry import MAX_ATTEMPTS
from contract.states_language import Catchers, Retriers
from tests.standin.definitions import JsonObject
from workflows.job_commands import JobCommands, JobRunState
from workflows.run import retries
from workflows.run.failures import CAPACITY, Failure

NAMES: Final = ("SageMaker.CapacityError", "SageMaker.AlgorithmError", "States.Timeout", "Mine.Own")
WRITTEN: Final = (*NAMES, "States.TaskFailed", "sagemaker.capacityerror")

names = st.lists(st.sampled_from(WRITTEN), min_size=1, max_size=3)
rules = st.lists(
    st.fixed_dictionaries(
        {"ErrorEquals": names},
        optional={
            "IntervalSeconds": st.integers(1, 600),
            "MaxAttempts": st.sampled_from([0, 1, 2, 5, 99_999_999]),
            "BackoffRate": st.sampled_from([1, 1.0, 1.1, 2, 2.5, 1e6]),
            "MaxDelaySeconds": st.integers(1, 1000),
            "JitterStrategy": st.sampled_from(["NONE", "FULL"]),
        },
    ),
    max_size=4,
)
last = st.one_of(st.none(), st.fixed_dictionaries({"ErrorEquals": st.just(["States.ALL"])}))
lists = st.builds(lambda several, final: [*several, *([final] if final else [])], rules, last)
failures = st.lists(st.sampled_from(NAMES), min_size=1, max_size=20)


@dataclass
class Model:
    """The published rules: Amazon States Language, "Error handling in Step Functions workflows"."""

    rules: list[JsonObject]
    retried: dict[int, int] = field(default_factory=dict)

    def matching(self, error: str) -> int | None:
        """The first rule that names the error; States.TaskFailed names all but States.Timeout."""
        for number, rule in enumerate(self.rules):
            for name in rule["ErrorEquals"]:
                if name in {error, "States.ALL"} or (name == "States.TaskFailed" and error != "States.Timeout"):
                    return number
        return None

    def retry(self, error: str) -> tuple[float, float] | None:
        """The least and the greatest delay before the retry; None if there is none."""
        number = self.matching(error)
        if number is None:
            return None
        rule, before = self.rules[number], self.retried.get(number, 0)
        if before >= rule.get("MaxAttempts", 3):
            return None
        self.retried[number] = before + 1
        delay = float(rule.get("IntervalSeconds", 1))
        for _ in range(before):
            delay = min(delay * rule.get("BackoffRate", 2.0), 1e12)
        delay = min(delay, rule.get("MaxDelaySeconds", 31_622_399))
        return (0.0 if rule.get("JitterStrategy") == "FULL" else delay), delay


def failed_with(error: str) -> Failure:
    """The failure of an attempt, with the names that it answers to."""
    others = [] if error == "States.Timeout" else ["States.TaskFailed"]
    return Failure("JobFailed", "it failed", [error, *others])


def new_state(retry: list[JsonObject], catch: list[JsonObject] | None = None) -> JobRunState:
    """A run whose first attempt is about to fail."""
    given = {"job": "training", "request": {"RoleArn": "x"}, "retry": retry or None, "catch": catch or []}
    return JobRunState(
        run_input=JobRunInput.model_validate(given),
        start_token="polysync-1",
        stop_token="polysync-2",
        run_started_at=datetime(2026, 1, 31, tzinfo=UTC),
        document=JobRunDocument(),
    )


def retry_of(state: JobRunState, seed: int) -> float | None:
    """The delay before the next attempt of a run; None if there is none."""
    with mock.patch.object(workflow, "random", return_value=random.Random(seed)):  # noqa: S311
        try:
            retry = retries.automatic_retry(JobCommands(), state)
        except ApplicationError:
            return None
    return None if retry is None else retry.delay


@given(written=lists, errors=failures, seed=st.integers(0, 1000))
def test_retries_follow_the_published_rules(written: list[JsonObject], errors: list[str], seed: int) -> None:
    """Order of the entries, a counter for each, growth, caps, jitter, and MaxAttempts of 0."""
    state, model = new_state(written), Model(written)
    for number, error in enumerate(errors):
        state.fails(failed_with(error))
        state.attempt = number + 1
        expected, delay = model.retry(error), retry_of(state, seed + number)
        assert (delay is None) == (expected is None), (error, written)
        if expected is None or delay is None:
            return
        assert expected[0] * (1 - 1e-9) <= delay <= expected[1] * (1 + 1e-9)


@given(written=lists, error=st.sampled_from(NAMES))
def test_catchers_follow_the_published_rules(written: list[JsonObject], error: str) -> None:
    """The first entry that names the error."""
    catch = [{"ErrorEquals": rule["ErrorEquals"], "Next": f"Next {number}"} for number, rule in enumerate(written)]
    state = new_state([], catch)
    state.fails(failed_with(error))
    caught, expected = retries.caught_by(state), Model(written).matching(error)
    assert (caught and caught.next) == (None if expected is None else f"Next {expected}")
    assert caught is None or caught.error == error


@given(written=lists, seeds=st.lists(st.integers(), min_size=20, max_size=20, unique=True))
def test_full_jitter_is_spread(written: list[JsonObject], seeds: list[int]) -> None:
    """Delays of many runs differ where the entry says so, and only there."""
    if not written or not written[0].get("MaxAttempts", 3):
        return
    error = next((name for name in NAMES if Model(written).matching(name) == 0), None)
    if error is None:
        return
    delays = set()
    for seed in seeds:
        state = new_state(written)
        state.fails(failed_with(error))
        delays.add(retry_of(state, seed))
    assert (len(delays) > 1) == (written[0].get("JitterStrategy") == "FULL")


def test_a_run_has_a_hundred_attempts_at_the_most() -> None:
    """Whatever MaxAttempts says."""
    state = new_state([{"ErrorEquals": [CAPACITY[0]], "MaxAttempts": 5000}])
    state.fails(failed_with(CAPACITY[0]))
    state.attempt = MAX_ATTEMPTS
    with pytest.raises(ApplicationError, match=f"the run has had {MAX_ATTEMPTS} attempts"):
        retries.automatic_retry(JobCommands(), state)


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ([{"ErrorEquals": ["States.ALL", "States.Timeout"]}], "must stand alone"),
        ([{"ErrorEquals": ["States.ALL"]}, {"ErrorEquals": ["States.Timeout"]}], "must be in the last item"),
        ([{"ErrorEquals": []}], "at least 1"),
        ([{}], "Field required"),
        ([{"ErrorEquals": ["x"], "BackoffRate": 0.5}], "greater than or equal to 1"),
        ([{"ErrorEquals": ["x"], "IntervalSeconds": 0}], "greater than or equal to 1"),
        ([{"ErrorEquals": ["x"], "IntervalSeconds": 1.5}], "integer"),
        ([{"ErrorEquals": ["x"], "MaxAttempts": -1}], "greater than or equal to 0"),
        ([{"ErrorEquals": ["x"], "MaxDelaySeconds": 31_622_400}], "less than or equal to 31622399"),
        ([{"ErrorEquals": ["x"], "JitterStrategy": "HALF"}], "must be one of NONE, FULL"),
        ([{"ErrorEquals": ["x"], "Interval": 1}], "Extra inputs"),
    ],
)
def test_malformed_lists_are_refused(written: list[JsonObject], problem: str) -> None:
    """As Amazon States Language refuses them; a catcher's Next is required beside."""
    with pytest.raises(ValidationError, match=problem):
        TypeAdapter[Any](Retriers).validate_python(written)
    with pytest.raises(ValidationError):
        TypeAdapter[Any](Catchers).validate_python([{**rule, "Next": ""} for rule in written])
