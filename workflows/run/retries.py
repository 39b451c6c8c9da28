"""Whether a run whose execution failed may go on, and how."""

from temporalio.exceptions import ApplicationError

from contract.retry import MAX_ATTEMPTS, Refusal, RetryMode
from workflows.run.commands import Commands, State


def automatic_mode(commands: Commands[State], state: State) -> RetryMode | None:
    """Return how the input's `retry` goes on; None if it does not want another attempt.

    Raises:
        ApplicationError: `NotRetryable`: it wants one that cannot be.
    """
    policy = state.run_input.retry
    if policy is None or state.attempt >= policy.max_attempts:
        return None
    return feasible_mode(commands, state, policy.mode)


def feasible_mode(commands: Commands[State], state: State, wanted: RetryMode) -> RetryMode:
    """Return how the run can go on in the wanted mode: a resumption becomes a restart only where the input allows it.

    Raises:
        ApplicationError: `NotRetryable`, with the reason.
    """
    if state.attempt >= MAX_ATTEMPTS:
        raise _refused(f"the run has had {MAX_ATTEMPTS} attempts, the most there can be; start a new run")
    mode = wanted
    if mode is RetryMode.RESUME and (why := state.not_resumable or commands.obstacle(state, mode)) is not None:
        if not may_restart_instead(state):
            raise _refused(f"the execution cannot be resumed: {why}; mode 'restart' starts a new one")
        mode = RetryMode.RESTART
    if mode is RetryMode.RESTART and (why := commands.obstacle(state, mode)) is not None:
        raise _refused(why)
    return mode


def may_restart_instead(state: State) -> bool:
    """Whether the input lets a resumption become a restart."""
    policy = state.run_input.retry
    return policy is not None and policy.restart_if_not_resumable


def _refused(why: str) -> ApplicationError:
    return ApplicationError(why, type=Refusal.NOT_RETRYABLE, non_retryable=True)
