"""Whether and how a failed run goes on."""

from datetime import UTC, datetime

import pytest
from temporalio.exceptions import ApplicationError

from activities.models import FollowedExecution
from contract.pipeline_document import PipelineRunDocument
from contract.pipeline_run import PipelineRunInput
from contract.retry import MAX_ATTEMPTS, RetryMode
from contract.steps import StepDocument
from workflows.pipeline_commands import PipelineCommands, PipelineRunState
from workflows.run.retries import automatic_retry, feasible_mode
from workflows.run.tokens import retry_token

ARN = "arn:aws:sagemaker:us-east-1:111122223333:pipeline/churn/execution/abcdef123456"
FAIL_STEP = StepDocument(name="Stop", type="Fail", status="Failed")
NAMELESS = StepDocument(name="", type="Fail", status="Failed")
MAY_RESTART = {"restart_if_not_resumable": True}


def failed(*steps: StepDocument, selected: list[str] | None = None, **fields: object) -> PipelineRunState:
    """The state of a run whose first attempt failed."""
    return PipelineRunState(
        run_input=PipelineRunInput.model_validate({"pipeline_name": "churn", **fields}),
        start_token="start",
        stop_token="stop",
        run_started_at=datetime(2026, 11, 21, tzinfo=UTC),
        execution=FollowedExecution(execution_arn=ARN, poll_interval=1, heartbeat_timeout=1, selected_steps=selected),
        document=PipelineRunDocument(steps=list(steps)),
    )


@pytest.mark.parametrize(
    ("state", "mode"),
    [
        (failed(), None),
        (failed(retry={"max_attempts": 1}), None),
        (failed(retry={}), RetryMode.RESUME),
        (failed(retry={"mode": "restart"}), RetryMode.RESTART),
        (failed(FAIL_STEP, retry={"mode": "restart"}), RetryMode.RESTART),
        (failed(FAIL_STEP, retry=MAY_RESTART), RetryMode.RESTART),
        (failed(FAIL_STEP, retry={"max_attempts": 1}), None),
        (failed(execution_arn=ARN, retry={"mode": "restart"}), RetryMode.RESTART),
        (failed(selected=["Train"], retry={"mode": "restart"}), RetryMode.RESTART),
        (failed(selected=["Train"], execution_arn=ARN, retry={}), RetryMode.RESUME),
    ],
)
def test_the_input_says_how_it_goes_on(state: PipelineRunState, mode: RetryMode | None) -> None:
    """A resumption becomes a restart only where the input allows it."""
    retry = automatic_retry(PipelineCommands(), state)
    assert (retry and retry.mode) == mode


@pytest.mark.parametrize(
    ("state", "wanted", "why"),
    [
        (failed(FAIL_STEP), RetryMode.RESUME, "it ended in the Fail step 'Stop'; mode 'restart' starts a new one"),
        (failed(NAMELESS, FAIL_STEP), RetryMode.RESUME, "it ended in the Fail step 'Stop'; "),
        (failed(NAMELESS), RetryMode.RESUME, "it ended in a Fail step; "),
        (
            failed(selected=["Train"], execution_arn=ARN),
            RetryMode.RESTART,
            "this run follows an execution of selected steps, which it cannot start again",
        ),
        (
            failed(FAIL_STEP, selected=["Train"], execution_arn=ARN, retry=MAY_RESTART),
            RetryMode.RESUME,
            "this run follows an execution of selected steps",
        ),
    ],
)
def test_what_cannot_be_is_refused_with_the_reason(state: PipelineRunState, wanted: RetryMode, why: str) -> None:
    """The reason says what can be done instead."""
    with pytest.raises(ApplicationError, match=why) as raised:
        feasible_mode(PipelineCommands(), state, wanted)
    assert (raised.value.type, raised.value.non_retryable) == ("NotRetryable", True)


def test_a_run_has_a_bounded_number_of_attempts() -> None:
    """They all stand in its document."""
    state = failed()
    state.attempt = MAX_ATTEMPTS
    with pytest.raises(ApplicationError, match="start a new run"):
        feasible_mode(PipelineCommands(), state, RetryMode.RESTART)


def test_every_attempt_has_a_token_of_its_own() -> None:
    """AWS takes 32 to 128 characters; the same attempt always has the same."""
    tokens = {retry_token(first, number, mode) for first in "ab" for number in (2, 3) for mode in RetryMode}
    assert len(tokens) == 8
    assert tokens == {retry_token(first, number, mode) for first in "ab" for number in (2, 3) for mode in RetryMode}
    assert all(32 <= len(token) <= 128 for token in tokens)
