"""What the expressions of an execution can see."""

from datetime import UTC, datetime
from typing import Any

from sagemaker_standin.definition import StepDefinition
from sagemaker_standin.expressions import Scope, resolve
from sagemaker_standin.state import Execution, World


def scope_of(world: World, execution: Execution, now: float) -> Scope:
    """What expressions of the execution can see at the simulated instant `now`."""
    clock = world.clock
    return Scope(
        parameters=execution.parameters,
        execution={
            "PipelineName": execution.pipeline.name,
            "PipelineArn": execution.pipeline.arn,
            "PipelineExecutionId": execution.id,
            "PipelineExecutionArn": execution.arn,
            "StartDateTime": datetime.fromtimestamp(clock.real(execution.created_at), UTC).isoformat(),
            "CurrentDateTime": datetime.fromtimestamp(clock.real(now), UTC).isoformat(),
        },
        steps={name: run.properties for name, run in execution.steps.items()},
        reports={name: run.plan.report for name, run in execution.steps.items()},
    )


def resolved_source(step: StepDefinition, scope: Scope) -> Any:
    """The step's JSON with its expressions replaced; a Condition step resolves its own when it decides."""
    return {} if step.type == "Condition" else resolve(dict(step.source), scope)
