"""Waits of which AWS shows no start or no end: their timeouts count from when the run first saw them."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from temporalio import workflow

from activities.gate_models import FoundPackages
from activities.models import FollowedExecution, Observation
from contract.open_gates import Approval, ModelPackage
from contract.pipeline_document import PipelineRunDocument
from contract.pipeline_run import PipelineRunInput
from contract.steps import StepDocument
from workflows.gates.approval import ApprovalGate
from workflows.gates.first_sight import TIMED_FROM_FIRST_SIGHT
from workflows.gates.registered import TIMED_SEARCH
from workflows.pipeline_commands import PipelineCommands, PipelineRunState

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
PERSON = {"answered_by": "person", "timeout": 600}
DUE = NOON + 10 * MINUTE
FOLLOWED = FollowedExecution(execution_arn="arn", poll_interval=1, heartbeat_timeout=1)


class Clock:
    """The workflow's time, and the patches that its history has."""

    def __init__(self) -> None:
        self.now = NOON
        self.has_patches = True
        self.asked: list[str] = []

    def patched(self, patch: str) -> bool:
        """Whether the patch is in the history."""
        self.asked.append(patch)
        return self.has_patches


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A clock that stands still."""
    clock = Clock()
    monkeypatch.setattr(workflow, "now", lambda: clock.now)
    monkeypatch.setattr(workflow, "patched", clock.patched)
    return clock


def begun(**fields: Any) -> PipelineRunState:
    """The state of a run that follows an execution."""
    run_input = PipelineRunInput.admit({"pipeline_name": "churn", "callbacks": {"*": PERSON}, **fields})
    state = PipelineRunState(
        run_input=run_input,
        start_token="start",
        stop_token="stop",
        run_started_at=NOON,
        document=PipelineRunDocument(),
    )
    state.attempt_begun(FOLLOWED)
    return state


def handed_on(state: PipelineRunState) -> PipelineRunState:
    """The state as the run has it that continues this one."""
    continued = PipelineRunState.handed_on((state.to_hand_on("run-1"),), "run-1")
    assert continued is not None
    return continued


def until(state: PipelineRunState, **step: Any) -> datetime | None:
    """When the Callback step is answered that a run of this state observes now."""
    waits = StepDocument(**{"name": "Check", "type": "Callback", "status": "Executing", **step})
    commands = PipelineCommands()
    commands.continues(state)
    commands.describe_observation(state, Observation(sagemaker_status="Executing", steps=[waits]))
    [gate] = state.document.gates
    assert gate.since == waits.started_at
    return gate.until


def test_a_step_without_a_start_is_timed_from_first_sight(clock: Clock) -> None:
    """In the runs that continue this one, too."""
    state = begun()
    assert until(state) == DUE
    clock.now += MINUTE
    assert until(handed_on(state), token_shown=True) == DUE


def test_another_attempt_of_a_step_is_another_wait(clock: Clock) -> None:
    """As another attempt of the run is."""
    state = begun()
    until(state)
    clock.now += MINUTE
    assert until(state, attempt=2) == DUE + MINUTE
    clock.now += MINUTE
    state.attempt_begun(FOLLOWED)
    assert until(state, attempt=2) == DUE + 2 * MINUTE


def test_a_start_that_aws_shows_counts(clock: Clock) -> None:
    """Also where it comes late, and nothing of the wait is remembered any more."""
    state = begun()
    until(state)
    assert until(state, started_at=NOON - MINUTE) == DUE - MINUTE
    assert state.waits_seen_at == {}
    assert clock.asked == [TIMED_FROM_FIRST_SIGHT]


def test_a_run_that_was_recorded_without_the_timer_has_none(clock: Clock) -> None:
    """A timer that its history does not have would end its replay."""
    clock.has_patches = False
    state = begun()
    assert until(state) is None
    assert state.waits_seen_at == {}


@pytest.mark.parametrize(
    ("rule", "step"),
    [({"answered_by": "person"}, {}), (PERSON, {"started_at": NOON})],
    ids=["no timeout", "a start"],
)
def test_other_histories_have_no_patch(clock: Clock, rule: dict[str, Any], step: dict[str, Any]) -> None:
    """Its marker would be a command."""
    until(begun(callbacks={"*": rule}), **step)
    assert clock.asked == []


class Report:
    """Takes note of when the time for the approval is over."""

    def __init__(self) -> None:
        self.ends: list[datetime | None] = []

    def waits_for_approval(self, _message: str, until: datetime | None) -> None:
        """Take note."""
        self.ends.append(until)


class Wish:
    """A stop that comes as soon as the run waits."""

    is_wanted = True

    async def wait(self, _condition: object, **_options: object) -> bool:
        """Return at once."""
        return True


@pytest.fixture
def pending(monkeypatch: pytest.MonkeyPatch) -> None:
    """One model package is found, and stays pending."""
    package = ModelPackage(model_package_arn="arn:model-package/churn/3", status=Approval.PENDING)
    found = FoundPackages(packages=[package], poll_interval=1, heartbeat_timeout=1)
    handle = SimpleNamespace(done=lambda: True, result=lambda: found)
    watch = SimpleNamespace(done=lambda: False)
    answers = iter([handle, watch] * 3)
    monkeypatch.setattr(workflow, "start_activity_method", lambda *_arguments, **_options: next(answers))
    monkeypatch.setattr(workflow, "info", lambda: SimpleNamespace(task_queue="sagemaker"))


async def approval_until(state: PipelineRunState) -> datetime | None:
    """When the time for the approval is over in a run of this state that begins to wait now."""
    commands, report = PipelineCommands(), Report()
    commands.continues(state)
    gate = ApprovalGate(commands, report, Wish())  # type: ignore[arg-type]
    assert not await gate.is_passed(state)
    return report.ends[-1]


@pytest.mark.usefixtures("pending")
async def test_an_approval_without_an_end_is_timed_from_the_first_wait(clock: Clock) -> None:
    """A continue-as-new does not begin its time anew; another attempt does."""
    state = begun(approval={"timeout": 600})
    assert await approval_until(state) == DUE
    clock.now += MINUTE
    state = handed_on(state)
    assert await approval_until(state) == DUE
    state.attempt_begun(FOLLOWED)
    assert await approval_until(state) == DUE + MINUTE
    assert set(clock.asked) == {TIMED_SEARCH}


@pytest.mark.usefixtures("pending")
async def test_an_end_that_aws_shows_counts(clock: Clock) -> None:
    """However late the wait begins."""
    state = begun(approval={"timeout": 600})
    state.document.ended_at = NOON
    clock.now += MINUTE
    assert await approval_until(state) == DUE
