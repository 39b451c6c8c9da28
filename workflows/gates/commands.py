"""The activities by which a pipeline run answers its gates, each with its input, options and summary."""

from temporalio import workflow
from temporalio.workflow import ActivityHandle

with workflow.unsafe.imports_passed_through():
    from activities.gate_models import (
        AnswerOutcome,
        AnswerStepRequest,
        FindPackagesRequest,
        FoundPackages,
        UpdatePackageRequest,
        WatchPackageRequest,
    )
    from activities.gates import GateActivities
    from contract.gates import AnswerRequest, ApprovalRequest
    from contract.names import watch_task_queue
    from contract.open_gates import Approval, Gate, ModelPackage
    from contract.pipeline_run import PipelineRunInput
    from workflows.policies import short_activity, watch_activity
    from workflows.run.state import RunState
    from workflows.run.tokens import package_token

State = RunState[PipelineRunInput]


def answer_step(state: State, gate: Gate | None, request: AnswerRequest) -> ActivityHandle[AnswerOutcome]:
    """Answer a Callback step.

    Args:
        state: Of a run that follows an execution.
        gate: The step as the run has seen it wait; None where it has not.
        request: The answer.
    """
    arn = _execution_arn(state)
    return workflow.start_activity_method(
        GateActivities.answer_pipeline_step,
        AnswerStepRequest(
            platform=state.run_input.platform,
            execution_arn=arn,
            step=request.step,
            outcome=request.outcome,
            outputs=request.outputs,
            reason=request.signed_reason,
            token_seed=f"{state.start_token}/{arn}",
            started_at=gate.since if gate else None,
            attempt=gate.attempt if gate else None,
        ),
        **short_activity(f"Answer step {request.step}: {request.outcome}"),
    )


def find_packages(state: State) -> ActivityHandle[FoundPackages]:
    """Find the model packages that the execution registered."""
    rule = state.run_input.approval
    return workflow.start_activity_method(
        GateActivities.find_model_packages,
        FindPackagesRequest(
            platform=state.run_input.platform,
            execution_arn=_execution_arn(state),
            group=rule.group if rule else None,
        ),
        **short_activity("Find the model packages that the execution registered"),
    )


def watch_package(state: State, package: ModelPackage, found: FoundPackages) -> ActivityHandle[ModelPackage]:
    """Watch a model package until its approval changes."""
    return workflow.start_activity_method(
        GateActivities.watch_model_package,
        WatchPackageRequest(
            platform=state.run_input.platform,
            model_package_arn=package.model_package_arn,
            seen_status=package.status,
            poll_interval=state.run_input.poll_interval or found.poll_interval,
        ),
        **watch_activity(
            f"Watch model package {package.name}, last seen: {package.status}",
            task_queue=watch_task_queue(workflow.info().task_queue),
            heartbeat_timeout=found.heartbeat_timeout,
        ),
    )


def update_package(state: State, arn: str, status: Approval, request: ApprovalRequest) -> ActivityHandle[AnswerOutcome]:
    """Approve or reject a model package."""
    return workflow.start_activity_method(
        GateActivities.update_model_package,
        UpdatePackageRequest(
            platform=state.run_input.platform,
            model_package_arn=arn,
            status=status,
            description=request.signed_reason,
            client_token=package_token(state.start_token, arn, status),
        ),
        **short_activity(f"Model package {ModelPackage(model_package_arn=arn).name}: {status}"),
    )


def _execution_arn(state: State) -> str:
    if state.execution is None:
        raise ValueError("no execution has been started")
    return state.execution.execution_arn
