"""What each type of step does: how long it takes, what it leaves behind, how it takes a stop."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from sagemaker_standin import texts
from sagemaker_standin.arns import job_name
from sagemaker_standin.definition import StepDefinition
from sagemaker_standin.expressions import text_of
from sagemaker_standin.jobs.children import TUNING, with_children
from sagemaker_standin.jobs.courses import logs_of
from sagemaker_standin.jobs.job import Course, End, Job, JobStatus
from sagemaker_standin.jobs.limits import runtime_limit
from sagemaker_standin.jobs.settings import Settings
from sagemaker_standin.jobs.table import KINDS
from sagemaker_standin.state import Execution, JsonObject, Plan, StepRun, World
from sagemaker_standin.step_metadata import Names, metadata_of


@dataclass(frozen=True)
class StepKind:
    """One type of step.

    Attributes:
        seconds: simulated seconds that it takes if nothing says otherwise; None waits for an answer from outside.
        member: its member in a step's Metadata, if that holds one ARN (botocore 1.44.5 service model).
        resource: the resource part of the ARN of its job or model.
        name_property: the property under which later steps find the job's or model's name.
        on_stop: what a stop does to it while it runs: jobs stop; Lambda functions are waited for; callbacks keep the
            execution Stopping until they are answered (StopPipelineExecution's documentation).
    """

    seconds: float | None
    member: str | None = None
    resource: str | None = None
    name_property: str | None = None
    on_stop: Literal["stops", "finishes", "waits"] = "stops"


_LONGEST_NAME = 63
_UNKNOWN_KIND = StepKind(seconds=60)
_MODEL = StepKind(5, "Model", "model", "ModelName")
_KINDS = {
    "Processing": StepKind(120, "ProcessingJob", "processing-job", "ProcessingJobName"),
    "Training": StepKind(300, "TrainingJob", "training-job", "TrainingJobName"),
    "Tuning": StepKind(600, "TuningJob", "hyper-parameter-tuning-job", "HyperParameterTuningJobName"),
    "Transform": StepKind(180, "TransformJob", "transform-job", "TransformJobName"),
    "AutoML": StepKind(600, "AutoMLJob", "automl-job", "AutoMLJobName"),
    "Model": _MODEL,
    "CreateModel": _MODEL,
    "RegisterModel": StepKind(5),
    "Condition": StepKind(1, on_stop="finishes"),
    "Fail": StepKind(1),
    "Callback": StepKind(None, on_stop="waits"),
    "Lambda": StepKind(5, on_stop="finishes"),
    "QualityCheck": StepKind(120, resource="processing-job"),
    "ClarifyCheck": StepKind(120, resource="processing-job"),
    "EMR": StepKind(120),
    "EMRServerless": StepKind(120),
    "Athena": StepKind(30),
    "Job": StepKind(120, "Job", "job", "JobName"),
    "EndpointConfig": StepKind(5, "EndpointConfig", "endpoint-config", "EndpointConfigName"),
    "Endpoint": StepKind(180, "Endpoint", "endpoint", "EndpointName"),
}


def kind_of(step_type: str) -> StepKind:
    """The kind behind a definition's `Type`; one that is not known runs as a plain job."""
    return _KINDS.get(step_type, _UNKNOWN_KIND)


def plan_of(step: StepDefinition, arguments: Mapping[str, Any], execution: Execution, world: World) -> Plan:
    """What the step is going to do: its type's default, its own `STANDIN_…` settings over it, a script over both.

    The settings (`jobs.settings.Settings`) may be expressions such as `{"Get": "Parameters.X"}`. A job that would run
    for longer than its MaxRuntimeInSeconds is stopped then, and its step fails.

    Raises:
        ValueError: a setting that should be a number or JSON is none.
    """
    kind, settings = kind_of(step.type), Settings.of(arguments)
    plan = Plan(
        seconds=kind.seconds if settings.seconds is None else settings.seconds,
        failure=settings.failure,
        failing_attempts=settings.failing_attempts,
        report=settings.report,
        job=settings.job,
        log=settings.log,
    )
    script = world.scripts.get((execution.pipeline.name.lower(), step.name))
    if script is not None:
        plan = replace(
            plan,
            seconds=plan.seconds if script.seconds is None else script.seconds,
            failure=script.failure,
            failing_attempts=script.failing_attempts,
            job=script.job or plan.job,
            log=script.log or plan.log,
        )
    return _within_runtime_limit(plan, runtime_limit(arguments))


def _within_runtime_limit(plan: Plan, limit: float | None) -> Plan:
    if limit is None or plan.seconds is None or plan.seconds <= limit:
        return plan
    failure = texts.MAX_RUNTIME_EXCEEDED.format(seconds=limit)
    return replace(plan, seconds=limit, failure=failure, failing_attempts=None, overruns=True)


def begin(run: StepRun, resolved: JsonObject, execution_id: str, world: World, now: float) -> None:
    """Fill in what a step shows from its first moment: the job's ARN, the callback's token."""
    kind = kind_of(run.type)
    arguments = resolved.get("Arguments") or {}
    run.properties = dict(arguments)
    run.job = None
    if kind.resource and run.plan.failure.startswith("ClientError: Failed to invoke"):
        run.metadata = {}
        return
    name = job_name(execution_id, run.name, run.attempt, _longest_name(kind.resource))
    run.metadata = metadata_of(run, resolved, Names(world.name_in_arns(name), execution_id, run, world.account))
    if kind.member and kind.resource:
        arn = world.job_arn(kind.resource, name)
        run.metadata = {kind.member: {"Arn": arn}}
        run.properties |= {f"{kind.name_property}": name, f"{kind.member}Arn": arn}
    if kind.resource:
        _make(run, kind.resource, name, world, now)
    if run.type == "Training":
        output = arguments.get("OutputDataConfig", {}).get("S3OutputPath", "s3://artifacts")
        run.properties["ModelArtifacts"] = {"S3ModelArtifacts": f"{output}/{name}/output/model.tar.gz"}


def _make(run: StepRun, resource: str, name: str, world: World, now: float) -> None:
    """Make the job, model or endpoint behind an attempt, as far as anything here describes it."""
    if resource not in KINDS:
        return
    plan = run.plan
    job = Job(
        resource=resource,
        name=name,
        arn=world.job_arn(resource, name),
        request=run.properties,
        created_at=now,
        course=Course(
            phases=() if plan.seconds is None else KINDS[resource].phases_within(plan.seconds),
            shown=plan.job,
            logs=logs_of(plan.log),
        ),
        overruns=plan.overruns,
    )
    if resource == TUNING:
        # The step ends with its last training job, and fails if none of them completes.
        planned = End(now + (plan.seconds or 0.0), JobStatus.COMPLETED)
        end = with_children(job, planned, run.failure or "", world.job_scripts, world.job_arn)
        job.end = replace(end, reason=end.reason or run.failure)
        run.plan = replace(plan, seconds=end.at - now)
    run.job = job
    world.jobs.add(job)


def _longest_name(resource: str | None) -> int:
    return KINDS[resource].longest_name if resource in KINDS else _LONGEST_NAME


def finish(run: StepRun, step: StepDefinition, world: World, now: float) -> None:
    """Fill in what a step shows once it has succeeded: output parameters, the model package."""
    match step.type:
        case "Lambda" | "Callback":
            outputs = _output_parameters(step, run.plan.report)
            run.metadata[step.type]["OutputParameters"] = [
                {"Name": name, "Value": value} for name, value in outputs.items()
            ]
            run.properties["OutputParameters"] = outputs
        case "RegisterModel":
            group = text_of(run.properties.get("ModelPackageGroupName", "models"))
            version = world.package_versions[group] = world.package_versions.get(group, 0) + 1
            name = f"{group}/{version}"
            arn = world.account.resource("model-package", name.lower())
            run.metadata = {"RegisterModel": {"Arn": arn}}
            _make(run, "model-package", name.lower(), world, now)
            run.properties["ModelPackageArn"] = arn
        case _:
            pass
    if run.job is not None:
        run.job.settle(JobStatus.COMPLETED, now)


def _output_parameters(step: StepDefinition, report: Any) -> dict[str, str]:
    """The outputs that the step declares, from its report; one that the report lacks is called by its own name."""
    found = report if isinstance(report, dict) else {}
    names = [entry["OutputName"] for entry in step.source.get("OutputParameters") or []]
    return {name: text_of(found.get(name, name)) for name in names}
