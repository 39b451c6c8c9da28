"""Changes of the simulation itself, made over the control API and kept in the journal like AWS's own operations."""

from sagemaker_standin.errors import not_found
from sagemaker_standin.jobs.courses import job_script
from sagemaker_standin.jobs.table import job_kind
from sagemaker_standin.operations.backend import Backend, Call, Handler, find_pipeline
from sagemaker_standin.operations.pipelines import remove_pipeline
from sagemaker_standin.state import ENDED_EXECUTION, OPEN_STEP, Execution, JsonObject, StepScript
from sagemaker_standin.texts import DOES_NOT_EXIST, SCRIPTED_FAILURE


def set_clock(backend: Backend, call: Call) -> JsonObject:
    """`{"scale": simulated seconds per real second}` from now on."""
    backend.world.clock.set_scale(float(call.request["scale"]), call.real)
    return {"scale": backend.world.clock.scale}


def script_step(backend: Backend, call: Call) -> JsonObject:
    """How a step goes from its next start on.

    `pipeline`, `step`; `seconds` (null: the step's own), `outcome` (`Succeeded` or `Failed`), `failure_reason`,
    `attempts` (how many of the first attempts fail; null for all), `job` (members that the job's description shows in
    place of its own), `log` (the lines that the job writes).
    """
    request = call.request
    failed = request.get("outcome", "Succeeded") == "Failed"
    seconds, attempts = request.get("seconds"), request.get("attempts")
    backend.world.scripts[request["pipeline"].lower(), request["step"]] = StepScript(
        seconds=None if seconds is None else float(seconds),
        failure=(request.get("failure_reason") or SCRIPTED_FAILURE) if failed else "",
        failing_attempts=None if attempts is None else int(attempts),
        job=dict(request.get("job") or {}),
        log=tuple(request.get("log") or ()),
    )
    return {}


def script_jobs(backend: Backend, call: Call) -> JsonObject:
    """How new jobs go.

    `kind` (the resource part of their ARNs, e.g. `training-job`), `name_prefix`; `seconds` (null: the job's own) or
    `phases` (`[[secondary status, seconds], …]`); `outcome` (`Completed`, `Failed` or `Stopped`), `failure_reason`,
    `secondary_status` (at the end, e.g. `MaxRuntimeExceeded`), `exit_message`, `log` (the lines of the first instance,
    or an object with the lines of each, e.g. `{"1": […], "2": […]}`), `job` (members that the job's description shows
    in place of its own), `attempts` (how many of the next jobs go this way; null for all).
    """
    script = job_script(call.request)
    job_kind(script.kind)
    backend.world.job_scripts.append(script)
    return {}


def set_job_quota(backend: Backend, call: Call) -> JsonObject:
    """The most open jobs of a kind: `{"kind": "training-job", "limit": 3}`; null for no bound."""
    resource, limit = job_kind(call.request["kind"]).resource, call.request["limit"]
    backend.world.job_quotas.pop(resource, None)
    if limit is not None:
        backend.world.job_quotas[resource] = int(limit)
    return {}


def force_execution(backend: Backend, call: Call) -> JsonObject:
    """Put a status over the engine's own (`execution_id`, `status`, `failure_reason`); a null status lifts it again."""
    request = call.request
    execution = _execution(backend, request["execution_id"])
    status = request["status"]
    backend.world.stirred[execution.id] = execution
    execution.forced = None if status is None else (str(status), request.get("failure_reason"))
    execution.modified_at = call.now
    execution.forced_at = call.now if status in ENDED_EXECUTION else None
    return {"status": execution.visible_status}


def finish_execution(backend: Backend, call: Call) -> JsonObject:
    """Let the open steps of an execution (`execution_id`) end now, and the steps after them, so that it ends.

    They succeed, or fail with `failure` if that is given.
    """
    execution = _execution(backend, call.request["execution_id"])
    while open_runs := [run for run in execution.steps.values() if run.status in OPEN_STEP]:
        for run in open_runs:
            backend.engine.end_step(execution, run, {}, call.request.get("failure"), call.now)
    return {"status": execution.visible_status}


def delete_pipeline(backend: Backend, call: Call) -> JsonObject:
    """Delete a pipeline (`pipeline`) together with its open executions, which AWS refuses to its clients."""
    remove_pipeline(backend.world, find_pipeline(backend.world, call.request["pipeline"]))
    return {}


def set_behaviours(backend: Backend, call: Call) -> JsonObject:
    """Set one or more switches of `behaviours.Behaviours` by name."""
    backend.world.behaviours.switch(call.request)
    return vars(backend.world.behaviours)


def _execution(backend: Backend, identifier: str) -> Execution:
    execution = backend.world.executions.get(identifier)
    if execution is None:
        raise not_found(DOES_NOT_EXIST.format(kind="Pipeline execution", name=identifier))
    return execution


SETTINGS: dict[str, Handler] = {
    "standin:clock": set_clock,
    "standin:script": script_step,
    "standin:job-script": script_jobs,
    "standin:job-quota": set_job_quota,
    "standin:force": force_execution,
    "standin:finish": finish_execution,
    "standin:delete": delete_pipeline,
    "standin:behaviours": set_behaviours,
}
