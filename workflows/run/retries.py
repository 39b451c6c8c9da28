"""Whether a run whose execution failed may go on, and how."""

from temporalio.exceptions import ApplicationError

from contract.retry import MAX_ATTEMPTS, Refusal, RetryMode
from contract.run_document import RunDocument
from workflows.run.state import RunState


def automatic_mode(state: RunState) -> RetryMode | None:
    """Tell how the input's `retry` goes on; None if it does not want another attempt.

    Raises:
        ApplicationError: `NotRetryable`: it wants one that cannot be.
    """
    policy = state.run_input.retry
    if policy is None or state.attempt >= policy.max_attempts:
        return None
    return feasible_mode(state, policy.mode)


def feasible_mode(state: RunState, wanted: RetryMode) -> RetryMode:
    """Tell how the run can go on if it is wanted so: a resumption becomes a restart only where the input allows it.

    Raises:
        ApplicationError: `NotRetryable`, with the reason.
    """
    if state.attempt >= MAX_ATTEMPTS:
        raise _refused(f"the run has had {MAX_ATTEMPTS} attempts, the most there can be; start a new run")
    mode = wanted
    if mode is RetryMode.RESUME and (why := why_not_resumable(state)) is not None:
        if not may_restart_instead(state):
            raise _refused(f"the execution cannot be resumed: {why}; mode 'restart' starts a new one")
        mode = RetryMode.RESTART
    if mode is RetryMode.RESTART and _follows_selected_steps(state):
        raise _refused("this run follows an execution of selected steps, which it cannot start again; start a new run")
    return mode


def may_restart_instead(state: RunState) -> bool:
    """Whether the input lets a resumption become a restart."""
    policy = state.run_input.retry
    return policy is not None and policy.restart_if_not_resumable


def why_not_resumable(state: RunState) -> str | None:
    """Tell why the failed execution cannot be resumed; None if only AWS can tell."""
    return state.not_resumable or _ended_in_a_fail_step(state.document)


def _ended_in_a_fail_step(document: RunDocument) -> str | None:
    # AWS documentation, "RetryPipelineExecution": an execution that a Fail step ended cannot be retried.
    failed = (step.name for step in document.steps if step.type == "Fail" and step.status == "Failed")
    name = next(failed, None)
    return f"it ended in the Fail step '{name}'" if name is not None else None


def _follows_selected_steps(state: RunState) -> bool:
    follows = state.run_input.execution_arn is not None
    return follows and state.execution is not None and state.execution.selected_steps is not None


def _refused(why: str) -> ApplicationError:
    return ApplicationError(why, type=Refusal.NOT_RETRYABLE, non_retryable=True)
