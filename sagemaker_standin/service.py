import json
import time
from operator import attrgetter
from typing import Any

from sagemaker_standin import texts
from sagemaker_standin.arns import Account, new_execution_id
from sagemaker_standin.engine import Engine
from sagemaker_standin.errors import AwsError, validation_error
from sagemaker_standin.jobs.job import JobView
from sagemaker_standin.jobs.table import named_job
from sagemaker_standin.journal import Journal
from sagemaker_standin.model import operation_model, shape_output
from sagemaker_standin.operations import CHANGING, READING
from sagemaker_standin.operations.backend import Backend, Call
from sagemaker_standin.operations.jobs import refuse_taken
from sagemaker_standin.settings import SETTINGS
from sagemaker_standin.state import Execution, JsonObject, World
from sagemaker_standin.validation import validate_input


class Service:
    """SageMaker's operations over one world that outlives the process.

    Args:
        account: whose pipelines these are.
        journal: where accepted changes are kept; what it holds is applied again first.
        max_concurrent: quota of open executions; None for no bound.
    """

    def __init__(self, account: Account, journal: Journal, max_concurrent: int | None = None) -> None:
        self.world = World(account)
        self._backend = Backend(self.world, Engine(self.world))
        self._journal = journal
        for entry in journal.entries():
            self._apply(entry)
        journal.open()
        self._backend.max_concurrent = max_concurrent

    def call(self, operation: str, request: JsonObject) -> JsonObject:
        """Answer one request of a client.

        Raises:
            AwsError: AWS's refusal.
        """
        if operation not in READING and operation not in CHANGING:
            raise AwsError("UnknownOperationException", texts.UNKNOWN_OPERATION.format(operation=operation))
        self.refuse_taken(operation, request)
        validate_input(operation, request)
        reply = self._commit(operation, request)
        return shape_output(operation, reply, self.world.behaviours.absent_members)

    def set(self, setting: str, request: JsonObject) -> JsonObject:
        """Change the simulation itself (see `settings`); kept like every other change.

        Raises:
            AwsError: `ResourceNotFound` for an execution that does not exist.
            KeyError, TypeError, ValueError: the request is malformed.
        """
        return self._commit(setting, request)

    def advance(self) -> float:
        """Let everything happen that is due; the simulated instant."""
        now = self.world.clock.now()
        self._backend.engine.advance(now)
        return now

    def executions(self) -> list[Execution]:
        """All executions as of now, oldest first; deleted pipelines' executions at the end."""
        self.advance()
        return [*self.world.executions.values(), *self.world.deleted]

    def execution_of(self, arn: str) -> Execution | None:
        """The execution of that ARN, hidden or not; None if it was deleted with its pipeline."""
        return self.world.executions.get(arn.rpartition("/")[2])

    def refuse_taken(self, operation: str, request: JsonObject) -> None:
        """Refuse a taken job name before other refusals, if AWS is set to do so (`behaviours.taken_names`).

        Raises:
            AwsError: `ResourceInUse`.
        """
        if self.world.behaviours.taken_names == "first":
            refuse_taken(self._backend, operation, request, time.time())

    def jobs(self) -> list[JobView]:
        """Every job that there ever was as of now, oldest first."""
        now = self.advance()
        jobs = sorted(self.world.jobs.ever(), key=attrgetter("created_at"))
        return [JobView(job, now, self.world.clock.real) for job in jobs if job.created_at <= now]

    def hide(self, reply: JsonObject, seconds: float) -> None:
        """Let clients not find what a reply's ARN names for some real seconds; not kept over a restart."""
        for arn in (value for member, value in reply.items() if member.endswith("Arn")):
            named = named_job({"ResourceArn": arn})
            job = None if named is None else self.world.jobs.find(named[0].resource, named[1])
            for found in (self.execution_of(arn), job):
                if found is not None:
                    found.hidden_until = time.time() + seconds

    def _commit(self, operation: str, request: JsonObject) -> JsonObject:
        entry = {"real": time.time(), "operation": operation, "request": request, "id": new_execution_id()}
        reply = self._apply(entry)
        if operation not in READING:
            self._journal.append(entry)
        return reply

    def _apply(self, entry: JsonObject) -> JsonObject:
        operation, request = entry["operation"], entry["request"]
        call = Call(request, self.world.clock.simulated(entry["real"]), entry["real"], entry["id"])
        self._backend.engine.advance(call.now)
        if operation in SETTINGS:
            return SETTINGS[operation](self._backend, call)
        if operation in READING:
            return READING[operation](self._backend, call)
        reply = self._replayed(operation, request)
        if reply is None:
            reply = CHANGING[operation](self._backend, call)
            self._remember(operation, request, reply)
        self._count(operation, reply)
        return reply

    def _replayed(self, operation: str, request: JsonObject) -> JsonObject | None:
        """The first reply under the request's token, if there was one."""
        known = self.world.replies.get((operation, request.get("ClientRequestToken", "")))
        if known is None:
            return None
        first_input, reply = known
        if first_input != _fingerprint(request):
            match self.world.behaviours.reused_token:
                case "conflict":
                    raise AwsError("ConflictException", texts.TOKEN_REUSED)
                case "validation":
                    raise validation_error(texts.TOKEN_REUSED)
                case "first":
                    pass
        return reply

    def _remember(self, operation: str, request: JsonObject, reply: JsonObject) -> None:
        if "ClientRequestToken" in operation_model(operation).idempotent_members and "ClientRequestToken" in request:
            self.world.replies[operation, request["ClientRequestToken"]] = (_fingerprint(request), reply)

    def _count(self, operation: str, reply: JsonObject) -> None:
        execution = self.execution_of(reply.get("PipelineExecutionArn", ""))
        if execution is not None:
            execution.starts_accepted += operation == "StartPipelineExecution"
            execution.stops_accepted += operation == "StopPipelineExecution"


def _fingerprint(request: Any) -> str:
    return json.dumps(request, sort_keys=True)
