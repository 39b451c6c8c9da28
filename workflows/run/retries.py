"""Whether a run whose attempt failed may go on, how, and after which delay."""

from collections.abc import Sequence
from dataclasses import dataclass

from temporalio import workflow
from temporalio.exceptions import ApplicationError

from contract.retry import MAX_ATTEMPTS, Refusal, RetryMode, RetryPolicy
from contract.run import Caught
from contract.states_language import Retrier, first_match
from workflows.run.commands import Commands, State


@dataclass(frozen=True)
class Retry:
    """A retry that the input wants.

    Attributes:
        mode: How it goes on.
        delay: Seconds before it.
    """

    mode: RetryMode
    delay: float


def automatic_retry(commands: Commands[State], state: State) -> Retry | None:
    """Return how the input's `retry` goes on; None if it does not want another attempt.

    Raises:
        ApplicationError: `NotRetryable`: it wants one that cannot be.
    """
    policy = state.run_input.retry
    if isinstance(policy, RetryPolicy):
        # It is for executions that failed, whether or not the input has catchers as well.
        if state.attempt >= policy.max_attempts or not state.is_of_execution:
            return None
        return Retry(feasible_mode(commands, state, policy.mode), policy.delay(state.attempt))
    rule = due_rule(state)
    if rule is None:
        return None
    number, retrier = rule
    mode = feasible_mode(commands, state, retrier.mode or commands.default_mode)
    return Retry(mode, _delay(state, number, retrier))


def due_rule(state: State) -> tuple[int, Retrier] | None:
    """Return the retrier that the failure of the attempt matches, with its position; None if its retries are used up.

    The first that matches counts, also where a later one has retries left.
    """
    rules = state.run_input.retry
    if rules is None or isinstance(rules, RetryPolicy):
        return None
    number = first_match(rules, state.errors)
    if number is None or state.retries_by_rule.get(number, 0) >= rules[number].max_attempts:
        return None
    return number, rules[number]


def quota_delay(state: State, errors: list[str]) -> float | None:
    """Return the delay of the retrier for a quota, and count its retry.

    Returns:
        None if no retrier matches, so that the run waits by its own policy. `States.ALL` and `States.TaskFailed` match.

    Raises:
        ApplicationError: `QuotaExceeded` is what the caller knows; the retries are used up.
    """
    rules = state.run_input.retry
    if rules is None or isinstance(rules, RetryPolicy):
        return None
    number = first_match(rules, errors)
    if number is None:
        return None
    if state.retries_by_rule.get(number, 0) >= rules[number].max_attempts:
        raise _refused(f"its retrier allows {rules[number].max_attempts} retries")
    return _delay(state, number, rules[number])


def _delay(state: State, number: int, retrier: Retrier) -> float:
    return retrier.delay(state.count_retry(number), workflow.random().random())


def caught_by(state: State) -> Caught | None:
    """Return the entry of the input's `catch` that matches the failure of the attempt; None if none does."""
    rules = state.run_input.catch
    number = first_match(rules, state.errors) if state.failure is not None else None
    if number is None:
        return None
    return Caught(next=rules[number].next, error=state.errors[0], cause=state.failure or "")


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
    """Whether the input lets a resumption become a restart; a list of retriers does: Step Functions only restarts."""
    policy = state.run_input.retry
    if isinstance(policy, RetryPolicy):
        return policy.restart_if_not_resumable
    return policy is not None


def _refused(why: str) -> ApplicationError:
    return ApplicationError(why, type=Refusal.NOT_RETRYABLE, non_retryable=True)


def rules_take_errors(state: State) -> bool:
    """Whether an error that ends an attempt is a failure of that attempt, which the input's lists are asked about.

    Retriers take whatever ends an attempt. Without them another attempt follows only the failure of an execution, so
    that catchers are asked about that failure where AWS refuses to begin the attempt.
    """
    if isinstance(state.run_input.retry, Sequence):
        return True
    return bool(state.run_input.catch) and state.failure is None
