"""`SageMakerPipelineDeployment`: a definition becomes a version of a pipeline, exactly once."""

from typing import Any

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from contract.deployment import PipelineDeployment, PipelineDeploymentInput
    from contract.failures import FailureType
    from contract.names import (
        DEFINITION_QUERY,
        JOIN_UPDATE,
        PIPELINE_ATTRIBUTE,
        PLATFORM_ATTRIBUTE,
        WorkflowType,
    )
    from workflows.deployment.course import DeploymentCourse
    from workflows.failed_activity import failing_as_the_activity
    from workflows.run.run_input import admitted, one_argument


@workflow.defn(name=WorkflowType.PIPELINE_DEPLOYMENT)
class SageMakerPipelineDeployment:
    """Deploys a pipeline, or says what a deployment would change.

    Callers give deployments of one pipeline one workflow id, `deploy/<platform>/<pipeline>`, so that they come one
    after the other. Who finds one under way sends the update `join`.
    """

    def __init__(self) -> None:
        """Begin without an input: it is read in `run`, which can refuse it."""
        self._digest: str | None = None
        self._course: DeploymentCourse | None = None
        self._document: PipelineDeployment | None = None
        self._failure: ApplicationError | None = None

    @workflow.run
    async def run(self, *arguments: Any) -> PipelineDeployment:
        """Deploy.

        Args:
            arguments: One `PipelineDeploymentInput`, validated here and not by Temporal, which would retry an invalid
                one for ever.

        Raises:
            ApplicationError: Typed by `FailureType`.
            asyncio.CancelledError: The deployment was cancelled; an alias that was on its way has arrived.
        """
        try:
            self._document = await self._deploy(arguments)
        except ApplicationError as error:
            self._failure = error
            raise
        else:
            return self._document
        finally:
            if self._has_ended:
                await workflow.wait_condition(workflow.all_handlers_finished)

    @property
    def _has_ended(self) -> bool:
        return self._document is not None or self._failure is not None

    async def _deploy(self, arguments: tuple[Any, ...]) -> PipelineDeployment:
        given = admitted(one_argument(arguments), PipelineDeploymentInput)
        self._digest = given.digest()
        workflow.upsert_search_attributes(
            [PLATFORM_ATTRIBUTE.value_set(given.platform), PIPELINE_ATTRIBUTE.value_set(given.pipeline_name)]
        )
        self._course = DeploymentCourse(given)
        with failing_as_the_activity():
            return await self._course.run()

    @workflow.update(name=JOIN_UPDATE, unfinished_policy=workflow.HandlerUnfinishedPolicy.ABANDON)
    async def join(self, *arguments: Any) -> PipelineDeployment:
        """Wait for the outcome of this deployment, on behalf of a caller that wants an equal one, and return it.

        Args:
            arguments: The `PipelineDeploymentInput` that the caller would have started.

        Raises:
            ApplicationError: `DeploymentConflict`, this deployment wants something else; or what it fails with.
        """
        given = admitted(one_argument(arguments), PipelineDeploymentInput)
        await workflow.wait_condition(lambda: self._digest is not None or self._has_ended)
        if given.digest() != self._digest:
            raise ApplicationError(
                f"Another deployment of the pipeline '{given.pipeline_name}' is under way, the workflow "
                f"{workflow.info().workflow_id}, and it wants something else. Deploy again when it has ended",
                type=FailureType.DEPLOYMENT_CONFLICT,
                non_retryable=True,
            )
        await workflow.wait_condition(lambda: self._has_ended)
        if self._document is None:
            raise self._failure or ApplicationError("The deployment has ended without an outcome")
        return self._document

    @workflow.query(name=DEFINITION_QUERY)
    def definition(self) -> str | None:
        """Return the deployed definition, compressed, if the input has `with_definition`."""
        return self._course.deployed_definition if self._course else None
