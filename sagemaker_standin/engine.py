import itertools
import json
from collections.abc import Mapping
from dataclasses import replace
from heapq import heappop, heappush

from sagemaker_standin import texts
from sagemaker_standin.conditions import holds
from sagemaker_standin.definition import StepDefinition
from sagemaker_standin.expressions import UnresolvedExpressionError
from sagemaker_standin.frontier import frontier
from sagemaker_standin.jobs.job import JobStatus
from sagemaker_standin.retries import cache_seconds, retry_delay, retry_note
from sagemaker_standin.scopes import resolved_source, scope_of
from sagemaker_standin.state import (
    OPEN_STEP,
    CachedStep,
    Execution,
    ExecutionStatus,
    JsonObject,
    Plan,
    StepRun,
    StepStatus,
    World,
)
from sagemaker_standin.step_kinds import begin, finish, kind_of, plan_of

# Simulated seconds.
_STOP_SECONDS = 5.0
_CACHE_HIT_SECONDS = 1.0


class Engine:
    """Runs executions as a simulation of discrete events, in the order of simulated time over all executions.

    Nothing runs in the background: every reader of the world calls `advance` first, so that no answer is stale and an
    open execution costs nothing between its events. Equal calls at equal instants give equal worlds.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._events: list[tuple[float, int, str, str | None]] = []
        self._order = itertools.count()

    def advance(self, now: float) -> None:
        """Let everything happen that is due until the simulated instant `now`."""
        while self._events and self._events[0][0] <= now:
            due, _, execution_id, step_name = heappop(self._events)
            execution = self._world.executions.get(execution_id)
            if execution is None or execution.ended_at is not None:
                continue
            if step_name is not None:
                run = execution.steps.get(step_name)
                if run is None or run.due_at != due or run.status not in OPEN_STEP:
                    continue
                self._end_attempt(execution, run, due)
            self._proceed(execution, due)

    def begin(self, execution: Execution, now: float) -> None:
        """Start the first steps of an execution, or the next ones of a retried execution."""
        self._proceed(execution, now)

    def stop(self, execution: Execution, now: float) -> None:
        """Stop an Executing execution: jobs soon, the rest when it lets go."""
        self._world.stirred[execution.id] = execution
        execution.status = ExecutionStatus.STOPPING
        execution.modified_at = now
        execution.settles_at = now + _STOP_SECONDS
        self._halt(execution, now)
        self._schedule(execution.settles_at, execution, None)

    def retry(self, execution: Execution, now: float) -> None:
        """Run the steps of a Failed execution again that did not succeed."""
        execution.status = ExecutionStatus.EXECUTING
        execution.failure_reason = execution.ended_at = execution.settles_at = None
        execution.modified_at = now
        execution.steps = {name: run for name, run in execution.steps.items() if run.status is StepStatus.SUCCEEDED}
        self._proceed(execution, now)

    def end_step(
        self, execution: Execution, run: StepRun, outputs: Mapping[str, str], failure: str | None, now: float
    ) -> None:
        """End an open step now, with its output parameters or with a failure."""
        if failure is not None:
            self._fail(execution, run, failure, now)
        else:
            run.plan = replace(run.plan, report=dict(outputs))
            self._succeed(execution, run, now)
        self._proceed(execution, now)

    def _proceed(self, execution: Execution, now: float) -> None:
        self._world.stirred[execution.id] = execution
        if execution.status == ExecutionStatus.EXECUTING:
            for step in frontier(execution):
                if self._is_full(execution) or _has_failed(execution):
                    break
                self._start(execution, step, now)
        if not any(run.status in OPEN_STEP for run in execution.steps.values()):
            self._conclude(execution, now)

    def _is_full(self, execution: Execution) -> bool:
        most = execution.max_parallel_steps
        return most is not None and sum(run.status in OPEN_STEP for run in execution.steps.values()) >= most

    def _conclude(self, execution: Execution, now: float) -> None:
        if execution.status == ExecutionStatus.STOPPING:
            if execution.settles_at is None or now < execution.settles_at:
                return
            execution.status = ExecutionStatus.STOPPED
            # A Lambda function that fails while a stop waits for it fails the execution, a callback's answer does not
            # (StopPipelineExecution's documentation).
            if any(run.status is StepStatus.FAILED and run.type != "Callback" for run in execution.steps.values()):
                execution.status = ExecutionStatus.FAILED
        elif _has_failed(execution):
            execution.status = ExecutionStatus.FAILED
        else:
            execution.status = ExecutionStatus.SUCCEEDED
        if execution.status == ExecutionStatus.FAILED:
            execution.failure_reason = texts.EXECUTION_FAILED
        execution.ended_at = execution.modified_at = now

    def _start(self, execution: Execution, step: StepDefinition, now: float) -> None:
        attempt = execution.attempts[step.name] = execution.attempts.get(step.name, 0) + 1
        run = StepRun(step.name, step.type, now, attempt, attempt, Plan(seconds=0.0))
        execution.steps[step.name] = run
        self._touch(execution, now)
        try:
            resolved = resolved_source(step, scope_of(self._world, execution, now))
            run.plan = plan_of(step, resolved.get("Arguments") or {}, execution, self._world)
        except (UnresolvedExpressionError, ValueError) as error:
            self._fail(execution, run, texts.UNRESOLVED.format(problem=error), now)
            return
        if self._take_from_cache(execution, run, step, resolved, now):
            return
        begin(run, resolved, execution.id, self._world, now)
        if step.type == "Callback":
            self._world.callbacks[run.metadata["Callback"]["CallbackToken"]] = (execution.id, step.name)
        if run.plan.seconds is not None:
            self._await(execution, run, now + run.plan.seconds)

    def _take_from_cache(
        self, execution: Execution, run: StepRun, step: StepDefinition, resolved: JsonObject, now: float
    ) -> bool:
        lifetime = cache_seconds(step.source)
        if lifetime is None:
            return False
        run.cache_key = json.dumps([step.name, step.type, resolved.get("Arguments")], sort_keys=True)
        found = self._world.cache.get((execution.pipeline.arn, run.cache_key))
        if found is None or found.ended_at + lifetime < now:
            return False
        run.cache_source = found.source
        run.metadata, run.properties, run.plan = found.run.metadata, found.run.properties, found.run.plan
        if found.run.job is not None and self._world.behaviours.jobs_of_cached_steps == "gone":
            self._world.jobs.forget(found.run.job)
        self._await(execution, run, now + _CACHE_HIT_SECONDS)
        return True

    def _end_attempt(self, execution: Execution, run: StepRun, now: float) -> None:
        step = execution.definition.steps[run.name]
        failure = self._failure_of(execution, run, now) if run.cache_source is None else None
        if run.status is StepStatus.STOPPING and kind_of(run.type).on_stop == "stops":
            run.status, run.ended_at = StepStatus.STOPPED, now
            _end_job(run, JobStatus.STOPPED, now)
            self._touch(execution, now)
        elif failure is None:
            self._succeed(execution, run, now)
        elif (delay := self._retry_delay(execution, run, failure, now)) is not None:
            run.attempt = execution.attempts[run.name] = run.attempt + 1
            _end_job(run, JobStatus.FAILED, now, failure)
            resolved = resolved_source(step, scope_of(self._world, execution, now))
            begin(run, resolved, execution.id, self._world, now + delay)
            self._touch(execution, now)
            self._await(execution, run, now + delay + (run.plan.seconds or 0.0))
        else:
            self._fail(execution, run, failure, now)

    def _retry_delay(self, execution: Execution, run: StepRun, failure: str, now: float) -> float | None:
        if execution.status != ExecutionStatus.EXECUTING:
            return None
        source = execution.definition.steps[run.name].source
        return retry_delay(source, failure, run.attempt - run.first_attempt, now - run.started_at)

    def _failure_of(self, execution: Execution, run: StepRun, now: float) -> str | None:
        """Why the attempt that ends now fails; None if it does not."""
        if run.type == "Condition":
            conditions = execution.definition.steps[run.name].arguments.get("Conditions") or []
            try:
                outcome = all(holds(condition, scope_of(self._world, execution, now)) for condition in conditions)
            except (UnresolvedExpressionError, KeyError, TypeError) as error:
                return texts.UNRESOLVED.format(problem=error)
            run.metadata = {"Condition": {"Outcome": str(outcome)}}
        if run.type == "Fail":
            return str(run.metadata["Fail"]["ErrorMessage"])
        return run.failure

    def _succeed(self, execution: Execution, run: StepRun, now: float) -> None:
        run.status, run.ended_at = StepStatus.SUCCEEDED, now
        self._touch(execution, now)
        if run.cache_source is None:
            finish(run, execution.definition.steps[run.name], self._world, now)
            if run.cache_key is not None:
                self._world.cache[execution.pipeline.arn, run.cache_key] = CachedStep(execution.arn, now, run)

    def _fail(self, execution: Execution, run: StepRun, reason: str, now: float) -> None:
        run.status, run.ended_at, run.failure_reason = (
            StepStatus.FAILED,
            now,
            self._noted(execution, run, reason)[:1024],
        )
        _end_job(run, JobStatus.FAILED, now, reason)
        self._touch(execution, now)
        if run.type == "Fail" or not self._world.behaviours.running_steps_finish_after_failure:
            self._halt(execution, now)

    def _noted(self, execution: Execution, run: StepRun, reason: str) -> str:
        source, form = execution.definition.steps[run.name].source, self._world.behaviours.retry_note
        note = retry_note(source, reason, execution.arn, run.name)
        if note is None or form == "none":
            return reason
        return reason + ("\n" if form == "line" else " ") + note

    def _halt(self, execution: Execution, now: float) -> None:
        for run in execution.steps.values():
            if run.status is StepStatus.EXECUTING and (how := kind_of(run.type).on_stop) != "finishes":
                run.status = StepStatus.STOPPING
                if run.job is not None:
                    self._world.jobs.halt(run.job, now)
                if how == "stops":
                    self._await(execution, run, now + _STOP_SECONDS)

    def _await(self, execution: Execution, run: StepRun, due: float) -> None:
        run.due_at = due
        self._schedule(due, execution, run.name)

    def _schedule(self, due: float, execution: Execution, step_name: str | None) -> None:
        heappush(self._events, (due, next(self._order), execution.id, step_name))

    def _touch(self, execution: Execution, now: float) -> None:
        if self._world.behaviours.steps_move_last_modified:
            execution.modified_at = now


def _has_failed(execution: Execution) -> bool:
    return any(run.status is StepStatus.FAILED for run in execution.steps.values())


def _end_job(run: StepRun, status: JobStatus, now: float, reason: str | None = None) -> None:
    if run.job is not None:
        run.job.settle(status, now, reason)
