"""What must be true after a storm, run by run."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from contract.failures import FailureType
from contract.pipeline_document import TERMINAL_STATUSES, PipelineRunDocument, run_status
from contract.run import RunStatus
from tests.standin.definitions import JsonObject
from tests.storm.schedule import PlannedRun, Way
from worker.cli.run_reading import Ending

MAX_EVENTS = 200
"""Of a run's history: some 20 without faults, 15 for each wait on a durable timer, a few for each lost worker."""

REFUSALS = frozenset({FailureType.ACCESS_DENIED, FailureType.CREDENTIALS_UNAVAILABLE, FailureType.CONFLICT})
"""How a start may fail whose every attempt the storm refused for certain."""


@dataclass
class Outcome:
    """What became of a run.

    Attributes:
        executions: all that the stand-in has for it.
        events: length of the workflow's history.
        failed_tasks: workflow tasks that failed, by cause.
    """

    plan: PlannedRun
    workflow_id: str
    ending: Ending | None = None
    document: PipelineRunDocument | None = None
    executions: Sequence[JsonObject] = ()
    events: int = 0
    failed_tasks: Sequence[str] = field(default_factory=list)

    @property
    def told(self) -> str:
        """In a word, what the run came to."""
        if self.document is None or self.ending is None:
            return "Open"
        if self.ending.failure is not None and self.ending.failure.type in REFUSALS:
            return "Refused"
        return self.document.status if self.document.run_id else "Never started"


def violations(outcome: Outcome) -> list[str]:
    """What is not as it must be; nothing if all is well."""
    ending, document = outcome.ending, outcome.document
    if ending is None or document is None:
        return ["it did not end"]
    found = [f"a workflow task failed: {cause}" for cause in outcome.failed_tasks]
    if outcome.events > MAX_EVENTS:
        found.append(f"its history has {outcome.events} events")
    if (most := len(outcome.executions)) > 1:
        return [*found, f"it has {most} executions: {', '.join(each['execution_arn'] for each in outcome.executions)}"]
    if document.run_id is None:
        return [*found, *_never_started(outcome, ending)]
    if not outcome.executions:
        return [*found, f"SageMaker has no execution {document.run_id}"]
    return [*found, *_ended(outcome, ending, document, outcome.executions[0])]


def _never_started(outcome: Outcome, ending: Ending) -> list[str]:
    found = []
    if outcome.executions:
        found.append(f"it says that nothing was started, but there is {outcome.executions[0]['execution_arn']}")
    plan = outcome.plan
    failure = ending.failure.type if ending.failure else None
    wanted_a_stop = bool(plan.cancels) or (plan.timeout is not None and failure == FailureType.PIPELINE_RUN_TIMED_OUT)
    if not wanted_a_stop and failure not in REFUSALS:
        found.append(f"nobody stopped it, and it started nothing: {ending.workflow_status}, {failure}")
    return found


def _ended(outcome: Outcome, ending: Ending, document: PipelineRunDocument, execution: JsonObject) -> list[str]:
    found, status = [], execution["status"]
    if status not in TERMINAL_STATUSES:
        found.append(f"its execution {document.run_id} is {status}")
    # The run failed to end in time, whatever became of its execution.
    has_timed_out = ending.failure is not None and ending.failure.type == FailureType.PIPELINE_RUN_TIMED_OUT
    true_status = RunStatus.FAILED if has_timed_out else run_status(status)
    told = (document.run_id, document.sagemaker_status, document.status)
    if told != (true := (execution["execution_arn"], status, true_status)):
        found.append(f"it tells {told}, but SageMaker has {true}")
    if (closing := _closing(outcome.plan, status, ending)) is not None:
        found.append(closing)
    return found


def _closing(plan: PlannedRun, status: str, ending: Ending) -> str | None:
    """Why the workflow should not have closed as it did; None if it should."""
    failure = ending.failure.type if ending.failure else None
    closed = (ending.workflow_status, failure)
    expected: set[tuple[str, str | None]]
    match run_status(status):
        case RunStatus.SUCCESS:
            expected = set() if plan.fails else {("Completed", None)}
        case RunStatus.FAILED:
            expected = {("Failed", FailureType.PIPELINE_EXECUTION_FAILED)} if plan.fails else set()
        case RunStatus.CANCELLED if plan.timeout is not None:
            expected = {("Failed", FailureType.PIPELINE_RUN_TIMED_OUT)}
        case RunStatus.CANCELLED:
            ways = {cancel.way for cancel in plan.cancels}
            expected = {("Canceled", None)} if Way.NATIVE in ways else set()
            # Of two cancels the native one may come too late.
            expected |= {("Completed", None)} if Way.SIGNAL in ways else set()
        case _:
            expected = set()
    return None if closed in expected else f"closed as {closed} with an execution that is {status}"
